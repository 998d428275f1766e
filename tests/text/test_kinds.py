"""The name of a column, then its values, decide how it is written."""

from decimal import Decimal

import pandas as pd
import pytest

from salesplan.errors import InputError
from salesplan.text.kinds import column_kind, column_kinds


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("target_fen", "money_fen"), ("forecast_upper", "money"), ("floor", "money"), ("p_stretch", "probability"),
        ("p_value", "number"), ("growth", "signed_percent"), ("skill", "signed_percent"), ("wape", "percent"),
        ("capacity_share", "percent"), ("pace_ratio", "percent"), ("attainment", "percent"), ("n_months", "count"),
        ("working_days", "count"), ("month", "month"), ("iso_week", "week"), ("quarter", "quarter"),
        ("hire_date", "date"), ("rep_id", "plain"), ("employee_no", "plain"), ("fiscal_year", "plain"),
        ("level", "word"), ("remark", "text"), ("survival", "percent"), ("survival_lower", "percent"), ("incidence_upper", "percent"),
        ("hazard_ratio", "number"), ("hazard_ratio_upper", "number"),
    ],
)  # fmt: skip
def test_names_tell_kinds(name: str, kind: str) -> None:
    assert column_kind(name) == kind


def test_values_tell_where_the_name_does_not() -> None:
    assert column_kind("x", pd.Series([1, 2])) == "count"
    assert column_kind("x", pd.Series([1.5])) == "number"
    assert column_kind("x", pd.Series([True])) == "flag"
    assert column_kind("x", pd.Series(pd.period_range("2027-01", periods=2, freq="M"))) == "month"
    assert column_kind("x", pd.Series(pd.period_range("2027Q1", periods=2, freq="Q"))) == "quarter"
    assert column_kind("x", pd.Series(pd.to_datetime(["2027-01-01"]))) == "date"
    assert column_kind("amount", pd.Series([Decimal("1.5"), None], dtype=object)) == "money"
    assert column_kind("target", pd.Series(["on hold"])) == "text"


def test_months_across_hold_money_unless_said_otherwise() -> None:
    frame = pd.DataFrame({pd.Period("2027-01", "M"): [1.0], "2027Q1": [2.0], "2027-W05": [3.0]})
    assert column_kinds(frame) == ["money"] * 3
    assert column_kinds(frame, {"2027Q1": "percent"}) == ["money", "percent", "money"]


def test_column_of_two_headings_takes_the_one_that_tells() -> None:
    frame = pd.DataFrame([[0.5]], columns=pd.MultiIndex.from_tuples([("p_target", "East")]))
    assert column_kinds(frame) == ["probability"]


def test_unknown_kind_is_refused() -> None:
    with pytest.raises(InputError, match="did you mean 'money'"):
        column_kinds(pd.DataFrame({"a": [1]}), {"a": "mony"})
