"""Pictures of what moves a result, of what keeps people from it, and of what a training budget buys."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from salesplan.coaching.middle_sixty import SEGMENT_WORDS, MiddleSixty
from salesplan.coaching.skill_drivers import OPPOSITE, RELATED, SkillDrivers
from salesplan.coaching.verdicts import VERDICT_WORDS
from salesplan.plots.chart import Chart
from salesplan.plots.kpis import TITLE_AXIS, need_columns, title_lines
from salesplan.plots.scale import money_scale
from salesplan.plots.theme import BAND, FLOOR, FORECAST, INK, MUTED, PAPER, STRETCH, TARGET
from salesplan.text import check_language, mark, say
from salesplan.text.numbers import format_count, format_money, format_percent, money_unit

GROUP_LOOKS = ((FORECAST, "circle"), (TARGET, "square"), (FLOOR, "triangle-up"), (STRETCH, "diamond"),
               ("#7c3aed", "cross"), ("#64748b", "triangle-down"))
"""Colour and shape of each tier, so that neither alone has to be told apart."""
VERDICT_COLOURS = {
    "skill": "#1d4ed8", "knowledge": "#7fb0e6", "effort": "#c2410c", "territory": "#0f766e",
    "ramp": "#a78bfa", "healthy": "#d9e7d3", "cannot_tell": "#e2e8f0",
}  # fmt: skip
DARK = frozenset({"skill", "effort", "territory"})
"""Verdicts whose colour takes white letters."""
_LINES = "length(split(datum.value || '', '\\n'))"
NAME_AXIS: dict[str, Any] = {
    **TITLE_AXIS, "labelOffset": {"condition": [{"test": f"{_LINES} > 2", "value": -13}, {"test": f"{_LINES} > 1", "value": -6}],
                                  "value": 0}}  # fmt: skip
"""An axis of names, of which long ones stand on two or three lines around their middle."""
SIGNED = "datum.value == 0 ? '0%' : format(datum.value, '+.0%')"
NO_SLOPE = mark("{tier}: not asked for, or hardly rated apart")
"""Said of a skill without a slope in a tier that is large enough."""


def name_lines(name: str) -> str:
    """A name on one line, or broken into two or three when it is long.

    Examples
    --------
    >>> name_lines("Follow-up"), name_lines("Industry and application knowledge")
    ('Follow-up', 'Industry and\\napplication\\nknowledge')
    """
    parts = title_lines(name).split("\n")
    return "\n".join(line for part in parts for line in (title_lines(part) if " " in part and len(part) > 16 else part).split("\n"))


def plot_drivers(
    found: SkillDrivers, language: str, *, names: Mapping[str, str] | None = None, tiers: Sequence[str] = (), outcome: str = ""
) -> Chart:
    """How far results differ with one more level of a skill, by tier, with intervals; hollow where it may be chance.

    Parameters
    ----------
    found
        From `skill_drivers`. Slopes are drawn relative to the tier's mean result, and in the unit of the result where that
        is not above zero. Tiers that are too small say so in place of a slope.
    names
        Name of each skill by its id.
    tiers
        Order of the tiers; that of the table by default.
    outcome
        Name of the result, said already.

    Raises
    ------
    InputError
        There is no skill.
    """
    check_language(language)
    need_columns(found.table, ("skill", "tier", "slope", "slope_lower", "slope_upper", "n", "verdict"), "plot_drivers")
    table = found.table
    called = dict(names or {})
    known = table[table["slope"].notna()]
    factor = table["relative_change"] / table["slope"].where(table["slope"] != 0)
    factor = factor.fillna(factor.groupby(table["tier"]).transform("median"))
    is_share = bool(len(known) and (factor[known.index] > 0).all())
    order = [t for t in tiers if (table["tier"] == t).any()]
    order += [str(t) for t in dict.fromkeys(table["tier"]) if str(t) not in order]
    mean = (table["slope"] * (factor if is_share else 1.0)).groupby(table["skill"], sort=False).mean()
    ranked = mean.sort_values(ascending=False, kind="stable", na_position="last").index
    told = set(known["tier"].astype(str))
    silent = {t: int(table.loc[table["tier"].astype(str) == t, "n"].max()) for t in order if t not in told}
    order = [t for t in order if t in told] or order
    rows: list[dict[str, Any]] = []
    gone: list[dict[str, Any]] = []
    for r, times in zip(table.to_dict("records"), factor, strict=True):
        row = {"skill": name_lines(called.get(str(r["skill"]), str(r["skill"]))), "tier": str(r["tier"]), "n": int(r["n"])}
        if row["tier"] not in order:
            continue
        if pd.isna(r["slope"]):
            gone.append({**row, "at": 0.0, "label": say(NO_SLOPE, language, tier=row["tier"])})
            continue
        scale = float(times) if is_share else 1.0
        rows.append({**row, "clear": r["verdict"] in (RELATED, OPPOSITE),
                     **{key: round(float(r[key]) * scale, 5) for key in ("slope", "slope_lower", "slope_upper")}})
    y = {"field": "skill", "type": "nominal", "title": None, "axis": {**NAME_AXIS, "grid": True, "tickBand": "extent"},
         "sort": [name_lines(called.get(str(s), str(s))) for s in ranked]}
    offset = {"field": "tier", "type": "nominal", "sort": order, "scale": {"domain": order, "paddingOuter": 0.5}}
    x = {"type": "quantitative", "title": None, "scale": {"zero": True, "nice": True, "padding": 8},
         "axis": {"grid": True, "tickCount": 6, **({"labelExpr": SIGNED} if is_share else {})}}
    looks = {t: GROUP_LOOKS[i % len(GROUP_LOOKS)] for i, t in enumerate(order)}
    colour = {"field": "tier", "type": "nominal", "legend": {"symbolOpacity": 1},
              "scale": {"domain": order, "range": [looks[t][0] for t in order]}}
    shape = {"field": "tier", "type": "nominal", "scale": {"domain": order, "range": [looks[t][1] for t in order]}}
    at = {"y": y, "yOffset": offset}
    layer: list[dict[str, Any]] = [
        {"data": {"values": [{"zero": 0}]}, "mark": {"type": "rule", "color": INK, "strokeWidth": 1},
         "encoding": {"x": {**x, "field": "zero"}}},
        {"mark": {"type": "rule", "strokeWidth": 4, "opacity": 0.35, "strokeCap": "round"},
         "encoding": {**at, "x": {**x, "field": "slope_lower"}, "x2": {"field": "slope_upper"}, "color": colour}},
        {"transform": [{"filter": "!datum.clear"}],
         "mark": {"type": "point", "filled": False, "fill": PAPER, "size": 58, "strokeWidth": 1.8, "opacity": 1},
         "encoding": {**at, "x": {**x, "field": "slope"}, "color": colour, "shape": shape}},
        {"transform": [{"filter": "datum.clear"}], "mark": {"type": "point", "filled": True, "size": 66, "opacity": 1},
         "encoding": {**at, "x": {**x, "field": "slope"}, "color": colour, "shape": shape}},
    ]  # fmt: skip
    if gone:
        layer.append({"data": {"values": gone}, "mark": {"type": "text", "align": "left", "dx": 4, "fontSize": 10, "fill": MUTED},
                      "encoding": {**at, "x": {**x, "field": "at"}, "text": {"field": "label"}}})
    heading = (say(mark("What one more level goes along with: {outcome}"), language, outcome=outcome) if outcome
               else say(mark("What one more level of a skill goes along with"), language))
    notes = [say(mark("relative to the tier's mean result"), language)] if is_share else []
    notes.append(say(mark("bars: intervals; hollow: may be chance, also where the bar leaves out 0: all skills are tested together"
                          " (false discoveries); not a proof of cause"), language))
    if told:
        notes += [say(mark("{tier}: insufficient evidence (n={n})"), language, tier=t, n=n) for t, n in silent.items()]
    spec = {"title": {"text": heading, "subtitle": " · ".join(notes)}, "height": max(34, 17 * len(order) + 8) * len(mean),
            "data": {"values": rows}, "layer": layer}
    return Chart(spec=spec, description=heading)


def plot_diagnosis(
    frame: pd.DataFrame, language: str, *, by: str = "tier", names: Mapping[str, str] | None = None
) -> Chart:
    """How many people of each group fall short for which reason: training is only one of the answers.

    Parameters
    ----------
    frame
        ``Diagnosis.people``: one row a person, with verdict and the column named by ``by``.
    by
        Group of the bars.
    names
        Name of each group by its id.

    Raises
    ------
    InputError
        A column is missing, or there are no rows.
    """
    check_language(language)
    need_columns(frame, (by, "verdict"), "plot_diagnosis")
    called = dict(names or {})
    order = [v for v in VERDICT_WORDS if (frame["verdict"] == v).any()]
    counts = frame.groupby([by, "verdict"], sort=False).size()
    groups = list(dict.fromkeys(frame[by]))
    totals = frame.groupby(by, sort=False).size()
    rows = []
    for group in groups:
        start = 0.0
        label = f"{called.get(str(group), str(group))} ({int(totals[group])})"
        for place, verdict in enumerate(order):
            n = int(counts.get((group, verdict), 0))
            share = n / int(totals[group])
            rows.append({"group": label, "verdict": say(VERDICT_WORDS[verdict], language), "share": round(share, 5), "order": place,
                         "middle": round(start + share / 2, 5), "dark": verdict in DARK,
                         "label": str(n) if share >= 0.05 else ""})
            start += share
    domain = [say(VERDICT_WORDS[v], language) for v in order]
    y = {"field": "group", "type": "nominal", "sort": list(dict.fromkeys(r["group"] for r in rows)), "title": None,
         "axis": NAME_AXIS}
    x = {"field": "share", "type": "quantitative", "stack": "zero", "title": None, "scale": {"domain": [0, 1]},
         "axis": {"format": ".0%", "tickCount": 5, "grid": False}}
    colour = {"field": "verdict", "type": "nominal",
              "scale": {"domain": domain, "range": [VERDICT_COLOURS.get(v, "#94a3b8") for v in order]}}
    heading = say(mark("Is it a training problem?"), language)
    spec = {
        "title": {"text": heading, "subtitle": say(mark("share of people by likeliest cause; numbers: people"), language)},
        "height": 38 * len(groups), "data": {"values": rows},
        "layer": [
            {"mark": {"type": "bar", "height": 24, "stroke": PAPER, "strokeWidth": 1},
             "encoding": {"x": x, "y": y, "color": colour, "order": {"field": "order", "type": "quantitative"}}},
            {"transform": [{"filter": "datum.label != ''"}], "mark": {"type": "text", "fontWeight": 600},
             "encoding": {"x": {**x, "field": "middle", "stack": None}, "y": y, "text": {"field": "label"},
                          "color": {"condition": {"test": "datum.dark", "value": PAPER}, "value": INK}}},
        ],
    }  # fmt: skip
    return Chart(spec=spec, description=heading)


def plot_budget_curve(
    frame: pd.DataFrame, language: str, *, budget: float, shadow_value: float | None = None, currency: str = "CNY"
) -> Chart:
    """What each budget can cover of the need, and where the chosen one stands.

    Parameters
    ----------
    frame
        budget (currency units), covered_share (of the weighted gaps).
    budget
        The chosen budget, marked in the picture.
    shadow_value
        Covered share that one more 1,000 of the currency would add, written below the title.

    Raises
    ------
    InputError
        A column is missing, or there are no rows.
    """
    check_language(language)
    need_columns(frame, ("budget", "covered_share"), "plot_budget_curve")
    ordered = frame.sort_values("budget", kind="stable")
    budgets = ordered["budget"].to_numpy(float)
    scale = money_scale([*budgets, budget], language, currency=currency)
    shares = ordered["covered_share"].to_numpy(float)
    rows = [{"budget": float(scale.of(b)), "share": round(s, 5)} for b, s in zip(budgets, shares, strict=True)]
    here = float(np.interp(budget, budgets, shares))
    x = {"field": "budget", "type": "quantitative", "scale": {"nice": True, "domainMin": 0},
         "title": say(mark("Budget, {unit}"), language, unit=scale.caption), "axis": {"tickCount": 6}}
    most = max(0.05, min(1.0, 1.2 * float(np.nanmax(shares))))
    y = {"field": "share", "type": "quantitative", "title": None, "scale": {"domain": [0, most]},
         "axis": {"format": ".0%", "tickCount": 5, "grid": True}}
    point = {"values": [{"budget": float(scale.of(budget)), "share": round(here, 5),
                         "label": f"{format_money(budget, language, currency=currency)}: {format_percent(here, language, 0)}"}]}
    right = budget > 0.6 * float(budgets.max())
    heading = say(mark("What a budget covers of the need"), language)
    notes = [say(mark("share of the weighted gaps"), language)]
    if shadow_value is not None and np.isfinite(shadow_value):
        notes.append(say(mark("one more {amount} adds {points} percentage points"), language,
                         amount=say(mark("{unit}{amount}"), language, amount="1,000",
                                    unit=money_unit("one", language, currency=currency)),
                         points=format_count(shadow_value * 100, language, 2)))
    spec = {
        "title": {"text": heading, "subtitle": " · ".join(notes)}, "height": 240, "data": {"values": rows},
        "layer": [
            {"mark": {"type": "area", "color": BAND, "opacity": 0.45, "interpolate": "linear"}, "encoding": {"x": x, "y": y}},
            {"mark": {"type": "line", "color": FORECAST, "point": {"filled": True, "size": 30, "color": FORECAST}},
             "encoding": {"x": x, "y": y}},
            {"data": point, "mark": {"type": "rule", "color": MUTED, "strokeDash": [4, 3]}, "encoding": {"x": x}},
            {"data": point, "mark": {"type": "point", "filled": True, "size": 120, "color": TARGET, "opacity": 1},
             "encoding": {"x": x, "y": y}},
            {"data": point, "mark": {"type": "text", "align": "right" if right else "left", "dx": -10 if right else 10, "dy": 14,
                                     "fontWeight": 600}, "encoding": {"x": x, "y": y, "text": {"field": "label"}}},
        ],
    }  # fmt: skip
    return Chart(spec=spec, description=heading)


def plot_middle(
    found: MiddleSixty, language: str, *, shows_money: bool = True, currency: str = "CNY"
) -> Chart:
    """What the same rise brings in the middle and at the top, as a share of all sales, with intervals.

    Parameters
    ----------
    found
        From `middle_sixty`.
    shows_money
        Whether the reader may see sales; labels then carry the gain in money.
    """
    check_language(language)
    rows: list[dict[str, Any]] = []
    for r in found.table.to_dict("records"):
        gain, low, high = (found.uplift * float(r[c]) for c in ("sales_share", "sales_share_lower", "sales_share_upper"))
        low, high = (low, high) if found.status == "ok" else (gain, gain)
        label = format_percent(gain, language)
        if shows_money:
            label += f" ({format_money(float(r['gain_amount']), language, currency=currency)})"
        n = format_count(float(r["n"]), language)
        name = say(SEGMENT_WORDS[str(r["segment"])], language)
        rows.append({"segment": f"{name}\n{say(mark('{n} people'), language, n=n)}", "gain": round(gain, 5), "label": label,
                     "lower": round(low, 5), "upper": round(high, 5)})
    y = {"field": "segment", "type": "nominal", "sort": [r["segment"] for r in rows], "title": None, "axis": NAME_AXIS}
    most = max(r["upper"] for r in rows)
    x = {"type": "quantitative", "title": None, "scale": {"domain": [0, round((1.5 if shows_money else 1.25) * most, 5)], "nice": False},
         "axis": {"grid": True, "tickCount": 5, "format": ".1%"}}
    heading = say(mark("What {uplift} more brings, by segment of sellers"), language,
                  uplift=format_percent(found.uplift, language, 0))
    ratio = say(mark("middle over top: {ratio} ({lower} to {upper})"), language, ratio=f"{found.ratio:.2f}",
                lower=f"{found.ratio_lower:.2f}", upper=f"{found.ratio_upper:.2f}")
    note = say(mark("share of all sales; thin line: interval"), language)
    few = say(mark("share of all sales; insufficient evidence for an interval"), language)
    below = f"{note} · {ratio}" if found.status == "ok" else few
    spec = {
        "title": {"text": heading, "subtitle": below}, "height": 46 * len(rows), "data": {"values": rows},
        "layer": [
            {"mark": {"type": "bar", "height": 18, "color": FORECAST, "cornerRadiusEnd": 3},
             "encoding": {"x": {**x, "field": "gain"}, "y": y}},
            {"mark": {"type": "rule", "strokeWidth": 1.6, "color": INK},
             "encoding": {"x": {**x, "field": "lower"}, "x2": {"field": "upper"}, "y": y}},
            {"mark": {"type": "text", "align": "left", "dx": 7, "fontWeight": 600},
             "encoding": {"x": {**x, "field": "upper"}, "y": y, "text": {"field": "label"}}},
        ],
    }  # fmt: skip
    return Chart(spec=spec, description=heading)
