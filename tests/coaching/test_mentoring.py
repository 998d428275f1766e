"""Mentors teach what they clearly have and the mentee lacks; every pair has its reason, everyone left out theirs."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.coaching.mentoring import (
    CANNOT_MATCH,
    CAPACITY,
    MODES,
    NO_GAP,
    NO_LEVELS,
    NOBODY_STRONGER,
    match_mentors,
)
from salesplan.coaching.stable_matching import blocking_pairs
from salesplan.errors import InputError
from salesplan.text.wording import say_details

SKILLS = ("ask", "close", "care")


def gaps_of(levels, *, required=3.5, se=0.2, importance=(5, 3, 2), frequency=(4, 3, 2)):
    """Levels of people in three skills, held against one requirement (by person where a mapping)."""
    rows = []
    for who, own in levels.items():
        asked = required[who] if isinstance(required, dict) else required
        rows += [{"seller_id": who, "skill": s, "level": own[k], "required_level": asked, "gap": max(asked - own[k], 0.0), "se": se,
                  "importance": importance[k], "frequency": frequency[k]} for k, s in enumerate(SKILLS)]
    return pd.DataFrame(rows)


def people_of(levels, units=None):
    return pd.DataFrame({"seller_id": list(levels), "org_id": [(units or {}).get(w, w) for w in levels],
                         "name": [f"Name {w}" for w in levels], "is_seller": True})


def mentors_of(**capacity):
    return pd.DataFrame({"seller_id": list(capacity), "capacity": list(capacity.values())})


LEVELS = {"m1": (4.5, 4.5, 2.0), "m2": (2.0, 4.6, 4.5), "e1": (2.0, 3.4, 3.6), "e2": (3.6, 2.0, 2.5)}


def test_points_are_levels_to_learn_times_importance_times_frequency():
    match = match_mentors(people_of(LEVELS), gaps_of(LEVELS), mentors_of(m1=1, m2=1), mentees=["e1", "e2"])
    lines = match.explain("e2")
    assert match.optimal.set_index("mentee_id")["mentor_id"].to_dict() == {"e1": "m1", "e2": "m2"}
    best = lines[lines["mode"] == "optimal"].set_index("skill")
    assert best.loc["close", "match_points"] == pytest.approx(1.5 * 3 * 3)
    assert best.loc["care", "match_points"] == pytest.approx(1.0 * 2 * 2)
    pair = match.optimal.set_index("mentee_id").loc["e2"]
    assert pair["match_points"] == pytest.approx(best["match_points"].sum())
    assert pair["skills"] == ("close", "care")


def test_learning_is_bounded_by_the_distance_to_the_mentor():
    levels = {"m": (3.2, 1.0, 1.0), "e": (2.0, 3.5, 3.5)}
    match = match_mentors(people_of(levels), gaps_of(levels, required={"m": 3.0, "e": 4.0}), mentors_of(m=1), mentees=["e"])
    assert match.explain("e").loc[0, "learn_level"] == pytest.approx(1.2)


def test_a_mentor_below_the_own_requirement_teaches_nothing_in_it():
    levels = {"m": (3.4, 4.0, 4.0), "e": (1.0, 3.5, 3.5)}
    match = match_mentors(people_of(levels), gaps_of(levels), mentors_of(m=1), mentees=["e"])
    assert match.optimal.empty
    assert match.unmatched["why_msgid"].tolist() == [NOBODY_STRONGER]


def test_a_difference_within_its_error_counts_for_nothing():
    levels = {"m": (3.6, 1.0, 1.0), "e": (3.2, 3.5, 3.5)}
    for se, n in ((0.1, 1), (0.3, 0)):
        match = match_mentors(people_of(levels), gaps_of(levels, se=se), mentors_of(m=1), mentees=["e"])
        assert len(match.optimal) == n


def test_one_unit_is_a_bonus_and_no_reason_by_itself():
    levels = {"m1": (4.5, 1.0, 1.0), "m2": (4.5, 1.0, 1.0), "e": (2.0, 3.5, 3.5)}
    people = people_of(levels, {"m2": "u", "e": "u"})
    match = match_mentors(people, gaps_of(levels), mentors_of(m1=1, m2=1), mentees=["e"], same_unit_bonus=0.1)
    pair = match.optimal.iloc[0]
    assert (pair["mentor_id"], pair["same_unit"]) == ("m2", True)
    assert pair["match_points"] == pytest.approx(1.1 * 1.5 * 20)
    assert match.explain("e")["match_points"].iloc[0] == pytest.approx(pair["match_points"])
    weak = {**levels, "m1": (2.0, 1.0, 1.0), "m2": (2.0, 1.0, 1.0)}
    assert match_mentors(people, gaps_of(weak), mentors_of(m1=1, m2=1), mentees=["e"]).optimal.empty


def test_a_missing_unit_is_nobodys_unit():
    people = people_of(LEVELS).assign(org_id=None)
    match = match_mentors(people, gaps_of(LEVELS), mentors_of(m1=1), mentees=["e1"])
    assert not match.optimal["same_unit"].any()


def test_everyone_left_out_is_named_with_the_reason():
    levels = {"m": (4.5, 1.0, 1.0), "a": (1.0, 3.5, 3.5), "b": (2.0, 3.5, 3.5), "c": (3.9, 3.9, 3.9), "d": (3.6, 2.0, 3.6),
              "f": (1.0, 3.5, 3.5)}  # fmt: skip
    people = pd.concat([people_of(levels), pd.DataFrame({"seller_id": ["x"], "org_id": ["x"]})])
    banned = pd.DataFrame({"mentor_id": ["m"], "mentee_id": ["f"], "reason": ["family"]})
    match = match_mentors(people, gaps_of(levels), mentors_of(m=1), mentees=["a", "b", "c", "d", "f", "x"], cannot_match=banned)
    assert match.optimal["mentee_id"].tolist() == ["a"]
    assert match.unmatched.set_index("mentee_id")["why_msgid"].to_dict() == {
        "b": CAPACITY, "c": NO_GAP, "d": NOBODY_STRONGER, "f": CANNOT_MATCH, "x": NO_LEVELS}
    assert match.explain("b").empty
    assert match.candidates("f")["is_forbidden"].tolist() == [True]


def test_no_mentor_at_all_leaves_everybody_named():
    match = match_mentors(people_of(LEVELS), gaps_of(LEVELS), mentors_of(m1=1).iloc[:0], mentees=["e1", "e2"])
    assert match.unmatched["why_msgid"].tolist() == [NOBODY_STRONGER] * 2
    assert np.isnan(match.overlap_share)
    assert match.loss == 0
    assert match.explain("e1").empty
    assert match.candidates("e1").empty


def test_the_best_pairs_and_the_stable_ones_differ_and_the_loss_is_told():
    levels = {"m1": (4.5, 4.5, 1.0), "m2": (4.5, 1.0, 1.0), "a": (1.5, 1.5, 3.5), "b": (3.6, 1.1, 3.5)}
    match = match_mentors(people_of(levels), gaps_of(levels, importance=(5, 5, 1), frequency=(4, 5, 1)), mentors_of(m1=1, m2=1),
                          mentees=["a", "b"])
    assert match.optimal.set_index("mentee_id")["mentor_id"].to_dict() == {"a": "m2", "b": "m1"}
    assert match.stable.set_index("mentee_id")["mentor_id"].to_dict() == {"a": "m1"}
    assert match.loss == pytest.approx(match.total("optimal") - match.total("stable"))
    assert match.loss > 0
    assert match.overlap_share == 0
    assert match.unmatched[["mentee_id", "in_optimal", "in_stable"]].values.tolist() == [["b", False, True]]
    assert match.summary()["n_unmatched"].tolist() == [0, 1]


def test_hours_and_cost_follow_pairs_of_each_matching():
    mentors = mentors_of(m1=2, m2=1).assign(hours_per_week=[3.0, None])
    value = pd.Series({"m1": 100.0})
    match = match_mentors(people_of(LEVELS), gaps_of(LEVELS), mentors, mentees=["e1", "e2"], hours_per_week=2, months=3,
                          selling_value=value)
    load = match.mentor_load.set_index("mentor_id")
    assert load.loc["m1", "hours"] == pytest.approx(load.loc["m1", "n_optimal"] * 3 * 52 / 12 * 3)
    assert load.loc["m1", "selling_cost"] == pytest.approx(100 * load.loc["m1", "hours"])
    assert load.loc["m2", "hours"] == pytest.approx(2 * 52 / 12 * 3)
    assert np.isnan(load.loc["m2", "selling_cost"])
    assert match.load("stable")["n_mentees"].tolist() == match.mentor_load["n_stable"].tolist()


def test_time_of_people_who_do_not_sell_costs_no_selling():
    people = people_of(LEVELS)
    people.loc[people["seller_id"] == "m1", "is_seller"] = False
    match = match_mentors(people, gaps_of(LEVELS), mentors_of(m1=1), mentees=["e1"], selling_value=pd.Series({"e1": 9.0}))
    assert match.mentor_load["selling_cost"].tolist() == [0.0]


def test_reasons_and_notes_can_be_said_in_both_languages():
    names = {"ask": {"zh": "提问", "en": "Asking"}}
    match = match_mentors(people_of(LEVELS), gaps_of(LEVELS), mentors_of(m1=1), mentees=["e1", "e2"], skill_names=names)
    for language, word in (("zh", "提问"), ("en", "Asking")):
        said = say_details(match.optimal["reason_msgid"].iloc[0], match.optimal["reason_details"].iloc[0], language)
        assert word in said
        assert "Name m1" in said
        assert all(say_details(note["msgid"], note["details"], language) for note in match.notes)


@st.composite
def companies(draw):
    n_mentors, n_mentees = draw(st.integers(1, 4)), draw(st.integers(1, 7))
    ids = [f"m{i}" for i in range(n_mentors)] + [f"e{i}" for i in range(n_mentees)]
    levels = {who: tuple(draw(st.sampled_from((1.0, 2.0, 3.0, 4.0, 5.0))) for _ in SKILLS) for who in ids}
    capacity = {f"m{i}": draw(st.integers(1, 3)) for i in range(n_mentors)}
    pairs = [(m, e) for m in ids[:n_mentors] for e in ids[n_mentors:]]
    banned = draw(st.lists(st.sampled_from(pairs), max_size=5, unique=True))
    units = {who: draw(st.sampled_from("uv")) for who in ids}
    return levels, capacity, pd.DataFrame(banned, columns=["mentor_id", "mentee_id"]), units


@settings(max_examples=40, deadline=None)
@given(companies(), st.randoms(use_true_random=False))
def test_places_and_pairs_not_to_be_are_kept_whatever_the_order(company, random):
    levels, capacity, banned, units = company
    people, gaps, mentors = people_of(levels, units), gaps_of(levels), mentors_of(**capacity)
    mentees = [w for w in levels if w not in capacity]
    match = match_mentors(people, gaps, mentors, mentees=mentees, cannot_match=banned)
    forbidden = set(zip(banned["mentor_id"], banned["mentee_id"], strict=True))
    for mode in MODES:
        pairs = match.pairs(mode)
        assert not forbidden & set(zip(pairs["mentor_id"], pairs["mentee_id"], strict=True))
        assert all((pairs["mentor_id"] == mentor).sum() <= room for mentor, room in capacity.items())
        assert pairs["mentee_id"].is_unique
        left = match.unmatched.loc[match.unmatched[f"in_{mode}"], "mentee_id"]
        assert sorted([*pairs["mentee_id"], *left]) == sorted(mentees)
    assert match.total("optimal") >= match.total("stable") - 1e-9
    place = {m: k for k, m in enumerate(match.scores.mentors)}
    held = match.stable.set_index("mentee_id")["mentor_id"].map(place).reindex(list(match.scores.mentees)).fillna(-1)
    assert blocking_pairs(held.to_numpy(np.int64), match.scores.allowed, match.mentor_load["capacity"].to_numpy()) == []
    random.shuffle(mentees)
    turned = match_mentors(people.sample(frac=1, random_state=1), gaps.sample(frac=1, random_state=2),
                           mentors.sample(frac=1, random_state=3), mentees=mentees, cannot_match=banned)
    for mode in MODES:
        assert turned.total(mode) == pytest.approx(match.total(mode))
        assert turned.pairs(mode)["mentor_id"].tolist() == match.pairs(mode)["mentor_id"].tolist()


@pytest.mark.parametrize(("change", "told"), [
    ({"mentees": ["e1", "m1"]}, "is a mentor and a mentee"),
    ({"mentees": ["e1", "e1"]}, "stands twice"),
    ({"mentees": ["nobody"]}, "'nobody', must be one of the people"),
    ({"mentors": mentors_of(m1=0)}, "capacity == 0"),
    ({"mentors": mentors_of(m1=1.5)}, "capacity == 1.5"),
    ({"mentors": mentors_of(m1=None)}, "capacity == nan"),
    ({"mentors": mentors_of(stranger=1)}, "'stranger', must be one of the people"),
    ({"mentors": mentors_of(m1=1).assign(hours_per_week=0)}, "hours_per_week == 0"),
    ({"mentors": mentors_of(m1=1).drop(columns="capacity")}, "lack 'capacity'"),
    ({"hours_per_week": 0}, "hours_per_week == 0"), ({"months": -1}, "months == -1"),
    ({"same_unit_bonus": 2}, "same_unit_bonus == 2"),
    ({"selling_value": pd.Series({"m1": -1.0})}, "selling_value == -1"),
    ({"cannot_match": pd.DataFrame({"mentor_id": ["m1"], "mentee_id": ["m1"]})}, "must be two people"),
])  # fmt: skip
def test_bad_input_is_named(change, told):
    given = {"mentors": mentors_of(m1=1), "mentees": ["e1"], **change}
    mentors = given.pop("mentors")
    with pytest.raises(InputError, match=told):
        match_mentors(people_of(LEVELS), gaps_of(LEVELS), mentors, **given)


def test_an_unknown_mode_or_mentee_and_a_double_skill_are_named():
    match = match_mentors(people_of(LEVELS), gaps_of(LEVELS), mentors_of(m1=1), mentees=["e1"])
    with pytest.raises(InputError, match="mode == 'best'"):
        match.pairs("best")
    with pytest.raises(InputError, match="must be one of the mentees"):
        match.explain("e2")
    with pytest.raises(InputError, match="stands twice"):
        match_mentors(people_of(LEVELS), pd.concat([gaps_of(LEVELS)] * 2), mentors_of(m1=1), mentees=["e1"])


def test_a_pair_of_people_who_left_is_told_and_does_no_harm():
    gone = pd.DataFrame({"mentor_id": ["left"], "mentee_id": ["e1"]})
    match = match_mentors(people_of(LEVELS), gaps_of(LEVELS), mentors_of(m1=1), mentees=["e1"], cannot_match=gone)
    assert len(match.optimal) == 1
    assert any("not to be matched" in note["msgid"] for note in match.notes)


def test_time_costs_nothing_known_of_anybody_where_money_is_withheld():
    few = {"people": people_of(LEVELS), "gaps_persons": gaps_of(LEVELS), "mentors": mentors_of(m1=1, m2=1), "mentees": ["e2"]}
    withheld = match_mentors(**few)
    assert withheld.mentor_load["hours"].eq(0).any() and withheld.mentor_load["selling_cost"].isna().all()
    assert np.isnan(withheld.summary()["selling_cost"]).all()
    priced = match_mentors(**few, selling_value=pd.Series({"m1": 100.0, "m2": 200.0}))
    assert priced.mentor_load.set_index("hours").loc[0.0, "selling_cost"] == 0.0
