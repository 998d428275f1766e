"""What each member adds to or takes from a team's attainment, in percentage points of the team's target."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from salesplan.errors import InputError


def shortfall_contributions(target: ArrayLike, actual: ArrayLike) -> pd.DataFrame:
    """Who makes the gap of a team: each member's gap over the team's target.

    The contributions add up to the team's attainment less 100 %. The mean of the members' attainments does not: it
    weighs a seller with a small target like one with a large one.

    Parameters
    ----------
    target, actual
        One amount a member; a missing target counts as none (all sales are then above it).

    Returns
    -------
    DataFrame ``target, actual, gap, attainment, contribution_points``; attainment is missing where the target is not
    positive, contributions are percentage points (missing when the team has no positive target).

    Raises
    ------
    InputError
        The lists differ in length, or an actual is missing or infinite.

    Notes
    -----
    ``100 (a_i - t_i) / sum t``.

    Examples
    --------
    >>> found = shortfall_contributions([100.0, 60.0], [90.0, 62.0])
    >>> found["contribution_points"].tolist(), bool(found["attainment"].mean() > 0.95)
    ([-6.25, 1.25], True)
    """
    t, a = np.asarray(target, float), np.asarray(actual, float)
    if t.ndim != 1 or t.shape != a.shape:
        raise InputError(f"target has shape {t.shape} and actual {a.shape}, must be one amount a member each")
    if not np.isfinite(a).all() or np.isinf(t).any():
        raise InputError("actual or target holds a missing or infinite amount, must be an amount")
    planned = np.nan_to_num(t)
    whole = float(planned.sum())
    gap = a - planned
    return pd.DataFrame({
        "target": t, "actual": a, "gap": gap,
        "attainment": np.divide(a, t, out=np.full(t.shape, np.nan), where=np.nan_to_num(t) > 0),
        "contribution_points": 100 * gap / whole if whole > 0 else np.full(t.shape, np.nan),
    })
