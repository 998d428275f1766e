from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InputError
from salesplan.ratings import intraclass_correlation, krippendorff_alpha
from salesplan.text.wording import say_details


def table(seed: int = 0, n: int = 12, k: int = 4, spread=(3.0, 1.0, 1.0)) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(0, spread[0], (n, 1)) + rng.normal(0, spread[1], (1, k)) + rng.normal(0, spread[2], (n, k))


def test_severe_raters_lower_agreement_but_not_consistency():
    x = table()
    shifted = x + np.array([0, 0, 0, 20.0])
    one, two = intraclass_correlation(x), intraclass_correlation(shifted)
    assert two["ICC(2,1)"] < one["ICC(2,1)"] - 0.3
    assert two["ICC(3,1)"] == pytest.approx(one["ICC(3,1)"])


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(3, 12), k=st.integers(2, 6), factor=st.floats(0.1, 10), shift=st.floats(-9, 9))
def test_order_and_unit_change_nothing_and_intervals_hold_the_figure(seed, n, k, factor, shift):
    x = table(seed, n, k)
    rng = np.random.default_rng(seed)
    other = (x * factor + shift)[rng.permutation(n)][:, rng.permutation(k)]
    one, two = intraclass_correlation(x).table, intraclass_correlation(other).table
    np.testing.assert_allclose(one[["icc", "icc_lower", "icc_upper"]].astype(float),
                               two[["icc", "icc_lower", "icc_upper"]].astype(float), rtol=1e-6, atol=1e-6)
    single = one.iloc[:3]
    assert ((single["icc_lower"] <= single["icc"] + 1e-9) & (single["icc"] <= single["icc_upper"] + 1e-9)).all()


def test_intervals_hold_the_truth_at_their_rate():
    hits = []
    for seed in range(300):
        found = intraclass_correlation(table(seed, spread=(1.0, 0.0, 1.0)), coverage=0.9).table
        hits.append(found.loc["ICC(1,1)", "icc_lower"] <= 0.5 <= found.loc["ICC(1,1)", "icc_upper"])
    assert 0.86 <= np.mean(hits) <= 0.94


def test_full_agreement_is_one():
    found = intraclass_correlation(np.repeat([[1.0], [2.0], [4.0]], 3, axis=1)).table
    np.testing.assert_allclose(found[["icc", "icc_lower", "icc_upper"]].astype(float), 1.0)
    shifted = intraclass_correlation(np.add.outer([1.0, 2.0, 4.0], [0, 1, 5])).table
    assert shifted.loc["ICC(3,1)", "icc"] == pytest.approx(1.0) and shifted.loc["ICC(2,1)", "icc"] < 1
    assert shifted[["icc_lower", "icc_upper"]].notna().all(axis=None)


def test_gaps_are_refused_with_what_to_do():
    frame = pd.DataFrame(table(), index=[f"p{i}" for i in range(12)], columns=list("wxyz"))
    frame.loc["p3", "y"] = np.nan
    with pytest.raises(InputError, match=r"row p3, column y.*method='mixed'.*krippendorff_alpha"):
        intraclass_correlation(frame)


def test_what_cannot_be_judged_is_refused():
    with pytest.raises(InputError, match="all the same"):
        intraclass_correlation(np.full((4, 3), 2.0))
    with pytest.raises(InputError, match="4 people x 1 raters"):
        intraclass_correlation(np.arange(4.0).reshape(4, 1))
    with pytest.raises(InputError, match="must be an intraclass correlation"):
        intraclass_correlation(table())["ICC(4,1)"]
    with pytest.raises(InputError, match="coverage == 95"):
        intraclass_correlation(table(), coverage=95)


def test_both_notations_stand_beside_each_other():
    frame = intraclass_correlation(table()).to_frame().set_index("kind")
    assert frame["mcgraw_wong"].to_dict() == {"ICC(1,1)": "ICC(1)", "ICC(2,1)": "ICC(A,1)", "ICC(3,1)": "ICC(C,1)",
                                              "ICC(1,k)": "ICC(k)", "ICC(2,k)": "ICC(A,k)", "ICC(3,k)": "ICC(C,k)"}


def test_negative_agreement_and_few_people_are_said():
    notes = intraclass_correlation([[1, 5, 3], [5, 1, 3], [3, 3, 3.5]]).notes
    assert len(notes) == 2
    assert "3" in say_details(notes[0]["msgid"], notes[0]["details"], "zh")


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), level=st.sampled_from(["nominal", "ordinal", "interval", "ratio"]))
def test_alpha_equals_its_definition_over_pairs(seed, level):
    """Observed over expected disagreement, pair by pair."""
    rng = np.random.default_rng(seed)
    x = rng.integers(1, 6, (7, 4)).astype(float)
    x[rng.random(x.shape) < 0.3] = np.nan
    units = [u[np.isfinite(u)] for u in x if np.isfinite(u).sum() >= 2]
    values = np.concatenate(units) if units else np.array([])
    if len(np.unique(values)) < 2:
        return
    counts = {v: int((values == v).sum()) for v in np.unique(values)}

    def delta(a: float, b: float) -> float:
        if level == "nominal":
            return float(a != b)
        if level == "interval":
            return (a - b) ** 2
        if level == "ratio":
            return ((a - b) / (a + b)) ** 2
        low, high = min(a, b), max(a, b)
        return (sum(n for v, n in counts.items() if low <= v <= high) - (counts[low] + counts[high]) / 2) ** 2

    n = len(values)
    observed = sum(delta(a, b) / (len(u) - 1) for u in units for i, a in enumerate(u) for j, b in enumerate(u) if i != j) / n
    expected = sum(delta(a, b) for i, a in enumerate(values) for j, b in enumerate(values) if i != j) / (n * (n - 1))
    assert krippendorff_alpha(x, level=level, bootstraps=0).alpha == pytest.approx(1 - observed / expected)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
def test_bootstrap_interval_holds_the_figure_and_repeats_with_its_seed(level):
    x = np.clip(np.round(table(3, n=40) + 10), 1, 20)
    one, two = krippendorff_alpha(x, level=level, seed=4), krippendorff_alpha(x, level=level, seed=4)
    assert one.alpha_lower < one.alpha < one.alpha_upper < 1
    assert (one.alpha_lower, one.alpha_upper) == (two.alpha_lower, two.alpha_upper)


def test_interval_level_takes_any_number_of_values():
    x = table(1, n=300)
    found = krippendorff_alpha(x, level="interval", bootstraps=200)
    assert found.alpha == pytest.approx(intraclass_correlation(x)["ICC(1,1)"], abs=0.01)
    with pytest.raises(InputError, match="at most"):
        krippendorff_alpha(table(1, n=600), level="ordinal")


def test_agreement_by_chance_is_about_zero():
    rng = np.random.default_rng(0)
    found = krippendorff_alpha(rng.integers(1, 6, (400, 3)), level="ordinal", bootstraps=200)
    assert abs(found.alpha) < 0.06 and found.alpha_lower < 0 < found.alpha_upper


def test_people_rated_once_are_counted_out():
    found = krippendorff_alpha([[1, 1, None], [2, 3, 2], [None, 4, None], [5, 5, 5]], level="interval", bootstraps=0)
    assert (found.n_ratees, found.n_ratings, found.n_left_out) == (3, 8, 1)
    assert np.isnan(found.alpha_lower)
    assert found.to_frame().loc[0, "measurement"] == "interval"


@pytest.mark.parametrize(("ratings", "level", "message"), [
    ([[1, None], [None, 2]], "ordinal", "nobody has two ratings"),
    ([[3, 3], [3, 3]], "ordinal", "all the same"),
    ([[-1, 3], [3, 3]], "ratio", "must not be negative"),
    ([[1, 3], [3, 3]], "ordinl", "did you mean 'ordinal'"),
])  # fmt: skip
def test_alpha_refuses_what_it_cannot_judge(ratings, level, message):
    with pytest.raises(InputError, match=message):
        krippendorff_alpha(ratings, level=level)


SPREAD_THE_WRONG_WAY = [[2, 3], [2, 5], [1, 1], [5, 1], [5, 2], [4, 3], [2, 1], [1, 5]]


def test_bounds_of_the_mean_fall_to_minus_infinity_and_do_not_turn_round():
    table = intraclass_correlation(SPREAD_THE_WRONG_WAY).table
    assert table.loc["ICC(2,k)", "icc_lower"] == -np.inf
    assert table.loc["ICC(2,k)", "icc_upper"] == pytest.approx(0.62, abs=0.005)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 100_000), n=st.integers(2, 8), k=st.integers(2, 5))
def test_every_interval_holds_its_figure_or_is_missing_and_said(seed, n, k):
    x = np.random.default_rng(seed).integers(1, 6, (n, k))
    if len(np.unique(x)) < 2:
        return
    found = intraclass_correlation(x)
    known = found.table.dropna()
    assert ((known["icc_lower"] <= known["icc"] + 1e-6 * known["icc"].abs().clip(1)) | (known["icc"] == -np.inf)).all()
    assert ((known["icc"] <= known["icc_upper"] + 1e-6 * known["icc"].abs().clip(1)) | (known["icc"] == -np.inf)).all()
    assert (len(known) < 6) == any("cannot be computed" in n["msgid"] for n in found.notes)


@pytest.mark.parametrize("ratings", [[[1, 2], [1, 2], [1, 2]], [[1, 2], [2, 1]]])
def test_ratings_that_leave_a_figure_open_say_so(ratings):
    found = intraclass_correlation(ratings)
    assert found.table.loc["ICC(2,1)", ["icc_lower", "icc_upper"]].isna().all()
    assert found["ICC(1,1)"] == pytest.approx(-1)
    note = next(n for n in found.notes if "cannot be computed" in n["msgid"])
    assert "ICC(2,1)" in note["details"]["kind_names"]
    assert "ICC(2,1)" in say_details(note["msgid"], note["details"], "zh")


def test_an_interval_that_misses_its_figure_is_refused():
    found = intraclass_correlation(table())
    with pytest.raises(InputError, match="must hold the figure"):
        replace(found, table=found.table.assign(icc_lower=2.0))


@pytest.mark.parametrize("shift", [1e4, 1e8, -1e8])
def test_interval_level_does_not_depend_on_where_the_scale_starts(shift):
    x = np.random.default_rng(2).integers(1, 6, (20, 3)).astype(float)
    one, two = (krippendorff_alpha(x + s, level="interval", bootstraps=200) for s in (0.0, shift))
    assert two.alpha == pytest.approx(one.alpha)
    assert (two.alpha_lower, two.alpha_upper) == pytest.approx((one.alpha_lower, one.alpha_upper))


@pytest.mark.parametrize(("alike", "is_told"), [(2, True), (20, False)])
def test_resamples_without_a_figure_are_counted_and_too_many_take_the_interval_away(alike, is_told):
    people = [[1, 1]] * alike + [[1, 2], [2, 2]]
    found = krippendorff_alpha(people, level="nominal")
    assert found.n_resamples == 1000 and found.n_dropped > 0
    assert found.to_frame().loc[0, "n_dropped"] == found.n_dropped
    assert (found.n_dropped <= 100) == is_told == np.isfinite(found.alpha_lower)
    (note,) = found.notes
    assert note["details"] == {"n_dropped": found.n_dropped, "n_resamples": 1000}
    assert str(found.n_dropped) in say_details(note["msgid"], note["details"], "zh")
