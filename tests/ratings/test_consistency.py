import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InputError
from salesplan.ratings import cronbach_alpha, mcdonald_omega
from salesplan.text.wording import say_details


def sheets(seed: int = 0, n: int = 200, loadings=(0.8, 0.7, 0.6, 0.5)) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    weight = np.array(loadings)
    x = rng.normal(size=(n, 1)) * weight + rng.normal(size=(n, len(weight))) * np.sqrt(1 - weight**2)
    return pd.DataFrame(x, columns=[f"i{j}" for j in range(len(weight))])


@pytest.mark.parametrize("interval", ["feldt", "bootstrap"])
def test_interval_of_alpha_holds_the_truth_at_its_rate(interval):
    true = 4 / 3 * (1 - 4 / (4 + 12 * 0.5))
    hits = []
    for seed in range(150):
        found = cronbach_alpha(sheets(seed, 80, [0.5**0.5] * 4), interval=interval, coverage=0.9, bootstraps=400)
        hits.append(found.alpha_lower <= true <= found.alpha_upper)
    assert 0.83 <= np.mean(hits) <= 0.96


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 9999), shift=st.floats(-5, 5), factor=st.floats(0.1, 9))
def test_order_and_a_common_unit_change_nothing(seed, shift, factor):
    frame = sheets(seed, 30)
    other = (frame * factor + shift).sample(frac=1, random_state=seed)[frame.columns[::-1]]
    one, two = cronbach_alpha(frame), cronbach_alpha(other)
    assert two.alpha == pytest.approx(one.alpha)
    assert two.standardised == pytest.approx(one.standardised)
    pd.testing.assert_frame_equal(two.items.sort_index(), one.items, check_exact=False)


def test_dropping_an_item_equals_leaving_it_out():
    frame = sheets()
    found = cronbach_alpha(frame).items["alpha_if_dropped"]
    for item in frame:
        assert found[item] == pytest.approx(cronbach_alpha(frame.drop(columns=item)).alpha)
        rest = frame.drop(columns=item).sum(axis=1)
        assert cronbach_alpha(frame).items.loc[item, "item_rest_r"] == pytest.approx(frame[item].corr(rest))


def test_an_item_the_wrong_way_round_is_flagged_by_name():
    frame = sheets().assign(i3=lambda f: -f["i3"])
    found = cronbach_alpha(frame)
    assert found.items["is_against"].tolist() == [False, False, False, True]
    note = next(n for n in found.notes if "against" in n["msgid"])
    assert say_details(note["msgid"], note["details"], "en").startswith("i3 runs against")
    assert any(n["details"].get("item_names") == ["i3"] for n in mcdonald_omega(frame).notes)


def test_gaps_are_named_or_left_out_with_a_note():
    frame = sheets()
    frame.loc[7, "i2"] = np.nan
    for reliability in (cronbach_alpha, mcdonald_omega):
        with pytest.raises(InputError, match=r"1 rows lack an answer.*row 7, column i2.*missing='drop'"):
            reliability(frame)
        found = reliability(frame, missing="drop")
        assert found.n == 199
        assert {"n": 1, "n_rows": 200} in [n["details"] for n in found.notes]
    assert cronbach_alpha(frame, missing="drop").alpha == pytest.approx(cronbach_alpha(frame.drop(7)).alpha)


def test_what_cannot_be_judged_is_refused():
    with pytest.raises(InputError, match="items == 1"):
        cronbach_alpha(sheets()[["i0"]])
    with pytest.raises(InputError, match="complete rows == 2"):
        cronbach_alpha(sheets(n=2))
    with pytest.raises(InputError, match="score == 'x', must be a number.*column i1"):
        cronbach_alpha(sheets().astype(object).assign(i1="x"), missing="drop")
    with pytest.raises(InputError, match="must differ for alpha"):
        cronbach_alpha(pd.DataFrame({"a": [1, 1, 1], "b": [2, 2, 2]}))
    with pytest.raises(InputError, match="did you mean 'feldt'"):
        cronbach_alpha(sheets(), interval="felt")
    with pytest.raises(InputError, match="did you mean 'drop'"):
        cronbach_alpha(sheets(), missing="drops")


def test_an_item_without_spread_has_no_standardised_alpha():
    found = cronbach_alpha(sheets().assign(i9=3.0))
    assert np.isnan(found.standardised) and np.isfinite(found.alpha)
    assert any("same score for everybody" in n["msgid"] for n in found.notes)
    with pytest.raises(InputError, match="column i9"):
        mcdonald_omega(sheets().assign(i9=3.0))


def test_two_items_have_no_alpha_without_one():
    found = cronbach_alpha(sheets()[["i0", "i1"]])
    assert found.items["alpha_if_dropped"].isna().all()
    assert found.summary().loc[0, "n_items"] == 2


@pytest.mark.parametrize("extraction", ["ml", "minres"])
def test_omega_finds_the_loadings_it_was_made_with(extraction):
    loadings = np.array([0.8, 0.7, 0.6, 0.5, 0.4])
    found = mcdonald_omega(sheets(1, 20_000, loadings), extraction=extraction)
    np.testing.assert_allclose(found.loadings, loadings, atol=0.02)
    true = loadings.sum() ** 2 / (loadings.sum() ** 2 + (1 - loadings**2).sum())
    assert found.omega == pytest.approx(true, abs=0.01)
    assert cronbach_alpha(sheets(1, 20_000, loadings)).alpha < found.omega


def test_maximum_likelihood_agrees_with_statsmodels():
    factor = pytest.importorskip("statsmodels.multivariate.factor")
    frame = sheets(5, 120)
    fit = factor.Factor(corr=np.corrcoef(frame.T), n_factor=1, method="ml").fit()
    np.testing.assert_allclose(mcdonald_omega(frame).loadings, np.abs(fit.loadings[:, 0]), atol=1e-4)


def test_extraction_is_named_and_the_two_differ():
    frame = sheets(2, 50)
    one, two = mcdonald_omega(frame), mcdonald_omega(frame, extraction="minres")
    assert one.omega != pytest.approx(two.omega, abs=1e-4)
    assert (one.variance, two.variance) == ("implied", "observed")
    assert mcdonald_omega(frame, extraction="minres", variance="implied").omega == pytest.approx(two.omega_implied)
    spoken = [say_details(n["msgid"], n["details"], "en") for n in two.notes]
    assert any("minimum residuals" in text for text in spoken)


@pytest.mark.parametrize("extraction", ["ml", "minres"])
def test_a_heywood_case_is_refused_naming_the_item(extraction):
    correlation = np.array([[1.0, 0.8, 0.8, 0.3], [0.8, 1.0, 0.5, 0.3], [0.8, 0.5, 1.0, 0.3], [0.3, 0.3, 0.3, 1.0]])
    white, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(300, 4)))
    white = np.linalg.qr(white - white.mean(axis=0))[0]
    frame = pd.DataFrame(white @ np.linalg.cholesky(correlation).T, columns=list("abcd"))
    with pytest.raises(InputError, match=rf"Heywood case.*column a, extraction {extraction}"):
        mcdonald_omega(frame, extraction=extraction)


def test_items_of_two_kinds_are_said_to_fit_poorly():
    rng = np.random.default_rng(3)
    one, two = sheets(1, 300, [0.8] * 3), sheets(2, 300, [0.8] * 3).add_prefix("x")
    found = mcdonald_omega(pd.concat([one, two], axis=1) + rng.normal(0, 0.1, (300, 6)))
    assert any("several things" in n["msgid"] for n in found.notes)


def test_other_requests_are_refused():
    with pytest.raises(InputError, match="did you mean 'minres'"):
        mcdonald_omega(sheets(), extraction="minre")
    with pytest.raises(InputError, match="variance == 'total'"):
        mcdonald_omega(sheets(), variance="total")
    with pytest.raises(InputError, match="at least 3 for a factor"):
        mcdonald_omega(sheets()[["i0", "i1"]])


def test_resamples_without_an_alpha_are_counted_and_too_many_take_the_interval_away():
    still = pd.DataFrame([[3, 3, 3]] * 20 + [[1, 2, 1]], columns=list("abc"))
    found = cronbach_alpha(still, interval="bootstrap")
    assert found.n_resamples == 1000 and 250 < found.n_dropped < 450
    assert np.isnan(found.alpha_lower) and np.isnan(found.alpha_upper)
    assert {"n_dropped": found.n_dropped, "n_resamples": 1000} in [n["details"] for n in found.notes]
    usual = cronbach_alpha(sheets(), interval="bootstrap")
    assert usual.n_dropped == 0 and usual.alpha_lower < usual.alpha < usual.alpha_upper
