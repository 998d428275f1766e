"""Whether targets should change, as sheets: the reason or refusal, months before and after, and every person's months."""

from typing import TYPE_CHECKING

import pandas as pd

from salesplan.reporting.review_names import ReviewNames
from salesplan.reporting.review_sheets import CHANCE, ReviewSheet
from salesplan.reporting.show_adjustment import APPROVE, NO_TARGETS
from salesplan.reporting.workbook_style import Book
from salesplan.text import mark, say
from salesplan.text.numbers import format_month
from salesplan.text.wording import say_details

if TYPE_CHECKING:
    from salesplan.review.adjustment import Adjustment

ADJUSTMENT, PEOPLE = mark("Adjustment"), mark("Targets by person")
PEOPLE_FIRST = 6
WIDE = 16.0
SHARED_OUT = mark("Months as targets have them now, and where an adjustment is proposed as it would have them. Currency: {currency}.")


class AdjustmentSheets:
    """The proposal or refusal, and the lines it rests on."""

    def __init__(self, book: Book, found: "Adjustment | None", names: ReviewNames, *, parents: "pd.Series", currency: str) -> None:
        self.names, self.found, self.parents, self.currency, self.money = names, found, parents, currency, book.money_format
        self.sheet = ReviewSheet(book, say(ADJUSTMENT, names.language), names.language)
        self.is_proposed = found is not None and found.status == "proposed"
        self.people = None if found is None else ReviewSheet(book, say(PEOPLE, names.language), names.language)
        self.n_months = 0 if found is None else len(found.months)

    def write(self, *, title: str, people_title: str) -> None:
        """Write both sheets."""
        sheet, language = self.sheet, self.names.language
        if self.found is None or self.people is None:
            sheet.title(title, say(NO_TARGETS, language))
            sheet.set_widths([20.0] * 6)
            sheet.print_on_one_page()
            return
        last = self._write_people(self.people, self.found, people_title)
        sheet.title(title, say(APPROVE, language) if self.is_proposed else "")
        row = 4
        for message in self.found.messages:
            words = say_details(message["msgid"], message["details"], language, currency=self.currency)
            row = sheet.note(row, words, columns=6, width=44 + 5 * 17)
        row, months = self._write_months(self.found, self.people, row + 1, last)
        row = self._write_ledger(self.found, row + 1, months)
        if self.is_proposed:
            self._write_choices(self.found, row + 1)
        sheet.set_widths([44.0, *[17.0] * 7])
        sheet.print_on_one_page()

    def _write_people(self, sheet: ReviewSheet, found: "Adjustment", title: str) -> int:
        """Sellers by months, before and after; gives the row of the sums."""
        language, n = self.names.language, self.n_months
        sheet.title(title, say(SHARED_OUT, language, currency=self.currency))
        months = [format_month(month, language) for month in found.months["month"]]
        total = say(mark("Total"), language)
        columns = [(say(mark("Name"), language), 26.0), (say(mark("Unit"), language), 20.0), *((word, WIDE) for word in [*months, total])]
        groups = [(3, n + 3, say(mark("Target before"), language))]
        if self.is_proposed:
            columns += [(word, WIDE) for word in [*months, total, say(mark("Change"), language)]]
            groups.append((n + 4, 2 * n + 4, say(mark("Target after"), language)))
        sheet.captions(columns, row=PEOPLE_FIRST - 1, groups=groups)
        before, after = (found.lines.pivot_table(index="seller_id", columns="month", values=fen, aggfunc="sum")
                         .reindex(columns=found.months["month"]) for fen in ("old_fen", "target_fen"))
        order = sorted(before.index, key=lambda who: (str(self.parents.get(who, "")), str(who)))
        end = PEOPLE_FIRST + len(order)
        for row, who in enumerate(order, start=PEOPLE_FIRST):
            sheet.words(row, 1, self.names.node(who))
            sheet.words(row, 2, self.names.node(self.parents.get(who, "")))
            self._write_line(sheet, row, before.loc[who], 3)
            if self.is_proposed:
                self._write_line(sheet, row, after.loc[who], n + 4)
                change = (after.loc[who].sum() - before.loc[who].sum()) / 100
                sheet.live(row, 2 * n + 5, f"={sheet.at(row, 2 * n + 4)}-{sheet.at(row, n + 3)}", change, self.money)
        sheet.words(end, 1, say(mark("Total"), language), unit=True)
        sheet.words(end, 2, "", unit=True)
        sums = [*before.sum(), before.sum().sum()]
        if self.is_proposed:
            sums += [*after.sum(), after.sum().sum(), after.sum().sum() - before.sum().sum()]
        for column, value in enumerate(sums, start=3):
            span = f"{sheet.at(PEOPLE_FIRST, column)}:{sheet.at(end - 1, column)}"
            sheet.live(end, column, f"=SUM({span})", value / 100, self.money, unit=True)
        sheet.freeze(PEOPLE_FIRST, 3, last_column=len(columns), last_row=end - 1)
        sheet.print_on_one_page()
        return end

    def _write_line(self, sheet: ReviewSheet, row: int, fen: "pd.Series", first: int) -> None:
        for column, value in enumerate(fen, start=first):
            sheet.figure(row, column, value / 100, self.money)
        span = f"{sheet.at(row, first)}:{sheet.at(row, first + self.n_months - 1)}"
        sheet.live(row, first + self.n_months, f"=SUM({span})", fen.sum() / 100, self.money)

    def _write_months(self, found: "Adjustment", people: ReviewSheet, row: int, sums: int) -> tuple[int, tuple[int, int, int]]:
        """Months with targets as live sums over the people; gives the next row, and first, last ended and last month's row."""
        sheet, language = self.sheet, self.names.language
        words = [mark("Month"), mark("Target before"), mark("Target after"), mark("Change of target"), mark("Sales"),
                 mark("Month has ended")]  # fmt: skip
        sheet.header([say(word, language) for word in words], row=row)
        first = row + 1
        months = found.months.to_dict("records")
        for at, month in enumerate(months):
            row = first + at
            sheet.words(row, 1, format_month(month["month"], language))
            sheet.live(row, 2, f"={people.outside(sums, 3 + at)}", month["old_fen"] / 100, self.money)
            source = people.outside(sums, self.n_months + 4 + at) if self.is_proposed else sheet.at(row, 2)
            sheet.live(row, 3, f"={source}", month["target_fen"] / 100, self.money)
            sheet.live(row, 4, f"={sheet.at(row, 3)}-{sheet.at(row, 2)}", month["change_fen"] / 100, self.money)
            sheet.figure(row, 5, month["actual_fen"] / 100 if pd.notna(month["actual_fen"]) else None, self.money)
            sheet.words(row, 6, say("Yes" if month["is_ended"] else "No", language))
        ended = first + int(found.months["is_ended"].sum()) - 1
        row += 1
        sheet.words(row, 1, say(mark("Total"), language), unit=True)
        values = (found.months["old_fen"].sum(), found.months["target_fen"].sum(), found.months["change_fen"].sum(),
                  found.months["actual_fen"].fillna(0).sum())  # fmt: skip
        for column, value in enumerate(values, start=2):
            sheet.live(row, column, f"=SUM({sheet.at(first, column)}:{sheet.at(row - 1, column)})", int(value) / 100, self.money, unit=True)
        sheet.words(row, 6, "", unit=True)
        return row + 1, (first, ended, row - 1)

    def _write_ledger(self, found: "Adjustment", row: int, months: tuple[int, int, int]) -> int:
        """How the months left come to what they are asked for, line by line; gives the next row."""
        sheet, language, book = self.sheet, self.names.language, found.ledger
        first, ended, last = months

        def span(column: int, start: int, end: int) -> str:
            return f"SUM({sheet.at(start, column)}:{sheet.at(end, column)})" if end >= start else "0"

        at = {key: sheet.at(row + place, 2) for place, key in enumerate(
            ("ended_plan_fen", "ended_actual_fen", "gap_fen", "left_plan_fen", "agreed_fen", "wanted_fen", "new_left_fen", "unabsorbed_fen",
             "total_fen"))}  # fmt: skip
        carried = f"+{at['gap_fen']}" if book["wanted_fen"] - book["left_plan_fen"] - book["agreed_fen"] == book["gap_fen"] else ""
        lines = {
            "ended_plan_fen": (mark("Target of the months that have ended"), f"={span(2, first, ended)}"),
            "ended_actual_fen": (mark("Sales of the months that have ended"), f"={span(5, first, ended)}"),
            "gap_fen": (mark("Missing so far"), f"={at['ended_plan_fen']}-{at['ended_actual_fen']}"),
            "left_plan_fen": (mark("Target of the months left, before"), f"={span(2, ended + 1, last)}"),
            "agreed_fen": (mark("What the agreed reason changes"), ""),
            "wanted_fen": (mark("Asked of the months left without a limit"), f"={at['left_plan_fen']}+{at['agreed_fen']}{carried}"),
            "new_left_fen": (mark("Target of the months left, after"), f"={span(3, ended + 1, last)}"),
            "unabsorbed_fen": (mark("Not placed, because of the limit"), f"={at['wanted_fen']}-{at['new_left_fen']}"),
            "total_fen": (mark("The year if every target left is met"), f"={at['ended_actual_fen']}+{at['new_left_fen']}"),
        }  # fmt: skip
        for key, (word, formula) in lines.items():
            sheet.words(row, 1, say(word, language))
            if formula:
                sheet.live(row, 2, formula, book[key] / 100, self.money)
            else:
                sheet.figure(row, 2, book[key] / 100, self.money)
            row += 1
        return row

    def _write_choices(self, found: "Adjustment", row: int) -> None:
        """Adjusting beside doing nothing."""
        sheet, language = self.sheet, self.names.language
        words = (mark("Choice"), mark("The year's total"), mark("Asked of the months left"), mark("Gap left open"), mark("P(year's total)"),
                 mark("P(months left)"))  # fmt: skip
        sheet.header([say(word, language) for word in words], row=row)
        for choice in found.what_if.to_dict("records"):
            row += 1
            sheet.words(row, 1, say(choice["choice_msgid"], language))
            for column, key in enumerate(("total_fen", "left_fen", "gap_fen"), start=2):
                sheet.figure(row, column, choice[key] / 100, self.money)
            for column, key in enumerate(("p_year", "p_left"), start=5):
                sheet.figure(row, column, choice[key], CHANCE)
