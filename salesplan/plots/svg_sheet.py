"""A drawn picture from top to bottom: title, what it is measured in, legend, then its body."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

from salesplan.plots.figure import NARROW_BELOW
from salesplan.plots.svg_marks import box, dashes, line, words
from salesplan.plots.svg_words import balanced, shortened, text_width
from salesplan.plots.theme import FONTS, INK, MUTED, PAPER

LEFT, RIGHT = 4, 12
"""Room at the sides of every picture."""


@dataclass(frozen=True, kw_only=True)
class Key:
    """An entry of a legend: a box of a colour, or a line where it has a dash (``[]`` a whole one)."""

    text: str
    colour: str
    dash: Sequence[float] | None = None


class Sheet:
    """Takes marks in the order they are drawn; ``y`` is where the next part begins.

    Examples
    --------
    >>> sheet = Sheet(330, "Sales & targets", ["Unit: ¥ million"])
    >>> "Sales &amp; targets" in sheet.finished("One bar") and sheet.right
    318
    """

    def __init__(self, width: int, title: str, subtitles: Sequence[str], legend: Sequence[Key] = ()) -> None:
        self.width, self.right, self.is_narrow = width, width - RIGHT, width < NARROW_BELOW
        self.y = 4.0
        self._marks: list[str] = []
        room = self.right - LEFT
        size = 14.0 if self.is_narrow else 15.0
        for text in balanced(title, size, room, bold=True):
            self.y += size + 3
            self.add(words(text, LEFT, self.y, size=size, bold=True))
        for text in (row for subtitle in subtitles for row in balanced(subtitle, 12, room)):
            self.y += 16
            self.add(words(text, LEFT, self.y, size=12, fill=MUTED))
        self.y += 10
        self.add_legend(legend)
        self.y += 0 if legend else 4

    def add(self, *marks: str) -> None:
        """Draw on top of what is there."""
        self._marks += marks

    def add_legend(self, legend: Sequence[Key]) -> None:
        """What the colours and dashes mean, in as many lines as it needs."""
        room = self.right - LEFT
        size, x = (11.0 if self.is_narrow else 12.0), float(LEFT)
        for number, key in enumerate(legend):
            symbol = 11 if key.dash is None else 20
            text = shortened(key.text, size, room - symbol - 6)
            wide = symbol + 6 + text_width(text, size)
            if number and x + wide > self.right:
                x, self.y = float(LEFT), self.y + 17
            if key.dash is None:
                self.add(box(x, self.y + 1, 11, 11, key.colour, rx=1))
            else:
                self.add(line(x, self.y + 6.5, x + symbol, self.y + 6.5, key.colour, width=2.4, stroke_dasharray=dashes(key.dash)))
            self.add(words(text, x + symbol + 6, self.y + 10.5, size=size, says=key.text if text != key.text else ""))
            x += wide + 16
        self.y += 24 if legend else 0

    def finished(self, description: str) -> str:
        """The picture, as wide as its column but not much wider than drawn, with text as text."""
        height = round(self.y + 6)
        return (
            f"<svg font-family='{FONTS}' xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {self.width} {height}\" width=\"100%\""
            f' style="max-width:{self.width * 1.15:.0f}px;height:auto" role="img" aria-label="{html.escape(description)}" fill="{INK}">'
            f'{box(0, 0, self.width, height, PAPER)}{"".join(self._marks)}</svg>'
        )
