"""State and rules of the KPI panel, without a widget."""

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.apps.kpi_html import weights_html
from salesplan.apps.kpi_judgements import position_of, ratio_at, said_ratio
from salesplan.apps.kpi_model import AGREED, GROUP, KpiModel, restepped
from salesplan.apps.kpi_people import ROWS
from salesplan.errors import InputError
from salesplan.kpis.kpi_weights import are_on_step
from salesplan.kpis.parameters import KpiParameters
from salesplan.kpis.period_scores import score_period
from salesplan.kpis.weighing import weigh_kpis
from tests.apps.kpi_company import (
    WEIGHTS,
    make_kpi_data,
    make_library,
    make_parameters,
    make_scheme,
    make_scheme_off_step,
)

DATA = make_kpi_data()


def make_model(data: Any = DATA, **changes: Any) -> KpiModel:
    return KpiModel(data=data, scheme=make_scheme(), parameters=make_parameters(**changes), library=make_library())


def test_it_starts_with_what_the_judges_say_together() -> None:
    model = make_model()
    wanted = weigh_kpis(DATA, make_scheme(), make_parameters(), library=make_library())
    assert model.start == GROUP and model.uses_group and model.scheme["senior"].weights == wanted.scheme(make_scheme())["senior"].weights
    assert model.weights.to_series().to_dict() == wanted.weights["ahp"].to_series().to_dict()
    assert model.comparison.ratio("sales_amount", "receipts") == pytest.approx(6**0.5)
    assert model.name_of_judge("A01") == "钱总监 (A01)" and model.name_of_judge("nobody") == "nobody"


def test_a_judgement_moves_weights_scores_and_consistency() -> None:
    model = make_model()
    before, cr = model.preview.scores(model.scheme), model.ahp.cr
    model.judge("sales_amount", "visits", 1 / 9)
    assert model.is_judged_here and model.ahp.cr > cr and not model.ahp.is_consistent
    assert (model.preview.scores(model.scheme) != before).any()
    worst = model.ahp.worst_triad
    model.apply_suggestion()
    assert model.comparison.ratio(worst.first, worst.second) == pytest.approx(worst.suggested)
    assert model.ahp.cr == pytest.approx(worst.cr_after, abs=1e-6)


def test_agreeing_judgements_leave_nothing_to_mend() -> None:
    model = make_model()
    model.start_from(AGREED)
    assert model.scheme["senior"].weights == WEIGHTS["senior"]
    with pytest.raises(InputError, match="must contradict"):
        model.apply_suggestion()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(sorted(WEIGHTS["senior"])), st.floats(-1, 2)), min_size=1, max_size=6))
def test_directly_set_weights_always_add_up_in_whole_steps(moves: list[tuple[str, float]]) -> None:
    model = DIRECT
    for kpi, weight in moves:
        model.move_weight(kpi, weight)
        shown = model.scheme["senior"].weights
        steps = {name: round(value * 20) for name, value in shown.items()}
        assert sum(steps.values()) == 20 and min(steps.values()) >= 1
        assert all(abs(value * 20 - steps[name]) < 1e-9 for name, value in shown.items())


DIRECT = make_model(method="direct")


def test_a_weight_moved_there_and_back_leaves_the_others_as_they_were() -> None:
    model = make_model(method="direct")
    model.move_weight("visits", 0.8)
    assert model.agreed == {"sales_amount": 0.1, "receipts": 0.05, "win_rate": 0.05, "visits": 0.8}
    model.move_weight("visits", 0.2)
    assert model.agreed == WEIGHTS["senior"] and model.method == "direct"


def moved_judgements(model: KpiModel) -> None:
    model.judge("receipts", "visits", 5.0)
    model.judge("win_rate", "visits", 1 / 3)


@pytest.mark.parametrize("act", [
    lambda model: None,
    moved_judgements,
    lambda model: model.start_from("A02"),
    lambda model: model.start_from(AGREED),
    lambda model: model.move_weight("receipts", 0.5),
    lambda model: model.choose_method("entropy"),
    lambda model: (moved_judgements(model), model.choose_method("combined")),
])  # fmt: skip
def test_the_parameter_file_gives_the_weights_on_the_screen(act: Any) -> None:
    model = make_model()
    act(model)
    written = KpiParameters.read(model.parameters.model_dump())
    again = weigh_kpis(DATA, make_scheme(), written, library=make_library())
    assert again.scheme(make_scheme())["senior"].weights == model.scheme["senior"].weights
    assert again.weights[model.method].to_series().to_numpy() == pytest.approx(model.weights.to_series().to_numpy(), abs=1e-5)


def test_each_set_remembers_what_was_done_to_it() -> None:
    model = make_model()
    model.judge("sales_amount", "visits", 1 / 5)
    senior = model.scheme["senior"].weights
    model.choose_set("newcomer")
    assert model.method == "direct" and not model.judges and model.start == AGREED
    model.move_weight("visits", 0.6)
    model.choose_set("senior")
    assert model.is_judged_here and model.method == "ahp" and model.scheme["senior"].weights == senior
    assert model.scheme["newcomer"].weights["visits"] == 0.6
    model.reset()
    assert not model.is_judged_here and model.scheme["newcomer"].weights["visits"] == 0.6


def test_a_set_without_judges_can_be_judged_here() -> None:
    model = make_model()
    model.choose_set("newcomer")
    model.choose_method("ahp")
    assert model.scheme["newcomer"].weights == WEIGHTS["newcomer"]
    model.judge("sales_amount", "visits", 1.0)
    assert model.weights["sales_amount"] < 0.5


def test_results_can_be_held_at_their_share() -> None:
    model = make_model(result_rule="hold", result_share=0.6)
    model.judge("win_rate", "visits", 1 / 9)
    assert sum(model.weights[kpi] for kpi, kind in model.kinds.items() if kind == "result") == pytest.approx(0.6)


def test_the_scorecard_is_that_of_the_kit() -> None:
    model = make_model()
    model.judge("sales_amount", "visits", 1 / 7)
    wanted = score_period(DATA, model.scheme, library=make_library(), coverage=0.9, seed=7)
    card = model.card()
    columns = ["score", "rank", "n_ranked", "score_lower", "score_upper", "rank_lower", "rank_upper", "band"]
    assert np.allclose(card.totals[columns].to_numpy(float), wanted.totals[columns].to_numpy(float), equal_nan=True, atol=1e-3)
    assert card.notes == wanted.notes and card.rule_version == wanted.rule_version
    model.people.choose(set_code="", page=0)
    rows = model.people.rows(model.scheme)
    first = wanted.totals[wanted.totals["set"] == "senior"].sort_values("rank", kind="stable")
    assert rows.index.tolist() == first.index[:ROWS].tolist() and rows["rank"].tolist() == list(range(1, ROWS + 1))
    last = model.people.rows(model.scheme, page=2)
    assert last["set"].tolist() == sorted(last["set"], reverse=True) and last["rank"].iloc[-1] == last["n_ranked"].iloc[-1] == 15
    assert rows["score_lower"].to_numpy() == pytest.approx(wanted.totals.loc[rows.index, "score_lower"].to_numpy(), abs=1e-3)


def test_intervals_of_a_moving_slider_are_those_it_rests_with() -> None:
    model = make_model()
    model.judge("sales_amount", "visits", 1 / 7)
    moving = model.people.rows(model.scheme)
    assert "band" not in moving
    model.card()
    resting = model.people.rows(model.scheme)
    assert resting[["score_lower", "score_upper"]].to_numpy() == pytest.approx(moving[["score_lower", "score_upper"]].to_numpy(), abs=1e-3)
    assert resting["band"].notna().all()


def test_people_are_filtered_searched_and_turned_page_by_page() -> None:
    model = make_model()
    people = model.people
    assert people.set_code == "senior" and len(people.shown()) == 45 and people.n_pages == 3
    people.choose(page=2)
    assert len(people.rows(model.scheme)) == 5
    people.choose(set_code="")
    assert people.page == 0 and len(people.shown()) == 60
    people.choose(unit_id="T002")
    assert {people.org[at] for at in people.shown()} == {"T002"}
    people.choose(unit_id="D00", query="e0007")
    assert [people.sellers[at] for at in people.shown()] == ["E0007"]
    assert [depth for _, _, depth in people.units()] == [0, *[1] * 6]


def test_what_a_page_sends_is_checked() -> None:
    model = make_model()
    for act, told in (
        (lambda: model.choose_set("all"), "a set of the scheme"), (lambda: model.choose_method("magic"), "material"),
        (lambda: model.start_from("E9"), "a judge"), (lambda: model.move_weight("orders", 0.1), "a KPI of the set"),
        (lambda: model.people.choose(unit_id="x"), "a unit of the data"), (lambda: model.people.choose(set_code="x"), "a KPI set"),
        (lambda: model.people.open("E9999"), "a person of the data"), (lambda: model.judge("sales_amount", "visits", 0.0), "positive"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=told):
            act()
    assert model.scheme["senior"].weights == make_model().scheme["senior"].weights


def test_a_manager_sees_nobody_else_but_places_are_the_companys() -> None:
    scoped = DATA.scoped_to("M001")
    model = make_model(data=scoped, method="direct")
    mine = DATA.profiles.loc[DATA.profiles["org_id"] == "T001", "seller_id"]
    model.people.choose(set_code="", page=0)
    rows = model.people.rows(model.scheme)
    assert set(rows.index) == set(mine) and [unit for unit, _, _ in model.people.units()] == ["T001"]
    assert rows["rank"].to_dict() == make_model(method="direct").card().totals.loc[rows.index, "rank"].to_dict()
    assert set(model.shown_card().totals.index) == set(mine)
    other = next(who for who in model.people.sellers if who not in set(mine))
    assert model.people.called(other, "en") == "a colleague elsewhere" and model.people.called(mine.iloc[0], "en") != "—"
    with pytest.raises(InputError, match="a person of the data"):
        model.people.open(other)


def test_positions_and_words_of_a_judgement_fit() -> None:
    assert [position_of(ratio_at(p)) for p in range(-8, 9)] == list(range(-8, 9))
    assert said_ratio("销售额", "拜访量", 1 / 3, "zh") == "拜访量的重要性是销售额的 3 倍"
    assert said_ratio("销售额", "拜访量", float("nan"), "zh") == "销售额与拜访量：尚未比较"


@pytest.fixture
def lost() -> KpiModel:
    """A panel opened on a set that lost a KPI without data."""
    scheme = make_scheme_off_step()
    return KpiModel(data=DATA, scheme=scheme, parameters=make_parameters(method="direct"), library=make_library())


def test_opening_a_set_that_lost_a_kpi_rounds_nothing(lost: KpiModel) -> None:
    kept = {kpi: weight for kpi, weight in WEIGHTS["senior"].items() if kpi != "receipts"}
    shares = {kpi: weight / sum(kept.values()) for kpi, weight in kept.items()}
    assert lost.scheme["senior"].weights == lost.in_force["senior"].weights == pytest.approx(shares)
    assert not are_on_step(lost.scheme["senior"].weights, step=lost.scheme.step)
    assert np.nanmax(np.abs(lost.preview.scores(lost.scheme) - lost.preview.before.totals["score"].to_numpy(float))) < 1e-9
    assert lost.parameters.weights == {}
    page = weights_html(lost, "en")
    printed = [float(text) for text in re.findall(r"<b>([\d.]+)%</b>", page)]
    assert sum(printed[:-1]) == pytest.approx(printed[-1]) == pytest.approx(100)
    assert "KPIs without data" in page and "in steps of" not in page


def test_moving_a_weight_of_such_a_set_goes_in_steps_and_back(lost: KpiModel) -> None:
    lost.move_weight("visits", 0.3)
    assert are_on_step(lost.scheme["senior"].weights, step=0.05) and lost.scheme["senior"].weights["visits"] == 0.3
    lost.choose_method("ahp")
    assert are_on_step(lost.scheme["senior"].weights, step=0.05)
    lost.reset()
    assert lost.scheme["senior"].weights == lost.in_force["senior"].weights
    lost.choose_set("newcomer")
    lost.choose_set("senior")
    assert lost.scheme["senior"].weights == lost.in_force["senior"].weights


@pytest.mark.parametrize(("by", "wanted"), [(0.002, 0.6), (-0.002, 0.55), (0.05, 0.65), (0.0285, 0.6)])
def test_from_between_two_steps_a_weight_goes_the_way_it_is_moved(lost: KpiModel, by: float, wanted: float) -> None:
    before = lost.scheme["senior"].weights["sales_amount"]
    assert before == pytest.approx(4 / 7)
    lost.move_weight("sales_amount", before + by)
    assert lost.scheme["senior"].weights["sales_amount"] == pytest.approx(wanted)


def test_another_step_leaves_a_set_that_lost_a_kpi_as_it_is() -> None:
    scheme = make_scheme_off_step()
    finer = restepped(scheme, 0.1)
    assert finer.step == 0.1 and finer["senior"].weights == pytest.approx(scheme["senior"].weights)


def test_a_scheme_keeps_its_weights_when_nobody_asked_for_others() -> None:
    scheme = make_scheme_off_step()
    parameters = make_parameters(method="direct")
    found = weigh_kpis(DATA, scheme, parameters, library=make_library())
    assert found.scheme(scheme) is scheme
    other = make_parameters(method="direct", weights=dict(zip(scheme["senior"].kpis, [0.42, 0.38, 0.2], strict=True)))
    assert are_on_step(weigh_kpis(DATA, scheme, other, library=make_library()).scheme(scheme)["senior"].weights, step=0.05)
