"""Months side by side: a column for each, and as many of their names as fit below."""

from collections.abc import Sequence

from salesplan.plots.svg_marks import words
from salesplan.plots.svg_sheet import LEFT, Sheet
from salesplan.plots.svg_words import text_width
from salesplan.plots.theme import MUTED

SIZE = 11.5


class Months:
    """Where each month stands from left to right.

    Examples
    --------
    >>> months = Months(Sheet(330, "", []), ["1月", "2月"], left=18)
    >>> months.at(1) - months.at(0) == months.band
    True
    """

    def __init__(self, sheet: Sheet, names: Sequence[str], *, left: float) -> None:
        self._sheet, self._names, self.left = sheet, list(names), left
        self.band = (sheet.right - left) / max(len(names), 1)

    def at(self, number: int) -> float:
        """The middle of a month's column."""
        return self.left + (number + 0.5) * self.band

    def add_names(self, y: float) -> None:
        """The last month's name, and every second, third … before it, so that none touches the next."""
        widest = max([text_width(name, SIZE) for name in self._names], default=0.0)
        every = next(n for n in range(1, len(self._names) + 2) if n * self.band >= widest + 10 or n > len(self._names))
        for number in range(len(self._names) - 1, -1, -every):
            name, half = self._names[number], text_width(self._names[number], SIZE) / 2
            x = min(max(self.at(number), LEFT + half), self._sheet.right + 8 - half)
            self._sheet.add(words(name, x, y, size=SIZE, fill=MUTED, anchor="middle"))
