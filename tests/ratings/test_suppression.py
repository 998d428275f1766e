import numpy as np
import pandas as pd
import pytest

from salesplan.errors import InputError
from salesplan.ratings import check_ratings, differencing_risks, suppress_small_groups
from tests.ratings.rounds import make_round


def units() -> pd.DataFrame:
    """A region of two teams: five raters in one, two in the other."""
    rng = np.random.default_rng(0)
    rows = [("north", team, f"{team}{i}", f"r{i}{team}", "peer", "i", float(rng.integers(1, 6)))
            for team, n in (("a", 5), ("b", 2)) for i in range(n)]
    return pd.DataFrame(rows, columns=["region", "team", "ratee_id", "rater_id", "relation", "item", "score"])


def test_a_hidden_team_cannot_be_subtracted_from_its_region():
    cut = suppress_small_groups(units(), by=["region", "team"])
    cells = cut.to_frame().set_index("team")
    assert cells.loc["b", "n_raters"] == "<3" and np.isnan(cells.loc["b", "points"])
    total = cut.totals(["region"]).iloc[0]
    assert total["points"] == pytest.approx(cells.loc["a", "points"])
    assert total["n_raters"] == 5
    other = units()
    other.loc[other["team"] == "b", "score"] = 1.0
    pd.testing.assert_frame_equal(suppress_small_groups(other, by=["region", "team"]).totals(["region"]),
                                  cut.totals(["region"]))


def test_a_group_of_the_minimum_is_shown_and_one_below_is_not():
    frame = pd.DataFrame({"ratee_id": ["A"] * 3 + ["B"] * 2, "rater_id": list("xyzxy"), "relation": "peer", "item": "i",
                          "score": 3})
    cells = suppress_small_groups(frame, by=["ratee_id"]).cells
    assert cells["is_hidden"].tolist() == [False, True]
    assert cells["n_raters"].tolist() == ["3", "<3"]
    assert not suppress_small_groups(frame, by=["ratee_id"], minimum=2).cells["is_hidden"].any()


def test_raters_count_not_their_answers():
    frame = pd.DataFrame({"ratee_id": "A", "rater_id": ["x", "x", "x", "y"], "relation": "peer",
                          "item": ["a", "b", "c", "a"], "score": 3})
    assert suppress_small_groups(frame, by=["ratee_id"]).cells["is_hidden"].all()


def test_only_whoever_is_exempt_is_shown_and_shields_nobody():
    frame = pd.DataFrame({"ratee_id": "A", "rater_id": ["m", "A", "x", "y"], "item": "i", "score": [2, 3, 4, 5],
                          "relation": ["manager", "self", "peer", "peer"]})
    for exempt in (["self"], ["self", "manager"]):
        cells = suppress_small_groups(frame, by=["ratee_id", "relation"], exempt=exempt).cells.set_index("relation")
        assert cells["is_hidden"].to_dict() == {"manager": "manager" not in exempt, "self": False, "peer": True}
    own = suppress_small_groups(frame, by=["ratee_id", "relation"]).cells.set_index("relation")["is_hidden"]
    assert own.to_dict() == {"manager": True, "self": False, "peer": True}
    named = suppress_small_groups(frame, by=["ratee_id"], exempt=["self", "manager"]).cells["is_hidden"]
    assert named.all(), "two anonymous raters among named ones can be told by who knows the named ones' scores"
    assert not suppress_small_groups(frame, by=["ratee_id"]).cells["is_hidden"].any(), "three anonymous ones, the manager among them"
    assert suppress_small_groups(frame, by=["relation"], exempt=()).cells["is_hidden"].all()


def test_kept_rows_are_those_of_shown_cells():
    frame = make_round()
    cut = suppress_small_groups(frame)
    sizes = frame.groupby(["ratee_id", "relation"])["rater_id"].transform("nunique")
    keep = (sizes >= 3) | (frame["relation"] == "self")
    assert len(cut.kept) == keep.sum()
    assert cut.notes[0]["details"]["n"] == int(cut.cells["is_hidden"].sum()) > 0


def test_input_stays_and_order_changes_nothing():
    frame = make_round()
    before = frame.copy()
    one = suppress_small_groups(frame).to_frame()
    two = suppress_small_groups(frame.sample(frac=1, random_state=1)).to_frame()
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(one, two)


def test_wrong_requests_are_refused():
    frame = units()
    with pytest.raises(InputError, match="did you mean 'region'"):
        suppress_small_groups(frame, by=["regoin"])
    with pytest.raises(InputError, match="name no rater"):
        suppress_small_groups(frame, by=["rater_id"])
    with pytest.raises(InputError, match="minimum == 0"):
        suppress_small_groups(frame, minimum=0)
    with pytest.raises(InputError, match="exempt names 'boss'"):
        suppress_small_groups(frame, exempt=["boss"])
    with pytest.raises(InputError, match=r"team is empty.*row 3"):
        suppress_small_groups(frame.assign(team=["a", "a", None, "a", "a", "b", "b"]), by=["team"])
    with pytest.raises(InputError, match="must be some of the columns that were checked"):
        suppress_small_groups(frame, by=["region"]).totals(["team"])


def test_checked_and_unchecked_frames_give_the_same():
    frame = make_round()
    pd.testing.assert_frame_equal(suppress_small_groups(frame).cells, suppress_small_groups(check_ratings(frame)).cells)


def test_rounds_that_differ_by_one_rater_are_reported():
    def group(when: str, ids: str) -> pd.DataFrame:
        return pd.DataFrame({"ratee_id": "A", "rater_id": list(ids), "relation": "peer", "item": "i", "score": 3,
                             "round": when})

    def risks(*groups: pd.DataFrame) -> list[list[str]]:
        return differencing_risks(pd.concat(groups))[["item", "round", "next_round"]].values.tolist()

    assert risks(group("1", "abcd"), group("2", "abc")) == [["", "1", "2"], ["i", "1", "2"]]
    assert len(risks(group("1", "abcd"), group("2", "abce"))) == 2
    far = risks(group("2025H1", "abcd"), group("2025H2", "efgh"), group("2026H1", "abc"))
    assert far == [["", "2025H1", "2026H1"], ["i", "2025H1", "2026H1"]]
    elsewhere = group("2025H2", "wxyz").assign(ratee_id="B")
    assert far == risks(group("2025H1", "abcd"), elsewhere, group("2026H1", "abc"))
    other = group("1", "abcd").assign(item="j")
    skipped = risks(group("1", "abcd"), other, group("2", "abc"), other.assign(round="2"))
    assert skipped == [["i", "1", "2"]]
    assert risks(group("1", "abcd"), other, group("2", "ab"), other.assign(round="2")) == []
    assert not len(differencing_risks(pd.concat([group("1", "abcd"), group("2", "abcd")])))
    assert not len(differencing_risks(pd.concat([group("1", "abc"), group("2", "def")])))
    assert not len(differencing_risks(pd.concat([group("1", "abc"), group("2", "ab")])))


def test_an_unnamed_rater_beside_named_ones_is_not_counted():
    frame = pd.DataFrame({"ratee_id": list("AAABBBB"), "rater_id": ["x", "y", "unnamed peer of A", "x", "y", "z",
                          "unnamed peer of B"], "relation": "peer", "item": "i", "score": 3})
    cells = suppress_small_groups(frame, by=["ratee_id"]).cells
    assert cells[["n_raters", "is_hidden"]].values.tolist() == [["<3", True], ["3", False]]
    assert not suppress_small_groups(frame[frame["rater_id"].str.startswith("unn")], minimum=1).cells["is_hidden"].any()
