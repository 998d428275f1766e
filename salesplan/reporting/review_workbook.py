"""The review of a unit's month as one workbook, with live formulas from the people up."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from salesplan import __version__
from salesplan.reporting.frame_sheet import write_frame
from salesplan.reporting.kpi_sheet import text_lines
from salesplan.reporting.parameter_words import said_parameters
from salesplan.reporting.review_names import ReviewNames
from salesplan.reporting.review_sheets import CHANCE, SHARE, ReviewSheet
from salesplan.reporting.review_sheets_actions import EARLIER, FINDINGS, write_actions, write_earlier
from salesplan.reporting.review_sheets_adjustment import ADJUSTMENT, PEOPLE, AdjustmentSheets
from salesplan.reporting.review_sheets_bridge import BridgeSheet
from salesplan.reporting.review_sheets_closing import ClosingSheet
from salesplan.reporting.review_sheets_outlook import OutlookSheet
from salesplan.reporting.review_sheets_pace import PACE, SHAPE, PaceSheet, write_shape
from salesplan.reporting.review_sheets_people import OFF_PACE, WARNINGS, write_off_pace, write_warnings
from salesplan.reporting.review_sheets_standing import SHEETS, StandingSheet
from salesplan.reporting.show_closing import TITLE as CLOSING
from salesplan.reporting.show_outlook import QUARTER_END, YEAR_END
from salesplan.reporting.show_work import TITLE as WORK
from salesplan.reporting.show_work import work_frame
from salesplan.reporting.statements import write_whole
from salesplan.reporting.workbook_style import Book
from salesplan.review.attainment import SPANS
from salesplan.text import check_language, mark, say
from salesplan.text.numbers import format_date, format_month
from salesplan.text.wording import say_details

if TYPE_CHECKING:
    from salesplan.review.monthly_review import MonthlyReview

NOTES = mark("Method and source")
WHAT: Mapping[str, str] = {
    SHEETS["month"]: mark("Target, sales and attainment of everybody this month, as judged then and restated"),
    SHEETS["quarter"]: mark("The same for the quarter to date"),
    SHEETS["year"]: mark("The same for the year to date"),
    PACE: mark("Sales against what is usual by this day of the month, and what the rest of it must bring"),
    SHAPE: mark("How the month ran, third by third, and whether its last days carry too much"),
    "From target to actual": mark("What made the difference between target and sales, part by part"),
    "From last year to this year": mark("What made the difference from the same month last year, part by part"),
    QUARTER_END: mark("Where the quarter will probably end, and what each working day left must bring"),
    YEAR_END: mark("Where the year will probably end, and what each working day left must bring"),
    CLOSING: mark("Orders and visits that close the gap to the end of the quarter, against what was done before"),
    WARNINGS: mark("Who moved by more than chance, with the rate of false alarms"),
    WORK: mark("Visits a day, win rate, orders a visit and order size beside their usual range"),
    OFF_PACE: mark("Everybody behind, with the likely cause, its evidence and the next step"),
    ADJUSTMENT: mark("Whether the targets left should change, and what happens if not"),
    PEOPLE: mark("The targets of every person by month, before and after"),
    FINDINGS: mark("What to do, with room for decisions in the meeting"),
    EARLIER: mark("What became of earlier actions, and whether the figure moved"),
    NOTES: mark("How it is worked out, parameters and source"),
}
"""Sheet -> what is in it."""


@overload
def export_review_workbook(review: "MonthlyReview", path: None = None, *, language: str = "zh") -> bytes: ...
@overload
def export_review_workbook(review: "MonthlyReview", path: str | Path, *, language: str = "zh") -> Path: ...
def export_review_workbook(review: "MonthlyReview", path: str | Path | None = None, *, language: str = "zh") -> bytes | Path:
    """Write a unit's review as a workbook, or give its bytes when no path is given.

    Units add up what is below them in live formulas, which are written with their values. Nobody stands in it who is not below
    the unit. Text is harmless, and the same review gives the same bytes.

    Parameters
    ----------
    review
        From `open_review_period`.
    language
        ``zh`` or ``en``.
    """
    check_language(language)
    content = _Writer(review, language).write()
    return content if path is None else write_whole(Path(path), content)


class _Writer:
    def __init__(self, review: "MonthlyReview", language: str) -> None:
        self.review, self.language = review, language
        self.names = ReviewNames.of(review.data, language)
        self.currency = str(review.data.currency)
        self.book = Book(decimals=2)
        self.overview = ReviewSheet(self.book, say(mark("Overview"), language), language)
        self.about = f"{self.names.node(review.top)} · {format_month(review.data.month, language)}"
        self.written: list[str] = []

    def write(self) -> bytes:
        review, names, book, currency = self.review, self.names, self.book, self.currency
        parents = review.data.units.set_index("unit_id")["parent_id"]
        standing: dict[str, StandingSheet] = {}
        for span in SPANS:
            standing[span] = StandingSheet(book, review.attainment, span, names, currency=currency)
            standing[span].write(title=self._title(SHEETS[span]))
        PaceSheet(book, review.month_pace, names, currency=currency).write(title=self._title(PACE))
        write_shape(book, review.linearity, names, title=self._title(SHAPE))
        for found in (review.bridge_target, review.bridge_last_year):
            bridge = BridgeSheet(book, found, names, currency=currency)
            bridge.write(title=self._title(bridge.key))
        outlook: dict[str, OutlookSheet] = {}
        for name, ends, rate in ((QUARTER_END, review.quarter_end, review.quarter_rate), (YEAR_END, review.year_end, review.year_rate)):
            outlook[name] = OutlookSheet(book, name, ends, rate, names, currency=currency)
            outlook[name].write(title=self._title(name))
        until = outlook[QUARTER_END if review.closing.until == "quarter" else YEAR_END]
        ClosingSheet(book, review.closing, until, names).write(title=self._title(CLOSING))
        write_warnings(book, review.signals, names, title=self._title(WARNINGS), currency=currency)
        if len(review.work.table):
            note = " ".join(say_details(n["msgid"], n["details"], self.language) for n in review.work.notes)
            frame = work_frame(review.work, self.language, currency=currency)
            write_frame(book, say(WORK, self.language), frame, self.language, title=self._title(WORK), note=note,
                        kinds=dict.fromkeys(frame.columns, "text"))
        write_off_pace(book, review.off_pace, names, parents=parents.to_dict(), title=self._title(OFF_PACE), currency=currency)
        adjustment = AdjustmentSheets(book, review.adjustment, names, parents=parents, currency=currency)
        adjustment.write(title=self._title(ADJUSTMENT),
                         people_title=self._title(PEOPLE) if review.adjustment is not None else "")
        write_actions(book, review, names, title=self._title(FINDINGS))
        write_earlier(book, review, names, title=self._title(EARLIER))
        self._write_notes()
        self._write_overview(standing, outlook)
        return book.to_bytes()

    def _title(self, sheet: str) -> str:
        """Title of a sheet; the overview will lead to it."""
        self.written.append(sheet)
        return f"{say(sheet, self.language)} · {self.about}"

    def _write_notes(self) -> None:
        review, language = self.review, self.language
        sheet = ReviewSheet(self.book, say(NOTES, language), language)
        sheet.title(self._title(NOTES), "")
        row = 4
        parts: Mapping[str, Any] = {
            mark("Standing"): review.attainment.notes, "From target to actual": review.bridge_target.notes,
            "From last year to this year": review.bridge_last_year.notes,
            mark("Outlook"): [*review.quarter_end.notes, *review.year_end.notes], PACE: review.month_pace.notes,
            CLOSING: review.closing.notes,
            WARNINGS: review.signals.notes(), OFF_PACE: review.off_pace.notes if review.off_pace is not None else [],
            mark("Data"): review.data.notes,
        }  # fmt: skip
        for name, notes in parts.items():
            said = list(dict.fromkeys(say_details(n["msgid"], n["details"], language, currency=self.currency) for n in notes))
            if said:
                sheet.text(row, 1, say(name, language), kind="strong")
                row += 1
            for words in said:
                row = sheet.note(row, words, columns=2, width=110)
        sheet.text(row + 1, 1, say(mark("Parameters"), language), kind="strong")
        row += 2
        given = review.parameters.model_dump(exclude={"workspace", "language", "period", "unit"})
        source = [(say(mark("Source"), language), review.data.source), (say(mark("Data fingerprint"), language), review.data.fingerprint),
                  (say(mark("Version"), language), __version__)]  # fmt: skip
        for word, value in [*said_parameters(given, language), *source]:
            sheet.wrapped(row, 1, word)
            sheet.wrapped(row, 2, str(value))
            sheet.set_height(row, max(text_lines(word, 39), text_lines(str(value), 69)))
            row += 1
        sheet.set_widths((40.0, 70.0))
        sheet.print_on_one_page()

    def _write_overview(self, standing: Mapping[str, StandingSheet], outlook: Mapping[str, OutlookSheet]) -> None:
        sheet, language, review = self.overview, self.language, self.review
        data = review.data
        until = "" if data.is_complete else say(mark("Sales up to {date}; the month is under way."), language,
                                                date=format_date(data.as_of, language))
        sheet.title(f"{say(mark('Monthly review'), language)} · {self.about}", until or say(mark("The month is complete."), language))
        row = self._write_figures(standing, 4)
        row = self._write_ends(outlook, row + 1)
        row = self._write_findings(row + 1)
        sheet.text(row, 1, say(mark("What is where"), language), kind="strong")
        link = self.book.look(font_color="#1D4ED8", underline=1)
        for name in self.written:
            row += 1
            said = say(name, language)
            quoted = said.replace("'", "''")
            sheet.sheet.write_url(row - 1, 0, f"internal:'{quoted}'!A1", link, string=said)
            sheet.words(row, 2, say(WHAT[name], language))
        row += 2
        for words in (mark("Blue figures are given, black ones are formulas; rows fold by unit with the marks on the left."),
                      mark("A total is never typed in: change a blue figure and everything above it follows.")):
            sheet.text(row, 1, say(words, language), kind="muted")
            row += 1
        sheet.set_widths((30.0, *[18.0] * 6))
        sheet.print_on_one_page()
        sheet.sheet.fit_to_pages(1, 1)

    def _write_figures(self, standing: Mapping[str, StandingSheet], row: int) -> int:
        """Month, quarter and year of the unit as copies of their sheets' cells."""
        sheet, language = self.overview, self.language
        words = (mark("Standing"), mark("Target"), mark("Sales"), mark("Gap"), mark("Attainment"), mark("Attainment restated"))
        sheet.header([say(word, language) for word in words], row=row)
        for span, found in standing.items():
            row += 1
            sheet.words(row, 1, say(SHEETS[span], language))  # type: ignore[index]
            for column, what in enumerate(("target", "actual", "gap", "attainment", "restated_attainment"), start=2):
                cell, value = found.at(self.review.top, what)
                form = SHARE if what.endswith("attainment") else self.book.money_format
                sheet.live(row, column, f'=IF(ISNUMBER({cell}),{cell},"")', value, form)
        return row + 1

    def _write_ends(self, outlook: Mapping[str, OutlookSheet], row: int) -> int:
        """Probable ends of the quarter and the year as copies of their sheets' cells."""
        sheet, language = self.overview, self.language
        words = (mark("Outlook"), mark("Target"), mark("Projected"), mark("From"), mark("To"), mark("P(hit)"),
                 mark("Required a working day"))  # fmt: skip
        sheet.header([say(word, language) for word in words], row=row)
        for name, found in outlook.items():
            row += 1
            sheet.words(row, 1, say(name, language))
            for column, what in enumerate(("target", "projected", "lower", "upper", "p_hit", "required_per_day"), start=2):
                cell, value = found.at(self.review.top, what)
                sheet.live(row, column, f'=IF(ISNUMBER({cell}),{cell},"")', value, CHANCE if what == "p_hit" else self.book.money_format)
        return row + 1

    def _write_findings(self, row: int) -> int:
        """The urgent findings in words."""
        sheet, language = self.overview, self.language
        urgent = [finding for finding in self.review.findings if finding.status == "act"]
        watched = sum(finding.status == "watch" for finding in self.review.findings)
        told = say(mark("{n} to act on, {n_watch} to watch"), language, n=len(urgent), n_watch=watched)
        sheet.text(row, 1, told, kind="strong")
        row += 1
        for finding in urgent:
            words = f"{finding.text(language, currency=self.currency)} {finding.action_text(language, currency=self.currency)}".strip()
            row = sheet.note(row, f"• {words}", columns=7, width=132)
        return row + 1
