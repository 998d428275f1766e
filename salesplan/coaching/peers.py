"""The right peers: people of the same tier, ramp band and territory, and wider groups where those are few."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError, known_choices

Floats = NDArray[np.float64]

EVERYBODY = ""
"""Label of the widest group."""
SEPARATOR = " · "
MAD = 1.4826
"""Median absolute deviation of a normal sample to its standard deviation."""
MEDIAN_VARIANCE = np.pi / 2
"""Variance of a median over that of a mean, normal sample."""
BAND_MONTHS = 3
FAR_OUT = 2.5
"""Spreads from the median beyond which a person does not count for what is usual."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Peers:
    """Whom each person is compared with.

    ``table``: index seller_id; peers (label of the group, empty: everybody), n_peers (others in it).
    ``levels``: one column a level, widest first, with the person's group on it; empty text where that group has
    fewer than ``minimum`` people.
    """

    table: pd.DataFrame
    levels: pd.DataFrame
    minimum: int
    _codes: tuple[NDArray[np.intp], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.table.index.equals(self.levels.index):
            raise InputError("table and levels name different people", where="peers")
        object.__setattr__(self, "table", self.table.copy())
        object.__setattr__(self, "levels", self.levels.copy())
        codes = tuple(_codes(self.levels[column]) for column in self.levels.columns)
        object.__setattr__(self, "_codes", codes)

    def usual(self, values: pd.Series) -> pd.Series:
        """What is usual among each person's peers: the group's median, drawn to the wider group's where they are few.

        Notes
        -----
        Level by level, from everybody down. Medians leave out who is far out (2.5 spreads). Each group's keeps the
        part ``t2 / (t2 + v)`` of its distance to the wider group; ``v = (pi/2) s2 / n`` is the error of a median of
        ``n`` people, ``t2`` what the groups of one wider group differ by beyond it (method of moments). Groups that do
        not differ are thereby one group.

        Examples
        --------
        >>> people = pd.DataFrame({"tier": ["a"] * 10 + ["b"] * 10}, index=[f"p{i:02d}" for i in range(20)])
        >>> peers = find_peers(people, by=("tier",), minimum=5)
        >>> figures = pd.Series([1.0, 1.1, 1.2, 0.9, 0.8] * 2 + [3.0, 3.1, 2.9, 3.2, 2.8] * 2, index=people.index)
        >>> peers.usual(figures).round(2).unique().tolist()
        [1.0, 3.0]
        """
        numbers = pd.to_numeric(values.reindex(self.table.index), errors="coerce").to_numpy(float)
        known = np.isfinite(numbers)
        centre = np.full(len(numbers), _median(numbers[known]) if known.any() else np.nan)
        for codes in self._codes:
            centre = _one_level_down(numbers, centre, codes, self.minimum)
        return pd.Series(centre, index=self.table.index)

    def others(self, values: pd.Series) -> pd.Series:
        """How many others of each person's group have a figure."""
        known = values.reindex(self.table.index).notna().to_numpy().astype(int)
        found = np.full(len(known), known.sum())
        for codes in self._codes:
            inside = codes >= 0
            found[inside] = np.bincount(codes[inside], weights=known[inside]).astype(int)[codes[inside]]
        return pd.Series(found - known, index=self.table.index)


def _codes(groups: pd.Series) -> NDArray[np.intp]:
    """Number of each person's group, -1 without one."""
    return np.asarray(pd.factorize(groups.where(groups != EVERYBODY))[0], np.intp)


def _one_level_down(numbers: Floats, centre: Floats, groups: NDArray[np.intp], minimum: int) -> Floats:
    """The centre of each person on this level, given that on the wider one."""
    found = centre.copy()
    rows = []
    for group in range(int(groups.max(initial=-1)) + 1):
        at = np.flatnonzero((groups == group) & np.isfinite(numbers))
        if len(at) < minimum:
            continue
        median = _median(numbers[at])
        spread = float(MAD * np.median(np.abs(numbers[at] - median)))
        rows.append((group, float(centre[at[0]]), median, MEDIAN_VARIANCE * max(spread, 1e-12) ** 2 / len(at)))
    for parent in {row[1] for row in rows}:
        siblings = [row for row in rows if row[1] == parent]
        between = float(np.mean([(median - parent) ** 2 for _, _, median, _ in siblings]))
        between = max(between - float(np.mean([error for *_, error in siblings])), 0.0)
        for group, _, median, error in siblings:
            found[groups == group] = parent + (median - parent) * between / (between + error)
    return found


def _median(values: Floats) -> float:
    """Median of those not far out, so that people with a fault do not shift what is usual."""
    middle = float(np.median(values))
    spread = float(MAD * np.median(np.abs(values - middle)))
    return float(np.median(values[np.abs(values - middle) <= FAR_OUT * spread])) if spread > 0 else middle


def find_peers(people: pd.DataFrame, *, by: Sequence[str] = ("ramp_band", "tier"), minimum: int = 8) -> Peers:
    """Who is comparable: the narrowest group of at least ``minimum`` people, one column of ``by`` after the other.

    Parameters
    ----------
    people
        Index seller_id; the columns of ``by``. A gap in a column skips that level for the person.
    by
        Columns, widest first: ``("ramp_band", "tier", "region")`` compares newcomers with newcomers before anything.
    minimum
        People a group needs; else the wider group is taken.

    Raises
    ------
    InputError
        A column is missing, a person comes twice, or ``minimum`` is below 3.

    Examples
    --------
    >>> people = pd.DataFrame({"ramp_band": ["ramped"] * 6, "tier": ["a"] * 5 + ["b"]}, index=list("uvwxyz"))
    >>> find_peers(people, minimum=3).table.loc[["u", "z"]].values.tolist()
    [['ramped · a', 4], ['ramped', 5]]
    """
    if minimum < 3:
        raise InputError(f"minimum == {minimum}, must be at least 3 people in a group")
    if people.index.has_duplicates:
        raise InputError(f"seller_id {people.index[people.index.duplicated()][0]!r} comes twice", where="people")
    for column in by:
        if column not in people.columns:
            raise InputError(f"by == {column!r}, {known_choices(column, list(map(str, people.columns)))}", where="people")
    levels = pd.DataFrame(index=people.index)
    label = pd.Series(EVERYBODY, index=people.index, dtype=object)
    open_ = np.ones(len(people), bool)
    for column in by:
        own = people[column].astype(object).where(people[column].notna(), EVERYBODY).astype(str)
        joined = label.where(label == EVERYBODY, label + SEPARATOR) + own
        asked = open_ & (own != EVERYBODY).to_numpy()
        taken = asked & (joined.map(joined[asked].value_counts()).fillna(0) >= minimum).to_numpy()
        open_ &= taken | ~asked
        label = joined.where(taken, label)
        levels[column] = joined.where(taken, EVERYBODY)
    table = pd.DataFrame({"peers": label})
    table["n_peers"] = Peers(table=table, levels=levels, minimum=minimum).others(pd.Series(1, index=people.index))
    return Peers(table=table, levels=levels, minimum=minimum)


def ramp_band(tenure_months: pd.Series, *, ramp_months: float = 12) -> pd.Series:
    """Band of three months since hiring while the ramp lasts, ``ramped`` after it; unknown tenure counts as ramped.

    Examples
    --------
    >>> ramp_band(pd.Series([0, 4.5, 11, 40])).tolist()
    ['0-3', '3-6', '9-12', 'ramped']
    """
    months = pd.to_numeric(tenure_months, errors="coerce")
    if (months < 0).any():
        who = months.index[months < 0][0]
        raise InputError(f"tenure_months == {months[who]:g}, must be 0 or more", where=f"seller {who}")
    first = np.floor(months / BAND_MONTHS) * BAND_MONTHS
    text = first.map("{:.0f}".format) + "-" + np.minimum(first + BAND_MONTHS, ramp_months).map("{:.0f}".format)
    return text.where(months < ramp_months, RAMPED).where(months.notna(), RAMPED)


RAMPED = "ramped"


def thirds(values: pd.Series) -> pd.Series:
    """Low, middle and high third of a figure, for comparing like territories with like; gaps stay gaps.

    Examples
    --------
    >>> thirds(pd.Series([1.0, 5, 9, 2, 6, None])).tolist()
    ['1/3', '2/3', '3/3', '1/3', '3/3', nan]
    """
    numbers = pd.to_numeric(values, errors="coerce")
    place = pd.Series(np.ceil((numbers.rank() - 0.5) / max(int(numbers.notna().sum()), 1) * 3), index=values.index)
    return place.map({1.0: "1/3", 2.0: "2/3", 3.0: "3/3"})


def robust_spread(deviations: Floats) -> float:
    """Standard deviation that a few people far out do not move (from the median absolute deviation)."""
    known = deviations[np.isfinite(deviations)]
    return float(MAD * np.median(np.abs(known - np.median(known)))) if len(known) else np.nan
