"""A statement as a workbook: change an actual, a target or a weight, and the score follows by the rules of the set."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from salesplan.kpis.library import UNIT_WORDS
from salesplan.kpis.scoring_policies import Policy
from salesplan.reporting.kpi_figures import number_format, said_points
from salesplan.reporting.kpi_sheet import KpiSheet, text_lines
from salesplan.reporting.neutral import neutral_text
from salesplan.reporting.score_formulas import (
    RuleCells,
    compared_formula,
    limited_formula,
    raw_formula,
    reached_formula,
)
from salesplan.reporting.workbook_style import Book
from salesplan.text import mark, say
from salesplan.text.numbers import money_unit

if TYPE_CHECKING:
    from salesplan.reporting.statement_facts import Statement, StatementLine

POINTS, SHARE = "0.00", "0.0%"
WIDTHS = (20, 9, 15, 15, 22, 13, 10, 10, 10, 11, 58)
"""Width of each column of the statement."""
KPI, UNIT, ACTUAL, TARGET, FROM, RAW, SCORE, AGREED, WEIGHT, WORTH, WORDS = range(1, 12)
CAPTIONS = (
    mark("KPI"), mark("Unit of measure"), mark("Actual"), mark("Target"), mark("Source of the target"),
    mark("Points before floor and cap"), mark("Score"), mark("Agreed weight"), mark("Weight used"), mark("Weighted points"),
    mark("How it is computed"),
)  # fmt: skip
RULE_CAPTIONS = (
    mark("KPI"), mark("Scoring function"), mark("Figure looked up"), mark("Floor"), mark("Cap"), mark("Least acceptable"),
    mark("Counts as 100"), mark("Below the first step"), mark("Points without data"),
)  # fmt: skip
RULE_WIDTHS = (24, 40, 16, 11, 11, 16, 14, 16, 16)
FIRST_RULE = 5


def statement_workbook(statement: "Statement", *, currency: str = "CNY") -> bytes:
    """The workbook of one statement; the same statement gives the same bytes.

    The figures that went into the score (actual, target, weight, and the numbers of the rules) stand in blue cells;
    everything else is a formula over them, written with its value, so that a preview shows the same. Text is harmless.
    """
    return _Writer(statement, currency).write()


class _Writer:
    """Writes the sheet of the statement and the sheet of its rules."""

    def __init__(self, statement: "Statement", currency: str) -> None:
        self.s, self.language = statement, statement.language
        self.money = money_unit("one", self.language, currency=currency)
        self.book = Book(decimals=2)
        self.sheet = KpiSheet(self.book, say(mark("Statement"), self.language))
        self.rules = KpiSheet(self.book, say(mark("Rules"), self.language))
        self.first = 6 + math.ceil(len(statement.facts) / 2) + len(statement.standing)
        self.last = self.first + len(statement.lines) - 1

    def write(self) -> bytes:
        cells = self._write_rules()
        self._write_head()
        for at, (line, where) in enumerate(zip(self.s.lines, cells, strict=True)):
            self._write_line(self.first + at, line, where)
        self._write_total(self.last + 1)
        self._write_words(self.last + 3)
        self.sheet.set_widths(WIDTHS)
        self.sheet.print_on_one_page()
        self.rules.set_widths(RULE_WIDTHS)
        for column in range(3, len(RULE_WIDTHS) + 1):
            if not self.rules.is_used(column):
                self.rules.hide(column)
        self.rules.print_on_one_page()
        return self.book.to_bytes()

    def _write_head(self) -> None:
        sheet, lang = self.sheet, self.language
        sheet.title(neutral_text(self.s.name), f"{say(mark('Score statement'), lang)} · {self.s.period}")
        for at, (name, value) in enumerate(self.s.facts):
            row, column = 4 + at // 2, KPI if at % 2 == 0 else TARGET
            sheet.text(row, column, name, kind="muted")
            sheet.text(row, column + 1, neutral_text(value), kind="strong")
        row = 4 + math.ceil(len(self.s.facts) / 2)
        for at, sentence in enumerate(self.s.standing):
            sheet.text(row + at, KPI, sentence)
        sheet.header([say(caption, lang) for caption in CAPTIONS], row=self.first - 1)

    def _write_line(self, row: int, line: "StatementLine", at: RuleCells) -> None:
        sheet = self.sheet
        sheet.text(row, KPI, neutral_text(line.name), kind="strong")
        sheet.text(row, UNIT, self._unit(line.unit))
        sheet.given(row, ACTUAL, line.actual, number_format(line.actual, line.unit))
        if line.rule.needs_target or isinstance(line.target, str):
            sheet.given(row, TARGET, line.target, number_format(line.target, line.unit))
        sheet.wrapped(row, FROM, line.target_from)
        sheet.formula(row, RAW, raw_formula(line.rule, at), _or_empty(line.raw_score), POINTS)
        sheet.formula(row, SCORE, limited_formula(at, sheet.at(row, RAW)), _or_empty(line.score), POINTS)
        sheet.given(row, AGREED, line.nominal_weight, SHARE)
        score, agreed = sheet.at(row, SCORE), sheet.at(row, AGREED)
        whole = f"SUMPRODUCT(ISNUMBER({self._column(SCORE)})*{self._column(AGREED)})"
        sheet.formula(row, WEIGHT, f'=IF({score}="",0,{agreed}/{whole})', line.weight, SHARE)
        points = line.points if line.is_counted else 0.0
        sheet.formula(row, WORTH, f'=IF({score}="",0,{sheet.at(row, WEIGHT)}*{score})', points, POINTS, kind="strong")
        words = [line.scored_by, *([line.formula] if line.formula else []), *line.remarks]
        sheet.wrapped(row, WORDS, "\n".join(words))
        sheet.set_height(row, max(sum(text_lines(text, WIDTHS[WORDS - 1] - 2) for text in words),
                                  text_lines(line.target_from, WIDTHS[FROM - 1] - 2)))

    def _column(self, column: int) -> str:
        return f"{self.sheet.fixed(self.first, column)}:{self.sheet.fixed(self.last, column)}"

    def _unit(self, unit: str) -> str:
        return self.money if unit == "money" else say(UNIT_WORDS[unit], self.language) if unit in UNIT_WORDS else ""

    def _write_total(self, row: int) -> None:
        sheet, span = self.sheet, self._column
        sheet.blank(row, range(KPI, WORDS + 1), kind="total")
        sheet.text(row, KPI, say(mark("Total"), self.language), kind="total")
        for column in (AGREED, WEIGHT):
            value = sum(line.nominal_weight if column == AGREED else line.weight for line in self.s.lines)
            sheet.formula(row, column, f"=SUM({span(column)})", value, SHARE, kind="total")
        sheet.formula(row, WORTH, f'=IF(COUNT({span(SCORE)})=0,"",SUM({span(WORTH)}))', _or_empty(self.s.score), POINTS,
                      kind="total")

    def _write_words(self, row: int) -> None:
        sheet, lang = self.sheet, self.language
        sheet.text(row, KPI, say(mark("Blue figures may be changed: everything else is computed from them."), lang),
                   kind="given")
        stored = say(mark("Score of this statement: {points}"), lang, points=said_points(self.s.score, lang))
        sheet.text(row + 1, KPI, stored)
        row += 3
        if self.s.caveats:
            sheet.text(row, KPI, say(mark("What to know"), lang), kind="strong")
        for at, caveat in enumerate(self.s.caveats, start=1):
            sheet.text(row + at, KPI, f"· {caveat}")
        row += len(self.s.caveats) + 2
        for at, (name, value) in enumerate(self.s.origin):
            sheet.text(row + at, KPI, name, kind="muted")
            sheet.text(row + at, ACTUAL, neutral_text(value))

    def _write_rules(self) -> list[RuleCells]:
        rules, lang = self.rules, self.language
        rules.title(say(mark("Rules of the KPI set"), lang), f"{self.s.period} · {dict(self.s.facts).get(say('KPI set', lang), '')}")
        rules.header([say(caption, lang) for caption in RULE_CAPTIONS], row=FIRST_RULE - 1)
        below, cells = FIRST_RULE + len(self.s.lines) + 1, []
        for at, line in enumerate(self.s.lines):
            rule, row = line.rule, FIRST_RULE + at
            rules.text(row, 1, neutral_text(line.name), kind="strong")
            rules.wrapped(row, 2, line.scored_by)
            rules.set_height(row, text_lines(line.scored_by, RULE_WIDTHS[1] - 2))
            peers = line.raw_score if line.case == Policy.NO_ACTUAL_PEERS else None
            shown = {4: rule.floor, 5: rule.cap, 6: rule.minimum, 7: rule.full if rule.function == "raw_percentage" else None,
                     8: rule.below if rule.steps else None, 9: peers}
            for column, value in shown.items():
                rules.given(row, column, value, number_format(value, line.unit) if column in (6, 7) else POINTS)
            where, below = self._write_tables(line, row, below)
            cells.append(where)
            if rule.points or rule.steps:
                form = POINTS if rule.of == "attainment" else number_format(0.5, line.unit)
                rules.formula(row, 3, compared_formula(rule, where), _compared(line), form)
        return cells

    def _write_tables(self, line: "StatementLine", row: int, below: int) -> tuple[RuleCells, int]:
        """The lookup tables of one rule from a row on, and all cells the rule's formulas name."""
        rules, sheet, rule, lang = self.rules, self.sheet, line.rule, self.language
        outside = {name: rules.outside(row, column) for name, column in
                   {"compared": 3, "floor": 4, "cap": 5, "minimum": 6, "full": 7, "below": 8, "peers": 9}.items()}
        tables: dict[str, str] = {}
        own = self.first + (row - FIRST_RULE)
        if pairs := rule.points or rule.steps:
            of = mark("Attainment in percent") if rule.of == "attainment" else mark("Actual")
            captions = [say(text, lang) for text in (of, mark("Score"), mark("Edge with tolerance"))]
            top = self._open_table(line, captions if rule.steps else captions[:2], below)
            for at, (edge, worth) in enumerate(pairs):
                rules.given(top + at, 1, edge, "0.0" if rule.of == "attainment" else number_format(edge, line.unit))
                rules.given(top + at, 2, worth, POINTS)
                if rule.steps:
                    sign = -1.0 if rule.direction == "higher" else 1.0
                    reached = edge + sign * 1e-9 * max(1.0, abs(edge))
                    rules.formula(top + at, 3, reached_formula(rule, rules.at(top + at, 1)), reached, "General")
            below = top + len(pairs) + 1
            tables = {name: rules.outside(top, column, top + len(pairs) - 1)
                      for name, column in {"edges": 1, "worth": 2, "reached": 3}.items()}
        if rule.grades:
            top = self._open_table(line, [say(text, lang) for text in (mark("Grade"), mark("Score"))], below)
            for at, (grade, worth) in enumerate(rule.grades.items()):
                rules.given(top + at, 1, grade, "General")
                rules.given(top + at, 2, worth, POINTS)
            below = top + len(rule.grades) + 1
            tables |= {name: rules.outside(top, column, top + len(rule.grades) - 1)
                       for name, column in {"grades": 1, "grade_points": 2}.items()}
        return RuleCells(actual=sheet.outside(own, ACTUAL), target=sheet.outside(own, TARGET), **outside, **tables), below

    def _open_table(self, line: "StatementLine", captions: Sequence[str], row: int) -> int:
        self.rules.text(row, 1, neutral_text(line.name), kind="strong")
        self.rules.header(list(captions), row=row + 1)
        return row + 2


def _compared(line: "StatementLine") -> float | str:
    """Value of the figure looked up, as its formula gives it."""
    if isinstance(line.actual, str) or math.isnan(line.actual):
        return ""
    actual = max(line.actual, 0.0) if line.rule.negative_actual == "zero" else line.actual
    if line.rule.of == "actual":
        return float(actual)
    return 100.0 * actual / line.target if not isinstance(line.target, str) and line.target > 0 else ""


def _or_empty(number: float) -> float | str:
    return "" if math.isnan(number) else float(number)
