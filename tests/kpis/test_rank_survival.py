"""What a change does to a ranking: counted, correlated, and scored again by the same rules."""

import numpy as np
import pandas as pd
import pytest

from salesplan.errors import InputError
from salesplan.kpis.rank_survival import figures_without, rank_survival, scores_with, scores_without
from salesplan.kpis.score_people import score_people
from tests.kpis.sales_world import card_of, scheme, sellers


def test_nothing_changes_and_the_ranking_survives():
    scores = pd.Series(np.arange(20.0), index=[f"p{i}" for i in range(20)])
    kept = rank_survival(scores, scores * 3 + 1)
    assert (kept.n_moved, kept.spearman, kept.kendall, kept.top_kept_share, kept.status) == (0, 1, 1, 1, "ok")


def test_a_reversed_ranking_does_not():
    scores = pd.Series(np.arange(20.0), index=[f"p{i}" for i in range(20)])
    turned = rank_survival(scores, -scores)
    assert turned.spearman == pytest.approx(-1) and turned.top_kept_share == 0 and turned.status == "watch"
    assert turned.largest_move == 19 and turned.table.loc["p0", "move"] == 19


def test_few_people_ties_and_gaps():
    scores = pd.Series({"a": 1.0, "b": 1.0, "c": np.nan})
    few = rank_survival(scores, pd.Series({"a": 2.0, "b": 1.0, "c": 3.0}))
    assert few.n == 2 and few.status == "unknown" and np.isnan(few.spearman)
    assert rank_survival(scores.iloc[:1], scores.iloc[:1]).status == "unknown"


def test_dropping_a_kpi_equals_scoring_without_it():
    rng = np.random.default_rng(1)
    card, _, figures, profiles = card_of(sellers(30, rng), rng)
    without = scores_without(card, "win_rate")
    gone = figures.assign(actual=figures["actual"].where(figures["kpi"] != "win_rate"))
    again = score_people(gone, scheme(), profiles, period="2026-11").totals["score"]
    pd.testing.assert_series_equal(without, again, check_names=False)


def test_leaving_rows_out_equals_scoring_what_is_left():
    rng = np.random.default_rng(2)
    card, daily, figures, profiles = card_of(sellers(30, rng), rng)
    last = daily[(daily["date"] >= "2026-11-30") & daily["kpi"].isin(["sales_amount", "win_rate"])]
    sums = daily.groupby(["seller_id", "kpi"], as_index=False)[["numerator", "denominator"]].sum(min_count=1)
    full = sums.merge(figures, on=["seller_id", "kpi"])
    left = figures_without(full, last[["seller_id", "kpi", "numerator", "denominator"]])
    kept = daily.drop(last.index).groupby(["seller_id", "kpi"])[["numerator", "denominator"]].sum(min_count=1)
    expected = kept["numerator"] / kept["denominator"].fillna(1.0).where(kept["denominator"] != 0)
    found = left.set_index(["seller_id", "kpi"])["actual"].reindex(expected.index)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    scored = scores_with(card, left.dropna(subset=["actual"]))
    totals = score_people(left[["seller_id", "kpi", "actual", "target", "evidence_rows"]], scheme(), profiles,
                          period="2026-11").totals
    same = totals["n_missing"] == card.totals["n_missing"]
    np.testing.assert_allclose(scored[same], totals.loc[same, "score"], rtol=1e-9)
    assert same.sum() > 15


def test_unknown_names_are_refused():
    rng = np.random.default_rng(3)
    card, _, _, _ = card_of(sellers(6, rng), rng)
    with pytest.raises(InputError, match="visits"):
        scores_without(card, "visit")
    with pytest.raises(InputError, match="calls of b"):
        figures_without(pd.DataFrame({"seller_id": ["a"], "kpi": ["calls"], "numerator": [1.0], "denominator": [np.nan],
                                      "actual": [1.0]}),
                        pd.DataFrame({"seller_id": ["b"], "kpi": ["calls"], "numerator": [1.0]}))
    with pytest.raises(InputError, match="stands twice"):
        rank_survival(pd.Series([1.0, 2.0], index=["a", "a"]), pd.Series([1.0], index=["a"]))
