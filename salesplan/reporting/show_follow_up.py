"""What became of earlier actions, on a page: decided, by whom, and whether the figure moved."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from salesplan.reporting.page_parts import joined, sentence
from salesplan.reporting.review_names import ReviewNames
from salesplan.reporting.show import Fragment, show_table
from salesplan.review.follow_up import VERDICTS
from salesplan.review.measures import MEASURES
from salesplan.text import mark, say
from salesplan.text.numbers import MISSING, format_count, format_money, format_percent
from salesplan.text.wording import say_details

TITLE = mark("Actions of earlier months")
NONE_YET = mark("No action of an earlier month is on record.")
CAVEAT = mark(
    "A figure that was picked for being low tends to rise by itself; only what lies beyond that counts as moved, and it need not"
    " be the action that moved it."
)  # fmt: skip
MORE = mark("{n} more actions stand in the workbook.")
DECISIONS = {
    "proposed": mark("Not decided"),
    "accepted": mark("Accepted"),
    "dismissed": mark("Dismissed"),
    "done": mark("Done"),
}
"""What has been decided about an action, and how it is said."""


def show_follow_up(followed: pd.DataFrame, names: ReviewNames, *, currency: str = "CNY", top: int = 10) -> Fragment:
    """Actions of earlier months with their decision and their figure then and now: the newest first, in a month the decided ones.

    Parameters
    ----------
    followed
        From :func:`~salesplan.review.follow_up.follow_up`.
    top
        How many are shown.
    """
    language = names.language
    if followed.empty:
        return sentence(say(NONE_YET, language))
    ordered = followed.assign(_open=followed["status"].eq("proposed")).sort_values("_open", kind="stable")
    newest = ordered.sort_values("period", ascending=False, kind="stable").head(top)
    table = pd.DataFrame([_row(row, names, currency) for row in newest.to_dict("records")])
    shown = show_table(table, language, title=TITLE, currency=currency, kinds=dict.fromkeys(table.columns, "text"), stacked=True)
    more = [sentence(say(MORE, language, n=len(followed) - top))] if len(followed) > top else []
    return joined(shown, *more, sentence(say(CAVEAT, language)))


def _row(row: Mapping[Any, Any], names: ReviewNames, currency: str) -> dict[str, str]:
    language, measure = names.language, str(row["measure"])
    told = say_details(str(row["action"]), row["details"], language, currency=currency) if row.get("action") else MISSING
    decided = " · ".join(str(part) for part in (say(DECISIONS[str(row["status"])], language), row.get("decided_by")) if _is_word(part))
    reason = str(row["why"]) if _is_word(row.get("why")) else ""
    then, now = (said_measure(row[name], measure, language, currency=currency) for name in ("value_then", "value_now"))
    moved = f"{say(MEASURES[measure], language)} {then} → {now}" if measure in MEASURES else MISSING
    return {
        "period": str(row["period"]),
        "about": names.node(row["node_id"]),
        "action": told,
        "decision": (" – " if language == "en" else "——").join(part for part in (decided, reason) if part),
        "measure": moved,
        "verdict": say(VERDICTS[str(row["verdict"])], language),
    }


def _is_word(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def said_measure(value: object, measure: str, language: str, *, currency: str = "CNY") -> str:
    """A figure an action aims at, in the form people know it.

    Examples
    --------
    >>> said_measure(0.912, "attainment", "en"), said_measure(2.345, "visits_per_day", "en")
    ('91.2%', '2.3')
    """
    if not isinstance(value, int | float) or value != value:
        return MISSING
    if measure in ("attainment", "orders_per_visit", "pipeline_cover"):
        return format_percent(float(value), language)
    if measure == "amount_per_order":
        return format_money(float(value), language, currency=currency)
    return format_count(float(value), language, 1)
