"""The parts of the review panel that are plain HTML; the same in the live app and in the printed report."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from salesplan.apps.panel_html import e, note, panel_style
from salesplan.findings import STATUS_WORDS
from salesplan.reporting.review_table import review_scale
from salesplan.reporting.show import page_css
from salesplan.text import mark, say
from salesplan.text.numbers import (
    MISSING,
    format_count,
    format_money,
    format_percent,
    format_probability,
    money_unit,
)

if TYPE_CHECKING:
    from salesplan.apps.review_model import ReviewModel

TONES: Final = {"act": "sp-poor", "watch": "sp-fair", "ok": "sp-good", "unknown": "sp-r-grey"}
WAITING: Final = mark("Being worked out …")
HEADS: Final = (
    ("target", mark("Target")), ("actual", mark("Actual")), ("attainment", mark("Attainment")), ("contribution", mark("Adds (points)")),
    ("chance", mark("Chance of the year")), ("status", mark("Status")),
)  # fmt: skip
LEGEND: Final = mark(
    "Adds: percentage points of the attainment of the unit looked at. Status: act at a warning or a chance of the quarter's target below"
    " {act_share} (of the year's once the quarter is over), watch at a chance of either below {watch_share}. Furthest behind first."
)
NO_PARTS: Final = mark("There is nobody below with sales or a target this month.")
NO_TARGET: Final = mark("No target")


@lru_cache(maxsize=1)
def review_style() -> str:
    """Style of the panel: that of every panel, of pages, and its own."""
    css = (Path(__file__).parent / "review_panel.css").read_text(encoding="utf-8")
    return f"<style>{page_css()}</style>{panel_style()}<style>{css}</style>"


def chip(status: str, language: str) -> str:
    """A status as a word on its colour."""
    return f'<em class="sp-chip {TONES[status]}" data-status="{status}">{e(say(STATUS_WORDS[status], language))}</em>'  # type: ignore[index]


def waiting(language: str) -> str:
    """What stands in place of what is not known yet."""
    return f'<p class="sp-note sp-r-waiting" aria-live="polite">{e(say(WAITING, language))}</p>'


def points(value: float, language: str) -> str:
    """Percentage points with their sign.

    Examples
    --------
    >>> points(-3.94, "en"), points(0.2, "en"), points(float("nan"), "en")
    ('-3.9', '+0.2', '–')
    """
    if pd.isna(value):
        return MISSING
    text = format_count(abs(value), language, 1)
    return text if not float(text.replace(",", "")) else ("+" if value > 0 else "-") + text


def headline_html(row: Mapping[str, Any], model: "ReviewModel") -> str:
    """A unit's or person's month and year at a glance."""
    lang, currency = model.language, model.currency

    def money(value: float) -> str:
        return e(format_money(value, lang, currency=currency, with_unit=True))

    def card(kind: str, title: str, value: str, under: str) -> str:
        return (f'<div class="sp-kpi sp-kpi-{kind}"><div class="sp-kpi-t">{e(say(title, lang))}</div><div class="sp-kpi-v">{value}</div>'
                f'<div class="sp-kpi-n">{under}</div></div>')

    has_target = pd.notna(row["target"])
    of, gap = e(say(NO_TARGET, lang)), ""
    if has_target:
        of = e(say("of a target of {target}", lang, target=format_money(row["target"], lang, currency=currency)))
        words = mark("{gap} ahead") if row["gap"] >= 0 else mark("{gap} behind")
        gap = e(say(words, lang, gap=format_money(abs(row["gap"]), lang, currency=currency)))
        if pd.notna(row["restated"]) and round(row["restated"], 3) != round(row["attainment"], 3):
            gap += e(" · " + say("{share} as today's organisation would have it", lang, share=format_percent(row["restated"], lang)))
    if row["has_outlook"]:
        end = money(row["projected"])
        scale = review_scale([row["lower"], row["upper"]], lang)
        lower, upper = (format_money(row[name], lang, currency=currency, scale=scale) for name in ("lower", "upper"))
        span = e(say("between {lower} and {upper}", lang, lower=lower, upper=upper))
        chance, word = e(format_probability(row["p_hit"], lang)), chip(row["status"], lang)
    else:
        end = chance = "…"
        span = word = e(say(WAITING, lang))
    return (
        f'<div class="sp-kpis sp-r-headline" data-place="{e(row["unit_id"])}" data-whole="{str(bool(row["has_outlook"])).lower()}">'
        + card("forecast", mark("Sold this month"), money(row["actual"]), of)
        + card("target", mark("Attainment"), e(format_percent(row["attainment"], lang)), gap)
        + card("stretch", mark("The year will probably end at"), end, span)
        + card("levels", mark("Chance of the year"), chance, word) + "</div>"
    )


def figures_html(rows: pd.DataFrame, model: "ReviewModel") -> str:
    """The figures of the rows as a table beside their names."""
    lang = model.language
    scale = review_scale(rows["actual"], lang)
    unit = money_unit(scale, lang, currency=model.currency)
    small = {key: f"<small>{e(unit)}</small>" for key in ("target", "actual")}
    heads = "".join(f'<th class="sp-r-c-{key}">{e(say(text, lang))}{small.get(key, "")}</th>' for key, text in HEADS)
    body = "".join(f'<tr data-row="{e(row["unit_id"])}">{_cells(row, model, scale)}</tr>' for row in rows.to_dict("records"))
    return f'<table class="sp-k-table sp-r-table"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>'


def _cells(row: Mapping[Any, Any], model: "ReviewModel", scale: str) -> str:
    lang = model.language

    def money(value: float) -> str:
        return e(format_money(value, lang, currency=model.currency, scale=scale, suffix=False))

    share = row["attainment"]
    width = 0.0 if pd.isna(share) else max(0.0, min(1.2, float(share))) / 1.2 * 100
    bar = f'<span class="sp-r-bar" aria-hidden="true"><i style="width:{width:.1f}%"></i></span>'
    known = row["has_outlook"] and row["level"] != "former"
    cells = {
        "target": money(row["target"]), "actual": money(row["actual"]),
        "attainment": f"{bar}<b>{e(format_percent(share, lang))}</b>", "contribution": e(points(row["contribution"], lang)),
        "chance": e(format_probability(row["p_hit"], lang)) if known else ("…" if not row["has_outlook"] else MISSING),
        "status": chip(row["status"], lang) if known else "",
    }
    return "".join(f'<td class="sp-r-c-{key}">{text}</td>' for key, text in cells.items())


def legend_html(rows: pd.DataFrame, language: str) -> str:
    """What the columns mean, or that there are no rows."""
    from salesplan.review.standing_findings import LIKELY, UNLIKELY

    if rows.empty:
        return note(say(NO_PARTS, language))
    return note(say(LEGEND, language, act_share=format_percent(UNLIKELY, language, 0), watch_share=format_percent(LIKELY, language, 0)))


def tree_html(frame: pd.DataFrame, top: str, model: "ReviewModel", *, limit: int = 400) -> str:
    """The organisation to open and close without a kernel: what the report has of the drill-down."""
    lang = model.language
    known = frame[~(frame["level"].eq("former") & frame["actual"].eq(0))]
    if len(known) > limit:
        known = known[known["level"].ne("rep") & known["level"].ne("former")]
    scale = review_scale(known["actual"], lang)
    below: dict[str, list[dict[Any, Any]]] = {}
    for row in known.sort_values(["gap", "unit_id"], kind="stable", na_position="last").to_dict("records"):
        below.setdefault(str(row["parent_id"]), []).append(row)
    unit = money_unit(scale, lang, currency=model.currency)
    heads = "".join(f'<span class="sp-r-c-{key}">{e(say(text, lang))}</span>' for key, text in HEADS)

    def line(row: Mapping[Any, Any]) -> str:
        cells = _cells(row, model, scale).replace("<td", "<span").replace("</td>", "</span>")
        return f'<div class="sp-row"><div class="sp-name">{e(row["name"])}</div><div class="sp-r-cells">{cells}</div></div>'

    def branch(row: Mapping[Any, Any], *, is_open: bool) -> str:
        parts = below.get(str(row["unit_id"]), [])
        if not parts:
            return f'<div class="sp-leaf">{line(row)}</div>'
        inside = "".join(branch(part, is_open=False) for part in parts)
        return f'<details{" open" if is_open else ""}><summary>{line(row)}</summary><div class="sp-below">{inside}</div></details>'

    head = (f'<div class="sp-row sp-head-row"><div class="sp-name">{e(unit)}</div><div class="sp-r-cells">{heads}</div></div>')
    first = known[known["unit_id"].eq(top)].to_dict("records")[0]
    return f'<div class="sp-table-box sp-tree sp-r-tree">{head}{branch(first, is_open=True)}</div>'
