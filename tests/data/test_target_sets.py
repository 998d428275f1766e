"""Where the target table holds several sets, the one the workspace names counts, and the review says which."""


import pandas as pd
import pytest

from salesplan.data.kpi_targets import kpi_targets
from salesplan.data.review_data import load_review_data
from salesplan.data.workspace import Workspace
from salesplan.errors import InputError
from tests.data.companies import days, make_workspace, small_tables
from tests.data.kpi_company import SALES


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """r1 is asked for 12,000 a quarter in one set and for 9,000 in September in another."""
    rows = pd.DataFrame({
        "target_set": ["quota", "wish", "wish"], "version": 1, "metric": ["sales_amount", "sales_amount", "visits"], "scope_type": "rep",
        "scope_id": "r1", "product_category": "*", "period_type": ["quarter", "month", "month"],
        "period_start": days("2026-07-01", "2026-09-01", "2026-09-01"), "period_end": days("2026-09-30", "2026-09-30", "2026-09-30"),
        "value": [12_000.0, 9_000.0, 40.0], "unit": ["CNY", "CNY", "count"]})
    return make_workspace(tmp_path_factory.mktemp("sets") / "w", small_tables() | {"target": rows})


def asked(space: Workspace) -> float:
    targets = load_review_data(space, period="2026-09").targets
    own = targets[(targets["scope_id"] == "r1") & targets["month"].isin(pd.period_range("2026-07", "2026-09", freq="M"))]
    return float(own["judged"].sum())


def test_without_a_choice_all_sets_count_and_the_review_says_so(company: Workspace) -> None:
    company.set_settings(target_set="")
    assert asked(company) > 12_000.0
    (note,) = [note for note in load_review_data(company, period="2026-09").notes if note["msgid"].startswith("Several sets")]
    assert note["details"]["target_sets"] == ["quota", "wish"]


def test_the_chosen_set_counts_alone_in_reviews_and_scores(company: Workspace) -> None:
    before = load_review_data(company, period="2026-09").fingerprint
    company.set_settings(target_set="quota")
    data = load_review_data(company, period="2026-09")
    assert asked(company) == pytest.approx(12_000.0)
    assert data.fingerprint != before, "a review made with another choice is not taken for this one"
    (note,) = [note for note in data.notes if "left aside" in note["msgid"]]
    assert (note["details"]["chosen_set"], note["details"]["other_sets"]) == ("quota", ["wish"])
    scored = kpi_targets(company, [SALES], period="2026Q3")
    assert scored["target"].tolist() == [12_000.0] and kpi_targets(company, [SALES], period="2026-09").empty


def test_other_metrics_keep_their_own_set_and_an_unknown_name_is_refused(company: Workspace) -> None:
    company.set_settings(target_set="wish")
    assert asked(company) == 9_000.0
    company.set_settings(target_set="qouta")
    with pytest.raises(InputError, match="did you mean 'quota'"):
        load_review_data(company, period="2026-09")
