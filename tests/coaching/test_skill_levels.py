"""Levels of people in skills: intervals hold the truth, leniency is found, self-ratings count last."""

import numpy as np
import pandas as pd
import pytest

from salesplan.coaching.gaps import skill_gaps
from salesplan.coaching.skill_levels import skill_levels
from salesplan.errors import InputError
from tests.coaching.assessed_company import assessed_company


def truth(company, table):
    person = table["seller_id"].str[1:].astype(int).to_numpy()
    skill = table["skill"].str[6:].astype(int).to_numpy()
    return company.true[-1][person, skill]


def rates(seeds, **kwargs):
    """Share of intervals that hold the true level, assessed by others and by oneself only; mean error."""
    rows = []
    for seed in seeds:
        company = assessed_company(seed, **kwargs)
        table = skill_levels(company.assessments, people=company.people).table
        true, own = truth(company, table), table["self_only"].to_numpy()
        hit = ((table["level_lower"] <= true) & (true <= table["level_upper"])).to_numpy()
        rows.append((hit[~own].mean(), hit[own].mean() if own.any() else np.nan, (table["level"] - true)[~own].mean()))
    return pd.DataFrame(rows).mean().to_numpy()


@pytest.mark.parametrize("kwargs", [
    {},
    {"whole": True},
    {"n_rounds": 3},
    {"halo_sd": 0.0, "leniency_sd": 0.0},
    {"sources": ("test", "manager"), "seen": {"test": 0.5, "manager": 0.6}},
    {"n_people": 30, "team_size": 6, "n_skills": 5},
])
def test_intervals_hold_the_level_at_their_rate(kwargs):
    others, _, bias = rates(range(12), **kwargs)
    assert 0.86 <= others <= 0.94
    assert abs(bias) < 0.05


def test_corrected_self_ratings_hold_the_level_too():
    _, own, _ = rates(range(8), n_people=200, seen={"test": 0.4, "manager": 0.5, "customer": 0.1})
    assert 0.85 <= own <= 0.96


def test_shrunk_levels_are_nearer_to_the_truth_than_ratings():
    company = assessed_company(3)
    table = skill_levels(company.assessments, people=company.people).table.query("not self_only")
    true = truth(company, table)
    assert ((table["level"] - true) ** 2).mean() < 0.85 * ((table["raw_level"] - true) ** 2).mean()
    assert table["group_share"].between(0, 1).all()


def test_lenient_managers_are_found_though_their_teams_differ():
    company = assessed_company(5, n_people=300, n_skills=10, leniency_sd=0.4)
    found = skill_levels(company.assessments, people=company.people)
    by_manager = found.leniency.set_index("assessor_id")["leniency_level"]
    true = pd.Series(company.leniency, index=[f"m{t}" for t in range(len(company.leniency))])
    assert np.corrcoef(by_manager, true[by_manager.index])[0, 1] > 0.9
    held = found.leniency.set_index("assessor_id")
    truth_of = true[held.index] - true.mean()
    assert ((held["leniency_level_lower"] <= truth_of) & (truth_of <= held["leniency_level_upper"])).mean() > 0.75
    assert found.sources.set_index("source").loc["manager", "bias_level"] == pytest.approx(0.35, abs=0.25)


def test_a_lenient_manager_does_not_lift_the_team():
    people = pd.DataFrame({"seller_id": [f"p{i:02d}" for i in range(40)], "tier": "core"})
    rng = np.random.default_rng(0)
    level = rng.normal(3, 0.5, (40, 8))
    rows = []
    for i in range(40):
        for k in range(8):
            lenient = 0.8 if i < 20 else 0.0
            rows += [(f"p{i:02d}", f"s{k}", "test", "", level[i, k] + rng.normal(0, 0.3)),
                     (f"p{i:02d}", f"s{k}", "manager", f"m{i // 20}", level[i, k] + lenient + rng.normal(0, 0.3))]
    table = pd.DataFrame(rows, columns=["seller_id", "skill", "source", "assessor_id", "level"])
    table["level"] = table["level"].clip(1, 5)
    found = skill_levels(table.assign(assessed_date="2026-01-31"), people=people).table
    mean = found.groupby(found["seller_id"] < "p20")["level"].mean()
    true = (level[20:].mean(), level[:20].mean())
    assert mean[False] == pytest.approx(true[0], abs=0.12)
    assert mean[True] == pytest.approx(true[1], abs=0.12)


def test_a_source_knows_its_own_precision():
    company = assessed_company(2, n_people=500, halo_sd=0.0, noise={"test": 0.25, "manager": 0.5, "customer": 0.9})
    found = skill_levels(company.assessments, people=company.people).sources.set_index("source")
    assert found.loc["test", "noise_level"] == pytest.approx(0.25, abs=0.1)
    assert found.loc["customer", "noise_level"] == pytest.approx(0.9, abs=0.1)
    assert found.loc["test", "precision_weight"] > found.loc["manager", "precision_weight"]


def test_noisier_or_fewer_ratings_give_wider_intervals():
    company = assessed_company(4, n_people=200)
    table = skill_levels(company.assessments, people=company.people).table.query("not self_only")
    by_n = table.groupby("n_sources")["se"].mean()
    assert by_n.is_monotonic_decreasing


def test_self_ratings_count_only_where_nothing_else_is():
    company = assessed_company(6)
    with_self = skill_levels(company.assessments, people=company.people).table
    others = company.assessments[company.assessments["source"] != "self"]
    without = skill_levels(others, people=company.people).table
    both = with_self.query("not self_only").reset_index(drop=True)
    pd.testing.assert_frame_equal(both.drop(columns="self_level"), without.drop(columns="self_level"))
    alone = with_self.query("self_only")
    assert (alone["sources"] == "self").all()
    assert alone["se"].mean() > both["se"].mean()


def test_a_weighted_self_rating_is_freed_of_overrating_first():
    company = assessed_company(6, overrating=0.8, modesty=0.0)
    weights = {"test": 0.4, "manager": 0.4, "self": 0.2}
    table = skill_levels(company.assessments, people=company.people, source_weights=weights).table.query("not self_only")
    assert abs((table["level"] - truth(company, table)).mean()) < 0.06


def test_old_ratings_fade_and_late_ones_are_left_out():
    people = pd.DataFrame({"seller_id": ["a"], "tier": "x"})
    rows = pd.DataFrame({"seller_id": "a", "skill": "s", "source": ["test", "manager"], "level": [2.0, 4.0],
                         "assessed_date": ["2025-01-31", "2026-01-31"]})
    fresh = skill_levels(rows, people=people, half_life_months=1).table["raw_level"].item()
    slow = skill_levels(rows, people=people, half_life_months=1000).table["raw_level"].item()
    assert fresh == pytest.approx(4.0, abs=0.01) and slow == pytest.approx(3.0, abs=0.05)
    before = skill_levels(rows, people=people, as_of="2025-06-30")
    assert before.table["raw_level"].item() == pytest.approx(2.0)
    assert any("dated after" in note["msgid"] for note in before.notes)


def test_the_latest_round_of_each_source_counts():
    people = pd.DataFrame({"seller_id": ["a"], "tier": "x"})
    rows = pd.DataFrame({"seller_id": "a", "skill": "s", "source": "test", "level": [2.0, 4.0, 3.0],
                         "assessed_date": ["2025-01-31", "2026-01-31", "2026-02-01"], "round": ["A", "B", "B"]})
    found = skill_levels(rows, people=people)
    assert found.table["raw_level"].item() == pytest.approx(3.5)
    assert found.history()["level"].tolist() == [2.0, 3.5]
    assert found.change()["change_level"].item() == pytest.approx(1.5)


def test_rounds_come_from_half_years_where_none_is_named():
    people = pd.DataFrame({"seller_id": ["a"], "tier": "x"})
    rows = pd.DataFrame({"seller_id": "a", "skill": "s", "source": "test", "level": [2.0, 3.0],
                         "assessed_date": ["2025-03-31", "2025-09-30"]})
    assert skill_levels(rows, people=people).rounds == ("2025H1", "2025H2")


def test_change_uses_only_sources_that_spoke_in_both_rounds():
    people = pd.DataFrame({"seller_id": ["a"], "tier": "x"})
    rows = pd.DataFrame({"seller_id": "a", "skill": "s", "source": ["test", "test", "manager"], "level": [2.0, 2.5, 5.0],
                         "assessed_date": ["2025-01-31", "2026-01-31", "2026-01-31"], "round": ["A", "B", "B"]})
    found = skill_levels(rows, people=people)
    change = found.change("A", "B")
    assert change[["change_level", "sources"]].values.tolist() == [[0.5, "test"]]
    with pytest.raises(InputError, match="round == 'C'"):
        found.change("A", "C")
    with pytest.raises(InputError, match="another round"):
        found.change("A", "A")


def test_one_round_shows_no_change():
    company = assessed_company(1, n_people=20)
    with pytest.raises(InputError, match="at least 2"):
        skill_levels(company.assessments, people=company.people).change()


def test_nothing_is_lost_in_wide_and_summary():
    company = assessed_company(1, n_people=40)
    found = skill_levels(company.assessments, people=company.people)
    wide = found.wide()
    assert int(wide.notna().sum().sum()) == int((~found.table["self_only"]).sum())
    assert found.wide(with_self_only=True).notna().sum().sum() == len(found.table)
    assert found.summary()[["n", "n_self_only"]].sum().sum() == len(found.table)


def test_inputs_are_not_changed_and_order_does_not_matter():
    company = assessed_company(1, n_people=40)
    before = company.assessments.copy()
    found = skill_levels(company.assessments, people=company.people).table
    pd.testing.assert_frame_equal(company.assessments, before)
    shuffled = company.assessments.sample(frac=1, random_state=3)
    again = skill_levels(shuffled, people=company.people.sample(frac=1, random_state=4)).table
    pd.testing.assert_frame_equal(found, again)


def test_no_assessment_at_all_gives_an_empty_table():
    people = pd.DataFrame({"seller_id": ["a"], "tier": "x"})
    empty = pd.DataFrame({c: pd.Series(dtype=object) for c in ("seller_id", "skill", "source", "assessed_date", "level")})
    found = skill_levels(empty, people=people)
    assert found.table.empty and found.leniency.empty


def test_only_self_ratings_are_flagged_and_not_trusted():
    company = assessed_company(1, n_people=30, sources=("self",))
    found = skill_levels(company.assessments, people=company.people)
    assert found.table["self_only"].all()
    assert (found.severity["status"] == "insufficient evidence").all()
    assert any("nothing tells how far to trust" in note["msgid"] for note in found.notes)


def test_people_who_left_are_counted_out():
    company = assessed_company(1, n_people=30)
    found = skill_levels(company.assessments, people=company.people.iloc[:20])
    assert found.table["seller_id"].nunique() == 20
    assert any("not among those" in note["msgid"] for note in found.notes)


def good():
    return pd.DataFrame({"seller_id": ["a"], "skill": ["s"], "source": ["test"], "assessed_date": ["2026-01-31"], "level": [3.0]})


@pytest.mark.parametrize(("column", "value", "message"), [
    ("level", 5.5, r"level == 5\.5, must be from 1 to 5.*row 1 \(a, s, test\)"),
    ("level", "four", "level == four"),
    ("source", "boss", "source == 'boss'"),
    ("assessed_date", "soon", "assessed_date is no date"),
    ("skill", None, "skill is empty"),
])
def test_bad_rows_are_named(column, value, message):
    rows = good().astype(object)
    rows.loc[0, column] = value
    with pytest.raises(InputError, match=message):
        skill_levels(rows, people=pd.DataFrame({"seller_id": ["a"], "tier": "x"}))


@pytest.mark.parametrize(("kwargs", "message"), [
    ({"source_weights": {"boss": 1}}, "source_weights name 'boss'"),
    ({"source_weights": {"test": -1}}, "must be 0 or more"),
    ({"source_weights": {"self": 1}}, "no source but self"),
    ({"coverage": 1.0}, "coverage == 1"),
    ({"half_life_months": 0}, "half_life_months == 0"),
    ({"scale": (5, 1)}, "must go from a lower"),
])
def test_bad_options_are_refused(kwargs, message):
    with pytest.raises(InputError, match=message):
        skill_levels(good(), people=pd.DataFrame({"seller_id": ["a"], "tier": "x"}), **kwargs)


def test_people_must_be_unique():
    with pytest.raises(InputError, match="stands twice"):
        skill_levels(good(), people=pd.DataFrame({"seller_id": ["a", "a"], "tier": "x"}))


def test_explain_shows_how_ratings_become_a_level():
    company = assessed_company(6)
    found = skill_levels(company.assessments, people=company.people)
    row = found.table.query("not self_only and n_sources > 1").iloc[0]
    steps = found.explain(row["seller_id"], row["skill"])
    assert steps["source_weight"].sum() == pytest.approx(1)
    assert (steps["source_weight"] * steps["adjusted_level"].fillna(0)).sum() == pytest.approx(row["raw_level"])
    first = steps.iloc[0]
    drawn = first["raw_level"] + first["group_share"] * (first["group_level"] - first["raw_level"])
    assert drawn == pytest.approx(row["level"])
    assert set(found.explain(row["seller_id"])["skill"]) <= set(company.skills)
    with pytest.raises(InputError, match="seller_id == 'nobody'"):
        found.explain("nobody")
    with pytest.raises(InputError, match="skill == 'juggling'"):
        found.explain(row["seller_id"], "juggling")


def test_explain_of_a_self_rating_and_of_a_weighted_one():
    company = assessed_company(6)
    found = skill_levels(company.assessments, people=company.people)
    alone = found.table.query("self_only").iloc[0]
    steps = found.explain(alone["seller_id"], alone["skill"])
    assert steps["source_weight"].tolist() == [1.0] and steps["source"].tolist() == ["self"]
    weighted = skill_levels(company.assessments, people=company.people, source_weights={"test": 0.4, "manager": 0.4, "self": 0.2})
    row = weighted.table.query("not self_only and n_sources == 3").iloc[0]
    steps = weighted.explain(row["seller_id"], row["skill"])
    assert (steps["source_weight"] * steps["adjusted_level"].fillna(0)).sum() == pytest.approx(row["raw_level"])


def test_without_tests_the_heaviest_source_there_is_sets_the_scale():
    company = assessed_company(6, sources=("manager", "customer", "self"))
    found = skill_levels(company.assessments, people=company.people)
    assert found.reference == "manager"
    assert found.sources.set_index("source").loc["manager", "bias_level"] == 0


def test_summary_hides_skills_that_few_were_assessed_in():
    company = assessed_company(6, n_people=60)
    few = (company.assessments["skill"] == "skill_00") & (company.assessments["seller_id"] > "p0003")
    summary = skill_levels(company.assessments[~few], people=company.people).summary().set_index("skill")
    assert summary.loc["skill_00", "status"] == "insufficient evidence"
    assert np.isnan(summary.loc["skill_00", "level"]) and (summary["status"] != "ok").sum() == 2


def test_numbers_as_ids_are_fine():
    people = pd.DataFrame({"seller_id": [1, 2], "tier": "x"})
    rows = pd.DataFrame({"seller_id": [1, 2], "skill": "s", "source": "test", "assessed_date": "2026-01-31", "level": [2.0, 4.0]})
    assert skill_levels(rows, people=people).table["seller_id"].tolist() == ["1", "2"]


def test_without_a_test_the_common_leniency_is_warned_of():
    company = assessed_company(6, n_people=40, sources=("manager", "customer"))
    notes = [note["msgid"] for note in skill_levels(company.assessments, people=company.people).notes]
    assert any(text.startswith("No test tells") for text in notes)


def test_a_skill_in_which_all_who_speak_are_at_the_end_of_the_scale_has_no_level():
    company = assessed_company(6, leniency_sd=0.5)
    top = (company.assessments["skill"] == "skill_00") & (company.assessments["source"] == "manager")
    rows = company.assessments[(company.assessments["skill"] != "skill_00") | top].copy()
    rows.loc[rows["skill"] == "skill_00", "level"] = 5.0
    found = skill_levels(rows, people=company.people)
    flat = found.table[found.table["skill"] == "skill_00"]
    assert flat["not_told_apart"].all() and not flat["self_only"].any()
    assert flat[["level", "level_lower", "level_upper", "se"]].isna().all(axis=None)
    assert "skill_00" not in found.wide()
    assert any(note["details"].get("skills") == ["skill_00"] for note in found.notes)
    persons = skill_gaps(found, company.people, company.profiles).persons.query("skill == 'skill_00' and not_told_apart")
    assert (persons["status"] == "cannot tell").all() and persons[["gap", "p_below"]].isna().all(axis=None)
    steps = found.explain(flat["seller_id"].iloc[0], "skill_00")
    assert steps["given_level"].tolist() == [5.0] and (steps["source_weight"] == 0).all()
