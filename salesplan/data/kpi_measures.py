"""Measures of KPIs as SQL: the views they read, checked expressions, and many of them in one query."""

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Protocol, Self

import pandas as pd

from salesplan.calendars.period import NamedPeriod
from salesplan.data.reducers import KPI_VIEWS, kpi_view, reduce
from salesplan.data.schema import TABLES
from salesplan.data.workspace import Workspace
from salesplan.errors import InputError, Sentence, known_choices

if TYPE_CHECKING:
    import duckdb

ANONYMOUS_ROLES: Final = ("manager", "peer", "report")
"""Raters whose small groups are left out unless a scheme says that they give their name; customers are when they take
part in a round: an answer to a survey outside of one is under their name."""
FEWEST_RATERS: Final = 3
"""Scores of fewer anonymous raters than this do not count: a mean of two tells each what the other said."""
TEAM_SOURCES: Final = ("sale", "payment", "deal", "contact", "owned_customer", "order_line", "receipt", "opportunity",
                      "activity", "customer")
"""Sources of which a leader answers for the whole team's rows; scores and training are always one's own."""
_LITERAL: Final = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")
_FORBIDDEN: Final = re.compile(
    r"\b(select|insert|update|delete|drop|create|alter|attach|detach|copy|install|load|pragma|set|call|union|values)\b",
    re.IGNORECASE,
)


class MeasureLike(Protocol):
    """One aggregate: ``value`` over the rows of ``source`` that fulfil ``where``, by ``person`` and ``date``."""

    @property
    def source(self) -> str:
        """View or canonical table."""

    @property
    def value(self) -> str:
        """SQL aggregate over its rows."""

    @property
    def where(self) -> str | None:
        """SQL condition on the rows; all when empty."""

    @property
    def person(self) -> str:
        """Column that says whose row it is."""

    @property
    def date(self) -> str | None:
        """Column that says when it counts."""


class KpiLike(Protocol):
    """A KPI as far as measuring goes: ``times x numerator / denominator``."""

    @property
    def code(self) -> str:
        """Name of the KPI."""

    @property
    def numerator(self) -> MeasureLike:
        """What is counted or added up."""

    @property
    def denominator(self) -> MeasureLike | None:
        """What it is divided by, if anything."""

    @property
    def times(self) -> float:
        """Factor of the ratio."""

    @property
    def additive(self) -> bool:
        """Whether days add up to the period."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """Numerator or denominator of one KPI."""

    kpi: str
    field: str
    measure: MeasureLike

    @property
    def where(self) -> str:
        """Place of the expression, for messages."""
        return Sentence("kpi {kpi}, {field}", kpi=self.kpi, field=self.field)


def parts_of(kpis: Sequence[KpiLike]) -> list[Part]:
    """Every numerator and denominator.

    Raises
    ------
    InputError
        No KPIs, or a code twice.
    """
    codes = [kpi.code for kpi in kpis]
    twice = next((code for code in codes if codes.count(code) > 1), None)
    if not codes or twice is not None:
        raise InputError(f"kpis == {codes}, must be at least one KPI, each once", where=twice or "")
    return [
        Part(kpi=kpi.code, field=field, measure=measure)
        for kpi in kpis for field, measure in (("numerator", kpi.numerator), ("denominator", kpi.denominator))
        if measure is not None
    ]


def check_expression(text: str, *, where: str, kpi: str = "") -> str:
    """Refuse what is more than one SQL expression of a KPI.

    Raises
    ------
    InputError
        Several statements, comments, a sub-query, or brackets that do not match.

    Examples
    --------
    >>> check_expression("sum(amount) FILTER (WHERE tier = ';')", where="kpi a, numerator")
    "sum(amount) FILTER (WHERE tier = ';')"
    >>> check_expression("1); DROP TABLE rep", where="kpi a, numerator")
    Traceback (most recent call last):
    ...
    salesplan.errors.InputError: expression == '1); DROP TABLE rep', must be one SQL expression without ';'. Where: ...
    """
    plain = _LITERAL.sub("''", text)
    wrong = next((f"'{sign}'" for sign in (";", "--", "/*", "$", "?") if sign in plain), None)
    if wrong is None and (plain.replace("''", "").count("'") or '"' in plain.replace("''", "")):
        wrong = "an open quote"
    if wrong is None and (found := _FORBIDDEN.search(plain)):
        wrong = found[0].lower()
    if wrong is not None:
        raise InputError(f"expression == {text!r}, must be one SQL expression without {wrong}", where=where, kpi=kpi)
    depth = 0
    for sign in plain:
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            break
    if depth:
        raise InputError(f"expression == {text!r}, must have matching brackets", where=where, kpi=kpi)
    return text


class KpiFacts:
    """The rows KPIs are measured on, copied out of a workspace as they stood on a day.

    Expressions of KPIs run in a database of their own that holds these rows and can read no file. Rows are kept
    in one order and added up one after the other, so that the same facts give the same numbers to the last digit.

    Parameters
    ----------
    source
        Workspace, its folder, or a connection from :meth:`Workspace.connect`.
    as_of
        Rows up to and including this day; all by default.
    currency
        ISO code money is counted in; the workspace's (or else the most frequent one of the orders) by default.
    named_raters
        Roles (``manager``) whose scores are given under the rater's name, so that no group has to hide them.
    """

    def __init__(
        self, source: "Workspace | str | Path | duckdb.DuckDBPyConnection", *,
        as_of: str | pd.Timestamp | None = None, currency: str | None = None, named_raters: Collection[str] = (),
    ) -> None:
        import duckdb

        self._stack = ExitStack()
        self.country, self.target_set, self.anonymous = "CN", "", _anonymous(named_raters)
        if isinstance(source, str | Path):
            source = Workspace(source)
        if isinstance(source, Workspace):
            self.country, self.target_set = source.settings.country, source.settings.target_set
            currency = currency or source.settings.currency
            source = self._stack.enter_context(source.connect())
        self.connection = source
        self.as_of = None if as_of is None else pd.Timestamp(as_of).normalize()
        known = reduce("order_currencies", source)["currency"].tolist()
        self.currency: str | None = currency if currency in known or len(known) != 1 else known[0]
        if self.currency is None and known:
            self.currency = known[0]
        shut: dict[str, str | bool | int | float | list[str]] = {
            "enable_external_access": "false", "python_enable_replacements": "false", "threads": 1}
        self._store = self._stack.enter_context(duckdb.connect(":memory:", config=shut))
        self._kept: set[str] = set()
        self._columns: dict[str, tuple[str, ...]] = {}
        self._any: dict[str, bool] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._stack.close()

    def columns(self, name: str) -> tuple[str, ...]:
        """Columns of a view or canonical table; its rows are copied on first use."""
        self.keep(name)
        return self._columns[name]

    def keep(self, name: str) -> None:
        """Copy a view or canonical table into the closed database, once."""
        if name in self._kept:
            return
        if name in KPI_VIEWS:
            rows = kpi_view(name, self.connection, as_of=self.as_of, currency=self.currency)
        elif name in TABLES:
            day = TABLES[name].date
            dated = "" if day in (None, "date") else f', "{day}" AS date'
            until = "" if day is None else f'WHERE $1::DATE IS NULL OR "{day}" <= $1::DATE'
            limit = None if day is None else [None if self.as_of is None else self.as_of.date()]
            rows = self.connection.sql(f'SELECT *{dated} FROM "{name}" {until}', params=limit).to_arrow_table()
        else:
            raise InputError(f"source == {name!r}, must be a view of KPIs or a canonical table",
                             fix=known_choices(name, [*KPI_VIEWS, *TABLES]))
        self._store.register("incoming", rows)
        self._store.execute(f'CREATE TABLE "{name}" AS SELECT * FROM incoming ORDER BY ALL')
        self._store.unregister("incoming")
        self._kept.add(name)
        self._columns[name] = tuple(rows.column_names)

    def put(self, name: str, rows: pd.DataFrame) -> None:
        """Put a small table beside the kept rows, in place of an older one of that name."""
        self._store.register("incoming", rows.astype(str))
        self._store.execute(f'CREATE OR REPLACE TABLE "{name}" AS SELECT * FROM incoming')
        self._store.unregister("incoming")

    def fetch(self, query: str) -> pd.DataFrame:
        """Run a query over the kept rows."""
        return self._store.execute(query).df()

    def count(self, query: str) -> int:
        """Number of rows a query finds."""
        return int(self._store.execute(f"SELECT count(*) FROM ({query})").fetchall()[0][0])

    def any_row(self, query: str) -> bool:
        """Whether a query finds any row (asked once)."""
        if query not in self._any:
            self._any[query] = self._store.execute(f"{query} LIMIT 1").fetchall() != []
        return self._any[query]


def measure(
    facts: KpiFacts, parts: Sequence[Part], *, start: pd.Timestamp, end: pd.Timestamp, bucket: str | None = None,
    product_lines: Sequence[str] | None = None, customer_types: Sequence[str] | None = None,
    teams: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Value and number of rows of each part, by person, in the days from ``start`` to ``end``.

    Parts that read the same rows share one query.

    Parameters
    ----------
    bucket
        ``day`` or ``month``: one row for each as well (column ``bucket``); parts without a date are then left out.
    product_lines, customer_types
        Only rows of these; parts whose rows carry no such column are left out.
    teams
        ``seller_id, member_id``: whose rows of :data:`TEAM_SOURCES` count for whom; everybody's own by default. With a
        column ``month`` (first days) a pair holds for the rows of that month alone.

    Returns
    -------
    DataFrame: ``seller_id, kpi, field, value, rows`` and, with a bucket, ``bucket``.

    Raises
    ------
    InputError
        An expression DuckDB cannot evaluate; KPI, field and its reason are named.
    """
    groups: dict[tuple[str, str, str, str], list[Part]] = defaultdict(list)
    if teams is not None:
        named = teams.rename(columns={"seller_id": "_seller", "member_id": "_member", "month": "_month"})
        facts.put("team_of_person", named[[name for name in ("_seller", "_member", "_month") if name in named]])
    filters = {"product_line": product_lines, "customer_type": customer_types}
    for part in parts:
        _check_part(facts, part)
        columns = facts.columns(part.measure.source)
        if any(wanted is not None and column not in columns for column, wanted in filters.items()):
            continue
        day = date_of(facts, part)
        if bucket is not None and day is None:
            continue
        condition = (part.measure.where or "").strip()
        groups[part.measure.source, condition, part.measure.person, day or ""].append(part)
    found = []
    for (source, condition, person, day), same in groups.items():
        limits = [f"({condition})"] if condition else []
        if day:
            limits.append(f"\"{day}\" BETWEEN DATE '{start:%Y-%m-%d}' AND DATE '{end:%Y-%m-%d}'")
        for column, wanted in filters.items():
            if wanted is not None:
                listed = ", ".join("'" + str(w).replace("'", "''") + "'" for w in wanted) or "NULL"
                limits.append(f'"{column}" IN ({listed})')
        shared = teams is not None and source in TEAM_SOURCES
        keys = f'{"_seller" if shared else chr(34) + person + chr(34)} AS seller_id'
        if bucket is not None:
            keys += f", date_trunc('{bucket}', \"{day}\")::DATE AS bucket"
        limits.append(f'"{person}" IS NOT NULL')
        rows = _only_safe(facts, source, start, end, monthly=bucket == "month")
        if shared:
            rows += f' AS told JOIN team_of_person ON _member = told."{person}"'
            if teams is not None and "month" in teams and day:
                rows += f" AND _month::DATE = date_trunc('month', told.\"{day}\")"
        frame = _aggregate(facts, same, keys=keys, rows=rows, condition=" AND ".join(limits))
        for place, part in enumerate(same):
            named = frame.rename(columns={f"v{place}": "value"}).assign(kpi=part.kpi, field=part.field)
            found.append(named[["seller_id", *(["bucket"] if bucket else []), "kpi", "field", "value", "rows"]])
    names = ["seller_id", *(["bucket"] if bucket else []), "kpi", "field", "value", "rows"]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=names)


def date_of(facts: KpiFacts, part: Part) -> str | None:
    """The column a part's rows are dated by; ``None`` for a stock."""
    columns = facts.columns(part.measure.source)
    wanted = part.measure.date or "date"
    if wanted in columns:
        return wanted
    if wanted == "date":
        return None
    raise InputError(f"date == {wanted!r}, must be a column of {part.measure.source}", where=part.where,
                     fix=known_choices(wanted, columns), kpi=part.kpi)


def parts_told(facts: KpiFacts, parts: Sequence[Part], period: NamedPeriod) -> set[tuple[str, str]]:
    """The (KPI, field) pairs of which nothing found means none rather than not known.

    Their source holds a row of anybody in the period, and a row that fulfils their condition at any time.
    """
    found = set()
    for part in parts:
        rows, day = f'SELECT 1 AS one FROM "{part.measure.source}"', date_of(facts, part)
        within = f" WHERE \"{day}\" BETWEEN DATE '{period.start:%Y-%m-%d}' AND DATE '{period.end:%Y-%m-%d}'" if day else ""
        condition = (part.measure.where or "").strip()
        if facts.any_row(rows + within) and (not condition or facts.any_row(f"{rows} WHERE ({condition})")):
            found.add((part.kpi, part.field))
    return found


def _check_part(facts: KpiFacts, part: Part) -> None:
    if part.measure.source not in KPI_VIEWS and part.measure.source not in TABLES:
        raise InputError(f"source == {part.measure.source!r}, must be a view of KPIs or a canonical table",
                         where=part.where, fix=known_choices(part.measure.source, [*KPI_VIEWS, *TABLES]), kpi=part.kpi)
    columns = facts.columns(part.measure.source)
    if part.measure.person not in columns:
        raise InputError(f"person == {part.measure.person!r}, must be a column of {part.measure.source}",
                         where=part.where, fix=known_choices(part.measure.person, columns), kpi=part.kpi)
    check_expression(part.measure.value, where=part.where, kpi=part.kpi)
    check_expression(part.measure.where or "", where=f"{part.where}, where", kpi=part.kpi)


def _anonymous(named: Collection[str]) -> str:
    """Condition on feedback rows: their rater is anonymous."""
    roles = ", ".join(f"'{role}'" for role in ANONYMOUS_ROLES if role not in named) or "NULL"
    round_too = "" if "customer" in named else " OR (by_role = 'customer' AND coalesce(trim(round), '') <> '')"
    return f"(by_role IN ({roles}){round_too})"


def _only_safe(facts: KpiFacts, source: str, start: pd.Timestamp, end: pd.Timestamp, *, monthly: bool) -> str:
    """Rows of a source; of scores, none of anonymous raters who are too few (in each month) to stay unknown."""
    if source not in ("customer_voice", "feedback"):
        return f'"{source}"'
    within = f"date BETWEEN DATE '{start:%Y-%m-%d}' AND DATE '{end:%Y-%m-%d}'"
    by = "rep_id, by_role, topic" + (", date_trunc('month', date)" if monthly else "")
    raters = f"count(DISTINCT rater_id) FILTER (WHERE {within}) OVER (PARTITION BY {by})"
    return f'(SELECT * FROM "{source}" QUALIFY NOT coalesce({facts.anonymous}, false) OR {raters} >= {FEWEST_RATERS})'


def _aggregate(facts: KpiFacts, parts: Sequence[Part], *, keys: str, rows: str, condition: str) -> pd.DataFrame:
    import duckdb
    by = "1, 2" if " AS bucket" in keys else "1"

    def query(some: Sequence[Part]) -> str:
        values = ", ".join(f"CAST(({p.measure.value}) AS DOUBLE) AS v{n}" for n, p in enumerate(some))
        return f"SELECT {keys}, count(*) AS rows, {values} FROM {rows} WHERE {condition} GROUP BY {by}"

    try:
        return facts.fetch(query(parts))
    except duckdb.Error as error:
        for part in parts:
            try:
                facts.fetch(query([part]))
            except duckdb.Error as reason:
                raise InputError(
                    Sentence("'{value}' where '{where}' cannot be evaluated over {source}: “{reason}”", value=part.measure.value,
                             where=part.measure.where or "true", source=part.measure.source, reason=str(reason).splitlines()[0]),
                    where=part.where, kpi=part.kpi, fix=Sentence("Columns: {columns}", columns=facts.columns(part.measure.source))
                ) from reason
        told, where = f"KPIs cannot be measured together: {str(error).splitlines()[0]}", ", ".join(p.where for p in parts)
        raise InputError(told, where=where) from error
