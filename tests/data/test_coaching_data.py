from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.data.coaching_data import CoachingData, load_coaching_data
from salesplan.data.coaching_frames import to_scale
from salesplan.data.workspace import Workspace
from salesplan.errors import DataError, InputError, MissingWorkspaceError
from tests.data.coaching_company import coaching_workspace, tables
from tests.data.companies import make_workspace
from tests.data.kpi_company import ALL


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Workspace:
    return coaching_workspace(tmp_path_factory.mktemp("coaching"), source="shop")


@pytest.fixture(scope="module")
def data(shop) -> CoachingData:
    return load_coaching_data(shop, period="2026-10", months=3, kpis=ALL)


def test_people_are_those_in_service_on_the_last_day(data):
    people = data.people.set_index("seller_id")
    assert people.index.tolist() == ["d1", "m1", "r1", "r2", "r4", "t0", "t1"]
    assert people.loc["r1", ["name", "org_id", "tier", "role", "manager_id"]].tolist() == ["张伟 (E1)", "w", "骨干", "senior", "d1"]
    assert not people.loc[["t0", "t1"], "is_seller"].any(), "trainers carry no quota whatever the file's constant says"
    assert data.shown.tolist() == people.index.tolist()
    assert (data.label, data.source, data.scope, data.shows_money) == ("2026-10", "shop", None, True)


def test_levels_of_every_scale_come_to_one(data):
    said = data.assessments.set_index(["seller_id", "skill", "source"])["level"].sort_index()
    assert said.loc[("r1", "k1", "test")] == pytest.approx(4.2)          # 80 of 0-100
    assert said.loc[("r2", "k2", "customer")] == pytest.approx(4.2)      # 8 of 0-10
    assert said.loc[("r1", "k1", "manager")] == 4.0
    needed = data.role_profiles.set_index(["tier", "role", "skill"])
    assert needed.loc[("骨干", "", "k2"), "required_level"] == pytest.approx(4.2)
    assert needed.loc[("骨干", "", "k2"), ["importance", "frequency", "is_judged"]].tolist() == [3.0, 3.0, False]
    assert needed.loc[("骨干", "senior", "k2"), "required_level"] == 5.0


def test_another_scale_takes_everything_along(shop):
    wide = load_coaching_data(shop, period="2026-10", months=1, scale=(0, 100))
    level = wide.assessments.set_index(["seller_id", "skill", "source"])["level"].sort_index()
    assert level.loc[("r1", "k1", "test")] == pytest.approx(80.0)
    assert level.loc[("r1", "k1", "manager")] == pytest.approx(75.0)
    assert wide.course_skills.set_index(["course", "skill"]).loc[("c01", "k1"), ["gain", "up_to_level"]].tolist() == [25.0, 50.0]
    assert wide.goals["target_level"].tolist() == [75.0, 100.0]
    with pytest.raises(InputError, match="scale"):
        load_coaching_data(shop, period="2026-10", scale=(5, 1))


def test_nothing_from_after_the_period_and_of_leavers_is_read(data):
    assert not data.assessments["assessed_date"].gt("2026-10-31").any()
    assert "r3" not in set(data.assessments["seller_id"]) | set(data.training["seller_id"]) | set(data.mentors["seller_id"])
    assert data.goals["goal_id"].tolist() == ["g1", "g2"]


def test_what_two_colleagues_said_is_left_out_for_everybody(data):
    peers = data.assessments[data.assessments["source"] == "peer"]
    assert set(peers["seller_id"]) == {"r1"}
    note = next(n for n in data.notes if "colleagues" in n["msgid"])
    assert note["details"] == {"n_rows": 2}


@pytest.mark.parametrize("period", ["2030-01", "2001-01"])
def test_a_month_without_figures_is_refused_with_those_that_have_some(shop, period):
    with pytest.raises(InputError, match=rf"period == '{period}', must be a month with figures, from \d{{4}}-\d\d to \d{{4}}-\d\d"):
        load_coaching_data(shop, period=period, months=3)


def test_courses_know_what_comes_before_and_what_they_cost(data):
    courses = data.courses.set_index("course")
    assert courses.loc["c02", "prerequisites"] == ("c01",), "a prerequisite may be named"
    assert courses.loc["c01", ["cost", "fixed_cost", "is_offered"]].tolist() == [500.0, 0.0, True]
    assert np.isnan(courses.loc["c01", "seats"])
    assert not courses.loc["c02", "is_offered"]
    assert [n["details"]["n_courses"] for n in data.notes if "free" in n["msgid"]] == [1]
    assert data.course_skills.set_index(["course", "skill"]).loc[("c02", "k1"), "up_to_level"] == 5.0


def test_skills_used_but_not_listed_bear_their_id(data):
    assert data.skills["skill"].tolist() == ["k1", "k2", "k3"]
    assert data.skill_names("en") == {"k1": "Product knowledge", "k2": "谈判", "k3": "k3"}
    assert data.skill_names("zh")["k1"] == "产品知识"


def test_training_keeps_the_waiting_list_and_finds_courses_by_name(data):
    assert data.training[["seller_id", "course", "status"]].values.tolist() == [["r1", "c01", "done"], ["r2", "c02", "planned"]]


def test_mentors_and_pairs_are_of_people_in_service(data):
    assert data.mentors[["seller_id", "capacity"]].values.tolist() == [["m1", 1], ["r1", 2]]
    assert data.cannot_match[["mentor_id", "mentee_id"]].values.tolist() == [["r1", "r2"]]


def test_quota_sales_and_attainment_by_month(data):
    row = data.quota[data.quota["month"] == "2026-10"].set_index("seller_id").loc["r1"]
    assert row[["quota", "sales"]].tolist() == [1200.0, 210.0]
    assert row["attainment"] == pytest.approx(0.175)
    assert data.quota.loc[data.quota["seller_id"] == "r2", "attainment"].isna().all(), "a quarter is not cut into months"
    assert np.isnan(data.quota.set_index("seller_id").loc["r4", "attainment"]), "no target, no attainment"


def test_quota_needs_no_kpis(shop, data):
    alone = load_coaching_data(shop, period="2026-10", months=3)
    assert alone.history.empty
    pd.testing.assert_frame_equal(alone.quota, data.quota)


def test_leads_are_zero_only_where_anybody_had_some(data):
    leads = data.leads.set_index(["seller_id", "month"])["n_leads"]
    assert leads.loc[("r1", pd.Period("2026-09"))] == 2
    assert leads.loc[("r2", pd.Period("2026-09"))] == 0
    assert pd.Period("2026-08") not in leads.index.get_level_values("month")
    assert ("r4", pd.Period("2026-09")) not in leads.index, "hired later"


def test_territory_is_told_by_customers_where_potentials_are_unknown(shop, data, tmp_path):
    assert data.potential.name == "owned_customers"
    assert data.potential.to_dict() == {"r1": 2.0, "r2": 1.0, "r4": 0.0}
    whole = tables()
    whole["customer"] = whole["customer"].assign(potential=[100.0, None, 70.0, 5.0])
    rich = load_coaching_data(make_workspace(tmp_path / "w", whole, currency="CNY"), period="2026-10", months=1)
    assert rich.potential.name == "market_potential"
    assert rich.potential.to_dict() == {"r1": 200.0, "r2": 70.0, "r4": 0.0}, "an unknown one counts as the mean of the others"


def test_careers_hold_everybody_there_was(data, shop):
    careers = data.careers.set_index("seller_id")
    assert careers.loc["r3", ["left", "leave_kind", "org_id", "region"]].tolist() == [True, "regretted", "e", "华东"]
    assert str(careers.loc["r3", "end_date"].date()) == "2026-10-15"
    assert pd.isna(careers.loc["gone", "org_id"]), "no assignment, one spell all the same"
    earlier = load_coaching_data(shop, period="2026-09", months=1).careers.set_index("seller_id")
    assert pd.isna(earlier.loc["r3", "end_date"]), "nobody knew in September"
    assert earlier.loc["r3", ["left", "leave_kind"]].tolist() == [False, ""]
    assert "r4" not in earlier.index


def test_who_moves_has_a_spell_for_each_place(data, shop):
    moved = data.careers[data.careers["seller_id"] == "r1"]
    assert moved[["org_id", "region", "left"]].values.tolist() == [["e", "华东", False], ["w", "华西", False]]
    assert moved["start_date"].dt.strftime("%Y-%m-%d").tolist() == ["2020-01-01", "2026-10-12"]
    assert moved["end_date"].iloc[0] == moved["start_date"].iloc[1] and pd.isna(moved["end_date"].iloc[1])
    earlier = load_coaching_data(shop, period="2026-09", months=1).careers
    assert (earlier["seller_id"] == "r1").sum() == 1, "nobody knew in September"


def test_summary_counts_by_tier(data):
    row = data.summary().set_index("tier").loc["骨干"]
    assert row.to_dict() == {"n_people": 2, "n_assessed": 2, "n_assessments": 8, "n_open_goals": 1, "n_courses_done": 1}


def test_notes_name_what_is_missing(data):
    said = " ".join(note["msgid"] for note in data.notes)
    for words in ("never assessed", "No role profile for", "name no capacity", "no importance", "number of customers"):
        assert words in said
    assert all(set(note) == {"msgid", "details", "scope"} for note in data.notes)


def test_a_company_without_any_of_it_still_opens(tmp_path):
    bare = make_workspace(tmp_path / "w", {name: tables()[name] for name in ("rep", "org_unit", "rep_assignment")}, currency="CNY")
    data = load_coaching_data(bare, period="2026-10", months=2, kpis=ALL)
    assert data.skills.empty
    assert data.assessments.empty
    assert data.leads.empty
    assert data.potential.empty
    said = " ".join(note["msgid"] for note in data.notes)
    for words in ("No skill assessments", "no role profiles", "no opportunities", "name no owner", "no sales targets"):
        assert words in said
    with pytest.raises(DataError, match="Name a period"):
        load_coaching_data(bare)
    with pytest.raises(MissingWorkspaceError):
        load_coaching_data(tmp_path / "nothing", period="2026-10")


def test_only_months_are_periods(shop):
    with pytest.raises(InputError, match="must be a month"):
        load_coaching_data(shop, period="2026Q3")
    with pytest.raises(InputError, match="months == 0"):
        load_coaching_data(shop, period="2026-10", months=0)
    assert load_coaching_data(shop, months=1).label == "2026-10"


def test_strangers_and_levels_off_the_scale_are_refused(data):
    with pytest.raises(DataError, match="people in service only"):
        replace(data, leads=data.leads.assign(seller_id="nobody"))
    with pytest.raises(DataError, match=r"level == 9, must be 1 to 5.*k1 of r1"):
        replace(data, assessments=data.assessments.assign(level=9.0))


def test_frames_are_copies(data):
    again = replace(data)
    again.people["tier"] = "x"
    assert data.people["tier"].ne("x").all()


@settings(max_examples=40, deadline=None)
@given(low=st.floats(-10, 10), width=st.floats(0.5, 200), part=st.floats(0, 1))
def test_a_scale_keeps_places_between_its_ends(low, width, part):
    level = to_scale(pd.Series([low + part * width]), low, low + width, (1.0, 5.0)).iloc[0]
    assert level == pytest.approx(1 + 4 * part, abs=1e-6)
