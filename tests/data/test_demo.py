from datetime import date

import numpy as np
import pandas as pd
import pytest

from salesplan.data.dataset import load
from salesplan.data.demo import DemoTruth, make_demo_company
from salesplan.data.demo_people import make_staff
from salesplan.data.demo_sales import SEASON, make_sales
from salesplan.data.importing import import_files
from salesplan.data.workspace import Workspace
from salesplan.errors import InputError

MONTHS = pd.period_range(end="2026-10", periods=40, freq="M", name="month")


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "exports"
    truth = make_demo_company(folder)
    workspace = Workspace(folder.parent / "workspace")
    report = import_files(folder, workspace, as_of=date(2026, 11, 1))
    return truth, folder, workspace, report


@pytest.fixture(scope="module")
def data(company):
    return load(company[2])


@pytest.fixture(scope="module")
def staff():
    return make_staff(MONTHS, rng=np.random.default_rng(7))


def test_the_truth_lies_beside_the_exports_and_is_read_back(company):
    truth, folder, *_ = company
    assert DemoTruth.read(folder.parent / "demo_truth.yaml") == truth
    assert not list(folder.glob("*.yaml"))


def test_every_good_order_is_imported_to_the_fen(company, data):
    truth = company[0]
    assert data.history.to_numpy().sum() == pytest.approx(truth.order_amount, abs=0.005)
    by_year = data.history.sum(axis=1).groupby(data.history.index.year).sum()
    assert by_year.round(2).to_dict() == {int(y): a for y, a in truth.amount_by_year.items()}
    counted = data.reconciliation.set_index("reason")
    assert counted.loc["counted", "lines"] == truth.order_lines
    assert counted.loc["void", "lines"] == truth.rows["void"]


def test_every_planted_fault_is_found_and_nothing_else(company):
    truth, _, _, report = company
    faults = truth.faults
    found = report.reasons()
    found = found[found["table"] == "order_line"].groupby("reason")["rows"].sum().to_dict()
    amounts = ("unparseable_amount", "bad_grouping", "excel_error", "percent_in_amount")
    assert sum(found.pop(reason, 0) for reason in amounts) == faults["unparseable_amount"]
    assert found == {
        "unknown_rep": faults["unknown_seller"] + faults["ambiguous_seller"],
        "unparseable_date": faults["unparseable_date"],
        "negative_without_return_flag": faults["negative_without_return_flag"],
        "footer_or_total_row": faults["footer_or_total_row"], "repeated_header": faults["repeated_header"]}
    frame = report.to_frame()
    assert frame.loc[frame["table"] == "order_line", "rows_exact_dup"].sum() == faults["exact_duplicate"]


PROCESS_TABLES = ("opportunity", "activity", "feedback", "training_record", "kpi_judgment")
HELD_BACK = {
    "unparseable_date": "unparseable_date", "unknown_seller": "unknown_rep", "ambiguous_seller": "unknown_rep",
    "contradiction": "duplicate_key_conflict", "unknown_type": "unknown_picklist", "repeated_header": "repeated_header",
    "footer_or_total_row": "footer_or_total_row", "score_outside_scale": "score_outside_scale",
    "unparseable_score": "unparseable_number"}
EMPTIED = {
    "opportunity": {"unparseable_amount": "unparseable_amount"},
    "activity": {"unparseable_duration": "unparseable_duration"},
    "training_record": {"unparseable_date": "unparseable_date", "unknown_status": "unknown_picklist"},
    "kpi_judgment": {"unparseable_ratio": "unparseable_ratio"}}
"""Faults of cells nobody needs: the row is taken, the cell is empty and remarked on."""


@pytest.mark.parametrize("table", PROCESS_TABLES)
def test_planted_faults_of_process_data_are_held_back_or_remarked_on(company, table):
    truth, _, _, report = company
    planted = dict(truth.process_faults[table])
    copies = planted.pop("exact_duplicate", 0)
    planted.pop("seller_by_name_and_unit", 0)
    emptied = {reason: planted.pop(kind) for kind, reason in EMPTIED.get(table, {}).items()}
    issues = report.issues[report.issues["table"] == table].groupby("reason")["rows"].sum().to_dict()
    issues.pop("amount_sum_mismatch", 0)
    assert issues == emptied
    expected = {}
    for kind, rows in planted.items():
        expected[HELD_BACK[kind]] = expected.get(HELD_BACK[kind], 0) + rows
    found = report.reasons()
    assert found[found["table"] == table].groupby("reason")["rows"].sum().to_dict() == expected
    lines = report.reconciliation.by_table().set_index("table").loc[table]
    assert lines["rows_exact_dup"] == copies
    assert lines["rows_in"] == lines["rows_ok"] + lines["rows_quarantined"] + lines["rows_exact_dup"]
    assert lines["rows_ok"] == truth.process_rows[table] == len(company[2].read_table(table))


def test_opportunities_arrive_to_the_fen(company):
    truth, _, workspace, _ = company
    deals = workspace.read_table("opportunity")
    assert deals["amount"].sum() == pytest.approx(truth.deal_amount, abs=0.005)
    assert deals["status"].value_counts().to_dict() == truth.deals
    assert deals["amount"].isna().sum() == truth.process_faults["opportunity"]["unparseable_amount"]


def test_process_data_cover_the_last_fifteen_months_and_refer_to_what_is_known(company):
    truth, _, workspace, _ = company
    months = pd.period_range(truth.process_start, truth.period_end, freq="M")
    assert len(months) == 15
    contacts = workspace.read_table("activity")
    assert sorted(pd.to_datetime(contacts["activity_date"].astype(str)).dt.to_period("M").unique()) == list(months)
    customers = set(workspace.read_table("customer")["customer_id"])
    assert len(customers) == truth.customers + truth.prospects
    people = set(workspace.read_table("rep")["rep_id"])
    deals = workspace.read_table("opportunity")
    assert set(contacts["customer_id"].dropna()) | set(deals["customer_id"]) <= customers
    assert set(contacts["opportunity_id"].dropna()) <= set(deals["opportunity_id"])
    feedback = workspace.read_table("feedback")
    assert set(feedback["rater_id"]) <= people | customers
    assert set(contacts["rep_id"]) <= people and contacts["rep_id"].notna().all()
    assert sum(truth.process_rows.values()) < 90_000


def test_contacts_of_the_two_people_of_one_name_stay_apart(company):
    truth, _, workspace, _ = company
    contacts = workspace.read_table("activity")
    own = contacts[contacts["rep_id"].isin(truth.twins)]
    customers = workspace.read_table("customer").set_index("customer_id")["city"]
    cities = customers[own["customer_id"].dropna()].groupby(own.dropna(subset="customer_id")["rep_id"].to_numpy())
    assert cities.nunique().to_dict() == dict.fromkeys(truth.twins, 1)
    assert truth.process_faults["activity"]["seller_by_name_and_unit"] > 0


def test_process_and_coaching_data_leave_what_was_there_as_it_was(staff):
    """They are drawn from streams of their own: the first draws of the sales are those of the seed alone."""
    from salesplan.data.demo_coaching import make_coaching
    from salesplan.data.demo_conduct import make_process

    rng = np.random.default_rng(7)
    people = make_staff(MONTHS, rng=rng)
    sales = make_sales(people, MONTHS, rng=rng)
    sales.orders["is_house"] = False
    before, orders = rng.bit_generator.state, sales.orders.copy()
    process = make_process(people, sales, MONTHS, rng=np.random.default_rng([7, 1]))
    assert rng.bit_generator.state == before
    contacts, courses = process.contacts.copy(), process.training.copy()
    make_coaching(people, sales, process, MONTHS, rng=np.random.default_rng([7, 2]))
    pd.testing.assert_frame_equal(process.contacts, contacts)
    pd.testing.assert_frame_equal(process.training, courses)
    pd.testing.assert_frame_equal(sales.orders, orders)
    pd.testing.assert_frame_equal(people.people, staff.people)


def test_receipts_and_targets_arrive_whole(company):
    truth, _, workspace, _ = company
    receipts = workspace.read_table("receipt")
    assert len(receipts) == truth.receipt_rows
    assert receipts["amount"].sum() == pytest.approx(truth.receipt_amount, abs=0.005)
    targets = workspace.read_table("target")
    assert len(targets) == truth.target_rows
    months = targets.groupby(["period_start", "scope_type"])["value"].sum().unstack()
    assert set(months.columns) == {"org", "rep"}
    assert np.allclose(months["org"], 3 * months["rep"])  # team, region and company each hold the same total


def test_two_people_of_one_name_stay_apart(company, data):
    truth = company[0]
    own = data.actuals[data.actuals["rep_id"].isin(truth.twins)].groupby("rep_id")["amount"].sum()
    assert len(own) == 2
    names = data.sellers.set_index("employee_no").loc[truth.twins, "name"]
    assert names.tolist() == [f"张伟 ({number})" for number in truth.twins]
    assert data.sellers.set_index("employee_no").loc[truth.twins, "org_id"].nunique() == 2


def test_orders_without_a_seller_stay_with_their_team(company, data):
    nobody = data.actuals[data.actuals["rep_id"].isna()]
    assert nobody["amount"].sum() != 0
    assert nobody["unit_id"].str.endswith("/former").all()
    assert "unassigned" not in set(data.units["unit_id"])


def test_the_organisation_is_four_regions_and_twelve_teams(company, data):
    truth = company[0]
    assert data.units["level"].value_counts()[["company", "region", "team"]].tolist() == [1, 4, 12]
    assert len(data.sellers) == truth.sellers_at_end + len(truth.future_hires)
    assert set(data.sellers.loc[data.sellers["is_future_hire"], "employee_no"]) == set(truth.future_hires)
    assert len(data.people) - len(data.sellers) == 17  # twelve leads, four directors, the trainer
    units = data.units.set_index("unit_id")
    assert units.loc[truth.moved_unit, "parent_id"] == "D20"
    early = load(company[2], as_of=str(data.period_start.end_time.date())).units.set_index("unit_id")
    assert early.loc[truth.moved_unit, "parent_id"] == "D10"


def test_a_manager_sees_their_team_only(data):
    lead = data.people[data.people["role"] == "manager"].iloc[0]
    part = data.scoped_to(lead["employee_no"])
    assert part.top == lead["org_id"]
    assert len(part.sellers) < 15
    assert 0 < part.history.to_numpy().sum() < data.history.to_numpy().sum() / 6


def test_potential_covers_the_customers(company, data):
    whole = company[2].read_table("customer")["potential"].sum()
    assert 0.95 * whole <= data.potential.sum() <= whole


def test_ugly_customer_names_are_kept_as_they_are(company):
    truth, _, workspace, _ = company
    assert set(truth.ugly_names) <= set(workspace.read_table("customer")["name"])


def test_sales_follow_the_law_they_were_drawn_from(company, data):
    truth = company[0]
    expected = pd.Series(truth.expected_monthly)
    expected.index = pd.PeriodIndex(expected.index, freq="M")
    actual = data.history.sum(axis=1)
    actual[truth.one_off["month"]] -= truth.one_off["amount"]
    ratio = np.log(actual / expected)
    assert abs(ratio.mean()) < 0.02
    assert ratio.std() < 0.06
    assert expected[-12:].sum() == pytest.approx(truth.expected_last_year)


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(tmp_path, staff):
    folders = [tmp_path / name / "exports" for name in ("one", "two")]
    for folder in folders:
        make_demo_company(folder, seed=3, months=24)
    one, two = ({f.name: f.read_bytes() for f in folder.iterdir()} for folder in folders)
    assert one == two
    other = make_staff(MONTHS, rng=np.random.default_rng(8))
    assert other.people["name"].tolist() != staff.people["name"].tolist()


@pytest.mark.parametrize(("wrong", "word"), [({"months": 12}, "months == 12"), ({"end": "soon"}, "end == 'soon'")])
def test_impossible_companies_are_refused(tmp_path, wrong, word):
    with pytest.raises(InputError, match=word):
        make_demo_company(tmp_path, **wrong)


def test_careers_have_no_gap_or_overlap_within(staff):
    for _, own in staff.assignments.groupby("employee_no"):
        following = own["valid_to"].iloc[:-1] + pd.Timedelta(days=1)
        assert (own["valid_from"].iloc[1:].to_numpy() == following.to_numpy()).all()
    assert staff.people["name"].value_counts().iloc[:2].tolist() == [2, 1]
    dated = staff.people.dropna(subset=["leave_date"])
    assert (dated["leave_date"] > dated["hire_date"]).all()
    assert (staff.strength[staff.occupant < 0] == 0).all()


def test_newcomers_ramp_over_six_months(staff):
    skill = staff.people["productivity"].to_numpy()
    hired = staff.people["hire_date"].dt.to_period("M")
    share = [[] for _ in range(7)]
    for seat, month in zip(*np.nonzero(staff.strength), strict=True):
        person = staff.occupant[seat, month]
        age = (MONTHS[month] - hired[person]).n
        if 0 <= age <= 6:
            share[age].append(staff.strength[seat, month] / skill[person])
    assert np.allclose([np.mean(s) for s in share], [0.15, 0.35, 0.55, 0.72, 0.86, 0.95, 1.0])


def test_seasonal_index_has_mean_one():
    assert np.allclose(SEASON.mean(axis=1), 1.0)


def test_expected_sales_are_about_three_hundred_million(staff):
    sales = make_sales(staff, MONTHS, rng=np.random.default_rng(1))
    assert sales.expected[:, -12:].sum() == pytest.approx(3e8)
    assert 40_000 < len(sales.orders) < 90_000
    assert (sales.orders["order_date"] <= MONTHS[-1].end_time).all()
    assert sales.customers["customer_id"].is_unique
    assert sales.orders["order_no"].str.startswith("TH").sum() == (sales.orders["kind"] == "return").sum()
