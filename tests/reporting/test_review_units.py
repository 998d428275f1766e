"""Which units are meant: by id, name, path and level; doubt and misspellings are said."""

import pandas as pd
import pytest

from salesplan.errors import ParameterError
from salesplan.reporting.review_units import ReviewUnits
from tests.reporting.review_example import UNITS


@pytest.fixture(scope="module")
def tree() -> ReviewUnits:
    return ReviewUnits(UNITS.sample(frac=1, random_state=3))


def ids(tree: ReviewUnits, asked: str) -> list[str]:
    return [unit.unit_id for unit in tree.chosen(asked)]


def test_sellers_and_former_staff_are_no_units(tree: ReviewUnits) -> None:
    assert {unit.unit_id for unit in tree} == {"co", "e", "e1", "e2", "s", "s1", "x<b>"}


def test_units_come_in_the_order_of_the_tree(tree: ReviewUnits) -> None:
    listed = [unit.unit_id for unit in tree]
    assert listed[0] == "co"
    assert all(listed.index(unit.parent_id) < listed.index(unit.unit_id) for unit in tree if unit.parent_id)
    together = [listed.index(unit) for unit in ("e", "e1", "e2")]
    assert max(together) - min(together) == 2


@pytest.mark.parametrize(("asked", "wanted"), [
    ("all", {"co", "e", "e1", "e2", "s", "s1", "x<b>"}), ("全部", {"co", "e", "e1", "e2", "s", "s1", "x<b>"}),
    ("华东-一组", {"e1"}), ("华东/一组", {"e1"}), ("华东 － 一组", {"e1"}), ("星辰科技-一组-", None), ("星辰科技/华南/一组", {"s1"}),
    ("星辰科技-二组", {"e2"}), ("e1，二组", {"e1", "e2"}), ("华南, 华南", {"s"}), ("level:team", {"e1", "e2", "s1", "x<b>"}),
    ("level：region", {"e", "s"}), ("华东/*", {"e", "e1", "e2"}), ("<i>渠道</i>", {"x<b>"}), ("E1", None),
])  # fmt: skip
def test_what_people_write_is_understood(tree: ReviewUnits, asked: str, wanted: set[str] | None) -> None:
    if wanted is None:
        with pytest.raises(ParameterError):
            tree.chosen(asked)
    else:
        assert set(ids(tree, asked)) == wanted


def test_a_name_cut_short_is_the_one_unit_it_can_mean() -> None:
    units = pd.DataFrame({"unit_id": ["co", "e", "e1", "s", "s1", "n"], "parent_id": [None, "co", "e", "co", "s", "co"],
                          "level": ["company", "region", "team", "region", "team", "region"],
                          "name": ["远帆", "华东大区", "上海团队", "华南大区", "上杭团队", "华东"]})
    tree = ReviewUnits(units)
    assert [tree.find(word).unit_id for word in ("华东", "华南", "华东大-上", "上海")] == ["n", "s", "e1", "e1"]
    assert [unit.unit_id for unit in tree.chosen("华南/*")] == ["s", "s1"]
    with pytest.raises(ParameterError, match="name of 2") as caught:
        tree.find("上")
    assert "华东大区-上海团队 (e1)" in caught.value.fix and "华南大区-上杭团队 (s1)" in caught.value.fix


def test_a_name_of_several_units_is_refused_with_their_paths(tree: ReviewUnits) -> None:
    with pytest.raises(ParameterError, match="name of 2") as caught:
        tree.chosen("一组")
    assert "华东-一组 (e1)" in caught.value.fix and "华南-一组 (s1)" in caught.value.fix


@pytest.mark.parametrize(("asked", "near"), [
    ("华动-一组", "华东-一组"), ("二足", "华东-二组"), ("level:teams", "team"), (" ， ", "--units all"),
])  # fmt: skip
def test_an_unknown_unit_is_refused_with_the_nearest(tree: ReviewUnits, asked: str, near: str) -> None:
    with pytest.raises(ParameterError) as caught:
        tree.chosen(asked)
    assert near in caught.value.fix


def test_a_name_with_a_comma_in_it_is_one_unit() -> None:
    units = pd.DataFrame([("co", None, "company", "A"), ("b", "co", "team", "Smith, Jones")], columns=UNITS.columns)
    assert ids(ReviewUnits(units), "Smith, Jones") == ["b"]


def test_a_thousand_names_are_not_listed_in_an_error() -> None:
    rows = [("co", None, "company", "公司"), *((f"u{n}", "co", "team", f"第{n}组") for n in range(1000))]
    with pytest.raises(ParameterError) as caught:
        ReviewUnits(pd.DataFrame(rows, columns=UNITS.columns)).chosen("zzz")
    assert len(caught.value.fix) < 400 and caught.value.fix.endswith("…")


def test_folders_are_safe_and_different() -> None:
    rows = [("co", None, "company", "公司"), ("../x", "co", "team", "a"), ("..x", "co", "team", "b"), ("CON", "co", "team", "c")]
    folders = [unit.folder for unit in ReviewUnits(pd.DataFrame(rows, columns=UNITS.columns))]
    assert len({folder.casefold() for folder in folders}) == 4
    assert not any(set(folder) & set("./\\<>:") for folder in folders) and "CON" not in folders
