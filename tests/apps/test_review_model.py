"""The review panel without a page: who sees and decides what, whatever a page may send."""

import sqlite3
from pathlib import Path

import pandas as pd
import pytest

from salesplan.apps.review_approval import AdjustmentDesk, months_left, plan_name
from salesplan.apps.review_model import ReviewModel
from salesplan.data.action_store import ActionStore
from salesplan.data.plan_store import PlanStore
from salesplan.errors import DataError, InputError, MissingWorkspaceError
from salesplan.review.monthly_review import MonthlyReview
from tests.apps.reviewed_company import (
    EARLIER,
    PERIOD,
    as_seen,
    company_files,
    copied,
    model_of,
    of_unit,
    opened,
    settled,
    without_reason,
)

EAST = {"e", "t1", "t2", "m1", "r2", "r3"}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return company_files(tmp_path_factory.mktemp("reviewed"))


@pytest.fixture(scope="module")
def review(company: Path) -> MonthlyReview:
    return opened(company)


@pytest.fixture(scope="module")
def earlier(company: Path) -> MonthlyReview:
    return opened(company, period=EARLIER)


@pytest.fixture
def own(company: Path, tmp_path: Path) -> Path:
    """A workspace that the test may write into."""
    return copied(company, tmp_path)


def at(model: ReviewModel, place: str, view: str) -> ReviewModel:
    model.open_place(place)
    model.open_view(view)
    return settled(model)


def actions(model: ReviewModel, place: str = "e", *, earlier: bool = False) -> pd.DataFrame:
    return at(model, place, "earlier" if earlier else "actions").shown_actions(earlier=earlier)


def decided(own: Path) -> int:
    return len(ActionStore(own / "plan.db").decisions()) if (own / "plan.db").exists() else 0


# -- who sees what -------------------------------------------------------------------------------------


def test_a_manager_sees_the_own_unit_and_nothing_of_others(review: MonthlyReview, company: Path) -> None:
    model = model_of(as_seen(review, "E5"), company, user="E5")
    assert model.reader.units == EAST and model.place == "e" and model.reader.roots == ("e",)
    assert [unit for unit, _ in model.reader.tree] == ["e", "t1", "t2"]
    settled(model)
    assert set(model.rows["unit_id"]) - {"t1/former", "t2/former"} == EAST and set(model.names.nodes) >= EAST
    assert not {"w", "t3", "r1", "r6", "co"} & set(model.names.nodes)


@pytest.mark.parametrize("place", ["co", "w", "t3", "r1", "r6", "t1/former", "", "no such", "../e"])
def test_a_place_out_of_scope_is_refused_wherever_it_comes_from(review: MonthlyReview, company: Path, place: str) -> None:
    model = settled(model_of(as_seen(review, "E5"), company, user="E5"))
    for ask in (model.open_place, model.review_of):
        with pytest.raises(InputError, match="not a unit or person you may see"):
            ask(place)
    assert model.place == "e"


def test_a_seller_sees_the_own_page_only(review: MonthlyReview, company: Path) -> None:
    model = settled(model_of(as_seen(review, "E2"), company, user="E2"))
    assert model.reader.units == {"r2"} and model.is_person and model.path() == ["r2"]
    with pytest.raises(InputError, match="not a unit or person"):
        model.open_place("t1")


def test_the_user_of_the_review_counts_where_the_app_names_none(review: MonthlyReview, company: Path) -> None:
    model = model_of(as_seen(review, "E5"), company)
    assert model.user == "m1" and model.reader.units == EAST


def test_a_report_shows_no_more_than_the_review_it_was_given(review: MonthlyReview, company: Path) -> None:
    given = of_unit(review, "t2")
    model = ReviewModel(given, "en", workspace=company, is_live=False)
    assert model.reader.units == {"t2", "r3"}
    assert model_of(given, company).reader.units >= EAST | {"co"}


def test_views_and_months_are_checked_too(review: MonthlyReview, company: Path) -> None:
    model = model_of(review, company)
    for wrong in ("2031-01", "", "x", "2026-9"):
        with pytest.raises(InputError, match="must be a month with orders"):
            model.open_month(wrong)
    with pytest.raises(InputError, match="must be one of the panel"):
        model.open_view("secret")
    with pytest.raises(InputError, match="without a workspace"):
        model_of(review).open_month(EARLIER)
    assert (model.month, model.view) == (PERIOD, "standing")


def test_another_month_is_read_and_the_place_is_kept(review: MonthlyReview, company: Path) -> None:
    model = settled(model_of(review, company))
    model.open_place("t2")
    assert EARLIER in model.months()
    model.open_month(EARLIER)
    assert model.missing() == "company"
    with pytest.raises(InputError, match="still being read"):
        model.open_place("t1")
    settled(model)
    assert model.company.data.label == EARLIER and model.place == "t2"
    before = review.attainment.frame("month").set_index("unit_id")["judged_actual"].to_dict()["t2"]
    assert model.rows.set_index("unit_id")["actual"].to_dict()["t2"] != before


def test_a_month_that_cannot_be_read_leaves_the_page_where_it_was(review: MonthlyReview, tmp_path: Path) -> None:
    model = settled(model_of(review, tmp_path / "gone"))
    model.open_month(EARLIER)
    job = model.job()
    assert job is not None
    with pytest.raises(MissingWorkspaceError) as error:
        job.work()
    model.finish(job, error.value)
    assert model.month == PERIOD and model.is_loaded


def test_later_months_are_found_in_the_files(earlier: MonthlyReview, company: Path) -> None:
    model = settled(model_of(earlier, company))
    assert PERIOD not in model.months() and model.needs_months
    job = model.months_job()
    model.finish(job, job.work())
    assert PERIOD in model.months() and not model.needs_months


# -- figures -------------------------------------------------------------------------------------------


def test_rows_hold_the_reviews_own_figures(review: MonthlyReview, company: Path) -> None:
    rows = settled(model_of(review, company)).rows.set_index("unit_id")
    month, year = review.attainment.frame("month").set_index("unit_id"), review.year_end.table.set_index("unit_id")
    for unit in ("co", "e", "t2", "r3"):
        assert rows.loc[unit, "attainment"] == pytest.approx(month.loc[unit, "judged_attainment"], nan_ok=True)
        assert rows.loc[unit, "p_hit"] == pytest.approx(year.loc[unit, "p_hit"], nan_ok=True)
    assert rows.loc["co", "status"] == "act" and rows.loc["r2", "status"] == "unknown"  # r2 has no target


def test_figures_that_take_time_are_waited_for(review: MonthlyReview, company: Path) -> None:
    fresh = model_of(opened(company, coverage=0.9), company)
    assert fresh.missing() == "attainment"
    job = fresh.job()
    assert job is not None
    fresh.finish(job, job.work())
    assert fresh.missing() == "year_end" and not fresh.rows["has_outlook"].any() and fresh.rows["status"].eq("unknown").all()
    assert settled(fresh).rows["has_outlook"].all()


# -- actions -------------------------------------------------------------------------------------------


def test_an_action_is_proposed_then_decided_about(review: MonthlyReview, own: Path) -> None:
    model = model_of(as_seen(review, "E5"), own, user="E5")
    shown = actions(model)
    first = shown.iloc[0]
    assert len(shown) > 1 and set(shown["status"]) == {"proposed"} and not (own / "plan.db").exists()
    model.decide(shown, first["action_id"], "accepted", who="somebody else", why=" agreed ", owner="王芳", due="2026-10-20")
    again = actions(model).set_index("action_id").loc[first["action_id"]]
    assert (again["status"], again["decided_by"], again["why"], again["owner"]) == ("accepted", "E5", "agreed", "王芳")
    assert pd.Timestamp(again["due"]) == pd.Timestamp("2026-10-20") and again["n_decisions"] == 1
    kept = ActionStore(own / "plan.db").read(period=PERIOD)
    assert kept["action_id"].tolist() == [first["action_id"]] and kept["measure"].iloc[0] == first["measure"]
    model.decide(actions(model), first["action_id"], "done", who="", why="")
    assert actions(model).set_index("action_id").loc[first["action_id"], "status"] == "done"
    assert ActionStore(own / "plan.db").decisions(first["action_id"])["decision"].tolist() == ["accepted", "done"]


@pytest.mark.parametrize(("given", "message"), [
    ({"who": "", "why": "because"}, "nobody is named"), ({"who": "  ", "why": "because"}, "nobody is named"),
    ({"who": "ana", "why": ""}, "no reason"), ({"who": "ana", "why": " \n"}, "no reason"),
    ({"who": "ana", "why": "x" * 401}, "at most 400"), ({"who": "ana", "why": "because", "due": "soon"}, "must be a day"),
    ({"who": "ana", "why": "because", "decision": "done"}, "cannot be made"),
    ({"who": "ana", "why": "because", "decision": "deleted"}, "cannot be made"),
])  # fmt: skip
def test_a_decision_needs_a_name_a_reason_and_a_status_that_allows_it(
    review: MonthlyReview, own: Path, given: dict[str, str], message: str
) -> None:
    model = model_of(review, own)
    shown = actions(model)
    with pytest.raises(InputError, match=message):
        model.decide(shown, shown["action_id"].iloc[0], **{"decision": "dismissed", **given})
    assert decided(own) == 0


def test_an_action_of_another_unit_cannot_be_decided_about(review: MonthlyReview, own: Path) -> None:
    west = actions(model_of(review, own), "w")
    other = west["action_id"].iloc[0]
    model = model_of(as_seen(review, "E5"), own, user="E5")
    with pytest.raises(InputError, match="one of the actions shown"):
        model.decide(actions(model), other, "accepted", who="E5", why="mine now")
    with pytest.raises(InputError, match="only who leads w decides"):
        model.decide(west, other, "accepted", who="E5", why="mine now")
    assert decided(own) == 0


def test_a_seller_reads_and_decides_nothing(review: MonthlyReview, own: Path) -> None:
    lead = model_of(review, own)
    shown = actions(lead, "t2")
    about = shown[shown["node_id"].eq("r3")]
    for chosen in about["action_id"]:
        lead.decide(shown, chosen, "accepted", who="ana", why="agreed")
    model = model_of(as_seen(review, "E3"), own, user="E3")
    mine = actions(model, "r3")
    assert set(mine["action_id"]) == set(about["action_id"]) and not model.decides("r3")
    for chosen in mine["action_id"]:
        with pytest.raises(InputError, match="only who leads"):
            model.decide(mine, chosen, "done", who="E3", why="done")


def test_of_two_managers_at_once_the_second_is_told(review: MonthlyReview, own: Path) -> None:
    one, two = model_of(review, own), model_of(review, own)
    seen_one, seen_two = actions(one), actions(two)
    chosen = seen_one["action_id"].iloc[0]
    one.decide(seen_one, chosen, "accepted", who="ana", why="agreed")
    with pytest.raises(InputError, match="ana has decided about this action meanwhile: Accepted"):
        two.decide(seen_two, chosen, "dismissed", who="bo", why="no")
    assert decided(own) == 1
    two.decide(actions(two), chosen, "dismissed", who="bo", why="talked with ana")
    assert actions(one).set_index("action_id").loc[chosen, "decided_by"] == "bo"


def test_decisions_within_the_same_moment_are_both_told(review: MonthlyReview, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_of(review, own)
    shown = actions(model)
    chosen, decide = shown["action_id"].iloc[0], ActionStore.decide

    def late(store: ActionStore, name: str, decision: str, **given: object) -> None:
        decide(store, name, "accepted", who="ana", why="quick")
        decide(store, name, decision, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(ActionStore, "decide", late)
    assert model.decide(shown, chosen, "dismissed", who="bo", why="no") == "ana"


def test_earlier_actions_come_back_with_their_verdict_and_can_be_closed(earlier: MonthlyReview, review: MonthlyReview, own: Path) -> None:
    before = model_of(earlier, own)
    shown = actions(before)
    chosen = shown["action_id"].iloc[0]
    before.decide(shown, chosen, "accepted", who="ana", why="agreed")
    model = model_of(review, own)
    came = actions(model, earlier=True)
    assert came["action_id"].tolist() == [chosen] and came["status"].tolist() == ["accepted"]
    assert came["verdict"].isin(["improved", "worse", "no_sign", "cannot_tell"]).all()
    model.decide(came, chosen, "done", who="ana", why="visited")
    assert actions(model, earlier=True)["status"].tolist() == ["done"]
    assert actions(model, "co", earlier=True)["status"].tolist() == ["done"]


def test_without_a_workspace_nothing_is_kept(review: MonthlyReview) -> None:
    model = model_of(review)
    shown = actions(model)
    assert not model.decides("e")
    with pytest.raises(DataError, match="cannot be kept"):
        model.decide(shown, shown["action_id"].iloc[0], "accepted", who="ana", why="agreed")


# -- new targets ---------------------------------------------------------------------------------------


def test_an_approved_adjustment_is_a_version_with_its_difference(review: MonthlyReview, own: Path) -> None:
    model = at(model_of(as_seen(review, "E5"), own, user="E5"), "e", "targets")
    found, name = model.review.adjustment, plan_name(model.review)
    assert found is not None and found.status == "proposed" and name == "FY2027 · e"
    left, before = months_left(found), months_left(found, column="old_fen")
    done = model.approve(who="not me", why=" tender gone ", seen=model.approvals.seen(model.review))
    assert (done.who, done.why, done.version) == ("E5", "tender gone", 2)
    assert done.changes["change"].sum() * 100 == pytest.approx(left["target_fen"].sum() - before["target_fen"].sum())
    assert set(done.changes["cause"]) == {"changed"} and set(done.changes["seller_id"]) == set(left["seller_id"])
    with PlanStore(own / "plan.db") as store:
        assert store.versions(name)["status"].tolist() == ["draft", "approved"]
        assert store.read(name, 2).frame["target_fen"].sum() == left["target_fen"].sum()
        assert store.read(name, 1).frame["target_fen"].sum() == before["target_fen"].sum()


def test_what_was_approved_counts_for_months_to_come_and_changes_no_ended_one(review: MonthlyReview, own: Path) -> None:
    model = at(model_of(review, own), "t2", "targets")
    before, found = model.review.data.targets, model.review.adjustment
    assert found is not None
    model.approve(who="ana", why="tender gone", seen=0)
    after = settled(model).review.data.targets
    key = ["month", "scope_type", "scope_id"]
    both = before[before["scope_type"].eq("rep")].merge(after, on=key, suffixes=("", "_now"))
    ended = both["month"].le(pd.Period(PERIOD))
    assert ended.any() and (~ended).any()
    assert (both.loc[ended, "restated"] == both.loc[ended, "restated_now"]).all()
    assert (both.loc[ended, "judged"] == both.loc[ended, "judged_now"]).all()
    new = found.lines.set_index(["seller_id", "month"])["target_fen"]
    for row in both[~ended].itertuples():
        assert row.restated_now * 100 == pytest.approx(new[row.scope_id, row.month])


def test_an_adjustment_is_approved_once_for_the_unit_and_all_in_it(review: MonthlyReview, own: Path) -> None:
    model = at(model_of(review, own), "e", "targets")
    model.approve(who="ana", why="tender gone", seen=0)
    settled(model)
    for unit in ("e", "t2", "co"):
        at(model, unit, "targets")
        told = model.approvals.approved(model.review)
        assert told is not None and told.who == "ana" and told.unit_id == "e"
        with pytest.raises(InputError, match="ana has approved an adjustment for this month already"):
            model.approve(who="bo", why="again", seen=model.approvals.seen(model.review))
    assert model.approvals.approved(at(model, "w", "targets").review) is None


def test_of_two_who_approve_at_once_one_is_refused(review: MonthlyReview, own: Path) -> None:
    one, two = (at(model_of(review, own), "e", "targets") for _ in range(2))
    seen = two.approvals.seen(two.review)
    one.approve(who="ana", why="tender gone", seen=0)
    with pytest.raises(InputError, match="already"):
        two.approve(who="bo", why="tender gone", seen=seen)
    with sqlite3.connect(own / "plan.db") as database:
        assert database.execute("SELECT count(*) FROM plan_decision").fetchone() == (1,)


def test_two_who_pass_every_check_together_do_not_both_save(review: MonthlyReview, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = (at(model_of(review, own), "e", "targets") for _ in range(2))
    one.approve(who="ana", why="tender gone", seen=0)
    approved = AdjustmentDesk.approved
    monkeypatch.setattr(AdjustmentDesk, "approved", lambda desk, given: None)
    monkeypatch.setattr(AdjustmentDesk, "_check_plan", lambda desk, given, found: None)
    with pytest.raises(InputError, match="must be the newest version 2"):
        two.approve(who="bo", why="tender gone", seen=0)
    monkeypatch.setattr(AdjustmentDesk, "approved", approved)
    told = two.approvals.approved(two.review)
    assert told is not None and told.who == "ana"


def test_a_plan_approved_meanwhile_makes_the_proposal_void(review: MonthlyReview, own: Path) -> None:
    model = at(model_of(review, own), "e", "targets")
    found = model.review.adjustment
    assert found is not None
    with PlanStore(own / "plan.db") as store:
        other = found.to_frame().assign(target_fen=lambda f: f["target_fen"] + 100)
        version = store.save(other, name="FY2027", parameters={}, fingerprint="x", author="cy", reason="new plan")
        store.approve("FY2027", version, who="cy", why="ok")
    with pytest.raises(InputError, match="the plan has changed since"):
        model.approve(who="ana", why="tender gone", seen=0)


@pytest.mark.parametrize(("who", "why"), [("", "why"), ("ana", ""), (" ", " "), ("x" * 401, "why")])
def test_an_approval_needs_a_name_and_a_reason(review: MonthlyReview, own: Path, who: str, why: str) -> None:
    model = at(model_of(review, own), "e", "targets")
    with pytest.raises(InputError, match="who approves it|at most 400"):
        model.approve(who=who, why=why, seen=0)
    assert not (own / "plan.db").exists() or PlanStore(own / "plan.db").versions().empty


def test_nothing_is_approved_without_a_proposal_or_by_who_does_not_lead(review: MonthlyReview, own: Path) -> None:
    quiet = at(model_of(without_reason(review), own), "e", "targets")
    with pytest.raises(InputError, match="nothing is proposed"):
        quiet.approve(who="ana", why="because", seen=0)
    seller = at(model_of(as_seen(review, "E3"), own, user="E3"), "r3", "targets")
    with pytest.raises(InputError, match="only who leads"):
        seller.approve(who="E3", why="because", seen=0)
    manager = at(model_of(as_seen(review, "E5"), own, user="E5"), "r3", "targets")
    with pytest.raises(InputError, match="only who leads"):  # targets are adjusted for units, not for one person
        manager.approve(who="E5", why="because", seen=0)
    assert not (own / "plan.db").exists()
