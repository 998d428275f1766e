"""Frames written for people keep their shape and share one money scale."""

import numpy as np
import pandas as pd
import pytest

from salesplan.text.frames import caption, format_frame, table_scale


@pytest.fixture
def plan() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": ["Former staff", "华东"],
            "level": ["former", "region"],
            "target": [12_345_678.0, np.nan],
            "target_fen": [1_234_567_800, 50_000_000],
            "growth": [0.12, -0.034],
            "p_target": [0.634, 1.0],
            "month": pd.PeriodIndex(["2027-01", "2027-02"], freq="M"),
            "is_estimated": [True, False],
            "n_months": [36, 7],
            "working_days": pd.array([19, None], dtype="Int64"),
            "quarter": ["2027Q1", None],
        },
        index=["a", "b"],
    )


def test_values_in_chinese(plan: pd.DataFrame) -> None:
    text = format_frame(plan, "zh")
    assert text.loc["a"].tolist() == [
        "已离职人员", "已离职", "1,234.6万", "1,234.6万", "+12.0%", "63%", "2027年1月", "是", "36", "19",
        "2027年第1季度",
    ]  # fmt: skip
    assert text.loc["b"].tolist() == [
        "华东", "区域", "–", "50.0万", "-3.4%", ">99%", "2027年2月", "否", "7", "–", "–"
    ]  # fmt: skip


def test_values_in_english(plan: pd.DataFrame) -> None:
    text = format_frame(plan, "en", suffix=False)
    assert text.loc["a", ["level", "target", "month", "is_estimated", "quarter"]].tolist() == [
        "Former", "12.35", "Jan 2027", "Yes", "Q1 2027"]  # fmt: skip


def test_input_is_left_alone_and_shape_kept(plan: pd.DataFrame) -> None:
    before = plan.copy(deep=True)
    text = format_frame(plan, "zh")
    pd.testing.assert_frame_equal(plan, before)
    assert text.shape == plan.shape
    assert text.index.equals(plan.index)
    assert all(isinstance(cell, str) for cell in text.to_numpy().ravel())


def test_weeks_name_their_year_only_where_years_meet() -> None:
    assert format_frame(pd.DataFrame({"iso_week": ["2027-W01", "2027-W02"]}), "zh")["iso_week"].tolist() == [
        "第1周", "第2周"]  # fmt: skip
    across = format_frame(pd.DataFrame({"iso_week": ["2026-W53", "2027-W01"]}), "zh")
    assert across["iso_week"].tolist() == ["2026年第53周", "2027年第1周"]


def test_fractional_and_whole_numbers() -> None:
    frame = pd.DataFrame({"capacity_months": [11.5, 12.0], "mase": [0.957, 1.1], "rows": [1000, 2], "fte": [1.0, 0.5]})
    assert format_frame(frame, "en").iloc[0].tolist() == ["11.5", "0.957", "1,000", "1.0"]
    assert format_frame(frame, "en")["rows"].tolist() == ["1,000", "2"]


def test_names_of_the_users_own_are_never_translated() -> None:
    frame = pd.DataFrame({"name": ["Target", "Former staff"], "product_line": ["*", "Month"]})
    assert format_frame(frame, "zh").to_numpy().tolist() == [["Target", "全部产品线"], ["已离职人员", "Month"]]


def test_empty_frame() -> None:
    empty = pd.DataFrame({"target": pd.Series(dtype=float), "name": pd.Series(dtype=object)})
    assert format_frame(empty, "zh").shape == (0, 2)
    assert table_scale(empty, "zh") == "one"
    assert table_scale(pd.DataFrame({"name": ["a"]}), "zh") is None


def test_captions_of_families() -> None:
    assert caption("target_fen", "zh") == "目标"
    assert caption("growth_lower", "en") == "Growth, from"
    assert caption("p_forecast", "zh") == "预测概率"
    assert caption(("target", pd.Period("2027-01", "M")), "en") == "Target · Jan 2027"
    assert caption("客户名称", "en") == "客户名称"
    assert caption("Order No", "zh") == "Order No"
