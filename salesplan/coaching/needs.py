"""What to train first: need = gap x importance x frequency, and how firm the ranking is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.coaching.assessments import Array
from salesplan.coaching.gaps import ABOVE, SkillGaps
from salesplan.coaching.group_gaps import (
    Grouping,
    compared_level,
    interval_half,
    make_grouping,
    mean_gap,
    status_of_groups,
)
from salesplan.coaching.rank_draws import rank_stability, rank_within
from salesplan.coaching.shrinkage import expected_gap
from salesplan.coaching.small_groups import SHOWN
from salesplan.errors import InputError, known_choices
from salesplan.text import mark

LIMITS = (1.0, 5.0)
"""Scale of importance and frequency."""
LEAST_GAP = 0.025
"""Mean gap, as a share of the scale (a tenth of a level on 1 to 5), below which nobody needs training."""
GROUPS = ("company", "tier", "team", "person")

ORDINAL = mark(
    "Importance and frequency are judgements on a scale of 1 to 5; their product ranks skills, it does not measure them."
    " Ranks from and to hold in {coverage} of {n_draws} draws of levels within their error and judgements one step up or"
    " down."
)
NO_PRODUCT = mark("Role profiles give no importance or frequency; need is the gap alone.")
SWINGS = {"importance": mark("Importance"), "frequency": mark("Frequency"), "required_level": mark("Required level")}


@dataclass(frozen=True, kw_only=True, eq=False)
class SkillNeeds:
    """Needs by group and skill.

    ``table``: the group's key (tier, team or seller_id; none for the company), skill, n, gap, importance, frequency (means
    over people), need, rank, rank_lower, rank_upper, p_top3 (probability of being among the three largest), status. Need is
    0 and there is no rank where nothing clear is lacking.
    ``swings``: one row a group, skill, input (importance, frequency, required_level) and step (-1, +1) that changes a
    rank: the key, skill, input, step, rank, swung_rank, first_keeps (the first skill stays first), top3_keeps.
    """

    table: pd.DataFrame
    swings: pd.DataFrame
    by: str
    n_draws: int
    coverage: float
    notes: tuple[dict[str, Any], ...] = ()

    def __post_init__(self) -> None:
        for name in ("table", "swings"):
            object.__setattr__(self, name, getattr(self, name).copy())
        object.__setattr__(self, "notes", tuple(self.notes))
        if (self.table["need"] < 0).any():
            raise InputError("need is below 0, must not be", where="SkillNeeds")

    def to_frame(self) -> pd.DataFrame:
        """One row a group and skill, largest need first."""
        return self.table.copy()

    def top(self, n: int = 3) -> pd.DataFrame:
        """The ``n`` largest needs above zero of each group."""
        return self.table[(self.table["rank"] <= n) & (self.table["need"] > 0)].reset_index(drop=True)

    def summary(self) -> pd.DataFrame:
        """One row a group: its first skill and how sure that is."""
        keys = [c for c in ("tier", "team", "seller_id") if c in self.table]
        first = self.table[self.table["rank"] == 1].drop_duplicates(keys or None)
        kept = self.swings.groupby(keys or (lambda _: 0))["first_keeps"].mean().rename("first_keeps_share")
        if not keys:
            return first.assign(first_keeps_share=float(kept.iloc[0]) if len(kept) else 1.0).reset_index(drop=True)
        return first.merge(kept.reset_index(), on=keys, how="left").fillna({"first_keeps_share": 1.0})


def gap_need(frame: pd.DataFrame) -> pd.DataFrame:
    """Need from single figures: required_level, level, importance, frequency -> gap, need, rank (1 is the largest).

    Equal needs share the better rank.

    Raises
    ------
    InputError
        A column is missing.

    Examples
    --------
    >>> gap_need(pd.DataFrame({"required_level": [4, 4], "level": [3.0, 4.5], "importance": [5, 5], "frequency": [2, 4]})
    ...          )[["gap", "need", "rank"]].values.tolist()
    [[1.0, 10.0, 1.0], [0.0, 0.0, 2.0]]
    """
    needed = ("required_level", "level", "importance", "frequency")
    missing = [c for c in needed if c not in frame]
    if missing:
        raise InputError(f"frame lacks {missing[0]!r}, must have {', '.join(needed)}")
    gap = (frame["required_level"] - frame["level"]).clip(lower=0)
    need = gap * frame["importance"] * frame["frequency"]
    return frame.assign(gap=gap, need=need, rank=need.rank(ascending=False, method="min"))


def skill_needs(
    gaps: SkillGaps, *, by: str = "tier", draws: int = 400, coverage: float | None = None, seed: int = 0
) -> SkillNeeds:
    """Rank skills by need within each tier, team or person, and see whether the ranking would survive a second look.

    Parameters
    ----------
    gaps
        From `skill_gaps`.
    by
        ``company``, ``tier``, ``team`` or ``person``.
    draws
        Of levels within their error, and of importance and frequency: each is one step lower, as it is or one higher.
    coverage
        Of the interval of ranks; default that of the gaps.

    Raises
    ------
    InputError
        An unknown group, fewer than 100 draws.

    Notes
    -----
    A group's need is the mean over its people of expected gap x importance x frequency; people and skills without an
    assessment by others (persons: without any) are left out. Groups too small are ``insufficient evidence`` and have
    neither need nor rank. A gap counts from a tenth of a step of five on, and where its interval excludes 0 (persons: where
    they do not surely meet the requirement); else need is 0 and has no rank. A judgement moves for all people of the group
    at once. The required level is moved one step (a quarter of the scale) in ``swings`` only: that is larger than most gaps.

    Examples
    --------
    >>> from salesplan.coaching.gaps import skill_gaps
    >>> from salesplan.coaching.skill_levels import skill_levels
    >>> people = pd.DataFrame({"seller_id": [f"p{i}" for i in range(8)], "tier": "new"})
    >>> rows = [{"seller_id": p, "skill": s, "source": "test", "assessed_date": "2026-06-30", "level": l + i / 10}
    ...         for i, p in enumerate(people["seller_id"]) for s, l in (("ask", 1.0), ("close", 2.0), ("care", 4.0))]
    >>> profile = pd.DataFrame({"tier": "new", "skill": ["ask", "close", "care"], "required_level": 3.5,
    ...                         "importance": 4, "frequency": [3, 3, 5]})
    >>> needs = skill_needs(skill_gaps(skill_levels(pd.DataFrame(rows), people=people), people, profile))
    >>> needs.table[["skill", "rank"]].values.tolist()
    [['ask', 1.0], ['close', 2.0], ['care', nan]]
    """
    if by not in GROUPS:
        raise InputError(f"by == {by!r}, {known_choices(by, GROUPS)}")
    if draws < 100:
        raise InputError(f"draws == {draws}, must be at least 100")
    coverage = gaps.coverage if coverage is None else coverage
    if not 0 < coverage < 1:
        raise InputError(f"coverage == {coverage:g}, must be a fraction between 0 and 1")
    cells = _person_cells(gaps) if by == "person" else _group_cells(gaps, [] if by == "company" else [by], coverage=gaps.coverage)
    block = cells.block
    table = cells.frame
    need = np.where(cells.lacks, cells.figure(0, 0), np.nan)
    table["need"] = np.where(cells.told & ~cells.lacks, 0.0, need)
    table["rank"] = rank_within(need[:, None], block)[:, 0]
    stability = rank_stability(cells.figures, cells.sd, table["importance"].to_numpy(float), table["frequency"].to_numpy(float),
                               block, told=cells.lacks, limits=LIMITS, draws=draws, coverage=coverage, seed=seed)  # fmt: skip
    table["rank_lower"], table["rank_upper"], table["p_top3"] = stability
    table["rank_lower"] = np.minimum(table["rank_lower"], table["rank"])
    table["rank_upper"] = np.maximum(table["rank_upper"], table["rank"])
    swings = _swings(cells, table, by)
    keys = [c for c in ("tier", "team", "seller_id") if c in table]
    table = table.sort_values([*keys, "rank", "skill"], ignore_index=True)
    notes: list[dict[str, Any]] = [{"msgid": ORDINAL, "details": {"coverage": coverage, "n_draws": draws}}]
    if (gaps.persons[["importance", "frequency"]] == 1).all(axis=None):
        notes.append({"msgid": NO_PRODUCT, "details": {}})
    return SkillNeeds(table=table, swings=swings, by=by, n_draws=draws, coverage=coverage, notes=tuple(notes))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Cells:
    """Group x skill rows. ``figures``: mean gap times nothing, times importance, times frequency, times both; ``sd`` of the
    last; ``shifted`` the last with requirements a step lower and higher; ``block`` the group's code; ``lacks``: told, and
    clearly lacking something."""

    frame: pd.DataFrame
    block: NDArray[np.int64]
    told: NDArray[np.bool_]
    lacks: NDArray[np.bool_]
    figures: tuple[Array, Array, Array, Array]
    sd: Array
    shifted: tuple[Array, Array]

    def figure(self, importance: float | Array, frequency: float | Array) -> Array:
        """Need when judgements are moved."""
        plain, important, frequent, both = self.figures
        return both + importance * frequent + frequency * important + importance * frequency * plain


def _steps(required: Array, scale: tuple[float, float]) -> tuple[Array, Array]:
    """Requirements a quarter of the scale lower and higher."""
    low, high = scale
    step = (high - low) / 4
    return (compared_level(np.clip(required - step, low, high), scale), compared_level(np.clip(required + step, low, high), scale))


def _least_gap(gaps: SkillGaps) -> float:
    return LEAST_GAP * (gaps.scale[1] - gaps.scale[0]) - 1e-9


def _group_cells(gaps: SkillGaps, keys: Sequence[str], *, coverage: float) -> _Cells:
    persons = gaps.persons
    grouping = make_grouping(persons, gaps.material, [*keys, "skill"])
    required = persons["required_level"].to_numpy(float)
    a, f = persons["importance"].to_numpy(float), persons["frequency"].to_numpy(float)
    line = compared_level(required, gaps.scale)
    gap = mean_gap(grouping, gaps.material, line)[0]
    with_a, with_f, both = (mean_gap(grouping, gaps.material, line, weight=w)[0] for w in (a, f, a * f))
    shifted = tuple(mean_gap(grouping, gaps.material, moved, weight=a * f)[0].mean for moved in _steps(required, gaps.scale))
    status = status_of_groups(persons, grouping.groups, grouping.n, np.flatnonzero(grouping.used), minimum=gaps.minimum,
                              team_totals=gaps.team_totals)  # fmt: skip
    told = status == SHOWN
    lacks = told & (gap.mean >= _least_gap(gaps)) & (gap.mean > interval_half(grouping, gap.variance, coverage))
    frame = grouping.groups.assign(n=grouping.n)
    for name, value in (("gap", gap.mean), ("importance", _means(a, grouping)), ("frequency", _means(f, grouping))):
        frame[name] = np.where(told, value, np.nan)
    block = frame.groupby(list(keys), sort=False).ngroup().to_numpy().astype(np.int64) if keys else np.zeros(len(frame), np.int64)
    return _Cells(frame=frame.assign(status=status)[[*grouping.groups, "n", "gap", "importance", "frequency", "status"]],
                  block=block, told=told, lacks=lacks, figures=(gap.mean, with_a.mean, with_f.mean, both.mean),
                  sd=np.sqrt(both.variance), shifted=(shifted[0], shifted[1]))  # fmt: skip


def _means(value: Array, grouping: Grouping) -> Array:
    return np.bincount(grouping.group, value * grouping.part, len(grouping.groups)).astype(float)


def _person_cells(gaps: SkillGaps) -> _Cells:
    persons = gaps.persons
    level, se = persons["level"].to_numpy(float), persons["se"].to_numpy(float)
    required = persons["required_level"].to_numpy(float)
    told = np.isfinite(level)
    safe, spread = np.where(told, level, required), np.where(told, se, 1.0)
    _, variance, _ = expected_gap(safe, spread, compared_level(required, gaps.scale))
    gap = np.where(told, persons["gap"].to_numpy(float), 0.0)
    lacks = told & (gap >= _least_gap(gaps)) & (persons["status"] != ABOVE).to_numpy()
    a, f = persons["importance"].to_numpy(float), persons["frequency"].to_numpy(float)
    shifted = tuple(expected_gap(safe, spread, moved)[0] * a * f for moved in _steps(required, gaps.scale))
    frame = persons[["seller_id", "skill", "importance", "frequency", "status"]].assign(n=told.astype(int), gap=np.where(told, gap, np.nan))
    return _Cells(frame=frame[["seller_id", "skill", "n", "gap", "importance", "frequency", "status"]],
                  block=pd.factorize(persons["seller_id"])[0].astype(np.int64), told=told, lacks=lacks,
                  figures=(gap, gap * a, gap * f, gap * a * f), sd=np.sqrt(variance) * a * f,
                  shifted=(shifted[0], shifted[1]))  # fmt: skip


def _swings(cells: _Cells, table: pd.DataFrame, by: str) -> pd.DataFrame:
    """What one step of one judgement about one skill does to the ranks of its group."""
    keys = [c for c in ("tier", "team", "seller_id") if c in table]
    base = np.where(cells.lacks, table["need"].to_numpy(float), -np.inf)
    rank = table["rank"].to_numpy(float)
    rows = []
    for name in SWINGS:
        for step in (-1.0, 1.0):
            if name == "required_level":
                moved = cells.shifted[0 if step < 0 else 1]
            else:
                at = table[name].to_numpy(float)
                change = np.nan_to_num(np.clip(at + step, *LIMITS) - at)
                moved = cells.figure(change if name == "importance" else 0.0, change if name == "frequency" else 0.0)
            rows.append(_swung(base, np.where(cells.lacks, moved, -np.inf), rank, cells).assign(input=name, step=int(step)))
    found = pd.concat(rows, ignore_index=True)
    found = found[(found["swung_rank"] != found["rank"]) | ~found["first_keeps"] | ~found["top3_keeps"]]
    named = table[[*keys, "skill"]].iloc[found["_at"]].reset_index(drop=True)
    found = pd.concat([named, found.drop(columns="_at").reset_index(drop=True)], axis=1)
    columns = [*keys, "skill", "input", "step", "rank", "swung_rank", "first_keeps", "top3_keeps"]
    return found[columns].sort_values([*keys, "rank", "skill", "input", "step"], ignore_index=True)


def _swung(base: Array, moved: Array, rank: Array, cells: _Cells) -> pd.DataFrame:
    """One skill moved at a time, the others of its group as they were."""
    order = np.lexsort((-base, cells.block))
    start = np.searchsorted(cells.block[order], np.arange(int(cells.block.max()) + 1 if len(cells.block) else 0))
    size = np.diff(np.r_[start, len(order)])
    place = np.arange(len(order)) - np.repeat(start, size)
    width = int(size.max()) if len(size) else 0
    grid = np.full((len(start), width), -np.inf)
    grid[cells.block[order], place] = base[order]
    own = np.empty(len(order), dtype=np.int64)
    own[order] = place
    others = grid[cells.block]
    others[np.arange(len(base)), own] = -np.inf
    swung = 1.0 + (others > moved[:, None]).sum(axis=1)
    was_first, was_third = rank == 1, rank <= 3
    return pd.DataFrame({"_at": np.arange(len(base)), "rank": rank, "swung_rank": swung,
                         "first_keeps": (swung == 1) == was_first, "top3_keeps": (swung <= 3) == was_third})[cells.lacks]
