import numpy as np
import pandas as pd
import pytest

from salesplan.errors import InputError
from salesplan.ratings import check_ratings, ratings_matrix


def small() -> pd.DataFrame:
    return pd.DataFrame({
        "ratee_id": ["A", "A", "A", "B"], "rater_id": ["m", "x", "A", "x"],
        "relation": ["manager", "peer", "self", "peer"], "item": "teamwork", "score": [3.0, 4.0, 5.0, 1.0],
    })  # fmt: skip


def test_points_put_items_of_different_scales_side_by_side():
    frame = small().assign(scale_min=[1, 0, np.nan, np.nan], scale_max=[5, 10, np.nan, np.nan])
    assert check_ratings(frame)["points"].tolist() == [50.0, 40.0, 100.0, 0.0]


def test_the_input_stays_as_it_was():
    frame = small()
    before = frame.copy()
    check_ratings(frame)
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize(("row", "column", "value", "message"), [
    (1, "score", 6, r"score == 6, must be on the scale 1 to 5.*row 2 \(x on A, item teamwork\)"),
    (3, "score", 0.5, r"score == 0.5.*row 4 \(x on B"),
    (2, "score", np.nan, r"score is empty, must be a number.*row 3"),
    (2, "score", np.inf, r"score == inf, must be a number.*row 3"),
    (1, "relation", "boss", r"relation == 'boss', must be a known relation.*row 2"),
    (1, "rater_id", "A", r"relation == 'peer', must be 'self'.*row 2"),
    (2, "rater_id", "z", r"relation == 'self', must have the ratee as rater.*row 3"),
    (0, "rater_id", None, r"rater_id is empty, must be filled in.*row 1"),
    (0, "item", " ", r"item is empty, must be filled in.*row 1"),
    (0, "rater_id", "x", r"relation == 'peer', must be 'manager'.*row 2"),
])  # fmt: skip
def test_wrong_cells_are_refused_with_their_row(row, column, value, message):
    frame = small()
    frame[column] = frame[column].astype(object)
    frame.loc[row, column] = value
    with pytest.raises(InputError, match=message):
        check_ratings(frame)


def test_text_instead_of_a_score_is_refused():
    with pytest.raises(InputError, match="score == 'good', must be a number"):
        check_ratings(small().assign(score=["good", "4", "5", "1"]))


def test_a_rating_that_stands_twice_is_refused_naming_both_rows():
    frame = pd.concat([small(), small().iloc[[1]]], ignore_index=True)
    with pytest.raises(InputError, match=r"stands twice, first in row 2.*row 5 \(x on A"):
        check_ratings(frame)
    frame["round"] = ["2026H1"] * 4 + ["2026H2"]
    assert len(check_ratings(frame)) == 5


def test_a_scale_upside_down_is_refused():
    with pytest.raises(InputError, match=r"scale_max == 1, must be above scale_min == 5.*row 1"):
        check_ratings(small().assign(scale_min=5, scale_max=1))


def test_missing_column_and_empty_table_are_refused():
    with pytest.raises(InputError, match="lack the column 'item'"):
        check_ratings(small().drop(columns="item"))
    with pytest.raises(InputError, match="no row"):
        check_ratings(small().iloc[:0])


def test_matrix_leaves_out_self_ratings_and_needs_one_round():
    matrix = ratings_matrix(small(), item="teamwork")
    assert list(matrix.columns) == ["m", "x"]
    assert np.isnan(matrix.loc["B", "m"])
    two = pd.concat([small().assign(round="a"), small().assign(round="b")])
    with pytest.raises(InputError, match="2 rounds"):
        ratings_matrix(two)
    with pytest.raises(InputError, match="did you mean 'teamwork'"):
        ratings_matrix(small(), item="teamwrok")
