import pandas as pd
import pytest

from salesplan.data.product_lines import OTHER_LINE, check_product_lines, fold_product_lines
from salesplan.errors import InputError


def sales(lines: dict[str, float]) -> pd.DataFrame:
    return pd.DataFrame({"product_line": list(lines), "amount": list(lines.values())})


def test_few_lines_stay_as_they_are_largest_first():
    folded, lines = fold_product_lines(sales({"a": 1, "b": 3, "c": 2}))
    assert lines == ["b", "c", "a"]
    assert folded["product_line"].tolist() == ["a", "b", "c"]


def test_many_lines_become_twelve_and_keep_their_total():
    many = sales({f"line {n:02d}": n for n in range(1, 21)})
    folded, lines = fold_product_lines(many)
    assert len(lines) == 12
    assert lines[-1] == OTHER_LINE
    assert folded["amount"].sum() == many["amount"].sum()
    assert folded.loc[folded["product_line"] == OTHER_LINE, "amount"].sum() == sum(range(1, 10))


def test_a_line_called_other_joins_the_rest():
    many = sales({**{f"line {n:02d}": n for n in range(1, 14)}, OTHER_LINE: 100})
    assert fold_product_lines(many)[1].count(OTHER_LINE) == 1


def test_names_that_would_break_node_names_are_changed():
    assert fold_product_lines(sales({"*": 1, "a|b": 2}))[1] == ["a/b", OTHER_LINE]


def test_unknown_lines_are_refused_with_the_nearest():
    assert check_product_lines(["b", "a"], ["a", "b"]) == ["a", "b"]
    with pytest.raises(InputError, match="did you mean 'Bikes'"):
        check_product_lines(["Bike"], ["Bikes", "Helmets"])


def test_a_single_line_cannot_hold_all():
    with pytest.raises(InputError, match="most == 1"):
        fold_product_lines(sales({"a": 1}), most=1)
