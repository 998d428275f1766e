"""The ranked table of the KPI panel: names as buttons beside it, figures in one piece of HTML."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from salesplan.apps.panel_html import e
from salesplan.text import mark, say
from salesplan.text.numbers import format_count

if TYPE_CHECKING:
    from salesplan.apps.kpi_model import KpiModel

LONGEST = 150.0
"""Points at the right end of a bar; no score shown in full lies above."""
RANK_RANGE = mark("{lower} to {upper}")
BAND = mark("band {n}")


def table_html(
    model: "KpiModel", rows: pd.DataFrame, language: str, *, names: bool = False, split: int | None = None
) -> tuple[str, str]:
    """One row a person; with names for a report, without them beside the buttons of the app.

    Parameters
    ----------
    split
        After how many rows the table makes room for something else and goes on, in columns of the same width.

    Returns
    -------
    tuple
        The table up to there, and from there on: empty when nothing is left.
    """
    set_code = model.people.set_code or (rows["set"].iloc[0] if len(set(rows["set"])) == 1 else "")
    kpis = model.scheme[set_code].kpis if set_code in model.scheme.codes else ()
    points = model.preview.points(model.scheme, set_code, list(map(str, rows.index)))
    widest = _widest(rows)
    heads = [
        *([("name", say("Name", language))] if names else []),
        ("rank", say("Place", language)), ("move", "±"), ("score", say("Score", language)), ("span", say("Interval", language)),
        ("band", say("True place", language)), ("old", say("Before", language)),
        *([] if model.people.set_code else [("set", say("KPI set", language))]),
        ("tier", say("Tier", language)),
        *[("kpi", model.library.title(kpi, language)) for kpi in kpis],
    ]  # fmt: skip
    body = [
        _row(str(who), row, model, language, points=own, widest=widest, named=names)
        for who, row, own in zip(rows.index, rows.to_dict("records"), points, strict=True)
    ]
    head = "".join(f'<th class="sp-k-c-{kind}">{e(text)}</th>' for kind, text in heads)
    first = len(body) if split is None else split

    def table(shown: list[str], aside: list[str]) -> str:
        """Rows, and those that are folded away but hold the columns as wide as in the other part."""
        folded = f'<tbody class="sp-k-folded" aria-hidden="true">{"".join(aside)}</tbody>' if aside else ""
        return (f'<table class="sp-k-table sp-k-people"><thead><tr>{head}</tr></thead>'
                f'<tbody>{"".join(shown)}</tbody>{folded}</table>')

    rest = body[first:]
    return table(body[:first], rest), table(rest, body[:first]) if rest else ""


def _row(
    who: str, row: dict[Any, Any], model: "KpiModel", language: str, *, points: Any, widest: float,
    named: bool,
) -> str:
    def number(value: Any, digits: int = 1) -> str:
        return e(format_count(None if pd.isna(value) else float(value), language, digits))

    band = row.get("band")
    within = e(say("of {n}", language, n=format_count(row["n_ranked"], language)))
    before = e(say("place {n}", language, n=format_count(row["rank_before"], language)))
    place = '<span class="sp-k-wait">…</span>'
    if "band" in row:
        place = "–" if pd.isna(band) else (
            f"{e(say(RANK_RANGE, language, lower=int(row['rank_lower']), upper=int(row['rank_upper'])))}"
            f'<small>{e(say(BAND, language, n=int(band)))}</small>'
        )
    cells = [
        *([("name", e(row["name"]))] if named else []),
        ("rank", f"<b>{number(row['rank'], 0)}</b><small>{within}</small>"), ("move", _moved(row["move"])),
        ("score", f"<b>{number(row['score'])}</b>"),
        ("span", _span(row, widest, language)), ("band", place),
        ("old", f"{number(row['score_before'])}<small>{before}</small>"),
        *([] if model.people.set_code else [("set", e(_set_name(model, row["set"], language)))]),
        ("tier", e(row["tier"])),
        *[("kpi", number(value)) for value in points],
    ]  # fmt: skip
    here = " class=sp-k-open" if who == model.people.person else ""
    return f"<tr{here}>" + "".join(f'<td class="sp-k-c-{kind}">{text}</td>' for kind, text in cells) + "</tr>"


def _set_name(model: "KpiModel", code: str, language: str) -> str:
    return model.scheme[code].name.said(language) if code in model.scheme.codes else "–"


def _moved(move: Any) -> str:
    if pd.isna(move) or not move:
        return '<span class="sp-k-same">–</span>'
    up = move > 0
    return f'<span class="sp-k-{"up" if up else "down"}">{"▲" if up else "▼"}{abs(int(move))}</span>'


def _widest(rows: pd.DataFrame) -> float:
    known = rows[["score", "score_upper"]].to_numpy(float)
    return max(float(np.nanmax(known)), 100.0) if np.isfinite(known).any() else LONGEST


def _span(row: dict[Any, Any], widest: float, language: str) -> str:
    lower, upper, score = (float(row[name]) for name in ("score_lower", "score_upper", "score"))
    if np.isnan(lower) or np.isnan(score):
        return "–"
    left, wide = (100 * max(v, 0.0) / widest for v in (lower, upper - lower))
    told = f"{format_count(lower, language)}–{format_count(upper, language)}"
    return (f'<div class="sp-k-span" title="{e(told)}"><span style="left:{left:.1f}%;width:{wide:.1f}%"></span>'
            f'<i style="left:{100 * max(score, 0.0) / widest:.1f}%"></i></div><small>{e(told)}</small>')
