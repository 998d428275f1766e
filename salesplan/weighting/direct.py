"""Weights without any matrix: points, an order of importance, and a fixed part for results."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from salesplan.errors import InputError, ParameterError, known_choices
from salesplan.text import mark
from salesplan.weighting.weights import GIVEN, Floats, Weights, check_names, weight_values

RankMethod = Literal["roc", "rank_sum", "rank_reciprocal"]
KpiType = Literal["result", "process", "support"]
KPI_TYPES: tuple[KpiType, ...] = ("result", "process", "support")

RANK_METHODS: dict[RankMethod, str] = {
    "roc": mark("Rank order centroid"),
    "rank_sum": mark("Rank sum"),
    "rank_reciprocal": mark("Rank reciprocal"),
}
POINTS = mark("Direct points")
ORDER_ONLY = mark("Only the order was judged: how far apart the weights lie comes from the formula.")
RESULT_SPLIT = mark("Result KPIs were given {result_share} of the weight, process and support KPIs the rest.")


def direct_weights(points: Mapping[str, float] | pd.Series) -> Weights:
    """Weights from points somebody gave, on any scale.

    Parameters
    ----------
    points
        Zero or more for each KPI, not all zero.

    Raises
    ------
    InputError
        Points that are negative, missing or all zero; the KPI is named.

    Notes
    -----
    Each KPI's points over the sum of the points.

    Examples
    --------
    >>> direct_weights({"sales": 60, "margin": 30, "visits": 30}).to_series().to_dict()
    {'sales': 0.5, 'margin': 0.25, 'visits': 0.25}
    """
    names = check_names(tuple(points.keys()))
    values = np.empty(len(names))
    for at, (name, given) in enumerate(points.items()):
        number = np.nan if isinstance(given, str | bool | None) else float(given)
        if not (np.isfinite(number) and number >= 0):
            raise InputError(f"points == {given!r}, must be a number of zero or more", where=str(name))
        values[at] = number
    if not values.any():
        raise InputError("all points are zero, must give at least one KPI some", where=", ".join(names))
    shares = values / values.max()
    return Weights(names=names, values=shares / shares.sum(), method=POINTS)


def rank_order_weights(order: Sequence[str | Sequence[str]], *, method: RankMethod = "roc") -> Weights:
    """Weights from nothing but the order of importance.

    Parameters
    ----------
    order
        KPIs, most important first. A list within the list holds KPIs of the same importance, which
        share the mean of their places' weights.
    method
        ``"roc"`` (centroid of all weights that keep the order), ``"rank_sum"`` or ``"rank_reciprocal"``.

    Raises
    ------
    InputError, ParameterError
        No KPI, a KPI twice, an unknown method.

    Notes
    -----
    ``sum_{k >= r} 1/k / n``, ``2 (n + 1 - r) / (n (n + 1))`` and ``(1/r) / sum 1/k`` for place r of n
    (Barron & Barrett 1996; Stillwell, Seaver & Edwards 1981).

    Examples
    --------
    >>> rank_order_weights(["sales", "margin", "visits"]).to_series().round(4).to_dict()
    {'sales': 0.6111, 'margin': 0.2778, 'visits': 0.1111}
    >>> rank_order_weights(["sales", ["margin", "visits"]], method="rank_sum").to_series().to_dict()
    {'sales': 0.5, 'margin': 0.25, 'visits': 0.25}
    """
    if method not in RANK_METHODS:
        raise ParameterError(f"method == {method!r}, must be a known one", fix=known_choices(method, RANK_METHODS))
    if isinstance(order, str):
        raise InputError(f"order == {order!r}, must be a list of KPIs, most important first")
    groups = [(place,) if isinstance(place, str) else tuple(place) for place in order]
    names = check_names([name for group in groups for name in group])
    places = _place_weights(len(names), method)
    values, start = np.empty(len(names)), 0
    for group in groups:
        end = start + len(group)
        values[start:end] = places[start:end].mean() if group else 0.0
        start = end
    caveats = ({"msgid": ORDER_ONLY, "details": {}},)
    return Weights(names=names, values=values / values.sum(), method=RANK_METHODS[method], caveats=caveats)


def split_result_process(
    weights: Mapping[str, float] | pd.Series | Weights, kinds: Mapping[str, str], *, result_share: float = 0.7
) -> Weights:
    """The same weights with a fixed part for result KPIs.

    Parameters
    ----------
    weights
        Fractions that add up to 1.
    kinds
        ``"result"``, ``"process"`` or ``"support"`` for each KPI.
    result_share
        Part of all weight for the result KPIs; process and support KPIs share the rest.

    Returns
    -------
    Weights
        Proportions within the result KPIs and within the others stay as they were. Intervals are
        dropped: they were those of the weights before.

    Raises
    ------
    InputError, ParameterError
        A KPI without a known type; a part of the weight with no KPI to carry it.

    Examples
    --------
    >>> kinds = {"sales": "result", "margin": "result", "visits": "process"}
    >>> split_result_process({"sales": 0.4, "margin": 0.2, "visits": 0.4}, kinds).to_series().round(4).to_dict()
    {'sales': 0.4667, 'margin': 0.2333, 'visits': 0.3}
    """
    if not 0 <= result_share <= 1:
        raise ParameterError(f"result_share == {result_share:g}, must be a fraction of 1")
    names, values = weight_values(weights)
    for name in names:
        if kinds.get(name) not in KPI_TYPES:
            raise InputError(
                f"type == {kinds.get(name)!r}, must be a type of KPI", where=f"kinds, {name}",
                fix=known_choices(kinds.get(name), KPI_TYPES),
            )  # fmt: skip
    is_result = np.array([kinds[name] == "result" for name in names])
    split = np.zeros(len(names))
    for members, share, word in ((is_result, result_share, "result"), (~is_result, 1 - result_share, "process")):
        carried = values[members].sum()
        if share > 0 and not carried > 0:
            raise InputError(
                f"no {word} KPI carries weight, must be one for {share:.0%} of the weight",
                where=", ".join(names),
                fix=f"Add a {word} KPI or set result_share to {0 if word == 'result' else 1}.",
            )
        split[members] = values[members] / carried * share if share > 0 else 0.0
    note = {"msgid": RESULT_SPLIT, "details": {"result_share": result_share}}
    known = weights if isinstance(weights, Weights) else None
    return Weights(
        names=names,
        values=split / split.sum(),
        method=known.method if known else GIVEN,
        caveats=(*(known.caveats if known else ()), note),
        measured_share=known.measured_share if known else 0.0,
    )


def _place_weights(n: int, method: RankMethod) -> Floats:
    place = np.arange(1, n + 1, dtype=float)
    if method == "roc":
        return np.cumsum((1 / place)[::-1])[::-1] / n
    raw = n + 1 - place if method == "rank_sum" else 1 / place
    return raw / raw.sum()
