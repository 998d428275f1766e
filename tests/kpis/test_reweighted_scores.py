"""Other weights at the speed of a slider give what scoring from the start gives."""

import numpy as np
import pytest

from salesplan.errors import InputError
from salesplan.kpis.reweighted_scores import ReweightedScores
from salesplan.kpis.score_draws import score_draws
from salesplan.kpis.score_people import score_people
from tests.kpis.scored_company import RULES, figures_of, kpi_set, people_of, scheme_of

OTHER = {"sales_amount": 0.1, "days_to_pay": 0.3, "gross_margin": 0.2, "visits": 0.2, "teamwork_rating": 0.2}


def cards(n=40, missing=0.1):
    people, scheme = people_of(n), scheme_of()
    figures = figures_of(people, missing=missing)
    changed = scheme.with_weights("all", OTHER)
    return tuple(score_people(figures, one, people, period="2026-10") for one in (scheme, changed))


def days_of(card, seed=1):
    rng = np.random.default_rng(seed)
    lines = card.lines.dropna(subset="actual")
    frames = []
    for kpi in ("sales_amount", "visits"):
        mine = lines[lines["kpi"] == kpi]
        share = rng.dirichlet(np.ones(18), len(mine))
        frame = mine[["seller_id", "kpi"]].loc[mine.index.repeat(18)].reset_index(drop=True)
        frame["date"] = np.tile(np.arange("2026-10-08", "2026-10-26", dtype="datetime64[D]"), len(mine))
        frame["numerator"] = (share * mine["actual"].to_numpy(float)[:, None]).ravel()
        frames.append(frame.assign(denominator=np.nan, evidence_rows=2))
    import pandas as pd

    return pd.concat(frames, ignore_index=True)


def test_scores_and_points_are_those_of_a_new_scorecard():
    card, changed = cards()
    again = ReweightedScores(card)
    assert again.totals({"all": OTHER}) == pytest.approx(changed.totals["score"].to_numpy(), nan_ok=True, abs=1e-9)
    points = again.points("all") * again.effective_weights("all", {"all": OTHER})
    wanted = changed.lines.pivot_table(index="seller_id", columns="kpi", values="points", aggfunc="first")
    assert np.allclose(points.fillna(0).to_numpy(), wanted.reindex(points.index)[points.columns].fillna(0).to_numpy())
    some = list(points.index[[3, 1]])
    assert np.allclose(again.weighted_points("all", {"all": OTHER}, some), points.loc[some], equal_nan=True)
    assert np.isnan(again.weighted_points("all", {"all": OTHER}, ["nobody"])).all()
    assert again.totals({}).tolist() == card.totals["score"].tolist() and again.sets == ("all",)


def test_luck_is_that_of_a_new_simulation():
    card, changed = cards()
    daily = days_of(card)
    wanted = score_draws(daily, changed, n=200, seed=3)
    found = ReweightedScores(card, daily, n=200, seed=3).draws({"all": OTHER})
    assert np.allclose(found.to_frame(), wanted.to_frame(), equal_nan=True, atol=1e-3)
    assert found.drawn_weight.to_numpy() == pytest.approx(wanted.drawn_weight.to_numpy()) and found.notes == wanted.notes
    some = list(card.totals.index[[5, 2]])
    few = ReweightedScores(card, daily, n=200, seed=3).intervals({"all": OTHER}, some, coverage=0.8)
    assert np.allclose(np.column_stack(few), wanted.interval(coverage=0.8).loc[some].iloc[:, :2], equal_nan=True, atol=1e-3)


def test_unchanged_weights_give_the_draws_of_the_card():
    card, _ = cards()
    daily = days_of(card)
    weights = {kpi: weight for kpi, (weight, _) in RULES.items()}
    found = ReweightedScores(card, daily, n=100, seed=3).draws({"all": weights})
    assert np.array_equal(found.to_frame(), score_draws(daily, card, n=100, seed=3).to_frame(), equal_nan=True)


def test_people_of_another_set_keep_their_scores():
    people = people_of(20).assign(tier=["core", "new"] * 10)
    few = {kpi: (0.5, RULES[kpi][1]) for kpi in ("sales_amount", "visits")}
    scheme = scheme_of(kpi_set("core", RULES, tier=["core"]), kpi_set("new", few, tier=["new"]))
    card = score_people(figures_of(people), scheme, people, period="2026-10")
    daily = days_of(card)
    weights = {"core": scheme["core"].weights, "new": {"sales_amount": 0.9, "visits": 0.1}}
    again = ReweightedScores(card, daily, n=100)
    core = card.totals["set"].to_numpy() == "core"
    assert again.totals(weights)[core].tolist() == card.totals["score"][core].tolist()
    changed = score_people(figures_of(people), scheme.with_weights("new", weights["new"]), people, period="2026-10")
    assert np.allclose(again.draws(weights).to_frame(), score_draws(daily, changed, n=100).to_frame(), atol=1e-3)


def test_a_kpi_without_a_weight_is_named_and_no_days_give_no_draws():
    again = ReweightedScores(cards()[0])
    with pytest.raises(InputError, match="visits has no weight"):
        again.totals({"all": {kpi: 0.25 for kpi in RULES if kpi != "visits"}})
    assert again.draws({"all": OTHER}) is None and again.points("nobody").empty
    assert np.isnan(again.intervals({"all": OTHER}, ["R00"])).all()
