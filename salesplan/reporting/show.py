"""What a notebook shows between its pictures: tables, findings, notes, in one language."""

import html
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd

from salesplan.text import say
from salesplan.text.tables import html_table, table_css


@dataclass(frozen=True, kw_only=True, eq=False)
class Fragment:
    """A piece of a page: HTML for people, plain text for the rest.

    Examples
    --------
    >>> Fragment(html="<p>hi</p>", plain="hi")
    hi
    """

    html: str
    plain: str

    def __repr__(self) -> str:
        return self.plain

    def _repr_html_(self) -> str:
        return self.html


@cache
def page_css() -> str:
    """The style of findings and notes, and of the tables, to be put once into a page."""
    return files("salesplan.reporting").joinpath("page.css").read_text("utf-8") + table_css()


def show_style() -> Fragment:
    """Style the tables and findings that follow, in JupyterLab, report and app alike."""
    return Fragment(html=f"<style>{page_css()}</style>", plain="")


def show_table(
    frame: pd.DataFrame,
    language: str,
    *,
    title: str = "",
    currency: str = "CNY",
    max_rows: int | None = None,
    **options: Any,
) -> Fragment:
    """A frame as a table for people; a column ``depth`` indents its rows, ``title`` is a sentence of the catalogue."""
    caption = say(title, language) if title else None
    if "depth" in frame:
        options["levels"], frame = frame["depth"], frame.drop(columns="depth")
    return Fragment(
        html=html_table(frame, language, caption=caption, currency=currency, max_rows=max_rows, **options),
        plain=frame.to_string(max_rows=12),
    )


def show_findings(
    findings: Iterable[Any], language: str, *, currency: str = "CNY", folded: Collection[str] = ()
) -> Fragment:
    """Findings as cards, most urgent first: what, what to do, who, by when.

    Parameters
    ----------
    folded
        States (such as ``ok``) whose findings stand below the others, to be opened by a click.
    """
    from salesplan.findings import sort_findings, to_frame

    found = sort_findings(findings)
    words = to_frame(found, language, currency=currency)
    cards: dict[bool, list[str]] = {False: [], True: []}
    for finding, row in zip(found, words.to_dict("records"), strict=True):
        cards[finding.status in folded].append(_finding_card(finding.status, row))
    lists = {kind: f'<ul class="sp-findings">{"".join(items)}</ul>' for kind, items in cards.items()}
    page = lists[False] if cards[False] or not cards[True] else ""
    if cards[True]:
        summary = html.escape(say("{n} more where all is well", language, n=len(cards[True])))
        page += f"<details><summary>{summary}</summary>{lists[True]}</details>"
    return Fragment(html=page, plain=words.to_string())


def _finding_card(status: str, row: Mapping[Hashable, Any]) -> str:
    todo = " · ".join(
        html.escape(str(row[name]))
        for name in ("action", "owner", "due")
        if row.get(name) not in (None, "", "–") and not pd.isna(row[name])
    )
    return (
        f'<li class="sp-finding sp-{status}"><b>{html.escape(str(row["status"]))}</b> '
        f"{html.escape(str(row['message']))}" + (f'<div class="sp-todo">{todo}</div>' if todo else "") + "</li>"
    )


def show_notes(notes: Iterable[Mapping[str, Any]], language: str, *, currency: str = "CNY") -> Fragment:
    """Notes of the data and the plan as sentences."""
    from salesplan.text.wording import say_details

    sentences = [say_details(note["msgid"], note["details"], language, currency=currency) for note in notes]
    items = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in sentences)
    return Fragment(html=f'<ul class="sp-notes">{items}</ul>' if items else "", plain="\n".join(sentences))
