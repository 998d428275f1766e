"""The evidence under each verdict: every step's figure against what is usual among the person's peers."""

import numpy as np
import pandas as pd

from salesplan.coaching.cause_model import CLEARLY, LEVELS, MEASURES, QUARTER, RATIOS, CauseModel
from salesplan.coaching.cause_odds import GROUPS
from salesplan.coaching.peers import Floats, Peers, robust_spread
from salesplan.text import mark

EVIDENCE_COLUMNS = ("seller_id", "step", "measure", "figure_value", "usual_value", "deviation_change", "deviation_value",
                    "z_value", "n_peers", "result_change", "status")  # fmt: skip
STEPS = ("result", "effort", "leads", "territory", "ramp", "knowledge", "skill", "conversion")
STATUS_WORDS: dict[str, str] = {
    "low": mark("below usual"),
    "usual": mark("as usual"),
    "high": mark("above usual"),
    "unknown": mark("no figures"),
}
"""What a step's outcome is called, by its code."""


def gather_evidence(measures: pd.DataFrame, model: CauseModel, people: pd.DataFrame, peers: Peers) -> pd.DataFrame:
    """One row a person and step.

    Returns
    -------
    DataFrame
        seller_id, step (place in the order, from 1), measure, figure_value, usual_value (of peers), deviation_change
        (relative; missing for levels), deviation_value (levels; missing else), z_value (deviation over spread among
        peers and measurement error together), n_peers (others with a figure), result_change (of the result that
        goes with it), status (``low``, ``high``: outside the middle half of peers, and clearly so (95 %, measurement error
        considered) or, low, named as a cause by all figures together; ``usual``; ``unknown``). The ramp's figure
        is the share of full output reached, its usual one that expected.
    """
    rows = [_result_rows(measures, model, people)]
    for name in MEASURES:
        deviation, se = model.deviation[name].to_numpy(), model.deviation_se[name].to_numpy()
        rows.append(_rows(name, measures[name], model.usual[name].to_numpy(), deviation, se, model.spread[name],
                          peers.others(measures[name]), np.expm1(model.contribution[name].to_numpy())))
    ramp = _frame("ramp", measures.index, figure=np.exp(model.result_gap.to_numpy()), usual=np.exp(model.ramp.to_numpy()),
                  n_peers=np.full(len(measures), model.n_newcomers), result_change=np.expm1(model.ramp.to_numpy()))
    in_ramp = (model.ramp < 0).to_numpy()
    behind = model.result_gap.to_numpy() - model.ramp.to_numpy()
    ramp["deviation_change"] = np.expm1(behind)
    ramp["z_value"] = behind / np.hypot(model.noise, model.result_se.to_numpy())
    ramp["status"] = _status(behind, model.result_se.to_numpy(), ramp["z_value"].to_numpy())
    rows.append(ramp[in_ramp & ramp["figure_value"].notna()])
    if measures["conversion"].notna().any():
        rows.append(_conversion_rows(measures, peers))
    table = pd.concat([part for part in rows if len(part)], ignore_index=True)
    table["step"] = table["measure"].map({name: i + 1 for i, name in enumerate(STEPS)})
    blamed = np.zeros(len(table), bool)
    for column in ("verdict", "second"):
        cause = table["seller_id"].map(people[column])
        blamed |= np.array([m in GROUPS.get(c, ()) for m, c in zip(table["measure"], cause, strict=True)])
    table.loc[blamed & (table["z_value"] < -QUARTER).to_numpy(), "status"] = "low"
    place = pd.Series(np.arange(len(measures)), index=measures.index)
    return table.iloc[np.lexsort((table["step"], table["seller_id"].map(place)))].reset_index(drop=True)


def show_given(given: pd.DataFrame, counted: pd.DataFrame, people: pd.DataFrame, evidence: pd.DataFrame) -> None:
    """Put the figures as they are where a figure near nought counted as a small one for the sake of its logarithm.

    ``people`` and ``evidence`` are changed: figures and distances from what is usual; what they say of causes stays.
    """
    for name in ("result", *RATIOS, "conversion"):
        if name not in given:
            continue
        real = pd.to_numeric(given[name], errors="coerce").astype(float)
        lifted = real.index[(counted[name] > real + 1e-12).to_numpy()]
        if lifted.empty:
            continue
        rows = evidence["measure"].eq(name) & evidence["seller_id"].isin(lifted)
        evidence.loc[rows, "figure_value"] = evidence.loc[rows, "seller_id"].map(real).astype(float)
        change = evidence["figure_value"] / evidence["usual_value"] - 1
        evidence.loc[rows, "deviation_change"] = change[rows]
        if name == "result":
            evidence.loc[rows, "result_change"] = change[rows]
            people.loc[lifted, "result_value"] = real[lifted]
            share = real[lifted] / people.loc[lifted, "usual_result_value"]
            people.loc[lifted, "result_change"] = share - 1
            ramp = evidence["measure"].eq("ramp") & evidence["seller_id"].isin(lifted)
            shown = evidence.loc[ramp, "seller_id"].map(share).astype(float)
            evidence.loc[ramp, "figure_value"] = shown
            evidence.loc[ramp, "deviation_change"] = shown / evidence.loc[ramp, "usual_value"] - 1


def _result_rows(measures: pd.DataFrame, model: CauseModel, people: pd.DataFrame) -> pd.DataFrame:
    gap, se = model.result_gap.to_numpy(), model.result_se.to_numpy()
    frame = _frame("result", measures.index, figure=measures["result"].to_numpy(), n_peers=people["n_peers"].to_numpy(),
                   usual=people["usual_result_value"].to_numpy(), result_change=np.expm1(gap))
    frame["deviation_change"] = np.expm1(gap)
    frame["z_value"] = gap / np.hypot(model.noise, se)
    low = ~people["verdict"].eq("healthy").to_numpy()
    frame["status"] = np.where(np.isnan(gap), "unknown", np.where(low, "low", np.where(gap > CLEARLY * se, "high", "usual")))
    return frame


def _rows(
    name: str, figures: pd.Series, usual: Floats, deviation: Floats, se: Floats, spread: float, n_peers: pd.Series,
    result_change: Floats,
) -> pd.DataFrame:
    frame = _frame(name, figures.index, figure=figures.to_numpy(float), usual=usual, n_peers=n_peers.to_numpy(),
                   result_change=np.where(np.isfinite(deviation), result_change, np.nan))
    frame["deviation_value" if name in LEVELS else "deviation_change"] = deviation if name in LEVELS else np.expm1(deviation)
    frame["z_value"] = _over(deviation, np.hypot(spread, se))
    # the error of the true deviation, given the measured one and the spread of people
    kept = _over(np.full_like(deviation, spread**2), spread**2 + se**2)
    frame["status"] = _status(deviation * kept, np.sqrt(kept) * se, frame["z_value"].to_numpy())
    return frame


def _conversion_rows(measures: pd.DataFrame, peers: Peers) -> pd.DataFrame:
    value = np.log(measures["conversion"])
    usual = peers.usual(value)
    deviation = (value - usual).to_numpy()
    se = np.where(np.isfinite(deviation), (measures["conversion_se"] / measures["conversion"]).fillna(0), np.nan)
    spread = robust_spread(deviation)
    return _rows("conversion", measures["conversion"], np.exp(usual.to_numpy()), deviation, se,
                 spread if np.isfinite(spread) else 0.0, peers.others(measures["conversion"]), np.full(len(deviation), np.nan))


def _frame(
    name: str, index: pd.Index, *, figure: Floats, usual: Floats, n_peers: np.ndarray, result_change: Floats
) -> pd.DataFrame:
    return pd.DataFrame({"seller_id": index.to_numpy(), "measure": name, "figure_value": figure, "usual_value": usual,
                         "deviation_change": np.nan, "deviation_value": np.nan, "z_value": np.nan, "n_peers": n_peers,
                         "result_change": result_change, "status": ""})  # fmt: skip


def _status(deviation: Floats, se: Floats, z: Floats) -> np.ndarray:
    """Clearly below or above and outside the middle half of peers, or as usual."""
    with np.errstate(invalid="ignore"):
        low, high = (deviation < -CLEARLY * se) & (z < -QUARTER), (deviation > CLEARLY * se) & (z > QUARTER)
    return np.where(np.isnan(deviation), "unknown", np.where(low, "low", np.where(high, "high", "usual")))


def _over(a: Floats, b: Floats) -> Floats:
    return np.divide(a, b, out=np.full(len(a), np.nan), where=np.isfinite(b) & (b > 0))


