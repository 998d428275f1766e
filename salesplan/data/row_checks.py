"""Rules a row must keep on its own, and the shape of the organisation."""

from datetime import date
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from salesplan.data.batch import DEFAULT_SCALE, Batch
from salesplan.errors import DataError

FAR_FUTURE_YEARS: Final = 5
"""A fact dated more than these years after today is a slip of the pen."""
MOST_WEEKLY_HOURS: Final = 40
"""Hours a week above which a mentor's time is a slip of the pen."""
JUDGED_FROM_TO: Final = (1.0, 5.0)
"""Scale on which importance and frequency of a skill are judged."""
_SCORED: Final = {"feedback": ("score",), "skill_assessment": ("score",), "role_profile": ("required_level",)}
_ON_SCALE: Final = {
    "role_profile": {"importance": JUDGED_FROM_TO, "frequency": JUDGED_FROM_TO},
    "course_skill": {"up_to_level": DEFAULT_SCALE}, "development_goal": {"target_level": DEFAULT_SCALE}}
_NEVER_NEGATIVE: Final = {"course": ("hours", "cost", "fixed_cost", "seats"), "course_skill": ("gain",),
                          "mentor": ("capacity", "hours_per_week")}


def check_rows(batch: Batch, *, as_of: date) -> None:
    """Add the faults and notes of each row: missing values, signs, dates.

    Quarantined: a required value is missing, money below zero without a return or refund flag, a person who left
    before being hired, a period or validity that ends before it starts, a fact far in the future, a score outside
    its scale, hours or cost below zero, more hours a week than a week of work has, a
    mentor who is the mentee. Noted only: a course of no hours, a hire date or an assessment after ``as_of``, a deal,
    course or goal that ends before it starts.
    """
    _missing(batch)
    name, columns = batch.table.name, batch.columns
    for flag in ("is_return", "is_refund"):
        if flag in columns:
            negative = pc.and_(pc.less(columns["amount"], pa.scalar(0, pa.int64())), pc.invert(columns[flag]))
            batch.add("amount", "negative_without_return_flag", _rows(negative))
    if name in ("order_line", "receipt", "opportunity", "activity", "feedback", "skill_assessment"):
        when = batch.table.date or ""
        limit = pa.scalar(date(as_of.year + FAR_FUTURE_YEARS, 12, 31), pa.date32())
        batch.add(when, "date_out_of_range", _rows(pc.greater(columns[when], limit)))
    if name == "skill_assessment":
        later = pc.greater(columns["assessed_date"], pa.scalar(as_of, pa.date32()))
        batch.add("assessed_date", "future_assessment", _rows(later), note=True)
    if name == "rep":
        batch.add("leave_date", "leave_before_hire", _rows(pc.less(columns["leave_date"], columns["hire_date"])))
        batch.add(
            "hire_date",
            "future_hire_date",
            _rows(pc.greater(columns["hire_date"], pa.scalar(as_of, pa.date32()))),
            note=True,
        )
    for score in _SCORED.get(name, ()):
        _scale(batch, score, columns["scale_min"], columns["scale_max"])
        batch.add("scale_max", "score_outside_scale", _rows(pc.less_equal(columns["scale_max"], columns["scale_min"])))
    for judged, ends in _ON_SCALE.get(name, {}).items():
        _scale(batch, judged, *(pa.array(np.full(len(batch), end)) for end in ends))
    for measured in _NEVER_NEGATIVE.get(name, ()):
        batch.add(measured, "value_below_zero", _rows(pc.less(columns[measured], pa.scalar(0))))
    if name == "mentor":
        batch.add("hours_per_week", "more_than_a_week", _rows(pc.greater(columns["hours_per_week"], pa.scalar(MOST_WEEKLY_HOURS))))
    if name == "course":
        batch.add("hours", "no_hours", _rows(pc.equal(columns["hours"], pa.scalar(0))), note=True)
    if name == "cannot_match":
        batch.add("mentee_id", "mentor_is_mentee", _rows(pc.equal(columns["mentor_id"], columns["mentee_id"])))
    for start, end in (("created_date", "closed_date"), ("started_date", "completed_date"), ("set_date", "due_date")):
        if start in columns and end in columns:
            batch.add(end, "ends_before_start", _rows(pc.less(columns[end], columns[start])), note=True)
    for start, end in (("valid_from", "valid_to"), ("start_date", "end_date"), ("period_start", "period_end")):
        if start in columns and end in columns:
            batch.add(end, "ends_before_start", _rows(pc.less(columns[end], columns[start])))


def check_organisation(units: pd.DataFrame, *, where: str = "org_unit") -> None:
    """Refuse units that report to one another in a circle.

    Raises
    ------
    DataError
        A circle; ``details['units']`` lists it.

    Examples
    --------
    >>> check_organisation(pd.DataFrame({"org_id": ["a", "b"], "parent_org_id": ["b", "a"]}))
    Traceback (most recent call last):
    salesplan.errors.DataError: units a -> b -> a report to one another in a circle. Where: org_unit. Fix: Correct ...
    """
    parent = {str(o): p for o, p in zip(units["org_id"], units["parent_org_id"], strict=True) if not pd.isna(p)}
    safe: set[str] = set()
    for unit in parent:
        path = [unit]
        while path[-1] in parent and path[-1] not in safe:
            above = parent[path[-1]]
            if above in path:
                circle = [*path[path.index(above) :], above]
                raise DataError(
                    f"units {' -> '.join(circle)} report to one another in a circle",
                    where=where,
                    fix="Correct the parent of one of them in the file",
                    units=circle,
                )
            path.append(above)
        safe.update(path)


def _missing(batch: Batch) -> None:
    blamed: dict[str, np.ndarray] = {}
    for fault in batch.faults:
        blamed.setdefault(fault.column, np.zeros(len(batch), bool))[fault.rows] = True
    for column in batch.table.columns:
        if not column.required:
            continue
        empty = pc.is_null(batch.columns[column.name]).to_numpy(zero_copy_only=False)
        rows = np.flatnonzero(empty & ~blamed.get(column.name, np.zeros(len(batch), bool)))
        reason = "missing_key" if column.name in batch.table.key else "missing_value"
        batch.add(column.name, reason, rows)


def _scale(batch: Batch, score: str, lowest: pa.Array, highest: pa.Array) -> None:
    """Scores beyond either end of the scale, each with the scale it should lie on."""
    said = batch.columns[score]
    outside = _rows(pc.or_kleene(pc.less(said, lowest), pc.greater(said, highest)))
    spots = pd.Series([f"{s:g} ({a:g}–{b:g})" for s, a, b in
                       zip(*(c.take(pa.array(outside)).to_pylist() for c in (said, lowest, highest)), strict=True)], dtype=object)
    for words, places in spots.groupby(spots, sort=False).groups.items():
        batch.add(score, "score_outside_scale", outside[np.asarray(places, int)], str(words))


def _rows(mask: pa.Array) -> np.ndarray:
    return np.flatnonzero(pc.fill_null(mask, False).to_numpy(zero_copy_only=False))
