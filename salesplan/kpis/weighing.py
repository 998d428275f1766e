"""One KPI set weighed by every method there is material for, side by side, each with what it cannot say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pandas as pd

from salesplan.errors import InputError, ParameterError, Sentence, known_choices
from salesplan.kpis.kpi_sets import KpiSet
from salesplan.kpis.kpi_weights import are_weights_of
from salesplan.kpis.library import KpiLibrary
from salesplan.kpis.parameters import KpiParameters
from salesplan.kpis.scheme import KpiScheme
from salesplan.kpis.weighing_material import Material, importance_of, judgments_of, spread_of
from salesplan.text import mark, say
from salesplan.weighting.ahp import AhpMethod
from salesplan.weighting.ahp_group import GroupAhpWeights, group_ahp_weights
from salesplan.weighting.best_worst import BestWorstWeights, best_worst_weights
from salesplan.weighting.combination import combine_weights
from salesplan.weighting.direct import direct_weights, split_result_process
from salesplan.weighting.importance import RelativeImportance
from salesplan.weighting.objective import MethodName, objective_weights
from salesplan.weighting.weights import Note, Weights

METHOD_NAMES: Final[dict[str, str]] = {
    "direct": mark("Agreed weights"),
    "ahp": mark("AHP"),
    "ahp_geometric": mark("AHP, geometric mean"),
    "best_worst": mark("Best-worst"),
    "best_worst_nonlinear": mark("Best-worst, non-linear"),
    "importance": mark("Relative importance"),
    "entropy": mark("Entropy"),
    "critic": mark("CRITIC"),
    "standard_deviation": mark("Standard deviation"),
    "variation": mark("Coefficient of variation"),
    "merec": mark("MEREC"),
    "pca": mark("Principal components"),
    "combined": mark("Judged and measured, combined"),
}
"""Method -> what it is called; the order in which methods are shown."""

SPREAD_METHODS: Final[tuple[MethodName, ...]] = ("entropy", "critic", "standard_deviation", "variation", "merec", "pca")
UNAVAILABLE = mark("{method_msgid}: not computed. {reason}")
NO_JUDGMENTS = mark("{method_msgid}: not computed, no pairwise judgments are given for this set.")
NOT_ALL_PROCESS = mark("{method_msgid}: not computed, not every process KPI of the set could be compared with the result.")
NO_SPREAD = mark("{method_msgid}: not computed, the weights from the spread of the data are missing.")
SCALED = mark("Result KPIs are held at {result_share} of the weight, process KPIs share the rest.")
BOOTSTRAPS = 300


@dataclass(frozen=True, kw_only=True, eq=False)
class Weighing:
    """The weights of one KPI set by several methods.

    Attributes
    ----------
    set_code, kpis
        The set and its KPIs, in order.
    weights
        Method -> `Weights`; only methods with material.
    chosen
        The method asked for.
    notes
        What to know before using any of them: caveats of each method, and why others are missing.
    """

    set_code: str
    kpis: tuple[str, ...]
    weights: Mapping[str, Weights]
    chosen: str
    step: float
    ahp: GroupAhpWeights | None = None
    best_worst: BestWorstWeights | None = None
    importance: RelativeImportance | None = None
    notes: tuple[Note, ...] = ()
    material: Material = field(repr=False, kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", dict(self.weights))
        object.__setattr__(self, "notes", tuple(self.notes))
        if self.chosen not in self.weights:
            raise InputError(f"method == {self.chosen!r}, must be one with material", where=f"KPI set {self.set_code}",
                             fix=known_choices(self.chosen, list(self.weights)))
        for name, weights in self.weights.items():
            if weights.names != self.kpis:
                raise InputError(f"weights of {name} are of {weights.names}, must be of {self.kpis}")

    @property
    def agreed(self) -> Weights:
        """The chosen weights, rounded to the step."""
        return self.weights[self.chosen].rounded(self.step, minimum=self.step)

    def scheme(self, scheme: KpiScheme) -> KpiScheme:
        """The scheme with the chosen weights in this set; the scheme itself where these are its weights already."""
        if are_weights_of(scheme[self.set_code], self.weights[self.chosen]):
            return scheme
        return scheme.with_weights(self.set_code, self.agreed)

    def to_frame(self) -> pd.DataFrame:
        """Long form: method, method_msgid, kpi, weight, weight_lower, weight_upper, is_chosen."""
        frames = [
            weights.to_frame().rename(columns={"name": "kpi"}).assign(
                method=name, method_msgid=METHOD_NAMES[name], is_chosen=name == self.chosen)
            for name, weights in self.weights.items()
        ]
        columns = ["method", "method_msgid", "kpi", "weight", "weight_lower", "weight_upper", "is_chosen"]
        return pd.concat(frames, ignore_index=True)[columns]

    def table(self) -> pd.DataFrame:
        """Methods x KPIs."""
        return pd.DataFrame({name: weights.to_series() for name, weights in self.weights.items()}).T

    def caveats(self, method: str | None = None) -> tuple[Note, ...]:
        """What one method cannot say; the chosen one by default."""
        return self.weights[method or self.chosen].caveats


def weigh_kpis(
    data: Any, scheme: KpiScheme, parameters: KpiParameters, *, library: KpiLibrary, kpi_set: str = ""
) -> Weighing:
    """What should each KPI of a set weigh, by judgment, by what moves results, and by spread?

    Parameters
    ----------
    data
        ``profiles``, ``history`` (months of figures), ``judgments``: what `load_kpi_data` gives.
    scheme
        The scheme in force; its set gives the KPIs and the agreed weights.
    parameters
        Method, judgments, best and worst, shares, step, seed.
    kpi_set
        Code of the set; by default the parameters', else the one most people are under.

    Raises
    ------
    InputError, ParameterError
        Unknown set, weights of other KPIs, or no material for the method that is asked for; material missing for
        other methods is a note.
    """
    code = kpi_set or parameters.kpi_set or largest_set(data, scheme, library)
    one = scheme[code]
    material = Material.of(data, one, scheme, parameters, library)
    found, missing = _Found(), list(material.notes)
    found.weights["direct"] = _direct(one, parameters)
    for attempt in (_judged, _best_worst, _important, _spread):
        missing += attempt(found, one, material, parameters, library)
    missing += _combined(found, parameters)
    chosen = parameters.method
    if chosen not in found.weights:
        why = next((say(note["msgid"], "en", **{**note["details"], "method_msgid": chosen}) for note in missing
                    if note["details"].get("method_msgid") == METHOD_NAMES[chosen]), "")
        raise ParameterError(Sentence("method == {method}, has no material for set {set}", method=repr(chosen), set=code),
                             where=Sentence("{subject} parameters", subject=Sentence("KPI weighting")),
                             fix=why or known_choices(chosen, list(found.weights)))
    weights = {name: _named(found.weights[name], library) for name in METHOD_NAMES if name in found.weights}
    if parameters.result_rule == "hold":
        kinds = {kpi: str(library[kpi].type) for kpi in one.kpis}
        if len({kind == "result" for kind in kinds.values()}) == 2:
            share = _result_share(one, parameters)
            weights[chosen] = split_result_process(weights[chosen], kinds, result_share=share)
            missing.append({"msgid": SCALED, "details": {"result_share": share}})
    return Weighing(set_code=code, kpis=one.kpis, weights=weights, chosen=chosen, step=parameters.weight_step,
                    ahp=found.ahp, best_worst=found.best_worst, importance=found.importance, notes=_spoken(missing, library),
                    material=material)


def largest_set(data: Any, scheme: KpiScheme, library: KpiLibrary) -> str:
    """The set most people are scored under in the data's period; the first of the scheme where nobody is under any."""
    members = scheme.sets_of(data.profiles, data.label).dropna()
    scored = [one.code for one in scheme.readable_sets(library)] or list(scheme.codes)
    return str(members.value_counts().reindex(scored).fillna(0).idxmax())


def _result_share(one: KpiSet, parameters: KpiParameters) -> float:
    """What results are to weigh together: the set's own share where it states one."""
    return parameters.result_share if one.result_share is None else one.result_share


def _named(weights: Weights, library: KpiLibrary) -> Weights:
    return replace(weights, caveats=_spoken(weights.caveats, library))


def _spoken(notes: Sequence[Note], library: KpiLibrary) -> tuple[Note, ...]:
    """Notes that call KPIs by the names people know instead of their codes."""

    def said(value: Any) -> Any:
        if isinstance(value, str) and value in library:
            return library[value].name.model_dump()
        return [said(part) for part in value] if isinstance(value, list | tuple) else value

    return tuple({**note, "details": {name: said(value) for name, value in note["details"].items()}} for note in notes)


@dataclass
class _Found:
    """What the methods gave so far."""

    weights: dict[str, Weights] = field(default_factory=dict)
    ahp: GroupAhpWeights | None = None
    best_worst: BestWorstWeights | None = None
    importance: RelativeImportance | None = None


def _unavailable(method: str, reason: str = "", *, msgid: str = UNAVAILABLE, **details: Any) -> Note:
    more = {"reason": reason} if reason else {}
    return {"msgid": msgid, "details": {"method_msgid": METHOD_NAMES[method], **more, **details}}


def _direct(one: KpiSet, parameters: KpiParameters) -> Weights:
    given = parameters.weights or one.weights
    if set(given) != set(one.kpis):
        other = sorted(set(given) ^ set(one.kpis))
        raise ParameterError(f"weights are of {sorted(given)}, must be of the KPIs of set {one.code}",
                             where=", ".join(other), fix=f"KPIs: {', '.join(one.kpis)}.")
    return direct_weights({kpi: float(given[kpi]) for kpi in one.kpis})


def _judged(
    found: _Found, one: KpiSet, material: Material, parameters: KpiParameters, library: KpiLibrary
) -> list[Note]:
    judges, notes = judgments_of(material.judgments, one.kpis, parameters)
    if not judges:
        return [*notes, _unavailable("ahp", msgid=NO_JUDGMENTS)]
    ways: tuple[tuple[AhpMethod, str], ...] = (("eigenvector", "ahp"), ("geometric_mean", "ahp_geometric"))
    for method, name in ways:
        try:
            group = group_ahp_weights(judges, aggregation=parameters.group_aggregation, method=method)
        except InputError as error:
            notes.append(_unavailable(name, str(error)))
            continue
        found.weights[name] = group.weights
        if name == "ahp":
            found.ahp = group
    return notes


def _best_worst(
    found: _Found, one: KpiSet, material: Material, parameters: KpiParameters, library: KpiLibrary
) -> list[Note]:
    given = parameters.best_worst
    if not given:
        return []
    notes = []
    for name in ("best_worst", "best_worst_nonlinear"):
        try:
            result = best_worst_weights(
                _of_set(given["best_to_others"], one.kpis), _of_set(given["others_to_worst"], one.kpis),
                model="nonlinear" if name.endswith("nonlinear") else "linear", best=given["best"], worst=given["worst"])
        except InputError as error:
            notes.append(_unavailable(name, str(error)))
            continue
        found.weights[name] = result.weights
        if found.best_worst is None or name == parameters.method:
            found.best_worst = result
    return notes


def _of_set(given: Mapping[str, float], kpis: Sequence[str]) -> dict[str, float]:
    unknown = [kpi for kpi in given if kpi not in kpis]
    absent = [kpi for kpi in kpis if kpi not in given]
    if unknown or absent:
        raise InputError(f"judgments are of {sorted(given)}, must be of {sorted(kpis)}", where=", ".join(unknown + absent))
    return {kpi: given[kpi] for kpi in kpis}


def _important(
    found: _Found, one: KpiSet, material: Material, parameters: KpiParameters, library: KpiLibrary
) -> list[Note]:
    """Process KPIs by what they go with, results by their agreed weights."""
    try:
        result = importance_of(material, parameters, library)
    except InputError as error:
        return [_unavailable("importance", str(error))]
    found.importance = result
    notes: list[Note] = [dict(note) for note in result.caveats]
    process = [kpi for kpi in one.kpis if library[kpi].type != "result"]
    results = [kpi for kpi in one.kpis if kpi not in process]
    explained = {kpi: result.weights[kpi] for kpi in process if kpi in result.weights.names}
    if len(explained) < len(process) or not process or not results or sum(explained.values()) <= 0:
        return [*notes, _unavailable("importance", msgid=NOT_ALL_PROCESS)]
    agreed = found.weights["direct"]
    points = explained | {kpi: agreed[kpi] for kpi in results}
    shares = {kpi: points[kpi] / sum(points[k] for k in group) for group in (process, results) for kpi in group}
    kinds = {kpi: str(library[kpi].type) for kpi in one.kpis}
    halves = direct_weights({kpi: shares[kpi] for kpi in one.kpis})
    weights = split_result_process(halves, kinds, result_share=_result_share(one, parameters))
    found.weights["importance"] = Weights(names=one.kpis, values=weights.values, method=METHOD_NAMES["importance"],
                                          caveats=tuple(result.caveats),
                                          measured_share=float(sum(weights[kpi] for kpi in process)))
    return notes


def _spread(
    found: _Found, one: KpiSet, material: Material, parameters: KpiParameters, library: KpiLibrary
) -> list[Note]:
    notes: list[Note] = []
    table, directions, why = spread_of(material, one.kpis, library)
    for name in SPREAD_METHODS:
        if table is None:
            notes.append({"msgid": why["msgid"], "details": {"method_msgid": METHOD_NAMES[name], **why["details"]}})
            continue
        try:
            found.weights[name] = objective_weights(
                table, method=name, directions=directions, bootstraps=BOOTSTRAPS,
                coverage=parameters.coverage, seed=parameters.seed)
        except InputError as error:
            notes.append(_unavailable(name, str(error)))
    return notes


def _combined(found: _Found, parameters: KpiParameters) -> list[Note]:
    judged = next(name for name in ("ahp", "best_worst", "direct") if name in found.weights)
    measured = found.weights.get(parameters.objective_method)
    if measured is None:
        return [_unavailable("combined", msgid=NO_SPREAD)]
    share = parameters.objective_share
    if share == 0:
        found.weights["combined"] = found.weights[judged]
        return []
    found.weights["combined"] = combine_weights([found.weights[judged], measured], how="linear", shares=[1 - share, share])
    return []
