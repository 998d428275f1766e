"""Propose a mapping from the headers of unknown files, to be confirmed by somebody who knows them."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Decisions
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from salesplan.data.mapping import ColumnRule, FileRule, Ignored, Mapping, TableRule, Unpivot
from salesplan.data.propose_columns import column_rules
from salesplan.data.propose_derived import derived_rules
from salesplan.data.readers import Sheet, list_files, read_sheets
from salesplan.data.schema import TABLES, table_named
from salesplan.data.synonyms import column_labels, file_words, label_rank, normal_label, telling_columns, usual_label
from salesplan.data.unused_columns import columns_not_used
from salesplan.errors import DataError
from salesplan.text import mark, say

PROPOSED: Final = (
    "org_unit",
    "rep",
    "rep_assignment",
    "rep_leave",
    "customer",
    "product",
    "order_line",
    "receipt",
    "target",
    "opportunity",
    "activity",
    "feedback",
    "training_record",
    "kpi_judgment",
    "skill",
    "role_profile",
    "skill_assessment",
    "course",
    "course_skill",
    "development_goal",
    "mentor",
    "cannot_match",
    "market_index",
)
CLOSE: Final = 0.08
"""Scores nearer than this leave the choice to a person."""
LEAST: Final = {"order_line": 0.2, "receipt": 0.25, "target": 0.3}
LEAST_OF_LISTS: Final = 0.4
"""Below these shares of explained headers a sheet is not taken for a table, lest any list with a name be a customer list."""
MONTHS: Final = (
    r"(?:\d{4}\s*[-/.年]?\s*)?(?:[Mm]?\d{1,2}|\d{1,2}月(?:份)?"
    r"|(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*)"
)
"""Headers that are months, with or without their year."""
_MONTH_HEADER: Final = re.compile(rf"^({MONTHS})$")


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A table a sheet could be: which header stands for which column, and how much of the sheet that explains."""

    table: str
    headers: dict[str, str]
    score: float
    months: tuple[str, ...] = ()
    missing: tuple[str, ...] = field(default=())


def propose_mapping(
    path: str | Path | Sequence[Path],
    *,
    tables: Decisions[str, str] | None = None,
    source: str | None = None,
    read: Callable[[Path], list[Sheet]] = read_sheets,
) -> Mapping:
    """Tell from the headers which tables the files hold and which column is which.

    Tables nobody lists (sellers, units, customers, products) are read off the orders, one row each.

    Parameters
    ----------
    path
        File, folder, or files.
    tables
        Decisions where headers do not tell: file name (or ``file[sheet]``) to table, or to ``ignore``.
    source
        Name of the mapping; the folder's name by default.
    read
        How files are read (an import hands over what it has read already).

    Raises
    ------
    DataError
        No sheet is recognised, or a sheet could be two tables; the message lists them with the flag to use.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "回款.csv"
    >>> _ = file.write_text("回款编号,到账日期,回款金额（万元）\\nR1,2027-01-05,1\\n", encoding="utf-8")
    >>> propose_mapping(file).to_frame()[["column", "source"]].to_numpy().tolist()[1:3]
    [['receipt_no', '回款编号'], ['receipt_date', '到账日期']]
    """
    files = list(path) if not isinstance(path, (str, Path)) else list_files(path)
    told = dict(tables or {})
    chosen: list[tuple[Sheet, Candidate]] = []
    ignored: list[Ignored] = []
    near: list[str] = []
    for file in files:
        for sheet in read(file):
            wanted = told.get(sheet.label) or told.get(sheet.file)
            if wanted == "ignore":
                ignored.append(Ignored(match=_literal(sheet.file), why=mark("left out on request")))
                continue
            best, others = _decide(sheet, wanted)
            if best is None:
                near.append(_nearly(sheet, others))
                continue
            chosen.append((sheet, best))
    if not chosen:
        raise DataError(
            "no table is recognised by its headers",
            where="; ".join(near[:5]),
            fix="Rename the columns, or name a mapping with --mapping.",
        )
    seen = {s.file for s, _ in chosen}
    ignored += [
        Ignored(match=_literal(f.name), why=mark("no known table in its headers"))
        for f in files
        if f.name not in seen and _literal(f.name) not in {i.match for i in ignored}
    ]
    name = source or _slug(files[0].parent.name if len(files) > 1 else files[0].stem)
    chinese = any(_is_chinese(s) for s, _ in chosen)
    language = "zh" if chinese else "en"
    mapping = Mapping(source=name, settings={"language": language}, files=_file_rules(chosen, language), ignore=ignored)
    rest = columns_not_used([s for s, _ in chosen], mapping)
    for rule in mapping.files:
        passed = [c for s, _ in chosen if rule.fits(s.file) and rule.sheet in (None, s.sheet) for c in rest.get(s.label, [])]
        rule.not_used = list(dict.fromkeys(passed))
    return mapping


def candidates(sheet: Sheet) -> list[Candidate]:
    """Every table the sheet could be, likeliest first.

    A score is the share of headers that the table explains, weighted by how sure each caption is, with a
    little for a file or sheet name that says so.
    """
    found = [_candidate(sheet, table) for table in PROPOSED]
    sure = [c for c in found if not c.missing and c.score >= LEAST.get(c.table, LEAST_OF_LISTS)]
    return sorted(sure, key=lambda c: -c.score)


def _candidate(sheet: Sheet, table: str) -> Candidate:
    labels = column_labels(table)
    headers: dict[str, tuple[int, str]] = {}
    for header in sheet.columns:
        plain = normal_label(header)
        column = labels.get(plain) or labels.get(normal_label(header.rsplit("/", 1)[-1]))
        if column is None:
            continue
        rank = label_rank(table, column).get(plain, 99)
        if sheet.filled and column in ("amount", "qty") and header not in sheet.filled:
            rank -= 1000
        if column not in headers or rank < headers[column][0]:
            headers[column] = (rank, header)
    months = tuple(h for h in sheet.columns if _MONTH_HEADER.match(h.strip())) if table == "target" else ()
    wide = len(months) >= 6 and "value" not in headers
    given = {*headers, *(("value", "period_start") if wide else ())}
    missing = ["|".join(group) for group in telling_columns(table) if not given.intersection(group)]
    used = {h: max(0.5, 1 - max(r, 0) / 20) for r, h in headers.values()}
    score = sum(used.values()) + (len(months) if wide else 0)
    score /= max(len([c for c in sheet.columns if not c.startswith("column_")]), 1)
    title = f"{sheet.sheet} {Path(sheet.file).stem}".casefold()
    bonus = 0.15 * any(w in title for w in file_words(table))
    return Candidate(
        table=table,
        headers={c: h for c, (_, h) in headers.items()},
        score=round(score + bonus, 3),
        months=months if wide else (),
        missing=tuple(missing),
    )


def _decide(sheet: Sheet, wanted: str | None) -> tuple[Candidate | None, list[Candidate]]:
    if wanted is not None:
        table_named(wanted)
        chosen = _candidate(sheet, wanted)
        if chosen.missing:
            raise DataError(
                f"{sheet.label} lacks {_in_words(chosen, sheet)}, must have them to be {wanted}",
                where=f"header: {', '.join(sheet.columns[:8])}",
                fix="Write a mapping and name it with --mapping.",
            )
        return chosen, []
    ranked = candidates(sheet)
    if not ranked:
        return None, sorted((_candidate(sheet, t) for t in PROPOSED), key=lambda c: (len(c.missing), -c.score))
    best = ranked[0]
    rivals = [
        c for c in ranked[1:] if best.score - c.score < CLOSE and {best.table, c.table} != {"rep", "rep_assignment"}
    ]
    if rivals:
        listed = ", ".join(f"{c.table} ({c.score:.2f})" for c in [best, *rivals])
        raise DataError(
            f"{sheet.label} could be {listed}",
            where=f"header: {', '.join(sheet.columns[:8])}",
            fix=f"Say which with --table '{sheet.label}={best.table}'",
            candidates=[c.table for c in [best, *rivals]],
        )
    return best, []


def _nearly(sheet: Sheet, others: Sequence[Candidate]) -> str:
    best = others[0]
    lacks = _in_words(best, sheet) or "most of its other columns"
    kind = TABLES[best.table]
    return f"{sheet.label} is nearest to {kind.zh if _is_chinese(sheet) else kind.en} ({best.table}) but lacks {lacks}"


def _in_words(best: Candidate, sheet: Sheet) -> str:
    """The headers people would use for what is missing."""
    groups = [
        " or ".join(f"'{usual_label(best.table, c, chinese=_is_chinese(sheet))}'" for c in group.split("|")[:4])
        for group in best.missing
    ]
    return " and ".join(f"a column {g}" for g in groups)


def _is_chinese(sheet: Sheet) -> bool:
    return any("\u4e00" <= c <= "\u9fff" for h in sheet.columns for c in h)


def _file_rules(chosen: Sequence[tuple[Sheet, Candidate]], language: str) -> list[FileRule]:
    kinds = {c.table for _, c in chosen}
    rosters = [(s, c) for s, c in chosen if c.table in ("rep", "rep_assignment")]
    rules: list[tuple[str, str | None, list[TableRule]]] = []
    for sheet, best in chosen:
        tables = [_table_rule(sheet, part) for part in _one_score_each(best)]
        other = {"rep": "rep_assignment", "rep_assignment": "rep"}.get(best.table)
        if other is not None and other not in kinds and rosters:
            twin = _candidate(sheet, other)
            if not [m for m in twin.missing if not (other == "rep_assignment" and "role" in m)]:
                tables.append(_table_rule(sheet, twin))
                if other == "rep":
                    tables[-1] = tables[-1].model_copy(update={"distinct": True})
                    tables.reverse()
        if best.table == "order_line":
            listed = kinds | {t.table for _, _, ts in rules for t in ts if not t.distinct}
            tables = [*derived_rules(sheet, best.headers, listed), *tables]
        rules.append((_literal(sheet.file), sheet.sheet or None, [_with_note(t, language) for t in tables]))
    return _merged_rules(rules)


def _with_note(rule: TableRule, language: str) -> TableRule:
    """Say where a number has to stand in for a name."""
    key = table_named(rule.table).key[:1]
    name, number = rule.columns.get("name"), rule.columns.get(key[0]) if key else None
    if name is None or number is None or name.sources != number.sources or len(name.sources) != 1:
        return rule
    label = usual_label(rule.table, "name", chinese=language == "zh")
    note = say("No column with names ({label}): {header} stands for number and name", language, label=label,
               header=name.sources[0])
    return rule.model_copy(update={"note": note})


def _table_rule(sheet: Sheet, best: Candidate) -> TableRule:
    unpivot = None
    columns = column_rules(best.table, best.headers, sheet)
    if best.months:
        unpivot = Unpivot(columns=rf"({MONTHS})", name="_month", value="_value")
        columns |= _month_columns(sheet, best)
    blank = {columns["score"].sources[0]: [""]} if best.table == "skill_assessment" else {}
    return TableRule(table=best.table, columns=columns, score=best.score, unpivot=unpivot, where_not=blank)


def _one_score_each(best: Candidate) -> list[Candidate]:
    """A list with a column for each assessor (自评, 上级评分, 考试成绩) is read once for each."""
    scores = [c for c in best.headers if c.endswith("_score")]
    if best.table != "skill_assessment" or "score" in best.headers or len(scores) < 2:
        return [best]
    return [replace(best, headers={c: h for c, h in best.headers.items() if c not in scores or c == score})
            for score in scores]


def _month_columns(sheet: Sheet, best: Candidate) -> dict[str, ColumnRule]:
    dated = all(re.match(r"^\d{4}", m) for m in best.months)
    year = best.headers.get("year")
    if dated:
        start: dict[str, Any] = {"from": "_month"}
    elif year is not None:
        start = {"join": [year, "_month"]}
    elif match := re.search(r"(?<!\d)(20\d{2})(?!\d)", f"{sheet.sheet} {sheet.file}"):
        start = {"from": "_month", "prefix": f"{match[1]}-"}
    else:
        raise DataError(
            f"{sheet.label} has months without a year",
            where=f"header: {', '.join(best.months[:4])} …",
            fix="Put the year into the file's or sheet's name (目标2027.xlsx) or into a column 年度.",
        )
    return {
        "period_start": ColumnRule.model_validate({**start, "parse": "month"}),
        "period_end": ColumnRule.model_validate({**start, "parse": "period_end"}),
        "period_type": ColumnRule(const="month"),
        "value": ColumnRule.model_validate("_value"),
    }


def _merged_rules(rules: Sequence[tuple[str, str | None, list[TableRule]]]) -> list[FileRule]:
    """Files that differ only by numbers in their names and are read alike get one rule (订单_*.csv)."""

    def pattern(name: str) -> str:
        return re.sub(r"\d+", "*", name)

    def body(tables: list[TableRule]) -> str:
        plain = [
            t.model_copy(update={"score": None, "columns": {c: _plain(r) for c, r in t.columns.items()}})
            for t in tables
        ]
        return "".join(t.model_dump_json() for t in plain)

    alike = Counter((pattern(n), s, body(t)) for n, s, t in rules)
    shapes = Counter(pattern(n) for n, _, _ in rules)
    out: list[FileRule] = []
    done: set[tuple[str, str | None]] = set()
    for name, sheet, tables in rules:
        shape = pattern(name)
        if alike[shape, sheet, body(tables)] == shapes[shape] > 1:
            if (shape, sheet) not in done:
                done.add((shape, sheet))
                out.append(FileRule(match=shape, sheet=sheet, tables=tables))
        else:
            out.append(FileRule(match=name, sheet=sheet, tables=tables))
    return out


def _plain(rule: ColumnRule) -> ColumnRule:
    return rule.model_copy(update={"from_": normal_label(rule.from_)}) if isinstance(rule.from_, str) else rule


def _literal(name: str) -> str:
    return re.sub(r"([\[*?])", r"[\1]", name)


def _slug(name: str) -> str:
    return re.sub(r"[^\w\u4e00-\u9fff]+", "_", name).strip("_") or "import"
