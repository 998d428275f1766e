"""What a person sets in the KPI panel and what follows from it; no widget in sight."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets as t

from salesplan.apps.kpi_best_worst import answered, starting_answers, weighed, with_ends
from salesplan.apps.kpi_judgements import from_weights, written
from salesplan.apps.kpi_people import PeopleView
from salesplan.apps.kpi_preview import ScorePreview
from salesplan.errors import InputError, Sentence, known_choices
from salesplan.kpis.kpi_weights import are_on_step, are_weights_of, weigh
from salesplan.kpis.scheme import KpiScheme
from salesplan.kpis.weighing import METHOD_NAMES, Weighing, weigh_kpis
from salesplan.kpis.weighing_material import judgments_of
from salesplan.weighting.ahp import AhpWeights, ahp_weights
from salesplan.weighting.ahp_group import group_ahp_weights
from salesplan.weighting.combination import combine_weights
from salesplan.weighting.direct import direct_weights, split_result_process
from salesplan.weighting.weights import Weights, count_steps

if TYPE_CHECKING:
    from salesplan.findings import Finding
    from salesplan.kpis.library import KpiLibrary
    from salesplan.kpis.parameters import KpiParameters
    from salesplan.kpis.scorecard import Scorecard
    from salesplan.kpis.set_quality import SetQuality
    from salesplan.weighting.best_worst import BestWorstWeights
    from salesplan.weighting.pairwise import PairwiseComparison

GROUP, AGREED = "*group", "*agreed"
"""Where judgements start from: all judges together, or the weights in force; otherwise one judge."""
JUDGED = ("ahp", "ahp_geometric")
BEST_WORST = ("best_worst", "best_worst_nonlinear")
SCREEN_JUDGE = "panel"
"""Whose the judgements are in the parameter file once a slider has been moved."""
ReviewSet = Callable[["Scorecard", Any], "SetQuality"]
KEPT = ("method", "start", "comparison", "is_judged_here", "agreed", "answers", "is_answered")
"""What is remembered of a set while another one is looked at."""
_WHERE = Sentence("KPI panel")


class KpiModel(t.HasTraits):
    """State of the KPI panel: set, method, judgements, weights, and whom of the people is looked at.

    Examples
    --------
    A test moves the model; the view does the same when a slider moves::

        model = KpiModel(data=data, scheme=scheme, parameters=parameters, library=library)
        model.choose_method("ahp")
        model.judge("sales_amount", "visits", 5.0)
        model.scheme["senior"].weights
    """

    set_code = t.Unicode()
    method = t.Unicode("direct")
    start = t.Unicode(GROUP)
    comparison = t.Any()
    is_judged_here = t.Bool(False)
    agreed = t.Dict()
    answers = t.Dict()
    is_answered = t.Bool(False)
    scheme = t.Instance(KpiScheme)
    is_stale = t.Bool(False)

    def __init__(
        self, *, data: Any, scheme: KpiScheme, parameters: "KpiParameters", library: "KpiLibrary",
        weighing: Weighing | None = None, review: ReviewSet | None = None,
    ) -> None:
        super().__init__()
        self.data, self.base, self.library, self.review = data, parameters, library, review
        in_force = restepped(scheme, parameters.weight_step)
        self.in_force = in_force
        self._names = dict(zip(data.people["rep_id"].astype(str), data.people["name"].astype(str), strict=True))
        self._kept: dict[str, dict[str, Any]] = {}
        self._judges: dict[str, dict[str, PairwiseComparison]] = {}
        self.preview = ScorePreview(data, in_force, library, parameters)
        self.people = PeopleView(data, self.preview)
        self._weighings: dict[str, Weighing] = {} if weighing is None else {weighing.set_code: weighing}
        self._found: tuple[KpiScheme, SetQuality | None] | None = None
        self._anchor: tuple[str, dict[str, float]] | None = None
        self.weights: Weights
        self.ahp: AhpWeights | None = None
        self.scheme = in_force
        self._home = parameters.kpi_set or (weighing.set_code if weighing is not None else self._busiest_set())
        self.choose_set(self._home)

    def _busiest_set(self) -> str:
        """The set most people are scored under."""
        before = self.preview.before.totals
        held = before.loc[before["score"].notna(), "set"].value_counts()
        return str(held.index[0]) if len(held) else self.in_force.codes[0]

    @property
    def kpis(self) -> tuple[str, ...]:
        """KPIs of the set looked at."""
        return self.scheme[self.set_code].kpis

    @property
    def weighing(self) -> Weighing:
        """The set looked at, weighed by every method there is material for."""
        if self.set_code not in self._weighings:
            self._weighings[self.set_code] = weigh_kpis(
                self.data, self.in_force, self._given, library=self.library, kpi_set=self.set_code)
        return self._weighings[self.set_code]

    @property
    def _given(self) -> "KpiParameters":
        """The parameters; for a set they are not about, without weights and judgements of their own."""
        if self.set_code == self._home:
            return self.base
        return self.base.with_changes(kpi_set=self.set_code, method="direct", weights={}, judgments={}, best_worst={})

    @property
    def methods(self) -> tuple[str, ...]:
        """Methods that can be chosen: those with material, and judging pairs, which the panel itself does."""
        own = (*JUDGED, *BEST_WORST) if len(self.kpis) > 1 else ()
        return tuple(name for name in METHOD_NAMES if name in self.weighing.weights or name in own)

    @property
    def judges(self) -> dict[str, "PairwiseComparison"]:
        """Each judge's own judgements of the set."""
        if self.set_code not in self._judges:
            weighing = self.weighing
            self._judges[self.set_code] = judgments_of(weighing.material.judgments, weighing.kpis, self._given)[0]
        return self._judges[self.set_code]

    def name_of_judge(self, judge: str) -> str:
        """A judge's name beside the id, where the people of the data know it."""
        name = self._names.get(judge, judge)
        return name if judge in name else f"{name} ({judge})"

    def choose_set(self, code: str) -> None:
        """Look at a KPI set; what was set for another one stays in the scheme."""
        if code not in self.in_force.codes:
            raise InputError(Sentence("set == {given}, must be a set of the scheme", given=repr(code)),
                             where=_WHERE, fix=known_choices(code, self.in_force.codes))
        self.library.pick(self.in_force[code].kpis)
        if self.set_code and self.set_code != code:
            self._kept[self.set_code] = {name: getattr(self, name) for name in KEPT}
        with self.hold_trait_notifications():
            self.set_code, self._anchor = code, None
            if code in self._kept:
                for name, value in self._kept[code].items():
                    setattr(self, name, value)
            else:
                self._begin()
            self.people.choose(set_code=code if code in self.preview.again.sets else "", page=0)
        self.recompute()

    def _begin(self) -> None:
        one, weighing = self.in_force[self.set_code], self.weighing
        direct = weighing.weights["direct"]
        own = one if are_weights_of(one, direct) else weigh(one, direct, step=self.in_force.step)
        self.agreed = dict(own.weights)
        given = self._given.best_worst
        self.is_answered = set(given.get("best_to_others", ())) == set(self.kpis)
        self.answers = dict(given) if self.is_answered else starting_answers(self.agreed)
        self.method = weighing.chosen
        self._load(GROUP if self.judges else AGREED)

    def choose_method(self, method: str) -> None:
        """Take the weights of a method."""
        if method not in self.methods:
            raise InputError(Sentence("method == {given}, must have material for the set", given=repr(method)), where=_WHERE,
                             fix=known_choices(method, self.methods))
        self.method = method
        self.recompute()

    def start_from(self, start: str) -> None:
        """Put the judgements of all judges, of one of them, or those behind the weights in force on the sliders."""
        if start not in (GROUP, AGREED, *self.judges) or (start == GROUP and not self.judges):
            raise InputError(Sentence("start == {given}, must be a judge of the set", given=repr(start)), where=_WHERE)
        self._load(start)
        self.recompute()

    def _load(self, start: str) -> None:
        if len(self.kpis) < 2:
            return
        with self.hold_trait_notifications():
            self.start, self.is_judged_here = start, False
            self.comparison = self._judgements_of(start)

    def _judgements_of(self, start: str) -> "PairwiseComparison":
        if start == AGREED:
            return from_weights(self.in_force[self.set_code].weights)
        if start != GROUP:
            return self.judges[start]
        together = group_ahp_weights(self.judges, aggregation="aij").group
        return together.comparison if together is not None else from_weights(self.in_force[self.set_code].weights)

    def judge(self, first: str, second: str, ratio: float) -> None:
        """Say that the first KPI is so many times as important as the second."""
        changed = self.comparison.changed(first, second, float(ratio))
        with self.hold_trait_notifications():
            self.comparison, self.is_judged_here = changed, True
            if self.method not in (*JUDGED, "combined"):
                self.method = "ahp"
        self.recompute()

    def choose_ends(self, *, best: str = "", worst: str = "") -> None:
        """Say which KPI is the most or the least important; what was answered is carried over."""
        self._answer(with_ends(self.answers, best=best or self.answers["best"], worst=worst or self.answers["worst"]))

    def answer(self, listed: str, kpi: str, times: float) -> None:
        """Say by how much the best KPI is above another, or another above the worst."""
        self._answer(answered(self.answers, listed, kpi, times))

    def _answer(self, answers: dict[str, Any]) -> None:
        self.answers, self.is_answered = answers, True
        self.method = self.method if self.method in BEST_WORST else BEST_WORST[0]
        self.recompute()

    @property
    def best_worst(self) -> "BestWorstWeights | None":
        """What the best-worst answers give by the method chosen; nothing while another method is."""
        return weighed(self.answers, self.kpis, self.method) if self.method in BEST_WORST else None

    def apply_suggestion(self) -> None:
        """Change the judgement that contradicts the others most to what the others say."""
        worst = None if self.ahp is None else self.ahp.worst_triad or self.ahp.best_change
        if worst is None:
            raise InputError(Sentence("the judgements agree, must contradict one another to be mended"), where=_WHERE)
        self.judge(worst.first, worst.second, worst.suggested)

    def move_weight(self, kpi: str, weight: float) -> None:
        """Give a KPI of the set a weight in whole steps; the others share the rest as they stood to one another.

        From between two steps a weight goes to the step that lies in the direction of the move.
        """
        if kpi not in self.kpis:
            raise InputError(Sentence("kpi == '{kpi}', must be a KPI of the set", kpi=kpi), where=_WHERE, fix=known_choices(kpi, self.kpis))
        if len(self.kpis) == 1:
            return
        steps = count_steps(self.scheme.step)
        now, exact = self.agreed[kpi], round(weight * steps, 9)
        whole = round(exact) if are_on_step({kpi: now}, step=self.scheme.step) else math.ceil(exact) if weight > now else int(exact)
        taken = int(np.clip(whole, 1, steps - len(self.kpis) + 1))
        if self._anchor is None or self._anchor[0] != kpi:
            self._anchor = (kpi, dict(self.agreed))
        before = self._anchor[1]
        self.agreed = _share_out(before, kpi, taken, steps)
        self.method = "direct"
        self.recompute()

    def reset(self) -> None:
        """The set back to its weights in force and the method it began with."""
        self._kept.pop(self.set_code, None)
        self.scheme = self.scheme.with_set(self.in_force[self.set_code])
        self.choose_set(self.set_code)

    def recompute(self) -> None:
        """Weights and scheme anew; what was there stays, marked stale, when that fails."""
        self.is_stale = True
        self.ahp = self._ahp()
        found = self._weights()
        in_force = self.in_force[self.set_code]
        scheme = (self.scheme.with_set(in_force) if are_weights_of(in_force, found)
                  else self.scheme.with_weights(self.set_code, found))
        self.weights = found
        if scheme[self.set_code].weights != self.scheme[self.set_code].weights:
            self.scheme = scheme
        self.is_stale = False

    def _ahp(self) -> AhpWeights | None:
        if len(self.kpis) < 2:
            return None
        return ahp_weights(self.comparison, method="geometric_mean" if self.method == "ahp_geometric" else "eigenvector")

    def _weights(self) -> Weights:
        found = self.live_weights(self.method)
        if self.base.result_rule == "hold":
            kinds = self.kinds
            if len({kind == "result" for kind in kinds.values()}) == 2:
                return split_result_process(found, kinds, result_share=self.result_share)
        return found

    @property
    def kinds(self) -> dict[str, str]:
        """Type of each KPI of the set."""
        return {kpi: str(self.library[kpi].type) for kpi in self.kpis}

    @property
    def result_share(self) -> float:
        """What results are meant to weigh in the set."""
        own = self.scheme[self.set_code].result_share
        return self.base.result_share if own is None else own

    @property
    def uses_group(self) -> bool:
        """Whether the judgements are still those the judges gave together."""
        return self.start == GROUP and not self.is_judged_here and "ahp" in self.weighing.weights

    @property
    def rests_on_judgements(self) -> bool:
        """Whether the weights on the screen come from judged pairs, so that their consistency means something."""
        judged = self.is_judged_here or "ahp" in self.weighing.weights
        return self.ahp is not None and (self.method in JUDGED or (self.method == "combined" and judged))

    def live_weights(self, method: str) -> Weights:
        """Weights of a method as the sliders stand now, before rounding."""
        if method == "direct":
            return direct_weights(self.agreed)
        if method in JUDGED:
            return self._judged(method)
        if method in BEST_WORST:
            return weighed(self.answers, self.kpis, method).weights
        if method == "combined":
            judged = self._judged("ahp") if self.rests_on_judgements else None
            base = judged or (self.live_weights(BEST_WORST[0]) if self.is_answered else direct_weights(self.agreed))
            share = self.base.objective_share
            if share == 0:
                return base
            return combine_weights([base, self.weighing.weights[self.base.objective_method]], how="linear",
                                   shares=[1 - share, share])
        return self.weighing.weights[method]

    def _judged(self, method: str) -> Weights:
        if self.uses_group and method in self.weighing.weights:
            return self.weighing.weights[method]
        if self.ahp is not None and self.ahp.method == {"ahp": "eigenvector", "ahp_geometric": "geometric_mean"}[method]:
            return self.ahp.weights
        return ahp_weights(self.comparison, method="geometric_mean" if method == "ahp_geometric" else "eigenvector").weights

    def compared(self) -> dict[str, Weights]:
        """Every method's weights as the sliders stand, in the order methods are shown."""
        asked = [name for name in self.methods if name not in BEST_WORST or self.is_answered or self.method in BEST_WORST]
        return {name: self.live_weights(name) for name in asked}

    @property
    def parameters(self) -> "KpiParameters":
        """Parameters as the panel stands, for the file a report run reads.

        Raises
        ------
        ParameterError
            They contradict one another.
        """
        direct = dict(self.agreed) if self.agreed != self.in_force[self.set_code].weights else {}
        own = self.is_judged_here or self.start not in (GROUP, AGREED) or (self.start == AGREED and self.method in JUDGED)
        given = self._given
        judgments: Mapping[str, Any] = given.judgments
        if own and self.comparison is not None:
            judgments = {SCREEN_JUDGE: written(self.comparison)}
        return given.with_changes(kpi_set=self.set_code, method=self.method, weights=direct, judgments=judgments,
                                  best_worst=self.answers if self.is_answered or self.method in BEST_WORST else {})

    def card(self) -> "Scorecard":
        """The scorecard under the scheme on the screen, with bands."""
        return self.preview.card(self.scheme)

    def shown_card(self) -> "Scorecard":
        """The same for the people the reader may see, to be taken away."""
        return self.card().restricted_to(self.data.shown) if "is_shown" in self.data.profiles else self.card()

    def quality(self) -> "SetQuality | None":
        """What speaks for and against the scheme on the screen; worked out once for each scheme."""
        if self.review is None:
            return None
        if self._found is None or self._found[0] is not self.scheme:
            self._found = (self.scheme, self.review(self.card(), self.data))
        return self._found[1]

    def findings(self) -> "list[Finding]":
        """Findings about judgments, weights, scores and the set on the screen."""
        from salesplan.kpis.reviewing import review_kpis

        found = self.quality()
        if found is None:
            return []
        shown = replace(self.weighing, weights=self.compared(), chosen=self.method)
        return review_kpis(shown, self.card(), found, library=self.library, names=self._names)


def restepped(scheme: KpiScheme, step: float) -> KpiScheme:
    """The scheme with its weights in other steps; the scheme itself when the step is its own.

    A set that lost KPIs without data and holds its weights in proportion, off the step, keeps them.
    """
    if abs(scheme.step - step) < 1e-12:
        return scheme
    sets = [(weigh(one, one.weights, step=step) if are_on_step(one.weights, step=scheme.step) else one).to_dict()
            for one in scheme.sets]
    return KpiScheme.from_dict({**scheme.to_dict(), "step": step, "sets": sets})


def _share_out(before: Mapping[str, float], kpi: str, taken: int, steps: int) -> dict[str, float]:
    """Weights with one KPI at so many steps and the others in their old proportions, each at least a step."""
    from salesplan.weighting.weights import round_weights

    others = {name: weight for name, weight in before.items() if name != kpi}
    total = sum(others.values())
    left = steps - taken
    shares = round_weights({name: weight / total for name, weight in others.items()}, step=1 / left, minimum=1 / left)
    return {name: taken / steps if name == kpi else round(float(shares[name]) * left) / steps for name in before}
