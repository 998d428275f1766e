"""Where a page's numbers come from: source, period, parameters, data fingerprint, version."""

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from salesplan import __version__
from salesplan.reporting.parameter_words import said_parameters
from salesplan.text import check_language, say
from salesplan.text.numbers import format_month

MIME = "application/vnd.salesplan.provenance+json"


@dataclass(frozen=True, kw_only=True, eq=False)
class Provenance:
    """The footer of a notebook; the header of the report and of the app take it over.

    It carries no clock time, so that the same data and parameters give the same page.

    Examples
    --------
    >>> note = Provenance(source="crm", period="Jan 2024 – Oct 2026", fingerprint="0f1e", language="en")
    >>> note.to_dict()["source"]
    'crm'
    """

    source: str
    period: str
    fingerprint: str
    language: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    version: str = __version__

    def __post_init__(self) -> None:
        check_language(self.language)
        object.__setattr__(self, "parameters", dict(self.parameters))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, in the order they are shown."""
        return {
            "source": self.source,
            "period": self.period,
            "fingerprint": self.fingerprint,
            "version": self.version,
            "parameters": [list(pair) for pair in said_parameters(self.parameters, self.language)],
        }

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        e = html.escape
        facts = [
            (say("Source", self.language), self.source),
            (say("Data period", self.language), self.period),
            (say("Data fingerprint", self.language), self.fingerprint),
            (say("Version", self.language), self.version),
        ]
        shown = " · ".join(f"{e(name)}: <b>{e(str(value))}</b>" for name, value in facts if value)
        said = said_parameters(self.parameters, self.language)
        rows = "".join(f"<tr><th>{e(caption)}</th><td>{e(value)}</td></tr>" for caption, value in said)
        opened = (
            (
                f"<details><summary>{e(say('Parameters', self.language))}</summary><table class='sp-params'>{rows}"
                "</table></details>"
            )
            if rows
            else ""
        )
        page = (
            f'<div class="sp-provenance" data-source="{e(self.source)}" data-period="{e(self.period)}">'
            f"{shown}{opened}</div>"
        )
        return {
            "text/html": page,
            "text/plain": f"{self.source}, {self.period}, {self.fingerprint}",
            MIME: self.to_dict(),
        }


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{k}: {_plain(v)}" for k, v in value.items()) or "–"
    if isinstance(value, list | tuple):
        return ", ".join(_plain(v) for v in value) or "–"
    return "–" if value is None or value == "" else str(value)


def provenance(data: Any, parameters: Any = None, *, language: str) -> Provenance:
    """Say where the numbers of a page come from.

    Parameters
    ----------
    data
        Loaded sales data: ``source``, ``fingerprint``, ``period_start``, ``period_end``.
    parameters
        A pydantic model or a mapping; left out when the page has none. The workspace's path is not
        shown: the same data in another folder give the same page.
    """
    values = parameters.model_dump(mode="json") if hasattr(parameters, "model_dump") else dict(parameters or {})
    values.pop("workspace", None)
    start, end = getattr(data, "period_start", None), getattr(data, "period_end", None)
    history = getattr(data, "history", None)
    if start is None and isinstance(history, pd.DataFrame) and len(history):
        start, end = history.index[0], history.index[-1]
    period = "" if start is None else f"{format_month(start, language)} – {format_month(end, language)}"
    return Provenance(
        source=str(getattr(data, "source", "")),
        period=period,
        language=language,
        fingerprint=str(getattr(data, "fingerprint", "")),
        parameters=values,
    )
