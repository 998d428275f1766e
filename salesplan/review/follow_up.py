"""What became of earlier actions: decided, done, and whether the figure they aimed at moved beyond its noise."""

from typing import Any

import numpy as np
import pandas as pd

from salesplan.review.measures import spread_of_changes
from salesplan.text import mark

VERDICTS = {
    "improved": mark("Improved beyond its usual swing"),
    "worse": mark("Worse beyond its usual swing"),
    "no_sign": mark("Within its usual swing"),
    "cannot_tell": mark("Cannot tell"),
}
"""What can be said of a figure a month after an action, and how it is said."""

USUAL_SHARE = 0.9
"""A change counts when it lies beyond nine tenths of what chance and the pull back to the usual level would do."""


def follow_up(actions: pd.DataFrame, measures: pd.DataFrame, *, month: pd.Period) -> pd.DataFrame:
    """Whether the figure an action aimed at has moved since, against what would have been expected anyway.

    A figure that was chosen because it was low tends to rise by itself. So it is held against its own pull back to the
    usual level: with ``m`` the level before, ``phi`` the pull and ``sd`` the noise (:func:`spread_of_changes`) and ``h``
    months gone by, ``m + phi**h (then - m)`` is expected, with a noise of ``sd sqrt(1 + phi**2 + … + phi**(2h-2))``; beyond the
    ninety per cent interval of Student's t the figure has improved or is worse. It says that something changed, not that the action did it.

    Parameters
    ----------
    actions
        Actions of earlier months: ``action_id, period, node_id, measure, measure_value, better, status`` and more.
    measures
        From :func:`~salesplan.review.measures.review_measures`.
    month
        The month reviewed.

    Returns
    -------
    The actions with ``value_then, value_now, expected_value, lower, upper, verdict`` (a key of `VERDICTS`).

    Examples
    --------
    >>> months = pd.period_range("2025-09", "2026-10", freq="M")
    >>> values = [2.0, 2.1, 1.9, 2.0, 2.2, 1.8, 2.0, 2.1, 1.9, 2.0, 2.0, 2.1, 1.2, 2.9]
    >>> seen = pd.DataFrame({"node_id": "r1", "month": months, "measure": "visits_per_day", "value": values})
    >>> action = pd.DataFrame({"action_id": ["a"], "period": ["2026-09"], "node_id": ["r1"], "measure": ["visits_per_day"],
    ...                        "measure_value": [1.2], "better": ["higher"], "status": ["accepted"]})
    >>> follow_up(action, seen, month=pd.Period("2026-10"))["verdict"].tolist()
    ['improved']
    """
    wanted = measures[measures["node_id"].isin(set(actions["node_id"]))]
    by_figure = {key: part.set_index("month")["value"].sort_index()
                 for key, part in wanted.groupby(["node_id", "measure"], sort=False)}
    rows = [_one(row, by_figure.get((row["node_id"], row["measure"])), month) for row in actions.to_dict("records")]
    found = pd.DataFrame(rows, columns=["value_then", "value_now", "expected_value", "lower", "upper", "verdict"],
                         index=actions.index)
    return pd.concat([actions, found], axis=1)


def _one(action: dict[Any, Any], seen: pd.Series | None, month: pd.Period) -> dict[str, Any]:
    nothing = {"value_then": action.get("measure_value", np.nan), "value_now": np.nan, "expected_value": np.nan,
               "lower": np.nan, "upper": np.nan, "verdict": "cannot_tell"}
    if seen is None or month not in seen.index:
        return nothing
    start = pd.Period(action["period"], freq="M")
    then = float(seen.reindex([start]).iloc[0])
    now, gone = float(seen.reindex([month]).iloc[0]), int((month - start).n)
    before = seen[seen.index < start]
    level, pull, noise = spread_of_changes(before)
    nothing |= {"value_then": then, "value_now": now}
    if gone < 1 or not np.isfinite([then, level, noise]).all() or noise <= 0:
        return nothing
    expected = level + pull**gone * (then - level)
    width = _swing(len(before) - 2) * noise * np.sqrt(sum(pull ** (2 * k) for k in range(gone)))
    side = 1.0 if action.get("better", "higher") != "lower" else -1.0
    beyond = side * (now - expected)
    verdict = "improved" if beyond > width else "worse" if beyond < -width else "no_sign"
    return nothing | {"expected_value": expected, "lower": expected - width, "upper": expected + width, "verdict": verdict}


def _swing(freedom: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + USUAL_SHARE) / 2))
