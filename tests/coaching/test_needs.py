"""Need ranks skills, and says how firm the ranking is."""

import numpy as np
import pandas as pd
import pytest

from salesplan.coaching.gaps import skill_gaps
from salesplan.coaching.needs import gap_need, skill_needs
from salesplan.coaching.skill_levels import skill_levels
from salesplan.errors import InputError
from tests.coaching.assessed_company import assessed_company


@pytest.fixture(scope="module")
def gaps():
    company = assessed_company(3, n_people=120, n_skills=8)
    return skill_gaps(skill_levels(company.assessments, people=company.people), company.people, company.profiles)


def one_tier(levels, importance, frequency, *, n=12, spread=0.05):
    """Gaps of a tier whose mean levels are given; requirement 4."""
    people = pd.DataFrame({"seller_id": [f"p{i:02d}" for i in range(n)], "tier": "core"})
    skills = [f"s{k}" for k in range(len(levels))]
    rows = [(p, s, source, "2026-01-31", level + spread * (i % 5 - 2)) for i, p in enumerate(people["seller_id"])
            for s, level in zip(skills, levels, strict=True) for source in ("test", "manager")]
    frame = pd.DataFrame(rows, columns=["seller_id", "skill", "source", "assessed_date", "level"])
    profile = pd.DataFrame({"tier": "core", "skill": skills, "required_level": 4.0, "importance": importance,
                            "frequency": frequency})
    return skill_gaps(skill_levels(frame, people=people), people, profile)


@pytest.mark.parametrize("by", ["company", "tier", "team", "person"])
def test_ranks_run_from_one_and_follow_need(gaps, by):
    table = skill_needs(gaps, by=by, draws=100).table
    keys = [c for c in ("tier", "team", "seller_id") if c in table]
    for _, group in table.groupby(keys) if keys else [((), table)]:
        told = group[group["need"] > 0]
        assert group.loc[~(group["need"] > 0), "rank"].isna().all()
        assert told["rank"].tolist() == told["need"].rank(ascending=False, method="min").tolist()
    told = table.dropna(subset=["rank"])
    assert ((told["rank_lower"] <= told["rank"]) & (told["rank"] <= told["rank_upper"])).all()
    assert told["p_top3"].between(0, 1).all()
    if keys:
        n_top = told.groupby(keys)["p_top3"].sum()
        size = told.groupby(keys).size()
        assert np.allclose(n_top, np.minimum(size, 3))


def test_need_is_gap_times_importance_times_frequency(gaps):
    table = skill_needs(gaps, by="tier").table
    product = table["gap"] * table["importance"] * table["frequency"]
    assert np.allclose(table["need"], product)
    by_person = skill_needs(gaps, by="person", draws=100).table.query("need > 0")
    assert np.allclose(by_person["need"], by_person["gap"] * by_person["importance"] * by_person["frequency"])


def test_a_clear_ranking_is_firm_and_a_close_one_is_not():
    clear = skill_needs(one_tier([1.5, 3.4, 3.7, 3.8, 3.9], [5, 3, 3, 3, 3], [5, 3, 3, 3, 3])).table
    assert clear.iloc[0][["skill", "rank_lower", "rank_upper"]].tolist() == ["s0", 1, 1]
    close = skill_needs(one_tier([3.0, 3.0, 3.0, 3.0, 3.0], 3, 3)).table
    assert (close["rank_upper"] - close["rank_lower"] >= 3).all()
    assert close["p_top3"].between(0.4, 0.8).all()


def test_swings_name_the_step_that_unseats_the_first():
    needs = skill_needs(one_tier([3.0, 2.9, 3.8], [4, 3, 3], [4, 4, 3]))
    assert needs.table["skill"].tolist() == ["s0", "s1", "s2"]
    unseated = needs.swings[~needs.swings["first_keeps"]]
    steps = set(unseated[["skill", "input", "step"]].itertuples(index=False, name=None))
    assert ("s0", "importance", -1) in steps and ("s1", "importance", 1) in steps
    assert ("s0", "importance", 1) not in steps
    swung = needs.swings.set_index(["skill", "input", "step"])
    assert swung.loc[("s0", "importance", -1), "swung_rank"] == 2


def test_no_step_leaves_the_scale_of_judgements():
    needs = skill_needs(one_tier([3.0, 3.0], [5, 5], [5, 5]))
    ups = needs.swings.query("input != 'required_level' and step == 1")
    assert ups.empty


def test_rank_intervals_hold_the_true_rank():
    held = []
    for seed in range(8):
        company = assessed_company(seed, n_people=60, n_skills=8)
        gaps = skill_gaps(skill_levels(company.assessments, people=company.people), company.people, company.profiles)
        persons = gaps.persons
        at = persons["seller_id"].str[1:].astype(int).to_numpy(), persons["skill"].str[6:].astype(int).to_numpy()
        gap = (persons["required_level"] - company.true[-1][at]).clip(lower=0)
        true = (gap * persons["importance"] * persons["frequency"]).groupby([persons["tier"], persons["skill"]]).mean()
        rank = true.groupby(level=0).rank(ascending=False).rename("true_rank").reset_index()
        both = skill_needs(gaps, seed=seed).table.dropna(subset=["rank"]).merge(rank, on=["tier", "skill"])
        held += ((both["rank_lower"] <= both["true_rank"]) & (both["true_rank"] <= both["rank_upper"])).tolist()
    assert np.mean(held) >= 0.9


def test_small_groups_have_no_need():
    company = assessed_company(3, n_people=120, n_skills=4)
    people = company.people.copy()
    people.loc[:2, "tier"] = "trainee"
    profiles = pd.concat([company.profiles, company.profiles[:4].assign(tier="trainee")])
    gaps = skill_gaps(skill_levels(company.assessments, people=people), people, profiles)
    table = skill_needs(gaps).table
    hidden = table[table["status"] != "ok"]
    assert "trainee" in set(hidden["tier"]) and hidden["tier"].nunique() >= 2
    assert hidden[["need", "gap", "rank", "rank_lower", "p_top3"]].isna().all(axis=None)


def test_top_and_summary(gaps):
    needs = skill_needs(gaps)
    assert needs.top(2).groupby("tier").size().tolist() == [2, 2, 2]
    summary = needs.summary()
    assert summary["first_keeps_share"].between(0, 1).all() and len(summary) == 3
    assert len(skill_needs(gaps, by="company").summary()) == 1


def test_profiles_without_judgements_say_so():
    company = assessed_company(3, n_people=60)
    levels = skill_levels(company.assessments, people=company.people)
    plain = company.profiles[["tier", "skill", "required_level"]]
    notes = skill_needs(skill_gaps(levels, company.people, plain)).notes
    assert any("gap alone" in note["msgid"] for note in notes)


def test_same_seed_same_ranks(gaps):
    pd.testing.assert_frame_equal(skill_needs(gaps, seed=4).table, skill_needs(gaps, seed=4).table)


def test_bad_options(gaps):
    with pytest.raises(InputError, match="did you mean 'tier'"):
        skill_needs(gaps, by="tiers")
    with pytest.raises(InputError, match="draws == 10"):
        skill_needs(gaps, draws=10)
    with pytest.raises(InputError, match="lacks 'level'"):
        gap_need(pd.DataFrame({"required_level": [1.0]}))
