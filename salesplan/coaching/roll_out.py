"""Who is trained first is drawn by lot: the waiting list becomes the comparison nobody has to be denied training for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError, known_choices
from salesplan.text import mark

WAIT = mark(
    "Wave 1 is compared with those still waiting until wave 2 begins on {start_month}; measure before wave 1 and just before"
    " wave 2."
)
FEW_TEAMS = mark(
    "{n_teams} teams in {n_waves} waves: with so few, the luck of a team decides; draw people inside teams if the course"
    " allows."
)
SPILL = mark("Colleagues of one team train at different times and may learn from each other, which makes an effect look smaller.")
UNBALANCED = mark("{column_name} differs by {difference_value} standard deviations between waves; draw with it as a stratum.")
SINGLE = mark("{n} groups hold fewer people than waves; chance alone spreads them.")


@dataclass(frozen=True, kw_only=True, eq=False)
class RollOut:
    """A drawn order of training.

    ``assignment``: seller_id, team (where given), wave (1 is trained first), start_month. ``balance``: column, wave means
    and the largest difference in standard deviations.
    """

    assignment: pd.DataFrame
    balance: pd.DataFrame
    by: str
    n_waves: int
    seed: int
    notes: tuple[dict[str, Any], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "assignment", self.assignment.copy())
        object.__setattr__(self, "balance", self.balance.copy())

    def to_frame(self) -> pd.DataFrame:
        """One row a person: wave and month of the start."""
        return self.assignment.copy()

    def summary(self) -> pd.DataFrame:
        """One row a wave: people, teams, month of the start."""
        counted = {"n": ("seller_id", "size"), "start_month": ("start_month", "first")}
        if "team" in self.assignment:
            counted["n_teams"] = ("team", "nunique")
        return self.assignment.groupby("wave").agg(**counted).reset_index()


def roll_out(
    people: pd.DataFrame,
    *,
    start: pd.Period | str,
    waves: int = 2,
    months_between: int = 4,
    by: Literal["person", "team"] = "person",
    strata: Sequence[str] = (),
    alike: str | None = None,
    seed: int = 0,
) -> RollOut:
    """Draw who is trained in which wave.

    Everybody gets the course; who has to wait serves as the comparison until it is their turn.

    Parameters
    ----------
    people
        seller_id, team (needed for whole teams), the columns of ``strata`` and ``alike``.
    start, waves, months_between
        First month of wave 1, number of waves, months from one to the next (long enough to measure what came of it).
    by
        ``person``: colleagues of a team are split (more to see, but they talk). ``team``: whole teams (fits a manager's
        routine, needs many teams).
    strata
        Columns (tier, region) inside which the draw is done. With people, their team counts as one as well.
    alike
        Column with an earlier figure: those next to each other in it are spread over the waves, which balances it.
    seed
        Same seed, same people: same draw, in whatever order they stand.

    Raises
    ------
    InputError
        A missing column, a person twice, fewer people or teams than waves.

    Notes
    -----
    Stratified permuted blocks: in each stratum people (teams) are ordered by ``alike``, cut into blocks as long as there are
    waves, and each block is shuffled. What is left over of the strata is put together and dealt in blocks too, so that
    waves differ by one at most.

    Examples
    --------
    >>> p = pd.DataFrame({"seller_id": list("abcdefgh"), "team": list("xxxxyyyy"), "pre": [5, 1, 4, 2, 9, 8, 7, 6]})
    >>> drawn = roll_out(p, start="2026-11", alike="pre", seed=1)
    >>> drawn.summary().values.tolist()
    [[1, 4, Period('2026-11', 'M'), 2], [2, 4, Period('2027-03', 'M'), 2]]
    """
    _check(people, waves, months_between, by, strata, alike)
    table = people.sort_values("seller_id", key=lambda s: s.astype(str)).reset_index(drop=True)
    rng = np.random.default_rng(seed)
    if by == "team":
        units = table.groupby("team", sort=True).agg(
            **{c: (c, "first") for c in strata}, **({alike: (alike, "mean")} if alike else {}), size=("seller_id", "size")
        ).reset_index()  # fmt: skip
        units["_order"] = units[alike] if alike else units["size"]
        groups = list(strata)
    else:
        units = table.copy()
        units["_order"] = units[alike] if alike else 0.0
        groups = [*(["team"] if "team" in units else []), *(c for c in strata if c != "team")]
    if len(units) < waves:
        raise InputError(f"waves == {waves}, must not exceed the {len(units)} {'teams' if by == 'team' else 'people'}")
    units["wave"], n_single = _deal(units, groups, waves, rng)
    first = pd.Period(start, "M")
    if by == "team":
        table["wave"] = table["team"].map(units.set_index("team")["wave"])
    else:
        table["wave"] = units["wave"].to_numpy()
    table["start_month"] = pd.PeriodIndex([first + (w - 1) * months_between for w in table["wave"]], freq="M")
    balance = _balance(table, [c for c in (*strata, alike, "team") if c and c in table], waves)
    notes: list[dict[str, Any]] = [{"msgid": WAIT, "details": {"start_month": first + months_between}}]
    if by == "team" and len(units) < 10:
        notes.append({"msgid": FEW_TEAMS, "details": {"n_teams": len(units), "n_waves": waves}})
    if by == "person" and "team" in table:
        notes.append({"msgid": SPILL, "details": {}})
    if n_single and groups:
        notes.append({"msgid": SINGLE, "details": {"n": n_single}})
    notes += [{"msgid": UNBALANCED, "details": {"column_name": column, "difference_value": float(difference)}}
              for column, difference in zip(balance["column"], balance["difference"], strict=True) if difference > 0.25]
    kept = ["seller_id", *(["team"] if "team" in table else []), "wave", "start_month"]
    return RollOut(assignment=table[kept], balance=balance, by=by, n_waves=waves, seed=seed, notes=tuple(notes))


def _deal(units: pd.DataFrame, groups: list[str], waves: int, rng: np.random.Generator) -> tuple[NDArray[np.int64], int]:
    """Wave of each unit; how many strata are smaller than a block."""
    wave = np.zeros(len(units), np.int64)
    order = np.lexsort((rng.random(len(units)), units["_order"].to_numpy(float)))
    labels = units[groups].astype(str).agg("|".join, axis=1) if groups else pd.Series("", index=units.index)
    rest: list[int] = []
    n_small = 0
    for _, members in labels.groupby(labels, sort=True):
        inside = [int(i) for i in order[np.isin(order, members.index)]]
        whole = len(inside) // waves * waves
        n_small += whole == 0
        for a in range(0, whole, waves):
            wave[inside[a : a + waves]] = rng.permutation(waves) + 1
        left = inside[whole:]
        rest += left
    for a in range(0, len(rest), waves):
        block = rest[a : a + waves]
        wave[block] = rng.permutation(waves)[: len(block)] + 1
    return wave, n_small


def _balance(table: pd.DataFrame, columns: Sequence[str], waves: int) -> pd.DataFrame:
    """Means of numbers, shares of words, by wave; the difference in standard deviations."""
    rows = []
    for column in dict.fromkeys(columns):
        if pd.api.types.is_numeric_dtype(table[column]):
            parts = {column: table[column].astype(float)}
        elif column == "team":
            continue
        else:
            parts = {f"{column} {value}": (table[column] == value).astype(float) for value in sorted(set(table[column]), key=str)}
        for name, values in parts.items():
            mean = values.groupby(table["wave"]).mean()
            spread = float(values.std(ddof=0))
            rows.append({"column": name, **{f"wave_{w}": float(mean[w]) for w in range(1, waves + 1)},
                         "difference": float(np.ptp(mean.to_numpy())) / spread if spread > 0 else 0.0})
    return pd.DataFrame(rows, columns=["column", *(f"wave_{w}" for w in range(1, waves + 1)), "difference"])


def _check(
    people: pd.DataFrame, waves: int, months_between: int, by: str, strata: Sequence[str], alike: str | None
) -> None:
    if by not in ("person", "team"):
        raise InputError(f"by == {by!r}", fix=known_choices(by, ("person", "team")))
    if waves < 2 or months_between < 1:
        raise InputError(f"waves == {waves}, months_between == {months_between}, must be at least 2 and 1")
    for column in ["seller_id", *(["team"] if by == "team" else []), *strata, *([alike] if alike else [])]:
        if column not in people:
            raise InputError(f"column {column} is missing", where="people", fix=known_choices(column, list(map(str, people))))
        empty = np.flatnonzero(people[column].isna().to_numpy())
        if empty.size:
            raise InputError(f"{column} is empty", where=f"seller {people['seller_id'].iloc[empty[0]]}, column {column}")
    if alike is not None and not pd.api.types.is_numeric_dtype(people[alike]):
        raise InputError(f"alike == {alike!r}, must be a column of numbers")
    twice = people["seller_id"].duplicated()
    if twice.any():
        raise InputError(f"seller {people.loc[twice, 'seller_id'].iloc[0]} stands twice", where="people")
