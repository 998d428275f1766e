import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesplan.data.access import find_person, visible_units
from salesplan.errors import InputError

UNITS = pd.DataFrame({"unit_id": ["co", "a", "b", "r1", "r2", "r3", "a/former"],
                      "parent_id": [None, "co", "co", "a", "a", "b", "a"]})
PEOPLE = pd.DataFrame({
    "rep_id": ["d1", "m1", "m2", "r1", "r2", "r3"], "org_id": ["co", "a", None, "a", "a", "b"],
    "role": ["director", "manager", "manager", "rep", "senior", "rep"],
    "manager_rep_id": [None, "d1", "d1", "m1", "m1", "m2"],
    "employee_no": ["1", "2", "3", "4", "5", "5"], "email": ["D@x.example", None, None, None, None, None]})


def seen(user: str, people: pd.DataFrame = PEOPLE) -> list[str]:
    return visible_units(UNITS, people, user).tolist()


def test_a_director_at_the_top_sees_everything():
    assert seen("d1") == UNITS["unit_id"].tolist()


def test_a_manager_sees_their_unit_with_its_former_staff():
    assert seen("m1") == ["a", "r1", "r2", "a/former"]


def test_a_manager_without_a_unit_sees_who_reports_to_them():
    assert seen("m2") == ["r3"]


def test_a_seller_sees_only_themself():
    assert seen("r2") == ["r2"]


def test_number_and_mail_stand_for_a_person_whatever_the_case():
    assert find_person(PEOPLE, "2")["rep_id"] == "m1"
    assert find_person(PEOPLE, "d@X.example")["rep_id"] == "d1"


@pytest.mark.parametrize(("user", "word"), [("nobody", "employed"), ("", "employed"), ("5", "one person")])
def test_unknown_and_ambiguous_users_are_refused(user, word):
    with pytest.raises(InputError, match=word):
        seen(user)


def test_somebody_with_nothing_to_see_is_told_so():
    lost = pd.concat([PEOPLE, pd.DataFrame({"rep_id": ["x"], "role": ["presales"]})])
    with pytest.raises(InputError, match="must lead a unit or carry a target"):
        seen("x", lost)


def test_two_who_report_to_each_other_do_not_hang():
    loop = PEOPLE.assign(manager_rep_id=["m1", "d1", None, "m1", "m1", None])
    assert "r1" in seen("m1", loop)


@given(st.sampled_from(PEOPLE["rep_id"].tolist()))
def test_what_is_seen_is_closed_downwards(user):
    found = set(seen(user))
    below = UNITS[UNITS["parent_id"].isin(found)]
    assert set(below["unit_id"]) <= found
