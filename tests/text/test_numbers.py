"""Numbers, money and dates look as a sales manager writes them."""

import datetime as dt
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InputError
from salesplan.text.numbers import (
    MISSING,
    common_scale,
    format_count,
    format_date,
    format_money,
    format_month,
    format_percent,
    format_probability,
    format_quarter,
    format_signed_percent,
    format_week,
    money_unit,
)


@pytest.mark.parametrize(
    ("amount", "zh", "en"),
    [
        (0, "0", "0"),
        (9999, "9,999", "10.0K"),
        (9999.6, "1.0万", "10.0K"),
        (12.5, "12.50", "12.50"),
        (1_234_567, "123.5万", "1.23M"),
        (99_999_999, "1.00亿", "100.00M"),
        (1.2e8, "1.20亿", "120.00M"),
        (999_999_999, "10.00亿", "1.00B"),
        (-1_234_567, "-123.5万", "-1.23M"),
        (-0.001, "0.00", "0.00"),
        (math.inf, "∞", "∞"),
        (math.nan, MISSING, MISSING),
        (None, MISSING, MISSING),
        (pd.NA, MISSING, MISSING),
    ],
)
def test_money_is_scaled_by_its_size_as_shown(amount: float, zh: str, en: str) -> None:
    assert format_money(amount, "zh") == zh
    assert format_money(amount, "en") == en


def test_exact_money_shows_every_coin_of_its_currency() -> None:
    assert format_money(1_234_567.891, "zh", scale="exact") == "1,234,567.89"
    assert format_money(1_234_567, "en", scale="exact", currency="JPY") == "1,234,567"
    assert format_money(1_234_567, "en", scale="one") == "1,234,567"


def test_money_names_its_currency_on_request() -> None:
    assert format_money(1_234_567, "zh", with_unit=True) == "123.5万元"
    assert format_money(1_234_567, "zh", with_unit=True, currency="USD") == "123.5万美元"
    assert format_money(-1_234_567, "en", with_unit=True) == "-¥1.23M"
    assert format_money(5, "en", with_unit=True, currency="CHF") == "CHF 5"
    assert [money_unit(s, "zh") for s in ("one", "ten_thousand", "hundred_million")] == ["元", "万元", "亿元"]
    assert money_unit("million", "en", currency="USD") == "$ million"


def test_unknown_scale_names_the_known_ones() -> None:
    with pytest.raises(InputError, match="ten_thousand"):
        format_money(1, "zh", scale="wan")


def test_one_scale_serves_large_and_small() -> None:
    assert common_scale([1.2e8, 3e6, 2e6, 1e6], "zh") == "ten_thousand"
    assert common_scale([3e8, 2e8], "zh") == "hundred_million"
    assert common_scale([np.nan, 0, np.inf], "zh") == "one"
    assert common_scale([5e6] * 9 + [3.0, 4.0], "zh") == "one"
    assert common_scale([5e6] * 30 + [3.0], "zh") == "ten_thousand"
    assert format_money(3.0, "zh", scale="ten_thousand") == "≈0", "an amount may not look like none"
    assert format_money(0.0, "zh", scale="ten_thousand", suffix=False) == "0.0"


def test_shares_changes_and_probabilities() -> None:
    assert format_percent(0.1234, "zh", 2) == "12.34%"
    assert format_percent(np.nan, "zh") == MISSING
    assert format_percent(math.inf, "en") == "∞"
    assert format_signed_percent(0.0, "en") == "0.0%"
    assert format_signed_percent(-0.0004, "en") == "0.0%"
    assert [format_probability(p, "en") for p in (0.0, 0.0099, 0.5, 0.99, 0.9901, np.nan)] == [
        "<1%", "<1%", "50%", "99%", ">99%", MISSING]  # fmt: skip
    assert format_count(1e6, "zh") == "1,000,000"


def test_days_months_quarters_and_weeks() -> None:
    assert format_date(dt.date(2027, 12, 31), "zh") == "2027年12月31日"
    assert format_date(pd.NaT, "en") == MISSING
    assert format_month(dt.date(2027, 3, 9), "en", year=False) == "Mar"
    assert format_quarter(pd.Period("2027Q2", "Q"), "zh") == "2027年第2季度"
    assert format_week("2027-W05", "zh") == "第5周"
    assert format_week(None, "zh") == MISSING
    for bad in ("2027", "week 5"):
        with pytest.raises(InputError):
            format_week(bad, "zh")
        with pytest.raises(InputError):
            format_quarter(bad, "zh")
    with pytest.raises(InputError, match="must be a date"):
        format_date("soon", "zh")


@settings(max_examples=60)
@given(st.floats(min_value=-1e13, max_value=1e13), st.sampled_from(["zh", "en"]))
def test_shown_money_is_the_amount_up_to_rounding(amount: float, lang: str) -> None:
    text = format_money(amount, lang)
    factors = {"万": 1e4, "亿": 1e8, "K": 1e3, "M": 1e6, "B": 1e9}
    factor = factors.get(text[-1], 1.0)
    back = float(text.rstrip("万亿KMB").replace(",", "")) * factor
    digits = len(text.rstrip("万亿KMB").partition(".")[2])
    assert abs(back - amount) <= 0.5000001 * factor * 10**-digits
    assert not text.startswith("-0.0") or back != 0
