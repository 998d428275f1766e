"""A picture: one Vega-Lite specification that becomes the same SVG in app, page and print."""

import hashlib
import html
import json
import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from salesplan.errors import InputError
from salesplan.plots.drawing import draw
from salesplan.plots.figure import NARROW, NARROW_BELOW, WIDE, figure_html
from salesplan.plots.theme import FONTS, VEGA_CONFIG


@dataclass(frozen=True, kw_only=True, eq=False)
class Chart:
    """A drawn result.

    Parameters
    ----------
    spec
        Vega-Lite specification without width, data inline; nothing in it is fetched.
    description
        What the picture shows, in the reader's language, for people who hear the page.
    narrow
        Another specification for a telephone, where the same one would be too crowded.

    Examples
    --------
    >>> chart = Chart(spec={"mark": "bar", "data": {"values": [{"x": 1}]},
    ...                     "encoding": {"x": {"field": "x", "type": "quantitative"}}}, description="One bar")
    >>> chart.svg() == chart.svg() and 'width="100%"' in chart.svg()
    True
    """

    spec: Mapping[str, Any]
    description: str
    narrow: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        for name, spec in (("spec", self.spec), ("narrow", self.narrow or {})):
            if "url" in json.dumps(spec.get("data", {})):
                raise InputError(f"{name}['data'] has a url, must be inline values", where="Chart")
        object.__setattr__(self, "spec", deepcopy(dict(self.spec)))
        object.__setattr__(self, "narrow", None if self.narrow is None else deepcopy(dict(self.narrow)))

    def svg(self, *, width: int = WIDE) -> str:
        """The picture as SVG that fills its column, with text as text and the same bytes every time."""
        spec = self.narrow if self.narrow is not None and width < NARROW_BELOW else self.spec
        return _render(json.dumps(_sized(dict(spec), width), ensure_ascii=False, sort_keys=True), self.description)

    def _repr_html_(self) -> str:
        return figure_html(self.svg(), self.svg(width=NARROW))


def _sized(spec: dict[str, Any], width: int) -> dict[str, Any]:
    """Give the picture its width; on a telephone it is drawn anew, so that letters keep their size."""
    sized = deepcopy(spec)
    config = deepcopy(VEGA_CONFIG)
    sized["width"] = width
    sized["autosize"] = {"type": "fit-x", "contains": "padding"}
    sized.setdefault("height", 250)
    symbol, letter = (26, 6.4) if width < NARROW_BELOW else (32, 6.1)
    fits = max(1, int((width - 60) // (symbol + letter * _longest_label(sized))))
    config["legend"]["columns"] = min(6, fits) if width < NARROW_BELOW else fits
    title = sized.get("title")
    if isinstance(title, dict) and "subtitle" in title:
        lines = [line for part in _parts(title["subtitle"]) for line in _wrapped(part, width // 6)]
        title["subtitle"] = lines if len(lines) > 1 or width < NARROW_BELOW else lines[0]
    if width < NARROW_BELOW:
        config["legend"].update(columnPadding=8, labelFontSize=11)
        config["axisY"]["labelLimit"] = width // 4
        if isinstance(title, dict):
            title.update(text=_wrapped(title["text"], width // 8), fontSize=14)
    sized["config"] = config
    return sized


def _longest_label(spec: Any) -> int:
    """Width, in letters, of the longest name a legend of the picture has to show."""
    if isinstance(spec, dict):
        domain = spec.get("domain")
        own = (
            [sum(2 if letter >= "\u2e80" else 1 for letter in name) for name in domain if isinstance(name, str)]
            if isinstance(domain, list)
            else []
        )
        return max([*own, *(_longest_label(value) for value in spec.values()), 1])
    return max([_longest_label(value) for value in spec], default=1) if isinstance(spec, list) else 1


def _parts(text: str | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else text


def _wrapped(text: str, limit: int) -> list[str]:
    """Break a line between words, or between Chinese letters (which are two wide), to fit a narrow picture."""
    lines, room = [""], limit
    for piece in re.findall(r"[\u2e80-\uffef]|[^\u2e80-\uffef\s]+\s*|\s+", text):
        size = 2 if piece >= "\u2e80" or piece == "· " else len(piece)
        if size > room and lines[-1] and piece not in "，。；：、）":
            lines.append("")
            room = limit
        lines[-1] += piece
        room -= size
    return [line.strip() for line in lines]


@lru_cache(maxsize=128)
def _render(spec: str, description: str) -> str:
    drawn = draw(spec)
    width = float(drawn.split('width="', 1)[1].split('"', 1)[0])
    head = f'width="100%" style="max-width:{width * 1.15:.0f}px;height:auto" role="img" aria-label="{html.escape(description)}"'
    drawn = re.sub(r'width="[\d.]+" height="[\d.]+"', head, drawn, count=1)
    drawn = re.sub(r' font-family="[^"]*"', "", drawn).replace("<svg ", f"<svg font-family='{FONTS}' ", 1)
    mark = hashlib.sha256(spec.encode()).hexdigest()[:8]
    drawn = re.sub(r'\bid="([^"]+)"', rf'id="{mark}-\1"', drawn)
    return re.sub(r"url\(#([^)]+)\)", rf"url(#{mark}-\1)", drawn)
