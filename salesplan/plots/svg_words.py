"""How wide words are in a drawn picture, and how they are broken into lines that fit."""

import re
import unicodedata
from functools import lru_cache

_WIDTHS = {
    **dict.fromkeys("ijlI|!'.,:; ", 0.3), **dict.fromkeys("frt()[]-/\\\"`", 0.4), **dict.fromkeys("mMwW@%", 0.95),
    **dict.fromkeys("ABCDEFGHJKLNOPQRSTUVXYZ&", 0.7), **dict.fromkeys("±+−=<>~≈", 0.62), "…": 1.0, "·": 0.5, "–": 0.6, "¥": 0.6,
}  # fmt: skip
_LATIN, _WIDE, _BOLD = 0.58, 1.0, 1.06
_CLOSING = "，。；：、！？）》”"
_WORDS = re.compile(r"[（《“]*[\u2e80-\uffef][，。；：、！？）》”]*|[^\u2e80-\uffef\s]+\s*|\s+")


@lru_cache(maxsize=4096)
def _em(letter: str) -> float:
    if letter in _WIDTHS:
        return _WIDTHS[letter]
    if unicodedata.combining(letter):
        return 0.0
    return _WIDE if ord(letter) >= 0x2E80 or unicodedata.east_asian_width(letter) in "WF" else _LATIN


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Width in pixels, rather a little more than any common font needs; Chinese letters are as wide as high.

    Examples
    --------
    >>> text_width("华东", 12), text_width("East", 10) < text_width("West", 10)
    (24.0, True)
    """
    return sum(map(_em, text)) * size * (_BOLD if bold else 1.0)


def wrapped(text: str, size: float, room: float, *, bold: bool = False) -> list[str]:
    """Lines no wider than the room, broken between words or Chinese letters; a longer word is broken inside.

    Examples
    --------
    >>> wrapped("one two three", 10, 40), wrapped("华东大区", 10, 25)
    (['one two', 'three'], ['华东', '大区'])
    >>> wrapped("销售额（重述）", 10, 40)
    ['销售额', '（重述）']
    """
    lines = [""]
    for word in _WORDS.findall(text):
        if lines[-1] and text_width((lines[-1] + word).rstrip(), size, bold=bold) > room:
            lines.append("")
        for letter in word:
            if lines[-1] and not letter.isspace() and letter not in _CLOSING and text_width(lines[-1] + letter, size, bold=bold) > room:
                lines.append("")
            lines[-1] += letter
    return [line.strip() for line in lines]


def balanced(text: str, size: float, room: float, *, bold: bool = False) -> list[str]:
    """The same number of lines as `wrapped`, all about as long, so that none holds a letter alone.

    Examples
    --------
    >>> balanced("华东大区华", 10, 40), balanced("One", 10, 40)
    (['华东大', '区华'], ['One'])
    """
    lines = wrapped(text, size, room, bold=bold)
    low, high = room / 2, room
    while len(lines) > 1 and high - low > 1:
        middle = (low + high) / 2
        tried = wrapped(text, size, middle, bold=bold)
        if len(tried) > len(lines):
            low = middle
        else:
            high, lines = middle, tried
    return lines


def shortened(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """The text, or its beginning and three dots where it does not fit.

    Examples
    --------
    >>> shortened("Northern Territories", 10, 60), shortened("North", 10, 60)
    ('Northern…', 'North')
    """
    return text if text_width(text, size, bold=bold) <= room else _dotted(text, size, room, bold=bold)


def _dotted(text: str, size: float, room: float, *, bold: bool) -> str:
    while text and text_width(text + "…", size, bold=bold) > room:
        text = text[:-1]
    return text.rstrip() + "…"


def lines_of(text: str, size: float, room: float, most: int, *, bold: bool = False) -> list[str]:
    """At most so many lines; what is left over is cut off with three dots.

    Examples
    --------
    >>> lines_of("one two three four five", 10, 40, 2)
    ['one two', 'three…']
    """
    lines = wrapped(text, size, room, bold=bold)
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], _dotted(lines[most - 1], size, room, bold=bold)]
