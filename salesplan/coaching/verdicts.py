"""The verdict on each person, from what every possible cause accounts for."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.coaching.cause_model import CLEARLY, MEASURES, QUARTER, CauseModel
from salesplan.coaching.cause_odds import GROUPS, cause_probabilities
from salesplan.coaching.peers import Floats
from salesplan.text import mark

VERDICT_WORDS: dict[str, str] = {
    "skill": mark("Skill: train"),
    "knowledge": mark("Knowledge: train"),
    "effort": mark("Effort too low"),
    "territory": mark("Leads or territory"),
    "ramp": mark("Still in the ramp"),
    "healthy": mark("Result is fine"),
    "cannot_tell": mark("Cannot tell"),
}
"""What a verdict is called, by its code."""
TRAINING = ("skill", "knowledge")
"""Verdicts that send a person to training."""
CLEARLY_TRAINING = 1.88
"""Standard errors for a lack of knowledge or skill (97 %): training someone who needs none costs the most."""
NEXT_STEPS: dict[str, str] = {
    "skill": mark("Watch the skill at work in a joint visit; if it is seen there too, train or coach it."),
    "knowledge": mark("Check the knowledge with a short test; if the gap is confirmed, a course or self-study."),
    "effort": mark("Agree on visits in the 1:1 and ask what keeps them from customers: train planning where they do not"
                   " know how, reallocate accounts or tasks where time or distance is the reason."),
    "territory": mark("Do not train: look at accounts and leads first, and move some or set the target for what the"
                      " territory holds."),
    "ramp": mark("Wait and support: compare with the ramp again next month, and give a mentor."),
    "healthy": mark("Nothing to mend: the result is what peers reach."),
    "cannot_tell": mark("Every figure is as usual: talk with them, and look at product, prices and luck before training."),
}  # fmt: skip
NO_RESULT = mark("No result of this person yet: look again when there are some months.")
FEW_PEERS = mark("Too few peers in the tier: sales of other tiers are no measure of this person. Look at the figures yourself.")
NO_EFFORT = mark("Record visits and calls first: without them a lack of effort looks like a lack of skill.")
NO_LEVELS = mark("Assess knowledge and skills first: nothing else that was looked at explains the result.")
LOW_CONVERSION = mark("Few deals come of the leads although the assessed levels are as usual: watch a customer visit, and"
                      " check prices and the assessments.")  # fmt: skip
TOO_EARLY = 3
"""Months of tenure before which a low result is the ramp's, whatever else is low."""
LIKELY = 0.25
"""Probability from which a cause is named although its figure alone would not be clear, and from which a result just below
usual is looked into: luck or other strengths hide the loss."""
CONCEIVABLE = 0.08
"""Probability that a lack of knowledge or skill must have however clear its figure is: more than before anything was
looked at, so that all figures together speak for it."""
FIRST = 1.5
"""Times by which a later step must be likelier than an earlier one to come before it."""


def judge_people(
    measures: pd.DataFrame, model: CauseModel, *, low: float, behind_ramp: float, share: float, fine_result: float | None
) -> pd.DataFrame:
    """Verdict and second cause of each person; see `diagnose` for the rules."""
    gap, ramp = model.result_gap.to_numpy(), model.ramp.to_numpy()
    short = gap - ramp
    odds = cause_probabilities(model)
    held = (odds["likely_gap"].to_numpy() < np.log(low)) | (odds[list(GROUPS)].max(axis=1).to_numpy() >= LIKELY)
    is_low = (gap < np.log(low)) | ((gap < 0) & held)
    if fine_result is not None:
        is_low &= (measures["result"] < fine_result).to_numpy()
    behind = is_low & ((short < np.log(behind_ramp)) | (ramp == 0))
    need = np.minimum(share * np.abs(short), -np.log(low))
    in_ramp = is_low & (ramp <= share * gap) & (ramp < 0)
    early = is_low & (measures["tenure_months"] < TOO_EARLY).to_numpy() & (ramp < 0)
    in_ramp, behind = in_ramp | early, behind & ~early
    no_effort = measures["effort"].isna().to_numpy()

    n = len(measures)
    accounts: dict[str, tuple[Floats, Floats]] = {}
    lacking: dict[str, NDArray[np.bool_]] = {}
    named: dict[str, NDArray[np.bool_]] = {}
    chance: dict[str, Floats] = {}
    for cause, parts in GROUPS.items():
        k = model.contribution[list(parts)].sum(axis=1).to_numpy()
        se = np.sqrt((model.contribution_se[list(parts)] ** 2).sum(axis=1)).to_numpy()
        accounts[cause] = (k, se)
        chance[cause] = _normal_below(-need - k, se)
        unusual = np.column_stack([_unusual(model, part) for part in parts]).any(axis=1)
        clearly = CLEARLY_TRAINING if cause in TRAINING else CLEARLY
        clear = (chance[cause] >= 0.5) & (k < -clearly * se)
        chances = odds[cause].to_numpy()
        lacking[cause] = behind & unusual & (clear | (chances >= LIKELY))
        named[cause] = lacking[cause] & ((chances >= CONCEIVABLE) | (cause not in TRAINING))
    first = _leading(odds, named, n)
    unproven = np.isin(first, TRAINING) & no_effort
    verdict = np.where(is_low, "cannot_tell", "healthy").astype(object)
    verdict[in_ramp] = "ramp"
    has_cause = (first != "") & ~unproven
    verdict[has_cause] = first[has_cause]
    verdict[unproven & ~in_ramp] = "cannot_tell"
    verdict[~np.isfinite(gap)] = "cannot_tell"
    second = _leading(odds, {c: lacking[c] & has_cause & (first != c) for c in GROUPS}, n)
    second = np.where(has_cause & (second == "") & in_ramp, "ramp", np.where(has_cause, second, ""))
    lead = np.select([verdict == c for c in GROUPS], [np.minimum(accounts[c][0], 0) for c in GROUPS], default=np.nan)
    lead = np.where(verdict == "ramp", ramp, lead)
    against = np.where(verdict == "ramp", gap, short)
    probability = np.select([verdict == c for c in GROUPS], [chance[c] for c in GROUPS], default=np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        explained = np.clip(lead / against, 0, 1)
    unchecked = [tuple(m for m in MEASURES if pd.isna(row[m])) for row in measures[list(MEASURES)].to_dict("records")]
    return pd.DataFrame({
        "tier": measures["tier"], "tenure_months": measures["tenure_months"], "verdict": verdict, "second": second,
        "result_value": measures["result"], "usual_result_value": measures["result"] / np.exp(model.result_gap),
        "result_change": np.exp(model.result_gap) - 1, "ramp_share": np.exp(model.ramp),
        "shortfall_share": explained, "probability": probability, "unchecked": unchecked}, index=measures.index)


def _unusual(model: CauseModel, name: str) -> NDArray[np.bool_]:
    """Who is in the lowest quarter of peers."""
    spread = np.hypot(model.spread[name], model.deviation_se[name].to_numpy())
    with np.errstate(invalid="ignore"):
        return np.asarray(model.deviation[name].to_numpy() < -QUARTER * spread)


def _leading(odds: pd.DataFrame, named: dict[str, NDArray[np.bool_]], n: int) -> NDArray[np.object_]:
    """The likeliest of the named causes; of two about as likely the earlier step."""
    first, best = np.full(n, "", dtype=object), np.zeros(n)
    for cause, who in named.items():
        own = odds[cause].fillna(0).to_numpy()
        take = who & ((first == "") | (own > FIRST * best))
        first = np.where(take, cause, first)
        best = np.where(take, own, best)
    return first


def _normal_below(distance: Floats, se: Floats) -> Floats:
    """Probability that a normal error of this size stays below the distance."""
    from scipy.special import ndtr

    return np.asarray(ndtr(distance / np.maximum(se, 1e-9)), float)


def next_steps(people: pd.DataFrame, evidence: pd.DataFrame) -> pd.Series:
    """What to do next with each person, as a sentence to be said."""
    conversion = evidence.loc[(evidence["measure"] == "conversion") & (evidence["status"] == "low"), "seller_id"]
    open_ = people["verdict"] == "cannot_tell"
    steps = people["verdict"].map(NEXT_STEPS)
    steps = steps.where(~(open_ & people.index.isin(conversion)), LOW_CONVERSION)
    steps = steps.where(~(open_ & people["unchecked"].map(lambda missing: bool({"skill", "knowledge"} & set(missing)))), NO_LEVELS)
    steps = steps.where(~(open_ & people["unchecked"].map(lambda missing: "effort" in missing)), NO_EFFORT)
    steps = steps.where(people["result_change"].notna(), FEW_PEERS)
    return steps.where(people["result_value"].notna(), NO_RESULT)
