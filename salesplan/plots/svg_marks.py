"""The few shapes drawn pictures are made of, as SVG; what comes from data is escaped."""

import html
from collections.abc import Iterable, Sequence
from typing import Any

from salesplan.plots.theme import INK, PAPER


def px(value: float) -> str:
    """A place in a picture, to a tenth of a pixel.

    Examples
    --------
    >>> px(3.0), px(2.26), px(-0.01)
    ('3', '2.3', '0')
    """
    return f"{round(float(value), 1) + 0.0:.1f}".removesuffix(".0")


def _element(name: str, attributes: dict[str, Any], inner: str = "") -> str:
    written = "".join(f' {key.replace("_", "-")}="{px(value) if isinstance(value, float) else html.escape(str(value))}"'
                      for key, value in attributes.items() if value is not None)
    return f"<{name}{written}>{inner}</{name}>" if inner else f"<{name}{written}/>"


def _told(words: str) -> str:
    """What is said of a shape when one points at it."""
    return f"<title>{html.escape(words)}</title>" if words else ""


def box(x: float, y: float, width: float, height: float, fill: str, *, says: str = "", **more: Any) -> str:
    """A rectangle; also one whose width or height is given backwards."""
    place = {"x": float(min(x, x + width)), "y": float(min(y, y + height)), "width": float(abs(width)), "height": float(abs(height))}
    return _element("rect", {**place, "fill": fill, **more}, _told(says))


def line(x1: float, y1: float, x2: float, y2: float, stroke: str, *, width: float = 1.0, **more: Any) -> str:
    """A straight line."""
    return _element("line", {"x1": float(x1), "y1": float(y1), "x2": float(x2), "y2": float(y2), "stroke": stroke,
                             "stroke_width": float(width), **more})


def dot(x: float, y: float, radius: float, fill: str, *, says: str = "") -> str:
    """A point."""
    return _element("circle", {"cx": float(x), "cy": float(y), "r": float(radius), "fill": fill}, _told(says))


def path(points: Iterable[tuple[float, float]], stroke: str, *, width: float = 2.2, dash: Sequence[float] = ()) -> str:
    """A line from point to point."""
    places = " ".join(f"{px(x)},{px(y)}" for x, y in points)
    return _element("polyline", {"points": places, "fill": "none", "stroke": stroke, "stroke_width": width,
                                 "stroke_linejoin": "round", "stroke_dasharray": dashes(dash)})


def dashes(dash: Sequence[float]) -> str | None:
    """Lengths of strokes and gaps, as SVG has them."""
    return ",".join(px(d) for d in dash) or None


def words(
    text: str, x: float, y: float, *, size: float = 11.5, fill: str = INK, anchor: str | None = None, bold: bool = False,
    halo: bool = False, says: str = "",
) -> str:
    """Text whose foot stands at ``y``; ``anchor`` middle or end; a halo keeps it readable on lines."""
    look = {"x": float(x), "y": float(y), "font_size": px(size), "fill": fill, "text_anchor": anchor,
            "font_weight": 600 if bold else None}
    if halo:
        look |= {"stroke": PAPER, "stroke_width": 3.0, "stroke_linejoin": "round", "paint_order": "stroke"}
    return _element("text", look, html.escape(text, quote=False) + _told(says)) if text else ""
