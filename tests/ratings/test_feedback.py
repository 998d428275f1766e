import pandas as pd
import pytest

from salesplan.errors import InputError
from salesplan.ratings import rating_scores, ratings_from_feedback


def rows() -> pd.DataFrame:
    return pd.DataFrame({
        "feedback_id": list("12345"), "rep_id": ["A", "A", "A", "A", "B"],
        "by_role": ["customer", "customer", "self", "peer", "customer"], "rater_id": ["C1", "C1", None, "B", None],
        "topic": ["satisfaction"] * 2 + ["teamwork"] * 2 + ["satisfaction"], "score": [8, 10, 4, 3, 9],
        "scale_min": [0, 0, 1, 1, 0], "scale_max": [10, 10, 5, 5, 10],
        "given_date": pd.to_datetime(["2026-02-01", "2026-05-01", "2026-03-01", "2026-03-02", "2026-08-01"]),
    })  # fmt: skip


def test_repeated_answers_of_a_customer_count_once():
    ratings = ratings_from_feedback(rows())
    answer = ratings[ratings["relation"] == "customer"].set_index("ratee_id")
    assert answer.loc["A", "score"] == 9.0
    assert answer.loc["A", "points"] == 90.0
    assert set(ratings["round"]) == {"2026H1", "2026H2"}
    last = ratings_from_feedback(rows(), repeated="last")
    assert last.loc[(last["relation"] == "customer") & (last["ratee_id"] == "A"), "score"].tolist() == [10.0]
    with pytest.raises(InputError, match="stands twice"):
        ratings_from_feedback(rows(), repeated="error")


def test_last_follows_the_date_not_the_order_of_rows():
    turned = rows().iloc[::-1]
    last = ratings_from_feedback(turned, repeated="last")
    assert last.loc[(last["relation"] == "customer") & (last["ratee_id"] == "A"), "score"].tolist() == [10.0]


def test_self_needs_no_name_and_unnamed_customers_count_as_one():
    frame = pd.concat([rows(), rows().iloc[[4]], rows().iloc[[4]]])
    ratings = ratings_from_feedback(frame)
    assert ratings.loc[ratings["relation"] == "self", "rater_id"].tolist() == ["A"]
    assert len(ratings[ratings["ratee_id"] == "B"]) == 1
    each = ratings_from_feedback(frame, unnamed="each")
    assert each.loc[each["ratee_id"] == "B", "rater_id"].nunique() == 3
    with pytest.raises(InputError, match=r"rater_id is empty.*row 5"):
        ratings_from_feedback(frame, unnamed="error")


def test_wrong_rows_are_named_by_their_own_place():
    frame = rows()
    frame.loc[1, "score"] = 11
    with pytest.raises(InputError, match=r"score == 11.*row 2 \(C1 on A"):
        ratings_from_feedback(frame)


def test_a_given_round_wins_over_the_date():
    ratings = ratings_from_feedback(rows().assign(round=["spring", None, "spring", "spring", ""]))
    assert set(ratings["round"]) == {"spring", "2026H1", "2026H2"}


def test_unknown_options_and_missing_columns_are_refused():
    with pytest.raises(InputError, match="did you mean 'mean'"):
        ratings_from_feedback(rows(), repeated="means")
    with pytest.raises(InputError, match="lacks the column 'topic'"):
        ratings_from_feedback(rows().drop(columns="topic"))


def test_an_answer_without_a_date_is_not_the_last():
    frame = rows()
    frame.loc[0, "given_date"] = pd.NaT
    frame = frame.iloc[[1, 0]].assign(round="2026H1")
    assert ratings_from_feedback(frame, repeated="last")["score"].tolist() == [10.0]


@pytest.mark.parametrize(("unnamed", "hidden"), [("one", True), ("each", False)])
def test_an_unnamed_answer_may_be_of_a_named_rater_and_shows_no_group(unnamed, hidden):
    frame = pd.DataFrame({"rep_id": "A", "by_role": ["peer"] * 3 + ["manager"], "rater_id": ["B", "C", None, "M"],
                          "topic": "teamwork", "score": [2, 3, 4, 3], "round": "2026H1"})
    groups = rating_scores(ratings_from_feedback(frame, unnamed=unnamed), severity="none").groups.set_index("relation")
    assert groups.loc["peer", "is_hidden"] == hidden
    more = pd.concat([frame, frame.iloc[[0]].assign(rater_id="D")])
    found = rating_scores(ratings_from_feedback(more, unnamed="one"), severity="none")
    assert found.groups.set_index("relation")["n_raters"].to_dict() == {"manager": "<3", "peer": "3"}
    assert found.scores.loc["A", "n_raters"] == 3, "the hidden manager does not count in the score"
