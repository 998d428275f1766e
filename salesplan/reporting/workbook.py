"""The plan as an Excel workbook whose totals add up before the reader's eyes."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from salesplan import __version__
from salesplan.hierarchy import ALL_LINES, node_id
from salesplan.reporting.neutral import neutral_text
from salesplan.reporting.parameter_words import said_parameters
from salesplan.reporting.workbook_sheets import DETAIL, PEOPLE, SheetRows, people_amounts, sheet_rows
from salesplan.reporting.workbook_style import Book, Part, Sheet
from salesplan.text import check_language, mark, say
from salesplan.text.numbers import format_month, format_week, money_unit

if TYPE_CHECKING:
    from salesplan.targets.plan import TargetPlan

LEVELS = {"floor": mark("Floor"), "target": mark("Target"), "stretch": mark("Stretch")}
FIRST = 5  # first row of figures on every sheet
MONTH = 4  # first column of months


@overload
def export_plan_workbook(
    plan: "TargetPlan", path: None = None, *, language: str = "zh", weeks: bool = True
) -> bytes: ...
@overload
def export_plan_workbook(plan: "TargetPlan", path: str | Path, *, language: str = "zh", weeks: bool = True) -> Path: ...
def export_plan_workbook(
    plan: "TargetPlan", path: str | Path | None = None, *, language: str = "zh", weeks: bool = True
) -> bytes | Path:
    """Write a plan as a workbook, or give its bytes when no path is given.

    One sheet for each level of the organisation, one for people, one for people by product line and
    one by ISO week. Every figure above the lowest sheet is a live SUM of the rows that carry it;
    the summary repeats the checks, each of which shows 0. Change one amount and all follow.
    Each formula is written with its value, so that a telephone or a preview shows the figures too.
    The same plan gives the same bytes.

    Parameters
    ----------
    weeks
        Leave the weekly sheet out for very large companies.
    """
    check_language(language)
    book = Book(decimals=2 if plan.parameters.unit == "fen" else 0)
    _Writer(book=book, plan=plan, language=language, rows=sheet_rows(plan), weeks=weeks).write()
    content = book.to_bytes()
    if path is None:
        return content
    target = Path(path)
    part = target.with_name(f".{target.name}.part")
    part.write_bytes(content)
    part.replace(target)
    return target


class _Writer:
    """Writes the sheets of one workbook, the lowest first, so that every sum knows its value."""

    def __init__(self, *, book: Book, plan: "TargetPlan", language: str, rows: list[SheetRows], weeks: bool) -> None:
        self.plan, self.language, self.rows = plan, language, rows
        self.has_lines, self.with_weeks = len(plan.lines) > 1, weeks
        self.months = list(plan.year)
        self.total = MONTH + len(self.months)
        units = plan.hierarchy.units.set_index("unit_id")
        self.unit_name = {
            u: say("Former staff", language) if level == "former" else str(name)
            for u, name, level in zip(units.index, units["name"], units["level"], strict=True)
        }
        self.parent = units["parent_id"].to_dict()
        keys = ["Summary", *[r.key for r in rows], *([DETAIL] if self.has_lines else []), *(["Weeks"] if weeks else [])]
        self.sheets: dict[str, Sheet] = {}
        for key in keys:
            self.sheets[key] = Sheet(book, self._title(key))
        self.place = {u: (r.key, FIRST + at) for r in rows for at, u in enumerate(r.units)}
        self.parts = {u: parts for r in rows for u, parts in r.parts.items()}
        amounts = people_amounts(plan, column="target_fen", by=["month"])
        self.month_amounts = amounts.reindex(columns=self.months, fill_value=0.0)
        self.annual = {
            k: people_amounts(plan, column=f"{k}_fen", by=["month"]).sum(axis=1) for k in ("floor", "stretch")
        }

    def _title(self, key: str) -> str:
        from salesplan.plots.forecast import level_name

        special = {
            "Summary": mark("Summary"),
            PEOPLE: mark("People"),
            DETAIL: mark("People by product line"),
            "Weeks": mark("People by week"),
        }
        title = say(special[key], self.language) if key in special else level_name(key, self.language)
        title = "".join("_" if c in "[]:*?/\\'" else c for c in title)[:28] or "Sheet"
        while title.casefold() in [s.name.casefold() for s in self.sheets.values()]:
            title += "_"
        return title

    def write(self) -> None:
        if self.has_lines:
            self._write_detail()
        if self.with_weeks:
            self._write_weeks()
        self._write_units()
        self._write_summary()

    def _heading(self, key: str, *, second: str) -> Sheet:
        sheet, lang = self.sheets[key], self.language
        self._entitle(sheet)
        captions = [
            say("Target of the year", lang),
            say("Floor of the year", lang),
            say("Stretch of the year", lang),
            say("Last year", lang),
            say("Growth", lang),
            say("Forecast", lang),
            say("Chance to attain", lang),
        ]
        crosses = self.months[0].year != self.months[-1].year  # else the title has the year
        months = [format_month(m, lang, year=crosses) for m in self.months]
        sheet.header([say("ID", lang), say("Name", lang), say(second, lang), *months, *captions], row=FIRST - 1)
        return sheet

    def _entitle(self, sheet: Sheet) -> None:
        sheet.title(f"{sheet.name} · {self.plan.year_label}", self._unit())

    def _unit(self) -> str:
        unit = money_unit("one", self.language, currency=self.plan.currency)
        return say("Unit: {unit}", self.language, unit=unit)

    def _who(self, sheet: Sheet, row: int, unit: str) -> None:
        sheet.text(row, 1, neutral_text(str(unit)))
        sheet.text(row, 2, neutral_text(self.unit_name[unit]))

    def _write_units(self) -> None:
        """All units, those below before those above, whatever sheet they stand on."""
        for rows in self.rows:
            self._heading(rows.key, second=mark("Belongs to"))
        months = self.month_amounts.groupby(level="seller_id").sum()
        annual = {k: v.groupby(level="seller_id").sum() for k, v in self.annual.items()}
        for unit in reversed(list(self.plan.hierarchy.units["unit_id"])):
            key, row = self.place[unit]
            sheet, parent, parts = self.sheets[key], self.parent.get(unit), self.parts[unit]
            self._who(sheet, row, unit)
            sheet.text(row, 3, neutral_text(self.unit_name.get(parent, "") if isinstance(parent, str) else ""))
            own = months.loc[unit].to_numpy(float) if unit in months.index else np.zeros(len(self.months))
            figures = [*own, None, *(float(annual[k].get(unit, 0.0)) for k in ("floor", "stretch"))]
            for column, amount in enumerate(figures, start=MONTH):
                if amount is None:
                    continue
                if parts:
                    sheet.sum(row, column, self._below(parts, column))
                else:
                    sheet.money(row, column, float(amount))
            self._judgement(sheet, row, unit, ALL_LINES)
        for rows in self.rows:
            self._finish(self.sheets[rows.key], len(rows.units))

    def _below(self, parts: list[tuple[str, int, int]], column: int) -> list[Part]:
        return [(self.sheets[key], FIRST + first, FIRST + last, column) for key, first, last in parts]

    def _judgement(self, sheet: Sheet, row: int, unit: str, line: str) -> None:
        """The year's total, and what it is to be measured against."""
        node = self.plan.nodes.loc[node_id(unit, line)]
        sheet.row_sum(row, self.total, first=MONTH, last=self.total - 1)
        sheet.money(row, self.total + 3, _figure(node["last_year"]))
        if self.plan.forecast.annual["n_months"].loc[node_id(unit, line)] >= len(self.months):
            sheet.growth(row, self.total + 4, _cell(sheet, row, self.total), _cell(sheet, row, self.total + 3))
        else:
            sheet.text(row, self.total + 4, say("part of a year", self.language))
        sheet.money(row, self.total + 5, _figure(node["forecast"]))
        sheet.chance(row, self.total + 6, _figure(node["p_target"]))

    def _finish(self, sheet: Sheet, count: int) -> None:
        row = FIRST + count
        sheet.blank(row, range(1, self.total + 7), kind="total")
        sheet.text(row, 2, say("Total", self.language), kind="total")
        for column in (*range(MONTH, self.total + 4), self.total + 5):
            sheet.sum(row, column, [(sheet, FIRST, row - 1, column)], kind="total")
        sheet.fit(frozen_row=FIRST, frozen_column=4, last_row=row, filter_row=FIRST - 1)

    def _write_detail(self) -> None:
        sheet = self._heading(DETAIL, second=mark("Product line"))
        cells = self.month_amounts.to_numpy(float)
        place = {pair: at for at, pair in enumerate(self.month_amounts.index)}
        pairs = [(unit, line) for unit in self.rows[-1].units for line in self.plan.lines]
        for row, (unit, line) in enumerate(pairs, start=FIRST):
            self._who(sheet, row, unit)
            sheet.text(row, 3, neutral_text(str(line)))
            figures = cells[place[unit, line]] if (unit, line) in place else np.zeros(len(self.months))
            for column, amount in enumerate(figures, start=MONTH):
                sheet.money(row, column, float(amount))
            for shift, key in ((1, "floor"), (2, "stretch")):
                sheet.money(row, self.total + shift, float(self.annual[key].get((unit, line), 0.0)))
            self._judgement(sheet, row, unit, line)
        self._finish(sheet, len(pairs))

    def _write_weeks(self) -> None:
        lang, sheet = self.language, self.sheets["Weeks"]
        self._entitle(sheet)
        amounts = people_amounts(self.plan, column="target_fen", by=["month", "iso_week"])
        table = amounts.groupby(level="seller_id").sum()
        periods: list[Any] = list(table.columns)
        captions = [
            f"{format_week(str(week), lang, year=False)} ({format_month(month, lang, year=False)})"
            for month, week in periods
        ]
        total = say("Target of the year", lang)
        sheet.header([say("ID", lang), say("Name", lang), total, *captions], row=FIRST - 1)
        last = 3 + len(captions)
        for row, unit in enumerate(self.rows[-1].units, start=FIRST):
            self._who(sheet, row, unit)
            pieces = table.loc[unit].to_numpy(float) if unit in table.index else np.zeros(len(captions))
            for column, amount in enumerate(pieces, start=4):
                sheet.money(row, column, float(amount))
            sheet.row_sum(row, 3, first=4, last=last)
        row = FIRST + len(self.rows[-1].units)
        sheet.blank(row, range(1, last + 1), kind="total")
        sheet.text(row, 2, say("Total", lang), kind="total")
        for column in range(3, last + 1):
            sheet.sum(row, column, [(sheet, FIRST, row - 1, column)], kind="total")
        sheet.fit(frozen_row=FIRST, frozen_column=4, last_row=row)

    def _write_summary(self) -> None:
        lang, plan, sheet = self.language, self.plan, self.sheets["Summary"]
        top = self.sheets[self.rows[0].key]
        name = neutral_text(self.unit_name[self.rows[0].units[0]])
        sheet.title(say("Target plan {year}", lang, year=plan.year_label), f"{name} · {self._unit()}")
        words = [say(t, lang) for t in (mark("Level"), mark("Amount"), mark("Growth"), mark("Chance to attain"))]
        sheet.header(words, row=4)
        last = _cell(top, FIRST, self.total + 3, outside=True)
        for at, (key, level) in enumerate(LEVELS.items()):
            row, column = 5 + at, self.total + {"target": 0, "floor": 1, "stretch": 2}[key]
            kind = "strong" if key == "target" else "plain"
            sheet.text(row, 1, say(level, lang), kind=kind)
            sheet.copy(row, 2, top, (FIRST, column), kind=kind)
            sheet.growth(row, 3, _cell(sheet, row, 2), last)
            sheet.chance(row, 4, _figure(plan.company["p_attain"].get(key, np.nan)))
        row = self._write_checks(sheet, 10)
        row = self._write_facts(sheet, row + 1)
        sheet.fit(frozen_row=0, frozen_column=0, last_row=row, narrow=True)

    def _write_checks(self, sheet: Sheet, row: int) -> int:
        lang, top = self.language, self.sheets[self.rows[0].key]
        sheet.header([say("Check: the company against the sum of …", lang), say("Difference", lang)], row=row)
        people = len(self.rows[-1].units)
        checks = [(r.key, FIRST + len(r.units), self.total) for r in self.rows[1:] if self._covers(r)]
        if self.has_lines:
            checks.append((DETAIL, FIRST + people * len(self.plan.lines), self.total))
        if self.with_weeks:
            checks.append(("Weeks", FIRST + people, 3))
        company = _cell(top, FIRST, self.total, outside=True)
        for key, total_row, column in checks:
            row += 1
            sheet.text(row, 1, self.sheets[key].name)
            sheet.check(row, 2, company, _cell(self.sheets[key], total_row, column, outside=True))
        return row + 1

    def _covers(self, rows: SheetRows) -> bool:
        """Whether the sheet's units together hold every person exactly once."""
        position = {u: i for i, u in enumerate(self.plan.hierarchy.units["unit_id"])}
        held = self.plan.hierarchy.unit_summing[[position[u] for u in rows.units]].sum(axis=0)
        return bool((np.asarray(held) == 1).all())

    def _write_facts(self, sheet: Sheet, row: int) -> int:
        lang, plan = self.language, self.plan
        sheet.header([say("Parameter", lang), say("Value", lang)], row=row)
        facts: dict[str, Any] = {
            say("Source", lang): plan.source,
            say("Data fingerprint", lang): plan.fingerprint,
            say("Version", lang): __version__,
            say("Currency", lang): plan.currency,
        }
        values = plan.parameters.model_dump(mode="json")
        for name, value in [*facts.items(), *said_parameters(values, lang)]:
            row += 1
            sheet.text(row, 1, neutral_text(str(name)))
            sheet.text(row, 2, neutral_text(str(value)))
        return row


def _cell(sheet: Sheet, row: int, column: int, *, outside: bool = False) -> tuple[str, float]:
    """Name and number of a cell, as a formula on its own sheet or outside of it names it."""
    return (sheet.cell if outside else sheet.at)(row, column), sheet.value(row, column)


def _figure(value: Any) -> float | None:
    return float(value) if value is not None and np.isfinite(float(value)) else None
