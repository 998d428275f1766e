"""The two lists of a best-worst judgement, checked against each other."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from salesplan.errors import InputError, known_choices
from salesplan.weighting.pairwise import RECIPROCAL_TOLERANCE, read_ratio
from salesplan.weighting.weights import check_names

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class BestWorstJudgements:
    """``best_over[j]``: the best over KPI j; ``over_worst[j]``: KPI j over the worst; both 1 or more."""

    names: tuple[str, ...]
    best: str
    worst: str
    best_over: Floats
    over_worst: Floats

    @property
    def best_at(self) -> int:
        """Position of the best."""
        return self.names.index(self.best)

    @property
    def worst_at(self) -> int:
        """Position of the worst."""
        return self.names.index(self.worst)

    @property
    def best_over_worst(self) -> float:
        """The judgement that both lists share."""
        return float(self.best_over[self.worst_at])


def read_best_worst(
    best_to_others: Mapping[str, float | str],
    others_to_worst: Mapping[str, float | str],
    *,
    best: str | None = None,
    worst: str | None = None,
) -> BestWorstJudgements:
    """Read both lists and refuse what cannot be meant.

    Parameters
    ----------
    best_to_others, others_to_worst
        See :func:`salesplan.weighting.best_worst.best_worst_weights`.
    best, worst
        Which KPI is meant where several are judged 1.

    Raises
    ------
    InputError
        What is wrong, naming the list and the KPI.

    Examples
    --------
    >>> given = read_best_worst({"sales": 1, "visits": 4}, {"sales": 4, "visits": 1})
    >>> given.best, given.worst, given.best_over_worst
    ('sales', 'visits', 4.0)
    """
    names = check_names(tuple(best_to_others))
    if len(names) < 2:
        raise InputError(f"best_to_others == {list(names)}, must hold at least two KPIs")
    odd = sorted(set(names) ^ set(check_names(tuple(others_to_worst))))
    if odd:
        raise InputError(
            f"{', '.join(odd)} stands in one of best_to_others and others_to_worst only, must stand in both"
        )
    over = _read(names, best_to_others, "best_to_others")
    under = _read(names, others_to_worst, "others_to_worst")
    top = _chosen(names, over, best, "best", "best_to_others")
    bottom = _chosen(names, under, worst, "worst", "others_to_worst")
    if top == bottom:
        raise InputError(f"{top} is judged both best and worst, must be two KPIs", fix="Name best= and worst=.")
    b, w = names.index(top), names.index(bottom)
    if abs(over[w] / under[b] - 1) > RECIPROCAL_TOLERANCE:
        raise InputError(
            f"{top} over {bottom} is {over[w]:g} in best_to_others and {under[b]:g} in others_to_worst,"
            " must be the same judgement",
            where=f"best_to_others, {bottom} and others_to_worst, {top}",
        )
    for listed, values, end, other in (
        ("best_to_others", over, "worst", bottom), ("others_to_worst", under, "best", top),
    ):  # fmt: skip
        at = int(values.argmax())
        if values[at] > over[w] * (1 + RECIPROCAL_TOLERANCE):
            raise InputError(
                f"judgement == {values[at]:g}, must be at most {over[w]:g}, the judgement of {top} over {bottom}",
                where=f"{listed}, {names[at]}",
                fix=f"If {names[at]} is the {end} KPI, judge against it instead of {other}.",
            )
    return BestWorstJudgements(names=names, best=top, worst=bottom, best_over=over, over_worst=under)


def _read(names: tuple[str, ...], given: Mapping[str, float | str], listed: str) -> Floats:
    values = np.array([read_ratio(given[name], where=f"{listed}, {name}") for name in names])
    for name, value in zip(names, values, strict=True):
        if value < 1:
            raise InputError(
                f"judgement == {value:g}, must be 1 or more", where=f"{listed}, {name}",
                fix="The best is at least as important as any KPI, and any KPI as the worst.",
            )  # fmt: skip
    return values


def _chosen(names: tuple[str, ...], values: Floats, named: str | None, end: str, listed: str) -> str:
    ones = [name for name, value in zip(names, values, strict=True) if value == 1]
    if named is not None:
        if named not in names:
            raise InputError(f"{end} == {named!r}, must be a KPI judged", fix=known_choices(named, names))
        if named not in ones:
            raise InputError(
                f"judgement == {values[names.index(named)]:g}, must be 1 for the {end} KPI itself",
                where=f"{listed}, {named}",
            )
        return named
    if len(ones) == 1:
        return ones[0]
    if not ones:
        raise InputError(f"no KPI is judged 1 in {listed}, must hold 1 for the {end} KPI itself", where=listed)
    raise InputError(
        f"{', '.join(ones)} are all judged 1 in {listed}, must be told which is the {end}",
        where=listed, fix=f"Name it: {end}={ones[0]!r}; equally important ones may share the 1.",
    )  # fmt: skip
