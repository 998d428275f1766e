"""One statement a person, as a page and as a workbook that can be computed again."""

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from salesplan.errors import InputError, known_choices
from salesplan.kpis.library import KpiLibrary
from salesplan.kpis.score_notes import NO_SCORE, NOT_SCORED
from salesplan.kpis.scorecard import Scorecard
from salesplan.reporting.statement_facts import StatementMaker
from salesplan.reporting.statement_html import statement_html
from salesplan.reporting.statement_workbook import statement_workbook
from salesplan.text import mark

FORMATS = ("html", "xlsx")
LONGEST_NAME = 60
MOST_NAMED = 10
NO_FIGURES = mark("No score, because the data hold no figure of theirs for {period}: {names} ({n_sellers}).")
_UNSAFE = re.compile(r"[^\w\-]+")
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)$", re.IGNORECASE)


def export_statements(
    scorecard: Scorecard,
    folder: str | Path,
    *,
    language: str = "zh",
    library: KpiLibrary | None = None,
    formats: Sequence[str] = FORMATS,
    sellers: Iterable[str] | None = None,
    profiles: pd.DataFrame | None = None,
    source: str = "",
    currency: str = "CNY",
    progress: Callable[[int, int], None] | None = None,
) -> list[Path]:
    """Write everybody's statement: how the score came about, figure by figure, and nothing about anybody else.

    Parameters
    ----------
    scorecard
        The scores.
    folder
        Where the files go; it is made. A file is named by the person's id and name, in letters that every system takes,
        and replaced as a whole or not at all.
    library
        Names of the KPIs; the packaged one by default.
    formats
        ``html`` (a page without network and script) and ``xlsx`` (a workbook whose formulas compute the score again).
    sellers
        Only these, by id or by a name that one person has; by default everybody who is under a KPI set.
    profiles
        seller_id, and where known unit_name and employee_no.
    source
        Name of the data's source.
    currency
        ISO code of all money.
    progress
        Called with the number of people done and of all after each person.

    Returns
    -------
    list of Path
        The files, in the order of the people, formats in the order given.

    Raises
    ------
    InputError
        An unknown format or seller, or a figure that would give away what one or two people said about somebody.
    """
    wanted = [str(f).lower() for f in formats]
    for form in wanted:
        if form not in FORMATS:
            raise InputError(f"format == {form!r}, must be a format of statements", fix=known_choices(form, FORMATS))
    maker = StatementMaker(scorecard, language, library=library, profiles=profiles, source=source, currency=currency)
    people = maker.sellers if sellers is None else [scorecard.seller_of(one) for one in sellers]
    stems = statement_names(scorecard.totals["name"])
    where = Path(folder)
    where.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for done, who in enumerate(people, start=1):
        statement = maker.of(who)
        for form in wanted:
            content = statement_html(statement).encode() if form == "html" else statement_workbook(statement, currency=currency)
            written.append(write_whole(where / f"{stems[who]}.{form}", content))
        if progress is not None:
            progress(done, len(people))
    return written


def unscored_notes(scorecard: Scorecard) -> list[dict[str, Any]]:
    """Who gets a statement without a score, and why: sets that are not scored, people without any figure, and others.

    Parameters
    ----------
    scorecard
        The scores; people who are not on it are not named.
    """
    totals, lines = scorecard.totals, scorecard.lines
    notes = [dict(note) for note in scorecard.notes if note["msgid"] == NOT_SCORED]
    without = totals.index[totals["score"].isna() & totals["set"].notna() & totals.index.isin(lines["seller_id"])]
    seen = lines["actual"].notna() | (pd.to_numeric(lines["evidence_rows"], errors="coerce") > 0)
    known = set(lines.loc[seen, "seller_id"])
    for msgid, ids in ((NO_FIGURES, [w for w in without if w not in known]), (NO_SCORE, [w for w in without if w in known])):
        names = sorted(totals.loc[ids, "name"].astype(str))
        if names:
            listed = [*names[:MOST_NAMED], "…"] if len(names) > MOST_NAMED else names
            notes.append({"msgid": msgid, "details": {"n_sellers": len(names), "names": listed, "period": scorecard.period}})
    return notes


def statement_names(names: pd.Series) -> dict[str, str]:
    """File names without ending, by seller id: the id and the name, safe on every system, no two alike.

    Parameters
    ----------
    names
        Name of each person, index the seller id.

    Examples
    --------
    >>> statement_names(pd.Series({"E0042": "张伟 (E0042)", "../x": "<script>"}))
    {'E0042': 'E0042_张伟', '../x': 'x_script_d6b96a'}
    """
    stems: dict[str, str] = {}
    taken: set[str] = set()
    for who, name in zip(map(str, names.index), names, strict=True):
        plain = re.sub(rf"\s*[(（]{re.escape(who)}[)）]$", "", str(name))
        own, called = (_UNSAFE.sub("_", text).strip("_") for text in (who, plain))
        stem = "_".join(part for part in (own, called if called != own else "") if part)[:LONGEST_NAME]
        if own != who or stem.casefold() in taken or _RESERVED.match(stem) or len(own) > LONGEST_NAME:
            mark = hashlib.sha256(who.encode()).hexdigest()[:6]
            stem = f"{stem[: LONGEST_NAME - 7]}_{mark}".strip("_")
        taken.add(stem.casefold())
        stems[who] = stem
    return stems


def write_whole(path: Path, content: bytes) -> Path:
    """Replace a file as a whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    part.replace(path)
    return path
