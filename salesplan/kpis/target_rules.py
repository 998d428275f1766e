"""Where a person's target for a KPI comes from: the target table, an agreed figure, or colleagues of the tier."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, model_validator

from salesplan.calendars.period import read_period
from salesplan.errors import InputError, Sentence
from salesplan.kpis.library import Kpi, KpiLibrary
from salesplan.text import mark

if TYPE_CHECKING:
    from salesplan.kpis.scheme import KpiScheme

PEER_MONTHS = 3
"""Months before the period that colleagues are looked at."""
MIN_PEERS = 3
"""Fewer colleagues than this set no target for one another."""

FROM_TABLE = mark("Target table")
AGREED = mark("Agreed figure")
AGREED_FOR_TIER = mark("Agreed figure of the tier")
FROM_PEERS = mark("Colleagues of the tier, the three months before")
NO_TARGET = mark("No target")
NOT_COMPARABLE = mark("No target: counts of different customers in a month do not compare with another length of time")
NO_TARGET_NEEDED = mark("Scored without a target")

COLUMNS = ["seller_id", "kpi", "target", "target_source", "full_target", "working_share"]
_NEEDED = {"profiles": ("seller_id", "tier", "working_share"), "table_targets": ("seller_id", "kpi", "target"),
           "history": ("seller_id", "kpi", "month", "numerator", "denominator", "actual")}  # fmt: skip


class TargetRule(BaseModel):
    """Where targets of one KPI come from; of several sources the first that knows the person counts.

    Parameters
    ----------
    from_
        ``table`` (written ``from``): the person's own figure in the target table, for the period.
    by_tier
        A figure for each tier.
    value
        One figure for everybody.
    peers
        Quantile of colleagues of the same tier in the three months before, where 0.75 is as good as the
        better quarter, also where less is better. Counts of different customers, and ratios of such counts, set no
        target for a week, quarter or year: in three months one meets more customers than in one, but not three
        times as many.
    prorate
        Whether the target shrinks with the share of working days the person was there. Only sums over
        time (amounts, counts, hours) shrink. Left out: agreed figures and colleagues' do, the table's
        do not, since they are the person's own.

    Notes
    -----
    ``value`` and ``by_tier`` of a sum over time are for a full month; a quarter asks for three times, a week for
    its share of the month's working days. Rates and days hold for any period. Agreed figures of distinct customers
    are taken as they stand and must be agreed for the length that is scored.

    Examples
    --------
    >>> TargetRule.model_validate({"from": "table", "peers": 0.5}).to_dict()
    {'from': 'table', 'peers': 0.5}
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
    from_: Literal["table"] | None = Field(None, alias="from")
    by_tier: dict[str, float] = Field(default_factory=dict)
    value: float | None = Field(None, allow_inf_nan=False)
    peers: float | None = Field(None, gt=0, lt=1)
    prorate: bool | None = None

    @model_validator(mode="after")
    def _has_a_source(self) -> "TargetRule":
        if self.from_ is None and not self.by_tier and self.value is None and self.peers is None:
            raise ValueError(Sentence("target names no source, must have from, by_tier, value or peers"))
        if self.value is not None and self.peers is not None:
            raise ValueError(Sentence("value and peers stand together, must be one of them: a value leaves nobody to peers"))
        if not all(np.isfinite(list(self.by_tier.values()))):
            raise ValueError(Sentence("by_tier holds a figure that is not finite"))
        return self

    def to_dict(self) -> dict[str, Any]:
        """What was given, as plain JSON values."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def resolve_targets(
    scheme: "KpiScheme",
    profiles: pd.DataFrame,
    *,
    table_targets: pd.DataFrame | None = None,
    history: pd.DataFrame | None = None,
    period: str | pd.Period,
    library: KpiLibrary,
    min_peers: int = MIN_PEERS,
    country: str = "CN",
) -> pd.DataFrame:
    """What each person was to reach in a period, KPI by KPI.

    Parameters
    ----------
    scheme
        The KPI sets; each person's set says which KPIs and where their targets come from.
    profiles
        One row a person: seller_id, tier, working_share (fraction of the period's working days present), and
        what the sets ask for (role, product_line, customer_type).
    table_targets
        seller_id, kpi, target, for the whole period.
    history
        seller_id, kpi, month, numerator, denominator, actual; months of the period and later are not looked at.
    period
        ``2026-10``, ``2026Q3``, ``2026-W41`` or ``2026``.
    min_peers
        Least colleagues with figures for a target from colleagues.
    country
        ISO code of the country whose working days a week is measured in.

    Returns
    -------
    DataFrame
        seller_id, kpi, target (missing where no source knows the person), target_source (marked words),
        full_target (before the share of working days), working_share (the share applied, 1 without).
        A person whom no set fits has no rows.

    Raises
    ------
    InputError
        A frame lacks a column, a person or a target stands twice, a working share is not a fraction, or sums over
        time are asked for in a week without a working day: nobody was to do anything, and no score would say a thing.

    Examples
    --------
    >>> from salesplan.kpis.library import load_library
    >>> from salesplan.kpis.scheme import KpiScheme
    >>> scheme = KpiScheme(name="s", sets=[{"code": "all", "name": {"zh": "全员", "en": "All"}, "items": [
    ...     {"kpi": "visits", "weight": 1, "rule": {"function": "achievement_rate"}, "target": {"value": 20}}]}])
    >>> people = pd.DataFrame({"seller_id": ["a"], "tier": ["新人"], "working_share": [0.5]})
    >>> resolve_targets(scheme, people, period="2026-10", library=load_library())[["kpi", "target"]].values.tolist()
    [['visits', 10.0]]
    """
    people = check_profiles(profiles)
    given = _table(table_targets)
    peers = _Peers(people, history, period, min_peers)
    months = read_period(period).length_in_months(country=country)
    set_of = scheme.sets_of(people, period).to_numpy()
    frames = []
    for one in scheme.readable_sets(library):
        group = people[set_of == one.code]
        for item in one.items if len(group) else ():
            kpi = library[item.kpi]
            if months == 0 and item.rule.needs_target and kpi.grows_with_time:
                raise InputError(
                    Sentence("period == {given}, must hold a working day ({country})", given=repr(str(period)), country=country),
                    where=Sentence("targets of {kpi}, set {set}", kpi=kpi.code, set=one.code),
                    fix=Sentence("Score the month, or a week in which people work."))
            found = _resolve(item.target if item.rule.needs_target else None, kpi, group, given, peers, months)
            frames.append(found.assign(source_needed=item.rule.needs_target, place=group.index))
    if not frames:
        return pd.DataFrame(columns=COLUMNS)
    targets = pd.concat(frames, ignore_index=True).sort_values("place", kind="stable", ignore_index=True)
    targets.loc[~targets["source_needed"], "target_source"] = NO_TARGET_NEEDED
    return targets[COLUMNS]


def check_profiles(profiles: pd.DataFrame) -> pd.DataFrame:
    """People as a frame with a plain index; refuses a person who stands twice or an odd working share.

    Examples
    --------
    >>> check_profiles(pd.DataFrame({"seller_id": ["a"], "tier": ["x"], "working_share": [1.4]}))
    Traceback (most recent call last):
    ...
    salesplan.errors.InputError: working_share == 1.4, must be a fraction between 0 and 1. Where: person a.
    """
    _check_columns(profiles, "profiles")
    people = profiles.reset_index(drop=True)
    twice = people["seller_id"][people["seller_id"].duplicated()]
    if len(twice):
        raise InputError(Sentence("seller_id == {given} stands twice in profiles, must be there once", given=repr(twice.iloc[0])),
                         fix=Sentence("People are told apart by id, not by name."))
    share = pd.to_numeric(people["working_share"], errors="coerce").to_numpy(float)
    for at in np.flatnonzero(~((share >= 0) & (share <= 1))):
        raise InputError(
            Sentence("working_share == {given}, must be a fraction between 0 and 1", given=str(people["working_share"][at])),
            where=Sentence("person {id}", id=str(people["seller_id"][at])))
    return people.assign(working_share=share)


def _resolve(
    rule: TargetRule | None, kpi: Kpi, group: pd.DataFrame, given: pd.Series, peers: "_Peers", months: float
) -> pd.DataFrame:
    full = np.full(len(group), np.nan)
    source = np.full(len(group), NO_TARGET, dtype=object)
    shrinks = np.zeros(len(group), bool)
    length = months if kpi.grows_with_time else 1.0
    comparable = kpi.additive or peers.is_month

    def fill(figures: Any, words: str, prorate: bool) -> None:
        known = np.isnan(full) & ~np.isnan(np.asarray(figures, float))
        full[known] = np.asarray(figures, float)[known]
        source[known] = words
        shrinks[known] = kpi.grows_with_time and (prorate if rule is None or rule.prorate is None else rule.prorate)

    if rule is not None:
        tier = group["tier"].astype(object)
        if rule.from_ == "table":
            wanted = pd.MultiIndex.from_arrays([group["seller_id"], [kpi.code] * len(group)])
            fill(given.reindex(wanted).to_numpy(float), FROM_TABLE, False)
        if rule.by_tier:
            fill(tier.map(rule.by_tier).to_numpy(float) * length, AGREED_FOR_TIER, True)
        if rule.value is not None:
            fill(np.full(len(group), rule.value * length), AGREED, True)
        if rule.peers is not None and not comparable:
            source[np.isnan(full)] = NOT_COMPARABLE
        elif rule.peers is not None and np.isnan(full).any():
            fill(tier.where(tier.notna(), "").map(peers.quantile(kpi, rule.peers)).to_numpy(float) * length,
                 FROM_PEERS, True)
    share = np.where(shrinks, group["working_share"].to_numpy(float), 1.0)
    return pd.DataFrame({
        "seller_id": group["seller_id"].to_numpy(), "kpi": kpi.code, "target": full * share,
        "target_source": source, "full_target": full, "working_share": share,
    })  # fmt: skip


class _Peers:
    """What colleagues of a tier did in the months before, a month each."""

    def __init__(self, people: pd.DataFrame, history: pd.DataFrame | None, period: Any, least: int) -> None:
        self.least = least
        self.is_month = read_period(period).kind == "month"
        if history is None:
            self.rows = pd.DataFrame(columns=[*_NEEDED["history"], "tier"])
            return
        _check_columns(history, "history")
        first = read_period(period).months[0]
        month = pd.PeriodIndex(history["month"], freq="M")
        rows = history[(month < first) & (month >= first - PEER_MONTHS)]
        tier = people.set_index("seller_id")["tier"].astype(object)
        rows = rows[rows["seller_id"].isin(tier.index)]
        self.rows = rows.assign(tier=rows["seller_id"].map(tier.where(tier.notna(), "")))

    def quantile(self, kpi: Kpi, quantile: float) -> Mapping[str, float]:
        """Tier -> the quantile of its people; tiers with too few people are left out."""
        rows = self.rows[(self.rows["kpi"] == kpi.code) & self.rows["actual"].notna()]
        if rows.empty:
            return {}
        each = rows.groupby(["tier", "seller_id"], observed=True)
        if kpi.denominator is None:
            usual = each["actual"].mean()
        else:
            parts = each[["numerator", "denominator"]].sum()
            usual = (kpi.times * parts["numerator"] / parts["denominator"].where(parts["denominator"] > 0)).dropna()
        better = quantile if kpi.direction == "higher" else 1 - quantile
        by_tier = usual.astype(float).groupby(level="tier")
        enough = by_tier.size() >= self.least
        return {str(tier): float(value) for tier, value in by_tier.quantile(better)[enough].items()}


def _table(targets: pd.DataFrame | None) -> pd.Series:
    if targets is None:
        targets = pd.DataFrame(columns=list(_NEEDED["table_targets"]))
    _check_columns(targets, "table_targets")
    keys = ["seller_id", "kpi"]
    twice = targets[targets.duplicated(keys)]
    if len(twice):
        raise InputError(Sentence("target of {kpi} stands twice, must be there once", kpi=str(twice["kpi"].iloc[0])),
                         where=Sentence("person {id}", id=str(twice["seller_id"].iloc[0])))
    return pd.to_numeric(targets.set_index(keys)["target"]).astype(float)


def _check_columns(frame: pd.DataFrame, name: str) -> None:
    missing = [column for column in _NEEDED[name] if column not in frame.columns]
    if missing:
        raise InputError(Sentence("{table} lacks {missing}, must have {columns}", table=name, missing=missing, columns=list(_NEEDED[name])))
