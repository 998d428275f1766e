"""What stands in place of a picture that has nothing to draw."""

from functools import partial

from salesplan.plots.picture import Picture
from salesplan.plots.svg_marks import words
from salesplan.plots.svg_sheet import LEFT, Sheet
from salesplan.plots.svg_words import balanced
from salesplan.plots.theme import MUTED
from salesplan.text import mark, say

NOTHING = mark("No data for {what}.")


def nothing_known(heading: str, language: str) -> Picture:
    """The title, and a sentence that there are no data for it: an empty axis would look like a fault.

    Examples
    --------
    >>> nothing_known("Sales against target", "en").description
    'No data for Sales against target.'
    """
    said = say(NOTHING, language, what=heading)
    return Picture(draw=partial(_draw, heading=heading, said=said), description=said)


def _draw(width: int, *, heading: str, said: str) -> str:
    sheet = Sheet(width, heading, [])
    for text in balanced(said, 13, sheet.right - LEFT):
        sheet.y += 18
        sheet.add(words(text, LEFT, sheet.y, size=13, fill=MUTED))
    sheet.y += 10
    return sheet.finished(said)
