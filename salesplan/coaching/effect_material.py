"""From training records and monthly figures to who can be compared with whom."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from salesplan.errors import InputError
from salesplan.text import mark

FEW_WAITING = 5
"""With fewer people waiting, others who have not had the course are compared as well."""

DESIGNS: dict[str, str] = {
    "randomised": mark("Drawn by lot: the trained against those who waited"),
    "waiting_list": mark("The trained against those on the waiting list (not drawn by lot)"),
    "not_trained": mark("The trained against colleagues of the same tier without the course (not drawn by lot)"),
}
"""Design -> its words."""

RECENT = mark("{n} people were trained too recently: their {n_months} months afterwards are not over.")
ALONE = mark("{n} trained people had nobody to be compared with in their months and were left out.")
ABSENT = mark(
    "{n} people were invited and did not come; they are on neither side. If those who came differ from them, so does the"
    " answer."
)
UNDATED = mark("{n} people have had or begun the course on a day unknown; they are on neither side.")
MANY_WAVES = mark("Training took place at {n} different times; people are compared within the same months only.")
ONLY_CHOSEN = mark("Nobody waits for this course: who never got it may differ from the trained in more than the course.")


@dataclass(frozen=True, kw_only=True, eq=False)
class EffectMaterial:
    """One course's trained people and those beside them.

    ``frame`` is what `training_effect` takes: seller_id, team, tier, cohort (month of the course, or first/last
    month), trained, pre, post, pre_trend. Pre and post are monthly means (ratios: sums over sums); the months from the start
    of the course to its completion count for neither.
    """

    frame: pd.DataFrame
    course: str
    design: str
    months_before: int
    months_after: int
    notes: tuple[dict[str, Any], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "frame", self.frame.copy())
        object.__setattr__(self, "notes", tuple(self.notes))

    @property
    def design_msgid(self) -> str:
        """Words of the design."""
        return DESIGNS[self.design]

    @property
    def randomised(self) -> bool:
        """Whether the order of training was drawn by lot."""
        return self.design == "randomised"

    @property
    def can_compare(self) -> bool:
        """Whether there are figures before and after on both sides."""
        known = self.frame.dropna(subset=["pre", "post"])
        return known["trained"].nunique() == 2

    def to_frame(self) -> pd.DataFrame:
        """One row a person and cohort."""
        return self.frame.copy()


def effect_material(
    training: pd.DataFrame,
    values: pd.DataFrame,
    people: pd.DataFrame,
    *,
    course: str,
    months_before: int = 3,
    months_after: int = 3,
    randomised: bool = False,
) -> EffectMaterial:
    """Put the trained of a course beside people who had not had it in the same months.

    Parameters
    ----------
    training
        seller_id, course, status (planned, in_progress, done, absent), started_date, completed_date.
    values
        seller_id, month, and value, or numerator and denominator (no denominator: the numerator itself).
    people
        seller_id, team (or org_id), tier; nobody else is compared.
    months_before, months_after
        Whole months compared, before the month the course started and after the month it was completed.
    randomised
        Say so only when the order of training was drawn by lot; nothing in the records shows it. People who never stood on
        the list are then no comparison.

    Returns
    -------
    EffectMaterial
        People waiting (planned, or begun after the months compared) are the comparison; where fewer than 5 wait, others
        of the same tiers as well. A person may stand beside several cohorts. Nobody who began the course within the months
        compared, or on a day unknown, stands among the not trained.

    Raises
    ------
    InputError
        A missing column, a course without a record, nobody who completed it, a person twice among people.

    Notes
    -----
    Cohort by cohort with people not yet trained, never with those trained before (stacked comparison: Cengiz et al. 2019,
    QJE 134; Goodman-Bacon 2021 says what goes wrong otherwise).

    Examples
    --------
    >>> months = pd.period_range("2026-01", "2026-07", freq="M")
    >>> values = pd.DataFrame([(p, m, 10.0 + (p == "a" and m > months[3])) for p in "ab" for m in months],
    ...                       columns=["seller_id", "month", "value"])
    >>> training = pd.DataFrame({"seller_id": ["a", "b"], "course": "c1", "status": ["done", "planned"],
    ...                          "started_date": pd.to_datetime(["2026-04-10", "2026-09-01"]), "completed_date": pd.NaT})
    >>> people = pd.DataFrame({"seller_id": ["a", "b"], "team": "t", "tier": "x"})
    >>> effect_material(training, values, people, course="c1").frame[["seller_id", "trained", "pre", "post"]].values.tolist()
    [['a', 1, 10.0, 11.0], ['b', 0, 10.0, 10.0]]
    """
    _check(training, values, people, course, months_before, months_after)
    table = people.rename(columns={} if "team" in people else {"org_id": "team"})
    table = table[["seller_id", "team", *(["tier"] if "tier" in table else [])]].set_index("seller_id")
    own = training[(training["course"] == course) & training["seller_id"].isin(table.index)]
    dates = own[["started_date", "completed_date"]].apply(pd.to_datetime)
    own = own.assign(start=_month_of(dates.min(axis=1)), finish=_month_of(dates.max(axis=1)))
    had = own[own["status"].isin(["done", "in_progress"])]
    undated = set(had.loc[had["start"].isna(), "seller_id"])
    had = had[~had["seller_id"].isin(undated)]
    begin: dict[Any, Any] = had.groupby("seller_id")["start"].min().to_dict()
    done = had[had["status"] == "done"].groupby("seller_id")["finish"].min()
    if done.empty:
        raise InputError(f"course {course} was completed by nobody with a date, must be to have an effect", where="training")
    waits = set(own.loc[own["status"].isin(["planned", "absent"]), "seller_id"]) | set(begin)
    missed = own[own["status"] == "absent"].groupby("seller_id")["start"].apply(set)
    wide, last = _wide(values, table.index), _month(values["month"]).max()
    recent, alone, absent = 0, 0, set[str]()
    parts, used_others = [], False
    spans: dict[tuple[Any, Any], list[Any]] = {}
    for person, finish in done.items():
        spans.setdefault((begin[person], finish), []).append(person)
    for (start, finish), group in sorted(spans.items()):
        end = finish + months_after
        if end > last:
            recent += len(group)
            continue
        free = [p for p in table.index if p not in undated and (p not in begin or begin[p] > end)]
        came_not = {p for p in free if p in missed.index and any(_near(m, start, end) for m in missed[p])}
        absent |= came_not
        free = [p for p in free if p not in came_not]
        beside = [p for p in free if p in waits]
        if len(beside) < FEW_WAITING and not randomised:
            tier = table["tier"].to_dict() if "tier" in table else dict.fromkeys(table.index)
            tiers = {tier[p] for p in group}
            beside = [p for p in free if p in waits or tier[p] in tiers]
            used_others |= any(p not in waits for p in beside)
        if not beside:
            alone += len(group)
            continue
        before = pd.period_range(start - months_before, start - 1, freq="M")
        after = pd.period_range(finish + 1, end, freq="M")
        ids = [*group, *beside]
        parts.append(pd.DataFrame({
            "seller_id": ids, "team": table.loc[ids, "team"].to_numpy(), "cohort": str(start) if start == finish else f"{start}/{finish}",
            "trained": [1] * len(group) + [0] * len(beside), "pre": _mean(wide, ids, before),
            "post": _mean(wide, ids, after), "pre_trend": _trend(wide, ids, before),
            **({"tier": table.loc[ids, "tier"].to_numpy()} if "tier" in table else {}),
        }))  # fmt: skip
    columns = ["seller_id", "team", "cohort", "trained", "pre", "post", "pre_trend"]
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    design = "randomised" if randomised else "not_trained" if used_others else "waiting_list"
    counted: list[tuple[str, int, dict[str, Any]]] = [
        (RECENT, recent, {"n_months": months_after}), (ALONE, alone, {}), (ABSENT, len(absent), {}),
        (UNDATED, len(undated), {}),
    ]  # fmt: skip
    notes = [{"msgid": text, "details": {"n": n, **more}} for text, n, more in counted if n]
    if len(parts) > 1:
        notes.append({"msgid": MANY_WAVES, "details": {"n": len(parts)}})
    if used_others:
        notes.append({"msgid": ONLY_CHOSEN, "details": {}})
    return EffectMaterial(frame=frame, course=course, design=design, months_before=months_before,
                          months_after=months_after, notes=tuple(notes))


def _near(missed: Any, start: pd.Period, end: pd.Period) -> bool:
    """Invited for the months of the cohort, or for a day unknown."""
    return bool(pd.isna(missed) or start <= missed <= end)


def _month_of(days: pd.Series) -> pd.PeriodIndex:
    return pd.PeriodIndex(pd.DatetimeIndex(days), freq="M")


def _month(months: pd.Series) -> pd.PeriodIndex:
    return pd.PeriodIndex(months) if isinstance(months.dtype, pd.PeriodDtype) else pd.PeriodIndex(months.astype(str), freq="M")


def _wide(values: pd.DataFrame, ids: pd.Index) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Numerators and denominators, people x months; without a denominator every known month counts one."""
    kept = values[values["seller_id"].isin(ids)]
    above = kept["value"] if "value" in kept else kept["numerator"]
    below = kept["denominator"] if "value" not in kept and "denominator" in kept else pd.Series(np.nan, index=kept.index)
    ratio = below.notna().any()
    frame = pd.DataFrame({"seller_id": kept["seller_id"], "month": _month(kept["month"]), "above": above.astype(float),
                          "below": below.astype(float) if ratio else 1.0})
    frame = frame.dropna(subset=["above", "below"])
    twice = frame.duplicated(["seller_id", "month"])
    if twice.any():
        row = frame[twice].iloc[0]
        raise InputError(f"seller {row['seller_id']} stands twice in {row['month']}", where="values",
                         fix="Give the figures of one KPI.")
    return (frame.pivot_table(index="seller_id", columns="month", values="above"),
            frame.pivot_table(index="seller_id", columns="month", values="below"))


def _mean(wide: tuple[pd.DataFrame, pd.DataFrame], ids: list[str], months: pd.PeriodIndex) -> np.ndarray:
    """Sum over sum; missing for who has figures in fewer than half of the months."""
    above, below = (part.reindex(index=ids, columns=months).to_numpy(float) for part in wide)
    known = np.isfinite(above).sum(axis=1) * 2 >= len(months)
    bottom = np.nansum(below, axis=1)
    return np.divide(np.nansum(above, axis=1), bottom, out=np.full(len(ids), np.nan), where=known & (bottom > 0))


def _trend(wide: tuple[pd.DataFrame, pd.DataFrame], ids: list[str], months: pd.PeriodIndex) -> np.ndarray:
    """Change a month before the course; missing with a gap or fewer than two months."""
    above, below = (part.reindex(index=ids, columns=months).to_numpy(float) for part in wide)
    if len(months) < 2:
        return np.full(len(ids), np.nan)
    step = np.arange(len(months)) - (len(months) - 1) / 2
    level = np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)
    return level @ step / float(step @ step)


def _check(
    training: pd.DataFrame, values: pd.DataFrame, people: pd.DataFrame, course: str, before: int, after: int
) -> None:
    if before < 1 or after < 1:
        raise InputError(f"months_before == {before}, months_after == {after}, must be at least 1")
    needed = {
        "training": (training, ["seller_id", "course", "status", "started_date", "completed_date"]),
        "values": (values, ["seller_id", "month"]),
        "people": (people, ["seller_id"]),
    }
    for name, (frame, columns) in needed.items():
        missing = [c for c in columns if c not in frame]
        if missing:
            raise InputError(f"column {missing[0]} is missing", where=name)
    if "value" not in values and "numerator" not in values:
        raise InputError("column value (or numerator and denominator) is missing", where="values")
    if "team" not in people and "org_id" not in people:
        raise InputError("column team (or org_id) is missing", where="people")
    if not len(values):
        raise InputError("values are empty, must hold monthly figures", where="values")
    if people["seller_id"].duplicated().any():
        raise InputError(f"seller {people.loc[people['seller_id'].duplicated(), 'seller_id'].iloc[0]} stands twice",
                         where="people")
    if not (training["course"] == course).any():
        raise InputError(f"course {course} has no training record, must have been given", where="training")
