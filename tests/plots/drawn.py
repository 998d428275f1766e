"""What stands where in a drawn picture, read back from its SVG."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from salesplan.plots.svg_words import text_width

_SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True, kw_only=True)
class Word:
    """A text with the room it takes."""

    text: str
    left: float
    right: float
    foot: float
    size: float


def shapes(svg: str, kind: str, **look: str) -> list[dict[str, Any]]:
    """Attributes of all shapes of a kind (``rect``, ``line``, ``circle``, ``polyline``) that look so."""
    return [dict(e.attrib) for e in ElementTree.fromstring(svg).iter(_SVG + kind)
            if all(e.get(name) == value for name, value in look.items())]


def words(svg: str) -> list[Word]:
    """All texts."""
    return list(_words(svg))


def _words(svg: str) -> Iterator[Word]:
    for element in ElementTree.fromstring(svg).iter(_SVG + "text"):
        size, x = float(element.attrib["font-size"]), float(element.attrib["x"])
        wide = text_width(element.text or "", size, bold="font-weight" in element.attrib)
        left = x - wide * {"end": 1.0, "middle": 0.5}.get(element.get("text-anchor", ""), 0.0)
        yield Word(text=element.text or "", left=left, right=left + wide, foot=float(element.attrib["y"]), size=size)


def check_layout(svg: str) -> None:
    """No text leaves the picture, none lies on another, nothing is drawn at a place that is no number."""
    assert "nan" not in svg and "inf" not in svg and svg.count("<svg") == 1
    _, _, width, height = map(float, ElementTree.fromstring(svg).attrib["viewBox"].split())
    found = words(svg)
    for word in found:
        assert word.left >= -1 and word.right <= width + 1 and word.size <= word.foot + 1 and word.foot <= height, word
    for place, one in enumerate(found):
        for other in found[:place]:
            across = min(one.right, other.right) - max(one.left, other.left)
            down = min(one.foot, other.foot) - max(one.foot - one.size, other.foot - other.size)
            assert across < 1 or down < 1.5, (one, other)
