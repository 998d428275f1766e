"""What each seller reached in a period: KPIs measured on the imported facts."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from salesplan.calendars.period import NamedPeriod, read_period
from salesplan.data.kpi_measures import KpiFacts, KpiLike, Part, date_of, measure, parts_of, parts_told
from salesplan.data.seller_profiles import answers_for, seller_profiles
from salesplan.data.workspace import Workspace
from salesplan.errors import InputError

if TYPE_CHECKING:
    import duckdb


def open_facts(source: Any, *, as_of: str | pd.Timestamp | None = None) -> AbstractContextManager[KpiFacts]:
    """The facts of a source, opened where they are not yet."""
    return nullcontext(source) if isinstance(source, KpiFacts) else KpiFacts(source, as_of=as_of)


def kpi_actuals(
    source: "Workspace | str | Path | duckdb.DuckDBPyConnection | KpiFacts", kpis: Sequence[KpiLike], *,
    period: str | pd.Period | NamedPeriod, product_lines: Sequence[str] | None = None,
    customer_types: Sequence[str] | None = None, as_of: str | pd.Timestamp | None = None,
    sellers: Sequence[str] | None = None, profiles: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """What every seller of a period reached in each KPI, with the number of rows behind it.

    ``actual = times x numerator / denominator``. A denominator of 0 or less (returns above sales) gives no
    actual. Sums and counts of nothing are 0 when anybody has a row of that source in the period and its condition
    holds for any row ever, and missing otherwise (the source or the column was not imported). Everything else of
    nothing is missing. Scores of fewer than three peers or reports do not count, so that nobody learns what a single
    one said.

    Parameters
    ----------
    source
        Workspace, its folder, an open connection, or facts opened before.
    kpis
        KPIs with ``code, numerator, denominator, times, additive``.
    period
        Month ``2026-10``, quarter ``2026Q3``, ISO week ``2026-W41`` or year ``2026``.
    product_lines, customer_types
        Only rows of these; a KPI whose rows do not tell stays missing.
    as_of
        Facts up to and including this day.
    sellers
        Only these; all who were employed in the period by default.
    profiles
        From :func:`seller_profiles`, where at hand. A leader who carries no quota answers for the unit: the sales,
        receipts, deals and contacts of everybody in it and below count.

    Returns
    -------
    DataFrame, one row a seller and KPI: ``seller_id, kpi, numerator, denominator, actual, evidence_rows``
    (rows of the denominator, or of the numerator where that is more).

    Raises
    ------
    InputError
        No such period, a source or column that does not exist, or an expression that cannot be evaluated:
        the KPI and the field are named.

    Examples
    --------
    >>> import tempfile
    >>> from types import SimpleNamespace as Entry
    >>> shop = Workspace(Path(tempfile.mkdtemp())).create(currency="CNY")
    >>> lines = pd.DataFrame({"order_line_id": ["1", "2"], "order_id": ["a", "b"], "rep_id": ["r1", "r1"],
    ...     "order_date": pd.to_datetime(["2026-10-05", "2026-10-06"]), "amount": [100.0, 50.0]})
    >>> _ = shop.append_load("rep", pd.DataFrame({"rep_id": ["r1"], "name": ["张伟"]}), load_id="000001")
    >>> _ = shop.append_load("order_line", lines, load_id="000001")
    >>> sales = Entry(source="sale", value="sum(amount)", where="", person="rep_id", date="date")
    >>> kpi = Entry(code="sales_amount", numerator=sales, denominator=None, times=1.0, additive=True)
    >>> kpi_actuals(shop, [kpi], period="2026-10")[["seller_id", "actual", "evidence_rows"]].values.tolist()
    [['r1', 150.0, 2]]
    """
    when, parts = read_period(period), parts_of(kpis)
    with open_facts(source, as_of=as_of) as facts:
        ids, teams = _people(facts, when, sellers, profiles)
        limits: dict[str, Any] = {"product_lines": product_lines, "customer_types": customer_types}
        found = measure(facts, parts, start=when.start, end=when.end, teams=teams, **limits)
        told = _told(facts, parts, when, limits)
    keys = pd.MultiIndex.from_product([ids, [k.code for k in kpis]], names=["seller_id", "kpi"])
    return _values(found, kpis, keys, told).reset_index()


def kpi_daily(
    source: "Workspace | str | Path | duckdb.DuckDBPyConnection | KpiFacts", kpis: Sequence[KpiLike], *,
    period: str | pd.Period | NamedPeriod, product_lines: Sequence[str] | None = None,
    customer_types: Sequence[str] | None = None, as_of: str | pd.Timestamp | None = None,
    sellers: Sequence[str] | None = None, profiles: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Numerators and denominators day by day, for KPIs whose days add up.

    Parameters as in :func:`kpi_actuals`.

    Returns
    -------
    DataFrame, one row a seller, KPI and day with facts: ``seller_id, kpi, date, numerator, denominator,
    evidence_rows``. The denominator is missing where the KPI has none, and 0 on days that only add to the numerator.
    """
    when = read_period(period)
    names = ["seller_id", "kpi", "date", "numerator", "denominator", "evidence_rows"]
    with open_facts(source, as_of=as_of) as facts:
        summed = [k for k in kpis if k.additive and all(date_of(facts, p) for p in parts_of([k]))]
        if not summed:
            return pd.DataFrame(columns=names)
        ids, teams = _people(facts, when, sellers, profiles)
        limits: dict[str, Any] = {"product_lines": product_lines, "customer_types": customer_types}
        found = measure(facts, parts_of(summed), start=when.start, end=when.end, bucket="day", teams=teams,
                        **limits)
    found = found[found["seller_id"].isin(ids)].rename(columns={"bucket": "date"})
    wide = _wide(found, ["seller_id", "kpi", "date"])
    ratio = wide.index.get_level_values("kpi").isin([k.code for k in summed if k.denominator is not None])
    wide["numerator"] = wide["numerator"].fillna(0.0)
    wide["denominator"] = wide["denominator"].fillna(0.0).where(ratio)
    return wide.reset_index()[names].sort_values(["seller_id", "kpi", "date"], ignore_index=True)


def kpi_history(
    source: "Workspace | str | Path | duckdb.DuckDBPyConnection | KpiFacts", kpis: Sequence[KpiLike], *,
    period: str | pd.Period | NamedPeriod, months: int = 12, product_lines: Sequence[str] | None = None,
    customer_types: Sequence[str] | None = None, as_of: str | pd.Timestamp | None = None,
    sellers: Sequence[str] | None = None, profiles: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The KPIs of the sellers of a period, month by month, up to the month the period ends in.

    Rules as in :func:`kpi_actuals`, applied to each month; only months in which the seller was employed.
    Days after the end of the period do not count (for a week, the last month is unfinished). Leaders answer for the
    team they led at the end of each month, people who have left since included; what undated facts (customers owned)
    say is of today.

    Returns
    -------
    DataFrame: ``seller_id, kpi, month`` (period M), ``numerator, denominator, actual, evidence_rows``.
    """
    if months < 1:
        raise InputError(f"months == {months}, must be 1 or more")
    when, parts = read_period(period), parts_of(kpis)
    span = pd.period_range(end=when.last_month, periods=months, freq="M", name="month")
    start = span[0].start_time
    with open_facts(source, as_of=as_of) as facts:
        known = seller_profiles(facts, period=when) if profiles is None else profiles
        ids = _ids(known, sellers)
        spans = {month: _part_of_month(month, when.end) for month in span}
        teams = {month: _people(facts, part, ids, known if (part.start, part.end) == (when.start, when.end) else None)[1]
                 for month, part in spans.items()}
        limits: dict[str, Any] = {"product_lines": product_lines, "customer_types": customer_types}
        dated = [p for p in parts if date_of(facts, p) is not None]
        undated = [p for p in parts if date_of(facts, p) is None]
        by_month = pd.concat([team.assign(month=month.start_time) for month, team in teams.items()], ignore_index=True)
        found = measure(facts, dated, start=start, end=when.end, bucket="month", teams=by_month, **limits)
        stock = {month: measure(facts, undated, start=start, end=when.end, teams=team, **limits)
                 for month, team in teams.items()}
        told = {month: _told(facts, parts, part, limits) for month, part in spans.items()}
        rep = facts.connection.sql("SELECT rep_id, hire_date, leave_date FROM rep").df()
    found["month"] = pd.PeriodIndex(found.pop("bucket"), freq="M") if len(found) else pd.PeriodIndex([], freq="M")
    listed = set(rep["rep_id"])
    frames = []
    for month in span:
        employed = _employed_in(rep, month)
        there = [person for person in ids if person in employed or person not in listed]
        keys = pd.MultiIndex.from_product([there, [k.code for k in kpis]], names=["seller_id", "kpi"])
        rows = pd.concat([found[found["month"] == month].drop(columns="month"), stock[month]], ignore_index=True)
        values = _values(rows, kpis, keys, told[month]).reset_index()
        frames.append(values.assign(month=pd.PeriodIndex([month] * len(values), freq="M")))
    columns = ["seller_id", "kpi", "month", "numerator", "denominator", "actual", "evidence_rows"]
    return pd.concat(frames, ignore_index=True)[columns]


def _people(
    facts: KpiFacts, when: NamedPeriod, sellers: Sequence[str] | None, profiles: pd.DataFrame | None
) -> tuple[list[str], pd.DataFrame]:
    """Who is measured, and whose rows count for them."""
    known = seller_profiles(facts, period=when) if profiles is None else profiles
    teams = answers_for(facts, known, period=when)
    ids = _ids(known, sellers)
    others = [one for one in ids if one not in set(teams["seller_id"])]
    teams = pd.concat([teams, pd.DataFrame({"seller_id": others, "member_id": others})], ignore_index=True)
    return ids, teams[teams["seller_id"].isin(ids)].reset_index(drop=True)


def _ids(profiles: pd.DataFrame, sellers: Sequence[str] | None) -> list[str]:
    return list(dict.fromkeys(str(one) for one in (profiles["seller_id"] if sellers is None else sellers)))


def _part_of_month(month: pd.Period, end: pd.Timestamp) -> NamedPeriod:
    last = min(month.end_time.normalize(), end)
    return NamedPeriod(label=str(month), kind="month", start=month.start_time, end=last)


def _employed_in(rep: pd.DataFrame, month: pd.Period) -> set[str]:
    late, gone = rep["hire_date"] > month.end_time, rep["leave_date"] < month.start_time
    return set(rep.loc[~(late | gone), "rep_id"])


def _told(facts: KpiFacts, parts: Sequence[Part], when: NamedPeriod, limits: dict[str, Any]) -> set[tuple[str, str]]:
    """The (KPI, field) pairs of which nothing found means none, because their source reaches into the period."""
    named = {"product_lines": "product_line", "customer_types": "customer_type"}
    seeing = [
        part for part in parts
        if all(limits[limit] is None or column in facts.columns(part.measure.source) for limit, column in named.items())
    ]
    return parts_told(facts, seeing, when)


def _wide(found: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    both = []
    for field in ("numerator", "denominator"):
        mine = found[found["field"] == field].set_index(keys)
        both.append(mine[["value", "rows"]].rename(columns={"value": field, "rows": f"{field}_rows"}))
    wide = both[0].join(both[1], how="outer")
    rows = wide[["numerator_rows", "denominator_rows"]].fillna(0).astype("int64")
    return wide.astype({"numerator": float, "denominator": float}).assign(**rows, evidence_rows=rows.max(axis=1))


def _values(
    found: pd.DataFrame, kpis: Sequence[KpiLike], keys: pd.MultiIndex, told: set[tuple[str, str]]
) -> pd.DataFrame:
    """Numerator, denominator and actual for every key; nothing found is 0 or missing as the KPI says."""
    wide = _wide(found, ["seller_id", "kpi"]).reindex(keys)
    counts = ["numerator_rows", "denominator_rows", "evidence_rows"]
    wide[counts] = wide[counts].fillna(0).astype("int64")
    code = wide.index.get_level_values("kpi")
    times = pd.Series({k.code: float(k.times) for k in kpis}).reindex(code).to_numpy()
    for field in ("numerator", "denominator"):
        zero = [k.code for k in kpis if (k.code, field) in told and _counts_from_zero(k, field)]
        wide.loc[code.isin(zero) & (wide[f"{field}_rows"] == 0), field] = 0.0
    ratio = code.isin([k.code for k in kpis if k.denominator is not None])
    below = wide["denominator"].where(wide["denominator"] > 0)
    wide["actual"] = np.where(ratio, times * wide["numerator"] / below, times * wide["numerator"])
    return wide[["numerator", "denominator", "actual", "evidence_rows"]]


def _counts_from_zero(kpi: KpiLike, field: str) -> bool:
    """Whether the field of somebody without rows is 0: a sum over days, or a count."""
    part = kpi.numerator if field == "numerator" else kpi.denominator
    return part is not None and (kpi.additive or part.value.strip().lower().startswith("count("))
