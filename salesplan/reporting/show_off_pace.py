"""Who is behind and what probably holds them back, on a page."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from salesplan.reporting.page_parts import joined, notes_once, sentence
from salesplan.reporting.review_names import ReviewNames
from salesplan.reporting.review_table import review_table
from salesplan.reporting.show import Fragment
from salesplan.text import mark, say
from salesplan.text.wording import say_details

if TYPE_CHECKING:
    from salesplan.review.off_pace import OffPace

TITLE = mark("Behind over the last {n} months, largest gap first")
NOBODY = mark("Nobody here is behind over the last {n} months.")
MORE = mark("{n} more are behind; they stand in the workbook.")
NO_TARGETS = mark("Nobody here has a target of their own, so nobody can be behind it.")


def show_off_pace(found: "OffPace | None", names: ReviewNames, *, currency: str = "CNY", top: int = 8) -> Fragment:
    """Each seller behind with gap, likely cause, its evidence and the next step.

    Parameters
    ----------
    found
        Sellers behind, cut to what the page shows; None where nobody has a target.
    top
        How many are shown.
    """
    language = names.language
    if found is None:
        return sentence(say(NO_TARGETS, language))
    rows = _told_first(found.table).head(top)
    if rows.empty:
        return joined(sentence(say(NOBODY, language, n=found.window)), notes_once(found.notes, language, currency=currency))
    table = pd.DataFrame([_row(row, names, currency) for row in rows.to_dict("records")])
    kinds = dict.fromkeys(("name", "likely_cause", "why", "next_step"), "text")
    head = sentence(say(TITLE, language, n=found.window), strong=True)
    more = [sentence(say(MORE, language, n=len(found.table) - top))] if len(found.table) > top else []
    return joined(head, review_table(table, language, currency=currency, kinds=kinds), *more,
                  notes_once(found.notes, language, currency=currency))


def _told_first(table: pd.DataFrame) -> pd.DataFrame:
    """People whose cause can be told, then the others; within both the largest gap first."""
    return table.assign(_open=table["cause"].eq("cannot_tell")).sort_values(["_open", "gap"], kind="stable")


def _row(row: Mapping[Any, Any], names: ReviewNames, currency: str) -> dict[str, Any]:
    said = {part: say_details(row[f"{part}_msgid"], row["details"], names.language, currency=currency) for part in ("evidence", "step")}
    chance = row["strength_value"] if row["cause"] != "ramp" else float("nan")
    return {"name": names.node(row["seller_id"]), "gap": row["gap"], "attainment": row["attainment"],
            "likely_cause": say(row["cause_msgid"], names.language), "p_cause": chance,
            "why": said["evidence"], "next_step": said["step"]}
