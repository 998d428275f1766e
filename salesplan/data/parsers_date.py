"""Dates as people and programs write them: 2027年1月5日, 2027.01.05, 20270105, Excel serials, time stamps."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from salesplan.data.parsers_amount import ERROR_VALUES, MISSING, fold

DateOrder = Literal["ymd", "mdy", "dmy"]

EARLIEST: Final = date(1950, 1, 1)
LATEST: Final = date(2100, 12, 31)
_EXCEL_EPOCH: Final = date(1899, 12, 30)
_TIME: Final = (
    r"(?:[t ]\s*(\d{1,2})[:点时](\d{1,2})(?:[:分](\d{1,2})(?:[.,]\d+)?)?秒?\s*(am|pm)?\s*(z|[+-]\d{2}:?\d{2})?)?"
)
_YMD: Final = re.compile(
    r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:\s*(?:星期|周).)?" + _TIME + "$"
)
_COMPACT: Final = re.compile(r"^(\d{4})(\d{2})(\d{2})(?:\s?(\d{2}):?(\d{2}):?(\d{2}))?$")
_PART: Final = re.compile(r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})" + _TIME + "$")
_TWO_DIGIT: Final = re.compile(r"^\d{1,2}[-/.]\d{1,2}[-/.]\d{2}$")
_NUMBER: Final = re.compile(r"^\d+(?:\.\d+)?$")
_MONTHS: Final = {
    m: i for i, m in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)
}
_NAMED: Final = re.compile(r"^(?:(\d{1,2})[ -])?([a-z]{3})[a-z]*\.?[ -](?:(\d{1,2}),? )?(\d{4})$")
_MONTH: Final = re.compile(r"^(\d{4})\s*[-/.年]?\s*(?:m)?(\d{1,2})\s*月?(?:份)?$")
_NAMED_MONTH: Final = re.compile(r"^(\d{4})[\s\-/]*([a-z]{3})[a-z]*$")
_QUARTER: Final = re.compile(r"^(\d{4})\s*[-/年]?\s*(?:q|第)?([1-4一二三四])(?:季度|季)?$")
_YEAR: Final = re.compile(r"^(?:fy)?(\d{4})\s*年?(?:度)?$")


class Day(NamedTuple):
    """A calendar day, or why there is none."""

    value: date | None
    reason: str | None


def parse_date(text: str | None, *, order: DateOrder = "ymd", timezone: str = "Asia/Shanghai") -> Day:
    """Read one date.

    Time stamps with an offset (or Z) are moved to ``timezone`` first, so 2026-03-31T16:00Z is the first
    of April in Shanghai; without an offset they are local. ``3/31/2026`` is read only where the order
    of its parts was declared.

    Examples
    --------
    >>> parse_date("2027年1月5日").value.isoformat(), parse_date("46392").value.isoformat()
    ('2027-01-05', '2027-01-05')
    >>> parse_date("3/4/2026").reason, parse_date("3/4/2026", order="mdy").value.isoformat()
    ('ambiguous_date', '2026-03-04')
    >>> parse_date("2026-03-31T16:00:00.000Z").value.isoformat()
    '2026-04-01'
    """
    folded = fold(text)
    if folded in MISSING:
        return Day(None, None)
    if ERROR_VALUES.match(folded):
        return Day(None, "excel_error")
    if folded[0] in "=@":
        return Day(None, "formula_text")
    if match := _YMD.match(folded):
        return _day(int(match[1]), int(match[2]), int(match[3]), match.groups()[3:], timezone)
    if match := _COMPACT.match(folded):
        return _day(int(match[1]), int(match[2]), int(match[3]), (None,) * 5, timezone)
    if match := _PART.match(folded):
        if order == "ymd":
            return Day(None, "ambiguous_date")
        first, second = int(match[1]), int(match[2])
        month, day = (first, second) if order == "mdy" else (second, first)
        return _day(int(match[3]), month, day, match.groups()[3:], timezone)
    if match := _NAMED.match(folded):
        month = _MONTHS.get(match[2], 0)
        day_text = match[1] or match[3]
        return _day(int(match[4]), month, int(day_text or 1), (None,) * 5, timezone)
    if _NUMBER.match(folded):
        serial = int(float(folded))
        if 18_264 <= serial <= 73_415:
            return Day(_EXCEL_EPOCH + timedelta(days=serial), None)
        return Day(None, "date_serial_out_of_range")
    if match := re.match(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?$", folded):
        return _day(int(match[1]), int(match[2]), 1, (None,) * 5, timezone)
    return Day(None, "ambiguous_date" if _TWO_DIGIT.match(folded) else "unparseable_date")


def parse_epoch(text: str | None, *, per_second: int, timezone: str = "Asia/Shanghai") -> Day:
    """Read seconds (``per_second=1``) or milliseconds (1000) since 1970 as a local day.

    Examples
    --------
    >>> parse_epoch("1774972800000", per_second=1000).value.isoformat()
    '2026-04-01'
    """
    folded = fold(text)
    if folded in MISSING:
        return Day(None, None)
    try:
        moment = datetime.fromtimestamp(float(folded) / per_second, UTC).astimezone(ZoneInfo(timezone))
    except (ValueError, OverflowError, OSError):
        return Day(None, "unparseable_date")
    return _within(moment.date())


def parse_period(text: str | None) -> tuple[date | None, date | None, str | None, str | None]:
    """Read a month, quarter or year: first day, last day, period type, reason.

    Examples
    --------
    >>> parse_period("2027年3月")[:3] == (date(2027, 3, 1), date(2027, 3, 31), "month")
    True
    >>> parse_period("2027Q2")[2], parse_period("2027年度")[2]
    ('quarter', 'year')
    """
    folded = fold(text)
    if folded in MISSING:
        return None, None, None, None
    if match := _YEAR.match(folded):
        year = int(match[1])
        return (
            (date(year, 1, 1), date(year, 12, 31), "year", None)
            if 1950 <= year <= 2100
            else (None, None, None, "date_out_of_range")
        )
    if ("q" in folded or "季" in folded) and (match := _QUARTER.match(folded)):
        quarter = {"一": 1, "二": 2, "三": 3, "四": 4}.get(match[2]) or int(match[2])
        start = date(int(match[1]), 3 * quarter - 2, 1)
        return start, _month_end(start.year, 3 * quarter), "quarter", None
    if (match := _NAMED_MONTH.match(folded)) and match[2] in _MONTHS:
        folded = f"{match[1]}-{_MONTHS[match[2]]}"
    if match := _MONTH.match(folded):
        year, month = int(match[1]), int(match[2])
        if not 1 <= month <= 12:
            return None, None, None, "unparseable_date"
        return date(year, month, 1), _month_end(year, month), "month", None
    day = parse_date(folded)
    if day.value is None:
        return None, None, None, day.reason or "unparseable_date"
    return day.value.replace(day=1), _month_end(day.value.year, day.value.month), "month", None


def _day(year: int, month: int, day: int, clock: tuple[str | None, ...], timezone: str) -> Day:
    try:
        value = date(year, month, day)
        hour, minute, _second, half, offset = clock
        if offset and hour is not None and minute is not None:
            hours = int(hour) % 12 + 12 * (half == "pm") if half else int(hour)
            sign = offset.upper().replace("Z", "+00:00")
            moment = datetime.fromisoformat(f"{value.isoformat()}T{hours:02d}:{int(minute):02d}:00{sign}")
            value = moment.astimezone(ZoneInfo(timezone)).date()
    except ValueError:
        return Day(None, "unparseable_date")
    return _within(value)


def _within(value: date) -> Day:
    return Day(value, None) if EARLIEST <= value <= LATEST else Day(None, "date_out_of_range")


def _month_end(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
