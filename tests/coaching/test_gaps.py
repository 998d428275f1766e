"""Gaps of groups: intervals hold the truth, small groups stay hidden, change is of the same people."""

import numpy as np
import pandas as pd
import pytest

from salesplan.coaching.gaps import skill_gaps
from salesplan.coaching.skill_levels import skill_levels
from salesplan.errors import InputError
from tests.coaching.assessed_company import assessed_company


def gaps_of(company, **kwargs):
    levels = skill_levels(company.assessments, people=company.people)
    return skill_gaps(levels, company.people, company.profiles, **kwargs)


def true_figures(company, gaps):
    persons = gaps.persons
    at = persons["seller_id"].str[1:].astype(int).to_numpy(), persons["skill"].str[6:].astype(int).to_numpy()
    level = company.true[-1][at]
    figures = persons[["seller_id", "tier", "team", "skill"]].assign(
        level=level, gap=(persons["required_level"] - level).clip(lower=0),
        below_share=(level < persons["required_level"]).astype(float))
    return figures.assign(change_level=(company.true[-1] - company.true[-2])[at]) if len(company.true) > 1 else figures


def hits(company, gaps, keys, figures):
    """Which groups' intervals hold the mean of their people's true figures, by figure."""
    true = true_figures(company, gaps).groupby([*keys, "seller_id"])[figures].mean().groupby(keys).mean().reset_index()
    both = gaps.by(keys).merge(true, on=keys, suffixes=("", "_true"))
    both = both[both["status"] == "ok"]
    return {f: ((both[f"{f}_lower"] <= both[f"{f}_true"] + 1e-9) & (both[f"{f}_true"] <= both[f"{f}_upper"] + 1e-9)).tolist()
            for f in figures}


@pytest.mark.parametrize("kwargs", [{}, {"whole": True}, {"n_people": 200, "n_skills": 4, "seen": {"test": 0.5, "manager": 0.6}}])
def test_group_intervals_hold_the_truth_at_their_rate(kwargs):
    held = {}
    for seed in range(10):
        company = assessed_company(seed, **kwargs)
        gaps = gaps_of(company)
        for keys in (["tier"], ["team"], ["tier", "skill"], ["team", "skill"]):
            for figure, values in hits(company, gaps, keys, ["level", "gap", "below_share"]).items():
                held.setdefault((tuple(keys), figure), []).extend(values)
    for (keys, figure), values in held.items():
        lowest = 0.9 - 3 * np.sqrt(0.09 / min(len(values), 120))
        assert np.mean(values) >= lowest, (keys, figure, np.mean(values))
        assert len(values) < 200 or np.mean(values) <= 0.965, (keys, figure, np.mean(values))


def test_mean_gap_is_neither_raised_by_noise_nor_lowered_by_shrinking():
    errors = []
    for seed in range(10):
        company = assessed_company(seed, noise={"test": 0.6, "manager": 0.8})
        gaps = gaps_of(company)
        true = true_figures(company, gaps).groupby("tier")["gap"].mean()
        errors.append((gaps.by("tier").set_index("tier")["gap"] - true).mean())
    assert abs(np.mean(errors)) < 0.03


def test_probabilities_of_being_below_come_true():
    said, came = [], []
    for seed in range(6):
        company = assessed_company(seed, n_people=200)
        gaps = gaps_of(company)
        told = gaps.persons["p_below"].notna()
        said.append(gaps.persons.loc[told, "p_below"])
        came.append(true_figures(company, gaps).loc[told, "below_share"])
    said, came = pd.concat(said), pd.concat(came)
    for low, high in ((0.0, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1.0)):
        here = said.between(low, high)
        assert came[here].mean() == pytest.approx(said[here].mean(), abs=0.05)


def test_change_intervals_hold_the_mean_change():
    same, like = [], []
    for seed in range(12):
        company = assessed_company(seed, n_rounds=2, growth=0.2)
        gaps = gaps_of(company)
        same += hits(company, gaps, ["tier", "skill"], ["change_level"])["change_level"]
        table = gaps.by(["tier", "skill"])
        like += ((table["change_level_lower"] <= 0.2) & (table["change_level_upper"] >= 0.2)).tolist()
    assert np.mean(same) >= 0.88
    assert 0.83 <= np.mean(like) <= 0.95


def test_change_looks_at_the_same_people_only():
    """Weak newcomers who join in the second round must not look like a fall of those who were there."""
    people = pd.DataFrame({"seller_id": [f"p{i:02d}" for i in range(16)], "tier": "core"})
    rows = [(p, "s", "test", day, label, 3.0 + gain) for p in people["seller_id"][:8]
            for day, label, gain in (("2025-06-30", "A", 0.0), ("2025-12-31", "B", 0.2))]
    rows += [(p, "s", "test", "2025-12-31", "B", 1.5) for p in people["seller_id"][8:]]
    frame = pd.DataFrame(rows, columns=["seller_id", "skill", "source", "assessed_date", "round", "level"])
    profile = pd.DataFrame({"tier": ["core"], "skill": ["s"], "required_level": [4.0]})
    table = skill_gaps(skill_levels(frame, people=people), people, profile).by("tier")
    assert table["change_level"].item() == pytest.approx(0.2)
    assert table["n_paired"].item() == 8 and table["n"].item() == 16


def test_small_groups_have_no_figure():
    company = assessed_company(1, n_people=60, team_size=15)
    people = company.people.copy()
    people.loc[:2, "team"] = "tiny"
    company = type(company)(**{**company.__dict__, "people": people})
    table = gaps_of(company).by("team").set_index("team")
    assert table.loc["tiny", "status"] == "insufficient evidence"
    assert table.loc["tiny", "n"] == 3
    hidden = table[table["status"] != "ok"]
    assert len(hidden) == 2 and hidden["n"].sum() >= 5
    figures = [c for c in table if c.startswith(("level", "gap", "below_share", "change_level"))]
    assert hidden[figures].isna().all(axis=None)
    assert table.loc[table["status"] == "ok", ["level", "gap", "below_share"]].notna().all(axis=None)


def test_one_row_for_all_and_nothing_for_too_few():
    company = assessed_company(1, n_people=30)
    gaps = gaps_of(company)
    whole = gaps.by(())
    assert len(whole) == 1 and whole["n_people"].item() == 30 and whole["status"].item() == "ok"
    few = gaps_of(company, minimum=50).by(())
    assert few["status"].item() == "insufficient evidence" and np.isnan(few["gap"].item())


def test_self_rated_and_not_assessed_people_widen_but_do_not_count():
    company = assessed_company(2, n_people=60, n_skills=2)
    everybody = gaps_of(company).by("tier").set_index("tier")
    kept = company.assessments[(company.assessments["seller_id"] < "p0030") | (company.assessments["source"] == "self")]
    half = gaps_of(type(company)(**{**company.__dict__, "assessments": kept}))
    table = half.by("tier").set_index("tier")
    assert (table["n"] < everybody["n"]).all() and (table["n_people"] == everybody["n_people"]).all()
    ok = table["status"] == "ok"
    width = (table["gap_upper"] - table["gap_lower"])[ok]
    assert (width > 1.2 * (everybody["gap_upper"] - everybody["gap_lower"])[ok]).all()
    assert any("rest on a self-assessment" in note["msgid"] for note in half.notes)


def test_a_profile_of_the_own_role_goes_first():
    people = pd.DataFrame({"seller_id": ["a", "b"], "tier": "core", "role": ["key account", "field"], "org_id": ["t1", "t2"]})
    rows = pd.DataFrame({"seller_id": ["a", "b"], "skill": "s", "source": "test", "assessed_date": "2026-01-31", "level": 3.0})
    profile = pd.DataFrame({"tier": "core", "role": ["", "key account"], "skill": "s", "required_level": [3.5, 4.5]})
    persons = skill_gaps(skill_levels(rows, people=people), people, profile).persons
    assert persons.set_index("seller_id")["required_level"].to_dict() == {"a": 4.5, "b": 3.5}
    assert persons["team"].tolist() == ["t1", "t2"]


def test_status_says_what_the_interval_says():
    persons = gaps_of(assessed_company(3)).persons
    below, above = persons["status"] == "below", persons["status"] == "meets it"
    assert (persons.loc[below, "level_upper"] < persons.loc[below, "required_level"]).all()
    assert (persons.loc[above, "level_lower"] >= persons.loc[above, "required_level"]).all()
    assert (persons.loc[below, "p_below"] > 0.9).all() and (persons.loc[above, "p_below"] < 0.1).all()
    assert (persons["status"] == "not assessed").sum() == persons["level"].isna().sum()


def test_explain_lists_one_persons_gaps_largest_first():
    gaps = gaps_of(assessed_company(3))
    told = gaps.explain("p0004")
    assert told["gap"].dropna().is_monotonic_decreasing and len(told) == 6
    with pytest.raises(InputError, match="did you mean"):
        gaps.explain("p004")


def test_people_without_a_profile_are_named_in_a_note():
    company = assessed_company(3)
    levels = skill_levels(company.assessments, people=company.people)
    gaps = skill_gaps(levels, company.people, company.profiles[company.profiles["tier"] != "lead"])
    assert gaps.notes[0]["details"]["tiers"] == ["lead"]


@pytest.mark.parametrize(("change", "message"), [
    ({"required_level": 6.0}, "required_level == 6.*new, skill_00"),
    ({"importance": 0.0}, "importance == 0"),
    ({"frequency": 9.0}, "frequency == 9"),
])
def test_bad_profiles_are_named(change, message):
    company = assessed_company(1, n_people=20)
    profiles = company.profiles.astype({"importance": float, "frequency": float})
    for column, value in change.items():
        profiles.loc[0, column] = value
    with pytest.raises(InputError, match=message):
        skill_gaps(skill_levels(company.assessments, people=company.people), company.people, profiles)


def test_a_profile_row_twice_is_refused():
    company = assessed_company(1, n_people=20)
    double = pd.concat([company.profiles, company.profiles.iloc[:1]])
    with pytest.raises(InputError, match="stands twice"):
        skill_gaps(skill_levels(company.assessments, people=company.people), company.people, double)


def test_unknown_keys_and_rounds_are_refused():
    gaps = gaps_of(assessed_company(1, n_people=20, n_rounds=2))
    with pytest.raises(InputError, match="did you mean 'team'"):
        gaps.by("teams")
    with pytest.raises(InputError, match="round == 'x'"):
        gaps.by("tier", previous="x")
