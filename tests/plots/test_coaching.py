"""Pictures of training needs: every number drawn is the right one, nothing is clipped, what is not known is not drawn."""

import dataclasses
import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from salesplan.coaching.importance_performance import ImportancePerformance, importance_performance
from salesplan.coaching.middle_sixty import MiddleSixty, middle_sixty
from salesplan.coaching.ramp_curve import RampCurve, ramp_curve
from salesplan.coaching.retention import Retention, retention
from salesplan.coaching.skill_drivers import SkillDrivers, skill_drivers
from salesplan.coaching.training_effect import TrainingEffect, training_effect
from salesplan.errors import InputError
from salesplan.plots import (
    Chart,
    plot_budget_curve,
    plot_diagnosis,
    plot_drivers,
    plot_effect,
    plot_importance_performance,
    plot_middle,
    plot_ramp,
    plot_retention,
    plot_skill_heatmap,
)
from salesplan.text import say

TIERS = ["新人", "骨干", "管理者"]
SKILLS = {"S1": "Product knowledge", "S2": "Negotiation and closing", "S3": "需求挖掘", "S4": "时间与区域管理"}


def gaps() -> pd.DataFrame:
    rows = [{"skill": s, "tier": t, "gap": 0.3 * i + 0.2 * j, "gap_lower": 0.3 * i, "gap_upper": 0.3 * i + 0.4 + 0.2 * j, "n": 20}
            for i, s in enumerate(SKILLS) for j, t in enumerate(TIERS)]
    frame = pd.DataFrame(rows)
    frame.loc[2, ["gap", "gap_lower", "gap_upper", "n"]] = [np.nan, np.nan, np.nan, 3]
    return frame


def quadrants() -> ImportancePerformance:
    frame = pd.DataFrame({"skill": [*SKILLS, "S5"], "importance": [4.5, 4.4, 2.5, 2.4, 3.0], "level": [2.2, 4.1, 2.3, 2.8, np.nan]})
    return importance_performance(frame)


def slopes() -> SkillDrivers:
    rng = np.random.default_rng(0)
    ids = pd.Index([f"s{i:03d}" for i in range(90)], name="seller_id")
    levels = pd.DataFrame({s: rng.normal(3, 0.6, 90) for s in SKILLS}, index=ids)
    result = 0.9 + 0.2 * (levels["S2"] - 3) + rng.normal(0, 0.08, 90)
    people = pd.DataFrame({"seller_id": ids, "tier": ["骨干"] * 50 + ["新人"] * 36 + ["管理者"] * 4, "org_id": np.arange(90) // 9})
    return skill_drivers(levels, result, people, method="mixed")


def verdicts() -> pd.DataFrame:
    return pd.DataFrame({"tier": ["新人"] * 4 + ["骨干"] * 6,
                         "verdict": ["skill", "skill", "ramp", "healthy"] + ["effort"] * 2 + ["healthy"] * 4})


def budgets() -> pd.DataFrame:
    return pd.DataFrame({"budget": [0.0, 50_000.0, 100_000.0], "covered_share": [0.0, 0.4, 0.6]})


def middle() -> MiddleSixty:
    return middle_sixty(pd.Series(np.linspace(1e6, 5e6, 50) ** 1.1, index=[f"E{i}" for i in range(50)]))


def effect(n: int = 60, gain: float = 0.1, randomised: bool = False) -> TrainingEffect:
    rng = np.random.default_rng(5)
    usual = rng.normal(1.0, 0.1, 2 * n)
    trained = np.repeat([1, 0], n)
    return training_effect(pd.DataFrame({
        "seller_id": [f"E{i:03d}" for i in range(2 * n)], "trained": trained, "pre": usual + rng.normal(0, 0.05, 2 * n),
        "post": usual + gain * trained + rng.normal(0, 0.05, 2 * n)}), randomised=randomised)


def stays() -> Retention:
    rng = np.random.default_rng(2)
    hired = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 900, 120), "D")
    stay = pd.to_timedelta(rng.exponential(np.where(np.arange(120) < 60, 300, 1500)).round(), "D")
    careers = pd.DataFrame({"seller_id": range(120), "hire_date": hired, "start_date": hired, "end_date": hired + stay, "left": True,
                            "tier": ["新人"] * 60 + ["骨干"] * 57 + ["管理者"] * 3})
    return retention(careers, by="tier", as_of="2025-12-31")


def ramps() -> RampCurve:
    rng = np.random.default_rng(1)
    rows = [{"seller_id": f"{region}{i}", "region": region, "month_in_role": m,
             "value": (1 - np.exp(-speed * m)) * rng.normal(1, 0.08)}
            for region, speed in (("华东", 0.35), ("North", 0.12)) for i in range(8) for m in range(1, 13)]
    return ramp_curve(pd.DataFrame(rows), by="region")


PICTURES: dict[str, Callable[[str], Chart]] = {
    "gaps": lambda lang: plot_skill_heatmap(gaps(), lang, names=SKILLS),
    "people": lambda lang: plot_skill_heatmap(gaps().rename(columns={"tier": "seller_id"}), lang, rows="seller_id", columns="skill",
                                              names=SKILLS),
    "quadrants": lambda lang: plot_importance_performance(quadrants(), lang, names=SKILLS),
    "drivers": lambda lang: plot_drivers(slopes(), lang, names=SKILLS, tiers=TIERS, outcome="达成率"),
    "diagnosis": lambda lang: plot_diagnosis(verdicts(), lang),
    "budget": lambda lang: plot_budget_curve(budgets(), lang, budget=80_000.0, shadow_value=0.004),
    "middle": lambda lang: plot_middle(middle(), lang),
    "effect": lambda lang: plot_effect(effect(), lang, outcome="达成率"),
    "retention": lambda lang: plot_retention(stays(), lang),
    "ramp": lambda lang: plot_ramp(ramps(), lang, outcome="达成率"),
}


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_picture_is_the_same_every_time_and_fetches_nothing(name: str, language: str) -> None:
    chart = PICTURES[name](language)
    wide, small = chart.svg(), chart.svg(width=330)
    assert wide == PICTURES[name](language).svg() and chart.description in "".join(re.findall(r">([^<>]+)</t", wide))
    for svg in (wide, small):
        assert "NaN" not in svg and "undefined" not in svg and "<script" not in svg
        assert "http" not in re.sub(r'xmlns(:xlink)?="[^"]*"', "", svg)
        words = re.findall(r">([^<>]+)</t(?:ext|span)>", svg)
        assert not [w for w in words if "…" in w], "a name is cut off"
        assert not [w for w in words if re.search(r"\d\.\d{4,}", w)]


def cells(chart: Chart, at: int = 0) -> pd.DataFrame:
    return pd.DataFrame(chart.spec["layer"][at]["data"]["values"])


def test_every_cell_of_the_heatmap_carries_its_number_and_the_unknown_ones_their_count() -> None:
    chart = plot_skill_heatmap(gaps(), "en", names=SKILLS)
    known, gone = cells(chart), cells(chart, 3)
    assert len(known) == 11 and len(gone) == 1 and gone.loc[0, "label"] == "n=3" and gone.loc[0, "column"] == "管理者"
    one = known[(known["row"] == "时间与区域\n管理") | (known["row"] == "时间与区\n域管理") | (known["row"] == "时间与区域管理")]
    assert one.set_index("column").loc["骨干", ["value", "label", "interval"]].tolist() == [1.1, "1.1", "0.9–1.5"]
    assert "levels on a scale from 1 to 5" in chart.svg() and "too few people" in chart.svg()


def test_groups_that_do_not_fit_are_counted_and_the_largest_gaps_stay() -> None:
    many = pd.DataFrame([{"skill": s, "team": f"T{i:02d}", "gap": i / 10} for s in SKILLS for i in range(30)])
    chart = plot_skill_heatmap(many, "en", columns="team", names=SKILLS)
    assert set(cells(chart)["column"]) == {f"T{i:02d}" for i in range(16, 30)}
    assert "the 14 columns of 30 with the largest gaps" in chart.svg()
    assert "the 6 columns of 30" in re.sub(r"<[^>]+>", " ", chart.svg(width=330))


def test_twins_stay_two_rows_and_a_cell_stands_once() -> None:
    frame = pd.DataFrame({"seller_id": ["E1", "E2"], "skill": ["S1", "S1"], "gap": [1.0, 2.0]})
    chart = plot_skill_heatmap(frame, "zh", rows="seller_id", columns="skill", names={"E1": "张伟", "E2": "张伟"})
    assert set(cells(chart)["row"]) == {"张伟 (E1)", "张伟 (E2)"}
    with pytest.raises(InputError, match="there twice"):
        plot_skill_heatmap(pd.concat([frame, frame]), "zh", rows="seller_id", columns="skill")


def test_a_heatmap_where_nothing_is_known_still_says_so() -> None:
    svg = plot_skill_heatmap(gaps().assign(gap=np.nan, gap_lower=np.nan, gap_upper=np.nan), "en", names=SKILLS).svg()
    assert "n=20" in svg and "too few people" in svg


def test_names_in_the_quadrants_never_cover_one_another() -> None:
    from salesplan.plots.importance_performance import HEIGHT, WIDTH, _domain, _label_places

    rng = np.random.default_rng(3)
    points = [{"number": i, "name": "Negotiation and closing", "x": float(x), "y": float(y)}
              for i, (x, y) in enumerate(rng.uniform(2, 4, (25, 2)))]
    domains = _domain([p["x"] for p in points], []), _domain([p["y"] for p in points], [])
    places = _label_places(points, *domains)
    assert 15 <= len(places) <= 25
    boxes = []
    for p in points:
        if p["number"] in places:
            align, dx, dy = places[p["number"]]
            x = (p["x"] - domains[0][0]) / (domains[0][1] - domains[0][0]) * WIDTH + dx
            y = (domains[1][1] - p["y"]) / (domains[1][1] - domains[1][0]) * HEIGHT + dy
            long = 6.5 * len(p["name"])
            left = x - (long if align == "right" else long / 2 if align == "center" else 0)
            boxes.append((left, y - 6.5, left + long, y + 6.5))
    for i, a in enumerate(boxes):
        assert a[0] >= 0 and a[2] <= WIDTH
        assert not [b for b in boxes[i + 1:] if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]]


def test_a_skill_without_a_stable_quadrant_is_hollow_and_all_are_named_on_a_telephone() -> None:
    found = quadrants()
    chart = plot_importance_performance(found, "en", names=SKILLS)
    rows = pd.DataFrame(chart.spec["data"]["values"])
    assert rows["name"].tolist() == list(SKILLS.values()), "who is not assessed is not drawn"
    assert rows["agree"].tolist() == found.table["agree"].tolist()[:4] and not rows["agree"].all()
    assert rows.loc[0, ["x", "y", "quadrant"]].tolist() == [2.2, 4.5, "Concentrate here"]
    assert "another crosshair says another quadrant" in chart.svg()
    small = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", chart.svg(width=330)))
    assert "2 Negotiation and closing" in small and "1 Product knowledge" in small


def test_each_tier_has_quadrants_of_its_own() -> None:
    frame = pd.concat([quadrants().table[["skill", "importance", "level"]].assign(tier=t) for t in TIERS])
    found = importance_performance(frame, by=("tier",))
    assert "骨干" in plot_importance_performance(found, "zh", group="骨干", names=SKILLS).svg()
    with pytest.raises(InputError, match="did you mean '新人'|Known"):
        plot_importance_performance(found, "zh", names=SKILLS)
    with pytest.raises(InputError, match="assessed"):
        plot_importance_performance(importance_performance(frame.assign(level=np.nan), by=("tier",)), "zh", group="新人")


def test_small_groups_say_so_instead_of_a_slope() -> None:
    found = slopes()
    chart = plot_drivers(found, "en", names=SKILLS, tiers=TIERS)
    assert "管理者: insufficient evidence (n=4)" in chart.svg() and "not a proof of cause" in chart.svg()
    rows = pd.DataFrame(chart.spec["data"]["values"])
    known = found.table[found.table["slope"].notna()]
    assert len(rows) == len(known) == 8
    assert rows["slope"].tolist() == pytest.approx(known["relative_change"].tolist(), abs=1e-5)
    assert rows["clear"].tolist() == known["verdict"].isin(["moves with it", "moves against it"]).tolist()
    assert chart.spec["layer"][1]["encoding"]["yOffset"]["sort"] == TIERS[:2] and rows["clear"].sum() == 2


def test_a_skill_without_a_slope_in_one_tier_says_so_in_its_row() -> None:
    found = slopes()
    table = found.table.copy()
    table.loc[(table["skill"] == "S1") & (table["tier"] == "新人"), ["slope", "slope_lower", "slope_upper", "p_value"]] = np.nan
    table.loc[table["slope"].isna(), "verdict"] = "insufficient evidence"
    chart = plot_drivers(dataclasses.replace(found, table=table), "en", names=SKILLS, tiers=TIERS)
    gone = chart.spec["layer"][-1]["data"]["values"]
    assert [(row["skill"], row["label"]) for row in gone] == [("Product\nknowledge", "新人: not asked for, or hardly rated apart")]
    assert "管理者: insufficient evidence (n=4)" in str(chart.spec["title"])


def test_slopes_on_a_result_below_zero_stay_in_its_unit() -> None:
    found = slopes()
    turned = dataclasses.replace(found, table=found.table.assign(relative_change=-found.table["relative_change"]))
    rows = pd.DataFrame(plot_drivers(turned, "en").spec["data"]["values"])
    assert rows["slope"].tolist() == pytest.approx(found.table["slope"].dropna().tolist(), abs=1e-5)


def test_gains_are_shares_of_all_sales_and_money_only_for_those_who_may_see_it() -> None:
    found = middle()
    rows = pd.DataFrame(plot_middle(found, "en").spec["data"]["values"])
    assert rows["gain"].tolist() == pytest.approx((0.05 * found.table["sales_share"]).tolist(), abs=1e-5)
    assert "M)" in rows.loc[0, "label"] and rows.loc[0, "segment"] == "Top 20 %\n10 people"
    veiled = plot_middle(found, "en", shows_money=False).svg()
    assert "M)" not in veiled and f"middle over top: {found.ratio:.2f}" in veiled


def test_shares_of_verdicts_add_up_and_the_people_are_counted() -> None:
    rows = pd.DataFrame(plot_diagnosis(verdicts(), "en").spec["data"]["values"])
    assert rows.groupby("group")["share"].sum().tolist() == pytest.approx([1, 1])
    assert set(rows["group"]) == {"新人 (4)", "骨干 (6)"} and rows.loc[rows["verdict"] == "Effort too low", "label"].tolist() == ["", "2"]


def test_the_chosen_budget_is_marked_where_the_curve_is() -> None:
    chart = plot_budget_curve(budgets().sample(frac=1, random_state=1), "en", budget=80_000.0, shadow_value=0.004)
    point = chart.spec["layer"][2]["data"]["values"][0]
    assert point["share"] == pytest.approx(0.52) and point["label"] == "80.0K: 52%"
    assert "0.40 percentage points" in chart.svg()
    assert "percentage points" not in plot_budget_curve(budgets(), "en", budget=0.0, shadow_value=np.nan).svg()


def test_what_compares_with_nobody_is_grey_and_named_so() -> None:
    found = effect()
    chart = plot_effect(found, "en", outcome="attainment")
    rows = pd.DataFrame(chart.spec["data"]["values"])
    assert rows["wrong"].tolist() == found.table["is_naive"].tolist()
    assert rows["effect"].tolist() == pytest.approx([found.share(e) for e in found.table["effect"]], abs=1e-5)
    assert "misleading" in chart.svg() and "Measured by attainment" in chart.svg() and "relative to the result" in chart.svg()


def test_what_could_not_be_seen_is_shaded_only_where_people_were_drawn_by_lot() -> None:
    found = effect(randomised=True)
    band = plot_effect(found, "en").spec["layer"][0]["data"]["values"][0]
    assert band["high"] == pytest.approx(found.smallest_share, abs=1e-5) == -band["low"]
    assert "shaded" in plot_effect(found, "en").svg() and "shaded" not in plot_effect(effect(), "en").svg()


def test_effects_on_a_result_that_may_be_negative_stay_in_its_unit() -> None:
    found = effect()
    moved = dataclasses.replace(found, mean_trained=-1.0, expected=-1.1)
    rows = pd.DataFrame(plot_effect(moved, "en").spec["data"]["values"])
    assert rows["effect"].tolist() == pytest.approx(found.table["effect"].tolist(), abs=1e-5)
    assert not rows["label"].str.contains("%").any()


def test_curves_are_those_found_and_the_rest_has_a_name() -> None:
    found = stays()
    rows = pd.DataFrame(plot_retention(found, "zh").spec["data"]["values"])
    assert len(rows) == len(found.curves) and rows["share"].tolist() == pytest.approx(found.curves["survival"].tolist(), abs=1e-5)
    assert set(rows["group"]) == {say(g, "zh") for g in found.curves["group"]}
    with pytest.raises(InputError, match="rows"):
        plot_retention(dataclasses.replace(found, curves=found.curves.head(0)), "zh")


def test_what_lies_beyond_the_data_is_dotted_and_joined() -> None:
    found = ramps()
    chart = plot_ramp(found, "en")
    rows, curve = pd.DataFrame(chart.spec["data"]["values"]), found.curves()
    assert len(rows) == len(curve) and rows["beyond"].sum() == curve["is_beyond"].sum() > 0
    assert set(rows.loc[rows["joins"], "month"]) == {12}, "the dotted line goes on where the full one ends"
    t90 = found.table.set_index("group")["t90"]
    assert f"华东: 90 % after {t90['华东']:.1f} months" in chart.svg() and "beyond the data" in chart.svg()
    assert len(pd.DataFrame(chart.spec["layer"][3]["data"]["values"])) == len(found.points)
    alone = dataclasses.replace(found, table=found.table.assign(status="insufficient evidence"))
    with pytest.raises(InputError, match="rows"):
        plot_ramp(alone, "en")


@pytest.mark.parametrize("draw", [
    plot_skill_heatmap, plot_diagnosis,
    lambda f, lang: plot_budget_curve(f, lang, budget=1.0),
])
def test_wrong_frames_are_named(draw: Callable[[pd.DataFrame, str], Chart]) -> None:
    with pytest.raises(InputError, match="must have"):
        draw(pd.DataFrame({"a": [1]}), "zh")


def test_a_telephone_gets_its_own_picture() -> None:
    spec = {"mark": "bar", "data": {"values": [{"x": 1}]}, "encoding": {"x": {"field": "x", "type": "quantitative"}}}
    chart = Chart(spec={**spec, "title": {"text": "wide"}}, narrow={**spec, "title": {"text": "small"}}, description="d")
    assert ">wide<" in chart.svg() and ">small<" in chart.svg(width=330) and ">small<" in chart._repr_html_()
    with pytest.raises(InputError, match="url"):
        Chart(spec=spec, narrow={"data": {"url": "x"}}, description="d")
