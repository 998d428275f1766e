"""The figures a diagnosis needs, from monthly records, skill levels and territories."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from salesplan.coaching.leave_months import LEAST_WORKED, missed_row, months_away, without_leave
from salesplan.coaching.monthly_rates import monthly_rates
from salesplan.coaching.peers import thirds
from salesplan.errors import InputError, known_choices
from salesplan.text import mark

ResultKind = Literal["attainment", "sales"]
EFFORT_KPIS = ("visits", "proposals", "demos")
CONVERSION_KPI = "win_rate"
RESULT_KPI = "sales_amount"
DAYS_A_MONTH = 30.4375
LEAST_COVERED = 0.5
"""Part of the sellers who must have a figure for it to be looked at."""

BY_SALES = mark("Results are sales a month against peers, not attainment: targets that follow a person's past sales hide who"
                " sells little.")  # fmt: skip
BY_ATTAINMENT = mark("Results are attainment of target: sales or the potential of territories are not known for enough sellers."
                     " Targets that follow a person's past sales hide who sells little.")  # fmt: skip
EFFORT_IS = mark("Effort is {kpis}, each over its median and averaged; 1 is usual.")
SELF_ONLY = mark("{n} sellers have nothing but their own rating of a skill; it is not used to find causes.")
NO_TENURE = mark("{n} sellers have no hire date; they are compared with ramped sellers.")


@dataclass(frozen=True, kw_only=True, eq=False)
class DiagnosisMaterial:
    """Measures for `diagnose`, and what its findings tell beside them.

    Attributes
    ----------
    measures
        Index seller_id; the columns `diagnose` takes, tenure at the begin and the end of the months of the result
        among them, and region and territory_third where known.
    result_kind
        ``attainment`` (of several months) or ``sales`` (a month).
    targets
        Index seller_id: attainment (of the months together), months_missed (in a row, up to the last month),
        missed_attainment (of those months together), missed_leave_months (on leave within the row: not counted).
    effort_parts
        Index seller_id, one column an effort KPI: figure a month.
    """

    measures: pd.DataFrame
    result_kind: ResultKind
    targets: pd.DataFrame
    effort_parts: pd.DataFrame
    notes: tuple[dict[str, Any], ...] = ()

    def __post_init__(self) -> None:
        for name in ("measures", "targets", "effort_parts"):
            object.__setattr__(self, name, getattr(self, name).copy())
        object.__setattr__(self, "notes", tuple(self.notes))

    @property
    def fine_result(self) -> float | None:
        """The result that is fine whatever peers do: the whole target, where results are attainment."""
        return 1.0 if self.result_kind == "attainment" else None


def diagnosis_material(
    people: pd.DataFrame,
    *,
    history: pd.DataFrame,
    quota: pd.DataFrame | None = None,
    levels: Any = None,
    skills: pd.DataFrame | None = None,
    role_profiles: pd.DataFrame | None = None,
    potential: pd.Series | None = None,
    leads: pd.DataFrame | None = None,
    leaves: pd.DataFrame | None = None,
    months: int = 6,
    result: Literal["auto", "attainment", "sales"] = "auto",
    effort_kpis: Sequence[str] = EFFORT_KPIS,
    conversion_kpi: str = CONVERSION_KPI,
    scale: tuple[float, float] = (1.0, 5.0),
    kpi_names: Mapping[str, Any] | None = None,
) -> DiagnosisMaterial:
    """Result, effort, leads, territory, knowledge and skill of each seller over the last months, with their errors.

    Parameters
    ----------
    people
        seller_id, tier, tenure_months, hire_date, perhaps is_seller (others are left out), region.
    history
        seller_id, kpi, month, numerator, denominator, actual.
    quota
        seller_id, month, quota, sales, attainment; money may be missing (veiled), attainment then counts.
    levels
        `SkillLevels`, or its frame: seller_id, skill, level, perhaps se, raw_level, group_share, self_only.
    skills
        skill, kind (``knowledge``, ``skill``, ``attitude``); all are skills without.
    role_profiles
        tier, role, skill, importance: how much each skill counts in the mean of a person; alike without.
    potential
        seller_id -> market potential or customers owned.
    leads
        seller_id, month, n_leads.
    leaves
        seller_id, month, worked_share: months on leave are left out, those worked in part count as whole months; who worked
        fewer than `LEAST_WORKED` of the months is not judged.
    months
        Last months of ``history`` looked at; the month of hire is left out where there are others.
    result
        ``auto``: sales where they and the territories' potential are known for half of the sellers, or where quotas
        are not; else attainment.
    kpi_names
        KPI code -> ``{"zh": …, "en": …}`` for the notes.

    Raises
    ------
    InputError
        A column is missing, nobody sells, or neither quotas nor sales are there.
    """
    sellers = _sellers(people)
    months_used = _last_months(history, quota, months)
    hired = pd.to_datetime(sellers["hire_date"]).dt.to_period("M") if "hire_date" in sellers else None
    notes: list[dict[str, Any]] = []
    measures = pd.DataFrame({"tier": sellers["tier"].fillna(""), "tenure_months": pd.to_numeric(sellers["tenure_months"])})
    if n := int(measures["tenure_months"].isna().sum()):
        notes.append({"msgid": NO_TENURE, "details": {"n": n}})

    if leaves is not None:
        measures["leave_months"] = months_away(leaves, measures.index, months_used)
        if quota is not None:
            quota = without_leave(quota, leaves, ["sales", "attainment"])
        history = without_leave(history, leaves, [])

    def rates(table: pd.DataFrame, value: str, kind: Literal["count", "money"]) -> pd.DataFrame:
        table = without_leave(table, leaves, [value])
        used = table.rename(columns={value: "value"})
        used = used[used["seller_id"].isin(measures.index) & used["month"].isin(months_used)]
        return monthly_rates(_without_hire_month(used, hired)[["seller_id", "month", "value"]], kind=kind).reindex(measures.index)

    whole = None if quota is None else _without_hire_month(quota[quota["seller_id"].isin(measures.index)], hired)
    own = None if whole is None else whole[whole["month"].isin(months_used)]
    targets = _targets(own, measures.index)
    if whole is not None:
        targets[["months_missed", "missed_attainment", "missed_leave_months"]] = missed_row(whole, measures.index, leaves)
    sold = rates(history[history["kpi"] == RESULT_KPI], "actual", "money")
    has_potential = potential is not None and potential.reindex(measures.index).gt(0).mean() >= LEAST_COVERED
    kind = _result_kind(result, sold["rate"].notna().mean() >= LEAST_COVERED, has_potential, targets["attainment"])
    if kind == "attainment":
        measures["result"], measures["result_se"] = targets["attainment"], _attainment_error(own, targets["attainment"])
        counted = None if own is None else own[own["attainment"].notna()]
    else:
        measures["result"], measures["result_se"] = sold["rate"], sold["rate_se"]
        counted = history[(history["kpi"] == RESULT_KPI) & history["month"].isin(months_used) & history["actual"].notna()]
        counted = _without_hire_month(counted, hired)
    if counted is not None:
        _add_months(measures, counted, sellers, months_used[-1])
    notes.append({"msgid": BY_ATTAINMENT if kind == "attainment" else BY_SALES, "details": {}})
    parts = {kpi: rates(history[history["kpi"] == kpi], "actual", "count") for kpi in effort_kpis}
    parts = {kpi: one for kpi, one in parts.items() if one["rate"].notna().mean() >= LEAST_COVERED and one["rate"].median() > 0}
    if parts:
        measures["effort"], measures["effort_se"] = _effort(parts)
        if len(parts) > 1:
            notes.append({"msgid": EFFORT_IS, "details": {"kpis": [(kpi_names or {}).get(kpi, kpi) for kpi in parts]}})
    if leads is not None and len(leads):
        given = rates(leads, "n_leads", "count")
        if given["rate"].notna().mean() >= LEAST_COVERED and (given["rate"] > 0).any():
            measures["leads"], measures["leads_se"] = given["rate"], given["rate_se"]
    if potential is not None and has_potential:
        measures["territory"] = potential.reindex(measures.index).astype(float)
        measures["territory_third"] = thirds(measures["territory"])
    if leaves is not None:
        worked = months - measures["leave_months"]
        unknown = (measures["leave_months"] > 0) & (worked < LEAST_WORKED)
        measures.loc[unknown, [c for c in ("result", "effort", "leads") if c in measures]] = np.nan
    if "region" in sellers:
        measures["region"] = sellers["region"]
    won = history[(history["kpi"] == conversion_kpi) & history["month"].isin(months_used)]
    if len(won):
        measures["conversion"], measures["conversion_se"] = _conversion(won, measures.index)
    if levels is not None:
        notes += _add_levels(measures, levels, skills, role_profiles, sellers, scale)
    effort_parts = pd.DataFrame({kpi: one["rate"] for kpi, one in parts.items()}, index=measures.index)
    return DiagnosisMaterial(measures=measures, result_kind=kind, targets=targets, effort_parts=effort_parts,
                             notes=tuple(notes))


def _result_kind(asked: str, has_sales: bool, has_potential: bool, attainment: pd.Series) -> ResultKind:
    has_quota = bool(attainment.notna().mean() >= LEAST_COVERED)
    if asked not in ("auto", "attainment", "sales"):
        raise InputError(f"result == {asked!r}, {known_choices(asked, ('auto', 'attainment', 'sales'))}")
    if asked == "attainment" and not attainment.notna().any():
        raise InputError("result == 'attainment', but nobody has a quota in these months", fix="Ask for 'sales'.")
    if asked == "sales" and not has_sales:
        raise InputError(f"result == 'sales', but fewer than half of the sellers have {RESULT_KPI}", fix="Ask for 'attainment'.")
    if not has_sales and not has_quota:
        raise InputError(f"neither quotas nor {RESULT_KPI} are known in these months", where="history and quota")
    if asked == "auto":
        return "sales" if has_sales and (has_potential or not has_quota) else "attainment"
    return "attainment" if asked == "attainment" else "sales"


def _attainment_error(own: pd.DataFrame | None, attainment: pd.Series) -> pd.Series:
    """Standard error of attainment, from how much its months vary."""
    if own is None:
        return attainment * np.nan
    months = own[["seller_id", "month", "attainment"]].rename(columns={"attainment": "value"})
    varied = monthly_rates(months, kind="money").reindex(attainment.index)
    relative = varied["rate_se"] / varied["rate"].where(varied["rate"] > 0)
    return relative.fillna(relative.median()) * attainment.abs()


def _sellers(people: pd.DataFrame) -> pd.DataFrame:
    for column in ("seller_id", "tier", "tenure_months"):
        if column not in people.columns:
            raise InputError(f"people have no column {column!r}", fix=known_choices(column, list(map(str, people.columns))))
    sellers = people[people["is_seller"].eq(True)] if "is_seller" in people else people
    if sellers.empty:
        raise InputError("nobody sells", where="people, column is_seller")
    if sellers["seller_id"].duplicated().any():
        raise InputError(f"seller_id {sellers.loc[sellers['seller_id'].duplicated(), 'seller_id'].iloc[0]!r} comes twice",
                         where="people")
    return sellers.set_index("seller_id")


def _last_months(history: pd.DataFrame, quota: pd.DataFrame | None, months: int) -> pd.PeriodIndex:
    if not 1 <= months <= 36:
        raise InputError(f"months == {months}, must be between 1 and 36")
    ends = [frame["month"].max() for frame in (history, quota) if frame is not None and len(frame)]
    if not ends:
        raise InputError("no month of results", where="history and quota")
    return pd.period_range(end=max(ends), periods=months, freq="M")


def _without_hire_month(table: pd.DataFrame, hired: pd.Series | None) -> pd.DataFrame:
    """Without months before hire, and without the month of it where the person has others."""
    if hired is None or table.empty:
        return table
    start = table["seller_id"].map(hired)
    after = start.isna() | (table["month"] > start)
    only = ~table["seller_id"].map(after.groupby(table["seller_id"]).any())
    return table[after | (only & (table["month"] == start))]


def _add_months(measures: pd.DataFrame, counted: pd.DataFrame, sellers: pd.DataFrame, end: pd.Period) -> None:
    """Tenure at the begin and the end of the months counted into ``measures``; by tenure where there is no hire date."""
    day = pd.Timedelta(days=1)
    hired = end.end_time.normalize() + day - pd.to_timedelta(measures["tenure_months"] * DAYS_A_MONTH, unit="D")
    if "hire_date" in sellers:
        hired = pd.to_datetime(sellers["hire_date"]).fillna(hired)
    span = counted.groupby("seller_id")["month"].agg(["min", "max"]).reindex(measures.index)
    for name, at in (("result_from_months", pd.PeriodIndex(span["min"], freq="M").to_timestamp()),
                     ("result_to_months", (pd.PeriodIndex(span["max"], freq="M") + 1).to_timestamp())):
        measures[name] = (pd.Series(at, measures.index) - hired).dt.total_seconds() / (86400 * DAYS_A_MONTH)


def _targets(own: pd.DataFrame | None, index: pd.Index) -> pd.DataFrame:
    """Attainment of the months together; months missed are counted over the whole history."""
    frame = pd.DataFrame({"attainment": np.nan, "months_missed": 0, "missed_attainment": np.nan, "missed_leave_months": 0},
                         index=index)
    if own is None or own.empty:
        return frame
    known = own[own["attainment"].notna()].sort_values("month")
    money = known[known["sales"].notna() & (known["quota"] > 0)] if {"sales", "quota"} <= set(known) else known.iloc[:0]
    mean = known.groupby("seller_id")["attainment"].mean()
    if len(money) == len(known) and len(known):
        sums = money.groupby("seller_id")[["sales", "quota"]].sum()
        mean = sums["sales"] / sums["quota"]
    frame["attainment"] = mean.reindex(index)
    return frame


def _effort(parts: dict[str, pd.DataFrame]) -> tuple[pd.Series, pd.Series]:
    """One figure of effort: the KPI itself, or several, each over its median, by their geometric mean."""
    if len(parts) == 1:
        one = next(iter(parts.values()))
        return one["rate"], one["rate_se"]
    logs, variances = [], []
    for one in parts.values():
        rate = one["rate"].clip(lower=0.05 * one["rate"].median())
        logs.append(np.log(rate / one["rate"].median()))
        variances.append((one["rate_se"] / rate) ** 2)
    n = pd.concat(logs, axis=1).notna().sum(axis=1)
    index = np.exp(pd.concat(logs, axis=1).mean(axis=1))
    return index, index * pd.concat(variances, axis=1).sum(axis=1) ** 0.5 / n.where(n > 0)


def _conversion(won: pd.DataFrame, index: pd.Index) -> tuple[pd.Series, pd.Series]:
    """Deals won of those closed, half a deal added to each side so that none of few is not taken for never."""
    sums = won.groupby("seller_id")[["numerator", "denominator"]].sum().reindex(index)
    n = sums["denominator"].where(sums["denominator"] > 0)
    rate = (sums["numerator"] + 0.5) / (n + 1)
    return rate, (rate * (1 - rate).clip(lower=0.05) / (n + 1)) ** 0.5


def _add_levels(
    measures: pd.DataFrame, levels: Any, skills: pd.DataFrame | None, role_profiles: pd.DataFrame | None,
    sellers: pd.DataFrame, scale: tuple[float, float],
) -> list[dict[str, Any]]:
    """Mean level of knowledge and of skill into ``measures``."""
    table = getattr(levels, "table", levels)
    correlation = float(getattr(getattr(levels, "material", None), "error_correlation", 0.0))
    table = table[table["seller_id"].isin(measures.index)]
    notes: list[dict[str, Any]] = []
    if "self_only" in table:
        only = table["self_only"].eq(True)
        blind = set(table.loc[only, "seller_id"]) - set(table.loc[~only, "seller_id"])
        if blind:
            notes.append({"msgid": SELF_ONLY, "details": {"n": len(blind)}})
        table = table[~only]
    rows = pd.DataFrame({"seller_id": table["seller_id"], "skill": table["skill"], **_unshrunk(table, scale)})
    kinds = dict(zip(skills["skill"], skills["kind"], strict=True)) if skills is not None and "kind" in skills else {}
    rows["kind"] = rows["skill"].map(kinds).fillna("skill")
    rows["weight"] = _importance(rows, role_profiles, sellers)
    for kind in ("knowledge", "skill"):
        own = rows[(rows["kind"] == kind) & rows["level"].notna() & (rows["weight"] > 0)]
        if own.empty:
            continue
        mean, se = _mean_level(own, correlation)
        measures[kind] = mean.reindex(measures.index).clip(*scale)
        measures[f"{kind}_se"] = se.reindex(measures.index)
    return notes


def _unshrunk(table: pd.DataFrame, scale: tuple[float, float]) -> dict[str, pd.Series]:
    """Levels and errors as measured: those already drawn towards a group would be drawn twice."""
    se = table["se"].astype(float) if "se" in table else pd.Series(np.nan, table.index)
    if not {"raw_level", "group_share"} <= set(table.columns):
        return {"level": table["level"].astype(float), "se": se}
    own = (1 - table["group_share"].astype(float)).clip(lower=0.05)
    raw = table["raw_level"].astype(float).where(table["raw_level"].notna(), table["level"].astype(float))
    return {"level": raw.clip(*scale), "se": se / np.sqrt(own)}


def _importance(rows: pd.DataFrame, role_profiles: pd.DataFrame | None, sellers: pd.DataFrame) -> pd.Series:
    """Importance of each row's skill for the person's tier (and role); skills off the profile do not count."""
    if role_profiles is None or "importance" not in role_profiles or role_profiles["importance"].isna().all():
        return pd.Series(1.0, rows.index)
    by_tier = role_profiles.groupby(["tier", "skill"])["importance"].mean()
    tier = rows["seller_id"].map(sellers["tier"])
    found = pd.Series(by_tier.reindex(pd.MultiIndex.from_arrays([tier, rows["skill"]])).to_numpy(float), rows.index)
    has_profile = tier.isin(role_profiles["tier"])
    return found.fillna(0.0).where(has_profile, 1.0)


def _mean_level(own: pd.DataFrame, correlation: float) -> tuple[pd.Series, pd.Series]:
    """Weighted mean of a person's levels, each over the skill's mean: a missing hard skill flatters nobody."""
    general = float(own["level"].mean())
    above = own["level"] - own.groupby("skill")["level"].transform("mean")
    weight = own["weight"] / own.groupby("seller_id")["weight"].transform("sum")
    who = own["seller_id"]
    mean = general + (weight * above).groupby(who).sum()
    se = own["se"].fillna(own["se"].median() if own["se"].notna().any() else 0.0)
    apart = ((weight * se) ** 2).groupby(who).sum()
    together = (weight * se).groupby(who).sum() ** 2
    return mean, ((1 - correlation) * apart + correlation * together) ** 0.5
