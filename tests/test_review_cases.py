"""Two cases every sales manager knows, as findings of a month's review: too few visits, and targets nobody was given."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from salesplan.data.workspace import Workspace
from salesplan.findings import Finding
from salesplan.reporting.review_period import open_review_period
from salesplan.reporting.show_off_pace import show_off_pace
from salesplan.reporting.show_review import ReviewNames
from salesplan.review.monthly_review import MonthlyReview
from salesplan.review.parameters import ReviewParameters
from tests.data.companies import days, make_workspace

MONTH, BEHIND_FOR = "2026-09", 4
SELLERS = [f"s{n}" for n in range(1, 9)]
WEAK = "s1"
VISITS, WEAK_VISITS, ORDERS_A_VISIT, ORDER = 40, 14, 0.5, 5_000.0
"""Usual visits a month, those of the weak seller in the last months, and what a visit brings for everybody."""


def company(folder: Path, target: pd.DataFrame, *, weak_visits: int = WEAK_VISITS, part: float = 1.0) -> Workspace:
    """One team whose sellers all turn the same share of visits into orders; one of them visits less in the last months."""
    rng = np.random.default_rng(3)
    months = pd.period_range(end=pd.Period(MONTH, "M"), periods=20, freq="M")
    visits, orders = [], []
    for at, month in enumerate(months):
        for seller in SELLERS:
            weak = seller == WEAK and at >= len(months) - BEHIND_FOR
            count = int(rng.poisson(VISITS)) if not weak else int(rng.poisson(weak_visits))
            won = round(count * ORDERS_A_VISIT * part)
            visits += [(seller, month.start_time + pd.Timedelta(days=int(day))) for day in rng.integers(0, 27, count)]
            orders += [(seller, month.start_time + pd.Timedelta(days=int(day)), size) for day, size in
                       zip(rng.integers(0, 27, won), ORDER * rng.gamma(25, 1 / 25, won), strict=True)]
    seats = pd.DataFrame({"rep_id": SELLERS, "org_id": "t", "role": "rep", "tier": "core", "valid_from": days(*["2020-01-01"] * 8)})
    return make_workspace(folder / "company", {
        "org_unit": pd.DataFrame({"org_id": ["co", "t"], "parent_org_id": [None, "co"], "name": ["公司", "一组"],
                                  "level": ["company", "team"]}),
        "rep": pd.DataFrame({"rep_id": SELLERS, "employee_no": [s.upper() for s in SELLERS], "name": ["A销售员", *"乙丙丁戊己庚辛"],
                             "status": "active", "hire_date": days(*["2020-01-01"] * 8)}),
        "rep_assignment": seats, "target": target,
        "activity": pd.DataFrame({"activity_id": [f"a{n}" for n in range(len(visits))], "rep_id": [who for who, _ in visits],
                                  "activity_date": [day for _, day in visits], "type": "visit"}),
        "order_line": pd.DataFrame({"order_line_id": [f"o{n}" for n in range(len(orders))],
                                    "order_id": [f"o{n}" for n in range(len(orders))],
                                    "order_date": [day for _, day, _ in orders], "rep_id": [who for who, _, _ in orders],
                                    "amount": [round(amount, 2) for _, _, amount in orders], "status": "closed"}),
    })  # fmt: skip


def yearly(scope: str, ids: list[str], value: float) -> pd.DataFrame:
    return pd.DataFrame({"target_set": "quota", "version": 1, "metric": "sales_amount", "scope_type": scope, "scope_id": ids,
                         "product_category": "*", "period_type": "year", "period_start": days(*["2026-01-01"] * len(ids)),
                         "period_end": days(*["2026-12-31"] * len(ids)), "value": value, "unit": "CNY"})


def reviewed(space: Workspace, unit: str = "t") -> MonthlyReview:
    return open_review_period(space.path, ReviewParameters(period=MONTH, unit=unit))


def said(finding: Finding, language: str) -> str:
    return f"{finding.text(language, currency='CNY')} {finding.action_text(language, currency='CNY')}"


@pytest.fixture(scope="module")
def few_visits(tmp_path_factory: pytest.TempPathFactory) -> MonthlyReview:
    usual = 12 * VISITS * ORDERS_A_VISIT * ORDER
    return reviewed(company(tmp_path_factory.mktemp("visits"), yearly("rep", SELLERS, usual)))


def test_a_seller_months_behind_with_few_visits_is_named_with_that_cause_and_a_step(few_visits: MonthlyReview) -> None:
    (finding,) = [finding for finding in few_visits.findings if finding.node_id == WEAK and finding.key.startswith("off_pace")]
    assert (finding.key, finding.status) == ("off_pace_activity", "act")
    assert finding.owner and finding.due is not None and str(finding.due) == "2026-10-15"
    details = finding.details["evidence"]["details"]
    now, usual = (float(details[name]["number"]) for name in ("now_value", "usual_value"))
    assert now == pytest.approx(WEAK_VISITS / 21, rel=0.35) and usual == pytest.approx(VISITS / 21, rel=0.15)
    assert details["change"] == pytest.approx(now / usual - 1, abs=1e-6)
    assert finding.details["attainment"] < 0.6
    for language, words in (("zh", ("A销售员", "拜访")), ("en", ("A销售员", "visits"))):
        for word in words:
            assert word in said(finding, language)
        assert not re.search(r"[{}]|\bnan\b", said(finding, language))


def test_the_action_aims_at_visits_so_that_next_month_tells_whether_they_came_back(few_visits: MonthlyReview) -> None:
    from salesplan.review.proposed_actions import proposed_actions

    actions = proposed_actions(few_visits).set_index(["node_id", "finding_key"]).loc[(WEAK, "off_pace_activity")]
    assert (actions["measure"], actions["better"]) == ("visits_per_day", "higher")
    assert actions["measure_value"] < 0.6 * VISITS / 21


def test_nobody_else_is_given_a_cause(few_visits: MonthlyReview) -> None:
    causes = few_visits.off_pace.table.set_index("seller_id")["cause"]
    assert causes[WEAK] == "activity" and set(causes.drop(WEAK)) <= {"cannot_tell"}
    assert few_visits.off_pace.table["gap"].idxmin() == 0


def test_the_teams_bridge_puts_the_gap_on_activity(few_visits: MonthlyReview) -> None:
    steps = few_visits.bridge_target.steps(WEAK).set_index("part")["amount"]
    assert steps.drop("target", errors="ignore").idxmin() == "activity"
    row = few_visits.bridge_target.by(["t"]).iloc[0]
    assert sum(int(row[part]) for part in few_visits.bridge_target.parts) == row["end_fen"] - row["start_fen"]


def test_targets_that_stop_at_the_department_are_said_and_no_person_is_blamed(tmp_path: Path) -> None:
    """Raised by a fifth and handed to the department only, four fifths were reached."""
    usual = 12 * VISITS * ORDERS_A_VISIT * ORDER * len(SELLERS)
    review = reviewed(company(tmp_path, yearly("org", ["t"], 1.2 * usual), weak_visits=VISITS, part=0.96))
    standing = review.attainment.frame("year").set_index("unit_id")["judged_attainment"]
    assert standing["t"] == pytest.approx(0.8, abs=0.04) and standing[SELLERS].isna().all()
    assert any("of units only" in note["msgid"] for note in review.data.notes)
    assert review.off_pace is None
    assert "target" in show_off_pace(review.off_pace, ReviewNames.of(review.data, "en")).plain
    assert not {finding.node_id for finding in review.findings} & set(SELLERS)
    (year,) = [finding for finding in review.findings if finding.key == "year_end"]
    assert year.status == "act" and year.details["p_hit"] < 0.25
