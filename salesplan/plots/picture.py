"""A picture drawn by the kit itself: quick to make, for pages that are made by the hundred."""

from collections.abc import Callable
from dataclasses import dataclass

from salesplan.plots.figure import NARROW, WIDE, figure_html


@dataclass(frozen=True, kw_only=True, eq=False)
class Picture:
    """A drawn result, with the face of a `salesplan.plots.chart.Chart`.

    Parameters
    ----------
    draw
        Gives the SVG in a width; for a telephone it is called with a small one, so that letters keep their size.
    description
        What the picture shows, in the reader's language, for people who hear the page.

    Examples
    --------
    >>> Picture(draw=lambda width: f'<svg viewBox="0 0 {width} 9"/>', description="Nothing").svg(width=330)
    '<svg viewBox="0 0 330 9"/>'
    """

    draw: Callable[[int], str]
    description: str

    def svg(self, *, width: int = WIDE) -> str:
        """The picture as SVG that fills its column, with text as text and the same bytes every time."""
        return self.draw(width)

    def _repr_html_(self) -> str:
        return figure_html(self.svg(), self.svg(width=NARROW))
