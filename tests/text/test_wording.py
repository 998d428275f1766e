import datetime as dt

import numpy as np
import pandas as pd
import pytest

from salesplan.text import say
from salesplan.text.wording import say_details, say_value


@pytest.mark.parametrize(
    ("name", "value", "zh", "en"),
    [
        ("target", 1234567.0, "123.5万", "1.23M"),
        ("target_fen", 123456789, "1,234,567.89", "1,234,567.89"),
        ("last_year", 67476093.7, "6,747.6万", "67.48M"),
        ("factor", 1.0286, "1.029", "1.029"),
        ("p_target", 0.634, "63%", "63%"),
        ("growth", 0.12, "+12.0%", "+12.0%"),
        ("quarter_growth", 0.10668, "+10.7%", "+10.7%"),
        ("stretch_share", 0.08, "8.0%", "8.0%"),
        ("n_nodes", 12345, "12,345", "12,345"),
        ("n", 2.5, "2.5", "2.5"),
        ("capacity_months", 11.5, "11.5", "11.5"),
        ("due", dt.date(2027, 1, 5), "2027年1月5日", "5 Jan 2027"),
        ("month", pd.Period("2027-01", "M"), "2027年1月", "Jan 2027"),
        ("iso_week", "2027-W05", "第5周", "W05"),
        ("names", ["张伟", "Li"], "张伟、Li", "张伟, Li"),
        ("gap", np.nan, "–", "–"),
        ("name", "{x}", "{x}", "{x}"),
    ],
)
def test_a_detail_is_formatted_by_its_name(name, value, zh, en):
    assert say_value(name, value, "zh") == zh
    assert say_value(name, value, "en") == en


def test_nested_sentences_are_translated_too():
    assert say_details("{level_msgid}: {amount}", {"level_msgid": "Target", "amount": 5.0}, "zh") == "目标: 5"


@pytest.mark.parametrize(("n", "said"), [
    (1, "1 file is left"), (2, "2 files are left"), (0, "0 files are left"), (1001, "1,001 files are left")])
def test_words_go_with_their_number(n, said):
    assert say_details("{n} {n:file is|files are} left", {"n": n}, "en") == said


def test_a_number_can_stand_inside_the_words_that_go_with_it():
    judges = "{n_judges:The one judge is|All {n_judges} judges are} consistent."
    assert [say(judges, "en", n_judges=n) for n in (1, 3)] == ["The one judge is consistent.", "All 3 judges are consistent."]
