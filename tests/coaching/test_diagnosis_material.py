"""From monthly records to measures, and the whole way to verdicts and findings."""

import numpy as np
import pandas as pd
import pytest

from salesplan.coaching.diagnosis import diagnose
from salesplan.coaching.diagnosis_findings import diagnosis_findings
from salesplan.coaching.diagnosis_material import diagnosis_material
from salesplan.errors import InputError
from salesplan.reporting.diagnosis_words import evidence_sentences

MONTHS = pd.period_range("2026-01", periods=10, freq="M")
SKILLS = pd.DataFrame({"skill": ["product", "needs", "closing", "drive"], "kind": ["knowledge", "skill", "skill", "attitude"]})


def records(n=60, *, seed=0, low_visits=("s00",), low_skill=("s01",), poor=("s02",)):
    """Monthly records of a company; A (s00) has missed for months with few visits."""
    rng = np.random.default_rng(seed)
    ids = [f"s{i:02d}" for i in range(n)]
    people = pd.DataFrame({"seller_id": ids, "tier": "骨干", "org_id": [f"t{i // 10}" for i in range(n)],
                           "hire_date": pd.Timestamp("2022-03-01"), "tenure_months": 55.0, "is_seller": True})
    visit = pd.Series(40 * np.exp(rng.normal(0, 0.1, n)), ids)
    visit[list(low_visits)] = 18
    level = pd.DataFrame(rng.normal(3.3, 0.3, (n, 4)), index=ids, columns=SKILLS["skill"])
    level.loc[list(low_skill), ["needs", "closing"]] = 1.6
    potential = pd.Series(1e6 * np.exp(rng.normal(0, 0.1, n)), ids)
    potential[list(poor)] = 4e5
    season = np.linspace(0.8, 1.3, len(MONTHS))
    rows, quota, leads = [], [], []
    for seller in ids:
        for f, month in zip(season, MONTHS, strict=True):
            visits = rng.poisson(visit[seller] * f)
            sales = 1e5 * f * (visit[seller] / 40) ** 0.9 * (potential[seller] / 1e6) ** 0.8 * np.exp(
                0.35 * (level.loc[seller, ["needs", "closing"]].mean() - 3.3) + rng.normal(0, 0.15))
            rows += [(seller, "visits", month, visits, np.nan, visits), (seller, "sales_amount", month, sales, np.nan, sales),
                     (seller, "win_rate", month, rng.binomial(8, 0.3), 8, np.nan)]
            quota.append((seller, month, 1e5 * f, sales, sales / (1e5 * f)))
            leads.append((seller, month, rng.poisson(10 * f)))
    return {
        "people": people,
        "history": pd.DataFrame(rows, columns=["seller_id", "kpi", "month", "numerator", "denominator", "actual"]),
        "quota": pd.DataFrame(quota, columns=["seller_id", "month", "quota", "sales", "attainment"]),
        "leads": pd.DataFrame(leads, columns=["seller_id", "month", "n_leads"]),
        "potential": potential,
        "levels": level.rename_axis("seller_id").melt(ignore_index=False, var_name="skill", value_name="level")
        .reset_index().assign(se=0.2),
        "skills": SKILLS,
    }  # fmt: skip


def material_of(data, **options):
    rest = {k: v for k, v in data.items() if k != "people"}
    return diagnosis_material(data["people"], **(rest | options))


def test_the_articles_example_comes_out_as_a_finding():
    data = records()
    material = material_of(data)
    assert material.result_kind == "sales"
    found = diagnose(material.measures, fine_result=material.fine_result)
    assert found.people.loc[["s00", "s01", "s02"], "verdict"].tolist() == ["effort", "skill", "territory"]
    findings = diagnosis_findings(found, material, names={"s00": "A"}, kpi_names={"visits": {"zh": "拜访量", "en": "Visits"}},
                                  enrolled=["s00", "s01"])
    missed = [f for f in findings if f.key == "missed_months_low_effort" and f.node_id == "s00"]
    assert len(missed) == 1
    assert missed[0].status == "act"
    text = missed[0].text("en")
    assert text.startswith("A has missed the target 10 months in a row")
    assert "Visits" in text
    assert "59 peers" in text
    assert "拜访量" in missed[0].text("zh")
    assert "Train planning" in missed[0].action_text("en")
    assert "reallocate" in missed[0].action_text("en")
    assert "培训" in missed[0].action_text("zh")
    assert "资源" in missed[0].action_text("zh")
    keys = {f.key: f for f in findings}
    assert "s01" in keys["training_need"].details["names"]
    assert "s02" in keys["poor_territory"].details["names"]
    assert keys["course_without_need"].details["names"] == ["A"], "s01 lacks skill; A does not"


def test_low_effort_without_months_missed_is_no_single_finding():
    data = records()
    generous = data["quota"].assign(attainment=lambda q: q["attainment"] * 3, sales=lambda q: q["sales"] * 3)
    material = material_of(data | {"quota": generous}, result="sales")
    found = diagnose(material.measures)
    findings = diagnosis_findings(found, material)
    assert found.people.loc["s00", "verdict"] == "effort"
    assert not [f for f in findings if f.key == "missed_months_low_effort"]
    assert next(f for f in findings if f.key == "low_effort").details["n"] >= 1


def test_attainment_alone_is_enough_when_money_is_veiled():
    data = records()
    veiled = data | {"quota": data["quota"].assign(sales=np.nan, quota=np.nan),
                     "history": data["history"][data["history"]["kpi"] != "sales_amount"]}
    open_, closed = material_of(data, result="attainment"), material_of(veiled)
    assert closed.result_kind == "attainment"
    assert (closed.measures["result"] - open_.measures["result"]).abs().max() < 0.05
    assert diagnose(closed.measures, fine_result=1.0).people.loc["s00", "verdict"] == "effort"


def test_sales_are_compared_where_territories_are_known_and_what_was_taken_is_said():
    data = records()
    few = data["quota"].assign(attainment=lambda q: q["attainment"].where(q["seller_id"] < "s20"))
    for change, kind in (({}, "sales"), ({"potential": None}, "attainment"), ({"potential": None, "quota": few}, "sales")):
        material = material_of(data | change)
        assert material.result_kind == kind
        assert material.fine_result == (1.0 if kind == "attainment" else None)
        assert any("Results are" in note["msgid"] for note in material.notes)
    for change, asked, message in (({"quota": None}, "attainment", "nobody has a quota"), ({}, "profit", "result == 'profit'"),
                                   ({"history": data["history"].query("kpi == 'visits'")}, "sales", "Ask for 'attainment'")):
        with pytest.raises(InputError, match=message):
            material_of(data | change, result=asked)


def test_targets_that_follow_past_sales_hide_who_is_low():
    data = records()
    mean = data["quota"].groupby("seller_id")["sales"].transform("mean")
    ratchet = data["quota"].assign(quota=1.1 * mean, attainment=lambda q: q["sales"] / (1.1 * mean))
    by_target = diagnose(material_of(data | {"quota": ratchet}, result="attainment").measures).people
    by_sales = diagnose(material_of(data | {"quota": ratchet}).measures).people
    assert by_target.loc[["s00", "s01", "s02"], "verdict"].tolist() != ["effort", "skill", "territory"]
    assert by_sales.loc[["s00", "s01", "s02"], "verdict"].tolist() == ["effort", "skill", "territory"]


def test_months_missed_are_counted_from_the_end():
    data = records()
    quota = data["quota"].copy()
    quota["attainment"] = 1.2
    own = quota["seller_id"] == "s05"
    quota.loc[own, "attainment"] = [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 1.1, 0.9, 0.9, 0.99]
    missed = material_of(data | {"quota": quota}).targets["months_missed"]
    assert missed["s05"] == 3
    assert missed.drop("s05").eq(0).all()


def test_a_newcomers_months_before_and_of_hire_do_not_count():
    data = records()
    people = data["people"].copy()
    people.loc[people["seller_id"] == "s03", ["hire_date", "tenure_months"]] = [pd.Timestamp("2026-08-20"), 2.4]
    history = data["history"].copy()
    early = (history["seller_id"] == "s03") & (history["month"] <= pd.Period("2026-08", "M"))
    history.loc[early, ["numerator", "actual"]] = 0
    whole, late = material_of(data), material_of(data | {"people": people, "history": history})
    assert late.effort_parts.loc["s03", "visits"] == pytest.approx(whole.effort_parts.loc["s03", "visits"], rel=0.25)


def test_several_effort_kpis_become_one_figure():
    data = records()
    history = data["history"]
    proposals = history[history["kpi"] == "visits"].assign(kpi="proposals", actual=lambda h: h["actual"] / 4)
    material = material_of(data | {"history": pd.concat([history, proposals])})
    assert material.effort_parts.columns.tolist() == ["visits", "proposals"]
    assert material.measures["effort"].median() == pytest.approx(1, abs=0.02)
    assert material.measures.loc["s00", "effort"] < 0.65
    assert any("Effort is" in note["msgid"] for note in material.notes)


def test_levels_drawn_to_the_group_are_taken_as_measured_and_self_ratings_not_at_all():
    data = records()
    drawn = data["levels"].assign(raw_level=lambda t: t["level"], group_share=0.4, self_only=False)
    mean = drawn.groupby("skill")["level"].transform("mean")
    drawn["level"], drawn["se"] = 0.6 * drawn["raw_level"] + 0.4 * mean, 0.2 * np.sqrt(0.6)
    plain, undone = material_of(data), material_of(data | {"levels": drawn})
    pd.testing.assert_series_equal(plain.measures["skill"], undone.measures["skill"])
    assert np.allclose(plain.measures["skill_se"], undone.measures["skill_se"])
    drawn["self_only"] = drawn["seller_id"] == "s01"
    blind = material_of(data | {"levels": drawn})
    assert np.isnan(blind.measures.loc["s01", "skill"])
    assert any("own rating" in note["msgid"] for note in blind.notes)


def test_a_skill_nobody_assessed_in_one_person_flatters_nobody():
    data = records(low_skill=())
    levels = data["levels"]
    levels.loc[levels["skill"] == "closing", "level"] -= 1.0
    gone = levels[~((levels["seller_id"] == "s04") & (levels["skill"] == "closing"))]
    whole, partly = material_of(data | {"levels": levels}), material_of(data | {"levels": gone})
    assert abs(partly.measures.loc["s04", "skill"] - whole.measures.loc["s04", "skill"]) < 0.35


def test_importance_of_the_role_profile_weights_skills_and_attitude_stays_out():
    data = records()
    profiles = pd.DataFrame({"tier": "骨干", "role": "", "skill": ["needs", "closing"], "importance": [1.0, 0.0]})
    only_needs = material_of(data, role_profiles=profiles).measures["skill"]
    needs = data["levels"].query("skill == 'needs'").set_index("seller_id")["level"]
    assert np.allclose(only_needs - only_needs.mean(), needs - needs.mean())
    assert "knowledge" not in material_of(data, role_profiles=profiles).measures


@pytest.mark.parametrize(("change", "message"), [
    (lambda d: d | {"people": d["people"].drop(columns="tier")}, "no column 'tier'"),
    (lambda d: d | {"people": d["people"].assign(is_seller=False)}, "nobody sells"),
    (lambda d: d | {"people": pd.concat([d["people"], d["people"].head(1)])}, "comes twice"),
    (lambda d: d | {"quota": None, "history": d["history"][d["history"]["kpi"] == "visits"]}, "neither quotas nor"),
    (lambda d: d | {"quota": None, "history": d["history"].head(0)}, "no month of results"),
    (lambda d: d | {"months": 0}, "months == 0"),
])
def test_wrong_material_is_named(change, message):
    with pytest.raises(InputError, match=message):
        material_of(change(records(20)))


def test_months_on_leave_are_left_out_and_said():
    data = records()
    away = pd.DataFrame({"seller_id": "s07", "month": MONTHS[-5:-2], "worked_share": 0.0})
    gone = {name: data[name].copy() for name in ("history", "quota", "leads")}
    for table, columns in (("history", ["numerator", "actual"]), ("quota", ["sales", "attainment"]), ("leads", ["n_leads"])):
        rows = (gone[table]["seller_id"] == "s07") & gone[table]["month"].isin(away["month"])
        gone[table].loc[rows, columns] = 0
    whole, blind = material_of(data), material_of(data | gone)
    aware = material_of(data | gone, leaves=away)
    assert blind.effort_parts.loc["s07", "visits"] < 0.6 * whole.effort_parts.loc["s07", "visits"]
    assert aware.effort_parts.loc["s07", "visits"] == pytest.approx(whole.effort_parts.loc["s07", "visits"], rel=0.2)
    assert aware.measures.loc["s07", "result"] == pytest.approx(whole.measures.loc["s07", "result"], rel=0.2)
    assert aware.measures.loc["s07", "leave_months"] == 3
    found = diagnose(aware.measures, fine_result=aware.fine_result)
    assert found.leave_months.to_dict() == {"s07": 3}
    assert evidence_sentences(found, "s07", "zh")[0].startswith("考察期内有3个月休假")


def test_who_worked_too_few_months_is_not_judged():
    data = records()
    away = pd.DataFrame({"seller_id": "s00", "month": MONTHS[-5:], "worked_share": 0.0})
    found = diagnose(material_of(data, leaves=away).measures)
    assert found.people.loc["s00", "verdict"] == "cannot_tell"
    assert "too few were worked" in evidence_sentences(found, "s00", "en")[0]


def test_a_row_of_missed_months_has_its_own_attainment_and_runs_on_over_a_leave():
    data = records()
    quota = data["quota"].copy()
    own = quota["seller_id"] == "s00"
    quota.loc[own, "quota"] = 100.0
    quota.loc[own, "sales"] = [50, 50, 50, 120, 90, 0, 0, 80, 70, 60]
    quota["attainment"] = quota["sales"] / quota["quota"]
    away = pd.DataFrame({"seller_id": "s00", "month": MONTHS[5:7], "worked_share": 0.0})
    material = material_of(data | {"quota": quota}, leaves=away)
    row = material.targets.loc["s00"]
    assert row[["months_missed", "missed_leave_months"]].tolist() == [4, 2]
    assert row["missed_attainment"] == pytest.approx(0.75)
    findings = diagnosis_findings(diagnose(material.measures), material)
    missed = next(f for f in findings if f.key == "missed_months_low_effort" and f.node_id == "s00")
    assert "4 months in a row (75.0% of it in all; 2 months on leave not counted)" in missed.text("en")
    assert "2个休假月不计" in missed.text("zh")


def test_nothing_sold_is_shown_as_nothing():
    measures = material_of(records()).measures.copy()
    measures.loc["s09", "result"] = 0.0
    found = diagnose(measures)
    assert found.people.loc["s09", ["result_value", "result_change"]].tolist() == [0.0, -1.0]
    assert found.explain("s09").set_index("measure").loc["result", ["figure_value", "deviation_change"]].tolist() == [0.0, -1.0]
