"""Targets of people: from the table, agreed, by tier, from colleagues; smaller for who was there part of the time."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InputError
from salesplan.kpis.kpi_sets import SchemeItem
from salesplan.kpis.library import load_library
from salesplan.kpis.scheme_notes import UNUSED_TARGETS, unused_target_notes
from salesplan.kpis.target_rules import (
    AGREED,
    AGREED_FOR_TIER,
    FROM_PEERS,
    FROM_TABLE,
    NO_TARGET,
    NO_TARGET_NEEDED,
    NOT_COMPARABLE,
    TargetRule,
    resolve_targets,
)
from salesplan.text.wording import say_details
from tests.kpis.schemes import RULE, kpi_set, scheme

LIBRARY = load_library()


def people(n=4, tier="骨干", share=1.0):
    return pd.DataFrame({"seller_id": [f"e{i}" for i in range(n)], "tier": tier, "working_share": share})


def one_kpi(kpi, rule=RULE, **target):
    entry = {"kpi": kpi, "weight": 1, "rule": rule} | ({"target": target} if target else {})
    return scheme({**kpi_set("all", {}), "items": [entry]})


def targets(made, who, *, period="2026-10", **given_frames):
    return resolve_targets(made, who, period=period, library=LIBRARY, **given_frames).set_index("seller_id")


def history(kpi, actuals, *, denominator=None, months=("2026-07", "2026-08", "2026-09")):
    """One row a seller and month; ``actuals`` seller -> figures by month (numerators where there is a denominator)."""
    rows = []
    for seller, values in actuals.items():
        for month, value in zip(months, values, strict=True):
            below = np.nan if denominator is None else denominator[seller]
            rows.append((seller, kpi, pd.Period(month, "M"), value, below, value if denominator is None else value / below))
    return pd.DataFrame(rows, columns=["seller_id", "kpi", "month", "numerator", "denominator", "actual"])


def test_the_table_s_figure_is_the_person_s_own():
    table = pd.DataFrame({"seller_id": ["e1", "e0"], "kpi": "sales_amount", "target": [200.0, 100.0]})
    found = targets(one_kpi("sales_amount", **{"from": "table"}), people(3, share=0.5), table_targets=table)
    assert found["target"].tolist()[:2] == [100.0, 200.0] and np.isnan(found.loc["e2", "target"])
    assert found["target_source"].tolist() == [FROM_TABLE, FROM_TABLE, NO_TARGET]
    asked = one_kpi("sales_amount", **{"from": "table", "prorate": True})
    assert targets(asked, people(3, share=0.5), table_targets=table)["target"].tolist()[:2] == [50.0, 100.0]


def test_an_agreed_count_shrinks_with_the_days_somebody_was_there():
    found = targets(one_kpi("visits", value=20), people(2).assign(working_share=[1.0, 0.25]))
    assert found["target"].tolist() == [20.0, 5.0]
    assert found["full_target"].tolist() == [20.0, 20.0] and found["working_share"].tolist() == [1.0, 0.25]
    kept = targets(one_kpi("visits", value=20, prorate=False), people(2, share=0.25))
    assert kept["target"].tolist() == [20.0, 20.0] and kept["working_share"].tolist() == [1.0, 1.0]


@pytest.mark.parametrize("kpi", ["win_rate", "customer_satisfaction", "active_customers", "average_order_value"])
def test_rates_and_distinct_customers_never_shrink(kpi):
    found = targets(one_kpi(kpi, value=0.5, prorate=True), people(1, share=0.1), period="2026Q3")
    assert found["target"].tolist() == [0.5]


@pytest.mark.parametrize(("period", "months"), [("2026-10", 1), ("2026Q3", 3), ("2026", 12), ("2026-W45", 5 / 21)])
def test_agreed_counts_are_for_a_month_and_grow_with_the_period(period, months):
    found = targets(one_kpi("visits", by_tier={"骨干": 42}), people(1), period=period)
    assert found["target"].tolist() == pytest.approx([42 * months])
    assert found["target_source"].tolist() == [AGREED_FOR_TIER]


def test_the_first_source_that_knows_the_person_counts():
    table = pd.DataFrame({"seller_id": ["e0"], "kpi": ["visits"], "target": [7.0]})
    who = people(3).assign(tier=["新人", "新人", "骨干"])
    found = targets(one_kpi("visits", **{"from": "table", "by_tier": {"新人": 12}, "value": 20}), who, table_targets=table)
    assert found["target"].tolist() == [7.0, 12.0, 20.0]
    assert found["target_source"].tolist() == [FROM_TABLE, AGREED_FOR_TIER, AGREED]


def test_somebody_without_a_source_has_no_target():
    found = targets(one_kpi("visits", by_tier={"新人": 12}), people(2).assign(tier=["新人", None]))
    assert found["target"].isna().tolist() == [False, True]
    assert found["target_source"].tolist() == [AGREED_FOR_TIER, NO_TARGET]


def test_colleagues_of_the_tier_set_the_median_of_three_months():
    past = history("visits", {"e0": (9, 10, 11), "e1": (20, 20, 20), "e2": (31, 30, 29), "x": (90, 90, 90)})
    other = history("visits", {"n0": (1, 1, 1)})
    who = pd.concat([people(3), people(1, tier="新人").assign(seller_id="n0")], ignore_index=True)
    found = targets(one_kpi("visits", peers=0.5), who, history=pd.concat([past, other]))
    assert found.loc[["e0", "e1", "e2"], "target"].tolist() == [20.0, 20.0, 20.0]
    assert found.loc["e0", "target_source"] == FROM_PEERS
    assert np.isnan(found.loc["n0", "target"]), "one newcomer is no group of colleagues"
    alone = resolve_targets(one_kpi("visits", peers=0.5), who, history=other, period="2026-10", library=LIBRARY, min_peers=1)
    assert alone.set_index("seller_id").loc["n0", "target"] == 1


def test_only_the_three_months_before_the_period_are_looked_at():
    months = ("2026-06", "2026-07", "2026-08", "2026-09", "2026-10")
    past = history("visits", {f"e{i}": (500, 10, 10, 10, 900) for i in range(3)}, months=months)
    found = targets(one_kpi("visits", peers=0.5), people(3), history=past)
    assert found["target"].tolist() == [10.0, 10.0, 10.0]
    assert targets(one_kpi("visits", peers=0.5), people(3), history=past, period="2026-03")["target"].isna().all()


def test_rates_of_colleagues_are_pooled_over_the_months_not_averaged():
    past = history("win_rate", {"e0": (0, 1, 1), "e1": (2, 2, 2), "e2": (3, 3, 3)}, denominator={"e0": 4, "e1": 4, "e2": 4})
    past.loc[0, ["denominator", "actual"]] = [0.0, np.nan]  # nothing closed in the first month
    found = targets(one_kpi("win_rate", peers=0.5), people(3), history=past)
    assert found["target"].tolist() == [0.5] * 3
    low = targets(one_kpi("win_rate", peers=0.01), people(3), history=past)["target"].iloc[0]
    assert low == pytest.approx(0.25 + 0.02 * 0.25)  # 2 of 8 deals, not (1/4 + 1/4 + nothing) / 3


def test_better_colleagues_are_those_with_fewer_days():
    past = history("days_to_pay", {f"e{i}": (v, v, v) for i, v in enumerate((300, 400, 500, 600, 700))},
                   denominator={f"e{i}": 10 for i in range(5)})
    linear = {"function": "lower_is_better_linear"}
    found = targets(one_kpi("days_to_pay", rule=linear, peers=0.75), people(5), history=past)
    assert found["target"].tolist() == [40.0] * 5


def test_rules_that_need_no_target_say_so():
    found = targets(one_kpi("crm_completeness", rule={"function": "raw_percentage"}), people(1))
    assert np.isnan(found["target"].iloc[0]) and found["target_source"].tolist() == [NO_TARGET_NEEDED]


def test_each_person_gets_the_kpis_of_the_own_set_in_order():
    made = scheme(kpi_set("newcomer", {"visits": 0.5, "calls": 0.5}, applies_to={"tier": ["新人"]}),
                  kpi_set("senior", {"sales_amount": 1.0}, applies_to={"tier": ["骨干"]}))
    who = people(3).assign(tier=["骨干", "新人", "外包"])
    found = resolve_targets(made, who, period="2026-10", library=LIBRARY)
    assert found[["seller_id", "kpi"]].to_numpy().tolist() == [["e0", "sales_amount"], ["e1", "visits"], ["e1", "calls"]]
    nobody = resolve_targets(made, who[2:], period="2026-10", library=LIBRARY)
    assert nobody.empty and nobody.columns.tolist() == found.columns.tolist()


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(6)), st.lists(st.floats(0, 1), min_size=6, max_size=6))
def test_order_of_people_and_rows_changes_nothing(order, shares):
    who = people(6).assign(working_share=shares)
    past = history("visits", {f"e{i}": (i, i + 1, i + 2) for i in range(6)})
    made = one_kpi("visits", **{"from": "table", "peers": 0.4})
    first = targets(made, who, history=past)
    mixed = targets(made, who.iloc[order], history=past.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(first.sort_index(), mixed.sort_index())
    assert (first["target"] <= first["full_target"]).all()


def test_inputs_stay_as_they_were():
    who = people(2)
    before = who.copy()
    targets(one_kpi("visits", value=1), who)
    pd.testing.assert_frame_equal(who, before)


@pytest.mark.parametrize(("who", "message"), [
    (people(2).assign(seller_id="e0"), "seller_id == 'e0' stands twice.*by id, not by name"),
    (people(2).assign(working_share=[1.0, 1.2]), "working_share == 1.2.*person e1"),
    (people(1).assign(working_share=[None]), "working_share == None.*person e0"),
    (people(1).drop(columns="tier"), "profiles lacks tier"),
])
def test_faulty_profiles_name_the_person(who, message):
    with pytest.raises(InputError, match=message):
        targets(one_kpi("visits", value=1), who)


def test_faulty_tables_are_named():
    table = pd.DataFrame({"seller_id": ["e0", "e0"], "kpi": "visits", "target": [1.0, 2.0]})
    with pytest.raises(InputError, match="target of visits stands twice.*person e0"):
        targets(one_kpi("visits", value=1), people(1), table_targets=table)
    with pytest.raises(InputError, match="history lacks month"):
        targets(one_kpi("visits", peers=0.5), people(1), history=table.assign(actual=1, numerator=1, denominator=1))


@pytest.mark.parametrize(("target", "message"), [
    ({}, "names no source"), ({"value": 1, "peers": 0.5}, "value and peers stand together"), ({"peers": 1.0}, "peers"),
    ({"from": "thin air"}, "from"), ({"by_tier": {"a": float("inf")}}, "by_tier"), ({"vaule": 1}, "vaule"),
])
def test_faulty_target_rules(target, message):
    with pytest.raises(ValueError, match=message):
        TargetRule.model_validate(target)
    with pytest.raises(ValueError, match=message):
        SchemeItem.model_validate({"kpi": "visits", "weight": 1, "rule": RULE, "target": target})


def test_target_rule_round_trip():
    for given_rule in ({"from": "table", "peers": 0.5}, {"value": 0.0}, {"by_tier": {"新人": 3.0}, "prorate": False}):
        assert TargetRule.model_validate(given_rule).to_dict() == given_rule


@pytest.mark.parametrize(("period", "kpi", "known"), [
    ("2026-10", "active_customers", True), ("2026Q4", "active_customers", False), ("2026-W41", "active_customers", False),
    ("2026", "active_customers", False), ("2026Q4", "product_breadth", False), ("2026-10", "product_breadth", True),
    ("2026Q4", "customer_coverage", False), ("2026Q4", "win_rate", True), ("2026Q4", "visits", True)])
def test_months_of_colleagues_are_no_measure_of_another_length_for_distinct_customers(period, kpi, known):
    below = None if LIBRARY[kpi].denominator is None else dict.fromkeys(["e0", "e1", "e2"], 4)
    months = ("2026-07", "2026-08", "2026-09") if period != "2026" else ("2025-10", "2025-11", "2025-12")
    past = history(kpi, {f"e{i}": (4, 4, 4) for i in range(3)}, denominator=below, months=months)
    found = targets(one_kpi(kpi, peers=0.5), people(3), history=past, period=period)
    assert found["target"].notna().all() == known
    assert set(found["target_source"]) == ({FROM_PEERS} if known else {NOT_COMPARABLE})


def test_a_week_nobody_works_in_asks_for_nothing():
    with pytest.raises(InputError, match=r"period == '2026-W08', must hold a working day \(CN\).*visits, set all"):
        targets(one_kpi("visits", value=20), people(1), period="2026-W08")
    assert targets(one_kpi("win_rate", value=0.3), people(1), period="2026-W08")["target"].tolist() == [0.3]
    assert targets(one_kpi("visits", value=20), people(1), period="2026-W08", country="DE")["target"].tolist() == [5.0]


@pytest.mark.parametrize(("made", "is_used"), [
    (one_kpi("visits", value=20), False),
    (one_kpi("crm_completeness", rule={"function": "raw_percentage"}), False),
    (one_kpi("visits", **{"from": "table", "peers": 0.5}), True),
])
def test_targets_of_the_table_that_count_for_nothing_are_said(made, is_used):
    kpi = made.kpis[0]
    table = pd.DataFrame({"seller_id": ["e0", "e1"], "kpi": [kpi, kpi], "target": [30.0, np.nan]})
    given = {"period": "2026-10", "library": LIBRARY}
    notes = unused_target_notes(made, people(), table, **given)
    assert [note["msgid"] for note in notes] == ([] if is_used else [UNUSED_TARGETS])
    for note in notes:
        said = {language: say_details(note["msgid"], note["details"], language) for language in ("en", "zh")}
        assert LIBRARY.title(kpi, "en") in said["en"] and "target: {from: table}" in said["en"]
        assert LIBRARY.title(kpi, "zh") in said["zh"] and "未被采用" in said["zh"]
    assert unused_target_notes(made, people(), table.assign(seller_id="nobody"), **given) == []
    assert unused_target_notes(made, people(), table.assign(target=np.nan), **given) == []
