"""Scenarios side by side."""

from typing import Any

import pandas as pd

from salesplan.errors import InputError
from salesplan.plots.chart import Chart
from salesplan.plots.forecast import LEVEL_NAMES, LEVELS
from salesplan.plots.scale import money_scale, unit_subtitle
from salesplan.plots.theme import INK, LEVEL_COLOURS
from salesplan.text import check_language, say
from salesplan.text.numbers import format_probability


def plot_scenarios(frame: pd.DataFrame, language: str, *, currency: str = "CNY") -> Chart:
    """Scenarios side by side: floor, target and stretch of each, with its forecast interval behind.

    Parameters
    ----------
    frame
        One row a scenario (index its name) with ``floor``, ``target``, ``stretch`` and, where known,
        ``forecast``, ``forecast_lower``, ``forecast_upper``, ``p_target``.

    Raises
    ------
    InputError
        A level is missing.
    """
    check_language(language)
    if not set(LEVELS) <= set(frame.columns):
        raise InputError(f"columns == {list(frame.columns)[:8]}, must have {list(LEVELS)}", where="plot_scenarios")
    amounts = [c for c in (*LEVELS, "forecast_lower", "forecast_upper") if c in frame.columns]
    scale = money_scale(frame[amounts].to_numpy().ravel(), language, currency=currency)
    names = [str(n) for n in frame.index]
    y = {
        "field": "scenario",
        "type": "nominal",
        "sort": names,
        "title": None,
        "axis": {"domain": False, "ticks": False, "labelColor": INK, "labelFontWeight": 600, "labelFontSize": 13},
    }
    x = {
        "field": "value",
        "type": "quantitative",
        "title": None,
        "scale": {"zero": False, "padding": 24},
        "axis": {"grid": True, "tickCount": 6},
    }
    dots, bands = [], []
    for name, (_, row) in zip(names, frame.iterrows(), strict=True):
        for level in LEVELS:
            chance = (
                f" ({format_probability(float(row[f'p_{level}']), language)})" if f"p_{level}" in frame.columns else ""
            )
            value = float(scale.of(row[level]))
            dots.append(
                {
                    "scenario": name,
                    "series": say(LEVEL_NAMES[level], language),
                    "value": value,
                    "below": level == "target",
                    "label": f"{value:,.4g}{chance}",
                }
            )
        if {"forecast_lower", "forecast_upper"} <= set(frame.columns):
            bands.append(
                {
                    "scenario": name,
                    "value": float(scale.of(row["forecast_lower"])),
                    "upper": float(scale.of(row["forecast_upper"])),
                }
            )
    domain = [say(LEVEL_NAMES[level], language) for level in LEVELS]
    colour = {
        "field": "series",
        "type": "nominal",
        "scale": {"domain": domain, "range": [LEVEL_COLOURS[k] for k in LEVELS]},
    }
    layers: list[dict[str, Any]] = []
    if bands:
        layers.append(
            {
                "data": {"values": bands},
                "mark": {"type": "bar", "height": 12, "color": "#dbeafe", "cornerRadius": 6},
                "encoding": {"x": x, "x2": {"field": "upper"}, "y": y},
            }
        )
    layers += [
        {
            "data": {"values": dots},
            "mark": {"type": "tick", "thickness": 4, "height": 24, "opacity": 1},
            "encoding": {"x": x, "y": y, "color": colour},
        },
        {
            "data": {"values": dots},
            "transform": [{"filter": "!datum.below"}],
            "mark": {"type": "text", "dy": -20},
            "encoding": {"x": x, "y": y, "text": {"field": "label"}, "color": colour},
        },
        {
            "data": {"values": dots},
            "transform": [{"filter": "datum.below"}],
            "mark": {"type": "text", "dy": 21},
            "encoding": {"x": x, "y": y, "text": {"field": "label"}, "color": colour},
        },
    ]
    heading = say("Scenarios side by side", language)
    note = say("pale bar: forecast interval", language) if bands else ""
    spec = {
        "title": {"text": heading, "subtitle": unit_subtitle(scale, language, note)},
        "height": 78 * len(names),
        "layer": layers,
    }
    return Chart(spec=spec, description=heading)
