"""One development sheet a person, as a page and as a workbook to work with."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from salesplan.errors import InputError, known_choices
from salesplan.reporting.development_facts import DevelopmentSheetMaker
from salesplan.reporting.development_html import development_html
from salesplan.reporting.development_workbook import development_workbook
from salesplan.reporting.statements import FORMATS, statement_names, write_whole

if TYPE_CHECKING:
    from salesplan.coaching.training_needs import TrainingNeeds


def export_development_sheets(
    needs: "TrainingNeeds",
    folder: str | Path,
    *,
    language: str = "zh",
    formats: Sequence[str] = FORMATS,
    sellers: Iterable[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Path]:
    """Write everybody's development sheet: skills against the role, what holds results back, the plan, the next talk.

    Parameters
    ----------
    needs
        From `open_coaching_period`; only people its reader may see have a sheet, and only with what the reader may see.
    folder
        Where the files go; it is made. A file is named by the person's id and name, in letters that every system takes,
        and replaced as a whole or not at all.
    formats
        ``html`` (a page without network and script) and ``xlsx`` (levels may be changed, gaps and hours follow).
    sellers
        Only these, by id or by a name that one person has; by default everybody whom the reader may see.
    progress
        Called with the number of people done and of all after each person.

    Returns
    -------
    list of Path
        The files, in the order of the people, formats in the order given.

    Raises
    ------
    InputError
        An unknown format or person, or a name that several have.
    """
    wanted = [str(f).lower() for f in formats]
    for form in wanted:
        if form not in FORMATS:
            raise InputError(f"format == {form!r}, must be a format of development sheets", fix=known_choices(form, FORMATS))
    maker = DevelopmentSheetMaker(needs, language)
    everybody = maker.sellers
    people = everybody if sellers is None else [seller_named(one, everybody, maker) for one in sellers]
    stems = statement_names(pd.Series({who: maker.names.person(who) for who in everybody}, dtype=object))
    where = Path(folder)
    where.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for done, who in enumerate(people, start=1):
        sheet = maker.of(who)
        for form in wanted:
            content = development_html(sheet).encode() if form == "html" else development_workbook(sheet)
            written.append(write_whole(where / f"{stems[who]}.{form}", content))
        if progress is not None:
            progress(done, len(people))
    return written


def seller_named(one: str, everybody: Sequence[str], maker: DevelopmentSheetMaker) -> str:
    """A person by id, or by a name that nobody else has.

    Raises
    ------
    InputError
        Nobody is called so, or several are.
    """
    if one in everybody:
        return one
    people = maker.needs.people
    plain = dict(zip(people["seller_id"].astype(str), people["name"].astype(str), strict=True))
    found = [who for who in everybody if one in (maker.names.person(who), plain[who], plain[who].rsplit(" (", 1)[0])]
    if len(found) > 1:
        raise InputError(f"seller == {one!r}, is the name of several people", fix=f"Give an id: {', '.join(found)}.")
    if not found:
        raise InputError(f"seller == {one!r}, must be somebody with a development sheet",
                         fix=known_choices(one, [*everybody[:20], *(plain[w] for w in everybody[:20])]))
    return found[0]
