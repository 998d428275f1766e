"""Pictures of KPIs: every name and number that is drawn is the right one, in both languages, without clipping."""

import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from salesplan.errors import InputError
from salesplan.kpis.library import load_library
from salesplan.plots import Chart, plot_bands, plot_stability, plot_weights
from salesplan.plots.kpis import shown_places, title_lines
from salesplan.weighting.stability import weight_stability_intervals

LIBRARY = load_library()
KPIS = ["sales_amount", "customer_satisfaction", "visits"]
METHODS = {"direct": "Agreed weights", "ahp": "AHP", "entropy": "Entropy", "combined": "Judged and measured, combined"}


def weights() -> pd.DataFrame:
    rows = [{"method": m, "method_msgid": said, "kpi": k, "weight": 0.2 + 0.1 * i + 0.01 * j, "is_chosen": m == "ahp",
             "weight_lower": 0.1 + 0.1 * i if m == "ahp" else np.nan, "weight_upper": 0.3 + 0.1 * i if m == "ahp" else np.nan}
            for j, (m, said) in enumerate(METHODS.items()) for i, k in enumerate(KPIS)]
    return pd.DataFrame(rows)


def totals(n: int = 100) -> pd.DataFrame:
    score = np.linspace(120, 60, n)
    frame = pd.DataFrame({"name": [f"张{i}" for i in range(n)], "score": score, "score_lower": score - 5, "score_upper": score + 5,
                          "band": pd.array(np.arange(n) // 20 + 1, dtype="Int64")})
    frame.loc[0, "name"] = "<script>"
    return frame.sample(frac=1, random_state=1)


def scores() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    return pd.DataFrame(rng.uniform(40, 120, (30, 3)), columns=KPIS, index=[f"R{i:02d}" for i in range(30)])


PICTURES: dict[str, Callable[[str], Chart]] = {
    "weights": lambda lang: plot_weights(weights(), lang, LIBRARY),
    "bands": lambda lang: plot_bands(totals(), lang),
    "stability": lambda lang: plot_stability(weight_stability_intervals(scores(), dict(zip(KPIS, (0.5, 0.3, 0.2), strict=True))),
                                             lang, LIBRARY),
}


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_picture_is_the_same_every_time_and_fetches_nothing(name: str, language: str) -> None:
    chart = PICTURES[name](language)
    svg = chart.svg()
    assert svg == PICTURES[name](language).svg() and "NaN" not in svg and "undefined" not in svg
    assert "http" not in re.sub(r'xmlns(:xlink)?="[^"]*"', "", svg) and "<script" not in svg
    words = re.findall(r">([^<>]+)</t(?:ext|span)>", svg)
    assert not [w for w in words if re.search(r"\d\.\d{4,}", w)] and chart.description in "".join(words)
    assert not [w for w in re.findall(r">([^<>]+)</t", chart.svg(width=330)) if "…" in w], "a name is cut off"


def drawn(chart: Chart) -> pd.DataFrame:
    return pd.DataFrame(chart.spec["data"]["values"])


def test_every_weight_is_drawn_once_and_the_chosen_one_is_marked() -> None:
    chart = plot_weights(weights(), "en", LIBRARY)
    rows = drawn(chart)
    assert len(rows) == len(METHODS) * len(KPIS) and rows["method"].nunique() == len(METHODS)
    assert set(rows.loc[rows["is_chosen"], "method"]) == {"AHP"} and rows["lower"].notna().sum() == len(KPIS)
    assert rows.loc[0, "weight"] == 0.2 and "Customer\nsatisfaction" in set(rows["kpi"])
    legend = [name for name in METHODS.values() if f">{name}<" in chart.svg()]
    assert legend == list(METHODS.values()), "every method stands in the legend"


def test_all_thirteen_methods_fit_into_the_legend() -> None:
    from salesplan.kpis.weighing import METHOD_NAMES
    from salesplan.text import say

    frame = pd.concat([weights().head(3).assign(method=m, method_msgid=said) for m, said in METHOD_NAMES.items()])
    for language, width in (("zh", 720), ("en", 720), ("zh", 330), ("en", 330)):
        svg = plot_weights(frame, language, LIBRARY).svg(width=width)
        entries = re.findall(r'translate\(([\d.]+),[\d.]+\)"><path[^>]*></path><text[^>]*>([^<]+)', svg)
        shown = {name for name in METHOD_NAMES.values() if f">{say(name, language)}<" in svg}
        assert shown == set(METHOD_NAMES.values()), (language, width, entries)


def test_the_people_shown_are_named_and_counted() -> None:
    rows = drawn(plot_bands(totals(), "en"))
    assert len(rows) == 40 and rows["person"].iloc[0] == "1. <script>" and rows["person"].iloc[-1] == "100. 张99"
    assert rows["score"].is_monotonic_decreasing and (rows["upper"] - rows["lower"]).round(6).eq(10).all()
    svg = plot_bands(totals(), "en").svg()
    assert "&lt;script&gt;" in svg and "40 of 100 people: the first 10, the last 10" in svg
    assert len(drawn(plot_bands(totals(12), "zh"))) == 12
    twins = totals(6).assign(name="张伟")
    assert drawn(plot_bands(twins, "zh"))["person"].nunique() == 6


def test_scores_without_bands_still_draw() -> None:
    frame = totals(5).assign(band=pd.array([pd.NA] * 5, dtype="Int64"), score_lower=np.nan, score_upper=np.nan)
    assert "<svg" in plot_bands(frame, "zh").svg()


@pytest.mark.parametrize(("n", "most"), [(41, 40), (1000, 40), (5, 4), (40, 40), (1, 40)])
def test_places_are_in_order_and_never_twice(n: int, most: int) -> None:
    places = shown_places(n, most)
    assert places == sorted(set(places)) and places[0] == 0 and places[-1] == n - 1 and len(places) == min(n, most)


def test_wrong_frames_are_named() -> None:
    for draw in (lambda f: plot_weights(f, "zh", LIBRARY), lambda f: plot_bands(f, "zh"),
                 lambda f: plot_stability(f, "zh", LIBRARY)):
        with pytest.raises(InputError, match="must have"):
            draw(pd.DataFrame({"a": [1]}))
    with pytest.raises(InputError, match="rows"):
        plot_weights(weights().head(0), "zh", LIBRARY)
    with pytest.raises(InputError, match="nobody has a score"):
        plot_bands(totals(3).assign(score=np.nan), "zh")
    with pytest.raises(InputError, match="at least 4"):
        shown_places(10, 2)


def test_long_names_break_where_they_may() -> None:
    assert title_lines("Sales amount") == "Sales amount"
    assert title_lines("Product lines per customer") == "Product lines\nper customer"


@pytest.mark.parametrize(("language", "line"), [
    ("en", "Bands told apart now: 1; to be expected of longer periods: 3 months about 2.3, 6 months about 3.0"),
    ("zh", "本期可分出1档；更长周期可望分出：3个月约2.3档、6个月约3.0档"),
])
def test_what_longer_periods_would_tell_apart_stands_below_the_bands(language: str, line: str) -> None:
    expected = pd.DataFrame({"months": [1.0, 3.0, 6.0], "n_bands": [1.0, 2.26, 3.0], "true_points": 7.0})
    assert plot_bands(totals(), language, expected=expected).spec["title"]["subtitle"][1:] == [line]
    assert len(plot_bands(totals(), language, expected=expected.iloc[:1]).spec["title"]["subtitle"]) == 1
    luck = plot_bands(totals(), language, expected=expected.assign(true_points=0.0)).spec["title"]["subtitle"][1]
    assert ("Luck alone" if language == "en" else "偶然") in luck and "2.3" not in luck
