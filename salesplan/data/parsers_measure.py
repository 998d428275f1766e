"""Ratios, durations and codes as people write them: 1/3, 1:3, 00:01:30, 1分30秒, Sales Amount."""

import re
from collections.abc import Mapping
from typing import Final

from salesplan.data.parsers_amount import MISSING, fold

_NUMBER: Final = r"\d+(?:\.\d+)?"
_RATIO: Final = re.compile(rf"^({_NUMBER})\s*(?:(?:/|:|比)\s*({_NUMBER}))?$")
_CLOCK: Final = re.compile(r"^(?:(\d{1,3}):)?(\d{1,3}):(\d{1,2})(?:\.\d+)?$")
_UNITS: Final = {
    **dict.fromkeys(["小时", "时", "h", "hr", "hrs", "hour", "hours"], 3600),
    **dict.fromkeys(["分钟", "分", "m", "min", "mins", "minute", "minutes"], 60),
    **dict.fromkeys(["秒钟", "秒", "s", "sec", "secs", "second", "seconds"], 1),
}
_UNIT: Final = "|".join(sorted(_UNITS, key=len, reverse=True))
_PART: Final = re.compile(rf"({_NUMBER})\s*({_UNIT})(?![a-z])")
_HEADER_UNIT: Final = re.compile(rf"(?:^|[(\[（【/_:：\s])\s*(?:单位[:：]?\s*)?({_UNIT})\s*[)\]）】]?\s*$")
_LONGEST: Final = 31 * 24 * 3600


def parse_ratio(text: str | None) -> tuple[float | None, str | None]:
    """Read how many times one thing is another; the reason where it cannot be read.

    Zero and anything below it is no ratio. A day that a spreadsheet made of "1/3" is not turned back.

    Examples
    --------
    >>> parse_ratio("1/4"), parse_ratio("1：4")[0], parse_ratio("3")[0], parse_ratio("0/3")
    ((0.25, None), 0.25, 3.0, (None, 'unparseable_ratio'))
    """
    folded = fold(text)
    if folded in MISSING:
        return None, None
    match = _RATIO.match(folded)
    if match is None:
        return None, "unparseable_ratio"
    above, below = float(match[1]), float(match[2] or 1)
    return (above / below, None) if above > 0 and below > 0 else (None, "unparseable_ratio")


def parse_duration(text: str | None, *, unit: float = 1) -> tuple[int | None, str | None]:
    """Read a duration as whole seconds; the reason where it cannot be read.

    Parameters
    ----------
    unit
        Seconds that a bare number stands for (60 under a header "(分钟)"). A clock ``01:30`` is minutes
        and seconds, ``00:01:30`` hours, minutes and seconds.

    Examples
    --------
    >>> [parse_duration(t)[0] for t in ("90", "00:01:30", "1分30秒", "1.5 min", "1h 2m")]
    [90, 90, 90, 90, 3720]
    >>> parse_duration("2", unit=60), parse_duration("1:75")
    ((120, None), (None, 'unparseable_duration'))
    """
    folded = fold(text)
    if folded in MISSING:
        return None, None
    seconds = _seconds(folded, unit)
    if seconds is None or not 0 <= seconds <= _LONGEST:
        return None, "unparseable_duration"
    return round(seconds), None


def _seconds(folded: str, unit: float) -> float | None:
    if re.fullmatch(_NUMBER, folded):
        return float(folded) * unit
    if clock := _CLOCK.match(folded):
        hours, minutes, seconds = int(clock[1] or 0), int(clock[2]), int(clock[3])
        sound = seconds < 60 and (clock[1] is None or minutes < 60)
        return hours * 3600 + minutes * 60 + seconds if sound else None
    parts = _PART.findall(folded)
    if not parts or _PART.sub("", folded).strip(" ,、"):
        return None
    sizes = [_UNITS[u] for _, u in parts]
    return sum(float(n) * s for (n, _), s in zip(parts, sizes, strict=True)) if sizes == sorted(set(sizes))[::-1] else None


def duration_unit(header: str) -> int:
    """Seconds that one stands for under a header; 1 where it names no unit.

    Examples
    --------
    >>> duration_unit("通话时长（分钟）"), duration_unit("Duration (h)"), duration_unit("时长")
    (60, 3600, 1)
    """
    match = _HEADER_UNIT.search(fold(header))
    return _UNITS[match[1]] if match else 1


def parse_code(text: str | None, words: Mapping[str, str]) -> tuple[str | None, str | None]:
    """Read a code: a known word gives the code it stands for, English words become ``lower_case``, the rest stays.

    Examples
    --------
    >>> parse_code("销售额", {"销售额": "sales_amount"}), parse_code("Win Rate", {}), parse_code("客情", {})
    (('sales_amount', None), ('win_rate', None), ('客情', None))
    """
    folded = fold(text)
    if folded in MISSING:
        return None, None
    if folded in words:
        return words[folded], None
    if re.fullmatch(r"[a-z][a-z0-9 _\-]*", folded):
        return re.sub(r"[ \-]+", "_", folded), None
    return (text or "").strip(), None
