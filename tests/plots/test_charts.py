"""Pictures: text as text, the same bytes, nothing fetched, names escaped, both languages."""

import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from salesplan.errors import InputError
from salesplan.plots import (
    Chart,
    forecast_frame,
    plot_allocation,
    plot_attainment_probability,
    plot_backtest_skill,
    plot_forecast,
    plot_month_targets,
    plot_scenarios,
    plot_seasonality,
)
from salesplan.plots.frames import node_history
from salesplan.plots.scale import money_scale
from tests.plan_factory import YEAR, make_data, make_forecast, make_hierarchy, make_plan

PICTURES: dict[str, Callable[[str], Chart]] = {
    "forecast": lambda lang: plot_forecast(
        forecast_frame(make_plan(), history=make_data().history), lang, title="<b>x</b>"
    ),
    "months": lambda lang: plot_month_targets(forecast_frame(make_plan()), lang),
    "skill": lambda lang: plot_backtest_skill(make_forecast().backtest, lang),
    "chance": lambda lang: plot_attainment_probability(make_plan(), lang, unit_id="t00"),
    "allocation": lambda lang: plot_allocation(make_plan(), lang, unit_id="t11"),
    "seasonality": lambda lang: plot_seasonality(make_forecast().seasonal_index, lang),
    "scenarios": lambda lang: plot_scenarios(pd.DataFrame({"A": make_plan().nodes.iloc[0]}).T, lang),
}


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_picture_is_the_same_every_time_and_fetches_nothing(name: str, language: str) -> None:
    chart = PICTURES[name](language)
    svg = chart.svg()
    assert svg == PICTURES[name](language).svg()
    assert 'width="100%"' in svg and "viewBox" in svg and "<text" in svg
    outside = re.sub(r'xmlns(:xlink)?="[^"]*"', "", svg)
    assert "http" not in outside and "<script" not in outside and "<image" not in outside
    assert "NaN" not in svg and "undefined" not in svg


def test_titles_are_translated_and_names_are_escaped() -> None:
    assert "方案并列" in PICTURES["scenarios"]("zh").svg()
    assert "&lt;b&gt;x&lt;/b&gt;" in PICTURES["forecast"]("en").svg()
    assert "&lt;script&gt;" in PICTURES["allocation"]("en").svg()


def test_two_pictures_on_a_page_do_not_share_ids() -> None:
    first, second = (set(re.findall(r' id="([^"]+)"', PICTURES[n]("zh").svg())) for n in ("forecast", "chance"))
    assert not first & second


def test_data_from_an_address_is_refused() -> None:
    with pytest.raises(InputError, match="inline"):
        Chart(spec={"data": {"url": "x.csv"}}, description="")


def test_wrong_frames_are_named() -> None:
    for draw, frame in (
        (plot_forecast, pd.DataFrame({"a": [1]})),
        (plot_month_targets, pd.DataFrame({"a": [1]})),
        (plot_seasonality, pd.DataFrame({"a": [1]})),
        (plot_scenarios, pd.DataFrame({"a": [1]})),
        (plot_backtest_skill, pd.DataFrame({"a": [1]})),
    ):
        with pytest.raises(InputError):
            draw(frame, "zh")
    with pytest.raises(InputError, match="units below"):
        plot_allocation(make_plan(), "zh", unit_id="E000")


def test_missing_and_zero_amounts_still_draw() -> None:
    frame = pd.DataFrame({"target": np.zeros(12), "floor": np.nan}, index=YEAR)
    assert "<svg" in plot_month_targets(frame, "zh").svg()
    assert money_scale([], "zh").caption == "元"


def test_the_allocation_shows_forecast_and_stretch_adding_to_the_target() -> None:
    plan = make_plan()
    rows = pd.DataFrame(plot_allocation(plan, "en").spec["layer"][0]["data"]["values"])
    ends = rows.groupby("name")["to"].max()
    target = plan.children("company|*").set_index("name")["target"] / 1e6
    assert np.allclose(ends[target.index], target, atol=1e-3)


def test_the_history_of_a_unit_is_the_sum_of_its_people() -> None:
    history, tree = make_data().history, make_hierarchy()
    regions = sum(node_history(history, tree, unit_id=r) for r in ("r0", "r1"))
    assert np.allclose(regions, history.sum(axis=1))
    frame = forecast_frame(make_plan(), history=history, unit_id="r0", months_back=12)
    assert frame["actual"].notna().sum() == 12 and frame["target"].notna().sum() == 12


def test_months_between_history_and_forecast_are_joined_by_dots() -> None:
    frame = forecast_frame(make_plan(), history=make_data().history.iloc[:-2])
    bridge = plot_forecast(frame, "zh").spec["layer"][-1]["data"]["values"]
    assert [point["date"] for point in bridge] == ["2026-10-01", "2027-01-01"]
    alone = plot_forecast(forecast_frame(make_plan()), "zh")
    assert all("strokeDash" not in layer["mark"] for layer in alone.spec["layer"])
