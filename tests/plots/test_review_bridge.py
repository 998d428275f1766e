"""The waterfall: every bar ends where the next begins, luck is grey, nothing is cut off, in both languages."""

import pytest

from salesplan.errors import InputError
from salesplan.plots.review_bridge import COLOURS, LUCK, bridge_bars, plot_bridge
from salesplan.review.bridge import Bridge
from tests.plots.drawn import check_layout, shapes, words
from tests.review.target_company import target_company


@pytest.fixture(scope="module")
def bridge() -> Bridge:
    return target_company(seed=1, visits=300, now={f"t1s{i}": {"conversion": 0.4} for i in range(8)}).bridge()


def chart_start(language: str) -> str:
    return "去年同月的销售额（重述）" if language == "zh" else "Sales <restated>"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_picture_is_the_same_every_time_and_nothing_is_cut_off(bridge: Bridge, language: str) -> None:
    chart = plot_bridge(bridge, language, unit_id="t1", start_label=chart_start(language))
    for width in (720, 330):
        svg = chart.svg(width=width)
        assert svg == plot_bridge(bridge, language, unit_id="t1", start_label=chart_start(language)).svg(width=width)
        check_layout(svg)
        assert "…" not in svg
    assert ("万元" in svg) == (language == "zh") and "T1" in chart.description and "<restated>" not in svg


def test_bars_lead_from_start_to_end_and_say_how_much(bridge: Bridge) -> None:
    bars = bridge_bars(bridge, "en", unit_id="t1", start_label="Plan", end_label="Sold")
    assert bars[0].name == "Plan" and bars[-1].name == "Sold"
    assert [b.start for b in bars[1:-1]] == pytest.approx([b.end for b in bars[:-2]], abs=0.01)
    assert bars[-2].end == pytest.approx(bars[-1].end, abs=0.01)
    steps = bridge.steps("t1").set_index("bar_msgid")
    told = {b.name: b for b in bars}
    assert told["Orders a visit"].kind == "down" and told["Orders a visit"].amount == pytest.approx(steps.loc["Orders a visit", "amount"])
    for name, bar in told.items():
        if name in steps.index:
            assert (bar.kind == "luck") == steps.loc[name, "can_be_luck"]
    assert "luck" in {b.kind for b in bars}


def test_bars_are_drawn_as_long_as_they_are_and_in_their_colours(bridge: Bridge) -> None:
    bars = bridge_bars(bridge, "en", unit_id="t1")
    svg = plot_bridge(bridge, "en", unit_id="t1").svg()
    drawn = [bar for bar in shapes(svg, "rect") if bar.get("rx") == "1.5"]
    pixels = float(drawn[0]["width"]) / bars[0].amount
    assert [float(bar["width"]) for bar in drawn] == pytest.approx([abs(bar.amount) * pixels for bar in bars], abs=0.3)
    assert [bar["fill"] for bar in drawn] == [COLOURS[bar.kind] for bar in bars] and LUCK in svg
    down = next(n for n, bar in enumerate(bars) if bar.kind == "down")
    assert float(drawn[down]["x"]) == pytest.approx(float(drawn[0]["x"]) + bars[down].end * pixels, abs=0.3)
    assert any(word.text.startswith("-") for word in words(svg)) and any(word.text.startswith("+") for word in words(svg))


def test_an_unknown_unit_is_named(bridge: Bridge) -> None:
    with pytest.raises(InputError, match="t9"):
        plot_bridge(bridge, "zh", unit_id="t9")
