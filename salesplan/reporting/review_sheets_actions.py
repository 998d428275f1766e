"""Findings and actions as a list for a meeting: with room for what is decided, and what became of earlier ones."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from salesplan.data.action_store import action_id
from salesplan.findings import STATUS_WORDS
from salesplan.reporting.kpi_sheet import text_lines
from salesplan.reporting.review_names import ReviewNames
from salesplan.reporting.review_sheets import DATE, ReviewSheet
from salesplan.reporting.show_follow_up import CAVEAT, DECISIONS, NONE_YET, said_measure
from salesplan.reporting.workbook_style import BAD, GOOD, RULE, Book
from salesplan.review.follow_up import VERDICTS
from salesplan.review.measures import MEASURES
from salesplan.text import mark, say
from salesplan.text.numbers import MISSING
from salesplan.text.wording import say_details

if TYPE_CHECKING:
    from salesplan.review.monthly_review import MonthlyReview

FINDINGS, EARLIER = mark("Findings and actions"), mark("Actions of earlier months")
FIRST = 5
GROUND = {"act": BAD, "watch": "#FEF3C7", "ok": GOOD}
FILL = "#FEFCE8"
"""Ground of cells that people fill in."""
COLUMNS = (
    (mark("Status"), 8.0), (mark("About"), 18.0), (mark("Finding"), 52.0), (mark("Action"), 52.0), (mark("Owner"), 14.0),
    (mark("Due"), 12.0), (mark("Decision"), 12.0), (mark("Who does it"), 14.0), (mark("By when"), 12.0), (mark("Comment"), 34.0),
    (mark("Action id"), 15.0),
)  # fmt: skip
TO_FILL = (7, 8, 9, 10)
NOTE = mark(
    "For the meeting: fill in the yellow cells. Decisions count once they are entered in the app, where the action has the same id."
)
EARLIER_COLUMNS = (
    (mark("Month"), 10.0), (mark("About"), 18.0), (mark("Action"), 52.0), (mark("Decision"), 12.0), (mark("Decided by"), 14.0),
    (mark("Why"), 34.0), (mark("Measure"), 18.0), (mark("Figure then"), 13.0), (mark("Figure now"), 13.0), (mark("Verdict"), 24.0),
)  # fmt: skip


def write_actions(book: Book, review: "MonthlyReview", names: ReviewNames, *, title: str) -> None:
    """Every finding, most urgent first; those that ask for an action with cells for what is decided."""
    language, currency = names.language, review.data.currency
    sheet = ReviewSheet(book, say(FINDINGS, language), language)
    sheet.title(title, say(NOTE, language))
    sheet.captions([(say(word, language), width) for word, width in COLUMNS], row=FIRST - 1)
    empty = {"bg_color": FILL, "border": 1, "border_color": RULE, "text_wrap": True, "valign": "top"}
    row = FIRST
    for row, finding in enumerate(review.findings, start=FIRST):
        message, action = finding.text(language, currency=currency), finding.action_text(language, currency=currency)
        ground = {"bg_color": GROUND[finding.status]} if finding.status in GROUND else {}
        sheet.sheet.write_string(row - 1, 0, say(STATUS_WORDS[finding.status], language), book.look(bold=True, valign="top", **ground))
        sheet.wrapped(row, 2, names.node(finding.node_id) if finding.node_id else "")
        sheet.wrapped(row, 3, message)
        sheet.wrapped(row, 4, action)
        sheet.wrapped(row, 5, say(finding.owner, language) if finding.owner else "")
        sheet.day(row, 6, finding.due)
        if action and finding.status in ("act", "watch"):
            for column in TO_FILL:
                look = book.look(**empty, **({"num_format": DATE, "align": "left"} if column == 9 else {}))
                sheet.sheet.write_blank(row - 1, column - 1, None, look)
            sheet.words(row, 11, action_id(review.data.label, review.top, finding.key, finding.node_id))
        sheet.set_height(row, max(text_lines(message, 51), text_lines(action, 51), 2))
    _allow(sheet, row, review)
    sheet.freeze(FIRST, 3, last_column=len(COLUMNS), last_row=row)
    sheet.print_on_one_page()


def _allow(sheet: ReviewSheet, last: int, review: "MonthlyReview") -> None:
    """Drop-downs of decisions and people, and days only."""
    decisions = [sheet.say(DECISIONS[key]) for key in ("accepted", "dismissed", "done")]
    sheet.sheet.data_validation(FIRST - 1, 6, last - 1, 6, {"validate": "list", "source": decisions})
    after = pd.Timestamp(review.data.period_end).date()
    sheet.sheet.data_validation(FIRST - 1, 8, last - 1, 8, {"validate": "date", "criteria": ">", "value": after,
                                                            "error_message": sheet.say(mark("A day after the month reviewed"))})


def write_earlier(book: Book, review: "MonthlyReview", names: ReviewNames, *, title: str) -> None:
    """Every action of earlier months, what was decided, and whether its figure moved."""
    language, followed = names.language, review.followed
    sheet = ReviewSheet(book, say(EARLIER, language), language)
    if followed.empty:
        sheet.title(title, say(NONE_YET, language))
        sheet.set_widths([20.0] * 6)
        sheet.print_on_one_page()
        return
    sheet.title(title, say(CAVEAT, language))
    sheet.captions([(say(word, language), width) for word, width in EARLIER_COLUMNS], row=FIRST - 1)
    rows = followed.sort_values("period", ascending=False, kind="stable").to_dict("records")
    for row, own in enumerate(rows, start=FIRST):
        texts = _said(own, names, review.data.currency)
        for column, text in enumerate(texts, start=1):
            sheet.wrapped(row, column, text)
        sheet.set_height(row, max(text_lines(text, width - 1) for text, (_, width) in zip(texts, EARLIER_COLUMNS, strict=True)))
    sheet.freeze(FIRST, 3, last_column=len(EARLIER_COLUMNS), last_row=FIRST + len(rows) - 1)
    sheet.print_on_one_page()


def _said(own: Mapping[Any, Any], names: ReviewNames, currency: str) -> list[str]:
    language, measure = names.language, str(own["measure"])
    return [
        str(own["period"]), names.node(own["node_id"]), say_details(str(own["action"]), own["details"], language, currency=currency),
        say(DECISIONS[str(own["status"])], language), str(own.get("decided_by") or MISSING), str(own.get("why") or MISSING),
        say(MEASURES[measure], language) if measure in MEASURES else MISSING,
        said_measure(own["value_then"], measure, language, currency=currency),
        said_measure(own["value_now"], measure, language, currency=currency), say(VERDICTS[str(own["verdict"])], language),
    ]  # fmt: skip
