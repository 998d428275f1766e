from types import SimpleNamespace as Entry

import pandas as pd
import pytest

from salesplan.data.coaching_access import money_parts, visible_people
from salesplan.data.coaching_data import CoachingData, load_coaching_data
from salesplan.data.kpi_data import load_kpi_data
from salesplan.data.workspace import Workspace
from salesplan.errors import InputError
from tests.data.coaching_company import coaching_workspace, tables
from tests.data.companies import make_workspace
from tests.data.kpi_company import ALL

FRAMES = ("people", "careers", "units", "staff", "skills", "role_profiles", "assessments", "courses", "course_skills",
          "training", "goals", "mentors", "cannot_match", "history", "quota", "leads")


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Workspace:
    return coaching_workspace(tmp_path_factory.mktemp("access"))


@pytest.fixture(scope="module")
def data(shop) -> CoachingData:
    return load_coaching_data(shop, period="2026-10", months=3, kpis=ALL)


def held(data: CoachingData) -> str:
    return "".join(getattr(data, name).to_csv() for name in FRAMES) + data.potential.to_csv()


def test_a_manager_holds_the_names_of_own_people_only(data):
    team = data.scoped_to("E5")
    assert set(team.shown) == {"m1", "r2", "t1"}
    assert len(team.people) == len(data.people)
    words = held(team)
    for secret in ("张伟 (E1)", "李娜", "赵磊", "周训", "r4", "每周演练", "亲属", "E1,", "E8"):
        assert secret not in words, secret
    assert set(team.goals["seller_id"]) == {"r2"}
    assert team.cannot_match.empty, "a pair names two people"
    assert all(note["scope"] == "public" for note in team.notes)
    assert team.shows_money
    assert team.scope == "m1"


def test_figures_of_others_stay_for_comparison(data):
    team = data.scoped_to("E5")
    assert sorted(team.assessments["level"]) == sorted(data.assessments["level"])
    assert sorted(team.quota["sales"].dropna()) == sorted(data.quota["sales"].dropna())
    assert sorted(team.people["tier"]) == sorted(data.people["tier"])
    assert sorted(team.leads["n_leads"]) == sorted(data.leads["n_leads"])
    assert team.careers["seller_id"].nunique() == data.careers["seller_id"].nunique()
    assert team.careers["left"].sum() == data.careers["left"].sum()
    others = team.people.loc[~team.people["is_shown"]]
    assert others[["employee_no", "org_id", "unit_name", "leave_date", "manager_id"]].isna().all(axis=None)
    assert others["hire_date"].dropna().dt.day.eq(1).all()
    teams = team.people.set_index("seller_id")["team_code"].dropna()
    assert not set(teams) & set(data.units["unit_id"]), "who works together is known by codes only"
    assert sorted(teams.value_counts()) == sorted(data.people["org_id"].value_counts())
    strange = team.careers[team.careers["seller_id"].str.startswith("other-")]
    assert strange["org_id"].isna().all()
    for column in ("hire_date", "start_date", "end_date"):
        assert strange[column].dropna().dt.day.eq(1).all()
    assert len(strange) == len(strange.drop_duplicates(["seller_id", "tier", "region"])), "moves between teams do not show"
    assert team.training.loc[team.training["seller_id"].str.startswith("other-"), "score"].isna().all()


def test_levels_rest_on_the_same_days_for_every_reader(data):
    for user in ("E5", "E8"):
        columns = ["assessed_date", "level"]
        mine, whole = (one.assessments[columns].sort_values(columns, ignore_index=True) for one in (data.scoped_to(user), data))
        pd.testing.assert_frame_equal(mine, whole)


def test_one_person_is_one_id_everywhere(data):
    team = data.scoped_to("E5")
    mine = team.quota[(team.quota["month"] == "2026-10") & (team.quota["sales"] == 210.0)]["seller_id"].iloc[0]
    own = team.assessments[(team.assessments["seller_id"] == mine) & (team.assessments["source"] == "self")]
    assert own["assessor_id"].tolist() == [mine], "whoever rates themself is still the same"
    assert team.potential[mine] == 2.0


def test_nobody_learns_which_colleague_or_customer_assessed(data):
    for user in ("r1", "E5", "d1", "t0"):
        said = data.scoped_to(user).assessments
        anonymous = said[said["source"].isin(["peer", "customer"])]
        assert anonymous["assessor_id"].dropna().str.fullmatch(r"rater \d+").all()
        assert anonymous["assessed_date"].dt.day.eq(1).all()
    own = data.scoped_to("r1").assessments
    assert own.loc[(own["seller_id"] == "r1") & (own["source"] == "peer"), "assessor_id"].nunique() == 3


def test_a_seller_sees_themself(data):
    alone = data.scoped_to("E1")
    assert alone.shown.tolist() == ["r1"]
    assert alone.goals["note"].tolist() == ["每周演练"]
    assert set(alone.staff["rep_id"]) == {"r1"}
    assert "李娜" not in held(alone)
    with pytest.raises(InputError, match="user == 'nobody'"):
        data.scoped_to("nobody")


def test_a_trainer_of_the_company_sees_everybodys_skills_and_no_money(data):
    seen = data.scoped_to("E8")
    assert set(seen.shown) == set(data.people["seller_id"])
    assert len(seen.goals) == len(data.goals)
    assert not seen.shows_money
    ratio = data.quota["sales"] / seen.quota["sales"]
    assert ratio[data.quota["sales"] > 0].round(6).nunique() == 1, "everything over the same usual sales"
    assert seen.quota.loc[seen.quota["sales"] > 0, "sales"].median() == pytest.approx(1)
    pd.testing.assert_series_equal(seen.quota["attainment"], data.quota["attainment"])
    figures = seen.history.groupby("kpi")["actual"].count()
    amounts = seen.history.loc[seen.history["kpi"] == "sales_amount", "actual"]
    assert amounts[amounts > 0].median() == pytest.approx(1), "multiples of the usual, no money"
    assert figures["visits"] > 0
    assert figures["win_rate"] > 0
    assert seen.history.loc[seen.history["kpi"] == "win_rate", "numerator"].notna().any(), "deals are counts"
    assert seen.courses["cost"].tolist() == data.courses["cost"].tolist(), "what courses cost stays"
    assert any("hidden from trainers" in note["msgid"] for note in seen.notes)


def test_a_trainer_of_a_unit_sees_the_unit(data):
    seen = data.scoped_to("E9")
    assert set(seen.shown) == {"m1", "r2", "t1"}
    assert not seen.shows_money
    assert seen.quota["sales"].max() < 100, "those without a name included"
    words = held(seen)
    for secret in ("李娜", "210.0", "1200.0"):
        assert secret not in words


def test_potential_shows_to_trainers_as_a_multiple(tmp_path):
    whole = tables()
    whole["customer"] = whole["customer"].assign(potential=[100.0, 300.0, 200.0, 5.0])
    data = load_coaching_data(make_workspace(tmp_path / "w", whole, currency="CNY"), period="2026-10", months=1, user="E8")
    assert data.potential.name == "potential_factor"
    assert data.potential.to_dict() == pytest.approx({"r1": 400 / 300, "r2": 200 / 300, "r4": 0.0})


def test_money_is_found_by_unit_or_by_what_is_added_up():
    def kpi(code: str, unit: str | None, value: str, below: str | None = None, where: str = "") -> Entry:
        made = Entry(code=code, numerator=Entry(value=value, where=where),
                     denominator=None if below is None else Entry(value=below, where=""))
        if unit:
            made.unit = unit
        return made

    kpis = [kpi("a", "money", "sum(amount)"), kpi("b", "percent", "sum(amount - cost)", "sum(amount)"), kpi("c", "count", "count(*)"),
            kpi("d", None, "sum(list_amount)"), kpi("e", "days", "sum(cycle_days)", "count(*)"),
            kpi("f", "count", "count(*)", where="amount > 1000"), kpi("g", None, "sum(amount)", "count(*)")]
    assert money_parts(kpis) == {("a", "actual"), ("a", "numerator"), ("b", "numerator"), ("b", "denominator"),
                                 ("d", "actual"), ("d", "numerator"), ("f", "numerator"), ("g", "actual"),
                                 ("g", "numerator")}


def test_a_trainer_who_leads_nobody_is_placed_by_the_unit(data):
    assert set(visible_people(data.units, data.staff, "t1")) == {"e", "m1", "r2", "r3", "t1"}
    assert data.visible_people("E9").tolist() == ["m1", "r2", "t1"]
    assert data.visible_people("E5").tolist() == ["m1", "r2", "t1"]


def test_scores_and_targets_are_closed_to_trainers(shop):
    with pytest.raises(InputError, match="must lead a unit or carry a target"):
        load_kpi_data(shop, ALL[:1], period="2026-10", months=1, user="E8")
