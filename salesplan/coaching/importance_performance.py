"""Importance-performance quadrants: which skills matter and are weak, under three crosshairs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from salesplan.coaching.assessments import check_scale
from salesplan.coaching.gaps import SkillGaps
from salesplan.coaching.small_groups import INSUFFICIENT
from salesplan.errors import InputError
from salesplan.text import mark

CONCENTRATE = mark("Concentrate here")
KEEP_UP = mark("Keep up")
LOW_PRIORITY = mark("Low priority")
OVERKILL = mark("Possible overkill")
QUADRANTS = (CONCENTRATE, KEEP_UP, LOW_PRIORITY, OVERKILL)
CROSSHAIRS = ("mean", "median", "midscale")
IMPORTANCE_SCALE = (1.0, 5.0)
CLEAR_IMPORTANCE = 0.125
"""Distance from a line, as a share of the importance scale (half a step of 1 to 5), at which a judgement is clear of it."""

DISAGREE = mark(
    "{n} of {n_skills} skills change quadrant with the crosshair (mean, median, middle of the scale); the picture does not"
    " settle them."
)
RELATIVE = mark(
    "The crosshairs at the mean and the median are relative: some skills are always below, however good everybody is."
)


@dataclass(frozen=True, kw_only=True, eq=False)
class ImportancePerformance:
    """Quadrants of skills.

    ``table``: the group's columns, skill, importance, level (with lower and upper where given), quadrant_mean_msgid,
    quadrant_median_msgid, quadrant_midscale_msgid, agree (all three say the same), is_firm (they agree, the interval of
    the level crosses no crosshair and the importance lies half a step or more off each; missing without an interval).
    ``crosshairs``: the group's columns, crosshair, importance, level.
    """

    table: pd.DataFrame
    crosshairs: pd.DataFrame
    notes: tuple[dict[str, Any], ...] = ()

    def __post_init__(self) -> None:
        for name in ("table", "crosshairs"):
            object.__setattr__(self, name, getattr(self, name).copy())
        object.__setattr__(self, "notes", tuple(self.notes))
        for crosshair in CROSSHAIRS:
            odd = set(self.table[f"quadrant_{crosshair}_msgid"]) - {*QUADRANTS, INSUFFICIENT}
            if odd:
                raise InputError(f"quadrant == {odd.pop()!r}, must be one of {', '.join(QUADRANTS)}")

    def to_frame(self) -> pd.DataFrame:
        """One row a skill (and group)."""
        return self.table.copy()

    def summary(self) -> pd.DataFrame:
        """Skills by quadrant, one row a crosshair: how many."""
        return pd.DataFrame([
            {"crosshair": c, **{f"n_{key}": int((self.table[f"quadrant_{c}_msgid"] == q).sum()) for key, q in
                                zip(("concentrate", "keep_up", "low_priority", "overkill"), QUADRANTS, strict=True)}}
            for c in CROSSHAIRS
        ])  # fmt: skip


def importance_performance(
    frame: pd.DataFrame, *, scale: tuple[float, float] = (1.0, 5.0), by: Sequence[str] = (),
    importance_scale: tuple[float, float] = IMPORTANCE_SCALE,
) -> ImportancePerformance:  # fmt: skip
    """Sort skills into four quadrants, and say which of them hang on where the lines are drawn.

    Parameters
    ----------
    frame
        skill, importance on ``importance_scale``, level (performance) on ``scale``; optional level_lower, level_upper. A
        missing level is insufficient evidence and moves no line.
    scale, importance_scale
        Their middles are the third crosshair.
    by
        Columns of groups (tier) that get lines of their own.

    Raises
    ------
    InputError
        A missing column, importance missing, or a skill twice in a group.

    Notes
    -----
    Martilla & James (1977). At or above a line counts as high. Nothing here says that training helps.

    Examples
    --------
    >>> f = pd.DataFrame({"skill": ["ask", "know"], "importance": [4.6, 3.0], "level": [3.1, 4.2]})
    >>> importance_performance(f).table[["skill", "quadrant_mean_msgid", "agree"]].values.tolist()
    [['ask', 'Concentrate here', False], ['know', 'Possible overkill', False]]
    """
    ends = check_scale(importance_scale), check_scale(scale)
    columns = list(by)
    missing = [c for c in (*columns, "skill", "importance", "level") if c not in frame]
    if missing:
        raise InputError(f"frame lacks {missing[0]!r}, must have skill, importance and level")
    double = frame.duplicated([*columns, "skill"])
    if double.any():
        raise InputError(f"skill == {frame.loc[double, 'skill'].iloc[0]!r} stands twice, must be unique in its group")
    if frame["importance"].isna().any():
        at = frame[frame["importance"].isna()].iloc[0]
        raise InputError("importance is missing, must be known", where=f"skill {at['skill']}")
    taken = [*columns, "skill", "importance", "level", *(c for c in ("level_lower", "level_upper") if c in frame)]
    groups = frame.groupby(columns, sort=False) if columns else [((), frame)]
    tables, lines = [], []
    for key, part in groups:
        names = dict(zip(columns, key if isinstance(key, tuple) else (key,), strict=True))
        table, crosshairs = _one_group(part[taken].reset_index(drop=True), *ends)
        tables.append(table)
        lines.append(pd.DataFrame([{**names, "crosshair": c, "importance": a, "level": b} for c, (a, b) in crosshairs.items()]))
    table = pd.concat(tables, ignore_index=True) if tables else _one_group(frame[taken], *ends)[0]
    told = table["level"].notna()
    n = int((told & ~table["agree"]).sum())
    notes: list[dict[str, Any]] = [{"msgid": RELATIVE, "details": {}}]
    if n:
        notes.insert(0, {"msgid": DISAGREE, "details": {"n": n, "n_skills": int(told.sum())}})
    crosshair_table = pd.concat(lines, ignore_index=True) if lines else pd.DataFrame(columns=["crosshair", "importance", "level"])
    return ImportancePerformance(table=table, crosshairs=crosshair_table, notes=tuple(notes))


def needs_performance(gaps: SkillGaps, *, by: str | None = "tier") -> ImportancePerformance:
    """Quadrants of the skills of each tier or team, or of all people, from their gaps.

    Importance is the mean over the people assessed; groups too small have no quadrant.
    """
    keys = [by] if by else []
    table = gaps.by([*keys, "skill"])
    assessed = gaps.persons[gaps.persons["level"].notna() & ~gaps.persons["self_only"]]
    importance = assessed.groupby([*keys, "skill"])["importance"].mean().reset_index()
    asked = gaps.persons.groupby([*keys, "skill"])["importance"].mean().rename("_asked").reset_index()
    joined = table.merge(importance, on=[*keys, "skill"], how="left").merge(asked, on=[*keys, "skill"], how="left")
    joined["importance"] = joined["importance"].fillna(joined.pop("_asked"))
    return importance_performance(joined, scale=gaps.scale, by=keys)


def _one_group(
    part: pd.DataFrame, importance_scale: tuple[float, float], scale: tuple[float, float]
) -> tuple[pd.DataFrame, dict[str, tuple[float, float]]]:
    told = part["level"].notna()
    crosshairs = {"mean": (float(part.loc[told, "importance"].mean()), float(part.loc[told, "level"].mean())),
                  "median": (float(part.loc[told, "importance"].median()), float(part.loc[told, "level"].median())),
                  "midscale": (sum(importance_scale) / 2, sum(scale) / 2)}
    clear = CLEAR_IMPORTANCE * (importance_scale[1] - importance_scale[0])
    crossed = pd.Series(False, index=part.index)
    for name, (importance, level) in crosshairs.items():
        matters = _reaches(part["importance"], importance)
        is_strong = _reaches(part["level"], level)
        part[f"quadrant_{name}_msgid"] = np.select(
            [~told, matters & ~is_strong, matters & is_strong, ~matters & ~is_strong],
            [INSUFFICIENT, CONCENTRATE, KEEP_UP, LOW_PRIORITY], OVERKILL)
        if "level_lower" in part:
            crossed |= (part["level_lower"] < level) & (level < part["level_upper"])
            crossed |= (part["importance"] - importance).abs() < clear - 1e-9
    quadrants = [part[f"quadrant_{c}_msgid"] for c in CROSSHAIRS]
    part["agree"] = told & (quadrants[0] == quadrants[1]) & (quadrants[1] == quadrants[2])
    if "level_lower" in part:
        part["is_firm"] = part["agree"] & ~crossed
    return part, crosshairs


def _reaches(values: pd.Series, line: float) -> pd.Series:
    """At or above the line; sums in another order must not move a skill that lies on it."""
    return values >= line - 1e-9
