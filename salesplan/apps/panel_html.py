"""The parts of the panel that are plain HTML; the same in the live app and in the printed report."""

import html
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from salesplan.apps.drill import PART, DrillRow, is_listed, is_part_year, node_row
from salesplan.hierarchy import ALL_LINES, node_id
from salesplan.plots.targets import shown_name
from salesplan.text import mark, say
from salesplan.text.numbers import common_scale, format_money, format_percent, format_probability, format_signed_percent

if TYPE_CHECKING:
    from salesplan.apps.target_model import Scenario
    from salesplan.targets.plan import TargetPlan

CELLS = (
    ("last", mark("Last year")),
    ("forecast", mark("Forecast")),
    ("floor", mark("Floor")),
    ("target", mark("Target")),
    ("stretch", mark("Stretch")),
    ("growth", mark("Growth")),
    ("chance", mark("Chance")),
)
LEVELS = (("floor", mark("Floor")), ("target", mark("Target")), ("stretch", mark("Stretch")))


@lru_cache(maxsize=1)
def panel_style() -> str:
    """Style of the panel, as a style element."""
    css = (Path(__file__).parent / "panel.css").read_text(encoding="utf-8")
    return f"<style>{css}</style>"


def e(text: object) -> str:
    """Text that cannot be markup."""
    return html.escape(str(text))


def head(icon: str, title: str) -> str:
    """Heading of a card, said already.

    Examples
    --------
    >>> head("fa-flag-o", "A & B")
    '<h4><i class="fa fa-flag-o" aria-hidden="true"></i> A &amp; B</h4>'
    """
    return f'<h4><i class="fa {icon}" aria-hidden="true"></i> {e(title)}</h4>'


def note(text: str) -> str:
    """A small sentence, said already."""
    return f'<p class="sp-note">{e(text)}</p>'


def kpi_cards(plan: "TargetPlan", *, node: str, language: str) -> str:
    """Target, forecast, chance and stretch of a node, at a glance."""
    row: Any = plan.nodes.loc[node]

    def money(value: float) -> str:
        return e(format_money(float(value), language, currency=plan.currency, with_unit=True))

    def card(kind: str, title: str, value: str, note: str, extra: str = "") -> str:
        return (
            f'<div class="sp-kpi sp-kpi-{kind}"><div class="sp-kpi-t">{e(title)}</div>'
            f'<div class="sp-kpi-v">{value}</div><div class="sp-kpi-n">{note}</div>{extra}</div>'
        )

    part = is_part_year(plan, node)
    growth = e(
        say(
            "{growth} on last year ({last})",
            language,
            growth="–" if part else format_signed_percent(row["growth"], language),
            last=format_money(row["last_year"], language, currency=plan.currency),
        )
    )
    if part:
        growth = f'<abbr title="{e(say(PART, language))}">{growth}</abbr>'
    interval = say(
        "between {lower} and {upper}",
        language,
        lower=format_money(row["forecast_lower"], language),
        upper=format_money(row["forecast_upper"], language),
    )
    levels = "".join(
        f'<div class="sp-lv sp-lv-{key}"><span>{e(say(name, language))}</span><b>{money(row[key])}</b>'
        f"<i>{e(format_probability(float(row[f'p_{key}']), language))}</i></div>"
        for key, name in LEVELS
    )
    target = float(row["target"])
    stretch = float(row["stretch_part"])
    share = 0.0 if target <= 0 else max(0.0, min(1.0, stretch / target))
    bar = (
        f'<div class="sp-split" role="img" aria-label="{e(format_percent(share, language))}">'
        f'<span style="width:{100 * (1 - share):.1f}%"></span><span style="width:{100 * share:.1f}%"></span></div>'
    )
    note = (
        say("{part} of the target goes beyond the forecast", language, part=format_percent(share, language))
        if stretch >= 0
        else say("the forecast is {amount} above the target", language, amount=format_money(-stretch, language))
    )
    return (
        '<div class="sp-kpis">'
        + card("target", say("Target of the year", language), money(target), growth)
        + card("forecast", say("Forecast", language), money(row["forecast"]), e(interval))
        + card("stretch", say("Stretch part", language), money(stretch), e(note), bar)
        + f'<div class="sp-kpi sp-kpi-levels"><div class="sp-kpi-t">{e(say("Chance to attain", language))}</div>{levels}</div></div>'
    )


def columns_of(rows: Sequence[DrillRow]) -> tuple[str, ...]:
    """Columns in which at least one row has a figure; a column of nothing but dashes is not shown.

    Examples
    --------
    >>> columns_of([DrillRow(key="a", name="A", opens="", target=1.0, growth_note="part of a year")])
    ('target', 'growth')
    """
    told = [{key for key, value in _figures_of(row).items() if value is not None} for row in rows]
    noted = {"growth"} if any(row.growth_note for row in rows) else set()
    known = set().union(noted, *told) if rows else {key for key, _ in CELLS}
    return tuple(key for key, _ in CELLS if key in known)


def _figures_of(row: DrillRow) -> dict[str, float | None]:
    return {
        "last": row.last_year,
        "forecast": row.forecast,
        "floor": row.floor,
        "target": row.target,
        "stretch": row.stretch,
        "growth": row.growth,
        "chance": row.p_target,
    }


def row_cells(
    row: DrillRow, *, language: str, currency: str, scale: str = "auto", columns: Sequence[str] | None = None
) -> str:
    """The figures of a row; the name stands before them, as a button or as text; one scale for a table."""

    def money(value: float | None) -> str:
        return e(format_money(value, language, currency=currency, scale=scale))

    def noted(text: str, note: str) -> str:
        return f'<abbr title="{e(note)}">{text}</abbr>' if note else text

    chance = ""
    if row.p_target is not None:
        tone = "good" if row.p_target >= 0.5 else "fair" if row.p_target >= 0.25 else "poor"
        chance = f'<em class="sp-chip sp-{tone}">{e(format_probability(row.p_target, language))}</em>'
    figures = {
        "last": noted(money(row.last_year), row.last_note),
        "forecast": money(row.forecast),
        "floor": money(row.floor),
        "target": f"<b>{money(row.target)}</b>",
        "stretch": money(row.stretch),
        "growth": noted(e(format_signed_percent(row.growth, language)), row.growth_note),
        "chance": chance or "–",
    }
    return _cells(figures, columns)


def _cells(figures: Mapping[str, str], columns: Sequence[str] | None, kind: str = "") -> str:
    shown = [key for key, _ in CELLS] if columns is None else columns
    less = "" if len(shown) == len(CELLS) else f" sp-cells-{len(shown)}"
    return (
        f'<div class="sp-cells{kind}{less}">' + "".join(f'<span class="sp-c-{k}">{figures[k]}</span>' for k in shown) + "</div>"
    )


def head_cells(language: str, columns: Sequence[str] | None = None) -> str:
    """Captions over the figures."""
    return _cells({key: e(say(name, language)) for key, name in CELLS}, columns, " sp-cells-head")


def total_row(rows: Sequence[DrillRow], *, name: str, language: str) -> DrillRow:
    """The sum of the rows shown; it equals the node looked at.

    Where last year is known of some rows only, their sum is shown and said to be that.
    """

    def total(values: list[float | None]) -> float | None:
        known = [v for v in values if v is not None]
        return sum(known) if len(known) == len(rows) and rows else None

    target, known = sum(r.target for r in rows), [r.last_year for r in rows if r.last_year is not None]
    last, whole = sum(known) if known else None, len(known) == len(rows)
    part = rows[0].growth_note if rows and rows[0].opens == "month" else ""
    partly = say("{n} of {all} are known", language, n=len(known), all=len(rows)) if known and not whole else ""
    return DrillRow(
        key="",
        name=name,
        opens="",
        target=target,
        floor=total([r.floor for r in rows]),
        stretch=total([r.stretch for r in rows]),
        last_year=last,
        forecast=total([r.forecast for r in rows]),
        growth=target / last - 1 if last and last > 0 and whole and not part else None,
        growth_note=part or partly,
        last_note=partly,
    )


def static_table(rows: Sequence[DrillRow], *, first: str, language: str, currency: str, total: bool = True) -> str:
    """The table without buttons, for the report."""
    name = say("Total", language)
    shown = [*rows, total_row(rows, name=name, language=language)] if total and len(rows) > 1 else list(rows)
    scale, columns = common_scale([row.target for row in rows], language), columns_of(rows)
    body = "".join(
        f'<div class="sp-row{" sp-total" if row.key == "" else ""}"><div class="sp-name">{e(row.name)}</div>'
        f"{row_cells(row, language=language, currency=currency, scale=scale, columns=columns)}</div>"
        for row in shown
    )
    return (
        f'<div class="sp-table-box"><div class="sp-row sp-head-row"><div class="sp-name">{e(first)}</div>'
        f"{head_cells(language, columns)}</div>{body}</div>"
    )


def organisation_tree(plan: "TargetPlan", *, product_line: str = ALL_LINES, language: str, limit: int = 600) -> str:
    """The whole organisation to open and close without a kernel: what the report has of the drill-down."""
    units = plan.hierarchy.units
    below: dict[str, list[str]] = {}
    for unit, parent in zip(units["unit_id"], units["parent_id"], strict=True):
        if isinstance(parent, str):
            below.setdefault(parent, []).append(unit)
    nodes = plan.nodes.loc[[node_id(u, product_line) for u in units["unit_id"]]].set_index("unit_id")
    if len(nodes) > limit:
        nodes = nodes[nodes.index.isin(below)]
    nodes = nodes[[is_listed(row) for _, row in nodes.iterrows()]]
    order = nodes["target_fen"].to_dict()
    scale = common_scale(nodes["target"], language)

    def line(unit: str) -> str:
        row: Any = plan.nodes.loc[node_id(unit, product_line)]
        figures = node_row(plan, node_id(unit, product_line), row, language)
        return (
            f'<div class="sp-row"><div class="sp-name">{e(shown_name(row, language))}</div>'
            f"{row_cells(figures, language=language, currency=plan.currency, scale=scale)}</div>"
        )

    def branch(unit: str, *, is_open: bool) -> str:
        children = sorted((c for c in below.get(unit, []) if c in order), key=lambda c: -order[c])
        if not children:
            return f'<div class="sp-leaf">{line(unit)}</div>'
        inside = "".join(branch(c, is_open=False) for c in children)
        return f'<details{" open" if is_open else ""}><summary>{line(unit)}</summary><div class="sp-below">{inside}</div></details>'

    head = (
        f'<div class="sp-row sp-head-row"><div class="sp-name">{e(say("Organisation", language))}</div>'
        f"{head_cells(language)}</div>"
    )
    return f'<div class="sp-table-box sp-tree">{head}{branch(str(units["unit_id"].iloc[0]), is_open=True)}</div>'


def scenario_table(
    a: "Scenario", b: "Scenario", *, node: str, language: str, paired: dict[str, float] | None = None
) -> str:
    """Two plans kept, side by side, and what was set differently; equal plans differ by exactly zero."""
    if node not in a.plan.nodes.index or node not in b.plan.nodes.index:
        return ""
    one: Any = a.plan.nodes.loc[node]
    two: Any = b.plan.nodes.loc[node]
    currency = a.plan.currency

    def money(value: float) -> str:
        return e(format_money(float(value), language, currency=currency))

    def signed(value: float) -> str:
        return ("+" if value > 0 else "") + money(value)

    rows = "".join(
        f"<tr><th scope='row'>{e(say(name, language))}</th><td>{money(one[k])}</td><td>{money(two[k])}</td>"
        f"<td>{signed((int(two[f'{k}_fen']) - int(one[f'{k}_fen'])) / 100)}</td></tr>"
        for k, name in LEVELS
    )
    rows += (
        f"<tr><th scope='row'>{e(say('Growth', language))}</th><td>{e(format_signed_percent(one['growth'], language))}</td>"
        f"<td>{e(format_signed_percent(two['growth'], language))}</td>"
        f"<td>{e(format_signed_percent(float(two['growth']) - float(one['growth']), language))}</td></tr>"
    )
    rows += (
        f"<tr><th scope='row'>{e(say('Chance to attain', language))}</th><td>{e(format_probability(float(one['p_target']), language))}</td>"
        f"<td>{e(format_probability(float(two['p_target']), language))}</td>"
        f"<td>{e(format_signed_percent(float(two['p_target']) - float(one['p_target']), language, 0))}</td></tr>"
    )
    from salesplan.apps.panel_controls import setting_changes

    luck = ""
    if paired is not None:
        change, lower, upper = (
            format_signed_percent(paired[f"p_difference{side}"], language) for side in ("", "_lower", "_upper")
        )
        sentence = e(
            say(
                "Meeting the same luck, the chance to attain moves by {change} ({lower} to {upper}).",
                language,
                change=change,
                lower=lower,
                upper=upper,
            )
        )
        luck = f"<p class='sp-note'>{sentence}</p>"
    changed = setting_changes(a.parameters.model_dump(), b.parameters.model_dump(), language)
    told = (
        changes_list(changed)
        if changed
        else f"<p class='sp-note'>{e(say('A and B are set alike.', language))}</p>"
    )
    return (
        f"<table class='sp-scenarios'><thead><tr><th></th><th>A</th><th>B</th><th>B − A</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>{luck}{told}"
    )


def changes_list(sentences: Sequence[str]) -> str:
    """What was set differently, as a list."""
    return f"<ul class='sp-changes'>{''.join(f'<li>{e(sentence)}</li>' for sentence in sentences)}</ul>"


def settings_table(plan: "TargetPlan", *, language: str) -> str:
    """What was set, for the report, where no slider shows it."""
    from salesplan.apps.panel_controls import CAPTIONS, shown_setting
    from salesplan.apps.target_model import KNOBS

    values = plan.parameters.model_dump()
    items = "".join(
        f"<div><dt>{e(say(CAPTIONS[k], language))}</dt><dd>{e(shown_setting(k, values, language))}</dd></div>"
        for k in KNOBS
        if k in CAPTIONS and shown_setting(k, values, language)
    )
    return f"<dl class='sp-settings'>{items}</dl>"
