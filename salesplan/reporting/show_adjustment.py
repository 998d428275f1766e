"""Whether targets should change, on a page: the reason or the refusal, the months before and after, and doing nothing beside."""

from typing import TYPE_CHECKING

import pandas as pd

from salesplan.reporting.page_parts import joined, sentence
from salesplan.reporting.review_names import ReviewNames
from salesplan.reporting.review_table import review_table
from salesplan.reporting.show import Fragment, show_notes
from salesplan.text import mark, say
from salesplan.text.numbers import format_month

if TYPE_CHECKING:
    from salesplan.review.adjustment import Adjustment

MONTHS = mark("Months before and after")
CHOICES = mark("Adjust, or not")
NO_TARGETS = mark("Nobody here has a target for the year, so there is nothing to adjust.")
APPROVE = mark("This is a proposal: nothing changes until a person approves it in the app, with a reason.")


def show_adjustment(found: "Adjustment | None", names: ReviewNames, *, currency: str = "CNY") -> Fragment:
    """The proposal or refusal with its arithmetic.

    Parameters
    ----------
    found
        From `propose_adjustment`; None where nobody has a target.
    """
    language = names.language
    if found is None:
        return sentence(say(NO_TARGETS, language))
    notes = show_notes(found.messages, language, currency=currency)
    if found.status != "proposed":
        return notes
    months = pd.DataFrame({
        "month_label": [format_month(month, language) for month in found.months["month"]],
        "old_target_fen": found.months["old_fen"], "new_target_fen": found.months["target_fen"],
        "target_change_fen": found.months["change_fen"], "actual_fen": found.months["actual_fen"].where(found.months["is_ended"]),
    })  # fmt: skip
    choices = found.what_if.assign(choice=[say(msgid, language) for msgid in found.what_if["choice_msgid"]])
    choices = choices.rename(columns={"total_fen": "year_total_fen", "left_fen": "months_left_fen", "gap_fen": "open_gap_fen"})
    shown = choices[["choice", "year_total_fen", "months_left_fen", "open_gap_fen", "p_year", "p_left"]]
    return joined(
        notes, review_table(months, language, title=MONTHS, currency=currency, kinds={"month_label": "text"}),
        review_table(shown, language, title=CHOICES, currency=currency, kinds={"choice": "text"}), sentence(say(APPROVE, language)))
