"""The page that leads to every unit's review: a tree with figures, status, course and links; read from a folder, offline."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from salesplan import __version__
from salesplan.findings import STATUS_WORDS, STATUSES
from salesplan.reporting.review_record import UnitRecord
from salesplan.review.unit_status import RULE, RULE_DETAILS
from salesplan.text import mark, say
from salesplan.text.numbers import MISSING, format_month, format_percent, format_probability
from salesplan.text.wording import say_details

if TYPE_CHECKING:
    from jinja2 import Template

HTML_LANGUAGE = {"zh": "zh-CN", "en": "en"}
LINKED = ("html", "pdf", "xlsx")
LONGEST_LIST = 12
"""Units that the list at the top names; the table has them all."""
FULL_BAR = 1.5
"""Attainment at the right end of a bar."""
WIDTH, HEIGHT, MARGIN = 108.0, 26.0, 3.0
SIGNS = {"act": "▲", "watch": "◆", "ok": "●", "unknown": "?", "failed": "✕", "not_run": "–"}
"""A sign of its own beside each colour."""
WORDS = {
    "title": mark("Monthly review"), "unit": mark("Unit"), "attainment": mark("Attainment"), "p_quarter": mark("P(quarter)"),
    "p_hit": mark("P(year)"),
    "status": mark("Status"), "course": mark("Trend"), "findings": mark("Findings"), "open": mark("Reports"),
    "notebook": mark("half-run notebook"), "fingerprint": mark("Data fingerprint"), "version": mark("Version"),
    "failed_title": mark("Failed"), "app": mark("Sales planning"), "target": mark("mark on the bar: 100%"),
}  # fmt: skip
STATE_WORDS: dict[str, str] = {"failed": mark("Failed"), "not_run": mark("Not run yet")}
KIND_WORDS: dict[str, str] = {**{str(status): word for status, word in STATUS_WORDS.items()}, **STATE_WORDS}


def write_index(
    path: Path,
    records: Callable[[], Iterable[UnitRecord]],
    *,
    label: str,
    counts: Mapping[str, int],
    fingerprint: str,
    language: str,
) -> None:
    """Write the page row by row, as a whole or not at all; the same records give the same bytes.

    Parameters
    ----------
    records
        Gives the units in the order of the tree, each time anew: they are read twice and never held all.
    label
        The month.
    counts
        Units by state.
    """
    part = path.with_name(f".{path.name}.part")
    tops = _tops(records())
    page = _template().stream(
        words={name: say(word, language) for name, word in WORDS.items()}, css=_css(), version=__version__,
        html_language=HTML_LANGUAGE[language], period=format_month(label, language), fingerprint=fingerprint,
        counted=_counted(counts, tops.by_status, language), failed=tops.failed, more_failed=max(0, tops.n_failed - LONGEST_LIST),
        and_more=say("and {n} more in the table", language, n=max(0, tops.n_failed - LONGEST_LIST)),
        rows=_rows(records(), tops.least_depth, language), rule=say_details(RULE, RULE_DETAILS, language),
    )  # fmt: skip
    page.enable_buffering(50)
    with part.open("w", encoding="utf-8", newline="\n") as out:
        out.writelines(page)
    part.replace(path)


class _Tops:
    """What the head of the page says, from one reading of the records."""

    def __init__(self) -> None:
        self.failed: list[dict[str, str]] = []
        self.n_failed = 0
        self.least_depth = math.inf
        self.by_status: dict[str, int] = dict.fromkeys(STATUSES, 0)


def _tops(records: Iterable[UnitRecord]) -> _Tops:
    tops = _Tops()
    for record in records:
        tops.least_depth = min(tops.least_depth, len(record.path))
        if record.state == "failed":
            tops.n_failed += 1
            if len(tops.failed) < LONGEST_LIST:
                tops.failed.append({"name": _said_path(record), "anchor": record.folder, "error": record.error})
        elif record.state == "done":
            tops.by_status[record.review["status"]] += 1
    return tops


def _counted(counts: Mapping[str, int], by_status: Mapping[str, int], language: str) -> list[dict[str, str]]:
    """Units by state and status, as the head shows them; what there is none of is left out."""
    said = [{"word": say(mark("Units done"), language), "n": str(counts["done"]), "kind": "total"}]
    said += [{"word": say(KIND_WORDS[status], language), "n": str(n), "kind": status}
             for status, n in by_status.items() if n]
    said += [{"word": say(word, language), "n": str(counts[state]), "kind": state}
             for state, word in STATE_WORDS.items() if counts[state]]
    return said


def _rows(records: Iterable[UnitRecord], least_depth: float, language: str) -> Iterator[dict[str, Any]]:
    listed: set[str] = set()
    for record in records:
        yield _row(record, least_depth, language, has_parent=record.parent_id in listed)
        listed.add(record.unit_id)


def _row(record: UnitRecord, least_depth: float, language: str, *, has_parent: bool) -> dict[str, Any]:
    review = record.review
    kind = review["status"] if record.state == "done" else record.state
    attainment = review.get("attainment")
    return {
        "anchor": record.folder, "name": record.name, "depth": int(len(record.path) - least_depth), "kind": kind,
        "above": "" if has_parent or len(record.path) < 3 else " › ".join(record.path[1:-1]), "sign": SIGNS[kind],
        "status": say(KIND_WORDS[kind], language), "error": record.error,
        "attainment": format_percent(attainment, language), "bar": _bar(attainment), "mark": f"{100 / FULL_BAR:.1f}",
        "p_quarter": format_probability(review.get("p_quarter"), language), "p_hit": format_probability(review.get("p_hit"), language),
        "course": sparkline(review.get("sparkline") or [], kind, language),
        "findings": _findings(review, language) if record.state == "done" else MISSING,
        "links": [{"word": form.upper(), "href": _href(record, form)} for form in LINKED if form in record.files],
        "notebook": _href(record, "notebook") if "notebook" in record.files else "",
    }  # fmt: skip


def _bar(attainment: float | None) -> str:
    return "" if attainment is None else f"{min(max(attainment, 0.0), FULL_BAR) / FULL_BAR * 100:.1f}"


def _findings(review: Mapping[str, Any], language: str) -> str:
    """How many findings ask for something."""
    act, watch = int(review.get("n_act") or 0), int(review.get("n_watch") or 0)
    said = [say(msgid, language, n=n) for msgid, n in ((mark("{n} to act on"), act), (mark("{n} to watch"), watch)) if n]
    return " · ".join(said) or say(mark("none"), language)


def _said_path(record: UnitRecord) -> str:
    return "-".join(record.path[1:] or record.path)


def _href(record: UnitRecord, form: str) -> str:
    """Address of a file beside the page, every character of the names kept from having a meaning."""
    return f"{quote(record.folder)}/{quote(str(record.files[form]['name']))}"


def sparkline(values: Iterable[float | None], kind: str, language: str) -> Any:
    """A small picture of a course: a line with gaps where values are missing, a dot at its end.

    Examples
    --------
    >>> str(sparkline([1.0, None, 2.0], "ok", "en")).count("<circle"), sparkline([None], "ok", "en")
    (3, '')
    """
    from markupsafe import Markup

    course = [None if value is None or not math.isfinite(value) else float(value) for value in values]
    known = [value for value in course if value is not None]
    if not known:
        return ""
    low, high = min(known), max(known)
    step = (WIDTH - 2 * MARGIN) / max(1, len(course) - 1)
    points = [None if value is None else (MARGIN + at * step, _height(value, low, high)) for at, value in enumerate(course)]
    drawn = []
    for run in _runs(points):
        if len(run) == 1:
            drawn.append(f'<circle cx="{run[0][0]:.1f}" cy="{run[0][1]:.1f}" r="1.3"/>')
        else:
            drawn.append('<polyline points="' + " ".join(f"{x:.1f},{y:.1f}" for x, y in run) + '"/>')
    x, y = next(point for point in reversed(points) if point is not None)
    label = Markup.escape(say(mark("Trend over {n} values"), language, n=len(course)))
    return Markup(
        f'<svg class="course {kind}" width="{WIDTH:g}" height="{HEIGHT:g}" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" '
        f'aria-label="{label}">{"".join(drawn)}<circle class="end" cx="{x:.1f}" cy="{y:.1f}" r="2.4"/></svg>'
    )


def _height(value: float, low: float, high: float) -> float:
    if high <= low:
        return HEIGHT / 2
    return HEIGHT - MARGIN - (value - low) / (high - low) * (HEIGHT - 2 * MARGIN)


def _runs(points: Iterable[tuple[float, float] | None]) -> Iterator[list[tuple[float, float]]]:
    """Stretches without gaps."""
    run: list[tuple[float, float]] = []
    for point in points:
        if point is not None:
            run.append(point)
        elif run:
            yield run
            run = []
    if run:
        yield run


@cache
def _css() -> Any:
    from markupsafe import Markup

    return Markup(_file("review_index.css"))


@cache
def _template() -> "Template":
    from jinja2 import Environment, StrictUndefined

    return Environment(autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True).from_string(_file("review_index.html.j2"))


def _file(name: str) -> str:
    return files("salesplan.reporting").joinpath("template", name).read_text(encoding="utf-8")
