"""Pictures of KPI weights by method, and of scores with what is luck in them."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from salesplan.errors import InputError
from salesplan.plots.chart import Chart
from salesplan.plots.theme import FLOOR, FORECAST, INK, PAPER, STRETCH, TARGET
from salesplan.text import check_language, mark, say
from salesplan.text.numbers import format_percent

if TYPE_CHECKING:
    from salesplan.kpis.library import KpiLibrary

MOST_PEOPLE = 40
"""People whose intervals can be read in one picture."""
CHOSEN = INK
FAMILIES = {
    "direct": ("#64748b", "diamond"),
    "ahp": (FORECAST, "circle"), "ahp_geometric": (FORECAST, "square"), "best_worst": (FORECAST, "triangle-up"),
    "best_worst_nonlinear": (FORECAST, "triangle-down"),
    "importance": (FLOOR, "cross"),
    "entropy": (TARGET, "circle"), "critic": (TARGET, "square"), "standard_deviation": (TARGET, "triangle-up"),
    "variation": (TARGET, "triangle-down"), "merec": (TARGET, "diamond"), "pca": (TARGET, "cross"),
    "combined": (STRETCH, "circle"),
}  # fmt: skip
"""Colour by where the weights come from (agreed, judged, what moves results, spread, both), shape by method."""
OTHER = ("#0891b2", "circle")
BANDS = ("#1d4ed8", "#0f766e", "#b45309", "#9d174d", "#6d28d9", "#475569")


TITLE_AXIS: dict[str, Any] = {"domain": False, "ticks": False, "labelColor": INK, "labelFontSize": 12, "labelLimit": 110,
                             "labelLineHeight": 14, "labelExpr": "split(datum.label, '\\n')"}
"""An axis of names of KPIs, long ones on two lines."""
LONG_TITLE = 14


def plot_weights(frame: pd.DataFrame, language: str, library: "KpiLibrary") -> Chart:
    """What each KPI weighs by every method: dots with intervals, the chosen method large and labelled.

    Parameters
    ----------
    frame
        Long form (``Weighing.to_frame()``): method, method_msgid, kpi, weight, weight_lower, weight_upper, is_chosen.
    library
        Names of the KPIs.

    Raises
    ------
    InputError
        A column is missing, or there is nothing to draw.
    """
    check_language(language)
    need_columns(frame, ("method", "method_msgid", "kpi", "weight", "weight_lower", "weight_upper", "is_chosen"), "plot_weights")
    methods = list(dict.fromkeys(frame["method"]))
    called = {m: say(str(text), language) for m, text in zip(frame["method"], frame["method_msgid"], strict=True)}
    kpis = list(dict.fromkeys(frame["kpi"]))
    looks = {m: FAMILIES.get(m, OTHER) for m in methods}
    chosen = [m for m in methods if bool(frame.loc[frame["method"] == m, "is_chosen"].any())]
    rows = [
        {"kpi": title_lines(library.title(str(r.kpi), language)), "method": called[r.method], "weight": _round(r.weight),
         "lower": _round(r.weight_lower), "upper": _round(r.weight_upper), "is_chosen": r.method in chosen,
         "label": format_percent(float(r.weight), language, 0)}
        for r in _rows(frame) if np.isfinite(r.weight)
    ]  # fmt: skip
    names = [called[m] for m in methods]
    y = {"field": "kpi", "type": "nominal", "sort": [title_lines(library.title(str(k), language)) for k in kpis],
         "title": None, "axis": {**TITLE_AXIS, "grid": True, "tickBand": "extent"}}
    offset = {"field": "method", "type": "nominal", "sort": names, "scale": {"paddingOuter": 0.6}}
    x = {"field": "weight", "type": "quantitative", "title": None, "scale": {"zero": True, "nice": True},
         "axis": {"grid": True, "format": ".0%", "tickCount": 6}}
    colour = {"field": "method", "type": "nominal", "sort": names, "legend": {"symbolOpacity": 1},
              "scale": {"domain": names, "range": [CHOSEN if m in chosen else looks[m][0] for m in methods]}}
    shape = {"field": "method", "type": "nominal", "sort": names,
             "scale": {"domain": names, "range": [looks[m][1] for m in methods]}}
    at = {"x": x, "y": y, "yOffset": offset}
    heading = say(mark("What each KPI weighs, by method"), language)

    def label(halo: dict[str, Any]) -> dict[str, Any]:
        return {"transform": [{"filter": "datum.is_chosen"}],
                "mark": {"type": "text", "align": "left", "dx": 9, "fontWeight": 600, "fill": INK, **halo},
                "encoding": {**at, "text": {"field": "label"}}}

    note = say(mark("black: the chosen method; lines: intervals, where a method gives one"), language)
    spec = {
        "title": {"text": heading, "subtitle": note},
        "height": max(46, 13 * len(methods) + 12) * len(kpis),
        "data": {"values": rows},
        "layer": [
            {"transform": [{"filter": "isValid(datum.lower) && isValid(datum.upper)"}],
             "mark": {"type": "rule", "strokeWidth": 1.6, "opacity": 0.55},
             "encoding": {**at, "x": {**x, "field": "lower"}, "x2": {"field": "upper"}, "color": colour}},
            {"mark": {"type": "point", "filled": True, "opacity": 1},
             "encoding": {**at, "color": colour, "shape": shape,
                          "size": {"condition": {"test": "datum.is_chosen", "value": 110}, "value": 48}}},
            label({"stroke": PAPER, "strokeWidth": 4, "strokeJoin": "round"}), label({}),
        ],
    }
    return Chart(spec=spec, description=heading)


def plot_bands(
    totals: pd.DataFrame, language: str, *, most: int = MOST_PEOPLE, expected: pd.DataFrame | None = None
) -> Chart:
    """Scores with their intervals, best first, coloured by band: whose intervals overlap can hardly be told apart.

    Parameters
    ----------
    totals
        ``Scorecard.totals`` of one KPI set: name, score, score_lower, score_upper, band.
    most
        People shown at most; of more, the first and last quarter of that number and people at even distances between
        them, which the picture says.
    expected
        From `expected_bands`: what longer periods would tell apart, said below the heading.

    Raises
    ------
    InputError
        A column is missing, or nobody has a score.
    """
    check_language(language)
    need_columns(totals, ("name", "score", "score_lower", "score_upper", "band"), "plot_bands")
    ranked = totals[totals["score"].notna()].sort_values("score", ascending=False, kind="stable")
    if ranked.empty:
        raise InputError("nobody has a score, must be at least one", where="plot_bands")
    places = shown_places(len(ranked), most)
    names = _labels(ranked["name"].astype(str).tolist(), places)
    banded = ranked["band"].notna().any()
    rows = []
    for place in places:
        person = ranked.iloc[place]
        band = person["band"]
        rows.append({
            "person": names[place], "score": _round(person["score"]), "lower": _round(person["score_lower"]),
            "upper": _round(person["score_upper"]),
            "band": say(mark("No band"), language) if pd.isna(band)
            else say(mark("Band {band}"), language, band=int(band)),
        })  # fmt: skip
    domain = list(dict.fromkeys(row["band"] for row in rows))
    order = [row["person"] for row in rows]
    y = {"field": "person", "type": "nominal", "sort": order, "title": None,
         "axis": {"domain": False, "ticks": False, "labelColor": INK, "labelOverlap": False, "labelFontSize": 11.5,
                  "labelLimit": 135}}
    x = {"field": "score", "type": "quantitative", "title": say(mark("Score"), language),
         "scale": {"zero": False, "padding": 12}, "axis": {"grid": True, "tickCount": 6}}
    colour = {"field": "band", "type": "nominal", "sort": domain,
              "scale": {"domain": domain, "range": [BANDS[i % len(BANDS)] for i in range(len(domain))]},
              **({} if banded else {"legend": None})}
    heading = say(mark("Scores with their intervals, by band"), language)
    layers: list[dict[str, Any]] = [
        {"transform": [{"filter": "isValid(datum.lower) && isValid(datum.upper)"}],
         "mark": {"type": "rule", "strokeWidth": 5, "opacity": 0.32, "strokeCap": "round"},
         "encoding": {"x": {**x, "field": "lower"}, "x2": {"field": "upper"}, "y": y, "color": colour}},
        {"mark": {"type": "point", "filled": True, "size": 46, "opacity": 1},
         "encoding": {"x": x, "y": y, "color": colour}},
    ]  # fmt: skip
    told = [_who_is_shown(len(ranked), places, language), *_longer(expected, language)]
    spec = {"title": {"text": heading, "subtitle": told},
            "height": 17 * len(rows) + 8, "data": {"values": rows}, "layer": layers}
    return Chart(spec=spec, description=heading)


def shown_places(n: int, most: int) -> list[int]:
    """Which of n people in order are shown: all, or the first, the last, and some at even distances between.

    Examples
    --------
    >>> shown_places(3, 40), shown_places(100, 8)
    ([0, 1, 2], [0, 1, 20, 40, 59, 79, 98, 99])
    """
    if most < 4:
        raise InputError(f"most == {most}, must be at least 4")
    if n <= most:
        return list(range(n))
    quarter = most // 4
    between = np.linspace(quarter - 1, n - quarter, most - 2 * quarter + 2)[1:-1]
    return [*range(quarter), *(round(at) for at in between.tolist()), *range(n - quarter, n)]


def _who_is_shown(n: int, places: list[int], language: str) -> str:
    if len(places) == n:
        return say(mark("{n} people; the pale bar is what the same work could have scored with other luck"), language, n=n)
    quarter = next(i for i, place in enumerate(places) if place != i)
    return say(mark("{shown} of {n} people: the first {ends}, the last {ends}, and others at even distances between them"),
               language, shown=len(places), n=f"{n:,}", ends=quarter)


def _longer(expected: pd.DataFrame | None, language: str) -> list[str]:
    """Bands of this period and of longer ones, in one line; nothing where none is longer."""
    if expected is None or len(expected) < 2:
        return []
    own, *others = expected.to_dict("records")
    if own["true_points"] <= 0:
        return [say(mark("Luck alone accounts for the differences of this period, so it says of no longer one what that"
                         " would tell apart"), language)]
    lengths = ("、" if language == "zh" else ", ").join(
        say(mark("{n_months} months about {n_bands}"), language, n_months=f"{row['months']:g}", n_bands=f"{row['n_bands']:.1f}")
        for row in others)
    return [say(mark("Bands told apart now: {n_bands}; to be expected of longer periods: {lengths}"), language,
                n_bands=int(own["n_bands"]), lengths=lengths)]


def _labels(names: list[str], places: list[int]) -> dict[int, str]:
    """Place and name, so that two people of one name stay two rows."""
    return {place: f"{place + 1}. {names[place]}" for place in places}


def title_lines(title: str) -> str:
    """A name on one line, or broken near its middle when it is long; a Chinese letter is two wide.

    Examples
    --------
    >>> title_lines("Visits"), title_lines("Customer satisfaction"), title_lines("客户平均购买产品线数")
    ('Visits', 'Customer\\nsatisfaction', '客户平均购\\n买产品线数')
    """
    if sum(2 if letter >= "\u2e80" else 1 for letter in title) <= LONG_TITLE:
        return title
    middle = len(title) / 2
    spaces = [at for at, letter in enumerate(title) if letter == " "]
    if not spaces:
        at = round(middle)
        return f"{title[:at]}\n{title[at:]}"
    at = min(spaces, key=lambda place: abs(place - middle))
    return f"{title[:at]}\n{title[at + 1 :]}"


def need_columns(frame: pd.DataFrame, columns: tuple[str, ...], where: str) -> None:
    """Refuse a frame that lacks a column of a picture, or has no rows."""
    lacking = [c for c in columns if c not in frame.columns]
    if lacking:
        raise InputError(f"columns == {list(frame.columns)[:8]}, must have {lacking[0]}", where=where)
    if frame.empty:
        raise InputError("the frame has no rows, must have at least one", where=where)


def _rows(frame: pd.DataFrame) -> list[Any]:
    return list(frame.itertuples())


def _round(value: Any) -> float | None:
    """A number as a picture needs it; nothing where it is missing."""
    return None if value is None or pd.isna(value) else round(float(value), 5)
