"""What must be said beside relative importance: not causal, collinear, suppressed, weak, no more than noise, too few people."""

import pandas as pd

from salesplan.text import mark
from salesplan.weighting.importance_sample import RegressionSample
from salesplan.weighting.weights import Note

COLLINEAR = 10.0
"""Variance inflation above which predictors can hardly be told apart."""

SUPPRESSED = 0.01
"""Share of R-squared by which a predictor must work against its own correlation to be named."""

PEOPLE_A_PREDICTOR = 10

NOT_CAUSAL = mark(
    "Shares say which KPIs go with {outcome} among these {n_people}, not what would happen if people did more of them."
)
TANGLED = mark(
    "{names} can hardly be told apart (variance inflation up to {inflation_factor}): their shares are split by chance."
)
SUPPRESSOR = mark(
    "{names} helps mainly by correcting others (suppression): beside the others it works differently than alone,"
    " so its share is not a reason for rewarding it."
)
NEGATIVE = mark("{names} goes with less {outcome}: shares have no sign, so look at the coefficient before giving it weight.")
WEAK = mark(
    "All together explain {r2_share} of {outcome}, which chance alone would often give (p = {test_value}): these people"
    " neither show a relation nor rule one out."
)
BOUNDED = mark(
    "Shares cannot fall below 0 and chance alone lifts them above it: an interval that does not touch 0 is no evidence"
    " of a relation."
)
NOISE = mark(
    "{names} explains no more of {outcome} than figures dealt out at random would on average: no reason to give it"
    " weight, and no proof that there is no relation."
)
TOO_FEW = mark(
    "{n_people} people for {n_predictors} predictors, fewer than {n_least} for each: R-squared is flattered and shares move a lot."
)
IDENTITY = mark("The predictors explain {outcome} completely: it is probably computed from them, which says nothing.")
SAMPLED = mark(
    "Shares come from {n_orders} orders of entry drawn at random, with a standard error of up to {error_value}."
)


def importance_notes(sample: RegressionSample, table: pd.DataFrame, r2: float) -> list[Note]:
    """Caveats of one result, the general one first."""
    from scipy.special import fdtrc

    n, p = sample.n, len(sample.names)
    notes: list[Note] = [_note(NOT_CAUSAL, outcome=sample.outcome, n_people=n)]
    if r2 > 1 - 1e-9:
        notes.append(_note(IDENTITY, outcome=sample.outcome))
    else:
        chance = float(fdtrc(p, n - p - 1, (r2 / p) / ((1 - r2) / (n - p - 1))))
        if chance > 0.05:
            notes.append(_note(WEAK, outcome=sample.outcome, r2_share=r2, test_value=chance))
    if n < PEOPLE_A_PREDICTOR * p:
        notes.append(_note(TOO_FEW, n_people=n, n_predictors=p, n_least=PEOPLE_A_PREDICTOR))
    noise = table["explained_share"] <= table["noise_share"]
    if noise.any():
        notes.append(_note(NOISE, names=_names(table, noise), outcome=sample.outcome))
    tangled = table["inflation_factor"] > COLLINEAR
    if tangled.any():
        notes.append(_note(TANGLED, names=_names(table, tangled), inflation_factor=table["inflation_factor"].max()))
    beta, alone = table["beta_value"], table["correlation_value"]
    least = SUPPRESSED * r2
    suppressor = (beta * alone < -least) | (table["last_share"] > table["first_share"] + least)
    if suppressor.any():
        notes.append(_note(SUPPRESSOR, names=_names(table, suppressor)))
    negative = (beta < 0) & (alone < 0) & ~suppressor & (table["explained_share"] > least)
    if negative.any():
        notes.append(_note(NEGATIVE, names=_names(table, negative), outcome=sample.outcome))
    return notes


def bounded_note() -> Note:
    """What an interval of a share that cannot be negative does not show."""
    return _note(BOUNDED)


def sampling_note(orders: int, error: float) -> Note:
    """That shares were estimated from drawn orders, and how exactly."""
    return _note(SAMPLED, n_orders=orders, error_value=error)


def _note(msgid: str, **details: object) -> Note:
    return {"msgid": msgid, "details": details}


def _names(table: pd.DataFrame, chosen: pd.Series) -> list[str]:
    return [str(name) for name in table.loc[chosen, "name"]]
