"""What must not pass for a level, a gap, a change or a need: ceilings, unknown leniency, new managers, old ratings."""

import numpy as np
import pandas as pd
import pytest

from salesplan.coaching.ceiling import ceiling_items
from salesplan.coaching.gaps import skill_gaps
from salesplan.coaching.importance_performance import importance_performance
from salesplan.coaching.needs import skill_needs
from salesplan.coaching.skill_levels import skill_levels
from tests.coaching.assessed_company import assessed_company

WEIGHTS = {"test": 0.4, "manager": 0.35, "peer": 0.1, "customer": 0.15}
NOISE = {"test": 0.3, "manager": 0.4, "customer": 0.5}


def company(seed, *, n_teams=6, size=8, sources=("test", "manager"), tested=None, leniency=0.4, n_skills=10, mean=3.0, halo=0.2,
            n_tiers=1):  # fmt: skip
    """Teams with a manager each; ratings, people, true levels."""
    rng = np.random.default_rng(seed)
    rows, people, true = [], [], {}
    for team in range(n_teams):
        mild = rng.normal(0, leniency)
        for i in range(size):
            who, own = f"t{team}_{i}", rng.normal(0, 0.3)
            people.append((who, f"tier {team % n_tiers}", f"t{team}"))
            lift = {source: rng.normal(0, halo) * (source != "test") for source in sources}
            for k in range(n_skills):
                level = mean + own + rng.normal(0, 0.4)
                true[who, f"s{k}"] = level
                for source in sources:
                    if source == "test" and tested is not None and team not in tested:
                        continue
                    given = level + lift[source] + rng.normal(0, NOISE[source]) + mild * (source == "manager")
                    rows.append((who, f"s{k}", source, "2026-09-01", float(np.clip(given, 1, 5)),
                                 f"m{team}" if source == "manager" else None))
    columns = ["seller_id", "skill", "source", "assessed_date", "level", "assessor_id"]
    return pd.DataFrame(rows, columns=columns), pd.DataFrame(people, columns=["seller_id", "tier", "team"]), pd.Series(true)


def profile(people, *, required=3.5, n_skills=10):
    return pd.DataFrame([(t, f"s{k}", required, 1 + k % 5, 1 + k // 2 % 5) for t in people["tier"].unique() for k in range(n_skills)],
                        columns=["tier", "skill", "required_level", "importance", "frequency"])


def levels_of(rows, people, **kwargs):
    return skill_levels(rows, people=people, source_weights=WEIGHTS, **kwargs)


def note(notes, start):
    return next((n["details"] for n in notes if n["msgid"].startswith(start)), None)


def held(found, true, figure):
    return ((found[f"{figure}_lower"] <= true) & (true <= found[f"{figure}_upper"])).to_numpy()


def test_a_ceiling_source_counts_nothing_beside_another():
    rows, people, true = company(3, size=10)
    flat = (rows["skill"] == "s0") & (rows["source"] == "manager")
    rows.loc[flat, "level"] = 5.0
    found = levels_of(rows, people)
    table = found.table.query("skill == 's0'")
    truth = np.array([true[who, "s0"] for who in table["seller_id"]])
    assert table["level"].mean() == pytest.approx(truth.mean(), abs=0.12)
    assert held(table, truth, "level").mean() > 0.8
    assert (table["sources"] == "test").all()
    row = skill_gaps(found, people, profile(people)).by("skill").set_index("skill").loc["s0"]
    gap = np.maximum(3.5 - truth, 0).mean()
    assert row["gap_lower"] <= gap <= row["gap_upper"]


def test_a_ceiling_source_shows_no_change():
    rows, people, _ = company(3, size=10)
    rows.loc[rows["source"] == "manager", "level"] = 5.0
    both = pd.concat([rows.assign(round="A"), rows.assign(round="B", assessed_date="2026-12-01")])
    assert set(levels_of(both, people).change()["sources"]) == {"test"}


@pytest.mark.parametrize(("sources", "tested"), [(("manager",), None), (("test", "manager"), {0}), (("test", "manager"), {0, 1})])
def test_leniency_that_cannot_be_told_widens_the_intervals_of_teams(sources, tested):
    level, gap = [], []
    for seed in range(8):
        rows, people, true = company(seed, sources=sources, tested=tested)
        gaps = skill_gaps(levels_of(rows, people), people, profile(people))
        persons = gaps.persons.assign(true=[true[key] for key in zip(gaps.persons["seller_id"], gaps.persons["skill"], strict=True)])
        found = gaps.by("team").set_index("team")
        level += held(found, persons.groupby("team")["true"].mean(), "level").tolist()
        gap += held(found, (3.5 - persons["true"]).clip(lower=0).groupby(persons["team"]).mean(), "gap").tolist()
    assert np.mean(level) >= 0.8 and np.mean(gap) >= 0.8


def test_managers_never_compared_are_counted():
    rows, people, _ = company(0, tested={0})
    told = note(levels_of(rows, people).notes, "{n_managers} managers were never compared")
    assert told["n_managers"] == 5 and told["n"] == 40
    everywhere = company(0)[0]
    assert note(levels_of(everywhere, people).notes, "{n_managers} managers were never compared") is None


def test_spread_of_leniency_is_mixed_with_the_assumed_one_where_managers_are_few():
    unsure = {}
    for n in (3, 12):
        rows, people, _ = company(1, n_teams=n, leniency=0.0)
        table = levels_of(rows, people).leniency
        unsure[n] = (table["leniency_level_upper"] - table["leniency_level"]).mean()
    assert unsure[3] > 0.15 > unsure[12]


def two_rounds(seed, *, new_managers=False, weakest_only=False, n_teams=6):
    rng = np.random.default_rng(seed)
    rows, people = [], []
    for team in range(n_teams):
        mild = rng.normal(0, 0.5, 2)
        for i in range(8):
            who, own = f"t{team}_{i}", rng.normal(0, 0.4)
            people.append((who, "x", f"t{team}"))
            for k in range(10):
                true = 3 + own + rng.normal(0, 0.3)
                first = true + mild[0] + rng.normal(0, 0.4)
                again = true + mild[1 if new_managers else 0] + rng.normal(0, 0.4)
                rows.append((who, f"s{k}", "manager", "2026-03-01", "A", float(np.clip(first, 1, 5)), f"m{team}"))
                if not (weakest_only and first >= 2.8):
                    rows.append((who, f"s{k}", "manager", "2026-09-01", "B", float(np.clip(again, 1, 5)),
                                 f"m{team}{'new' if new_managers else ''}"))
    columns = ["seller_id", "skill", "source", "assessed_date", "round", "level", "assessor_id"]
    return pd.DataFrame(rows, columns=columns), pd.DataFrame(people, columns=["seller_id", "tier", "team"])


def test_a_new_manager_is_no_change():
    rows, people = two_rounds(0, new_managers=True)
    assert levels_of(rows, people).change("A", "B").empty
    table = skill_gaps(levels_of(rows, people), people, profile(people)).by("team")
    assert table["change_level"].isna().all() and (table["n_paired"] == 0).all() and (table["n_before"] == 8).all()
    rows, people = two_rounds(0)
    table = skill_gaps(levels_of(rows, people), people, profile(people)).by("team")
    assert table["change_level"].notna().all() and held(table, 0.0, "change_level").mean() > 0.6


def test_those_assessed_again_because_they_were_weak_show_no_change():
    rows, people = two_rounds(1, weakest_only=True)
    whole = skill_gaps(levels_of(rows, people), people, profile(people)).by("tier").iloc[0]
    assert np.isnan(whole["change_level"]) and whole["n_paired"] > 5
    assert whole["change_status_msgid"] == "those assessed again differ from the others"


def test_a_stub_round_is_passed_over():
    rows, people = two_rounds(0)
    stub = rows[rows["round"] == "B"].head(6).assign(round="C", assessed_date="2026-11-01")
    found = levels_of(pd.concat([rows, stub]), people)
    assert found.history_material.rounds_compared() == ("A", "B")
    assert found.history_material.rounds_compared(current="C") == ("B", "C")
    table = skill_gaps(found, people, profile(people)).by("tier")
    assert table["change_level"].notna().all() and table["n_paired"].item() == 48


def test_importance_keeps_its_own_scale():
    frame = pd.DataFrame({"skill": list("abcd"), "importance": [4.5, 1.5, 4.4, 2.0], "level": [20.0, 30.0, 80.0, 70.0]})
    found = importance_performance(frame, scale=(0, 100))
    assert found.table["quadrant_midscale_msgid"].tolist() == ["Concentrate here", "Low priority", "Keep up", "Possible overkill"]
    small = importance_performance(frame.assign(level=frame["level"] / 25 + 1))
    assert small.table["quadrant_midscale_msgid"].tolist() == found.table["quadrant_midscale_msgid"].tolist()


def test_a_judgement_near_the_line_is_not_firm():
    frame = pd.DataFrame({"skill": list("xy"), "importance": [3.3, 2.7], "level": [1.5, 4.5], "level_lower": [1.4, 4.4],
                          "level_upper": [1.6, 4.6]})
    assert importance_performance(frame).table["is_firm"].tolist() == [False, False]
    assert importance_performance(frame.assign(importance=[4.0, 2.0])).table["is_firm"].all()


def test_needs_do_not_hang_on_the_numbers_of_the_scale():
    rows, people, _ = company(2)
    asked = profile(people)
    small = skill_needs(skill_gaps(levels_of(rows, people), people, asked))
    wide = levels_of(rows.assign(level=(rows["level"] - 1) * 25), people, scale=(0, 100))
    large = skill_needs(skill_gaps(wide, people, asked.assign(required_level=(asked["required_level"] - 1) * 25)))
    pd.testing.assert_frame_equal(small.swings, large.swings)
    assert small.table["rank"].equals(large.table["rank"])


def test_one_test_of_one_person_is_no_reference():
    rows, people, _ = company(0, sources=("manager", "customer"))
    before = levels_of(rows, people)
    one = pd.DataFrame([("t0_0", "s0", "test", "2026-09-01", 1.0, None)], columns=rows.columns)
    after = levels_of(pd.concat([rows, one]), people)
    assert after.reference == before.reference == "manager"
    both = before.table.merge(after.table, on=["seller_id", "skill"]).query("seller_id != 't0_0'")
    assert (both["level_x"] - both["level_y"]).abs().max() < 0.1
    assert note(after.notes, "Levels are on the scale")["n_pairs"] == 480


def test_old_ratings_are_less_sure():
    rows, people, _ = company(0)
    old = rows["seller_id"].str.startswith("t0")
    aged = rows.assign(assessed_date=np.where(old, "2021-09-01", "2026-09-01"))
    found = levels_of(aged, people)
    se = found.table.groupby(found.table["seller_id"].str.startswith("t0"))["se"].mean()
    assert se[True] > 1.25 * se[False]
    assert note(found.notes, "Nothing tells how fast")["half_life_value"] == 12
    year = levels_of(rows.assign(assessed_date=np.where(old, "2025-09-01", "2026-09-01")), people)
    first = year.table["seller_id"].str.startswith("t0")
    assert np.median(year.material.noise[first] / np.median(year.material.noise[~first])) == pytest.approx(2, rel=0.02)


def test_no_interval_is_cut_to_nothing_at_the_end_of_the_scale():
    rng = np.random.default_rng(0)
    rows = [(f"p{i}", "s1", s, "2026-09-01", float(np.clip(x + rng.normal(0, 0.3) - 0.6 * (s == "manager"), 1, 5)))
            for i in range(40) for x in [rng.normal(4, 0.5)] for s in ("test", "manager")]
    rows += [(f"z{i}", "s1", "manager", "2026-09-01", 5.0) for i in range(8)]
    frame = pd.DataFrame(rows, columns=["seller_id", "skill", "source", "assessed_date", "level"])
    people = pd.DataFrame({"seller_id": sorted(set(frame["seller_id"]))})
    people["tier"] = people["team"] = people["seller_id"].str[0]
    found = levels_of(frame, people)
    assert (found.table["level_upper"] - found.table["level_lower"]).min() > 0.05
    asked = pd.DataFrame({"tier": ["p", "z"], "skill": "s1", "required_level": 4.9})
    group = skill_gaps(found, people, asked).by("tier").set_index("tier").loc["z"]
    assert group["level_upper"] - group["level_lower"] > 0.05


def test_a_full_score_by_a_mild_manager_may_hide_anything_above():
    rows, people, _ = company(4, n_teams=8, leniency=0.0, mean=4.0, n_skills=4)
    rows.loc[rows["source"] == "manager", "level"] = (rows.loc[rows["source"] == "manager", "level"] + 0.5).clip(upper=5)
    found = levels_of(rows, people)
    m = found.material
    manager = m.latest.rating[:, 1]
    full = (manager > 4.99) & ~np.isnan(m.raw)
    mid = (manager < 4.5) & ~np.isnan(m.raw)
    if found.table["not_told_apart"].any() or not full.any():
        pytest.fail("the company must have full scores that are not the rule")
    assert np.median(m.noise[full]) >= np.median(m.noise[mid])


def test_all_who_reach_a_requirement_at_the_top_meet_it():
    people = pd.DataFrame({"seller_id": [f"p{i}" for i in range(9)], "tier": "x", "team": "t"})
    rows = pd.DataFrame([(p, s, source, "2026-09-01", 5.0 if s == "s0" else 3 + 0.1 * (i % 3) + 0.1 * (source == "test"))
                         for i, p in enumerate(people["seller_id"]) for s in ("s0", "s1", "s2") for source in ("test", "manager")],
                        columns=["seller_id", "skill", "source", "assessed_date", "level"])
    asked = pd.DataFrame({"tier": "x", "skill": ["s0", "s1"], "required_level": [5.0, 4.0]})
    gaps = skill_gaps(levels_of(rows, people), people, asked)
    assert set(gaps.persons.query("skill == 's0'")["status"]) == {"meets it"}
    row = gaps.by("skill").set_index("skill").loc["s0"]
    assert row["below_share"] < 0.01 and row["gap"] < 1e-6
    assert note(gaps.notes, "{n} requirements are at the top")["n"] == 9


def test_no_need_is_named_where_nobody_lacks_anything():
    rows, people, _ = company(5, n_teams=1, size=20, mean=4.2, leniency=0.0)
    gaps = skill_gaps(levels_of(rows, people), people, profile(people, required=2.0))
    for by in ("company", "tier", "person"):
        needs = skill_needs(gaps, by=by)
        assert needs.top().empty and needs.table["rank"].isna().all()
        assert (needs.table["need"].dropna() == 0).all() and len(needs.table)
        assert needs.summary().empty


def test_persons_and_needs_mean_the_same_gap():
    rows, people, _ = company(6)
    gaps = skill_gaps(levels_of(rows, people), people, profile(people))
    needs = skill_needs(gaps, by="person").table.merge(gaps.persons, on=["seller_id", "skill"], suffixes=("", "_of_person"))
    assert np.allclose(needs["gap"], needs["gap_of_person"])
    persons = gaps.persons
    assert np.allclose(persons["plain_gap"], (persons["required_level"] - persons["level"]).clip(lower=0))
    assert (persons["gap"] >= persons["plain_gap"] - 1e-9).all()
    assert persons["gap"].mean() == pytest.approx(gaps.by(())["gap"].item(), abs=0.02)


def test_halo_is_that_of_the_sources_there():
    rows, people, _ = company(0, n_teams=8, sources=("manager", "customer"), leniency=0.0, halo=0.6)
    with_more = levels_of(rows, people).material.error_correlation
    only = skill_levels(rows, people=people, source_weights={"manager": 0.7, "customer": 0.3}).material.error_correlation
    assert with_more == pytest.approx(only) and with_more > 0.5


def test_a_share_below_that_hangs_on_an_assumed_error_is_not_told():
    rows, people, _ = company(0, sources=("test",))
    gaps = skill_gaps(levels_of(rows, people), people, profile(people))
    table = gaps.by("tier")
    assert table.filter(like="below_share").isna().all(axis=None) and table["gap"].notna().all()
    assert note(gaps.notes, "The error of a rating is assumed") == {}
    rows, people, _ = company(0)
    assert skill_gaps(levels_of(rows, people), people, profile(people)).by("tier")["below_share"].notna().all()


def test_two_of_ten_at_the_top_are_no_proof():
    scores = pd.DataFrame({"skill": "c", "source": "manager", "level": [5, 5, 4, 4, 3, 3, 3, 2, 2, 2]})
    assert ceiling_items(scores)["status"].item() == "perhaps useless"


def test_two_managers_on_one_day_count_alike_in_any_order():
    rows, people, _ = company(0)
    twice = pd.concat([rows, rows[rows["source"] == "manager"].assign(level=1.0, assessor_id="zz")])
    first, second = levels_of(twice, people), levels_of(twice.iloc[::-1], people)
    pd.testing.assert_frame_equal(first.table, second.table)
    one = pd.DataFrame([("a", "s", "manager", "2026-09-01", level, who) for level, who in ((2.0, "m"), (4.0, "n"))],
                       columns=rows.columns)
    assert levels_of(one, pd.DataFrame({"seller_id": ["a"], "tier": "x"})).table["raw_level"].item() == 3.0


def test_a_tier_that_only_rates_itself_is_less_sure_than_one_others_know():
    made = assessed_company(1, n_people=150, sources=("test", "manager", "self"))
    others = made.assessments["source"] != "self"
    new = made.people.set_index("seller_id")["tier"].reindex(made.assessments["seller_id"]).eq("new").to_numpy()
    rows = made.assessments[~(others & new)]
    table = skill_levels(rows, people=made.people).table.query("self_only")
    tier = made.people.set_index("seller_id")["tier"].reindex(table["seller_id"]).to_numpy()
    assert table["se"][tier == "new"].mean() > 1.1 * table["se"][tier != "new"].mean()


def test_people_without_a_tier_are_called_so():
    rows, people, _ = company(0)
    people.loc[:2, "tier"] = np.nan
    gaps = skill_gaps(levels_of(rows, people), people, profile(people.dropna()))
    assert gaps.notes[0]["details"]["tiers"] == [{"msgid": "no tier", "details": {}}]
