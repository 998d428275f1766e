"""Is it a training problem? Results, effort, leads and territory, ramp, knowledge, skill: looked at in this order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from salesplan.coaching.cause_model import MEASURES, CauseModel, fit_causes
from salesplan.coaching.diagnosis_evidence import EVIDENCE_COLUMNS, gather_evidence, show_given
from salesplan.coaching.diagnosis_measures import MEASURE_WORDS, check_measures, uniform_measures
from salesplan.coaching.peers import RAMPED, find_peers, ramp_band
from salesplan.coaching.verdicts import TRAINING, VERDICT_WORDS, judge_people, next_steps
from salesplan.errors import InputError, known_choices
from salesplan.text import mark

NOT_PROOF = mark("A verdict says which figures are low against peers and how much of the shortfall goes with them in"
                 " this company; it is a reason to look, not proof of a cause.")  # fmt: skip
ASSUMED = mark("Too few sellers to see what {measures} do to results: usual figures of sales forces are assumed there.")
NO_MEASURE = mark("Not looked at, because there are no figures: {measures}. A cause that lies there stays unseen.")
UNIFORM = mark("More than half of the sellers have the same figure, so it is not taken for measured: {measures}. Such figures"
               " often are noughts where nothing was recorded; they count as missing.")  # fmt: skip
FEW_PEERS = mark("{n} sellers have too few peers in their tier to compare sales with; nothing is said about them.")
FEW_NEWCOMERS = mark("The ramp rests on {n} newcomers: {t90_months_value} months to nine tenths of full output is a guess.")
MOST_MISS = mark("Half of the people reach less than {attainment} of their target: look at the targets before at people.")
LEAST_NEWCOMERS = 8
MOSTLY_ASSUMED = 0.5


@dataclass(frozen=True, kw_only=True, eq=False)
class Diagnosis:
    """One verdict for each person, with its evidence.

    Attributes
    ----------
    people
        Index seller_id: tier, tenure_months, verdict, second (another cause, or empty), result_value,
        usual_result_value (of ramped peers), result_change (between them),
        ramp_share (of full output, expected at this tenure), shortfall_share (of the shortfall, by the verdict's
        cause), probability (that it accounts for enough to be named), peers, n_peers, unchecked (steps without
        figures), next_step_msgid.
    evidence
        One row a person and step: see `gather_evidence`.
    slopes
        Index measure: slope, slope_lower, slope_upper, assumed_share.
    leave_months
        seller_id -> months on leave among those looked at, of people who had any.
    """

    people: pd.DataFrame
    evidence: pd.DataFrame
    slopes: pd.DataFrame
    t90: float
    notes: tuple[dict[str, Any], ...] = ()
    leave_months: pd.Series = field(default_factory=lambda: pd.Series(dtype=int))

    def __post_init__(self) -> None:
        odd = set(self.people["verdict"]) - set(VERDICT_WORDS)
        if odd:
            raise InputError(f"verdict == {sorted(odd)[0]!r}, {known_choices(sorted(odd)[0], list(VERDICT_WORDS))}")
        for name in ("people", "evidence", "slopes"):
            object.__setattr__(self, name, getattr(self, name).copy())
        object.__setattr__(self, "notes", tuple(self.notes))

    @property
    def to_training(self) -> pd.Index:
        """Who should be trained."""
        return self.people.index[self.people["verdict"].isin(TRAINING)]

    def to_frame(self) -> pd.DataFrame:
        """One row a person, verdicts as words to be said."""
        frame = self.people.reset_index()
        frame.insert(1, "verdict_msgid", frame.pop("verdict").map(VERDICT_WORDS))
        frame.insert(2, "second_msgid", frame.pop("second").map(VERDICT_WORDS).fillna(""))
        frame["n_unchecked"] = frame.pop("unchecked").map(len)
        return frame

    def summary(self, by: str | None = None) -> pd.DataFrame:
        """Number and share of people under each verdict, overall or by a column of ``people`` such as tier."""
        order = list(VERDICT_WORDS)
        if by is None:
            n = self.people["verdict"].value_counts().reindex(order, fill_value=0)
            frame = pd.DataFrame({"verdict": order, "n": n.to_numpy()})
            frame["n_share"] = frame["n"] / max(len(self.people), 1)
            return frame
        if by not in self.people.columns:
            raise InputError(f"by == {by!r}, {known_choices(by, list(map(str, self.people.columns)))}")
        return pd.crosstab(self.people[by], self.people["verdict"]).reindex(columns=order, fill_value=0).reset_index()

    def explain(self, seller_id: str) -> pd.DataFrame:
        """The steps in order: figure, what is usual, how far off, what of the shortfall it accounts for.

        Raises
        ------
        InputError
            The person was not diagnosed.
        """
        if seller_id not in self.people.index:
            raise InputError(f"seller_id == {seller_id!r}, was not diagnosed",
                             fix=known_choices(seller_id, list(map(str, self.people.index))))
        own = self.evidence[self.evidence["seller_id"] == seller_id]
        return own.drop(columns="seller_id").reset_index(drop=True)


def diagnose(
    measures: pd.DataFrame,
    *,
    scale: tuple[float, float] = (1.0, 5.0),
    ramp_months: float = 12,
    low: float = 0.9,
    behind_ramp: float = 0.75,
    share: float = 1 / 3,
    fine_result: float | None = None,
    t90: float | None = None,
    by: Sequence[str] = (),
    minimum: int = 8,
    within_tier: bool | None = None,
) -> Diagnosis:
    """What holds each seller's result down, if anything does: effort, territory, ramp, knowledge or skill.

    Parameters
    ----------
    measures
        Index seller_id. ``tier``, ``tenure_months`` and ``result`` (attainment or sales a month, of several months);
        where known ``result_from_months`` and ``result_to_months`` (tenure at the begin and the end of the months the
        result is of; without, a newcomer's result counts as reached on the last day), ``effort`` (visits a month),
        ``leads`` (a month), ``territory`` (market potential), ``knowledge``
        and ``skill`` (levels of ``scale``), ``conversion`` (of leads),
        ``leave_months`` (left out of the figures); each but the last may have its standard error ``*_se``
        (same unit; taken as exact without). Gaps are allowed and are never taken for a fault.
    ramp_months
        From this tenure on people are compared with everybody.
    low
        A result below this part of the usual one is low; everybody else is fine.
    behind_ramp
        A newcomer below this part of the ramp is behind it; people ramp at different speeds.
    share
        A cause is named when it accounts for this share of the shortfall or for a loss of ``1 - low`` of the result.
    fine_result
        A result from here on is fine whatever peers do: 1 where the result is attainment.
    t90
        Months to nine tenths of full output; estimated from newcomers without.
    by
        Further columns of ``measures`` to compare within, such as region.
    minimum
        People a group of peers needs; a wider one is taken else.
    within_tier
        Results of other tiers are no measure (sales in money): who is past the ramp in a tier with fewer than
        ``minimum`` of them is ``cannot_tell``. Without, this is so unless ``fine_result`` is given (attainment).

    Raises
    ------
    InputError
        A column is missing, a person comes twice, a figure is no number or negative, a level is off its scale,
        fewer than ``minimum`` people have results, or an option is out of range.

    Notes
    -----
    Looked into are results below ``low`` of usual, and those below usual at all where the figures say that luck or
    other strengths hide a loss (a cause is as likely as that below). A cause is named when its measure is in the
    lowest quarter of peers and either what goes with it in this company (slopes estimated from all people, see
    `fit_causes`) is clearly a loss (95 %; 97 % for knowledge and skill) and accounts for enough of the shortfall,
    more likely than not; or all figures weighed together give it a probability of 0.25 (see `cause_probabilities`);
    for knowledge and skill, if named first, never below 0.08. Of several the likeliest comes first, of two about as
    likely the earlier step, so that nobody is trained for what effort or territory explains; the next is ``second``.
    Training is never the verdict for a result that is usual or better, nor where effort is unknown; a low result in
    the first three months is the ramp's.

    Measured on 85 simulated companies of 200 sellers in teams of ten (six months of results, levels with standard
    errors of 0.3 to 0.4 on a scale of 1 to 5, results down 30 to 40 % for one cause, everything else as different in these
    sellers as in others): effort 0.82, territory 0.83, ramp 0.89, skill 0.70 rightly named, 0.81 together (0.88 where
    sellers under a cause differ half as much in everything else), 0.03 of the healthy sent to training. Most of the rest have
    a usual result all the same. Who knew every parameter of these companies and named the likeliest would reach 0.76, and
    0.81 when twice as ready to name a cause. With 120 sellers 0.82, with 60 sellers 0.75; 0.77 where levels have an error of 0.5;
    0.48 where results are down 20 %. In companies simulated otherwise (deal by deal, fat tails, levels from four raters'
    whole marks, results with an error of a fifth): 0.76 together (skill 0.53, effort 0.75), 0.03 of the healthy to training.
    Real companies may differ from the simulated ones in ways that were not tried.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> sellers = pd.Index([f"s{i:02d}" for i in range(40)], name="seller_id")
    >>> visits = rng.normal(40, 4, 40)
    >>> visits[0] = 18.0
    >>> table = pd.DataFrame({"tier": "core", "tenure_months": 40, "effort": visits, "skill": rng.normal(3.4, 0.3, 40),
    ...                       "result": visits / 40 * rng.normal(1, 0.05, 40)}, index=sellers)
    >>> found = diagnose(table, fine_result=1.0)
    >>> found.people.loc["s00", ["verdict", "second"]].tolist()
    ['effort', '']
    >>> found.explain("s00").set_index("measure").loc["effort", "status"]
    'low'
    """
    checked = check_measures(measures, scale=scale, by=by, minimum=minimum)
    for name, value, least, most in (("low", low, 0.5, 1), ("behind_ramp", behind_ramp, 0.3, 1), ("share", share, 0.05, 1),
                                     ("ramp_months", ramp_months, 0, 60)):
        if not least <= value <= most:
            raise InputError(f"{name} == {value:g}, must be between {least:g} and {most:g}")
    band = ramp_band(checked["tenure_months"], ramp_months=ramp_months)
    groups = checked[["tier", *by]].assign(ramp_band=band.where(band != RAMPED),
                                           stage=np.where(band == RAMPED, RAMPED, "newcomers"))
    peers = find_peers(groups, by=("stage", "tier", "ramp_band", *by), minimum=minimum)
    full_peers = find_peers(groups, by=("tier", *by), minimum=minimum)
    uniform = uniform_measures(checked, peers)
    checked[uniform] = np.nan
    model = fit_causes(checked, peers=peers, full_peers=full_peers, ramp_months=ramp_months, scale=scale, t90=t90,
                       within_tier=fine_result is None if within_tier is None else within_tier)
    people = judge_people(checked, model, low=low, behind_ramp=behind_ramp, share=share, fine_result=fine_result)
    people["peers"] = peers.table["peers"].str.removeprefix(f"{RAMPED} · ").str.removeprefix("newcomers · ")
    people["n_peers"] = peers.table["n_peers"]
    evidence = gather_evidence(checked, model, people, peers)
    show_given(measures, checked, people, evidence)
    people["next_step_msgid"] = next_steps(people, evidence)
    away = measures["leave_months"].astype(int) if "leave_months" in measures else pd.Series(0, measures.index)
    return Diagnosis(people=people, evidence=evidence[list(EVIDENCE_COLUMNS)], slopes=model.slopes, t90=model.t90,
                     notes=_notes(checked, model, fine_result, uniform), leave_months=away[away > 0])


def _notes(
    measures: pd.DataFrame, model: CauseModel, fine_result: float | None, uniform: Sequence[str]
) -> tuple[dict[str, Any], ...]:
    notes: list[dict[str, Any]] = [{"msgid": NOT_PROOF, "details": {}}]
    missing = [name for name in MEASURES if measures[name].isna().all() and name not in uniform]
    share = model.slopes["assumed_share"]
    assumed = [str(n) for n in share.index[share > MOSTLY_ASSUMED] if n not in (*missing, *uniform)]
    for msgid, names in ((NO_MEASURE, missing), (UNIFORM, uniform), (ASSUMED, assumed)):
        if names:
            notes.append({"msgid": msgid, "details": {"measures": [{"msgid": MEASURE_WORDS[n], "details": {}} for n in names]}})
    if n := int((measures["result"].notna() & model.result_gap.isna()).sum()):
        notes.append({"msgid": FEW_PEERS, "details": {"n": n}})
    if 0 < model.n_newcomers < LEAST_NEWCOMERS:
        notes.append({"msgid": FEW_NEWCOMERS, "details": {"n": model.n_newcomers, "t90_months_value": round(model.t90, 1)}})
    if fine_result is not None and (middle := float(measures["result"].median())) < 0.9 * fine_result:
        notes.append({"msgid": MOST_MISS, "details": {"attainment": middle / fine_result}})
    return tuple(notes)
