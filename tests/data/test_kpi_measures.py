import pandas as pd
import pytest

from salesplan.data.kpi_actuals import kpi_actuals
from salesplan.data.kpi_measures import KpiFacts, check_expression, parts_of
from salesplan.data.workspace import Workspace
from salesplan.errors import InputError
from salesplan.text.spoken_errors import say_error
from tests.data.kpi_company import ALL, SALES, Kpi, Measure, kpi_workspace


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Workspace:
    return kpi_workspace(tmp_path_factory.mktemp("measures"))


def actuals(shop: Workspace, kpi: Kpi) -> pd.DataFrame:
    return kpi_actuals(shop, [kpi], period="2026-10")


@pytest.mark.parametrize("text", [
    "sum(amount); DROP TABLE sale", "sum(amount) -- x", "sum(amount) /* x */", "(SELECT max(amount) FROM sale)",
    "1) UNION (SELECT 1", "sum(amount", "sum(amount))", ")(", "sum('open", "sum(\"open"])
def test_more_than_one_expression_is_refused(text):
    with pytest.raises(InputError, match="must be one SQL expression|must have matching brackets") as caught:
        check_expression(text, where="kpi x, numerator")
    assert caught.value.where == "kpi x, numerator"


@pytest.mark.parametrize("text", [
    "sum(amount) FILTER (WHERE product_line = 'a;b -- c')", "count(DISTINCT concat_ws('|', customer_id, \"product_line\"))",
    "sum(CASE WHEN status = 'don''t' THEN 1 END)", "max(extract(dow FROM date))", ""])
def test_what_stands_in_quotes_does_not_matter(text):
    assert check_expression(text, where="") == text


@pytest.mark.parametrize(("value", "reason"), [
    ("sum(amout)", "amout"), ("amount", "GROUP BY"), ("sum(product_line)", "sum"), ("nosuch(amount)", "nosuch"),
    ("count(*) OVER (", "matching brackets")])
def test_a_failing_expression_names_kpi_field_and_reason(shop, value, reason):
    with pytest.raises(InputError, match=reason) as caught:
        actuals(shop, Kpi("mine", SALES.numerator, Measure("sale", value)))
    assert "kpi mine, denominator" in str(caught.value)


def test_a_failing_condition_is_named_even_beside_sound_kpis(shop):
    broken = Kpi("mine", Measure("contact", "count(*)", "is_visitt"))
    with pytest.raises(InputError, match="is_visitt") as caught:
        kpi_actuals(shop, [*ALL, broken], period="2026-10")
    assert caught.value.where == "kpi mine, numerator"


@pytest.mark.parametrize("value", [
    "max(len(content)) FILTER (WHERE content <> '') FROM read_text('/etc/passwd')", "count(*) FROM read_csv('/etc/passwd')"])
def test_no_file_can_be_read_by_an_expression(shop, value):
    with pytest.raises(InputError):
        actuals(shop, Kpi("thief", Measure("sale", value)))


def test_the_closed_database_reads_no_file_whatever_it_is_asked(shop):
    with KpiFacts(shop) as facts:
        for query in ("SELECT * FROM read_text('/etc/passwd')", "COPY (SELECT 1) TO '/tmp/stolen.csv'",
                      "SET enable_external_access = true"):
            with pytest.raises(Exception, match=r"disabled|Permission|Cannot (change|enable)"):
                facts.fetch(query)


@pytest.mark.parametrize(("measure", "message"), [
    (Measure("sales", "sum(amount)"), "did you mean 'sale'"),
    (Measure("sale", "sum(amount)", person="seller"), "person == 'seller'"),
    (Measure("deal", "sum(amount)", date="close_date"), "did you mean 'closed_date'")])
def test_unknown_sources_and_columns_are_named_with_the_nearest(shop, measure, message):
    with pytest.raises(InputError, match=message) as caught:
        actuals(shop, Kpi("mine", measure))
    assert "kpi mine" in caught.value.where


def test_an_expression_that_cannot_be_computed_is_told_in_the_readers_language(shop):
    with pytest.raises(InputError, match="'sum.nope.' where 'true' cannot be evaluated over sale: “Binder Error") as caught:
        actuals(shop, Kpi("mine", Measure("sale", "sum(nope)")))
    said = say_error(caught.value, "zh")
    assert said.startswith("无法在 sale 的行上计算 'sum(nope)'（条件 'true'），数据库提示：“Binder Error") and "可用的列：" in said


def test_a_kpi_must_be_given_once(shop):
    with pytest.raises(InputError, match="each once"):
        parts_of([SALES, SALES])
    with pytest.raises(InputError, match="at least one"):
        parts_of([])


def test_canonical_tables_can_be_measured_too(shop):
    lines = Kpi("lines", Measure("order_line", "count(*)", "status = 'void'"))
    got = actuals(shop, lines).set_index("seller_id")["actual"]
    assert got["r1"] == 1
    assert got["r2"] == 0


def test_the_same_facts_give_the_same_numbers_to_the_last_digit(shop):
    first, second = (kpi_actuals(shop, ALL, period="2026-10") for _ in range(2))
    pd.testing.assert_frame_equal(first, second, check_exact=True)
    shuffled = kpi_actuals(shop, ALL[::-1], period="2026-10").set_index(["seller_id", "kpi"])
    pd.testing.assert_frame_equal(first.set_index(["seller_id", "kpi"]), shuffled.loc[list(zip(first["seller_id"], first["kpi"],
                                                                                             strict=True))], check_exact=True)
