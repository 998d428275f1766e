"""Which skill moves the result: found where there is evidence, silent where there is none."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import stdtrit

from salesplan.coaching.driver_mixed import tier_slopes
from salesplan.coaching.skill_drivers import INSUFFICIENT, NO_SIGN, OPPOSITE, RANKED_ONLY, RELATED, skill_drivers
from salesplan.errors import InputError


def company(n=120, *, skills=4, seed=0, slopes=None, halo=0.0, noise=0.1, small=0):
    rng = np.random.default_rng(seed)
    ids = pd.Index([f"s{i:03d}" for i in range(n)], name="seller_id")
    general = rng.normal(0, 1, (n, 1))
    levels = 3 + 0.5 * (np.sqrt(1 - halo) * rng.normal(0, 1, (n, skills)) + np.sqrt(halo) * general)
    levels = pd.DataFrame(levels, index=ids, columns=[f"k{i}" for i in range(skills)])
    tier = np.array(["new"] * small + ["core", "star"] * n)[:n]
    people = pd.DataFrame({"seller_id": ids, "tier": tier, "org_id": np.arange(n) // 10})
    result = 1 + rng.normal(0, 0.05, n // 10 + 1)[np.arange(n) // 10] + rng.normal(0, noise, n)
    for name, by_tier in (slopes or {"k0": {"core": 0.2, "star": 0.2}}).items():
        result = result + (levels[name] - 3).to_numpy() * pd.Series(tier).map(by_tier).fillna(0).to_numpy()
    return levels, pd.Series(result, ids, name="attainment"), people


def test_a_skill_that_matters_in_one_tier_only_is_found_there_only():
    levels, result, people = company(240, slopes={"k0": {"core": 0.25, "star": 0.0}})
    found = skill_drivers(levels, result, people)
    assert found.method == "mixed"
    told = found.table.set_index(["tier", "skill"])
    assert told.loc[("core", "k0"), "verdict"] == RELATED
    assert told.loc[("core", "k0"), "slope_lower"] < 0.25 < told.loc[("core", "k0"), "slope_upper"]
    assert told.loc[("core", "k0"), "relative_change"] == pytest.approx(0.25, abs=0.08)
    assert told.loc[("star", "k0"), "verdict"] == NO_SIGN
    assert found.summary().set_index("tier").loc["core", ["n_related", "strongest"]].tolist() == [1, "k0"]
    assert found.weights("core").to_dict() == {"k0": 1.0}
    assert found.weights("star").empty


def test_small_tiers_get_words_not_numbers():
    levels, result, people = company(120, small=9)
    found = skill_drivers(levels, result, people)
    new = found.table[found.table["tier"] == "new"]
    assert (new["verdict"] == INSUFFICIENT).all()
    assert new[["slope", "slope_lower", "slope_upper", "p_value", "relative_change"]].isna().all().all()
    assert (new["n"] == 9).all()
    assert any(note["details"].get("n_least") == 15 for note in found.notes)
    everybody = skill_drivers(levels.head(12), result, people)
    assert (everybody.table["verdict"] == INSUFFICIENT).all()


def test_many_skills_for_few_people_are_drawn_in_and_the_strong_one_still_stands_out():
    levels, result, people = company(90, skills=20, halo=0.3, slopes={"k3": {"core": 0.35, "star": 0.35}})
    found = skill_drivers(levels, result, people)
    assert found.method == "ridge"
    strongest = found.table.sort_values("ridge_slope", ascending=False).groupby("tier").first()
    assert strongest["skill"].tolist() == ["k3", "k3"]
    assert (strongest["ridge_slope"] < 0.36).all(), "drawn towards 0"
    assert (strongest["slope_lower"] > 0).all()
    assert (strongest["verdict"] == RELATED).all()


def test_too_few_people_for_the_skills_are_ranked_and_none_is_singled_out():
    levels, result, people = company(56, skills=20, slopes={"k3": {"core": 0.6, "star": 0.6}}, noise=0.02)
    found = skill_drivers(levels, result, people)
    assert found.table.groupby("tier").head(1)["skill"].tolist() == ["k3", "k3"]
    assert (found.table["verdict"] == INSUFFICIENT).all()
    assert found.table[["slope", "slope_lower", "slope_upper", "p_value", "p_adjusted"]].isna().all().all()
    assert found.weights("core").empty
    assert [n["details"]["n_least"] for n in found.notes if n["msgid"] == RANKED_ONLY] == [30, 30]
    assert not any("false_share" in note["details"] for note in found.notes), "nothing is claimed without a test"


def test_skills_that_follow_from_one_another_are_ranked_only():
    levels, result, people = company(120, skills=2)
    found = skill_drivers(levels.assign(twin=levels["k0"]), result, people)
    assert found.method == "ridge"
    assert (found.table["verdict"] == INSUFFICIENT).all()
    assert found.table["ridge_slope"].notna().all()
    with pytest.raises(InputError, match="combinations of one another"):
        skill_drivers(levels.assign(twin=levels["k0"]), result, people, method="mixed")


def two_tiers(seed, *, skills, sizes, spreads, slope=0.0, halo=0.0):
    rng = np.random.default_rng(seed)
    n = sum(sizes)
    ids = pd.Index([f"s{i:03d}" for i in range(n)], name="seller_id")
    able = np.sqrt(1 - halo) * rng.normal(0, 1, (n, skills)) + np.sqrt(halo) * rng.normal(0, 1, (n, 1))
    tier = rng.permutation(np.repeat([0, 1], sizes))
    team = np.arange(n) // 10
    result = 5 + slope * able[:, 0] + np.array(spreads)[tier] * rng.normal(0, 1, n) + 0.3 * rng.normal(0, 1, n)[team]
    people = pd.DataFrame({"seller_id": ids, "tier": np.array(["new", "core"])[tier], "org_id": team})
    return pd.DataFrame(3 + 0.5 * able, ids, [f"k{i}" for i in range(skills)]), pd.Series(result, ids), people


@pytest.mark.parametrize("sizes", [(60, 60), (20, 100)])
def test_intervals_hold_where_one_tier_scatters_more_than_the_other(sizes):
    inside = {"by_tier": [], "common": []}
    for seed in range(60):
        levels, result, people = two_tiers(seed, skills=2, sizes=sizes, spreads=(1.0, 0.3))
        tier, team = people.set_index("seller_id")["tier"], people.set_index("seller_id")["org_id"]
        for spread, hits in inside.items():
            own = tier_slopes(levels, result, tier, team, spread=spread)[0].query("tier == 'new'")
            hits += (own["slope"].abs() <= stdtrit(own["degrees"], 0.95) * own["slope_se"]).tolist()
    assert 0.84 <= np.mean(inside["by_tier"]) <= 0.97
    assert np.mean(inside["common"]) < np.mean(inside["by_tier"]) - 0.03, "one spread for all is too sure of the noisy tier"


@pytest.mark.parametrize("halo", [0.0, 0.5])
def test_false_discoveries_beside_one_real_effect_stay_few(halo):
    shares, inside, found = [], [], 0
    for seed in range(30):
        data = two_tiers(seed, skills=10, sizes=(60, 40), spreads=(1.0, 1.0), slope=0.5, halo=halo)
        table = skill_drivers(*data, method="ridge").table
        called, real = table["verdict"].isin([RELATED, OPPOSITE]), table["skill"] == "k0"
        shares.append((called & ~real).sum() / max(called.sum(), 1))
        inside += ((table["slope_lower"] <= 0) & (table["slope_upper"] >= 0))[~real].tolist()
        found += int((called & real).any())
    assert np.mean(shares) <= 0.15
    assert 0.85 <= np.mean(inside) <= 0.97
    assert found >= 3


@pytest.mark.parametrize("method", ["mixed", "ridge"])
def test_unrelated_skills_are_rarely_called_related(method):
    called = total = 0
    for seed in range(20):
        levels, result, people = company(120, skills=5, seed=seed, slopes={"k0": {}})
        verdicts = skill_drivers(levels, result, people, method=method).table["verdict"]
        called, total = called + (verdicts != NO_SIGN).sum(), total + len(verdicts)
    assert called / total < 0.05


def test_intervals_hold_the_truth_as_often_as_they_say():
    inside = []
    for seed in range(40):
        levels, result, people = company(120, skills=2, seed=seed)
        table = skill_drivers(levels, result, people, coverage=0.9).table
        own = table[table["skill"] == "k0"]
        inside += ((own["slope_lower"] <= 0.2) & (own["slope_upper"] >= 0.2)).tolist()
    assert 0.82 <= np.mean(inside) <= 0.98


def test_long_levels_without_self_ratings_and_with_their_error_said():
    levels, result, people = company(120)
    long = levels.melt(ignore_index=False, var_name="skill", value_name="level").reset_index().assign(se=0.25, self_only=False)
    found = skill_drivers(long, result, people)
    pd.testing.assert_frame_equal(found.table, skill_drivers(levels, result, people).table)
    assert any("steeper_factor" in note["details"] for note in found.notes)
    long.loc[:2, "self_only"] = True
    assert any(note["details"].get("n") == 3 and "self" in note["msgid"] for note in skill_drivers(long, result, people).notes)


def test_unassessed_skills_are_filled_and_said_and_people_without_half_are_left_out():
    levels, result, people = company(120)
    levels.iloc[0, 0] = np.nan
    levels.iloc[1, :3] = np.nan
    found = skill_drivers(levels, result, people)
    assert found.n == 119
    assert any("mean of the tier" in note["msgid"] and note["details"]["n"] == 1 for note in found.notes)


def test_a_skill_in_which_all_are_alike_is_not_judged():
    levels, result, people = company(120)
    told = skill_drivers(levels.assign(k1=3.0), result, people).table
    assert (told.loc[told["skill"] == "k1", "verdict"] == INSUFFICIENT).all()


def test_never_causal_is_always_said():
    levels, result, people = company()
    assert "not what training would add" in skill_drivers(levels, result, people).notes[0]["msgid"]


@pytest.mark.parametrize(("change", "message"), [
    ({"method": "lasso"}, "method == 'lasso'"), ({"minimum": 3}, "minimum == 3"), ({"coverage": 1.0}, "coverage == 1"),
    ({"spread": "each"}, "spread == 'each'"),
])
def test_wrong_options_are_named(change, message):
    levels, result, people = company()
    with pytest.raises(InputError, match=message):
        skill_drivers(levels, result, people, **change)


def test_wrong_tables_are_named():
    levels, result, people = company()
    with pytest.raises(InputError, match="no column 'org_id'"):
        skill_drivers(levels, result, people.drop(columns="org_id"))
    with pytest.raises(InputError, match="comes twice"):
        skill_drivers(levels, result, pd.concat([people, people.head(1)]))
    with pytest.raises(InputError, match="must be at least 2"):
        skill_drivers(levels, result * np.nan, people)
    long = levels.melt(ignore_index=False, var_name="skill", value_name="level").reset_index()
    with pytest.raises(InputError, match="two levels of 'k0'"):
        skill_drivers(pd.concat([long, long.head(1)]), result, people)
