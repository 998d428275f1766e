"""Pictures of whether a training worked, how long people stay, and how fast newcomers get going."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd

from salesplan.coaching.ramp_curve import RampCurve
from salesplan.coaching.retention import Retention
from salesplan.coaching.training_effect import TrainingEffect
from salesplan.plots.chart import Chart
from salesplan.plots.coaching import GROUP_LOOKS, NAME_AXIS, SIGNED
from salesplan.plots.kpis import need_columns
from salesplan.plots.scale import money_scale, unit_subtitle
from salesplan.plots.theme import FORECAST, INK, RULE
from salesplan.text import check_language, mark, say
from salesplan.text.numbers import MISSING, format_count, format_signed_percent

WRONG = "#94a3b8"
METHOD_LABELS = {
    "ancova": mark("ANCOVA"), "did": mark("Difference in\ndifferences"), "post_only": mark("Afterwards only"),
    "pre_post": mark("Before and after"),
}  # fmt: skip
GROUP_DASHES: tuple[list[int], ...] = ([1, 0], [7, 4], [2, 3], [9, 3, 2, 3], [4, 2], [1, 2])


def plot_effect(effect: TrainingEffect, language: str, *, outcome: str = "") -> Chart:
    """A training's effect by method with intervals; what compares with nobody is grey, because it misleads.

    Parameters
    ----------
    effect
        From `training_effect`. Effects are drawn relative to what the trained would have reached without the course, and in
        the unit of the result where that is not above zero. The band of effects too small to be seen is shaded.
    outcome
        Name of the result, said already.

    Raises
    ------
    InputError
        No method gave an estimate.
    """
    check_language(language)
    table = effect.table[np.isfinite(effect.table["effect"].astype(float))]
    need_columns(table, ("method", "effect", "effect_lower", "effect_upper", "is_naive"), "plot_effect")
    is_share = bool(np.isfinite([effect.share(float(e)) for e in table["effect"]]).all())

    def of(value: Any) -> float | None:
        number = effect.share(float(value)) if is_share else float(value)
        return round(number, 5) if np.isfinite(number) else None

    def said(value: float | None) -> str:
        if value is None:
            return MISSING
        return format_signed_percent(value, language) if is_share else f"{'+' if value > 0 else ''}{value:.3g}"

    rows: list[dict[str, Any]] = [
        {"method": say(METHOD_LABELS.get(str(r["method"]), str(r["method"])), language), "effect": of(r["effect"]),
         "lower": of(r["effect_lower"]), "upper": of(r["effect_upper"]), "wrong": bool(r["is_naive"]),
         "label": said(of(r["effect"]))}
        for r in table.to_dict("records")
    ]  # fmt: skip
    y = {"field": "method", "type": "nominal", "sort": [r["method"] for r in rows], "title": None,
         "axis": {**NAME_AXIS, "labelLimit": 130}}
    x = {"type": "quantitative", "title": None, "scale": {"zero": True, "nice": True, "padding": 8},
         "axis": {"grid": True, "tickCount": 6, **({"labelExpr": SIGNED} if is_share else {})}}
    colour = {"condition": {"test": "datum.wrong", "value": WRONG}, "value": FORECAST}
    layer: list[dict[str, Any]] = []
    notes = [say(mark("relative to the result without the course"), language)] if is_share else []
    notes.append(say(mark("lines: intervals; grey: misleading, it compares with nobody"), language)
                 if any(r["wrong"] for r in rows) else say(mark("lines: intervals"), language))
    seen = effect.smallest_share if is_share else effect.smallest_effect
    if np.isfinite(seen):
        layer.append({"data": {"values": [{"low": -round(seen, 5), "high": round(seen, 5)}]},
                      "mark": {"type": "rect", "color": RULE, "opacity": 0.55},
                      "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}}})
        notes.append(say(mark("shaded: effects too small for these data to show ({amount})"), language,
                         amount="±" + said(float(seen)).lstrip("+")))
    layer += [
        {"data": {"values": [{"zero": 0}]}, "mark": {"type": "rule", "color": INK, "strokeWidth": 1},
         "encoding": {"x": {**x, "field": "zero"}}},
        {"transform": [{"filter": "isValid(datum.lower) && isValid(datum.upper)"}],
         "mark": {"type": "rule", "strokeWidth": 3, "strokeCap": "round", "opacity": 0.6},
         "encoding": {"x": {**x, "field": "lower"}, "x2": {"field": "upper"}, "y": y, "color": colour}},
        {"mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
         "encoding": {"x": {**x, "field": "effect"}, "y": y, "color": colour}},
        {"mark": {"type": "text", "dy": -13, "fontWeight": 600},
         "encoding": {"x": {**x, "field": "effect"}, "y": y, "text": {"field": "label"}}},
    ]  # fmt: skip
    heading = (say(mark("Did the training work? Measured by {outcome}"), language, outcome=outcome) if outcome
               else say(mark("Did the training work?"), language))
    spec = {"title": {"text": heading, "subtitle": " · ".join(notes)}, "height": 50 * len(rows) + 6,
            "data": {"values": rows}, "layer": layer}
    return Chart(spec=spec, description=heading)


def plot_retention(found: Retention, language: str, *, names: Mapping[str, str] | None = None) -> Chart:
    """Share of people still there after so many months, by group, in steps with the interval as a band.

    Parameters
    ----------
    found
        From `retention`; groups that are too small have no curve.
    names
        Name of each group by its id.

    Raises
    ------
    InputError
        No group has a curve.
    """
    check_language(language)
    need_columns(found.curves, ("group", "months", "survival", "survival_lower", "survival_upper"), "plot_retention")
    called = dict(names or {})
    groups = [str(g) for g in dict.fromkeys(found.curves["group"])]
    said = {g: called.get(g) or say(g, language) for g in groups}
    rows = [
        {"group": said[str(r["group"])], "months": round(float(r["months"]), 3), "share": _share(r["survival"]),
         "lower": _share(r["survival_lower"]), "upper": _share(r["survival_upper"])}
        for r in found.curves.to_dict("records")
    ]  # fmt: skip
    domain = [said[g] for g in groups]
    x = {"field": "months", "type": "quantitative", "title": say(mark("Months since joining"), language),
         "scale": {"domainMin": 0, "nice": False}, "axis": {"tickCount": 7, "grid": False}}
    y = {"field": "share", "type": "quantitative", "title": None, "scale": {"domain": [0, 1]},
         "axis": {"format": ".0%", "tickCount": 5, "grid": True}}
    colour = _colour(domain)
    heading = say(mark("How many people are still there"), language)
    spec = {
        "title": {"text": heading, "subtitle": say(mark("share of those who joined, by group; pale: interval"), language)},
        "height": 270, "data": {"values": rows},
        "layer": [
            {"transform": [{"filter": "isValid(datum.lower) && isValid(datum.upper)"}],
             "mark": {"type": "area", "opacity": 0.16, "interpolate": "step-after"},
             "encoding": {"x": x, "y": {**y, "field": "lower"}, "y2": {"field": "upper"}, "color": colour}},
            {"mark": {"type": "line", "interpolate": "step-after"},
             "encoding": {"x": x, "y": y, "color": colour, "strokeDash": _dash(domain)}},
        ],
    }  # fmt: skip
    return Chart(spec=spec, description=heading)


def plot_ramp(
    found: RampCurve,
    language: str,
    *,
    names: Mapping[str, str] | None = None,
    outcome: str = "",
    unit: Literal["percent", "money", "value"] = "percent",
    currency: str = "CNY",
) -> Chart:
    """How newcomers' results grow with their months in the role, by group; dotted where no data reach.

    Parameters
    ----------
    found
        From `ramp_curve`.
    names
        Name of each group by its id.
    outcome
        Name of the result, said already.
    unit
        ``percent`` where values are fractions (attainment), ``money``, or ``value``.

    Raises
    ------
    InputError
        No group has a curve.
    """
    check_language(language)
    frame, points = found.curves(), found.points
    need_columns(frame, ("group", "month", "value", "value_lower", "value_upper", "is_beyond", "t90"), "plot_ramp")
    called = dict(names or {})
    groups = [str(g) for g in dict.fromkeys(frame["group"])]
    scale = money_scale(frame["value"].to_numpy(float), language, currency=currency) if unit == "money" else None
    last = float(frame["month"].max())

    def of(value: Any) -> float | None:
        return None if pd.isna(value) else float(scale.of(value)) if scale else round(float(value), 5)

    known = frame.drop_duplicates("group").set_index("group")["t90"]
    said = {}
    for g in groups:
        t90: Any = known[g]
        name = called.get(g) or say(g, language)
        said[g] = name if pd.isna(t90) else say(mark("{group}: 90 % after {n} months"), language, group=name,
                                                n=format_count(float(t90), language, 1))
    ordered = frame.sort_values(["group", "month"], kind="stable")
    rows: list[dict[str, Any]] = [{"group": said[str(r["group"])], "month": round(float(r["month"]), 3), "value": of(r["value"]),
             "lower": of(r["value_lower"]), "upper": of(r["value_upper"]), "beyond": bool(r["is_beyond"]), "joins": bool(j)}
            for r, j in zip(ordered.to_dict("records"), _last_seen(ordered), strict=True)]
    dots = [
        {"group": said[str(r["group"])], "month": round(float(r["month"]), 3), "value": of(r["value"])}
        for r in points.to_dict("records") if str(r["group"]) in said and not pd.isna(r["value"])
    ]  # fmt: skip
    marks = [{"group": said[g], "month": round(float(known[g]), 3)} for g in groups
             if not pd.isna(known[g]) and float(known[g]) <= last]
    domain = [said[g] for g in groups]
    x = {"field": "month", "type": "quantitative", "title": say(mark("Months in the role"), language),
         "scale": {"domainMin": 0, "nice": False}, "axis": {"tickCount": 7, "grid": False}}
    floor = {"domainMin": 0} if min(r["value"] for r in rows if r["value"] is not None) >= 0 else {}
    y = {"field": "value", "type": "quantitative", "title": None, "scale": {"zero": True, "nice": True, **floor},
         "axis": {"tickCount": 5, "grid": True, **({"format": ".0%"} if unit == "percent" else {})}}
    colour = _colour(domain)
    heading = (say(mark("How newcomers get going: {outcome}"), language, outcome=outcome) if outcome
               else say(mark("How newcomers get going"), language))
    notes = [say(mark("dots: observed means"), language)] if dots else []
    if any(r["beyond"] for r in rows):
        notes.append(say(mark("dotted: beyond the data"), language))
    layer: list[dict[str, Any]] = [
        {"transform": [{"filter": "isValid(datum.lower) && isValid(datum.upper)"}], "mark": {"type": "area", "opacity": 0.14, "clip": True},
         "encoding": {"x": x, "y": {**y, "field": "lower"}, "y2": {"field": "upper"}, "color": colour}},
        {"transform": [{"filter": "!datum.beyond"}], "mark": {"type": "line"}, "encoding": {"x": x, "y": y, "color": colour}},
        {"transform": [{"filter": "datum.beyond || datum.joins"}], "mark": {"type": "line", "strokeDash": [2, 4], "strokeWidth": 1.6},
         "encoding": {"x": x, "y": y, "color": colour}},
    ]  # fmt: skip
    if dots:
        layer.append({"data": {"values": dots}, "mark": {"type": "point", "filled": True, "size": 30, "opacity": 0.75, "clip": True},
                      "encoding": {"x": x, "y": y, "color": colour}})
    if marks:
        layer.append({"data": {"values": marks}, "mark": {"type": "rule", "strokeDash": [5, 3], "strokeWidth": 1},
                      "encoding": {"x": x, "color": colour}})
    spec = {"title": {"text": heading, "subtitle": unit_subtitle(scale, language, *notes) if scale else " · ".join(notes)},
            "height": 270, "data": {"values": rows}, "layer": layer}
    return Chart(spec=spec, description=heading)


def _last_seen(ordered: pd.DataFrame) -> pd.Series:
    """Whether a row is the last with data of its group: the dotted line goes on from there."""
    seen = ordered.loc[~ordered["is_beyond"].astype(bool)].groupby("group", sort=False).tail(1).index
    return pd.Series(ordered.index.isin(seen), index=ordered.index)


def _share(value: Any) -> float | None:
    return None if pd.isna(value) else round(min(max(float(value), 0.0), 1.0), 5)


def _colour(domain: list[str]) -> dict[str, Any]:
    return {"field": "group", "type": "nominal", "legend": {"symbolOpacity": 1, "symbolType": "stroke"},
            "scale": {"domain": domain, "range": [GROUP_LOOKS[i % len(GROUP_LOOKS)][0] for i in range(len(domain))]}}


def _dash(domain: list[str]) -> dict[str, Any]:
    return {"field": "group", "type": "nominal",
            "scale": {"domain": domain, "range": [GROUP_DASHES[i % len(GROUP_DASHES)] for i in range(len(domain))]}}
