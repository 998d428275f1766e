"""History, forecast, interval and the three target levels on one time axis; the backtest beside it."""

from typing import Any

import numpy as np
import pandas as pd

from salesplan.errors import InputError
from salesplan.plots.chart import Chart
from salesplan.plots.scale import money_scale, month_axis, unit_subtitle
from salesplan.plots.theme import ACTUAL, BAD, BAND, FORECAST, GOOD, INK, LEVEL_COLOURS, LEVEL_DASHES, MUTED
from salesplan.text import check_language, mark, say
from salesplan.text.numbers import format_percent

LEVELS = ("floor", "target", "stretch")
LEVEL_NAMES = {"floor": mark("Floor"), "target": mark("Target"), "stretch": mark("Stretch")}

UNIT_LEVELS = {
    "company": mark("Company"),
    "region": mark("Region"),
    "department": mark("Department"),
    "team": mark("Team"),
    "rep": mark("Person"),
    "former": mark("Former staff"),
    "territory": mark("Territory"),
    "country": mark("Country"),
    "channel": mark("Channel"),
}


def plot_forecast(
    frame: pd.DataFrame, language: str, *, title: str = "", currency: str = "CNY", coverage: float = 0.8
) -> Chart:
    """Where sales come from and where they are heading, with the targets drawn on top.

    Parameters
    ----------
    frame
        Index of months (PeriodIndex[M]); any of the columns ``actual``, ``forecast``,
        ``forecast_lower``, ``forecast_upper``, ``floor``, ``target``, ``stretch`` in currency units,
        missing where they do not apply. `salesplan.plots.frames.forecast_frame` makes it from a plan.
    coverage
        Share of months the band should hold, named in the subtitle.

    Raises
    ------
    InputError
        The frame has none of the columns, or its index is not months.

    Examples
    --------
    >>> months = pd.period_range("2027-01", periods=3, freq="M")
    >>> frame = pd.DataFrame({"actual": [1e6, 2e6, None], "forecast": [None, 2e6, 3e6]}, index=months)
    >>> "2027" in plot_forecast(frame, "en", title="East").svg()
    True
    """
    check_language(language)
    known = ["actual", "forecast", "forecast_lower", "forecast_upper", *LEVELS]
    present = [c for c in known if c in frame.columns]
    if not present or not isinstance(frame.index, pd.PeriodIndex):
        raise InputError(
            f"columns == {list(frame.columns)[:8]}, must have months as index and one of {known}", where="plot_forecast"
        )
    scale = money_scale(frame[present].to_numpy().ravel(), language, currency=currency)
    table = frame[present].apply(scale.of)
    dates = [f"{m.to_timestamp():%Y-%m-%d}" for m in frame.index]
    names = {
        "actual": say("Actual", language),
        "forecast": say("Forecast", language),
        **{level: say(name, language) for level, name in LEVEL_NAMES.items()},
    }
    order = [names[c] for c in ("actual", "forecast", *LEVELS) if c in present]
    lines = [
        {"date": date, "series": names[column], "value": float(value)}
        for column in ("actual", "forecast", *LEVELS)
        if column in present
        for date, value in zip(dates, table[column], strict=True)
        if np.isfinite(value)
    ]
    colours = {"actual": ACTUAL, "forecast": FORECAST, **LEVEL_COLOURS}
    dashes = {"actual": [1, 0], "forecast": [1, 0], **LEVEL_DASHES}
    keys = [c for c in ("actual", "forecast", *LEVELS) if c in present]
    x = {
        "field": "date",
        "type": "temporal",
        "scale": {"type": "utc"},
        "axis": month_axis(language, n_months=len(frame)),
    }
    y = {
        "field": "value",
        "type": "quantitative",
        "title": None,
        "axis": {"tickCount": 5},
        "scale": {"zero": True, "nice": True},
    }
    layers: list[dict[str, Any]] = []
    if {"forecast_lower", "forecast_upper"} <= set(present):
        band = [
            {"date": d, "lower": float(lo), "upper": float(up)}
            for d, lo, up in zip(dates, table["forecast_lower"], table["forecast_upper"], strict=True)
            if np.isfinite(lo) and np.isfinite(up)
        ]
        layers.append(
            {
                "data": {"values": band},
                "mark": {"type": "area", "color": BAND, "opacity": 0.6},
                "encoding": {"x": x, "y": {**y, "field": "lower"}, "y2": {"field": "upper"}},
            }
        )
    layers.append(
        {
            "data": {"values": lines},
            "mark": {"type": "line"},
            "encoding": {
                "x": x,
                "y": y,
                "color": {
                    "field": "series",
                    "type": "nominal",
                    "sort": order,
                    "legend": {"symbolType": "stroke"},
                    "scale": {"domain": order, "range": [colours[k] for k in keys]},
                },
                "strokeDash": {
                    "field": "series",
                    "type": "nominal",
                    "sort": order,
                    "scale": {"domain": order, "range": [dashes[k] for k in keys]},
                },
                "strokeWidth": {
                    "condition": {"test": f"datum.series=='{names['actual']}'", "value": 1.8},
                    "value": 2.4,
                },
            },
        }
    )
    bridge = _bridge(table, dates)
    if bridge:
        layers.append(
            {
                "data": {"values": bridge},
                "mark": {"type": "line", "color": MUTED, "strokeDash": [1, 5], "strokeWidth": 1.8},
                "encoding": {"x": x, "y": y},
            }
        )
    interval = (
        say("band: {coverage} of months", language, coverage=format_percent(coverage, language, digits=0))
        if "forecast_lower" in present
        else ""
    )
    heading = title or say("History, forecast and targets", language)
    spec = {
        "title": {"text": heading, "subtitle": unit_subtitle(scale, language, say("per month", language), interval)},
        "height": 270,
        "layer": layers,
        "resolve": {"scale": {"y": "shared"}},
    }
    return Chart(spec=spec, description=heading)


def _bridge(table: pd.DataFrame, dates: list[str]) -> list[dict[str, Any]]:
    """The last actual month and the first forecast one after it, to be joined by dots; nothing without both."""
    if not {"actual", "forecast"} <= set(table.columns):
        return []
    done = np.flatnonzero(np.isfinite(table["actual"].to_numpy(float)))
    ahead = np.flatnonzero(np.isfinite(table["forecast"].to_numpy(float)))
    ahead = ahead[ahead > done[-1]] if done.size else ahead[:0]
    if not ahead.size:
        return []
    ends = ((done[-1], "actual"), (ahead[0], "forecast"))
    return [{"date": dates[at], "value": float(table[column].iloc[at])} for at, column in ends]


def plot_backtest_skill(backtest: pd.DataFrame, language: str) -> Chart:
    """How much better than "the same as last year" the forecast was, level by level.

    Parameters
    ----------
    backtest
        One row a level (index or column ``level``) with ``skill`` (1 - WAPE / WAPE of the seasonal
        naive forecast, a fraction) and, where known, ``wape``/``WAPE``.

    Examples
    --------
    >>> table = pd.DataFrame({"skill": [0.2, -0.1]}, index=pd.Index(["company", "rep"], name="level"))
    >>> plot_backtest_skill(table, "en").spec["data"]["values"][0]["label"]
    '+20%'
    """
    check_language(language)
    table = backtest.reset_index() if "level" not in backtest.columns else backtest
    if "skill" not in table.columns or "level" not in table.columns:
        raise InputError(
            f"columns == {list(backtest.columns)[:8]}, must have level and skill", where="plot_backtest_skill"
        )
    if "by_product_line" in table.columns:
        table = table[~table["by_product_line"].astype(bool)]
    wape = next((c for c in ("WAPE", "wape") if c in table.columns), None)
    rows: list[dict[str, Any]] = []
    for _, row in table.iterrows():
        skill = float(row["skill"])
        if not np.isfinite(skill):
            continue
        label = f"{'+' if skill >= 0 else '−'}{format_percent(abs(skill), language, digits=0)}"
        if wape is not None and np.isfinite(float(row[wape])):
            label += say(" (error {wape})", language, wape=format_percent(float(row[wape]), language, digits=0))
        rows.append(
            {
                "level": level_name(str(row["level"]), language),
                "skill": skill,
                "end": max(skill, 0.0),
                "label": label,
                "colour": GOOD if skill >= 0 else BAD,
            }
        )
    y = {
        "field": "level",
        "type": "nominal",
        "sort": None,
        "title": None,
        "axis": {"domain": False, "ticks": False, "labelColor": INK},
    }
    reach = max([abs(r["skill"]) for r in rows] + [0.02])
    low = min([r["skill"] for r in rows] or [0.0])
    x = {
        "field": "skill",
        "type": "quantitative",
        "title": None,
        "axis": {"format": "+.0%", "tickCount": 4, "grid": True},
        "scale": {"domain": [min(0.0, low * 1.15), reach * 1.7], "nice": False},
    }
    layers = [
        {
            "mark": {"type": "bar", "height": 16, "cornerRadiusEnd": 3},
            "encoding": {"x": x, "y": y, "color": {"field": "colour", "type": "nominal", "scale": None}},
        },
        {
            "mark": {"type": "text", "align": "left", "dx": 6},
            "encoding": {"x": {**x, "field": "end"}, "y": y, "text": {"field": "label"}},
        },
        {
            "data": {"values": [{"zero": 0}]},
            "mark": {"type": "rule", "color": MUTED},
            "encoding": {"x": {"field": "zero", "type": "quantitative"}},
        },
    ]
    heading = say("Skill of the forecast against the seasonal naive forecast", language)
    spec = {
        "title": {
            "text": heading,
            "subtitle": say("Backtest with rolling origins; above zero is better than last year's figures", language),
        },
        "height": max(90, 34 * len(rows)),
        "data": {"values": rows},
        "layer": layers,
    }
    return Chart(spec=spec, description=heading)


def level_name(level: str, language: str) -> str:
    """A level of the organisation in the reader's language; unknown ones stay as they are.

    Examples
    --------
    >>> level_name("team", "en"), level_name("tribe", "zh")
    ('Team', 'tribe')
    """
    return say(UNIT_LEVELS[level], language) if level in UNIT_LEVELS else level
