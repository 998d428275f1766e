"""From everybody's figures to points, weights, totals and ranks, all people and KPIs at once."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError, known_choices
from salesplan.kpis.library import KpiLibrary, load_library
from salesplan.kpis.score_notes import score_notes
from salesplan.kpis.scorecard import BAND_COLUMNS, TOTAL_COLUMNS, Scorecard
from salesplan.kpis.scoring_functions import Floats
from salesplan.kpis.scoring_policies import POLICY_TEXT, WEIGHT_RAISED, Policy
from salesplan.kpis.scoring_rules import ScoringRule
from salesplan.kpis.set_scores import KpiFigures, ScoredSet, same_type, score_set

if TYPE_CHECKING:
    from salesplan.kpis.scheme import KpiScheme
    from salesplan.kpis.score_draws import ScoreDraws

_NEEDED = ("seller_id", "kpi", "actual")
TARGET_FACTS = ("target_source", "full_target", "working_share")
"""What `resolve_targets` says about a target."""

_POLICY_WORDS = np.array([POLICY_TEXT[policy] for policy in Policy], dtype=object)


def score_people(
    figures: pd.DataFrame,
    scheme: "KpiScheme",
    profiles: pd.DataFrame,
    *,
    period: str | pd.Period,
    draws: "ScoreDraws | pd.DataFrame | None" = None,
    coverage: float = 0.9,
    library: KpiLibrary | None = None,
    fingerprint: str = "",
    rule_version: str = "",
    country: str = "CN",
) -> Scorecard:
    """What did everybody score in a period, and who stands where?

    Parameters
    ----------
    figures
        seller_id, kpi, actual, and where known target and evidence_rows; one row a person and KPI. A pair that is
        not there has no data. KPIs that are not in a person's set are not looked at. target_source, full_target and
        working_share (`resolve_targets`) are handed on to the lines.
    scheme
        The KPI sets with weights and rules.
    profiles
        One row a person: seller_id, and name, org_id, tier, and what the sets ask for.
    period
        ``2026-10``, ``2026Q3``, ``2026-W41`` or ``2026``: decides which seasonal sets hold.
    draws
        The scores under other luck (people x draws, index seller_id); see `Scorecard.with_draws`.
    coverage
        Of the intervals.
    library
        Gives names and units; the packaged one by default.
    country
        ISO code of the country whose working days the period has: luck is drawn over them.
    fingerprint, rule_version
        Of the data and the scheme; the latter is taken from the scheme when empty.

    Returns
    -------
    Scorecard

    Raises
    ------
    InputError
        A column is missing, a person or a pair of person and KPI stands twice, a person is not in the profiles, or a
        figure meets a case for which its rule says ``error``; the person and KPI are named.

    Notes
    -----
    points = weight x score, score of a person = sum of the points. A KPI left out by its rule passes its weight on to
    the person's other KPIs in proportion. The order of people, KPIs and rows changes nothing.

    Examples
    --------
    >>> from salesplan.kpis.scheme import KpiScheme
    >>> items = [{"kpi": "sales_amount", "weight": 0.75, "rule": {"function": "capped", "floor": 0, "cap": 120},
    ...           "target": {"from": "table"}},
    ...          {"kpi": "visits", "weight": 0.25, "rule": {"function": "achievement_rate"}, "target": {"value": 20}}]
    >>> scheme = KpiScheme(name="s", sets=[{"code": "all", "name": {"zh": "全员", "en": "All"}, "items": items}])
    >>> people = pd.DataFrame({"seller_id": ["a", "b"], "name": ["A", "B"], "org_id": "o", "tier": "x"})
    >>> figures = pd.DataFrame({"seller_id": ["a", "a", "b"], "kpi": ["sales_amount", "visits", "sales_amount"],
    ...                         "actual": [90.0, 16.0, 130.0], "target": [100.0, 20.0, 100.0]})
    >>> card = score_people(figures, scheme, people, period="2026-10")
    >>> card.totals[["score", "rank", "n_missing"]].values.tolist()
    [[87.5, 2, 0], [120.0, 1, 1]]
    """
    people = _read_people(profiles)
    sellers = pd.Index(people["seller_id"], name="seller_id")
    known = load_library() if library is None else library
    readable = scheme.readable_sets(known)
    if not readable:
        known.pick(scheme.kpis)
    if all(kpi in known for one in readable for kpi in one.kpis):
        scheme.check(known)
    table = _read_figures(figures, scheme.kpis, sellers)
    set_of = scheme.sets_of(people, period).to_numpy(object)
    sets = [score_set(one, members, table, sellers) for one in readable
            if len(members := np.flatnonzero(set_of == one.code))]
    totals = _totals(people, sellers, set_of, sets, scheme.comparable_sets())
    card = Scorecard(
        lines=_with_target_facts(_lines(sets, sellers), figures),
        totals=totals,
        rules={(one.code, kpi): rule for one in sets for kpi, rule in zip(one.kpis, one.rules, strict=True)},
        units={kpi: known[kpi].unit for kpi in scheme.kpis if kpi in known},
        notes=tuple(score_notes(
            sets, totals, set_names={one.code: one.name.model_dump() for one in scheme.sets},
            kpi_names={kpi: known[kpi].name.model_dump() for kpi in scheme.kpis if kpi in known},
            unread={one.code: [kpi for kpi in one.kpis if kpi in known.unreadable] for one in scheme.sets
                    if one not in readable},
        )),
        period=str(period),
        scheme=scheme,
        rule_version=rule_version or scheme.rule_version,
        fingerprint=fingerprint,
        coverage=coverage,
        country=country,
    )
    return card if draws is None else card.with_draws(draws, coverage=coverage)


def _read_people(profiles: pd.DataFrame) -> pd.DataFrame:
    if "seller_id" not in profiles:
        raise InputError("seller_id is missing, must be a column", where="profiles")
    if not len(profiles):
        raise InputError("profiles hold nobody, must have at least one row", where="profiles")
    people = profiles.assign(seller_id=profiles["seller_id"].astype(str)).sort_values("seller_id", ignore_index=True)
    twice = people["seller_id"][people["seller_id"].duplicated()]
    if len(twice):
        raise InputError(f"seller_id == {twice.iloc[0]!r} stands twice, must be there once", where="profiles",
                         fix="People are told apart by id, not by name.")
    if "name" not in people:
        people["name"] = people["seller_id"]
    for column in ("org_id", "tier"):
        if column not in people:
            people[column] = None
    return people


def _read_figures(figures: pd.DataFrame, kpis: Sequence[str], sellers: pd.Index) -> dict[str, KpiFigures]:
    """Each KPI's figures in the order of the people; what is not there is missing."""
    for column in _NEEDED:
        if column not in figures:
            raise InputError(f"{column} is missing, must be a column", where="figures",
                             fix=known_choices(column, [str(c) for c in figures.columns]))
    row = sellers.get_indexer(pd.Index(figures["seller_id"].astype(str)))
    if (row < 0).any():
        who = str(figures["seller_id"].iloc[int(np.argmin(row))])
        raise InputError(f"seller_id == {who!r}, must be in the profiles", where="figures",
                         fix=known_choices(who, sellers[:200]) if len(sellers) <= 200 else "Give the profile as well.")
    kpi_at = pd.Index(kpis).get_indexer(pd.Index(figures["kpi"]))
    evidence = figures["evidence_rows"] if "evidence_rows" in figures else pd.Series(np.nan, index=figures.index)
    target = figures["target"] if "target" in figures else pd.Series(np.nan, index=figures.index)
    columns = (_plain(figures["actual"]), _plain(target), _plain(evidence))
    table: dict[str, KpiFigures] = {}
    for at, kpi in enumerate(kpis):
        mine = np.flatnonzero(kpi_at == at)
        if not len(mine):
            continue
        place = row[mine]
        if len(np.unique(place)) < len(place):
            who = sellers[place[pd.Series(place).duplicated().to_numpy()][0]]
            raise InputError(f"{kpi} of {who} stands twice, must be there once", where="figures")
        actual, goal, rows = (_placed(values[mine], place, len(sellers)) for values in columns)
        table[kpi] = KpiFigures(actual=actual, target=goal, evidence=np.asarray(rows, float))
    return table


def _plain(column: pd.Series) -> NDArray[Any]:
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column.to_numpy(float, na_value=np.nan)
    return column.astype(object).where(column.notna(), np.nan).to_numpy(object)


def _placed(values: NDArray[Any], place: NDArray[np.intp], n: int) -> NDArray[Any]:
    """Values at their people's places; numbers alone become an array of numbers."""
    if values.dtype.kind == "O" and not any(isinstance(value, str) for value in values):
        values = values.astype(float)
    whole = np.full(n, np.nan, dtype=values.dtype)
    whole[place] = values
    return whole


def _lines(sets: Sequence[ScoredSet], sellers: pd.Index) -> pd.DataFrame:
    frames = []
    for one in sets:
        n, k = one.score.shape
        nominal = np.broadcast_to(one.nominal, (n, k))
        actual, target = same_type(one.actuals), same_type(one.targets)
        words = _POLICY_WORDS[one.policy]
        words = np.where((one.policy == 0) & (one.weight > nominal), WEIGHT_RAISED, words)
        left_out = np.isnan(one.score)
        points = np.where(left_out, np.where(np.isnan(one.total)[:, None], np.nan, 0.0), one.weight * one.score)
        frames.append(pd.DataFrame({
            "seller_id": sellers[np.repeat(one.members, k)],
            "kpi": np.tile(np.array(one.kpis, dtype=object), n),
            "set": one.code,
            "actual": actual.ravel(),
            "target": target.ravel(),
            "attainment": _attainment(one.actuals, one.targets, one.rules).ravel(),
            "raw_score": one.raw.ravel(),
            "score": one.score.ravel(),
            "weight": np.ravel(one.weight),
            "nominal_weight": nominal.ravel(),
            "points": points.ravel(),
            "policy": words.ravel(),
            "evidence_rows": one.evidence.ravel(),
            "case": one.policy.ravel(),
        }))
    if not frames:
        raise InputError("no KPI set fits anybody, must be one for somebody", where="scheme",
                         fix="Add a set without conditions.")
    return pd.concat(frames, ignore_index=True)


def _with_target_facts(lines: pd.DataFrame, figures: pd.DataFrame) -> pd.DataFrame:
    """Lines with where their targets came from, as far as the figures say so."""
    facts = [column for column in TARGET_FACTS if column in figures]
    if not facts:
        return lines
    known = figures[["seller_id", "kpi", *facts]].assign(seller_id=figures["seller_id"].astype(str))
    return lines.merge(known, on=["seller_id", "kpi"], how="left")


def _attainment(
    actuals: Sequence[NDArray[Any]], targets: Sequence[NDArray[Any]], rules: Sequence[ScoringRule]
) -> Floats:
    columns = []
    for a, t, rule in zip(actuals, targets, rules, strict=True):
        actual, target = (np.asarray(pd.to_numeric(pd.Series(v), errors="coerce"), float) for v in (a, t))
        over, under = (actual, target) if rule.direction == "higher" else (target, actual)
        columns.append(np.divide(over, under, out=np.full(len(over), np.nan), where=under > 0))
    return np.column_stack(columns)


def _totals(
    people: pd.DataFrame, sellers: pd.Index, set_of: NDArray[Any], sets: Sequence[ScoredSet], comparable: Mapping[str, str]
) -> pd.DataFrame:
    score, missing = np.full(len(sellers), np.nan), np.zeros(len(sellers), int)
    for one in sets:
        score[one.members] = one.total
        missing[one.members] = np.isnan(one.score).sum(axis=1)
    totals = people[["name", "org_id", "tier"]].set_axis(sellers)
    totals["set"] = set_of
    totals["score"] = score
    rounded, kin = totals["score"].round(9), totals["set"].map(comparable)
    peers: dict[str, Any] = {"rank": totals["set"], "org_rank": [totals["org_id"], totals["set"]], "company_rank": kin}
    for column, group in peers.items():
        totals[column] = rounded.groupby(group, dropna=False).rank(method="min", ascending=False).astype("Int64")
    for column, group in (("n_ranked", totals["set"]), ("n_comparable", kin)):
        totals[column] = rounded.groupby(group, dropna=False).transform("count").astype("Int64")
    alone = totals["set"].groupby(kin, dropna=False).transform("nunique") < 2
    totals.loc[alone, ["company_rank", "n_comparable"]] = pd.NA
    for column in BAND_COLUMNS:
        gap: Any = np.nan if column.startswith("score") else pd.array([pd.NA] * len(totals), dtype="Int64")
        totals[column] = gap
    totals["n_missing"] = missing
    return totals[list(TOTAL_COLUMNS)]
