"""The one word for a unit on its page, with the figures behind it: the word of the index."""

import html
from typing import TYPE_CHECKING

from salesplan.findings import STATUS_WORDS
from salesplan.reporting.page_parts import joined
from salesplan.reporting.show import Fragment, show_notes
from salesplan.review.unit_status import RULE, RULE_DETAILS
from salesplan.text import mark, say
from salesplan.text.wording import say_details

if TYPE_CHECKING:
    from salesplan.review.monthly_review import MonthlyReview

WORDS = mark("attainment of the month {attainment}; chance of the quarter's target {p_quarter}, of the year's {p_year}")
WARNED = mark("a warning about the unit")


def show_status(review: "MonthlyReview", language: str) -> Fragment:
    """The unit's word, its month and its chances, and how the word comes about."""
    top = review.top
    month = review.attainment.frame("month").set_index("unit_id")["judged_attainment"].to_dict()
    details = {"attainment": float(month[top]), "p_quarter": float(review.quarter_end.row(top)["p_hit"]),
               "p_year": float(review.year_end.row(top)["p_hit"])}
    parts = [say_details(WORDS, details, language)]
    told = review.signals.summary()
    if (told["unit_id"].eq(top) & told["direction"].eq("below")).any():
        parts.append(say(WARNED, language))
    word, said = say(STATUS_WORDS[review.status], language), ("；" if language == "zh" else "; ").join(parts)
    card = Fragment(html=f'<ul class="sp-findings"><li class="sp-finding sp-{review.status}"><b>{html.escape(word)}</b> '
                         f"{html.escape(said)}</li></ul>", plain=f"{word}: {said}")
    return joined(card, show_notes([{"msgid": RULE, "details": RULE_DETAILS}], language))
