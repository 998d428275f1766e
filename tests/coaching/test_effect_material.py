"""Who is compared with whom: same months, never with those trained before, nobody on both sides."""

import numpy as np
import pandas as pd
import pytest

from salesplan.coaching.effect_material import UNDATED, effect_material
from salesplan.coaching.training_effect import training_effect
from salesplan.errors import InputError

MONTHS = pd.period_range("2026-01", "2026-12", freq="M")


def records(*rows: tuple[str, str, str | None]) -> pd.DataFrame:
    return pd.DataFrame([{"seller_id": p, "course": "c1", "status": s, "started_date": pd.Timestamp(d) if d else pd.NaT,
                          "completed_date": pd.Timestamp(d) if d and s == "done" else pd.NaT} for p, s, d in rows])


def company(n: int = 30) -> tuple[pd.DataFrame, pd.DataFrame]:
    ids = [f"p{i:02d}" for i in range(n)]
    people = pd.DataFrame({"seller_id": ids, "org_id": [f"t{i % 3}" for i in range(n)],
                           "tier": ["骨干" if i % 5 else "新人" for i in range(n)]})
    rng = np.random.default_rng(1)
    values = pd.DataFrame([(p, m, 100 + i + 3 * k + rng.normal()) for i, p in enumerate(ids) for k, m in enumerate(MONTHS)],
                          columns=["seller_id", "month", "value"])
    return people, values


def test_months_of_the_course_count_for_neither_side():
    people, values = company(2)
    values["value"] = [float(m.month) for m in values["month"]]
    found = effect_material(records(("p00", "done", "2026-06-15"), ("p01", "planned", "2026-12-01")), values,
                            people.assign(tier="骨干"), course="c1", months_before=2, months_after=3)
    assert found.frame[["pre", "post", "pre_trend"]].values.tolist() == [[4.5, 8.0, 1.0]] * 2
    assert found.frame["cohort"].unique().tolist() == ["2026-06"]


def test_the_waiting_list_is_the_comparison_where_it_is_long_enough():
    people, values = company()
    rows = [(f"p{i:02d}", "done", "2026-04-10") for i in range(8)] + [(f"p{i:02d}", "planned", None) for i in range(8, 16)]
    found = effect_material(records(*rows), values, people, course="c1")
    assert found.design == "waiting_list" and not found.randomised
    assert set(found.frame.loc[found.frame["trained"] == 0, "seller_id"]) == {f"p{i:02d}" for i in range(8, 16)}
    assert effect_material(records(*rows), values, people, course="c1", randomised=True).design == "randomised"


def test_without_a_waiting_list_colleagues_of_the_same_tier_are_compared_and_it_is_said():
    people, values = company()
    found = effect_material(records(*[(p, "done", "2026-04-10") for p in ("p01", "p02", "p03")]), values, people, course="c1")
    beside = set(found.frame.loc[found.frame["trained"] == 0, "seller_id"])
    assert found.design == "not_trained"
    assert "p00" not in beside and "p04" in beside
    assert any("Nobody waits" in note["msgid"] for note in found.notes)


def test_each_month_has_its_own_comparison_without_those_trained_before():
    people, values = company()
    rows = [(f"p{i:02d}", "done", "2026-04-10") for i in range(6)] + [(f"p{i:02d}", "done", "2026-08-10") for i in range(6, 20)]
    frame = effect_material(records(*rows), values, people, course="c1").frame
    early, late = (frame[frame["cohort"] == c] for c in ("2026-04", "2026-08"))
    assert set(early.loc[early["trained"] == 0, "seller_id"]) == {f"p{i:02d}" for i in range(6, 20)}
    assert not set(late["seller_id"]) & {f"p{i:02d}" for i in range(6)}
    assert not frame.duplicated(["seller_id", "cohort"]).any()
    assert training_effect(frame).n_trained == 20


def test_absent_and_recent_people_are_on_neither_side():
    people, values = company()
    rows = [(f"p{i:02d}", "done", "2026-04-10") for i in range(6)] + [(f"p{i:02d}", "planned", None) for i in range(6, 14)]
    rows += [("p14", "absent", "2026-04-10"), ("p15", "done", "2026-11-02"), ("p16", "in_progress", "2026-05-02")]
    found = effect_material(records(*rows), values, people, course="c1")
    assert not {"p14", "p16"} & set(found.frame["seller_id"])
    assert found.frame.loc[found.frame["trained"] == 1, "seller_id"].tolist() == [f"p{i:02d}" for i in range(6)]
    texts = " ".join(note["msgid"] for note in found.notes)
    assert "too recently" in texts and "did not come" in texts


def test_ratios_are_sums_over_sums():
    people, values = company(2)
    values = values.drop(columns="value").assign(numerator=1.0, denominator=[2.0, 4.0, 4.0] * 8)
    found = effect_material(records(("p00", "done", "2026-04-15"), ("p01", "planned", None)), values,
                            people.assign(tier="x"), course="c1")
    assert found.frame["pre"].tolist() == pytest.approx([0.3, 0.3])


def test_who_has_figures_in_fewer_than_half_the_months_has_none():
    people, values = company(3)
    values = values[~((values["seller_id"] == "p01") & values["month"].isin(MONTHS[:2]))]
    found = effect_material(records(("p00", "done", "2026-04-15"), ("p01", "planned", None), ("p02", "planned", None)), values,
                            people.assign(tier="x"), course="c1").frame.set_index("seller_id")
    assert np.isnan(found.loc["p01", "pre"]) and np.isfinite(found.loc["p01", "post"])


def test_a_planted_effect_comes_through_from_records_to_verdict():
    rng = np.random.default_rng(2)
    ids = [f"p{i:03d}" for i in range(120)]
    people = pd.DataFrame({"seller_id": ids, "org_id": [f"t{i % 10}" for i in range(120)], "tier": "骨干"})
    trained = rng.permutation(ids)[:60]
    usual = dict(zip(ids, rng.normal(100, 12, 120), strict=True))
    values = pd.DataFrame([(p, m, (usual[p] + rng.normal(0, 10)) * (1.1 if p in set(trained) and m > MONTHS[5] else 1))
                           for p in ids for m in MONTHS], columns=["seller_id", "month", "value"])
    rows = [(p, "done" if p in set(trained) else "planned", "2026-06-10" if p in set(trained) else "2026-12-10") for p in ids]
    material = effect_material(records(*rows), values, people, course="c1", randomised=True)
    found = training_effect(material.frame, randomised=material.randomised)
    assert found.verdict == "works"
    assert found.effect_share == pytest.approx(0.1, abs=0.03)


@pytest.mark.parametrize(("change", "message"), [
    ({"course": "c9"}, "no training record"), ({"months_after": 0}, "at least 1"),
])
def test_bad_options(change, message):
    people, values = company(4)
    with pytest.raises(InputError, match=message):
        effect_material(records(("p00", "done", "2026-04-15")), values, people, **({"course": "c1"} | change))


def test_bad_frames():
    people, values = company(4)
    done = records(("p00", "done", "2026-04-15"))
    with pytest.raises(InputError, match="completed by nobody"):
        effect_material(records(("p00", "planned", None)), values, people, course="c1")
    with pytest.raises(InputError, match="stands twice in 2026-01"):
        effect_material(done, pd.concat([values, values]), people, course="c1")
    with pytest.raises(InputError, match="column value"):
        effect_material(done, values.drop(columns="value"), people, course="c1")
    with pytest.raises(InputError, match="p00 stands twice"):
        effect_material(done, values, pd.concat([people, people.head(1)]), course="c1")


def spans(*rows: tuple[str, str, str | None, str | None]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["seller_id", "status", "started_date", "completed_date"]).assign(
        course="c1", started_date=lambda t: pd.to_datetime(t["started_date"]),
        completed_date=lambda t: pd.to_datetime(t["completed_date"]))


def test_whoever_began_within_the_months_compared_is_not_beside_the_trained():
    people, values = company()
    rows = [(f"p{i:02d}", "done", "2026-04-02", "2026-04-20") for i in range(6)]
    rows += [(f"p{i:02d}", "planned", None, None) for i in range(6, 12)]
    rows += [("p12", "done", "2026-05-02", "2026-11-02"), ("p13", "in_progress", "2026-07-30", None),
             ("p14", "in_progress", "2026-08-01", None), ("p15", "done", "2026-02-01", "2026-12-01")]
    frame = effect_material(spans(*rows), values, people, course="c1").frame
    beside = set(frame.loc[frame["trained"] == 0, "seller_id"])
    assert beside == {*(f"p{i:02d}" for i in range(6, 12)), "p14"}


def test_people_with_the_course_on_a_day_unknown_are_on_neither_side_and_counted():
    people, values = company()
    rows = [(p, "done", "2026-04-02", "2026-04-20") for p in ("p01", "p02", "p03", "p06")]
    rows += [("p04", "done", None, None), ("p07", "in_progress", None, None), ("p06", "in_progress", None, None)]
    found = effect_material(spans(*rows), values, people, course="c1")
    assert not {"p04", "p06", "p07"} & set(found.frame["seller_id"])
    assert "p08" in set(found.frame["seller_id"])
    assert [note["details"]["n"] for note in found.notes if note["msgid"] == UNDATED] == [3]


def test_months_of_a_long_course_count_for_neither_side():
    people, values = company(3)
    values["value"] = [float(m.month) for m in values["month"]]
    rows = [("p00", "done", "2026-04-28", "2026-06-03"), ("p01", "planned", None, None), ("p02", "done", "2026-06-01", "2026-06-03")]
    frame = effect_material(spans(*rows), values, people.assign(tier="x"), course="c1", months_before=2, months_after=3).frame
    assert frame.loc[frame["cohort"] == "2026-04/2026-06", ["seller_id", "pre", "post"]].values.tolist() == [
        ["p00", 2.5, 8.0], ["p01", 2.5, 8.0]]
    assert frame.loc[frame["cohort"] == "2026-06", ["seller_id", "pre", "post"]].values.tolist() == [
        ["p02", 4.5, 8.0], ["p01", 4.5, 8.0]]


def test_colleagues_who_had_the_course_unseen_no_longer_hide_an_effect():
    people, values = company(60)
    late = {f"p{i:02d}" for i in range(40)}
    gain = values["seller_id"].isin(late) & (values["month"] > MONTHS[3])
    values["value"] += 10.0 * gain
    rows = [(f"p{i:02d}", "done", "2026-04-02", "2026-04-20") for i in range(20)]
    rows += [(f"p{i:02d}", "done", "2026-04-02", "2026-11-20") for i in range(20, 30)]
    rows += [(f"p{i:02d}", "done", None, None) for i in range(30, 40)]
    rows += [(f"p{i:02d}", "planned", None, None) for i in range(40, 60)]
    found = training_effect(effect_material(spans(*rows), values, people, course="c1").frame)
    assert found.table.set_index("method").loc["did", "effect"] == pytest.approx(10.0, abs=1.0)
