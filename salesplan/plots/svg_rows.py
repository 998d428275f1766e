"""Bars lying one below the other: names at the left, a common scale below, a figure behind each bar."""

from collections.abc import Sequence

from salesplan.plots.svg_marks import line, words
from salesplan.plots.svg_scale import Scale, marks_that_fit
from salesplan.plots.svg_sheet import LEFT, Sheet
from salesplan.plots.svg_words import lines_of, text_width
from salesplan.plots.theme import INK, MUTED, RULE

SIZE, GAP = 11.5, 8.0
"""Size of the letters, and the room between a bar and its figure."""


class Rows:
    """The frame of the bars: scale, rows, names and axis; the sheet goes on below it.

    Parameters
    ----------
    names
        One a row; long ones take two lines, and are cut off and told in full after that.
    edges, figures
        Where the right end of each row's shapes is, and what stands behind it; the scale leaves room for it.
    low, high
        The values that must be on the scale.
    step
        Height of a row.
    """

    def __init__(
        self, sheet: Sheet, names: Sequence[str], *, edges: Sequence[float], figures: Sequence[str], low: float, high: float,
        step: float = 30.0, bold: bool = False,
    ) -> None:
        room = 104.0 if sheet.is_narrow else 180.0
        lines = [lines_of(name, SIZE, room, 2) for name in names]
        self.left = LEFT + max([text_width(text, SIZE) for rows in lines for text in rows], default=0.0) + 8
        self.step = max(step, 30.0) if any(len(rows) > 1 for rows in lines) else step
        self.top, self.bottom = sheet.y, sheet.y + self.step * len(names)
        self._bold = bold
        self.scale = self._fitted(sheet.right, edges, figures, low, high)
        values, labels = marks_that_fit(low, self.scale.high, sheet.right - self.left, count=4 if sheet.is_narrow else 5, size=SIZE)
        for value, label in zip(values, labels, strict=True):
            x, half = self.scale.at(value), text_width(label, SIZE) / 2
            at = min(max(x, LEFT + half), sheet.right - half + 8)
            sheet.add(line(x, self.top, x, self.bottom, MUTED if value == 0 and low < 0 else RULE),
                      words(label, at, self.bottom + 15, size=SIZE, fill=MUTED, anchor="middle"))
        for number, (name, rows) in enumerate(zip(names, lines, strict=True)):
            first = self.middle(number) + 4 - 6.5 * (len(rows) - 1)
            full = name if rows[-1].endswith("…") else ""
            for place, text in enumerate(rows):
                sheet.add(words(text, self.left - 8, first + 13 * place, size=SIZE, fill=INK, anchor="end", says=full))
        sheet.y = self.bottom + 20

    def _fitted(self, right: float, edges: Sequence[float], figures: Sequence[str], low: float, high: float) -> Scale:
        room = right - self.left
        high = high if high > low else low + 1.0
        pixels = [room / (high - low)]  # of one unit
        for edge, figure in zip(edges, figures, strict=True):
            if edge > low:
                pixels.append(max(room - GAP - text_width(figure, SIZE, bold=self._bold), 20.0) / (edge - low))
        return Scale(low=low, high=low + room / min(pixels), start=self.left, end=right)

    def middle(self, number: int) -> float:
        """The middle of a row."""
        return self.top + (number + 0.5) * self.step

    def figure(self, number: int, edge: float, text: str) -> str:
        """The figure behind a row's bar."""
        return words(text, self.scale.at(edge) + GAP, self.middle(number) + 4, size=SIZE, bold=self._bold, halo=True)
