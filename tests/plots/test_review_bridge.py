"""The waterfall: every bar ends where the next begins, luck is grey, nothing is cut off, in both languages."""

import re

import pytest

from salesplan.errors import InputError
from salesplan.plots.review_bridge import LUCK, plot_bridge
from salesplan.review.bridge import Bridge
from tests.review.target_company import target_company


@pytest.fixture(scope="module")
def bridge() -> Bridge:
    return target_company(seed=1, visits=300, now={f"t1s{i}": {"conversion": 0.4} for i in range(8)}).bridge()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_picture_is_the_same_every_time_and_nothing_is_cut_off(bridge: Bridge, language: str) -> None:
    chart = plot_bridge(bridge, language, unit_id="t1")
    for width in (720, 330):
        svg = chart.svg(width=width)
        assert svg == plot_bridge(bridge, language, unit_id="t1").svg(width=width) and "NaN" not in svg
        words = re.findall(r">([^<>]+)</t(?:ext|span)>", svg)
        assert not [w for w in words if "…" in w or re.search(r"\d\.\d{3,}", w)]
    assert ("万元" in svg) == (language == "zh") and "T1" in chart.description


def test_bars_lead_from_start_to_end_and_say_how_much(bridge: Bridge) -> None:
    spec = plot_bridge(bridge, "en", unit_id="t1", start_label="Plan", end_label="Sold").spec
    bars = spec["layer"][1]["data"]["values"]
    assert bars[0]["name"] == "Plan" and bars[-1]["name"] == "Sold"
    assert [b["from"] for b in bars[1:-1]] == pytest.approx([b["to"] for b in bars[:-2]], abs=2e-4)
    assert bars[-2]["to"] == pytest.approx(bars[-1]["to"], abs=2e-4)
    steps = bridge.steps("t1").set_index("bar_msgid")
    told = {b["name"]: b for b in bars}
    assert told["Orders a visit"]["kind"] == "down" and told["Orders a visit"]["label"].startswith("-")
    for name, bar in told.items():
        if name in steps.index:
            assert (bar["kind"] == "luck") == steps.loc[name, "can_be_luck"]
    assert "luck" in {b["kind"] for b in bars} and LUCK in str(spec)


def test_an_unknown_unit_is_named(bridge: Bridge) -> None:
    with pytest.raises(InputError, match="t9"):
        plot_bridge(bridge, "zh", unit_id="t9")
