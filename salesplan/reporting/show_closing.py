"""What closing the gap takes, on a page: of the unit step by step, then of its parts, against what was done before."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from salesplan.reporting.page_parts import joined, notes_once, sentence
from salesplan.reporting.review_names import ReviewNames
from salesplan.reporting.review_table import review_table
from salesplan.reporting.show import Fragment
from salesplan.review.closing_findings import closing_words
from salesplan.review.closing_gap import VERDICTS
from salesplan.review.closing_paces import WEEK
from salesplan.text import mark, say
from salesplan.text.numbers import format_percent
from salesplan.text.wording import say_details

if TYPE_CHECKING:
    from salesplan.review.closing_gap import ClosingGap

TITLE = mark("What closing the gap takes")
PARTS = mark("What closing the gap takes, part by part")
NOTHING = mark("There is no target, or no working day is left: there is no gap to close.")
MORE = mark("{n} more stand in the workbook.")
SURE = mark("Needed, {share} sure")
STEP_SURE = mark("{step} needed, {share} sure")
MEANS = mark(
    "At the means alone the gap closes about every second time. Rates are those of the last twelve months, a person's drawn towards the"
    " tier's; usual and best count whole months."
)  # fmt: skip
STEPS = {"visits": mark("Visits"), "opportunities": mark("Opportunities"), "orders": mark("Orders")}
TOP = 12


def show_closing(found: "ClosingGap", names: ReviewNames, *, unit_id: str, currency: str = "CNY", top: int = TOP) -> Fragment:
    """Orders, opportunities and visits that close the unit's gap, and those of its parts, the hardest first.

    Parameters
    ----------
    found
        From `closing_gap`, cut to what the page shows.
    unit_id
        The unit or person the page is about.
    top
        How many parts are shown.
    """
    language = names.language
    row = found.row(unit_id)
    if row is None:
        return joined(sentence(say(TITLE, language), strong=True), sentence(say(NOTHING, language)))
    words = closing_words(found, unit_id)
    said = say(VERDICTS[row["verdict"]], language) if words is None else say_details(words["msgid"], words["details"], language,
                                                                                   currency=currency)
    pieces = [sentence(say(TITLE, language), strong=True), sentence(said)]
    if words is not None:
        pieces.append(_steps(found, unit_id, language))
    parts = closing_parts(found, names, unit_id=unit_id)
    if len(parts):
        shown = _words(parts.head(top), found, language)
        pieces.append(review_table(shown, language, title=PARTS, currency=currency, kinds={
            "name": "text", "said": "text", **dict.fromkeys(("needed_week", "usual_week", "best_week"), "points")}))
    if len(parts) > top:
        pieces.append(sentence(say(MORE, language, n=len(parts) - top)))
    if words is not None or len(parts):
        pieces.append(notes_once([{"msgid": MEANS, "details": {}}, *found.notes], language, currency=currency))
    return joined(*pieces)


def closing_parts(found: "ClosingGap", names: ReviewNames, *, unit_id: str) -> pd.DataFrame:
    """The unit's direct parts that lack something, the hardest first: ``unit_id, name, gap_amount, step, n_needed, needed_week,
    usual_week, best_week, p_usual, p_best, verdict``."""
    below = found.table[found.table["parent_id"].eq(unit_id) & ~found.table["verdict"].isin(["closed", "unknown"])]
    below = below.sort_values(["p_best", "gap_amount"], ascending=[True, False], kind="stable", na_position="last")
    parts = below[["unit_id", "gap_amount", "step", "n_needed"]].assign(
        name=[names.node(unit) for unit in below["unit_id"]], p_usual=below["p_usual"], p_best=below["p_best"], verdict=below["verdict"],
        **{f"{pace}_week": WEEK * below[f"{pace}_pace"].astype(float) for pace in ("needed", "usual", "best")})
    return parts[["unit_id", "name", "gap_amount", "step", "n_needed", "needed_week", "usual_week", "best_week", "p_usual", "p_best",
                  "verdict"]].reset_index(drop=True)  # fmt: skip


def verdict_words(verdict: str, p_best: float, language: str) -> str:
    """What a pace means, in words."""
    return say_details(VERDICTS[verdict], {"p_best": p_best}, language)


def _steps(found: "ClosingGap", unit_id: str, language: str) -> Fragment:
    steps = found.steps[found.steps["unit_id"].eq(unit_id)]
    sure = say(SURE, language, share=format_percent(found.confidence, language, 0))
    table = pd.DataFrame({
        "step": [say(STEPS[step], language) for step in steps["step"]], "n_at_means": steps["n_mean"].to_numpy(),
        sure: steps["n_needed"].to_numpy(), "needed_week": WEEK * steps["n_needed"].to_numpy(float) / found.working_days_left,
        "usual_week": WEEK * steps["usual_pace"].to_numpy(float), "best_week": WEEK * steps["best_pace"].to_numpy(float),
    })  # fmt: skip
    kinds: dict[Any, str] = {"step": "text", sure: "count", **dict.fromkeys(("needed_week", "usual_week", "best_week"), "points")}
    return review_table(table, language, kinds=kinds)


def _words(parts: pd.DataFrame, found: "ClosingGap", language: str) -> pd.DataFrame:
    """The parts' columns that are shown; orders are named where somebody's visits are not known."""
    share = format_percent(found.confidence, language, 0)
    steps = parts["step"].unique().tolist()
    name = say(SURE, language, share=share)
    if len(steps) == 1:
        name = say(STEP_SURE, language, step=say(STEPS[steps[0]], language), share=share)
    shown = pd.DataFrame({
        "name": parts["name"], "gap_amount": parts["gap_amount"], name: parts["n_needed"].astype(int), "needed_week": parts["needed_week"],
        "usual_week": parts["usual_week"], "best_week": parts["best_week"], "p_at_usual": parts["p_usual"], "p_at_best": parts["p_best"],
        "said": [say(STEPS[step], language) for step in parts["step"]],
    })  # fmt: skip
    return shown.drop(columns="said") if len(steps) == 1 else shown.rename(columns={"said": "step"})
