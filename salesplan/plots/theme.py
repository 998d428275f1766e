"""How every picture of the kit looks: colours, fonts, axes."""

from typing import Any

FONTS = '"Noto Sans CJK SC","Noto Sans SC","PingFang SC","Microsoft YaHei","Segoe UI",system-ui,sans-serif'

LAYOUT_FONT = "sans-serif"
"""Font in which room for words is measured: twice as fast as the large Chinese ones and a little wider; `FONTS` are shown."""

INK = "#1e293b"
MUTED = "#64748b"
RULE = "#e2e8f0"
PAPER = "#ffffff"
ACTUAL = "#475569"
FORECAST = "#2563eb"
BAND = "#bfdbfe"
FLOOR = "#0f766e"
TARGET = "#ea580c"
STRETCH = "#9d174d"
SOFT_TARGET = "#fdba74"
GOOD = "#15803d"
BAD = "#b91c1c"

LEVEL_COLOURS = {"floor": FLOOR, "target": TARGET, "stretch": STRETCH}
LEVEL_DASHES: dict[str, list[int]] = {"floor": [2, 3], "target": [1, 0], "stretch": [7, 4]}
SERIES = [FORECAST, TARGET, FLOOR, STRETCH, "#7c3aed", "#0891b2", "#ca8a04", ACTUAL]

VEGA_CONFIG: dict[str, Any] = {
    "font": LAYOUT_FONT,
    "aria": False,
    "background": PAPER,
    "padding": {"left": 4, "right": 12, "top": 4, "bottom": 4},
    "view": {"stroke": None},
    "title": {
        "anchor": "start",
        "font": LAYOUT_FONT,
        "fontSize": 15,
        "fontWeight": 600,
        "color": INK,
        "offset": 14,
        "subtitleFont": LAYOUT_FONT,
        "subtitleFontSize": 12,
        "subtitleColor": MUTED,
        "subtitlePadding": 5,
    },
    "axis": {
        "labelFont": LAYOUT_FONT,
        "titleFont": LAYOUT_FONT,
        "labelFontSize": 11.5,
        "titleFontSize": 11.5,
        "labelColor": MUTED,
        "titleColor": MUTED,
        "titleFontWeight": "normal",
        "gridColor": RULE,
        "domainColor": "#cbd5e1",
        "tickColor": "#cbd5e1",
        "labelPadding": 5,
    },
    "axisY": {"domain": False, "ticks": False, "labelLimit": 150},
    "axisX": {"grid": False},
    "legend": {
        "labelFont": LAYOUT_FONT,
        "titleFont": LAYOUT_FONT,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "labelColor": INK,
        "orient": "top",
        "title": None,
        "offset": 6,
        "symbolStrokeWidth": 2.5,
        "columnPadding": 14,
        "labelLimit": 260,
    },
    "text": {"font": LAYOUT_FONT, "fontSize": 11.5, "fill": INK},
    "line": {"strokeWidth": 2.2, "strokeCap": "round"},
}
