"""Warnings of a month on a page: who moved by more than chance, and how many false alarms to expect."""

from typing import TYPE_CHECKING

import pandas as pd

from salesplan.reporting.page_parts import joined, notes_once, sentence
from salesplan.reporting.review_names import ReviewNames
from salesplan.reporting.review_table import review_table
from salesplan.reporting.show import Fragment
from salesplan.text import mark, say
from salesplan.text.numbers import format_month

if TYPE_CHECKING:
    from salesplan.review.signals import Signals

DIRECTIONS = {"below": mark("Below"), "above": mark("Above")}
NONE = mark("Nobody here moved by more than chance this month.")
TITLE = mark("Warnings, the most striking first")


def show_signals(found: "Signals", names: ReviewNames, *, currency: str = "CNY") -> Fragment:
    """Signals with what was to be expected, what was seen and since when; then the rate of false alarms.

    Parameters
    ----------
    found
        Warnings of the month, cut to what the page shows.
    """
    from salesplan.review.signals import RULES

    language = names.language
    told = found.summary()
    notes = notes_once(found.notes(), language, currency=currency)
    if told.empty:
        return joined(sentence(say(NONE, language)), notes)
    table = pd.DataFrame({
        "name": [names.node(unit) for unit in told["unit_id"]],
        "change_seen": [say(RULES[rule], language) for rule in told["rule"]],
        "direction": [say(DIRECTIONS[direction], language) for direction in told["direction"]],
        "since": [format_month(month, language) for month in told["since"]],
        "actual": told["actual"], "expected_amount": told["expected"], "q_value": told["q_value"],
    })  # fmt: skip
    kinds = dict.fromkeys(("name", "change_seen", "direction", "since"), "text")
    return joined(review_table(table, language, title=TITLE, currency=currency, kinds=kinds), notes)
