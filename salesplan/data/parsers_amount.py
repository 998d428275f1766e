"""Amounts as people write them: 1.2亿元, (1,200.00), HK$500, １２３４．５."""

import re
import unicodedata
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Final, NamedTuple

MISSING: Final = frozenset(
    {
        "",
        "-",
        "--",
        "—",
        "——",
        "–",
        "n/a",
        "na",
        "#n/a",
        "nan",
        "null",
        "<null>",
        "none",
        "nil",
        "(null)",
        "(blank)",
        "无",
        "空",
        "/",
    }
)
"""Texts that stand for "no value" (after folding width and case)."""

ERROR_VALUES: Final = re.compile(r"^#(REF!|N/A|NAME\?|VALUE!|DIV/0!|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA|#+)?$", re.I)

_UNITS: Final = {
    "": 1,
    "元": 1,
    "圆": 1,
    "块": 1,
    "百": 100,
    "千": 1_000,
    "万": 10_000,
    "十万": 100_000,
    "百万": 1_000_000,
    "千万": 10_000_000,
    "亿": 100_000_000,
    "k": 1_000,
    "m": 1_000_000,
    "mn": 1_000_000,
    "bn": 1_000_000_000,
    "w": 10_000,
}
_CURRENCIES: Final = {
    "¥": "CNY",
    "￥": "CNY",
    "rmb": "CNY",
    "cny": "CNY",
    "人民币": "CNY",
    "us$": "USD",
    "$": "USD",
    "usd": "USD",
    "美元": "USD",
    "hk$": "HKD",
    "hkd": "HKD",
    "港币": "HKD",
    "港元": "HKD",
    "€": "EUR",
    "eur": "EUR",
    "欧元": "EUR",
    "£": "GBP",
    "gbp": "GBP",
    "英镑": "GBP",
    "jpy": "JPY",
    "日元": "JPY",
    "sgd": "SGD",
    "aud": "AUD",
    "cad": "CAD",
    "chf": "CHF",
    "nt$": "TWD",
    "twd": "TWD",
    "krw": "KRW",
    "inr": "INR",
}
_SIGNS: Final = "|".join(sorted(map(re.escape, _CURRENCIES), key=len, reverse=True))
_AMOUNT: Final = re.compile(
    rf"^(?P<lead>{_SIGNS})?\s*(?P<sign>[+-])?\s*(?P<lead2>{_SIGNS})?\s*"
    r"(?P<number>[\d,.\s]*\d\.?|\d[\d,.\s]*|\d(?:\.\d+)?e[+-]?\d+)\s*"
    rf"(?P<unit>{'|'.join(sorted((re.escape(u) for u in _UNITS if u), key=len, reverse=True))})?\s*(?P<yuan>[元圆])?\s*"
    rf"(?P<tail>{_SIGNS})?$"
)
_PLAIN: Final = re.compile(r"^\d+\.?\d*$|^\.\d+$")
_SCIENTIFIC: Final = re.compile(r"^\d+(?:\.\d+)?e[+-]?\d{1,2}$")
_THOUSANDS: Final = re.compile(r"^\d{1,3}(?:,\d{3})+(?:\.\d*)?$")
_MYRIADS: Final = re.compile(r"^\d{1,4}(?:,\d{4})+(?:\.\d*)?$")
_DECIMAL_COMMA: Final = re.compile(r"^\d+,\d{1,2}$|^\d{1,3}(?:[. ]\d{3})+,\d+$|^\d+,\d{4,}$")
_QUANTUM: Final = Decimal("0.0001")
_LIMIT: Final = Decimal(10) ** 14


class Amount(NamedTuple):
    """An amount, the currency it names, and why it could not be read (all three optional)."""

    value: Decimal | None
    currency: str | None
    reason: str | None


def parse_amount(text: str | None, *, unit: int | Decimal = 1) -> Amount:
    """Read one amount.

    A unit written in the cell (万, 亿, k) wins over the unit of the header. Nothing is guessed: a
    comma that could be a decimal sign, a percentage, a range or words give no value but a reason.

    Parameters
    ----------
    text
        The cell, as text.
    unit
        What one stands for in this column, such as 10000 under a header "(万元)".

    Examples
    --------
    >>> parse_amount("1.2亿元")
    Amount(value=Decimal('120000000.0'), currency=None, reason=None)
    >>> parse_amount("12.5", unit=10_000).value
    Decimal('125000.0')
    >>> parse_amount("30-50万").reason
    'unparseable_amount'
    """
    folded = fold(text)
    if folded in MISSING:
        return Amount(None, None, None)
    if folded[0] in "=@" or re.match(r"^[+-][a-z@(]", folded):
        return Amount(None, None, "formula_text")
    if ERROR_VALUES.match(folded):
        return Amount(None, None, "excel_error")
    if folded.endswith(("%", "‰")):
        return Amount(None, None, "percent_in_amount")
    negative = False
    body = folded
    if (wrapped := re.match(r"^(.*?)\((.+)\)$", body)) and not re.search(r"[()]", wrapped[2]):
        lead = wrapped[1].strip()
        if lead == "" or lead in _CURRENCIES:
            body, negative = lead + wrapped[2], True
    match = _AMOUNT.match(body)
    if match is None:
        mark = next((code for sign, code in _CURRENCIES.items() if body.startswith(sign)), None)
        return Amount(None, mark, "unparseable_amount")
    signs = {_CURRENCIES[s] for s in (match["lead"], match["lead2"], match["tail"]) if s}
    if len(signs) > 1:
        return Amount(None, None, "unknown_currency")
    currency = next(iter(signs), None)
    number, reason = _number(match["number"].strip())
    if number is None:
        return Amount(None, currency, reason)
    scale = Decimal(_UNITS[match["unit"]]) if match["unit"] else Decimal(1) if match["yuan"] else Decimal(unit)
    value = number * scale
    if value >= _LIMIT:
        return Amount(None, currency, "unparseable_amount")
    if negative != (match["sign"] == "-"):
        value = -value
    return Amount(value, currency, None)


def fold(text: str | None) -> str:
    """Full-width to half-width, outer blanks off, lower case (``None`` becomes empty).

    Examples
    --------
    >>> fold(" １２．５万 ")
    '12.5万'
    """
    return "" if text is None else unicodedata.normalize("NFKC", text).replace("−", "-").strip().casefold()


def quantize(value: Decimal) -> Decimal:
    """To four decimals, half to even, as stored."""
    return value.quantize(_QUANTUM, rounding=ROUND_HALF_EVEN)


def _number(text: str) -> tuple[Decimal | None, str | None]:
    if _PLAIN.match(text) or _SCIENTIFIC.match(text):
        try:
            return Decimal(text.rstrip(".")), None
        except InvalidOperation:
            return None, "unparseable_amount"
    if _THOUSANDS.match(text) or _MYRIADS.match(text):
        return Decimal(text.replace(",", "").rstrip(".")), None
    if _DECIMAL_COMMA.match(text):
        return None, "ambiguous_decimal_comma"
    if spaced := re.match(r"^\d{1,3}(?: \d{3})+(?:\.\d+)?$", text):
        return Decimal(spaced[0].replace(" ", "")), None
    return None, "bad_grouping" if "," in text or text.count(".") > 1 else "unparseable_amount"


_HEADER_UNIT: Final = re.compile(
    r"[(\[（【/_:：]\s*(?:单位[:：]?\s*)?(?:人民币|rmb|cny|¥)?\s*(百万|千万|十万|万|千|亿|百)?\s*(元|圆|rmb|cny|美元|usd)?\s*[)\]）】]?\s*$"
)


def header_unit(header: str) -> int:
    """What one stands for under a header; 1 where it names no unit.

    Examples
    --------
    >>> header_unit("预计销售金额（万元）"), header_unit("金额(千元)"), header_unit("数量")
    (10000, 1000, 1)
    """
    match = _HEADER_UNIT.search(fold(header))
    return _UNITS[match[1]] if match and match[1] else 1
