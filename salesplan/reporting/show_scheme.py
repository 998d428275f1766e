"""The KPI scheme in force on a page: sets, weights, rules, targets, and what is doubtful about them."""

from typing import TYPE_CHECKING

from salesplan.reporting.kpi_figures import said_weights
from salesplan.reporting.show import Fragment, show_notes, show_table
from salesplan.text import mark, say

if TYPE_CHECKING:
    from salesplan.reporting.kpi_period import KpiPeriod

PACKAGED = mark("No scheme of your own is in force for this period: the packaged one is shown (rules {rule_version}).")
STORED = mark("Version {version} of scheme {name}, in force from {month}, saved by {author}: {reason} (rules {rule_version}).")


def show_scheme(opened: "KpiPeriod", language: str) -> Fragment:
    """Which scheme holds, its sets, and the notes on data and scheme.

    Parameters
    ----------
    opened
        From `open_kpi_period`.
    """
    version = opened.version
    details = {"rule_version": opened.scheme.rule_version}
    head = {"msgid": PACKAGED, "details": details}
    if version is not None:
        head = {"msgid": STORED, "details": {**details, "version": str(version.version), "name": version.name,
                                             "month": version.valid_from, "author": version.author,
                                             "reason": version.reason}}
    frame = opened.scheme.to_frame(language, library=opened.library)
    printed = {one.code: said_weights(one.weights, language) for one in opened.scheme.sets}
    frame["weight"] = [printed[code][kpi] for code, kpi in zip(frame["set"], frame["kpi"], strict=True)]
    frame = frame.drop(columns=["set", "kpi"])
    repeated = frame["set_name"].eq(frame["set_name"].shift())
    table = show_table(frame.assign(set_name=frame["set_name"].where(~repeated, "")), language)
    first = show_notes([head], language)
    notes = show_notes(opened.notes, language, currency=opened.data.currency)
    folded = say(mark("What to know about the data and the scheme"), language)
    more = f"<details><summary>{folded}</summary>{notes.html}</details>" if notes.html else ""
    return Fragment(html=first.html + table.html + more, plain=f"{first.plain}\n{table.plain}\n{notes.plain}")
