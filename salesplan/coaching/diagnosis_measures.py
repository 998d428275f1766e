"""The figures a diagnosis looks at: what they are called and what is refused."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from salesplan.coaching.cause_model import LEVELS, MEASURES, RATIOS, deviations
from salesplan.coaching.peers import Peers
from salesplan.errors import InputError, known_choices
from salesplan.text import mark

FLOOR = 0.05
"""Least part of the median that a figure counts as: a seller without a single visit is far below, not infinitely."""

MEASURE_WORDS: dict[str, str] = {
    "result": mark("Result"),
    "effort": mark("Effort"),
    "leads": mark("Leads"),
    "territory": mark("Market potential"),
    "ramp": mark("Ramp"),
    "knowledge": mark("Knowledge"),
    "skill": mark("Skills"),
    "conversion": mark("Conversion of leads"),
}
"""What a step is called, by its code."""


def check_measures(
    measures: pd.DataFrame, *, scale: tuple[float, float], by: Sequence[str] = (), minimum: int = 8
) -> pd.DataFrame:
    """The measures with every column there and every figure positive; see `diagnose` for what is refused."""
    for column in ("tier", "tenure_months", "result", *by):
        if column not in measures.columns:
            raise InputError(f"measures have no column {column!r}",
                             fix=known_choices(column, list(map(str, measures.columns))))
    if measures.index.has_duplicates:
        raise InputError(f"seller_id {measures.index[measures.index.duplicated()][0]!r} comes twice", where="measures")
    frame = measures.copy()
    for name in ("result", *MEASURES, "conversion"):
        for column in (name, f"{name}_se"):
            if column not in frame:
                frame[column] = np.nan
                continue
            given = frame[column]
            numbers = pd.to_numeric(given, errors="coerce").astype(float)
            values = numbers.to_numpy()
            least = scale[0] if column in LEVELS else 0.0 if column != "result" else -np.inf
            most = scale[1] if column in LEVELS else np.inf
            with np.errstate(invalid="ignore"):
                bad = (np.isnan(values) & given.notna().to_numpy()) | np.isinf(values) | (values < least - 1e-9) | (
                    values > most + 1e-9)
            if bad.any():
                at = int(np.flatnonzero(bad)[0])
                shown = f"{values[at]:g}" if np.isfinite(values[at]) else repr(given.iloc[at])
                raise InputError(f"{column} == {shown}, must be a number between {least:g} and {most:g}",
                                 where=f"seller {frame.index[at]}")
            frame[column] = numbers
    for name in ("result", *RATIOS, "conversion"):
        positive = frame[name][frame[name] > 0]
        if frame[name].notna().any() and positive.empty:
            raise InputError(f"{name} is 0 or less for everybody", fix=f"Leave {name} out when it was not recorded.")
        if len(positive):
            frame[name] = frame[name].clip(lower=FLOOR * float(positive.median()))
    n = int(frame["result"].notna().sum())
    if n < minimum:
        raise InputError(f"{n} people with results, must be at least {minimum} to compare anybody with peers")
    frame["tenure_months"] = pd.to_numeric(frame["tenure_months"], errors="coerce").astype(float)
    return frame


def uniform_measures(measures: pd.DataFrame, peers: Peers) -> list[str]:
    """Measures in which more than half of the people are exactly as usual but not all: nobody's difference can be judged.

    Such figures are rarely measured (a nought where nothing was recorded, a level given to everybody).
    """
    found = []
    for name in MEASURES:
        _, deviation, _, spread = deviations(measures, name, peers)
        if np.isfinite(deviation).any() and spread == 0 and np.nanmax(np.abs(deviation)) > 0:
            found.append(name)
    return found
