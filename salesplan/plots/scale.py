"""The unit an axis of money is drawn in, and the names of its months."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from salesplan.text import check_language, say
from salesplan.text.numbers import money_unit

_STEPS = {
    "zh": ((1e8, "hundred_million"), (1e4, "ten_thousand"), (1.0, "one")),
    "en": ((1e9, "billion"), (1e6, "million"), (1e3, "thousand"), (1.0, "one")),
}


@dataclass(frozen=True, kw_only=True)
class MoneyScale:
    """What one unit of an axis is worth, and what it is called."""

    divisor: float
    caption: str

    def of(self, amount: Any) -> Any:
        """Amounts in units of the axis, rounded to what can be seen."""
        return np.round(np.asarray(amount, dtype=float) / self.divisor, 4)


def money_scale(amounts: Iterable[float], language: str, *, currency: str = "CNY") -> MoneyScale:
    """Choose the unit in which the largest amount has one to four digits.

    Examples
    --------
    >>> money_scale([3.2e7], "zh").caption, money_scale([3.2e7], "en").caption
    ('万元', '¥ million')
    """
    check_language(language)
    values = np.abs(np.asarray(list(amounts), dtype=float))
    largest = float(np.nanmax(values)) if np.isfinite(values).any() else 0.0
    steps = _STEPS[language]
    divisor, size = next(((d, s) for d, s in steps if largest >= 2 * d), steps[-1])
    return MoneyScale(divisor=divisor, caption=money_unit(size, language, currency=currency))


def month_name(month: pd.Period, language: str) -> str:
    """Short name of a month on an axis.

    Examples
    --------
    >>> month_name(pd.Period("2027-03"), "zh"), month_name(pd.Period("2027-03"), "en")
    ('3月', 'Mar')
    """
    return f"{month.month}月" if check_language(language) == "zh" else f"{month.to_timestamp():%b}"


def month_axis(language: str, *, n_months: int) -> dict[str, Any]:
    """Axis of calendar months: the year's name in its January, month names between."""
    year = "utcFormat(datum.value,'%Y')" + ("+'年'" if check_language(language) == "zh" else "")
    month = "utcFormat(datum.value,'%-m')+'月'" if language == "zh" else "utcFormat(datum.value,'%b')"
    step = 1 if n_months <= 14 else 6
    return {
        "labelExpr": f"utcmonth(datum.value)==0 ? {year} : {month}",
        "tickCount": {"interval": "month", "step": step},
        "labelOverlap": True,
        "title": None,
    }


def unit_subtitle(scale: MoneyScale, language: str, *parts: str) -> str:
    """Subtitle that names the unit first, then whatever else the reader needs."""
    return " · ".join([say("Unit: {unit}", language, unit=scale.caption), *[p for p in parts if p]])
