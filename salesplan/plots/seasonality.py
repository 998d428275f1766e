"""Which months are strong and which are weak, product line by product line."""

from typing import Any

import numpy as np
import pandas as pd

from salesplan.errors import InputError
from salesplan.plots.chart import Chart
from salesplan.plots.scale import month_name
from salesplan.plots.theme import INK, MUTED, SERIES
from salesplan.text import check_language, say


def plot_seasonality(index: pd.DataFrame, language: str, *, title: str = "") -> Chart:
    """Seasonal index of each product line: 1 is an average month, 1.2 sells a fifth more.

    Parameters
    ----------
    index
        Rows product lines, 12 columns of months (PeriodIndex[M]); per working day, mean 1
        (``HierarchyForecast.seasonal_index``).

    Raises
    ------
    InputError
        The columns are not months.

    Examples
    --------
    >>> table = pd.DataFrame([[0.8, 1.2]], index=["Bikes"], columns=pd.period_range("2027-01", periods=2, freq="M"))
    >>> "Bikes" in plot_seasonality(table, "en").svg()
    True
    """
    check_language(language)
    if not len(index.columns) or not all(isinstance(c, pd.Period) for c in index.columns):
        raise InputError(f"columns == {list(index.columns)[:4]}, must be months", where="plot_seasonality")
    months = [month_name(pd.Period(m, freq="M"), language) for m in index.columns]
    lines = [say("All product lines", language) if str(n) in ("*", "all") else str(n) for n in index.index]
    rows = [
        {"line": name, "month": month, "index": round(float(value), 4), "shown": f"{float(value):.2f}"}
        for name, values in zip(lines, index.to_numpy(float), strict=True)
        for month, value in zip(months, values, strict=True)
        if np.isfinite(value)
    ]
    heading = title or say("Seasonality by product line", language)
    x = {
        "field": "month",
        "type": "nominal",
        "sort": months,
        "title": None,
        "axis": {"labelAngle": 0, "labelOverlap": True, "labelSeparation": 3, "ticks": False},
    }
    y = {
        "field": "index",
        "type": "quantitative",
        "title": None,
        "scale": {"zero": False, "padding": 8},
        "axis": {"tickCount": 5, "format": ".2f"},
    }
    colour = {
        "field": "line",
        "type": "nominal",
        "sort": lines,
        "scale": {"domain": lines, "range": [SERIES[i % len(SERIES)] for i in range(len(lines))]},
    }
    layers: list[dict[str, Any]] = [
        {
            "data": {"values": [{"one": 1.0}]},
            "mark": {"type": "rule", "color": MUTED, "strokeDash": [4, 4]},
            "encoding": {"y": {"field": "one", "type": "quantitative", "scale": {"zero": False}}},
        },
        {
            "data": {"values": rows},
            "mark": {"type": "line", "interpolate": "linear", "strokeWidth": 2},
            "encoding": {"x": x, "y": y, "color": colour},
        },
        {
            "data": {"values": rows},
            "mark": {"type": "point", "filled": True, "size": 44, "opacity": 1},
            "encoding": {
                "x": x,
                "y": y,
                "color": colour,
                "shape": {"field": "line", "type": "nominal", "sort": lines, "scale": {"domain": lines}},
            },
        },
    ]
    spec = {
        "title": {
            "text": heading,
            "subtitle": say("1.00 is an average month, per working day", language),
            "color": INK,
        },
        "height": 230,
        "layer": layers,
    }
    return Chart(spec=spec, description=heading)
