import numpy as np
import pandas as pd
import pytest

from salesplan.errors import InputError
from salesplan.forecasting.history import NEVER, check_history, node_parents, node_starts
from salesplan.hierarchy import Hierarchy
from tests.forecasting.companies import make_company


def tree(lines=("x", "y")) -> Hierarchy:
    units = pd.DataFrame({"unit_id": ["co", "a", "b"], "parent_id": [None, "co", "co"],
                          "level": ["company", "rep", "rep"], "name": ["Co", "A", "B"]})
    return Hierarchy(units=units, lines=list(lines))


def frame(months: int = 14) -> pd.DataFrame:
    index = pd.period_range("2024-01", periods=months, freq="M")
    return pd.DataFrame(1.0, index=index, columns=pd.MultiIndex.from_product([["a", "b"], ["x", "y"]]))


def test_rows_follow_the_tree_whatever_the_order_of_columns():
    company = make_company(sellers=2, months=15)
    laid = check_history(company.history, company.hierarchy)
    mixed = check_history(company.history.sample(frac=1, axis=1, random_state=1), company.hierarchy)
    assert (laid.bottom == mixed.bottom).all()


def test_starts_follow_hire_and_launch():
    f = frame()
    f.loc[:"2024-05", ("b", "x")] = 0
    f.loc[:"2024-05", ("b", "y")] = 0
    f[("a", "y")] = 0.0
    f.loc[:"2024-08", ("b", "y")] = 0
    laid = check_history(f, tree(), first_month=pd.Series({"b": pd.Period("2024-04", "M")}))
    assert dict(zip(tree().bottom_ids, laid.starts.tolist(), strict=True)) == {"a|x": 0, "b|x": 3, "a|y": 8, "b|y": 8}
    assert node_starts(tree(), laid.starts).tolist()[:3] == [0, 0, 3]


def test_people_without_sales_start_when_hired():
    f = frame()[[("a", "x"), ("a", "y")]]
    late = check_history(f, tree(), first_month=pd.Series({"b": "2025-06"}))
    assert late.hired.tolist() == [0, 17, 0, 17]
    assert check_history(f, tree()).hired.tolist()[1] == NEVER


def test_lines_lean_on_the_company_and_units_on_their_parent():
    assert node_parents(tree()).tolist() == [-1, 0, 0, 0, 3, 3, 0, 6, 6]


@pytest.mark.parametrize(("spoil", "message"), [
    (lambda f: f.set_axis(f.index.to_timestamp()), "PeriodIndex"),
    (lambda f: f.iloc[:0], "must have months"),
    (lambda f: f.drop(f.index[3]), "months missing \\['2024-04'\\]"),
    (lambda f: f.iloc[::-1], "in order"),
    (lambda f: f.rename(columns={"b": "zz"}, level=0), "'zz'"),
    (lambda f: f.set_axis(["p", "q", "r", "s"], axis=1), "pairs"),
    (lambda f: f.astype(object).replace(1.0, "viel"), "text"),
    (lambda f: f.replace(1.0, np.inf), "infinite"),
    (lambda f: f.replace(1.0, np.nan), "every cell missing"),
])
def test_bad_history_is_refused_with_the_reason(spoil, message):
    with pytest.raises(InputError, match=message):
        check_history(spoil(frame()), tree())
