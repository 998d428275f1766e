"""Who falls under a KPI set: tiers, roles, seasons, product lines, customer types; the most specific set holds."""

import pandas as pd
import pytest

from salesplan.errors import InputError
from salesplan.kpis.kpi_sets import AppliesTo, KpiSet
from tests.kpis.schemes import kpi_set, scheme

HALF = {"sales_amount": 0.5, "visits": 0.5}
SETS = [
    kpi_set("all", HALF),
    kpi_set("newcomer", HALF, applies_to={"tier": ["新人"]}),
    kpi_set("newcomer_spares", HALF, applies_to={"tier": ["新人"], "product_line": ["备件"]}),
    kpi_set("season", HALF, applies_to={"tier": ["骨干"], "months": [11, 12]}),
    kpi_set("senior", HALF, applies_to={"tier": ["骨干"]}),
    kpi_set("key_accounts", HALF, applies_to={"role": ["senior"], "customer_type": ["A"], "product_line": ["仪器"]}),
]


@pytest.mark.parametrize(("profile", "month", "code"), [
    ({"tier": "新人", "product_line": "*"}, 10, "newcomer"),
    ({"tier": "新人", "product_line": "备件"}, 10, "newcomer_spares"),
    ({"tier": "骨干"}, 10, "senior"),
    ({"tier": "骨干"}, "2026-11", "season"),
    ({"tier": "骨干"}, "2026Q4", "senior"),  # October is not in the season
    ({"tier": "骨干", "role": "senior", "customer_type": "A", "product_line": "仪器"}, 11, "key_accounts"),
    ({"tier": None}, 10, "all"),
    ({"tier": float("nan"), "role": "manager"}, pd.Period("2026-10", "M"), "all"),
])
def test_most_conditions_win(profile, month, code):
    assert scheme(*SETS).set_for(profile, month).code == code


def test_everybody_at_once_gets_the_same_sets_as_one_by_one():
    people = pd.DataFrame({
        "seller_id": list("abcd"), "tier": ["新人", "骨干", None, "新人"], "role": "rep",
        "product_line": ["*", "仪器", "*", "备件"], "customer_type": "*",
    }, index=[7, 3, 3, 1])
    made = scheme(*SETS)
    codes = made.sets_of(people, "2026-12")
    assert codes.tolist() == ["newcomer", "season", "all", "newcomer_spares"]
    assert codes.tolist() == [made.set_for(row, "2026-12").code for row in people.to_dict("records")]
    assert codes.index.equals(people.index)


def test_nobody_fits_is_said_for_one_and_left_empty_for_many():
    only = scheme(kpi_set("newcomer", HALF, applies_to={"tier": ["新人"]}))
    with pytest.raises(InputError, match="no KPI set fits.*person e7.*tier 骨干.*set without conditions"):
        only.set_for({"seller_id": "e7", "tier": "骨干"}, 1)
    codes = only.sets_of(pd.DataFrame({"tier": ["新人", "骨干"]}), "2026-10")
    assert codes.iloc[0] == "newcomer" and codes.isna().tolist() == [False, True]
    assert scheme().sets_of(pd.DataFrame({"seller_id": ["a"]}), "2026-10").tolist() == ["all"]


def test_two_sets_of_one_kind_for_the_same_people_are_refused_at_once():
    with pytest.raises(InputError, match="sets a and b fit equally well.*Give one of them a condition more"):
        scheme(kpi_set("a", HALF, applies_to={"tier": ["新人", "骨干"]}), kpi_set("b", HALF, applies_to={"tier": ["骨干"]}))
    with pytest.raises(InputError, match="sets a and b"):
        scheme(kpi_set("a", HALF), kpi_set("b", HALF))
    scheme(kpi_set("a", HALF, applies_to={"months": [1]}), kpi_set("b", HALF, applies_to={"months": [2]}))


def test_a_tie_of_different_conditions_is_refused_for_the_person_it_meets():
    made = scheme(kpi_set("by_tier", HALF, applies_to={"tier": ["骨干"]}),
                  kpi_set("by_line", HALF, applies_to={"product_line": ["仪器"]}))
    assert made.set_for({"tier": "骨干", "product_line": "*"}, 1).code == "by_tier"
    with pytest.raises(InputError, match="sets by_tier and by_line fit equally well.*person e1"):
        made.set_for({"seller_id": "e1", "tier": "骨干", "product_line": "仪器"}, 1)
    with pytest.raises(InputError, match="sets by_tier and by_line.*tier 骨干, product_line 仪器"):
        made.sets_of(pd.DataFrame({"tier": ["骨干"], "product_line": ["仪器"]}), "2026-01")


def test_months_must_be_months():
    with pytest.raises(InputError, match=r"set bad.*months|months.*set bad"):
        scheme(kpi_set("bad", HALF, applies_to={"months": [0]}))
    with pytest.raises(InputError, match="month == 13"):
        scheme().set_for({}, 13)


def test_condition_and_set_round_trip():
    one = KpiSet.model_validate(SETS[2])
    assert KpiSet.model_validate(one.to_dict()) == one
    assert AppliesTo().to_dict() == {} and AppliesTo().conditions == ()
