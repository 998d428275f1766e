"""Averages of too few confidential scores enter no score, so that nothing can be worked out from a total."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from salesplan.kpis.library import load_library
from salesplan.kpis.period_scores import score_period
from salesplan.kpis.scheme_notes import UNUSED_TARGETS
from salesplan.kpis.small_ratings import hide_small_ratings
from tests.kpis.scored_company import kpi_set, people_of, scheme_of

RULES = {"sales_amount": (0.8, {"function": "achievement_rate"}), "leadership_rating": (0.2, {"function": "raw_percentage"})}


def data(answers):
    people = people_of(len(answers)).assign(working_share=1.0, product_line="*", customer_type="*")
    ids = people["seller_id"]
    actuals = pd.concat([
        pd.DataFrame({"seller_id": ids, "kpi": "sales_amount", "numerator": 90.0, "denominator": np.nan, "actual": 90.0,
                      "evidence_rows": 1}),
        pd.DataFrame({"seller_id": ids, "kpi": "leadership_rating", "numerator": 0.5, "denominator": 1.0, "actual": 0.5,
                      "evidence_rows": answers}),
    ], ignore_index=True)  # fmt: skip
    history = pd.DataFrame(columns=["seller_id", "kpi", "month", "numerator", "denominator", "actual"])
    targets = pd.DataFrame({"seller_id": ids, "kpi": "sales_amount", "target": 100.0})
    return SimpleNamespace(profiles=people, actuals=actuals, history=history, targets=targets, label="2026-10", fingerprint="f")


def test_a_period_is_scored_without_what_one_or_two_said():
    card = score_period(data([0, 1, 2, 3]), scheme_of(kpi_set("all", RULES)), library=load_library(), with_bands=False)
    assert card.totals["score"].round(9).tolist() == [82.0, 90.0, 90.0, 82.0]
    left_out = card.lines[card.lines["kpi"] == "leadership_rating"]["score"].isna()
    assert left_out.tolist() == [False, True, True, False]
    more = score_period(data([2, 3, 4, 5]), scheme_of(kpi_set("all", RULES)), library=load_library(), with_bands=False, min_group=5)
    assert more.totals["n_missing"].tolist() == [1, 1, 1, 0]


def test_a_scorecard_says_which_targets_of_the_table_it_does_not_use():
    agreed = kpi_set("all", RULES)
    agreed["items"][0]["target"] = {"value": 50}
    own, from_table = (score_period(data([3, 3, 3]), scheme_of(one), library=load_library(), with_bands=False)
                       for one in (agreed, kpi_set("all", RULES)))
    assert [UNUSED_TARGETS in {note["msgid"] for note in card.notes} for card in (own, from_table)] == [True, False]


def test_other_figures_and_the_frame_given_stay_as_they_are():
    given = data([1, 5]).actuals
    hidden = hide_small_ratings(given, load_library())
    assert given["actual"].notna().all() and hidden["actual"].isna().sum() == 1
    assert hidden.loc[hidden["actual"].isna(), ["kpi", "evidence_rows"]].values.tolist() == [["leadership_rating", 1]]
    assert hidden["numerator"].isna().equals(hidden["actual"].isna())
    pd.testing.assert_frame_equal(hidden.drop(columns=["actual", "numerator", "denominator"]),
                                  given.drop(columns=["actual", "numerator", "denominator"]))
