"""What is known of the demo company's process data comes out of the kit again, within stated tolerances."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from salesplan.data.demo import DemoTruth
from salesplan.data.demo_process import CORRELATION, lmg_shares
from salesplan.data.reducers.reduce import kpi_view
from salesplan.data.workspace import Workspace
from salesplan.ratings.design import check_connected
from salesplan.ratings.feedback import ratings_from_feedback
from salesplan.ratings.severity import rater_severity
from salesplan.weighting.ahp import AhpWeights, ahp_weights
from salesplan.weighting.ahp_group import group_ahp_weights
from salesplan.weighting.importance import relative_importance
from salesplan.weighting.pairwise import PairwiseComparison, pairwise_from

MAIN_CONTACTS = {"visits": "visit", "proposals": "proposal", "demos": "demo"}


@pytest.fixture(scope="module")
def truth(demo_workspace: Path) -> DemoTruth:
    return DemoTruth.read(demo_workspace.parent / "demo_truth.yaml")


@pytest.fixture(scope="module")
def views(demo_workspace: Path) -> dict[str, pd.DataFrame]:
    with Workspace(demo_workspace).connect() as connection:
        names = ("contact", "deal", "training", "customer_voice")
        return {name: kpi_view(name, connection).to_pandas(date_as_object=False) for name in names}


@pytest.fixture(scope="module")
def honest(truth: DemoTruth) -> list[str]:
    """Full-time sellers whose visits are not inflated (filling up to ten adds a fifth of a visit a month)."""
    return [s for s in truth.full_time_sellers if s not in truth.gaming["last_day_spike"]]


@pytest.fixture(scope="module")
def observed(views: dict[str, pd.DataFrame], truth: DemoTruth, honest: list[str]) -> pd.DataFrame:
    """Means of the last twelve months of the five process KPIs."""
    since = (pd.Period(truth.period_end, "M") - 11).start_time
    contact = views["contact"][views["contact"]["date"] >= since]
    found = {kpi: contact[contact["type"] == kind].groupby("rep_id").size() / 12
             for kpi, kind in MAIN_CONTACTS.items()}
    visits = contact[contact["is_visit"]]
    found["follow_up_rate"] = visits["followed_up_within_3_days"].astype(float).groupby(visits["rep_id"]).mean()
    courses = views["training"]
    done = courses[(courses["status"] == "done") & (courses["date"] >= since)]
    found["training_hours"] = done.groupby("rep_id")["hours"].sum()
    return pd.DataFrame(found).reindex(honest).fillna(0.0)[truth.process_kpis]


def test_the_shares_stated_are_those_of_the_correlations(truth: DemoTruth) -> None:
    matrix = np.array(truth.process_correlation["matrix"])
    assert np.allclose(matrix, CORRELATION) and np.linalg.eigvalsh(matrix).min() > 0.2
    outcome, predictors = matrix[1:, 0], matrix[1:, 1:]
    assert truth.process_r2 == pytest.approx(outcome @ np.linalg.solve(predictors, outcome), abs=1e-6)
    assert sum(truth.process_importance.values()) == pytest.approx(1, abs=1e-5)
    assert list(truth.process_importance.values()) == pytest.approx(lmg_shares(matrix) / truth.process_r2, abs=1e-5)
    assert truth.observed_r2 < truth.process_r2
    off = [truth.observed_importance[k] - truth.process_importance[k] for k in truth.process_kpis]
    assert np.abs(off).max() < 0.02  # chance in twelve months hardly moves the shares


def test_shares_of_independent_predictors_are_squared_correlations() -> None:
    matrix = np.eye(4)
    matrix[0, 1:] = matrix[1:, 0] = [0.6, 0.0, -0.5]
    assert lmg_shares(matrix) == pytest.approx([0.36, 0.0, 0.25])


def test_a_year_of_contacts_shows_the_traits(observed: pd.DataFrame, truth: DemoTruth, honest: list[str]) -> None:
    """Reliability stated .89 to .97; of some 88 sellers its estimate has a standard error of .02 to .05."""
    assert len(honest) > 80
    traits = pd.DataFrame(truth.process_traits).T.loc[honest]
    for kpi in truth.process_kpis:
        assert observed[kpi].mean() == pytest.approx(traits[kpi].mean(), rel=0.03), kpi
        assert observed[kpi].corr(traits[kpi]) ** 2 == pytest.approx(truth.process_reliability[kpi], abs=0.13), kpi


def test_importance_of_process_kpis_is_recovered_within_its_intervals(
    observed: pd.DataFrame, truth: DemoTruth
) -> None:
    result = pd.Series(np.log(pd.Series(truth.productivity)[observed.index]), name="log_productivity")
    got = relative_importance(observed, result, bootstraps=600, coverage=0.9, seed=1)
    table = got.to_frame().set_index("name")
    known = pd.Series(truth.observed_importance)
    inside = (table["weight_lower"] <= known) & (known <= table["weight_upper"])
    assert inside.sum() >= 4, table
    assert got.r2 == pytest.approx(truth.observed_r2, abs=0.16)  # standard error .07 with 88 people
    assert table["weight"].idxmin() == known.idxmin()
    assert set(table["weight"].nlargest(3).index) >= {"proposals", "follow_up_rate"}


def test_traits_go_with_what_was_sold_too(
    observed: pd.DataFrame, truth: DemoTruth, demo_workspace: Path
) -> None:
    """Sales hold the territory's chance as well, so R² is lower; what matters most is the same."""
    with Workspace(demo_workspace).connect() as connection:
        sale = kpi_view("sale", connection).to_pandas(date_as_object=False)
    since = (pd.Period(truth.period_end, "M") - 11).start_time
    sold = sale[sale["date"] >= since].groupby("rep_id")["amount"].sum().astype(float)
    got = relative_importance(observed, np.log(sold[observed.index]).rename("sales"), bootstraps=0)
    weights = got.weights.to_series()
    assert 0.15 < got.r2 < truth.process_r2 + 0.1
    assert weights["follow_up_rate"] + weights["proposals"] > 0.4
    assert weights["training_hours"] < 0.2


def test_win_rate_rises_with_follow_up(views: dict[str, pd.DataFrame], truth: DemoTruth) -> None:
    decided = views["deal"][views["deal"]["status"].isin(["won", "lost"])]
    won = (decided["status"] == "won").groupby(decided["rep_id"]).agg(["mean", "size"])
    won = won[won["size"] >= 30]
    known = pd.Series(truth.win_rate)[won.index]
    off: pd.Series = (won["mean"] - known) / np.sqrt(known * (1 - known) / won["size"])
    assert abs(off.mean()) < 0.4 and 0.7 < off.std() < 1.3
    follow_up = pd.Series({s: t["follow_up_rate"] for s, t in truth.process_traits.items()})[won.index]
    assert won["mean"].corr(follow_up) > 0.6


def test_won_deals_come_before_orders_of_the_same_seller_and_customer(
    views: dict[str, pd.DataFrame], demo_workspace: Path
) -> None:
    deals = views["deal"]
    won = deals[deals["status"] == "won"]
    orders = Workspace(demo_workspace).read_table("order_line")[["rep_id", "customer_id", "order_date"]]
    orders = orders.drop_duplicates().assign(order_date=lambda f: pd.to_datetime(f["order_date"].astype(str)))
    pairs = won[["opportunity_id", "rep_id", "customer_id", "closed_date"]].merge(orders, on=["rep_id", "customer_id"])
    lag = (pairs["order_date"] - pairs["closed_date"]).dt.days
    assert pairs.loc[lag.between(0, 4), "opportunity_id"].nunique() == len(won)
    assert (won["closed_date"] >= won["created_date"]).all() and 30 < won["cycle_days"].median() < 60
    lost = deals[deals["status"] == "lost"]
    assert lost["lost_reason"].ne("").all() and lost["lost_reason"].notna().all()
    open_deals = deals[deals["status"] == "open"]
    assert open_deals["closed_date"].isna().all()
    assert set(open_deals["stage_code"]) == {"lead", "qualify", "need", "proposal", "negotiation"}


@pytest.fixture(scope="module")
def ratings(demo_workspace: Path, truth: DemoTruth) -> pd.DataFrame:
    feedback = Workspace(demo_workspace).read_table("feedback")
    return ratings_from_feedback(feedback[feedback["round"] == truth.rating_round])


def test_severities_and_performance_come_out_of_the_round(ratings: pd.DataFrame, truth: DemoTruth) -> None:
    """Severity of colleagues (self left out: people are kinder to themselves), and merit better than by plain means."""
    assert len(check_connected(ratings)) == 1
    others = ratings[ratings["relation"] != "self"]
    got = rater_severity(others).raters.set_index("rater_id")
    colleagues = [r for r in got.index if r in truth.productivity]
    known = pd.Series(truth.rater_severity)
    assert got.loc[colleagues, "severity"].corr(known[colleagues]) > 0.9
    known_merit = pd.Series(truth.rating_performance)
    plain = others.groupby("ratee_id")["score"].mean()
    fitted = rater_severity(others).ratees.set_index("ratee_id")["adjusted_mean"]
    assert fitted.corr(known_merit[fitted.index]) > max(0.93, plain.corr(known_merit[plain.index]))


def test_people_rate_themselves_better_by_the_known_amount(ratings: pd.DataFrame, truth: DemoTruth) -> None:
    own = ratings[ratings["relation"] == "self"].groupby("ratee_id")["score"].mean()
    expected = truth.rating_level + pd.Series(truth.rating_performance) - pd.Series(truth.rater_severity)
    assert (own - expected[own.index]).mean() == pytest.approx(truth.rating_self_bias, abs=0.1)


def test_one_person_has_two_peers_and_everybody_else_enough(ratings: pd.DataFrame, truth: DemoTruth) -> None:
    peers = ratings[ratings["relation"] == "peer"].groupby("ratee_id")["rater_id"].nunique()
    assert peers[truth.few_peers] == 2
    assert peers.drop(truth.few_peers).min() >= 3
    customers = ratings[ratings["relation"] == "customer"].groupby("ratee_id")["rater_id"].nunique()
    assert customers.min() >= 3


def test_satisfaction_scores_show_the_known_level(views: dict[str, pd.DataFrame], truth: DemoTruth) -> None:
    voice = views["customer_voice"]
    scores = voice[voice["topic"] == "satisfaction"].groupby("rep_id")["score"].agg(["mean", "size"])
    scores = scores[scores["size"] >= 20]
    known = pd.Series(truth.satisfaction)[scores.index]
    assert len(scores) > 80 and scores["mean"].corr(known) > 0.85
    assert (scores["mean"] - known).mean() == pytest.approx(0, abs=0.1)


@pytest.fixture(scope="module")
def comparisons(demo_workspace: Path, truth: DemoTruth) -> dict[str, PairwiseComparison]:
    said = Workspace(demo_workspace).read_table("kpi_judgment")
    said = said[(said["kpi_set"] == truth.kpi_set) & said["ratio"].notna()]
    return {str(judge): pairwise_from({f"{a}/{b}": float(r) for a, b, r in
                                       zip(own["kpi_a"], own["kpi_b"], own["ratio"], strict=True)},
                                      names=tuple(truth.kpi_weights))
            for judge, own in said.groupby("judge_id")}


def test_only_the_known_judge_is_inconsistent(
    comparisons: dict[str, PairwiseComparison], truth: DemoTruth
) -> None:
    assert sorted(comparisons) == sorted(truth.judges) and len(truth.judges) == 5
    found: dict[str, AhpWeights] = {judge: ahp_weights(c) for judge, c in comparisons.items()}
    assert [j for j, w in found.items() if not w.is_consistent] == [truth.inconsistent_judge]
    assert found[truth.inconsistent_judge].cr > 0.3
    assert max(w.cr for j, w in found.items() if j != truth.inconsistent_judge) < 0.05


def test_the_weights_behind_the_judgements_are_recovered(
    comparisons: dict[str, PairwiseComparison], truth: DemoTruth
) -> None:
    """Without the inconsistent judge within .03; that one draws the weight of sales down."""
    known = pd.Series(truth.kpi_weights)
    sound = {j: c for j, c in comparisons.items() if j != truth.inconsistent_judge}
    got = group_ahp_weights(sound).weights.to_series()
    assert (got - known).abs().max() < 0.03
    assert got.rank().tolist() == known.rank().tolist()
    everybody = group_ahp_weights(comparisons).weights.to_series()
    assert everybody["sales_amount"] < got["sales_amount"]
    assert (everybody - known).abs().max() > (got - known).abs().max()


def test_planted_habits_stand_out(views: dict[str, pd.DataFrame], truth: DemoTruth) -> None:
    contact = views["contact"]
    calls = contact[contact["is_call"]]
    short = (calls["seconds"] <= 2).groupby(calls["rep_id"]).mean()
    assert sorted(short.nlargest(2).index) == truth.gaming["one_second_calls"]
    assert short[truth.gaming["one_second_calls"]].min() > 0.4 > 0.1 > short.drop(truth.gaming["one_second_calls"]).max()
    visits = contact[contact["is_visit"]]
    month = visits["date"].dt.to_period("M")
    last_day = visits["date"] == visits["date"].groupby(month).transform("max")
    share = last_day.groupby(visits["rep_id"]).mean()[truth.full_time_sellers]
    assert sorted(share.nlargest(2).index) == truth.gaming["last_day_spike"]
    count = visits.groupby([visits["rep_id"], month]).size()
    at = truth.gaming["bunching_at"]
    here = count[count.index.get_level_values(0).isin(truth.gaming["bunching"])]
    assert here.eq(at).mean() > 0.15 and here.between(at - 2, at - 1).sum() == 0
    there = count[~count.index.get_level_values(0).isin(truth.gaming["bunching"])]
    assert there.eq(at).mean() < 0.15 and there.between(at - 2, at - 1).mean() > 0.1


def test_seldom_is_a_customer_met_twice_within_three_days_by_chance(
    views: dict[str, pd.DataFrame], truth: DemoTruth, honest: list[str]
) -> None:
    """Follow-ups are what the truth says they are: visits of one seller to one customer lie further apart."""
    contact = views["contact"]
    main = contact[contact["type"].isin(MAIN_CONTACTS.values()) & contact["rep_id"].isin(honest)]
    main = main[~main["rep_id"].isin(truth.gaming["one_second_calls"])].sort_values("date")
    gap = main.groupby(["rep_id", "customer_id"])["date"].diff().dt.days
    assert gap.min() > 3
