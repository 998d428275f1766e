import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.data.parsers import parse_column
from salesplan.data.parsers_measure import duration_unit, parse_code, parse_duration, parse_ratio
from salesplan.data.schema import TABLES
from salesplan.data.synonyms import normal_label


@pytest.mark.parametrize(("text", "value"), [("3", 3.0), ("1/3", 1 / 3), ("1:3", 1 / 3), ("１：３", 1 / 3), ("2比1", 2.0),
                                             ("0.5", 0.5), (" 3 / 2 ", 1.5)])
def test_ratios_are_read_as_people_write_them(text, value):
    assert parse_ratio(text) == (pytest.approx(value), None)


@pytest.mark.parametrize("text", ["0", "1/0", "0:3", "-3", "同等", "2026-01-03 00:00:00", "1/2/3"])
def test_what_is_no_ratio_is_refused_and_never_guessed(text):
    assert parse_ratio(text) == (None, "unparseable_ratio")


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("00:01:30", 90), ("1:30", 90), ("1分30秒", 90), ("1.5分钟", 90),
                                               ("1小时2分", 3720), ("45 min", 2700), ("90s", 90), ("0", 0)])
def test_durations_become_seconds(text, seconds):
    assert parse_duration(text) == (seconds, None)


@pytest.mark.parametrize("text", ["-5", "1:75", "很久", "3天", "30秒1分", "99999999"])
def test_what_is_no_duration_is_refused(text):
    assert parse_duration(text) == (None, "unparseable_duration")


def test_a_header_says_what_a_bare_number_counts():
    assert [duration_unit(h) for h in ("通话时长(分钟)", "时长（秒）", "Duration (min)", "duration_seconds", "时长", "小时")] == [
        60, 1, 60, 1, 1, 3600]
    assert parse_duration("2.5", unit=60) == (150, None)
    assert parse_duration("00:02:00", unit=60) == (120, None)


def test_units_and_scales_in_brackets_do_not_change_what_a_caption_is():
    assert normal_label("通话时长（分钟）") == normal_label("通话时长")
    assert normal_label("得分(1-5)") == normal_label("得分（百分制）") == "得分"


def test_codes_take_known_words_and_leave_others_alone():
    assert parse_code("销售额", {"销售额": "sales_amount"}) == ("sales_amount", None)
    assert parse_code("Win-Rate", {}) == ("win_rate", None)
    assert parse_code("客情维护", {}) == ("客情维护", None)
    assert parse_code("-", {}) == (None, None)


def test_columns_bring_their_own_parser():
    ratio = TABLES["kpi_judgment"].column("ratio")
    got = parse_column(pa.array(["1/4", "九", ""]), ratio)
    assert got.cells.to_pylist() == [0.25, None, None]
    assert got.faults["unparseable_ratio"].tolist() == [1]
    seconds = parse_column(pa.array(["1.5", "00:00:05"]), TABLES["activity"].column("seconds"), unit=60)
    assert seconds.cells.to_pylist() == [90, 5]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=20))
def test_no_text_makes_them_raise(text):
    for read in (parse_ratio, parse_duration):
        value, reason = read(text)
        assert value is None or (reason is None and value >= 0)
