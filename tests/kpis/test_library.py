"""Every KPI of the library measures what its words say, on rows counted by hand."""

import pandas as pd
import pytest

from salesplan.data.kpi_actuals import kpi_actuals, kpi_daily
from salesplan.data.kpi_measures import KpiFacts
from salesplan.data.reducers import KPI_VIEWS
from salesplan.data.schema import TABLES
from salesplan.data.workspace import Workspace
from salesplan.errors import InputError
from salesplan.kpis.library import load_library
from salesplan.text.spoken_errors import say_error

PERIOD = "2026-10"
ROWS: dict[str, tuple[str, list[tuple]]] = {
    "rep": ("rep_id name status hire_date", [("r1", "张伟", "active", "2020-01-01"), ("r2", "王芳", "active", "2020-01-01")]),
    "customer": ("customer_id name tier owner_rep_id", [
        ("c1", "甲", "A", "r1"), ("c2", "乙", "B", "r1"), ("c3", "丙", "A", "r2")]),
    "product": ("product_id name category_l1 list_price unit_cost", [("p1", "P1", "L1", 100, 60), ("p2", "P2", "L2", 50, 20)]),
    "order_line": ("order_line_id order_id order_date customer_id product_id rep_id qty amount is_return", [
        ("1", "o0", "2026-08-05", "c1", "p1", "r1", 1, 100, False),
        ("2", "o1", "2026-10-05", "c1", "p1", "r1", 10, 900, False),
        ("3", "o1", "2026-10-05", "c1", "p2", "r1", 4, 200, False),
        ("4", "o2", "2026-10-12", "c2", "p1", "r1", 2, 200, False),
        ("5", "o3", "2026-10-20", "c1", "p1", "r1", 1, 90, True)]),
    "receipt": ("receipt_id receipt_date order_id rep_id amount", [
        ("1", "2026-10-25", "o1", "r1", 550), ("2", "2026-10-28", "o0", "r1", 50)]),
    "opportunity": ("opportunity_id rep_id status amount created_date expected_close_date closed_date lost_reason", [
        ("d1", "r1", "won", 1000, "2026-09-01", "2026-10-01", "2026-10-10", None),
        ("d2", "r1", "lost", 500, "2026-10-02", "2026-10-31", "2026-10-20", "price"),
        ("d3", "r1", "open", 300, "2026-10-03", "2026-10-15", None, None),
        ("d4", "r1", "void", 999, "2026-10-04", "2026-10-15", None, None),
        ("d5", "r1", "lost", 200, "2026-10-01", "2026-10-30", "2026-10-21", " ")]),
    "activity": ("activity_id type rep_id customer_id activity_date seconds is_completed outcome", [
        ("1", "visit", "r1", "c1", "2026-10-05", None, True, "samples wanted"),
        ("2", "call", "r1", "c1", "2026-10-07", 120, True, "offer asked for"),
        ("3", "call", "r1", "c2", "2026-10-08", 1, True, ""),
        ("4", "call", "r1", "c2", "2026-10-09", None, True, None),
        ("5", "visit", "r1", "c2", "2026-10-15", None, True, "nobody there"),
        ("6", "demo", "r1", "c1", "2026-10-20", None, True, None),
        ("7", "proposal", "r1", "c1", "2026-10-21", None, True, "sent"),
        ("8", "quote", "r1", "c1", "2026-10-22", None, True, None),
        ("9", "visit", "r1", "c1", "2026-10-23", None, False, None),
        ("10", "visit", "r1", "c3", "2026-10-26", None, True, None),
        ("11", "email", "r1", "c1", "2026-10-30", None, True, None)]),
    "feedback": ("feedback_id given_date rep_id by_role rater_id topic score scale_min scale_max", [
        ("1", "2026-10-03", "r1", "customer", "c1", "satisfaction", 5, 1, 5),
        ("2", "2026-10-04", "r1", "customer", "c2", "satisfaction", 3, 1, 5),
        ("3", "2026-10-04", "r1", "peer", "p1", "teamwork", 4, 1, 5),
        ("7", "2026-10-04", "r1", "peer", "p2", "teamwork", 3, 1, 5),
        ("8", "2026-10-06", "r1", "peer", "p3", "teamwork", 5, 1, 5),
        ("9", "2026-10-04", "r1", "manager", "m1", "teamwork", 2, 1, 5),
        ("4", "2026-10-05", "r1", "report", "x1", "leadership", 3, 1, 5),
        ("5", "2026-10-05", "r1", "report", "x2", "leadership", 3, 1, 5),
        ("6", "2026-10-05", "r1", "report", "x3", "leadership", 3, 1, 5)]),
    "training_record": ("record_id rep_id course_id started_date completed_date status score hours", [
        ("1", "r1", "T1", "2026-10-09", "2026-10-10", "done", 80, 4),
        ("2", "r1", "T2", "2026-10-12", None, "absent", None, 2),
        ("3", "r1", "T3", "2026-10-20", None, "planned", None, 3)]),
}
BY_HAND = {
    "sales_amount": 1210, "receipts": 600, "collection_rate": 600 / 1210, "gross_profit": 470, "gross_margin": 470 / 1210,
    "orders": 2, "average_order_value": 650, "average_discount": 100 / 1400, "return_rate": 90 / 1300,
    "new_customers": 1, "new_customer_sales": 200, "repeat_rate": 1 / 2, "active_customers": 2,
    "key_account_sales": 1010, "product_breadth": 3 / 2, "days_to_pay": (550 * 20 + 50 * 84) / 600,
    "late_payment_rate": 50 / 600, "deals_won": 1, "contract_value": 1000, "win_rate": 1 / 3, "deal_size": 1000,
    "sales_cycle_days": 39, "customer_satisfaction": 0.75, "pipeline_created": 1000, "deals_created": 3,
    "overdue_deals": 2 / 4, "lost_with_reason_rate": 1 / 2, "visits": 3, "calls": 3, "effective_calls": 1,
    "effective_call_rate": 1 / 2, "new_customer_visits": 3, "follow_up_rate": 1 / 3, "follow_up_within_3_days": 1 / 3,
    "customer_coverage": 1, "proposals": 2, "demos": 1, "crm_completeness": 4 / 10, "teamwork_rating": 0.75,
    "leadership_rating": 0.5, "training_hours": 4, "training_completion": 1 / 2, "training_score": 80,
}  # fmt: skip
SAMPLES = {
    "name": {"zh": "老客户回访", "en": "Return visits"}, "type": "process", "unit": "count", "additive": True,
    "tables": ["activity"], "numerator": {"source": "contact", "value": "count(*)", "where": "is_visit AND NOT is_own_customer"},
    "formula": {"zh": "拜访别人客户的次数", "en": "Visits to others' customers"},
    "meaning": {"zh": "帮了多少忙", "en": "How much help was given"}, "gaming": {"zh": "抢客户", "en": "Customers are taken away"},
}  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    workspace = Workspace(tmp_path_factory.mktemp("shop")).create()
    for table, (columns, rows) in ROWS.items():
        frame = pd.DataFrame(rows, columns=columns.split())
        for name in frame.columns:
            if name.endswith("_date"):
                frame[name] = pd.to_datetime(frame[name])
            elif name in ("list_price", "unit_cost", "amount"):
                frame[name] = frame[name].astype(float)
        workspace.append_load(table, frame, load_id=workspace.next_load_id())
    return workspace


@pytest.fixture(scope="module")
def actuals(shop):
    frame = kpi_actuals(shop, list(load_library()), period=PERIOD, sellers=["r1", "r2"])
    return frame.set_index(["seller_id", "kpi"])


def test_every_kpi_of_the_library_is_counted_by_hand():
    assert set(BY_HAND) == set(load_library().codes)
    assert len(BY_HAND) >= 34


@pytest.mark.parametrize("kpi", load_library().codes)
def test_the_sql_of_a_kpi_gives_what_its_words_say(actuals, kpi):
    assert actuals.loc[("r1", kpi), "actual"] == pytest.approx(BY_HAND[kpi], rel=1e-9)


def test_what_a_single_manager_said_counts_only_where_managers_give_their_name(shop):
    with KpiFacts(shop, named_raters=["manager"]) as facts:
        found = kpi_actuals(facts, [load_library()["teamwork_rating"]], period=PERIOD, sellers=["r1"])
    assert found["actual"].tolist() == pytest.approx([(0.75 + 0.5 + 1 + 0.25) / 4])


def test_somebody_without_rows_has_zero_counts_and_no_rates(actuals):
    assert actuals.loc[("r2", "visits"), "actual"] == 0
    assert pd.isna(actuals.loc[("r2", "win_rate"), "actual"])


def test_days_add_up_to_the_period_for_every_additive_kpi(shop, actuals):
    additive = [kpi for kpi in load_library() if kpi.additive]
    daily = kpi_daily(shop, additive, period=PERIOD, sellers=["r1"])
    sums = daily.groupby("kpi")[["numerator", "denominator"]].sum(min_count=1)
    for kpi in additive:
        assert sums.loc[kpi.code, "numerator"] == pytest.approx(actuals.loc[("r1", kpi.code), "numerator"]), kpi.code
        if kpi.denominator is not None:
            assert sums.loc[kpi.code, "denominator"] == pytest.approx(actuals.loc[("r1", kpi.code), "denominator"]), kpi.code


def test_distinct_customers_do_not_claim_to_add_up():
    claimed = {kpi.code for kpi in load_library() if kpi.additive and "DISTINCT customer_id" in kpi.numerator.value}
    assert claimed == {"new_customers"}  # a customer has one first order only


def test_a_new_kpi_is_one_entry(shop):
    library = load_library({"help_visits": SAMPLES})
    found = kpi_actuals(shop, [library["help_visits"]], period=PERIOD, sellers=["r1"])
    assert found["actual"].tolist() == [1.0]
    assert library["help_visits"].title("zh") == "老客户回访"
    assert len(library) == len(load_library()) + 1


def test_a_company_may_define_a_packaged_kpi_anew():
    packaged = load_library()["key_account_sales"].model_dump(exclude={"code"})
    own = {**packaged, "numerator": {"source": "sale", "value": "sum(amount)", "where": "customer_type = 'VIP'"}}
    assert load_library({"key_account_sales": own})["key_account_sales"].numerator.where == "customer_type = 'VIP'"
    assert load_library()["key_account_sales"].numerator.where == "customer_type = 'A'"


def test_kpis_name_tables_and_views_that_exist():
    for kpi in load_library():
        assert set(kpi.tables) <= set(TABLES), kpi.code
        assert set(kpi.sources) <= set(KPI_VIEWS), kpi.code


def test_all_kinds_occur_and_high_risks_have_a_counter():
    library = load_library()
    assert set(library.types().values()) == {"result", "process", "support"}
    assert {kpi.direction for kpi in library} == {"higher", "lower"}
    assert all(kpi.counter_kpi for kpi in library if kpi.gaming_risk != "low")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_table_is_whole_in_both_languages(language):
    table = load_library().to_frame(language)
    assert len(table) == len(load_library())
    assert not (table.isna() | (table == "")).drop(columns="counter_kpi").to_numpy().any()
    chinese = table["kpi_name"].str.contains("[一-鿿]")
    assert chinese.all() if language == "zh" else not chinese.any()


@pytest.mark.parametrize(("change", "message"), [
    ({"direction": "sideways"}, "kpi own.*direction|direction.*kpi own"),
    ({"name": {"zh": "只有中文"}}, r"name\.en is missing.*kpi own"),
    ({"numerater": {}}, "numerater is not a field.*kpi own"),
    ({"numerator": {"source": "contact", "value": "count(*); DROP TABLE rep"}}, "numerator.value.*one SQL expression"),
    ({"gaming_risk": "high"}, "counter_kpi is empty.*kpi own"),
    ({"counter_kpi": ["vists"]}, "counter_kpi == 'vists'.*kpi own.*did you mean 'visits'"),
    ({"counter_kpi": ["own"]}, "counter_kpi names the KPI itself"),
    ({"times": 0}, "times == 0"),
    ({"code": "other"}, "code must not stand inside"),
])
def test_a_faulty_entry_names_the_kpi_and_the_field(change, message):
    with pytest.raises(InputError, match=message):
        load_library({"own": {**SAMPLES, **change}})


def test_how_a_kpi_is_gamed_may_be_left_out_where_the_risk_is_low():
    plain = {field: value for field, value in SAMPLES.items() if field not in ("gaming", "gaming_risk")}
    assert load_library({"own": plain})["own"].gaming.said("zh") == "未说明"
    with pytest.raises(InputError, match="gaming is missing, must say how .*gaming_risk == 'medium'"):
        load_library({"own": {**plain, "gaming_risk": "medium"}})


def test_all_faults_of_an_entry_are_named_at_once():
    entry = {**SAMPLES, "unit": "crates", "times": 0, "numerater": {}, "gaming_risk": "high", "counter_kpi": [], "code": "x"}
    del entry["type"]
    with pytest.raises(InputError) as caught:
        load_library({"own": entry})
    for fault in ("code must not", "type is missing", "unit == 'crates'", "times == 0", "numerater is not", "counter_kpi is empty"):
        assert fault in caught.value.what
    assert "缺少 type，必须填写；" in say_error(caught.value, "zh")


def test_the_file_of_a_faulty_entry_is_named():
    with pytest.raises(InputError, match=r"Where: shop/kpis\.yaml, kpi own"):
        load_library({"own": {**SAMPLES, "unit": "crates"}}, file="shop/kpis.yaml")


def test_faulty_entries_can_be_put_aside_and_are_refused_only_when_asked_for():
    faulty = {"own": {**SAMPLES, "unit": "crates"}, "visits": {"type": "process"}, "odd": {**SAMPLES, "counter_kpi": ["vists"]}}
    library = load_library({**faulty, "samples": {**SAMPLES, "counter_kpi": ["own"]}}, file="shop/kpis.yaml", skip_faulty=True)
    assert set(library.unreadable) == {"own", "visits", "odd"}
    assert "samples" in library and "visits" not in library, "a faulty entry never leaves the packaged definition in its place"
    assert set(library.codes) == set(load_library().codes) - {"visits"} | {"samples"}
    with pytest.raises(InputError, match=r"unit == 'crates'.*shop/kpis\.yaml, kpi own"):
        library["own"]
    with pytest.raises(InputError, match="did you mean 'samples'"):
        library["sample"]


def test_entries_that_are_no_mapping_and_odd_codes_are_refused():
    with pytest.raises(InputError, match="kpi own"):
        load_library({"own": ["count(*)"]})
    with pytest.raises(InputError, match="small letters"):
        load_library({"Own KPI": SAMPLES})
    with pytest.raises(InputError, match=r"kpis\.yaml"):
        load_library(["sales_amount"])


def test_library_looks_up_picks_and_counts():
    library = load_library()
    assert [kpi.code for kpi in library.pick(["visits", "orders", "visits"])] == ["visits", "orders"]
    assert "visits" in library and "nothing" not in library
    assert library.title("nothing", "zh") == "nothing"
    with pytest.raises(InputError, match="did you mean 'visits'"):
        library.pick(["vists"])


def test_only_sums_over_time_grow_with_time():
    library = load_library()
    grows = {code for code in library.codes if library[code].grows_with_time}
    assert {"sales_amount", "visits", "training_hours"} <= grows
    assert not {"win_rate", "days_to_pay", "active_customers", "customer_satisfaction"} & grows


@pytest.mark.parametrize("kpi", ["pipeline_created", "deals_created"])
def test_deals_without_a_status_count_as_entered(kpi):
    assert load_library()[kpi].numerator.where == "status IS DISTINCT FROM 'void'"
