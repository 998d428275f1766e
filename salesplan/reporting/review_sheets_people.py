"""Warnings of the month and everybody behind, as sheets: with evidence, next step and how sure it is."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from salesplan.reporting.frame_sheet import write_frame
from salesplan.reporting.kpi_sheet import text_lines
from salesplan.reporting.review_names import ReviewNames
from salesplan.reporting.review_sheets import CHANCE, SHARE, ReviewSheet
from salesplan.reporting.show_off_pace import NO_TARGETS, NOBODY
from salesplan.reporting.show_signals import DIRECTIONS, NONE
from salesplan.reporting.workbook_style import Book
from salesplan.text import mark, say
from salesplan.text.numbers import format_month
from salesplan.text.wording import say_details

if TYPE_CHECKING:
    from salesplan.review.off_pace import OffPace
    from salesplan.review.signals import Signals

WARNINGS, OFF_PACE, EVIDENCE = mark("Warnings"), mark("Off pace"), mark("Evidence of causes")
FIRST = 5
EFFECT = mark("Change is now over usual; the effect is what is left of it for the result once its own luck is allowed for.")
STEPS = {
    "absence": mark("Days present"), "activity": mark("Visits a working day"), "pipeline": mark("Opportunities a visit"),
    "conversion": mark("Orders an opportunity (or visit)"), "deal_size": mark("Amount an order"),
    "territory": mark("Customers' potential over target"),
}  # fmt: skip
WIDTHS = (26.0, 20.0, 16.0, 16.0, 16.0, 11.0, 20.0, 11.0, 52.0, 62.0)


def write_warnings(book: Book, found: "Signals", names: ReviewNames, *, title: str, currency: str) -> None:
    """Who moved by more than chance, the most striking first, with the rate of false alarms above."""
    from salesplan.review.signals import RULES

    language, told = names.language, found.summary()
    notes = " ".join(say_details(str(n["msgid"]), n["details"], language, currency=currency) for n in found.notes())  # type: ignore[arg-type]
    if told.empty:
        sheet = ReviewSheet(book, say(WARNINGS, language), language)
        sheet.title(title, say(NONE, language))
        sheet.note(4, notes, columns=6, width=110)
        sheet.set_widths([20.0] * 6)
        sheet.print_on_one_page()
        return
    frame = pd.DataFrame({
        "name": [names.node(unit) for unit in told["unit_id"]],
        "change_seen": [say(RULES[rule], language) for rule in told["rule"]],
        "direction": [say(DIRECTIONS[direction], language) for direction in told["direction"]],
        "since": [format_month(month, language) for month in told["since"]], "actual": told["actual"],
        "expected_amount": told["expected"], "q_value": told["q_value"],
    })  # fmt: skip
    write_frame(book, say(WARNINGS, language), frame, language, title=title, note=notes, currency=currency,
                kinds=dict.fromkeys(("name", "change_seen", "direction", "since"), "text"))


def write_off_pace(book: Book, found: "OffPace | None", names: ReviewNames, *, parents: Mapping[str, Any], title: str,
                   currency: str) -> None:
    """Everybody behind over the last months with gap and attainment as formulas, likely cause, evidence and next step."""
    language = names.language
    sheet = ReviewSheet(book, say(OFF_PACE, language), language)
    if found is None or found.table.empty:
        sheet.title(title, say(NO_TARGETS, language) if found is None else say(NOBODY, language, n=found.window))
        sheet.set_widths([20.0] * 6)
        sheet.print_on_one_page()
        return
    head = mark("Sales of the last {n} months against target; a cause is named where its probability allows it. Currency: {currency}.")
    sheet.title(title, say(head, language, n=found.window, currency=currency))
    words = (mark("Name"), mark("Unit"), mark("Target"), mark("Sales"), mark("Gap"), mark("Attainment"), mark("Likely cause"),
             mark("P(cause)"), mark("Why"), mark("Next step"))  # fmt: skip
    sheet.captions([(say(word, language), width) for word, width in zip(words, WIDTHS, strict=True)], row=FIRST - 1)
    rows = found.table.to_dict("records")
    for row, own in enumerate(rows, start=FIRST):
        _write_person(sheet, row, own, names, parents, currency)
    sheet.freeze(FIRST, 2, last_column=len(words), last_row=FIRST + len(rows) - 1)
    sheet.print_on_one_page()
    _write_evidence(book, found, names, title=title, currency=currency)


def _write_person(sheet: ReviewSheet, row: int, own: Mapping[Any, Any], names: ReviewNames, parents: Mapping[str, Any], currency: str
                  ) -> None:
    language, money = names.language, sheet.book.money_format
    who = str(own["seller_id"])
    sheet.words(row, 1, names.node(who))
    sheet.words(row, 2, names.node(parents.get(who, "")))
    sheet.figure(row, 3, own["target"], money)
    sheet.figure(row, 4, own["actual"], money)
    target, actual = sheet.at(row, 3), sheet.at(row, 4)
    sheet.live(row, 5, f"={actual}-{target}", own["gap"], money)
    sheet.live(row, 6, f'=IF({target}>0,{actual}/{target},"")', own["attainment"], SHARE)
    sheet.wrapped(row, 7, say(own["cause_msgid"], language))
    if own["cause"] != "ramp":
        sheet.figure(row, 8, own["strength_value"], CHANCE)
    texts = tuple(say_details(own[f"{part}_msgid"], own["details"], language, currency=currency) for part in ("evidence", "step"))
    for column, text in enumerate(texts, start=9):
        sheet.wrapped(row, column, text)
    sheet.set_height(row, max(text_lines(text, width) for text, width in zip(texts, WIDTHS[8:], strict=True)))


def _write_evidence(book: Book, found: "OffPace", names: ReviewNames, *, title: str, currency: str) -> None:
    """Each step of each person, now and as usual."""
    language = names.language
    order: Sequence[str] = found.table["seller_id"].astype(str).tolist()
    rows = found.evidence[found.evidence["seller_id"].isin(order)]
    if rows.empty:
        return
    rows = rows.assign(_place=rows["seller_id"].map({who: at for at, who in enumerate(order)})).sort_values("_place", kind="stable")
    frame = pd.DataFrame({
        "name": [names.node(who) for who in rows["seller_id"]],
        "step": [say(STEPS[step], language) if step in STEPS else step for step in rows["step"]], "now_value": rows["now_value"],
        "usual_value": rows["usual_value"], "change": rows["change"],
        "contribution_change": rows["contribution_change"].where(rows["change"].notna()), "se_value": rows["se_value"],
    })  # fmt: skip
    note = say(EFFECT, language)
    write_frame(book, say(EVIDENCE, language), frame, language, title=f"{say(EVIDENCE, language)} · {title.partition(' · ')[2]}",
                note=note, currency=currency, frozen=1,
                kinds={"name": "text", "step": "text", "now_value": "number", "usual_value": "number", "se_value": "number"})
