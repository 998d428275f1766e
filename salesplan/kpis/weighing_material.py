"""What the weighting methods work on: judgments of people, and what sellers reached over the past months."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from salesplan.errors import InputError
from salesplan.kpis.kpi_sets import KpiSet
from salesplan.kpis.library import KpiLibrary
from salesplan.kpis.parameters import KpiParameters, ratio_of
from salesplan.kpis.scheme import KpiScheme
from salesplan.text import mark
from salesplan.weighting.importance import RelativeImportance, relative_importance
from salesplan.weighting.pairwise import PairwiseComparison, pairwise_from
from salesplan.weighting.weights import Note

LEAST_PEOPLE, LEAST_MONTHS, PEOPLE_A_PREDICTOR, MOST_PREDICTORS = 10, 6, 10, 12
LEADERS = ("manager", "director")
OWN_WORK = ("contact", "training")
"""Views of what sellers do themselves; what comes of it (deals) stands between the work and the result."""
SAME = 0.9
"""A KPI of which the others explain more than this (variance inflation 10) says nothing of its own."""
OTHER_KPIS = mark("{judge}: {n} {n:judgment is|judgments are} of KPIs outside the set and {n:is|are} left aside.")
UNREAD = mark("{n} pairwise {n:judgment|judgments} of the workspace {n:has|have} no readable answer and {n:counts|count} as not given.")
LEFT_OUT = mark("Relative importance leaves out {names}: the other KPIs say the same, or people do not differ in them.")
TOO_MANY = mark("Relative importance leaves out {names}: {n_sellers} people carry about {n_predictors} KPIs.")
NO_HISTORY = mark("{method_msgid}: not computed, there is no history of {names}.")
FEW_PEOPLE = mark("{method_msgid}: not computed, {n} {n:person has|people have} all figures and {n_least} are needed.")
LOG_OUTCOME = mark("Results are compared by ratio (logarithms), so that one large seller does not decide.")


@dataclass(frozen=True, kw_only=True, eq=False)
class Material:
    """Figures and judgments for one KPI set.

    ``figures`` holds people x KPIs: the mean over the months of history (ratio of sums for rates), for people with
    at least six months; ``group`` the people who are under the set; ``sellers`` those who sell themselves (no leaders,
    whose figures are their team's) and were there all the months: people in a ramp sell less whatever they do.
    """

    figures: pd.DataFrame
    group: pd.Index
    sellers: pd.Index
    judgments: pd.DataFrame
    set_kpis: tuple[str, ...]
    scheme_kpis: tuple[str, ...]
    notes: tuple[Note, ...] = field(default=())

    @classmethod
    def of(
        cls, data: Any, one: KpiSet, scheme: KpiScheme, parameters: KpiParameters, library: KpiLibrary
    ) -> "Material":
        """Collect the material of a set from loaded KPI data."""
        judgments = _judgment_frame(data, one, scheme)
        figures = usual_figures(data.history, library, months=parameters.history_months)
        members = scheme.sets_of(data.profiles, data.label)
        people = pd.Index(data.profiles["seller_id"].astype(str)[members.to_numpy() == one.code])
        return cls(figures=figures, group=figures.index.intersection(people, sort=False), judgments=judgments,
                   sellers=figures.index.intersection(_settled_sellers(data.profiles, parameters.history_months)),
                   set_kpis=one.kpis, scheme_kpis=scheme.kpis)


def _settled_sellers(profiles: pd.DataFrame, months: int) -> pd.Index:
    kept = pd.Series(True, index=profiles.index)
    if "role" in profiles:
        kept &= ~profiles["role"].isin(LEADERS)
    if "tenure_months" in profiles:
        kept &= ~(profiles["tenure_months"].astype(float) < months)
    return pd.Index(profiles["seller_id"].astype(str)[kept])


def usual_figures(history: pd.DataFrame, library: KpiLibrary, *, months: int) -> pd.DataFrame:
    """What each person usually reaches in a month: people x KPIs.

    Parameters
    ----------
    history
        seller_id, kpi, month, numerator, denominator, actual.
    months
        Only the newest so many months.

    Returns
    -------
    DataFrame; rates are the ratio of the sums over the months, everything else the mean of the months. People with
    fewer than six months of any figure are left out.

    Examples
    --------
    >>> from salesplan.kpis.library import load_library
    >>> h = pd.DataFrame({"seller_id": "a", "kpi": "visits", "month": pd.period_range("2026-01", periods=6, freq="M"),
    ...                   "numerator": [4.0, 5, 6, 5, 4, 6], "denominator": np.nan, "actual": [4.0, 5, 6, 5, 4, 6]})
    >>> usual_figures(h, load_library(), months=12).to_dict()
    {'visits': {'a': 5.0}}
    """
    known = history[history["kpi"].isin(list(library.codes))]
    if known.empty:
        return pd.DataFrame(index=pd.Index([], name="seller_id"))
    newest = known["month"].max()
    known = known[known["month"] > newest - months]
    present = known[known["actual"].notna()].groupby("seller_id")["month"].nunique()
    known = known[known["seller_id"].map(present).fillna(0) >= LEAST_MONTHS]
    sums = known.groupby(["seller_id", "kpi"]).agg(
        numerator=("numerator", "sum"), denominator=("denominator", "sum"), actual=("actual", "mean")).reset_index()
    ratio = sums["kpi"].map({k: library[k].denominator is not None for k in sums["kpi"].unique()}).to_numpy(bool)
    times = sums["kpi"].map({k: library[k].times for k in sums["kpi"].unique()}).to_numpy(float)
    rate = times * sums["numerator"] / sums["denominator"].where(sums["denominator"] > 0)
    sums["value"] = sums["actual"].where(~ratio, rate)
    return sums.pivot_table(index="seller_id", columns="kpi", values="value").rename_axis(columns=None)


def _judgment_frame(data: Any, one: KpiSet, scheme: KpiScheme) -> pd.DataFrame:
    judgments = getattr(data, "judgments", None)
    if judgments is None or not len(judgments):
        return pd.DataFrame(columns=["judge_id", "kpi_a", "kpi_b", "ratio"])
    called = {one.code, one.name.zh, one.name.en}
    own = judgments[judgments["kpi_set"].isin(called)]
    if own.empty:  # a questionnaire for the whole company serves every set
        own = judgments[judgments["kpi_set"].isin(["*", "all", scheme.name])]
    return own


def judgments_of(
    judgments: pd.DataFrame, kpis: Sequence[str], parameters: KpiParameters
) -> tuple[dict[str, PairwiseComparison], list[Note]]:
    """Each judge's comparison of the set's KPIs: the parameters' where given, else the workspace's.

    Raises
    ------
    InputError
        A judge gives two answers to one question that do not fit; judge and pair are named.
    """
    given: dict[str, dict[str, Any]] = {judge: dict(pairs) for judge, pairs in parameters.judgments.items()}
    if not given:
        readable = judgments[judgments["ratio"].notna()]
        for row in readable.itertuples(index=False):
            given.setdefault(str(row.judge_id), {})[f"{row.kpi_a}/{row.kpi_b}"] = float(str(row.ratio))
    judges: dict[str, PairwiseComparison] = {}
    notes: list[Note] = []
    if not parameters.judgments and (unread := int(judgments["ratio"].isna().sum())):
        notes.append({"msgid": UNREAD, "details": {"n": unread}})
    for judge, pairs in given.items():
        own = {pair: ratio for pair, ratio in pairs.items()
               if {part.strip() for part in pair.split("/")} <= set(kpis)}
        if len(own) < len(pairs):
            notes.append({"msgid": OTHER_KPIS, "details": {"judge": judge, "n": len(pairs) - len(own)}})
        if own:
            _check_ratios(judge, own)
            judges[judge] = pairwise_from(own, list(kpis))
    return judges, notes


def _check_ratios(judge: str, pairs: Mapping[str, Any]) -> None:
    for pair, ratio in pairs.items():
        if ratio_of(ratio) is None:
            raise InputError(f"ratio == {ratio!r}, must be above 0 such as 3 or 1/3", where=f"judge {judge}, {pair}")


def spread_of(
    material: Material, kpis: Sequence[str], library: KpiLibrary
) -> tuple[pd.DataFrame | None, dict[str, int], Note]:
    """The people x KPIs table for weights from spread, the directions, and a note why there is none."""
    directions = {kpi: 1 if library[kpi].direction == "higher" else -1 for kpi in kpis}
    absent = [kpi for kpi in kpis if kpi not in material.figures]
    if absent:
        return None, directions, {"msgid": NO_HISTORY, "details": {"names": _named(absent, library)}}
    table = material.figures.loc[material.group, list(kpis)].dropna()
    if len(table) < LEAST_PEOPLE:
        return None, directions, {"msgid": FEW_PEOPLE, "details": {"n": len(table), "n_least": LEAST_PEOPLE}}
    return table, directions, {}


def importance_of(material: Material, parameters: KpiParameters, library: KpiLibrary) -> RelativeImportance:
    """How much of the differences between people in a result goes with which process KPI.

    Everybody who sells and was there all the months counts, not only the people of the set: the question is about
    the work. Leaders and people in their ramp are left out, since their figures differ for other reasons.
    """
    outcome_name = parameters.importance_outcome
    figures = material.figures.loc[material.sellers]
    if outcome_name not in figures:
        raise InputError(f"importance_outcome == {outcome_name!r}, has no history")
    names, notes = _predictors(material, parameters, library)
    table = figures[[*names, outcome_name]].dropna()
    if len(table) < LEAST_PEOPLE:
        raise InputError(f"{len(table)} people have all figures, must be at least {LEAST_PEOPLE}")
    outcome = table.pop(outcome_name)
    if library[outcome_name].unit == "money" and (outcome > 0).all():
        outcome = pd.Series(np.log(outcome), name=outcome_name)
        notes.append({"msgid": LOG_OUTCOME, "details": {}})
    result = relative_importance(table, outcome, method=parameters.importance_method, coverage=parameters.coverage,
                                 seed=parameters.seed)
    return replace(result, caveats=(*result.caveats, *notes))


def _predictors(
    material: Material, parameters: KpiParameters, library: KpiLibrary
) -> tuple[list[str], list[Note]]:
    figures, outcome = material.figures.loc[material.sellers], parameters.importance_outcome
    if parameters.process_kpis:
        absent = [kpi for kpi in parameters.process_kpis if kpi not in figures]
        if absent:
            raise InputError(f"process_kpis == {absent}, have no history", fix=f"With history: {', '.join(map(str, figures.columns))}.")
        return list(parameters.process_kpis), []
    own_work = [kpi for kpi in library.codes if library[kpi].numerator.source in OWN_WORK]
    wanted = [*material.set_kpis, *material.scheme_kpis, *own_work, *library.codes]
    people = figures[outcome].notna().sum()
    found: list[str] = []
    alike: list[str] = []
    for kpi in dict.fromkeys(wanted):
        if kpi not in figures or kpi == outcome or library[kpi].type == "result":
            continue
        values = figures[kpi]
        if values.notna().sum() < 0.9 * people:
            continue
        told = values.nunique() < 3 or _explained(figures, kpi, found) > SAME
        (alike if told else found).append(kpi)
    most = min(MOST_PREDICTORS, int(people) // PEOPLE_A_PREDICTOR)
    notes: list[Note] = []
    if alike:
        notes.append({"msgid": LEFT_OUT, "details": {"names": _named(alike, library)}})
    if len(found) > most:
        notes.append({"msgid": TOO_MANY, "details": {"names": _named(found[most:], library), "n_sellers": int(people),
                                                     "n_predictors": most}})
    if len(found[:most]) < 2:
        raise InputError(f"{len(found[:most])} process KPIs have history, must be at least 2")
    return found[:most], notes


def _explained(figures: pd.DataFrame, kpi: str, others: list[str]) -> float:
    """R-squared of one KPI on others, over the people who have all of them."""
    table = figures[[*others, kpi]].dropna()
    if not others or len(table) <= len(others) + 1:
        return 0.0
    y = table[kpi].to_numpy(float)
    x = np.column_stack([np.ones(len(table)), table[others].to_numpy(float)])
    left = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    spread = ((y - y.mean()) ** 2).sum()
    return float(1 - (left**2).sum() / spread) if spread > 0 else 1.0


def _named(kpis: Sequence[str], library: KpiLibrary) -> list[dict[str, str]]:
    return [library[kpi].name.model_dump() for kpi in kpis]
