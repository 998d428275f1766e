"""The talk is about the figure furthest below the tier's best quarter, and asks what the diagnosis and goals suggest."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from salesplan.coaching.focus_metric import LOWER_IS_BETTER, focus_metric, monthly_figures
from salesplan.coaching.one_on_one import (
    ASK_CAUSE,
    ASK_GAP,
    ASK_GOAL,
    ASK_HELP,
    ASK_OVERDUE,
    ASK_RESULT,
    ASK_STRENGTH,
    COURSE_DONE,
    COURSE_MISSED,
    FOCUS,
    GOAL_DONE,
    LEVEL_UP,
    NO_FIGURES,
    NO_FOCUS,
    STEP_GOAL,
    STEP_KEEP,
    one_on_one,
    talk_figures,
)
from salesplan.coaching.verdicts import VERDICT_WORDS
from salesplan.errors import InputError
from salesplan.kpis.library import load_library
from salesplan.text.wording import say_details

MONTHS = [str(m) for m in pd.period_range("2026-05", "2026-10", freq="M")]
SELLERS = [f"s{i:02d}" for i in range(12)]


def history_of(values, *, kpi="visits", months=MONTHS, denominator=None):
    """One figure a person, the same in all months."""
    return pd.DataFrame([{"seller_id": p, "kpi": kpi, "month": m, "actual": v, "denominator": denominator}
                         for p, v in zip(SELLERS, values, strict=False) for m in months])


def people_of(n=12, tier="core"):
    return pd.DataFrame({"seller_id": SELLERS[:n], "tier": tier, "is_seller": True})


def needs_of(history, *, goals=(), training=(), verdict="skill", gaps=(), change=(), rounds=("1", "2"), shown=None, money=(),
             shows_money=True):  # fmt: skip
    """Just enough of a month's training needs."""
    data = SimpleNamespace(
        people=people_of(), shown=pd.Index(SELLERS if shown is None else shown), history=history, money=frozenset(money),
        shows_money=shows_money, period_end=pd.Timestamp("2026-10-31"),
        skills=pd.DataFrame({"skill": ["ask"], "name": ["提问"], "name_en": ["Asking"]}),
        goals=pd.DataFrame(list(goals), columns=["goal_id", "seller_id", "skill", "target_level", "due_date", "status", "note"]),
        training=pd.DataFrame(list(training), columns=["seller_id", "course", "course_name", "started_date", "completed_date", "status"]))
    columns = ["seller_id", "skill", "level", "required_level", "gap", "importance", "frequency", "p_below"]
    changes = pd.DataFrame(list(change), columns=["seller_id", "skill", "change_level"])
    people = pd.DataFrame({"verdict": verdict, "next_step_msgid": "Next."}, index=pd.Index([s for s in SELLERS if verdict]))
    evidence = pd.DataFrame({"seller_id": SELLERS, "measure": "result"})
    return SimpleNamespace(
        data=data, parameters=SimpleNamespace(result_months=6, min_group=5),
        kpi_names={k.code: k.name for k in load_library()}, levels=SimpleNamespace(rounds=rounds, change=lambda: changes),
        gaps=SimpleNamespace(persons=pd.DataFrame(list(gaps), columns=columns)),
        diagnosis=SimpleNamespace(people=people, evidence=evidence, explain=lambda who: evidence[evidence["seller_id"] == who]))


VISITS = [10.0, *np.linspace(18, 26, 11)]


def said(agenda):
    return [(r["part"], r["msgid"]) for r in agenda.to_frame().to_dict("records")]


def test_the_focus_is_furthest_below_the_best_quarter_in_the_spread_of_peers():
    calls = history_of([90.0, *np.linspace(95, 105, 11)], kpi="calls")
    found = focus_metric(monthly_figures(pd.concat([history_of(VISITS), calls]), people_of()), "s00")
    row = found.focus
    assert row["kpi"] == "visits"
    assert row["p75_value"] == pytest.approx(np.quantile(VISITS[1:], 0.75))
    assert row["n_peers"] == 11
    assert found.table["kpi"].tolist() == ["visits", "calls"]
    assert row["z_value"] == pytest.approx((10 - row["p75_value"]) / row["spread_value"])


def test_units_of_a_kpi_change_nothing():
    one = focus_metric(monthly_figures(history_of(VISITS), people_of()), "s00").table
    ten = focus_metric(monthly_figures(history_of(10 * np.array(VISITS)), people_of()), "s00").table
    assert one["z_value"].to_numpy() == pytest.approx(ten["z_value"].to_numpy())


def test_where_less_is_better_the_best_quarter_is_the_lowest():
    days = history_of([60.0, *np.linspace(30, 50, 11)], kpi="days_to_pay")
    row = focus_metric(monthly_figures(days, people_of()), "s00").focus
    assert row["p75_value"] == pytest.approx(35)
    assert row["z_value"] < 0
    quick = history_of([20.0, *np.linspace(30, 50, 11)], kpi="days_to_pay")
    assert focus_metric(monthly_figures(quick, people_of()), "s00").focus is None


def test_lower_is_better_are_those_of_the_library():
    assert {kpi.code for kpi in load_library() if kpi.direction == "lower"} == LOWER_IS_BETTER


def test_ratios_weigh_their_months_by_the_denominator():
    rows = history_of([0.5], kpi="win_rate").assign(denominator=[1, 1, 1, 1, 1, 5], actual=[1, 1, 1, 1, 1, 0.0])
    assert monthly_figures(rows, people_of()).figure.loc["s00", "win_rate"] == pytest.approx(0.5)


def test_counts_in_which_peers_hardly_differ_do_not_come_first_by_noise():
    rng = np.random.default_rng(1)
    rows = history_of([2.0] * 12, kpi="demos")
    rows["actual"] = rng.poisson(2.0, len(rows)).astype(float)
    rows.loc[rows["seller_id"] != "s00", "actual"] = np.tile([1.0, 3.0], 33)
    found = focus_metric(monthly_figures(rows, people_of()), "s00")
    assert found.table["spread_value"].iloc[0] >= np.sqrt(np.var([1, 3] * 3, ddof=1) / 6) - 1e-9


def test_only_the_last_months_the_own_tier_and_those_who_sell_count():
    old = history_of([100.0] * 12, months=["2025-01"])
    people = pd.concat([people_of(), pd.DataFrame({"seller_id": ["boss", "new"], "tier": ["core", "new"], "is_seller": [False, True]})])
    others = pd.DataFrame([{"seller_id": p, "kpi": "visits", "month": m, "actual": 500.0} for p in ("boss", "new") for m in MONTHS])
    found = focus_metric(monthly_figures(pd.concat([old, history_of(VISITS), others]), people), "s00")
    assert found.focus["p75_value"] == pytest.approx(np.quantile(VISITS[1:], 0.75))


def test_too_few_peers_or_months_give_no_figure():
    assert focus_metric(monthly_figures(history_of(VISITS[:5]), people_of()), "s00").table.empty
    assert focus_metric(monthly_figures(history_of(VISITS, months=["2026-10"]), people_of()), "s00").table.empty
    assert focus_metric(monthly_figures(history_of([5.0] * 12), people_of()), "s00").table.empty
    assert one_on_one("s00", needs_of(history_of(VISITS[:5]))).focus_message["msgid"] == NO_FIGURES
    assert one_on_one("s00", needs_of(history_of(VISITS[:5]))).questions[0]["msgid"] == ASK_RESULT


def test_nothing_below_the_best_quarter_turns_to_what_can_be_passed_on():
    agenda = one_on_one("s00", needs_of(history_of([40.0, *VISITS[1:]]), verdict="healthy"))
    assert agenda.focus is None
    assert agenda.focus_message["msgid"] == NO_FOCUS
    assert agenda.questions[0]["msgid"] == ASK_STRENGTH


@pytest.mark.parametrize(("kpi", "values", "money", "shows", "kind"), [
    ("visits", VISITS, (), True, "plain"), ("sales_amount", VISITS, (("sales_amount", "actual"),), True, "money"),
    ("sales_amount", VISITS, (("sales_amount", "actual"),), False, "plain"),
    ("win_rate", [v / 50 for v in VISITS], (), True, "percent"),
])  # fmt: skip
def test_figures_are_said_in_the_unit_of_the_kpi(kpi, values, money, shows, kind):
    rows = history_of(values, kpi=kpi, denominator=10.0 if kpi == "win_rate" else None)
    agenda = one_on_one("s00", needs_of(rows, money=money, shows_money=shows))
    assert agenda.focus_message["msgid"] == FOCUS[kind]
    if kind == "percent":
        assert "20.0%" in say_details(**agenda.focus_message, lang="en")
    given = one_on_one("s00", needs_of(rows, money=money), units={kpi: "percent"})
    assert given.focus_message["msgid"] == FOCUS["percent"]


@pytest.mark.parametrize("verdict", list(VERDICT_WORDS))
def test_the_second_question_is_of_the_verdict(verdict):
    agenda = one_on_one("s00", needs_of(history_of(VISITS), verdict=verdict))
    assert agenda.questions[1]["msgid"] == ASK_CAUSE[verdict]
    assert agenda.verdict_msgid == VERDICT_WORDS[verdict]
    assert len(agenda.evidence) == 1
    assert agenda.next_step["msgid"] == "Next."


def test_the_third_question_is_of_the_goal_the_gap_or_the_manager():
    def third(**given):
        return one_on_one("s00", needs_of(history_of(VISITS), **given)).questions[2]["msgid"]

    goal = ("g", "s00", "ask", 4.0, pd.Timestamp("2026-12-01"), "open", "")
    late = ("h", "s00", "ask", 4.0, pd.Timestamp("2026-09-01"), "open", "")
    gap = ("s00", "ask", 2.0, 3.5, 1.5, 5, 4, 0.99)
    assert third(goals=[goal], gaps=[gap]) == ASK_GOAL
    assert third(goals=[goal, late], gaps=[gap]) == ASK_OVERDUE
    assert third(gaps=[gap]) == ASK_GAP
    assert third(gaps=[(*gap[:-1], 0.3)]) == ASK_HELP
    assert third(goals=[("g", "s01", *goal[2:])]) == ASK_HELP


def test_people_nobody_judged_get_a_goal_as_next_step():
    gap = ("s00", "ask", 2.0, 3.5, 1.5, 5, 4, 0.99)
    agenda = one_on_one("s00", needs_of(history_of(VISITS), verdict="", gaps=[gap]))
    assert (agenda.verdict, agenda.verdict_msgid) == ("", "")
    assert agenda.next_step["msgid"] == STEP_GOAL
    assert one_on_one("s00", needs_of(history_of(VISITS), verdict="")).next_step["msgid"] == STEP_KEEP


def test_what_came_of_last_time_is_told():
    done = ("g", "s00", "ask", 3.5, pd.Timestamp("2026-09-30"), "done", "")
    old = ("o", "s00", "ask", 3.0, pd.Timestamp("2025-09-30"), "done", "")
    booked = [("s00", "T1", "Talks", pd.NaT, pd.Timestamp("2026-10-01"), "done"),
              ("s00", "T2", None, pd.Timestamp("2026-10-05"), pd.NaT, "absent"),
              ("s01", "T3", "Other", pd.NaT, pd.Timestamp("2026-10-01"), "done")]
    agenda = one_on_one("s00", needs_of(history_of(VISITS), goals=[done, old], training=booked,
                                        change=[("s00", "ask", 0.6), ("s00", "ask", 0.1), ("s01", "ask", 0.9)]))  # fmt: skip
    told = [p["msgid"] for p in agenda.progress]
    assert told[1:] == [GOAL_DONE, COURSE_DONE, COURSE_MISSED, LEVEL_UP]
    assert agenda.progress[3]["details"] == {"course": "T2"}
    single = one_on_one("s00", needs_of(history_of(VISITS), change=[("s00", "ask", 0.6)], rounds=("1",)))
    assert LEVEL_UP not in [p["msgid"] for p in single.progress]


def test_open_goals_show_the_level_of_today_and_whether_they_are_late():
    goals = [("b", "s00", "ask", 4.0, pd.Timestamp("2026-12-01"), "open", "n"),
             ("a", "s00", "ask", 3.0, pd.Timestamp("2026-09-01"), "open", "")]
    agenda = one_on_one("s00", needs_of(history_of(VISITS), goals=goals, gaps=[("s00", "ask", 2.0, 3.5, 1.5, 5, 4, 0.9)]))
    assert agenda.goals[["goal_id", "level", "is_overdue"]].values.tolist() == [["a", 2.0, True], ["b", 2.0, False]]


def test_everything_can_be_said_in_both_languages_and_made_for_many_alike():
    goal = ("g", "s00", "ask", 4.0, pd.Timestamp("2026-09-01"), "open", "")
    needs = needs_of(history_of(VISITS), goals=[goal], change=[("s00", "ask", -0.6)])
    agenda = one_on_one("s00", needs)
    for language in ("zh", "en"):
        for row in agenda.to_frame().to_dict("records")[:-1]:
            assert say_details(row["msgid"], row["details"], language)
    assert said(one_on_one("s00", needs, figures=talk_figures(needs))) == said(agenda)
    assert [part for part, _ in said(agenda)].count("question") == 3


def test_somebody_the_reader_may_not_see_is_an_error():
    with pytest.raises(InputError, match="must be a person whom the reader may see"):
        one_on_one("s01", needs_of(history_of(VISITS), shown=["s00"]))


@pytest.mark.parametrize(("make", "told"), [
    (lambda: monthly_figures(history_of(VISITS).drop(columns="actual"), people_of()), "lacks 'actual'"),
    (lambda: monthly_figures(history_of(VISITS), people_of(), months=1), "months == 1"),
    (lambda: monthly_figures(history_of(VISITS), pd.concat([people_of()] * 2)), "stands twice"),
    (lambda: focus_metric(monthly_figures(history_of(VISITS), people_of()), "nobody"), "'nobody'"),
    (lambda: focus_metric(monthly_figures(history_of(VISITS), people_of()), "s00", minimum=2), "minimum == 2"),
])  # fmt: skip
def test_bad_input_is_named(make, told):
    with pytest.raises(InputError, match=told):
        make()
