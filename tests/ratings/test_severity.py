import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InputError
from salesplan.ratings import check_ratings, rater_severity
from salesplan.ratings.block_system import CrossedDesign
from salesplan.ratings.forms import rating_forms
from salesplan.ratings.severity_fit import fit_fixed, fit_mixed
from tests.ratings.rounds import crossed, make_round


def dense(frame: pd.DataFrame):
    """Textbook least squares on dummies with a generalised inverse."""
    a, b = pd.factorize(frame["ratee_id"], sort=True)[0], pd.factorize(frame["rater_id"], sort=True)[0]
    q, k = a.max() + 1, b.max() + 1
    x = np.hstack([np.eye(q)[a], np.eye(k)[b]])
    y = frame["score"].to_numpy()
    inverse = np.linalg.pinv(x.T @ x)
    solution = inverse @ x.T @ y
    variance = ((y - x @ solution) ** 2).sum() / (len(y) - q - k + 1)
    levels = np.hstack([np.eye(q), np.full((q, k), 1 / k)])
    habits = np.hstack([np.zeros((k, q)), np.eye(k) - 1 / k])
    return solution, inverse * variance, levels, habits


@pytest.mark.parametrize(("people", "raters"), [(12, 5), (5, 12)])
def test_fixed_effects_equal_textbook_least_squares(people, raters):
    frame, _, _ = crossed(people, raters, share=0.7, seed=3)
    found = rater_severity(frame)
    solution, covariance, levels, habits = dense(frame)
    np.testing.assert_allclose(found.ratees["adjusted_mean"], levels @ solution, atol=1e-9)
    np.testing.assert_allclose(found.ratees["adjusted_se"] ** 2, np.diag(levels @ covariance @ levels.T), atol=1e-9)
    np.testing.assert_allclose(-found.raters["severity"], habits @ solution, atol=1e-9)
    np.testing.assert_allclose(found.raters["severity_se"] ** 2, np.diag(habits @ covariance @ habits.T), atol=1e-9)
    assert abs(found.raters["severity"].sum()) < 1e-9


@pytest.mark.parametrize(("people", "raters"), [(15, 6), (6, 15)])
def test_mixed_model_agrees_with_statsmodels(people, raters):
    statsmodels = pytest.importorskip("statsmodels.formula.api")
    frame, _, _ = crossed(people, raters, share=0.7, seed=5)
    found = rater_severity(frame, method="mixed")
    model = statsmodels.mixedlm("score ~ 1", frame.assign(one=1), groups="one", re_formula="0",
                                vc_formula={"ratee": "0 + C(ratee_id)", "rater": "0 + C(rater_id)"}).fit(reml=True)
    np.testing.assert_allclose([found.ratee_variance, found.rater_variance], model.vcomp, rtol=2e-3)
    np.testing.assert_allclose(found.residual_variance, model.scale, rtol=2e-3)
    np.testing.assert_allclose(found.intercept, model.params["Intercept"], rtol=1e-5)


def test_mixed_prediction_errors_equal_dense_henderson():
    frame, _, _ = crossed(9, 6, share=0.8, seed=2)
    a, b = pd.factorize(frame["ratee_id"])[0], pd.factorize(frame["rater_id"])[0]
    fit = fit_mixed(CrossedDesign(ratee=a, rater=b, fixed=np.ones((len(a), 1))), frame["score"].to_numpy())
    t = np.hstack([np.eye(9)[a], np.eye(6)[b], np.ones((len(a), 1))])
    penalty = np.diag([1 / fit.ratee_variance] * 9 + [1 / fit.rater_variance] * 6 + [0.0]) * fit.residual_variance
    inverse = np.linalg.inv(t.T @ t + penalty) * fit.residual_variance
    level = np.hstack([np.eye(9), np.full((9, 6), 1 / 6), np.ones((9, 1))])
    np.testing.assert_allclose(fit.levels()[1], np.diag(level @ inverse @ level.T), rtol=1e-8)
    habit = np.hstack([np.zeros((6, 9)), np.eye(6) - 1 / 6, np.zeros((6, 1))])
    np.testing.assert_allclose(fit.rater_effects(np.zeros((1, 6)))[1], np.diag(habit @ inverse @ habit.T), rtol=1e-8)


def test_severe_raters_no_longer_pull_their_people_down():
    frame, level, habit = crossed(30, 12, share=0.35, seed=1, spread=(5.0, 10.0, 2.0))
    for method in ("fixed", "mixed"):
        found = rater_severity(frame, method=method)
        raw = np.corrcoef(found.ratees["raw_mean"], level)[0, 1]
        adjusted = np.corrcoef(found.ratees["adjusted_mean"], level)[0, 1]
        assert adjusted > 0.95 > raw
        assert np.corrcoef(-found.raters["severity"], habit)[0, 1] > 0.97
        assert found.reliability > 0.85


def test_intervals_of_adjusted_means_and_severities_hold_their_rate():
    hits = []
    for seed in range(30):
        frame, level, habit = crossed(10, 6, share=0.8, seed=seed)
        found = rater_severity(frame, coverage=0.9)
        truth = level + habit.mean()
        hits += list((found.ratees["adjusted_lower"] <= truth) & (truth <= found.ratees["adjusted_upper"]))
        strict = -(habit - habit.mean())
        hits += list((found.raters["severity_lower"] <= strict) & (strict <= found.raters["severity_upper"]))
    assert 0.87 <= np.mean(hits) <= 0.93


def test_reliability_foretells_how_well_levels_are_recovered():
    told, true = [], []
    for seed in range(12):
        frame, level, _ = crossed(25, 6, share=0.6, seed=seed)
        found = rater_severity(frame, method="mixed")
        told.append(found.reliability)
        true.append(np.corrcoef(found.ratees["adjusted_mean"], level)[0, 1] ** 2)
    assert abs(np.mean(told) - np.mean(true)) < 0.08


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 1000), shift=st.floats(-50, 50), factor=st.floats(0.1, 4))
def test_order_and_unit_change_nothing_but_the_unit(seed, shift, factor):
    frame, _, _ = crossed(6, 5, seed=seed)
    other = frame.sample(frac=1, random_state=seed).assign(score=lambda f: f["score"] * factor + shift)
    one, two = rater_severity(frame), rater_severity(other)
    np.testing.assert_allclose(two.raters["severity"], one.raters["severity"] * factor, atol=1e-7)
    np.testing.assert_allclose(two.ratees["adjusted_mean"], one.ratees["adjusted_mean"] * factor + shift, atol=1e-7)


def test_who_answers_easy_items_only_is_not_called_lenient():
    rows = [(f"p{i}", r, "peer", item, s) for i in range(6) for r in ("x", "y") for item, s in (("easy", 5), ("hard", 2))
            if not (r == "y" and item == "hard")]
    frame = pd.DataFrame(rows, columns=["ratee_id", "rater_id", "relation", "item", "score"])
    found = rater_severity(frame)
    np.testing.assert_allclose(found.raters["severity"], 0, atol=1e-9)
    assert found.item_effects["easy"] - found.item_effects["hard"] == pytest.approx(3)


def test_items_never_answered_together_are_said():
    frame = make_round(items=("teamwork",))
    frame["item"] = np.where(frame["relation"] == "customer", "service", "teamwork")
    found = rater_severity(frame, method="mixed")
    assert any("blocks" in n["msgid"] for n in found.notes)
    assert rating_forms(frame).n_item_blocks == 2


def test_managers_harsher_than_peers_show_by_relation():
    frame = make_round(n_people=40, severity=2.0, noise=3.0)
    frame.loc[frame["relation"] == "manager", "score"] -= 10
    frame["score"] = frame["score"].clip(0, 100)
    for method in ("fixed", "mixed"):
        table = rater_severity(frame, method=method).relations.set_index("relation")
        gap = table.loc["manager", "severity"] - table.loc["peer", "severity"]
        assert 6 < gap < 14
        assert table.loc["manager", "severity_lower"] > 0


def test_self_ratings_take_no_part():
    frame = make_round()
    louder = frame.copy()
    louder.loc[louder["relation"] == "self", "score"] = 100
    one, two = rater_severity(frame), rater_severity(louder)
    pd.testing.assert_frame_equal(one.raters, two.raters)
    pd.testing.assert_frame_equal(one.ratees, two.ratees)
    note = next(n for n in one.notes if "self-ratings" in n["msgid"])
    assert note["details"]["n"] == 20


def test_few_ratings_are_said_and_flagged():
    frame, _, _ = crossed(6, 4)
    found = rater_severity(frame)
    assert found.raters["is_few"].all()
    assert {"n_few": 4, "n_raters": 4, "n_least": 10} in [n["details"] for n in found.notes]
    frame, _, _ = crossed(12, 4)
    assert not rater_severity(frame).notes


def test_a_design_without_freedom_has_no_intervals_and_says_so():
    frame = pd.DataFrame({"ratee_id": list("AAB"), "rater_id": list("xyy"), "relation": "peer", "item": "i",
                          "score": [3, 4, 5]})
    found = rater_severity(frame)
    assert found.raters["severity_se"].isna().all()
    assert any("just as many unknowns" in n["msgid"] for n in found.notes)


def test_mixed_says_when_raters_are_not_linked():
    one, _, _ = crossed(6, 3)
    frame = pd.concat([one, one.assign(ratee_id="q" + one["ratee_id"], rater_id="s" + one["rater_id"])])
    notes = rater_severity(frame, method="mixed").notes
    assert any("without a person in common" in n["msgid"] for n in notes)


def test_mixed_without_rater_differences_has_no_rater_variance():
    frame, _, _ = crossed(30, 4, spread=(5.0, 0.0, 3.0), seed=8)
    assert rater_severity(frame, method="mixed").rater_variance < 0.5


def test_mixed_refuses_what_it_cannot_answer():
    frame, _, _ = crossed(6, 4, spread=(5.0, 3.0, 0.0))
    with pytest.raises(InputError, match="no residual spread"):
        rater_severity(frame, method="mixed")
    with pytest.raises(InputError, match="all the same"):
        rater_severity(frame.assign(score=3.0), method="mixed")
    with pytest.raises(InputError, match="must be more for a mixed model"):
        rater_severity(frame[frame["rater_id"] == "r000"], method="mixed")
    with pytest.raises(InputError, match="did you mean 'fixed'"):
        rater_severity(frame, method="fixd")


def test_different_scales_are_compared_in_points():
    frame, _, _ = crossed(8, 4)
    low = frame.assign(score=frame["score"] / 10, scale_min=-100.0, scale_max=100.0, item="other")
    found = rater_severity(pd.concat([frame, low]))
    assert found.unit == "points"
    same = rater_severity(check_ratings(frame).assign(score=lambda f: f["points"], scale_min=0.0, scale_max=100.0))
    np.testing.assert_allclose(found.raters["severity"], same.raters["severity"], atol=1e-8)


def peers_and_customers() -> pd.DataFrame:
    """A: manager, three peers, one customer. B: two peers, two customers. C to F: three of each of the same."""
    who = {"A": "m p1 p2 p3 c1", "B": "p1 p2 c1 c2", **dict.fromkeys("CDEF", "m p1 p2 p3 c1 c2 c3")}
    relation = {"m": "manager", "p": "peer", "c": "customer"}
    rows = [(ratee, rater, relation[rater[0]], "i", 1.0 + (3 * i + 2 * j) % 5)
            for i, (ratee, raters) in enumerate(who.items()) for j, rater in enumerate(raters.split())]
    return pd.DataFrame(rows, columns=["ratee_id", "rater_id", "relation", "item", "score"])


@pytest.mark.parametrize("method", ["fixed", "mixed"])
def test_what_is_handed_on_does_not_depend_on_hidden_groups(method):
    frame = peers_and_customers()
    louder = frame.copy()
    hidden = (frame["ratee_id"].eq("A") & frame["relation"].eq("customer")) | frame["ratee_id"].eq("B")
    hidden |= frame["relation"].eq("manager")
    louder.loc[hidden, "score"] = 5.0
    one, two = rater_severity(frame, method=method), rater_severity(louder, method=method)
    pd.testing.assert_frame_equal(one.to_frame(), two.to_frame())
    shown = one.to_frame().set_index("ratee_id")
    assert shown["n_raters"].to_dict() == {"A": "3", "B": "<3", **dict.fromkeys("CDEF", "6")}
    assert shown.loc["B", ["adjusted_mean", "adjusted_se", "adjusted_lower"]].isna().all()
    assert shown.drop("B").notna().all(axis=None)
    assert not [c for c in shown if c.startswith("raw_") or c in ("n_anonymous", "rater_id")]
    assert one.ratees.set_index("ratee_id").loc["A", "n_raters"] == 5
    named = rater_severity(frame, method=method, exempt=["self", "manager"]).to_frame().set_index("ratee_id")
    assert named["n_raters"].to_dict() == {"A": "4", "B": "<3", **dict.fromkeys("CDEF", "7")}


def test_no_answer_can_be_solved_for_from_what_is_handed_on():
    """Adjusted means are linear in the scores: no single answer, nor a rater's sum, may lie in their span."""
    frame = make_round(n_people=6, items=("a",), peers=(3, 5), customers=(2, 4), pool=4).assign(scale_min=-1e6, scale_max=1e6)

    def shown(scores: np.ndarray) -> np.ndarray:
        return np.nan_to_num(rater_severity(frame.assign(score=scores)).to_frame()["adjusted_mean"].to_numpy(float))

    base = frame["score"].to_numpy(float)
    anonymous = np.flatnonzero(~frame["relation"].isin(["self"]))
    slopes = np.stack([(shown(base + 100 * np.eye(len(base))[i]) - shown(base)) / 100 for i in anonymous], axis=1)
    _, size, right = np.linalg.svd(np.where(np.abs(slopes) < 1e-7, 0, slopes), full_matrices=False)
    span = right[size > 1e-7 * size[0]]
    assert len(span) >= 4
    raters = frame["rater_id"].to_numpy()[anonymous]
    targets = [*np.eye(len(anonymous)), *((raters == r).astype(float) for r in sorted(set(raters)))]
    assert not any(np.linalg.norm(t - span.T @ (span @ t)) < 1e-5 * np.linalg.norm(t) for t in targets)


def test_nothing_is_handed_on_where_hiding_cuts_the_links():
    frame = pd.DataFrame({"ratee_id": list("AABBC"), "rater_id": list("xyxyy"), "relation": "peer", "item": "i",
                          "score": [4, 2, 5, 3, 3]})
    found = rater_severity(frame)
    assert found.to_frame()["adjusted_mean"].isna().all() and found.ratees["adjusted_mean"].notna().all()
    assert any("no adjusted means to hand on" in n["msgid"] for n in found.notes)
    shown = rater_severity(frame, minimum=1).to_frame()
    assert shown["adjusted_mean"].tolist()[:2] == [3.0, 4.0]


def test_error_of_two_groups_is_not_handed_on():
    frame, _, _ = crossed(2, 4)
    found = rater_severity(frame)
    shown = found.to_frame()
    assert shown["adjusted_mean"].notna().all() and shown[["adjusted_se", "adjusted_lower"]].isna().all(axis=None)
    assert any("give their single answers away" in n["msgid"] for n in found.notes)
    assert rater_severity(crossed(3, 4)[0]).to_frame()["adjusted_se"].notna().all()


def test_reliability_is_nought_where_people_do_not_differ():
    frame = pd.DataFrame([(f"p{i}", f"r{j}", "peer", "i", 1.0 + (i + j) % 5) for i in range(5) for j in range(5)],
                         columns=["ratee_id", "rater_id", "relation", "item", "score"])
    mixed = rater_severity(frame, method="mixed")
    assert mixed.ratee_variance == 0 and mixed.reliability == 0
    assert rater_severity(frame).reliability == 0


def test_fixed_fit_leaves_the_raters_effect_out_of_each_form():
    frame, _, _ = crossed(6, 4)
    forms = rating_forms(frame, value="score").table
    a, b = pd.factorize(forms["ratee_id"])[0], pd.factorize(forms["rater_id"], sort=True)[0]
    fit = fit_fixed(CrossedDesign(ratee=a, rater=b, fixed=np.zeros((len(a), 0))), forms["score"].to_numpy())
    clean = forms["score"] - fit.form_effects()
    np.testing.assert_allclose(clean.groupby(forms["rater_id"]).mean(), clean.mean(), atol=1e-9)
