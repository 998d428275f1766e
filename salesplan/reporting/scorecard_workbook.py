"""Everybody's scores of a period as one workbook: people, the KPIs behind each score, the KPI sets, what to know."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, overload

import pandas as pd

from salesplan import __version__
from salesplan.kpis.library import KpiLibrary, load_library
from salesplan.kpis.scheme_notes import said_sources
from salesplan.kpis.scorecard import Scorecard
from salesplan.reporting.kpi_figures import number_format, said_period
from salesplan.reporting.kpi_sheet import KpiSheet, text_lines
from salesplan.reporting.neutral import neutral_text
from salesplan.reporting.show_kpis import in_order
from salesplan.reporting.statement_facts import check_confidential
from salesplan.reporting.workbook_style import Book
from salesplan.text import check_language, mark, say
from salesplan.text.numbers import format_percent
from salesplan.text.wording import say_details

FIRST = 5
"""First row of figures on every sheet."""
POINTS, SHARE, WHOLE = "0.00", "0.0%", "0"
PEOPLE = (
    (mark("Seller id"), 14.0), (mark("Name"), 20.0), (mark("Unit"), 18.0), (mark("Tier"), 12.0), (mark("KPI set"), 16.0),
    (mark("Score"), 10.0), (mark("Score, from"), 10.0), (mark("Score, to"), 10.0), (mark("Rank in the KPI set"), 11.0),
    (mark("Rank, from"), 9.0), (mark("Rank, to"), 9.0), (mark("Band"), 9.0), (mark("Rank in the unit"), 11.0),
    (mark("Rank among comparable sets"), 13.0), (mark("KPIs left out"), 11.0),
)  # fmt: skip
LINES = (
    (mark("Seller id"), 14.0), (mark("Name"), 20.0), (mark("KPI"), 20.0), (mark("Actual"), 16.0), (mark("Target"), 16.0),
    (mark("Source of the target"), 26.0), (mark("Points before floor and cap"), 14.0), (mark("Score"), 11.0),
    (mark("Agreed weight"), 11.0), (mark("Weight used"), 11.0), (mark("Weighted points"), 12.0), (mark("Special case"), 60.0),
)  # fmt: skip
SETS = (
    (mark("KPI set"), 20.0), (mark("KPI"), 22.0), (mark("Weight"), 10.0), (mark("Scoring function"), 52.0),
    (mark("Floor"), 9.0), (mark("Cap"), 9.0), (mark("Source of the target"), 52.0),
)  # fmt: skip
COUNTS = ("rank", "rank_lower", "rank_upper", "band", "org_rank", "company_rank", "n_missing")


@overload
def export_scorecard_workbook(
    card: Scorecard, path: None = None, *, language: str = "zh", library: KpiLibrary | None = None,
    profiles: pd.DataFrame | None = None, source: str = "", currency: str = "CNY",
) -> bytes: ...  # fmt: skip
@overload
def export_scorecard_workbook(
    card: Scorecard, path: str | Path, *, language: str = "zh", library: KpiLibrary | None = None,
    profiles: pd.DataFrame | None = None, source: str = "", currency: str = "CNY",
) -> Path: ...  # fmt: skip
def export_scorecard_workbook(
    card: Scorecard, path: str | Path | None = None, *, language: str = "zh", library: KpiLibrary | None = None,
    profiles: pd.DataFrame | None = None, source: str = "", currency: str = "CNY",
) -> bytes | Path:  # fmt: skip
    """Write the scores of everybody as a workbook, or give its bytes when no path is given.

    People are in the order of their place, set by set. Each score is the live sum of the points on the sheet of KPIs, and
    each of those points is weight times score; all formulas are written with their values. The same card gives the same
    bytes.

    Parameters
    ----------
    profiles
        seller_id, and where known unit_name.
    source
        Name of the data's source.

    Raises
    ------
    InputError
        A figure would give away what one or two people said about somebody.
    """
    check_language(language)
    known = load_library() if library is None else library
    check_confidential(card, known)
    content = _Writer(card, language, known, _units(profiles), source, currency).write()
    if path is None:
        return content
    target = Path(path)
    part = target.with_name(f".{target.name}.part")
    part.write_bytes(content)
    part.replace(target)
    return target


class _Writer:
    def __init__(
        self, card: Scorecard, language: str, library: KpiLibrary, units: Mapping[str, str], source: str, currency: str
    ) -> None:
        self.card, self.language, self.library, self.units = card, language, library, units
        self.source, self.currency = source, currency
        self.book = Book(decimals=2)
        names = (mark("Overview"), mark("People"), mark("KPIs of each person"), mark("KPI sets"), mark("What to know"))
        self.overview, self.people, self.lines, self.sets, self.notes = (
            KpiSheet(self.book, say(name, language)) for name in names)
        self.totals = in_order(card)
        self.set_names = {one.code: one.name.said(language) for one in getattr(card.scheme, "sets", ())}

    def write(self) -> bytes:
        spans = self._write_lines()
        self._write_people(spans)
        self._write_sets()
        self._write_notes()
        self._write_overview()
        return self.book.to_bytes()

    def _open(self, sheet: KpiSheet, columns: Sequence[tuple[str, float]], *, rows: int, frozen: int) -> None:
        sheet.title(f"{sheet.name} · {said_period(self.card.period, self.language)}", self._origin())
        sheet.header([say(name, self.language) for name, _ in columns], row=FIRST - 1)
        sheet.set_widths([width for _, width in columns])
        sheet.freeze(FIRST, frozen, last_column=len(columns), last_row=FIRST + rows - 1)
        sheet.print_on_one_page()

    def _origin(self) -> str:
        return say(mark("Rules {rule_version}, data {fingerprint}"), self.language,
                   rule_version=self.card.rule_version or "–", fingerprint=self.card.fingerprint or "–")

    def _write_lines(self) -> dict[str, tuple[int, int]]:
        """Everybody's KPIs, together and in the order of the people; gives the rows of each person."""
        lines = self.card.lines
        order = self.totals.index.get_indexer(pd.Index(lines["seller_id"])).argsort(kind="stable")
        rows = lines.iloc[order]
        self._open(self.lines, LINES, rows=len(rows), frozen=4)
        names = self.card.totals["name"].to_dict()
        spans: dict[str, tuple[int, int]] = {}
        for row, line in enumerate(rows.to_dict("records"), start=FIRST):
            who = str(line["seller_id"])
            spans[who] = (spans.get(who, (row, row))[0], row)
            self._write_line(row, line, str(names[line["seller_id"]]))
        return spans

    def _write_line(self, row: int, line: Mapping[Any, Any], name: str) -> None:
        sheet, kpi = self.lines, line["kpi"]
        unit, rule = self.card.units.get(kpi, ""), self.card.rules[line["set"], kpi]
        source = line.get("target_source")
        words = (str(line["seller_id"]), name, self.library.title(kpi, self.language))
        for column, text in enumerate(words, start=1):
            sheet.text(row, column, neutral_text(text))
        sheet.given(row, 4, line["actual"], number_format(line["actual"], unit))
        if rule.needs_target or isinstance(line["target"], str):
            sheet.given(row, 5, line["target"], number_format(line["target"], unit))
        if isinstance(source, str):
            sheet.text(row, 6, say(source, self.language))
        for column, key, form in ((7, "raw_score", POINTS), (8, "score", POINTS), (9, "nominal_weight", SHARE),
                                  (10, "weight", SHARE)):
            sheet.given(row, column, line[key], form, kind="plain")
        counted = not math.isnan(line["score"])
        value = line["points"] if counted else 0.0
        sheet.formula(row, 11, f"={sheet.at(row, 8)}*{sheet.at(row, 10)}", value, POINTS)
        if line["policy"]:
            details = {"nominal_weight": line["nominal_weight"], "weight": line["weight"], "score": line["score"],
                       "cap_points": rule.cap}
            sheet.text(row, 12, say_details(line["policy"], details, self.language, currency=self.currency))

    def _write_people(self, spans: Mapping[str, tuple[int, int]]) -> None:
        sheet = self.people
        self._open(sheet, PEOPLE, rows=len(self.totals), frozen=3)
        for row, (who, total) in enumerate(zip(map(str, self.totals.index), self.totals.to_dict("records"), strict=True),
                                           start=FIRST):
            org = "" if pd.isna(total["org_id"]) else str(total["org_id"])
            words = (who, str(total["name"]), self.units.get(who, org), "" if pd.isna(total["tier"]) else str(total["tier"]),
                     "" if pd.isna(total["set"]) else self.set_names.get(total["set"], str(total["set"])))
            for column, text in enumerate(words, start=1):
                sheet.text(row, column, neutral_text(text))
            if who in spans and not pd.isna(total["score"]):
                first, last = spans[who]
                sheet.formula(row, 6, f"=SUM({self.lines.outside(first, 11, last)})", float(total["score"]), POINTS,
                              kind="strong")
            for column, key in ((7, "score_lower"), (8, "score_upper")):
                sheet.given(row, column, _number(total[key]), POINTS, kind="plain")
            for column, key in enumerate(COUNTS, start=9):
                sheet.given(row, column, _number(total[key]), WHOLE, kind="plain")

    def _write_sets(self) -> None:
        items = [(one, item) for one in getattr(self.card.scheme, "sets", ()) for item in one.items]
        self._open(self.sets, SETS, rows=len(items), frozen=3)
        for row, (one, item) in enumerate(items, start=FIRST):
            self.sets.text(row, 1, neutral_text(one.name.said(self.language)))
            self.sets.text(row, 2, neutral_text(self.library.title(item.kpi, self.language)))
            self.sets.given(row, 3, item.weight, SHARE, kind="plain")
            self.sets.text(row, 4, say(item.rule.formula, self.language))
            for column, limit in ((5, item.rule.floor), (6, item.rule.cap)):
                self.sets.given(row, column, limit, "General", kind="plain")
            self.sets.text(row, 7, said_sources(item, self.language))

    def _write_notes(self) -> None:
        sheet = self.notes
        sheet.title(f"{sheet.name} · {said_period(self.card.period, self.language)}", self._origin())
        found = [*self.card.notes, *(self.card.scheme.notes(self.library) if hasattr(self.card.scheme, "notes") else ())]
        for row, note in enumerate(found, start=4):
            sentence = say_details(note["msgid"], note["details"], self.language, currency=self.currency)
            sheet.wrapped(row, 1, sentence)
            sheet.set_height(row, text_lines(sentence, 118))
        sheet.set_widths((120,))
        sheet.print_on_one_page()

    def _write_overview(self) -> None:
        sheet, lang, card = self.overview, self.language, self.card
        sheet.title(f"{say(mark('Scores'), lang)} · {said_period(card.period, lang)}", self._origin())
        row = 4
        names = {"set": mark("KPI set"), "n_sellers": mark("Sellers"), "mean_score": mark("Mean score"),
                 "median_score": mark("Median score"), "lowest_score": mark("Lowest score"),
                 "highest_score": mark("Highest score"), "n_without_score": mark("Without a score")}
        sheet.header([say(name, lang) for name in names.values()], row=row)
        for record in card.summary().to_dict("records"):
            row += 1
            sheet.text(row, 1, neutral_text(self.set_names.get(record["set"], str(record["set"]))))
            for column, key in enumerate(list(names)[1:], start=2):
                sheet.given(row, column, _number(record[key]), WHOLE if key.startswith("n_") else POINTS, kind="plain")
        row = self._write_bands(row + 2)
        facts = {mark("Version of the rules"): card.rule_version, mark("Data fingerprint"): card.fingerprint,
                 mark("Source"): self.source, mark("Version"): __version__,
                 mark("Probability of the intervals"): format_percent(card.coverage, lang, 0)}
        for at, (name, value) in enumerate((n, v) for n, v in facts.items() if v):
            sheet.text(row + at, 1, say(name, lang), kind="muted")
            sheet.text(row + at, 2, neutral_text(str(value)))
        sheet.set_widths((26, 14, 14, 14, 14, 14, 14))
        sheet.print_on_one_page()

    def _write_bands(self, row: int) -> int:
        """How many people stand in each band of each KPI set, and between which scores."""
        sheet, lang = self.overview, self.language
        banded = self.card.totals[self.card.totals["band"].notna()]
        if banded.empty:
            return row
        captions = (mark("KPI set"), mark("Band"), mark("Sellers"), mark("Lowest score"), mark("Highest score"))
        sheet.header([say(name, lang) for name in captions], row=row)
        for (code, band), scores in banded.groupby(["set", banded["band"].astype(int)], sort=True)["score"]:
            row += 1
            sheet.text(row, 1, neutral_text(self.set_names.get(code, str(code))))
            for column, value in enumerate((band, len(scores), scores.min(), scores.max()), start=2):
                sheet.given(row, column, float(value), WHOLE if column < 4 else POINTS, kind="plain")
        return row + 2


def _units(profiles: pd.DataFrame | None) -> dict[str, str]:
    if profiles is None or "unit_name" not in profiles:
        return {}
    known = profiles[profiles["unit_name"].notna()]
    return dict(zip(known["seller_id"].astype(str), known["unit_name"].astype(str), strict=True))


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)
