import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InputError
from salesplan.ratings import check_ratings, rating_scores
from salesplan.text.wording import say_details
from tests.ratings.rounds import make_round

SEVERITIES = ("none", "fixed", "mixed")
NAMED = ("self", "manager")
"""Relations of a scheme in which managers rate under their name."""


def hidden_rows(frame: pd.DataFrame, minimum: int = 3, exempt: tuple[str, ...] = ("self",)) -> np.ndarray:
    """Ratings of anonymous groups, or of items within them, with fewer raters than the minimum."""
    n = frame.groupby(["ratee_id", "relation", "item"])["rater_id"].transform("nunique")
    return ((n < minimum) & ~frame["relation"].isin(exempt)).to_numpy()


def figures(scores) -> np.ndarray:
    """Every number a result shows, in every way it shows it."""
    parts = [scores.scores, scores.groups, scores.items, scores.to_frame(), scores.summary()]
    for person in scores.scores.index:
        e = scores.explain(person)
        parts += [e.steps, e.items, e.to_frame(), pd.DataFrame([[e.score, e.score_lower, e.score_upper]])]
    return np.concatenate([p.select_dtypes("number").to_numpy(float).ravel() for p in parts])


def test_score_is_the_weighted_mean_of_groups_and_opens_into_it():
    frame = make_round(peers=(3, 6), customers=(3, 5))
    found = rating_scores(frame, severity="none", exempt=NAMED)
    points = check_ratings(frame)
    by_item = points.groupby(["ratee_id", "relation", "item"])["points"].mean()
    by_group = by_item.groupby(level=[0, 1]).mean().unstack()
    expected = by_group @ pd.Series({"manager": 0.4, "peer": 0.3, "customer": 0.2, "self": 0.1}).reindex(by_group.columns)
    np.testing.assert_allclose(found.scores["score"], expected, atol=1e-9)
    for person in found.scores.index:
        steps = found.explain(person).steps
        assert steps["points"].sum() == pytest.approx(found.scores.loc[person, "score"])
        assert steps["weight"].sum() == pytest.approx(1.0)
        np.testing.assert_allclose(steps["weight"] * steps["score"], steps["points"])


@pytest.mark.parametrize("exempt", [("self",), NAMED])
@pytest.mark.parametrize("severity", SEVERITIES)
def test_nothing_shown_depends_on_what_a_hidden_group_said(severity, exempt):
    frame = make_round(seed=4)
    hidden = hidden_rows(frame, exempt=exempt)
    assert 10 < hidden.sum() < 0.7 * len(frame)
    assert hidden[frame["relation"].eq("manager").to_numpy()].all() == ("manager" not in exempt)
    other = frame.copy()
    rng = np.random.default_rng(1)
    other.loc[hidden, "score"] = rng.uniform(0, 100, hidden.sum()).round(1)
    one, two = (rating_scores(f, severity=severity, exempt=exempt) for f in (frame, other))
    np.testing.assert_array_equal(figures(one), figures(two))
    assert one.notes == two.notes


def test_a_single_managers_rating_is_hidden_and_counts_for_nothing_unless_managers_rate_under_their_name():
    frame = make_round(peers=(3, 6), customers=(3, 5))
    found = rating_scores(frame, severity="none")
    managers = found.groups[found.groups["relation"] == "manager"]
    assert managers["is_hidden"].all() and (managers["n_raters"] == "<3").all() and (managers["weight"] == 0).all()
    steps = found.explain("p00").steps.set_index("relation")
    assert np.isnan(steps.loc["manager", "score"]) and steps.loc["peer", "weight"] == pytest.approx(0.3 / 0.6)
    assert not any("it is known who gave them" in n["msgid"] and "Own manager" in n["details"]["relations_msgid"]
                   for n in found.notes)
    named = rating_scores(frame, severity="none", exempt=NAMED)
    assert named.groups.loc[named.groups["relation"] == "manager", "score"].notna().all()
    assert any(n["details"].get("relations_msgid") == ["Self", "Own manager"] for n in named.notes)


@pytest.mark.parametrize(("severity", "exempt"), [("none", ("self",)), ("fixed", ("self",)), ("fixed", NAMED)])
def test_no_rating_of_an_anonymous_rater_can_be_solved_for(severity, exempt):
    """Scores are linear in the ratings: no answer nor sum of a rater's answers may lie in the span of what is shown.

    What the exempt, such as the people themselves, said is taken as known.
    """
    frame = make_round(n_people=5, seed=0, items=("a", "b"), peers=(2, 5), customers=(2, 4), pool=4)
    rng = np.random.default_rng(0)
    frame = frame[(rng.random(len(frame)) > 0.15) | frame["relation"].isin(["self", "manager"])].reset_index(drop=True)

    def shown(scores: np.ndarray) -> np.ndarray:
        given = frame.assign(score=scores, scale_min=-1e6, scale_max=1e6)
        r = rating_scores(given, severity=severity, exempt=exempt)
        parts = [r.scores["score"], r.groups["score"], r.groups["points"], r.items["score"]]
        return np.nan_to_num(np.concatenate([p.to_numpy(float) for p in parts])) * 2e4

    base = frame["score"].to_numpy(float)
    start = shown(base)
    anonymous = np.flatnonzero(~frame["relation"].isin(exempt))
    hidden = hidden_rows(frame, exempt=exempt)  # nothing shown depends on these, see above
    slopes = np.stack([np.zeros(len(start)) if hidden[i] else (shown(base + 100 * np.eye(len(base))[i]) - start) / 100
                       for i in anonymous], axis=1)
    _, size, right = np.linalg.svd(np.where(np.abs(slopes) < 1e-7, 0, slopes), full_matrices=False)
    span = right[size > 1e-7 * size[0]]
    assert 3 < len(span) < len(anonymous) - 3

    def can_be_solved(target: np.ndarray) -> bool:
        return bool(np.linalg.norm(target - span.T @ (span @ target)) < 1e-5 * np.linalg.norm(target))

    assert can_be_solved(span[0])
    assert not any(can_be_solved(one) for one in np.eye(len(anonymous)))
    others = frame.iloc[anonymous].reset_index(drop=True)
    for _, group in others.groupby(["ratee_id", "relation"]):
        small = [group] if group["rater_id"].nunique() < 3 else []
        for own in [*small, *(own for _, own in group.groupby("rater_id"))]:
            assert not can_be_solved(np.isin(np.arange(len(others)), own.index).astype(float))
    for _, own in others.groupby("rater_id"):
        assert not can_be_solved(np.isin(np.arange(len(others)), own.index).astype(float))


def test_an_item_answered_by_two_is_hidden_within_a_shown_group():
    frame = make_round(peers=(4, 6), customers=(4, 5))
    person, raters = "p00", sorted(set(frame.query("ratee_id == 'p00' and relation == 'peer'")["rater_id"]))
    cut = frame[~((frame["ratee_id"] == person) & frame["rater_id"].isin(raters[2:]) & (frame["item"] == "service"))]
    explained = rating_scores(cut, severity="none").explain(person)
    line = explained.items.query("relation == 'peer' and item == 'service'").iloc[0]
    assert line["is_hidden"] and line["n_raters"] == "<3" and np.isnan(line["score"])
    step = explained.steps.set_index("relation").loc["peer"]
    rest = explained.items.query("relation == 'peer' and item != 'service'")["score"].mean()
    assert step["score"] == pytest.approx(rest) and not step["is_hidden"]


def test_hidden_counts_stand_nowhere():
    found = rating_scores(make_round(), severity="none")
    hidden = found.groups[found.groups["is_hidden"]]
    assert len(hidden) and (hidden["n_raters"] == "<3").all()
    assert (hidden["weight"] == 0).all() and (hidden["points"] == 0).all()
    visible = found.groups[~found.groups["is_hidden"] & (found.groups["weight"] > 0)]
    counted = visible.assign(n=visible["n_raters"].astype(int)).groupby("ratee_id")["n"].sum()
    np.testing.assert_array_equal(found.scores["n_raters"], counted.reindex(found.scores.index, fill_value=0))


def test_no_rater_of_a_group_is_named_anywhere_in_the_result():
    found = rating_scores(make_round(), severity="mixed")
    assert b"c0" not in pickle.dumps((found.scores, found.groups, found.items, found.notes))


def test_weights_are_raised_in_proportion_and_said():
    frame = make_round(peers=(3, 6), customers=(3, 5))
    frame = frame[~((frame["ratee_id"] == "p00") & (frame["relation"] == "manager"))]
    found = rating_scores(frame, severity="none", exempt=NAMED)
    steps = found.explain("p00").steps.set_index("relation")["weight"]
    assert steps.round(4).to_dict() == {"peer": 0.5, "customer": 0.3333, "self": 0.1667}
    assert found.scores["is_renormalised"].tolist() == [True] + [False] * 19
    assert {"n": 1} in [n["details"] for n in found.notes if "raised" in n["msgid"]]


def test_only_a_self_view_gives_no_score():
    frame = make_round(peers=(3, 6), customers=(3, 5))
    frame = frame[(frame["ratee_id"] != "p03") | (frame["relation"] == "self")]
    found = rating_scores(frame)
    assert np.isnan(found.scores.loc["p03", "score"]) and np.isnan(found.scores.loc["p03", "score_lower"])
    assert any("their own view" in n["msgid"] for n in found.notes)
    assert found.summary().loc[0, "n_scored"] == 19


def test_severity_taken_out_brings_scores_nearer_to_the_truth():
    errors = {}
    rng = np.random.default_rng(0)
    truth = rng.normal(70, 6, 40)
    habit = rng.normal(0, 12, 40)
    rows = [(f"p{i:02d}", f"p{j:02d}", "peer", "i", float(np.clip(truth[i] + habit[j] + rng.normal(0, 2), 0, 100)))
            for i in range(40) for j in rng.choice([k for k in range(40) if k != i], 5, replace=False)]
    frame = pd.DataFrame(rows, columns=["ratee_id", "rater_id", "relation", "item", "score"])
    frame = frame.assign(scale_min=0, scale_max=100)
    for severity in SEVERITIES:
        s = rating_scores(frame, severity=severity).scores["score"].to_numpy()
        errors[severity] = np.std(s - truth)
    assert errors["fixed"] < errors["none"] / 2 and errors["mixed"] < errors["none"] / 2


@pytest.mark.parametrize("severity", SEVERITIES)
def test_intervals_hold_their_rate(severity):
    hits = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        truth, habit = rng.normal(60, 6, 30), rng.normal(0, 5, 30)
        habit -= habit.mean()
        rows = [(f"p{i:02d}", f"p{j:02d}", "peer", "i", truth[i] + habit[j] + rng.normal(0, 4))
                for i in range(30) for j in rng.choice([k for k in range(30) if k != i], 6, replace=False)]
        frame = pd.DataFrame(rows, columns=["ratee_id", "rater_id", "relation", "item", "score"])
        found = rating_scores(frame.assign(scale_min=0.0, scale_max=120.0), severity=severity, coverage=0.9).scores
        true = truth / 1.2
        hits += list((found["score_lower"] <= true) & (true <= found["score_upper"]))
    assert 0.86 <= np.mean(hits) <= 0.95


def test_raters_of_one_person_stay_as_they_are():
    frame = make_round(peers=(3, 6), customers=(0, 1))
    rows = [(p, f"only{p}{k}", "customer", item, 50.0, "2026H1", 0.0, 100.0)
            for p in ("p00", "p01") for k in range(3) for item in ("teamwork",)]
    frame = pd.concat([frame, pd.DataFrame(rows, columns=frame.columns)])
    found = rating_scores(frame, severity="fixed")
    group = found.groups.query("ratee_id == 'p00' and relation == 'customer'").iloc[0]
    assert group["score"] == pytest.approx(50.0)
    note = next(n for n in found.notes if "as they were given" in n["msgid"])
    assert note["details"]["n"] >= 6


def test_fixed_severity_refuses_unlinked_raters_and_others_say_so():
    one = make_round(n_people=6, peers=(3, 5), customers=(0, 1))
    other = one.assign(ratee_id="q" + one["ratee_id"], rater_id="q" + one["rater_id"])
    both = pd.concat([one, other])
    with pytest.raises(InputError, match="2 groups without a person in common"):
        rating_scores(both)
    assert any("without a person in common" in n["msgid"] for n in rating_scores(both, severity="mixed").notes)
    single = pd.DataFrame({"ratee_id": list("AAABBB"), "rater_id": list("uvwxyz"), "relation": "customer", "item": "i",
                           "score": [3, 4, 5, 1, 2, 3]})
    with pytest.raises(InputError, match="no group has raters who rated several people"):
        rating_scores(single)
    assert rating_scores(single, severity="none").scores["score"].round(2).tolist() == [75.0, 25.0]


def test_several_rounds_need_a_name_and_share_severity():
    first, second = make_round(seed=1), make_round(seed=2, name="2026H2")
    both = pd.concat([first, second])
    with pytest.raises(InputError, match="2 rounds"):
        rating_scores(both)
    with pytest.raises(InputError, match="did you mean"):
        rating_scores(both, rating_round="2026H3")
    found = rating_scores(both, rating_round="2026H2", severity="none")
    np.testing.assert_allclose(found.scores["score"], rating_scores(second, severity="none").scores["score"])
    assert found.rating_round == "2026H2"


def test_rounds_that_differ_by_one_rater_are_warned_of():
    first = make_round(seed=1, peers=(4, 6))
    gone = first["rater_id"].eq(first.query("ratee_id == 'p00' and relation == 'peer'")["rater_id"].iloc[0])
    second = first[~(gone & (first["ratee_id"] == "p00"))].assign(round="2026H2")
    found = rating_scores(pd.concat([first, second]), rating_round="2026H2", severity="none")
    assert {"n": 1, "n_least": 3} in [n["details"] for n in found.notes if "another round" in n["msgid"]]


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_order_of_rows_changes_nothing(seed):
    frame = make_round(n_people=8, peers=(3, 6), customers=(3, 5), pool=6, items=("a",), seed=seed)
    one = rating_scores(frame)
    two = rating_scores(frame.sample(frac=1, random_state=seed))
    np.testing.assert_allclose(one.scores[["score", "score_se"]], two.scores[["score", "score_se"]], atol=1e-7)


def test_a_better_rating_never_lowers_the_score_without_adjustment():
    frame = make_round(peers=(3, 6), customers=(3, 5))
    low = rating_scores(frame, severity="none").scores["score"]
    better = frame.assign(score=np.minimum(frame["score"] + 5, 100))
    assert (rating_scores(better, severity="none").scores["score"] >= low).all()


@pytest.mark.parametrize(("weights", "message"), [
    ({"manager": 0.5, "peer": 0.4}, "sum to 0.9, must sum to 1"),
    ({"boss": 1.0}, "relation == 'boss'"),
    ({"manager": 1.5, "peer": -0.5}, "relation_weights, peer"),
])  # fmt: skip
def test_wrong_weights_are_refused(weights, message):
    with pytest.raises(InputError, match=message):
        rating_scores(make_round(), relation_weights=weights)


def test_a_relation_without_weight_is_shown_but_does_not_count():
    frame = make_round(peers=(3, 6), customers=(3, 5))
    found = rating_scores(frame, relation_weights={"manager": 0.6, "peer": 0.4}, severity="none")
    groups = found.groups.set_index(["ratee_id", "relation"])
    assert groups.xs("customer", level=1)["weight"].eq(0).all()
    assert groups.xs("customer", level=1)["score"].notna().any()
    note = next(n for n in found.notes if "have no weight" in n["msgid"])
    assert say_details(note["msgid"], note["details"], "zh") == "本人、评价客户的评价没有权重；只显示，不计分。"


def test_an_unknown_person_is_refused():
    with pytest.raises(InputError, match="ratee_id == 'x9', must be somebody who was rated in this round.*Known: p00"):
        rating_scores(make_round()).explain("x9")


def test_notes_speak_both_languages():
    for severity in SEVERITIES:
        for note in rating_scores(make_round(), severity=severity).notes:
            for lang in ("zh", "en"):
                assert "{" not in say_details(note["msgid"], note["details"], lang)


def three_peers(*people: str) -> pd.DataFrame:
    return pd.DataFrame([(p, f"{r}{p}", "peer", "i", s) for p in people for r, s in zip("xyz", (2, 4, 5), strict=True)],
                        columns=["ratee_id", "rater_id", "relation", "item", "score"])


def test_spread_of_fewer_groups_than_the_minimum_is_not_told():
    """Mean and variance of three answers on a scale of five are the three answers."""
    two = rating_scores(three_peers("A", "B"), severity="none")
    assert two.scores["score"].notna().all() and np.isnan(two.reliability)
    assert two.scores[["score_se", "score_lower", "score_upper"]].isna().all(axis=None)
    assert {"n_least": 3} in [n["details"] for n in two.notes if "single answers away" in n["msgid"]]
    three = rating_scores(three_peers("A", "B", "C"), severity="none")
    assert three.scores["score_se"].notna().all() and three.reliability == 0
    same = three_peers("A", "B").assign(rater_id=lambda f: f["rater_id"].str[0])
    same.loc[5, "score"] = 3
    assert rating_scores(same).scores["score_se"].isna().all()


def test_mixed_severities_show_no_items_and_promise_nothing():
    frame = make_round(peers=(3, 6), customers=(3, 5))
    found = rating_scores(frame, severity="mixed")
    assert not len(found.items) and not len(found.explain("p00").items)
    assert found.groups["score"].notna().any() and found.scores["score"].notna().all()
    assert any("not proved" in n["msgid"] for n in found.notes)
    assert not any("not proved" in n["msgid"] for n in rating_scores(frame, severity="fixed").notes)
