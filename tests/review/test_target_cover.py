"""The chance of a target compares like with like, and who left sells nothing more."""

import numpy as np
import pandas as pd
import pytest

from salesplan.review.adjustment_effect import what_if
from salesplan.review.outlook import Outlook, look_ahead
from salesplan.review.projection import Projection, project
from salesplan.review.run_rate import required_run_rate
from salesplan.review.sales_of_nobody import sales_of_nobody
from salesplan.review.target_cover import cover_notes
from salesplan.review.target_findings import target_findings
from tests.review.review_company import make_review_company

QUARTER = pd.period_range("2026-10", "2026-12", freq="M")
COMPANY = make_review_company(seed=3, as_of="2026-10-31", teams=2, people=3)
DUE = pd.Timestamp("2026-11-15").date()


@pytest.fixture(scope="module")
def outlook() -> Outlook:
    return look_ahead(COMPANY.history, COMPANY.daily, COMPANY.units, as_of="2026-10-31", until=QUARTER[-1])


def without(*months: str, own_units: bool = True) -> pd.DataFrame:
    """Targets of which one seller has none in some months; units' are the sums of the others', or not given at all."""
    table = COMPANY.targets
    gap = table["scope_id"].eq("t1s1") & table["month"].astype(str).isin(months)
    lost = table[gap].set_index("month")["restated"]
    left = table[~gap].copy()
    above = left["scope_id"].isin(["t1", "co"])
    if not own_units:
        return left[~above]
    left.loc[above, "restated"] -= left.loc[above, "month"].map(lost).fillna(0.0)
    return left


def ends(outlook: Outlook, targets: pd.DataFrame) -> Projection:
    return project(outlook, targets, months=QUARTER)


@pytest.mark.parametrize("own_units", [True, False])
def test_a_unit_whose_target_leaves_somebody_out_is_judged_by_the_sales_of_the_others(outlook: Outlook, own_units: bool) -> None:
    full, part = ends(outlook, COMPANY.targets), ends(outlook, without("2026-11", "2026-12", own_units=own_units))
    own = part.row("t1")
    ahead = float(outlook.mean.T["t1s1"].reindex(QUARTER[1:]).sum())
    assert own["covered_amount"] == pytest.approx(own["projected"] - ahead)
    naive = float(own["projected"] - own["target"])
    assert own["covered_amount"] - own["target"] < naive
    assert [note["details"]["covered_share"] for note in cover_notes(own)] == [own["covered_share"]]
    assert cover_notes(full.row("t1")) == [] and full.row("t1")["covered_share"] == pytest.approx(1.0)
    assert part.row("t2")["p_hit"] == full.row("t2")["p_hit"]


def test_nobody_gets_a_chance_for_a_period_with_a_coming_month_without_target(outlook: Outlook) -> None:
    part = ends(outlook, without("2026-12"))
    assert np.isnan(part.row("t1s1")["p_hit"]) and part.gaps["unit_id"].tolist() == ["t1s1"]
    assert "no target yet" in cover_notes(part.row("t1s1"))[0]["msgid"]
    rate = required_run_rate(outlook, COMPANY.daily, without("2026-12"), months=QUARTER).table.set_index("unit_id")
    asked = rate["required_per_day"]
    assert np.isnan(asked["t1s1"]) and asked["t1s2"] > 0


def test_a_month_gone_without_target_leaves_the_chance_about_the_others(outlook: Outlook) -> None:
    part = ends(outlook, without("2026-10")).row("t1s1")
    assert part["covered_amount"] == pytest.approx(part["projected"] - part["actual"]) and 0 < part["p_hit"] < 1


def test_a_unit_with_a_larger_promise_of_its_own_is_judged_by_all_its_sales(outlook: Outlook) -> None:
    table = without("2026-11", "2026-12")
    table.loc[table["scope_id"].eq("t1"), "restated"] *= 1.05
    assert ends(outlook, table).row("t1")["covered_share"] == pytest.approx(1.0)


def test_missing_targets_are_a_finding_and_so_is_a_target_that_stops_at_the_unit(outlook: Outlook) -> None:
    names = dict(zip(COMPANY.units["unit_id"], COMPANY.units["name"], strict=True))
    found = target_findings(ends(outlook, without("2026-11", "2026-12")), unit_id="t1", names=names, due=DUE)
    assert [f.key for f in found] == ["target_gaps"] and names["t1s1"] in found[0].text("en") and "Dec 2026" in found[0].text("en")
    units_only = COMPANY.targets[COMPANY.targets["scope_type"].eq("org")]
    stops = target_findings(ends(outlook, units_only).for_units(["t1", "t1s1", "t1s2", "t1s3"]), unit_id="t1", names=names, due=DUE)
    assert [f.key for f in stops] == ["targets_stop"] and "3 people" in stops[0].text("en")
    assert target_findings(ends(outlook, COMPANY.targets), unit_id="t1", names=names, due=DUE) == []


def test_who_left_sells_nothing_more_and_sums_still_hold() -> None:
    units = pd.concat([COMPANY.units, pd.DataFrame([("t1/former", "t1", "former", "Former staff")], columns=COMPANY.units.columns)])
    history = COMPANY.history.assign(**{"t1/former": [*[5e4] * (len(COMPANY.history) - 1), 0.0]})
    over, going = (look_ahead(history, COMPANY.daily, units, as_of="2026-10-31", until=QUARTER[-1], lasting=lasting)
                   for lasting in (None, {"t1/former": 0.5}))
    assert (over.mean.loc["t1/former"] == 0).all() and (going.mean.loc["t1/former"] > 0).all()
    for found in (over, going):
        below = found.units.loc[found.units["parent_id"].eq("t1"), "unit_id"]
        np.testing.assert_allclose(found.mean.loc[below].sum(), found.mean.loc["t1"])
    gone = going.mean.loc["t1/former"].sum()
    assert going.mean.loc["co"].sum() - over.mean.loc["co"].sum() == pytest.approx(gone, rel=1e-6)


def test_a_single_order_of_nobody_does_not_go_on() -> None:
    months = pd.period_range("2025-11", "2026-10", freq="M")
    lines = pd.DataFrame({"month": months, "unit_id": "t/former", "rep_id": ["x"] * 11 + [""], "amount_fen": 100})
    assert sales_of_nobody(lines, ended=months[-1]) == {}


def test_the_chance_of_keeping_the_target_is_the_one_of_the_projection(outlook: Outlook) -> None:
    end = ends(outlook, COMPANY.targets)
    row, (mean, sd, counted) = end.row("t1"), end.rest_of("t1")
    book = {"plan_fen": round(row["target"] * 100), "ended_actual_fen": round(row["actual"] * 100), "left_plan_fen": 1, "new_left_fen": 1,
            "gap_fen": 0, "agreed_fen": 0}
    table, _ = what_if(book, ratchet=0.0, rest=(mean, sd), uncounted=float(row["actual"]) - counted)
    assert table["p_year"].tolist() == pytest.approx([row["p_hit"]] * 2, abs=1e-9)
