"""Did the training work? Trained people against comparable people without it, with the misleading figures beside."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from salesplan.coaching.cluster_robust import Coefficient
from salesplan.coaching.effect_estimates import METHODS, Comparison, EffectErrors, compare_people, estimate_effect
from salesplan.coaching.effect_frame import check_effect_frame
from salesplan.errors import InputError, known_choices
from salesplan.text import mark

Verdict = Literal["works", "no_sign", "harmful", "cannot_tell"]
EffectMethod = Literal["auto", "ancova", "did", "bracket"]

FEWEST = 5
"""With fewer people trained, or beside them for comparison, there is no verdict."""
FEWEST_TEAMS = 2
"""With fewer teams trained, or beside them, a whole team's luck cannot be told from the training."""

VERDICTS: dict[str, str] = {
    "works": mark("The training works"),
    "no_sign": mark("No sign of an effect"),
    "harmful": mark("The training did harm"),
    "cannot_tell": mark("Cannot tell"),
}
"""Verdict -> its words."""

MESSAGES: dict[str, str] = {
    "works": mark(
        "{n_trained} trained people did {effect_change} better than without the course ({effect_lower_change} to"
        " {effect_upper_change})."
    ),
    "no_sign": mark(
        "{n_trained} trained people show no effect worth the name: it lies between {effect_lower_change} and"
        " {effect_upper_change}, below the {least_share} that would be worth having."
    ),
    "harmful": mark(
        "{n_trained} trained people did worse than without the course: {effect_change} ({effect_lower_change} to"
        " {effect_upper_change})."
    ),
    "cannot_tell": mark(
        "Too little to tell whether the course works: the effect may lie anywhere between {effect_lower_change} and"
        " {effect_upper_change}; only {smallest_change} or more could have been seen with these {n_trained} trained people."
    ),
}
"""Verdict -> sentence; details in `TrainingEffect.details`."""
LOWER_MESSAGES: dict[str, str] = {
    "works": mark(
        "{n_trained} trained people came {effect_change} against what they would have had without the course"
        " ({effect_lower_change} to {effect_upper_change}); less is better here."
    ),
    "harmful": mark(
        "{n_trained} trained people came {effect_change} against what they would have had without the course"
        " ({effect_lower_change} to {effect_upper_change}), and less would be better."
    ),
}
"""The same where a lower figure is the better one."""
NOT_BY_LOT = mark(
    "Too little to tell whether the course works: the effect may lie anywhere between {effect_lower_change} and"
    " {effect_upper_change}. The {n_trained} trained people were not drawn by lot; only a roll-out drawn by lot could tell"
    " more surely."
)
NO_SHARE = mark(
    "Too little to tell whether the course works: in the unit of the figure the effect may lie anywhere between {lower_value}"
    " and {upper_value}."
)
HOPELESS = mark("Too few people or teams to tell whether the course works, however large its effect.")

BRACKET = mark(
    "Who was trained was not drawn by lot. If people were picked for low figures, the comparison of people who started"
    " alike is right; if trained people have always been weaker, the comparison of changes is. The truth usually lies"
    " between the two, and the verdict counts only what both say."
)
DRIFT = mark(
    "Before and after says {naive_value}, but {drift_value} of it came to the others too and {return_value} is the return of"
    " low figures to their usual level."
)
NO_TEAMS = mark("Teams are not known; what a team's people have in common is not in the intervals.")
WHOLE_TEAMS = mark("Whole teams were trained: chance is that of {n_teams} teams, not of {n} people.")
FEW = mark("Fewer than {n_least} people trained or beside them: no verdict.")
FEW_TEAMS = mark("Fewer than {n_least} teams trained or beside them: the luck of a team cannot be told from the training.")
EARLIER_TREND = mark(
    "The trained and the others were already moving apart before the course (p = {p_value}); a comparison of changes takes"
    " that for an effect."
)
APART = mark(
    "Before the course the trained lay {difference_value} standard deviations from the others; so far apart, the answer rests on"
    " the straight line between before and after."
)
DISAGREE = mark("The two fair comparisons point in opposite directions; neither can be believed alone.")
SPILL = mark("Colleagues who learn from the trained make an effect look smaller, shifted orders make it look larger.")


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainingEffect:
    """One course, judged.

    ``table``: one row an estimate: method, method_msgid, effect with lower and upper, se, degrees, p_value,
    is_naive (shown as the wrong figure), counts (whether the verdict rests on it). ``effect`` is the cautious one of
    those that count, its interval holds theirs. ``effect_share`` is relative to ``expected``, what the trained would have
    reached without the course. ``smallest_effect`` could have been seen with ``power``: known only when drawn by lot
    (missing otherwise: the two comparisons that must agree differ by more than chance), infinite where there are too few
    people or teams for any verdict. ``gain`` of the trained is ``drift`` + ``regression_to_mean`` + effect by ANCOVA,
    exactly when compared in one group.
    """

    verdict: Verdict
    table: pd.DataFrame
    effect: float
    effect_lower: float
    effect_upper: float
    p_value: float
    smallest_effect: float
    expected: float
    mean_trained: float
    gain: float
    drift: float
    regression_to_mean: float
    start_difference: float
    n_trained: int
    n_comparison: int
    n_teams: int
    unit: str
    randomised: bool
    lower_is_better: bool = False
    least_share: float = 0.05
    coverage: float = 0.95
    power: float = 0.8
    notes: tuple[dict[str, Any], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", self.table.copy())
        object.__setattr__(self, "notes", tuple(self.notes))
        if self.verdict not in VERDICTS:
            raise InputError(f"verdict == {self.verdict!r}", fix=known_choices(self.verdict, VERDICTS))
        if self.effect_lower > self.effect or self.effect_upper < self.effect:
            raise InputError(f"interval is {self.effect_lower:g} to {self.effect_upper:g}, must hold {self.effect:g}",
                             where="TrainingEffect")

    def share(self, effect: float) -> float:
        """An effect relative to what the trained would have reached without it; missing where that is not positive."""
        without = self.mean_trained - effect
        return effect / without if np.isfinite(effect) and without > 0 else np.nan

    @property
    def effect_share(self) -> float:
        """The effect as a fraction of what the trained would have reached without the course."""
        return self.share(self.effect)

    @property
    def smallest_share(self) -> float:
        """The smallest effect that could have been seen, as a fraction of what is expected without the course."""
        return self.smallest_effect / self.expected if self.expected > 0 else np.nan

    @property
    def message(self) -> str:
        """Marked sentence of the verdict."""
        if self.verdict == "cannot_tell":
            if np.isinf([self.effect_lower, self.effect_upper, self.smallest_effect]).any():
                return HOPELESS
            if not np.isfinite([self.share(self.effect_lower), self.share(self.effect_upper)]).all():
                return NO_SHARE
            if not np.isfinite(self.smallest_share):
                return NOT_BY_LOT
        return (LOWER_MESSAGES if self.lower_is_better else {}).get(self.verdict, MESSAGES[self.verdict])

    @property
    def details(self) -> dict[str, Any]:
        """Values of `message`."""
        return {
            "n_trained": self.n_trained, "n_comparison": self.n_comparison, "effect_change": self.effect_share,
            "effect_lower_change": self.share(self.effect_lower), "effect_upper_change": self.share(self.effect_upper),
            "least_share": self.least_share, "smallest_change": self.smallest_share,
            "lower_value": self.effect_lower, "upper_value": self.effect_upper,
        }  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row an estimate, the misleading ones last."""
        return self.table.copy()

    def summary(self) -> pd.DataFrame:
        """One row: verdict, effect with interval, smallest effect that could have been seen, people and teams."""
        return pd.DataFrame([{
            "verdict": self.verdict, "effect": self.effect, "effect_lower": self.effect_lower,
            "effect_upper": self.effect_upper, "effect_share": self.effect_share, "p_value": self.p_value,
            "smallest_effect": self.smallest_effect, "smallest_effect_share": self.smallest_share,
            "n_trained": self.n_trained, "n_comparison": self.n_comparison, "n_teams": self.n_teams,
            "randomised": self.randomised,
        }])  # fmt: skip

    def parts(self) -> pd.DataFrame:
        """Where the gain of the trained comes from: drift of everybody, return to the usual level, the course."""
        names = (mark("What came to everybody"), mark("Return to the usual level"), mark("Effect of the course"))
        rest = self.gain - self.drift - self.regression_to_mean
        return pd.DataFrame({"part_msgid": names, "effect": [self.drift, self.regression_to_mean, rest]})


def training_effect(
    frame: pd.DataFrame,
    *,
    randomised: bool = False,
    lower_is_better: bool = False,
    method: EffectMethod = "auto",
    errors: EffectErrors = "auto",
    least_share: float = 0.05,
    bootstraps: int = 2000,
    coverage: float = 0.95,
    power: float = 0.8,
    seed: int = 0,
) -> TrainingEffect:
    """Does a course do what it should, or did the figures move by themselves?

    Parameters
    ----------
    frame
        One row a person: seller_id, trained (0/1 or bool), pre, post (the figure before and after), and where known
        team, cohort (people are compared within; a person may stand beside several), pre_trend (change a month before).
    randomised
        Whether the order of training was drawn by lot (see `roll_out`). Then ANCOVA alone decides.
    lower_is_better
        Whether a fall of the figure is what the course is for (days to pay, returns).
    method
        ``auto``: ANCOVA when randomised, else ``bracket``, which believes only what ANCOVA and difference in
        differences both say.
    errors
        ``auto``: people are the unit (HC2, colleagues of one team compared) when training splits teams; where whole
        teams were trained, the wider of CR2 and the wild bootstrap by teams. ``classical``, ``hc2``, ``cr2``, ``wild``
        force one.
    least_share
        Smallest effect worth having, relative to the figure without training: an interval that ends below it is "no
        sign", one that reaches beyond is "cannot tell".
    power
        Chance with which ``smallest_effect`` would have been seen, where people were drawn by lot.

    Raises
    ------
    InputError
        Missing columns, figures that are no numbers, nobody trained or nobody to compare with, a person twice.

    Notes
    -----
    ANCOVA: Vickers & Altman (2001), BMJ 323; ANCOVA and DiD bracket the truth: Angrist & Pischke (2009, 5.4), Ding & Li
    (2019), Political Analysis 27. Errors follow the level at which training was given (Abadie et al. 2023, QJE 138).
    How the default was chosen: teams of 3-25 people with luck in common, 4-30 teams, 400-1,000 runs a case, nothing to find,
    nominal 5 %. Whole teams trained: taking people for independent calls an effect in up to 37 % of runs, CR1 in up to 23 %,
    the wild bootstrap alone in up to 10 %, CR2 in up to 9 %, the wider of the two in up to 6 %. People picked for low
    figures: DiD 26-98 %, ANCOVA 3-5 %; people who have always been weaker: ANCOVA 21-95 %, DiD 4-6 %; the bracket at most
    5 % in all of them, and it held a true +10 % in 95-98 %. Drawn by lot: intervals of ANCOVA are about a tenth narrower
    than those of DiD. Where both biases come together (a slide that would have gone on, a campaign for the trained only) no
    method helps; a draw does.

    Examples
    --------
    >>> rng = np.random.default_rng(4)
    >>> n, team = 120, np.repeat([f"t{k}" for k in range(12)], 10)
    >>> usual = rng.normal(100, 10, n)
    >>> trained = np.tile([0, 1], 60)
    >>> frame = pd.DataFrame({"seller_id": [f"p{i}" for i in range(n)], "team": team, "trained": trained,
    ...                       "pre": usual + rng.normal(0, 6, n), "post": usual + rng.normal(0, 6, n) + 10 * trained})
    >>> found = training_effect(frame, randomised=True)
    >>> found.verdict, 8 < found.effect < 12, found.unit
    ('works', True, 'person')
    """
    _check_options(method, errors, coverage, power, least_share)
    table, notes = check_effect_frame(frame)
    people = compare_people(table)
    chosen: tuple[Literal["ancova", "did"], ...] = (
        ("ancova",) if method == "ancova" or (method == "auto" and randomised)
        else ("did",) if method == "did" else ("ancova", "did")
    )  # fmt: skip
    found = {name: estimate_effect(people, name, errors=errors, bootstraps=bootstraps, coverage=coverage, seed=seed)
             for name in ("ancova", "did")}  # fmt: skip
    naive = {name: estimate_effect(people, name, errors="classical", bootstraps=bootstraps, coverage=coverage, seed=seed)
             for name in ("post_only", "pre_post")}  # fmt: skip
    counted = [found[name] for name in chosen]
    effect = min((c.estimate for c in counted), key=abs)
    lower, upper = min(c.lower for c in counted), max(c.upper for c in counted)
    if any(np.isnan(c.lower) for c in counted):
        lower, upper = -np.inf, np.inf
    at, off = people.trained == 1, people.trained == 0
    mean_trained = float(people.post[at].mean())
    enough, few = _enough(people)
    expected = mean_trained - effect
    ends = (-upper, -lower) if lower_is_better else (lower, upper)
    verdict = _verdict(*ends, max(0.0, mean_trained) * least_share / (1 + least_share)) if enough else "cannot_tell"
    drift = float((people.post - people.pre)[off].mean())
    gain = naive["pre_post"].estimate
    back = gain - drift - found["ancova"].estimate
    spread = float(np.sqrt((people.pre[at].var(ddof=1) + people.pre[off].var(ddof=1)) / 2)) if min(at.sum(), off.sum()) > 1 else 0
    apart = float(people.pre[at].mean() - people.pre[off].mean()) / spread if spread > 0 else np.nan
    notes += few + _notes(people, found, naive, chosen, drift, back, apart, table, randomised, coverage)
    rows = {**found, **naive}
    return TrainingEffect(
        verdict=verdict, table=_table(rows, chosen), effect=effect, effect_lower=lower, effect_upper=upper,
        p_value=max((c.p_value for c in counted), default=np.nan),
        smallest_effect=_smallest_effect(counted, effect, enough, randomised, coverage, power), expected=expected,
        mean_trained=mean_trained, gain=gain, drift=drift, regression_to_mean=back, start_difference=apart,
        n_trained=_persons(people, at), n_comparison=_persons(people, off), n_teams=people.n_teams, unit=people.unit,
        randomised=randomised, lower_is_better=lower_is_better, least_share=least_share, coverage=coverage, power=power, notes=tuple(notes),
    )  # fmt: skip


def _persons(people: Comparison, who: Any) -> int:
    return len(np.unique(people.people[who]))


def _check_options(method: str, errors: str, coverage: float, power: float, least_share: float) -> None:
    methods, kinds = ("auto", "ancova", "did", "bracket"), ("auto", "classical", "hc2", "cr2", "wild")
    if method not in methods:
        raise InputError(f"method == {method!r}", fix=known_choices(method, methods))
    if errors not in kinds:
        raise InputError(f"errors == {errors!r}", fix=known_choices(errors, kinds))
    if not 0 < coverage < 1 or not 0 < power < 1 or not 0 <= least_share < 1:
        raise InputError(f"coverage == {coverage:g}, power == {power:g}, least_share == {least_share:g}, must be fractions")


def _enough(people: Comparison) -> tuple[bool, list[dict[str, Any]]]:
    notes: list[dict[str, Any]] = []
    at = people.trained == 1
    if min(_persons(people, at), _persons(people, ~at)) < FEWEST:
        notes.append({"msgid": FEW, "details": {"n_least": FEWEST}})
    if people.unit == "team" and people.team is not None:
        teams = [len(np.unique(people.team[side])) for side in (at, ~at)]
        if min(teams) < FEWEST_TEAMS:
            notes.append({"msgid": FEW_TEAMS, "details": {"n_least": FEWEST_TEAMS}})
    return not notes, notes


def _verdict(lower: float, upper: float, least: float) -> Verdict:
    if lower > 0:
        return "works"
    if upper < 0:
        return "harmful"
    return "no_sign" if upper < least else "cannot_tell"


def _smallest_effect(
    counted: Sequence[Coefficient], effect: float, enough: bool, randomised: bool, coverage: float, power: float
) -> float:
    """Smallest effect every estimate that counts would have seen, each as far from the cautious one as it is."""
    if not enough:
        return np.inf
    if not randomised:
        return np.nan
    return max(_smallest(c, coverage, power) + abs(effect - c.estimate) for c in counted)


def _smallest(c: Coefficient, coverage: float, power: float) -> float:
    """Effect whose interval would have left zero behind with the given chance."""
    from scipy.special import stdtrit

    if not np.isfinite(c.degrees) or not np.isfinite(c.se):
        return np.inf
    usual = float(stdtrit(c.degrees, (1 + coverage) / 2))
    half = max(usual * c.se, c.estimate - c.lower, c.upper - c.estimate)
    return half * (1 + float(stdtrit(c.degrees, power)) / usual)


def _table(rows: dict[str, Coefficient], chosen: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame([
        {"method": name, "method_msgid": METHODS[name], "effect": c.estimate, "effect_lower": c.lower,
         "effect_upper": c.upper, "se": c.se, "degrees": c.degrees, "p_value": c.p_value,
         "is_naive": name in ("post_only", "pre_post"), "counts": name in chosen}
        for name, c in rows.items()
    ])  # fmt: skip


def _notes(
    people: Comparison, found: dict[str, Coefficient], naive: dict[str, Coefficient], chosen: Sequence[str],
    drift: float, back: float, apart: float, table: pd.DataFrame, randomised: bool, coverage: float,
) -> list[dict[str, Any]]:  # fmt: skip
    notes: list[dict[str, Any]] = []
    if len(chosen) == 2 and not randomised:
        notes.append({"msgid": BRACKET, "details": {}})
    if len(chosen) == 2 and found["ancova"].estimate * found["did"].estimate < 0:
        notes.append({"msgid": DISAGREE, "details": {}})
    notes.append({"msgid": DRIFT, "details": {"naive_value": naive["pre_post"].estimate, "drift_value": drift,
                                              "return_value": back}})
    if people.team is None:
        notes.append({"msgid": NO_TEAMS, "details": {}})
    elif people.unit == "team":
        notes.append({"msgid": WHOLE_TEAMS, "details": {"n_teams": people.n_teams, "n": len(np.unique(people.people))}})
    if abs(apart) > 1:
        notes.append({"msgid": APART, "details": {"difference_value": apart}})
    if not randomised and "pre_trend" in table and table["pre_trend"].notna().all():
        trend = estimate_effect(people, "did", errors="auto", bootstraps=499, coverage=coverage, seed=0,
                                outcome=table["pre_trend"].to_numpy(float))
        if trend.p_value < 0.1:
            notes.append({"msgid": EARLIER_TREND, "details": {"p_value": trend.p_value}})
    return [*notes, {"msgid": SPILL, "details": {}}]
