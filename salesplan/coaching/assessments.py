"""Skill assessments, checked and coded: one rating per person, skill, round and source."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError, known_choices
from salesplan.text import mark

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

SOURCES = ("test", "manager", "customer", "peer", "self")
"""Who can assess a skill, in the order that decides between equal weights."""
LAST_WORD = ("manager", "self")
"""Sources of whom the last word of a round counts (of several on that day their mean); of the others the mean of all."""

SOURCE_NAMES = {
    "test": mark("Skill test"),
    "manager": mark("Manager's assessment"),
    "customer": mark("Customers' assessment"),
    "peer": mark("Colleagues' assessment"),
    "self": mark("Self-assessment"),
}

GONE = mark("{n} assessments are of people who are not among those looked at; they were left out.")
TOO_LATE = mark("{n} assessments are dated after {as_of}; they were left out.")

_NEEDED = ("seller_id", "skill", "source", "assessed_date", "level")
_MONTH = 30.4375


@dataclass(frozen=True, kw_only=True, eq=False)
class CodedAssessments:
    """One row a person x skill x round x source, sorted in this order; names as codes into the tuples of names.

    ``n`` ratings are in the mean ``rating``; ``assessor`` is -1 where nobody is named; ``day`` is the latest one.
    """

    sellers: tuple[str, ...]
    skills: tuple[str, ...]
    rounds: tuple[str, ...]
    assessors: tuple[str, ...]
    seller: Codes
    skill: Codes
    round: Codes
    source: Codes
    assessor: Codes
    rating: Array
    n: Array
    day: NDArray[np.datetime64]
    as_of: pd.Timestamp
    n_gone: int
    n_late: int

    @property
    def cell(self) -> Codes:
        """Code of person x skill."""
        return self.seller * len(self.skills) + self.skill

    def age(self) -> Array:
        """Months from the rating to ``as_of``."""
        return (np.datetime64(self.as_of, "D") - self.day).astype(float) / _MONTH

    def to_frame(self) -> pd.DataFrame:
        """seller_id, skill, round, source, assessed_date, rating, n (ratings in it)."""
        def named(names: tuple[str, ...], codes: Codes) -> pd.Categorical:
            return pd.Categorical.from_codes(codes, categories=pd.Index(names, dtype=object))

        return pd.DataFrame({
            "seller_id": named(self.sellers, self.seller), "skill": named(self.skills, self.skill),
            "round": named(self.rounds, self.round), "source": named(SOURCES, self.source),
            "assessed_date": self.day.astype("datetime64[s]"), "rating": self.rating, "n": self.n.astype(int),
        })  # fmt: skip


def code_assessments(
    assessments: pd.DataFrame, people: pd.Index, *, scale: tuple[float, float], as_of: object = None
) -> CodedAssessments:
    """Check assessments and bring them to one rating per person, skill, round and source.

    Parameters
    ----------
    assessments
        seller_id, skill, source, assessed_date, level on ``scale``; optional assessor_id and round. Where the round is
        empty, half-years of the date are the rounds. Of a manager's or one's own ratings in a round the last counts
        (the mean of several on that day), of tests, customers and peers the mean.
    people
        seller_ids that count; ratings of others are left out and counted.
    as_of
        Later ratings are left out and counted; default the last date of all.

    Raises
    ------
    InputError
        A missing column, an unknown source, a date or level that cannot be read, a level outside the scale.
    """
    low, high = check_scale(scale)
    missing = [c for c in _NEEDED if c not in assessments]
    if missing:
        raise InputError(f"assessments lack {missing[0]!r}, must have {', '.join(_NEEDED)}")
    seller, who = pd.factorize(assessments["seller_id"])
    skill, skills = pd.factorize(assessments["skill"])
    named_source, source_names = pd.factorize(assessments["source"])
    for column, code in (("seller_id", seller), ("skill", skill), ("source", named_source)):
        if (code < 0).any():
            raise InputError(f"{column} is empty, must be known", where=_row(assessments, code < 0))
    unknown = [str(s) for s in source_names if s not in SOURCES]
    if unknown:
        raise InputError(f"source == {unknown[0]!r}, must be a known source",
                         where=_row(assessments, (assessments["source"] == unknown[0]).to_numpy()),
                         fix=known_choices(unknown[0], SOURCES))
    rating = pd.to_numeric(assessments["level"], errors="coerce").to_numpy(float)
    outside = ~((rating >= low - 1e-9) & (rating <= high + 1e-9))
    if outside.any():
        value = assessments["level"].to_numpy()[outside][0]
        raise InputError(f"level == {value}, must be from {low:g} to {high:g}", where=_row(assessments, outside),
                         fix="Bring every assessment to the scale of the workspace first.")
    day = _days(assessments)
    late = np.zeros(len(day), bool)
    if as_of is not None:
        limit = pd.Timestamp(as_of)  # type: ignore[arg-type]
        late = day > np.datetime64(limit, "D")
    else:
        limit = pd.Timestamp(day.max()) if len(day) else pd.Timestamp(0)
    gone = ~who.astype(str).isin(people)[seller] if len(seller) else np.zeros(0, bool)
    used = ~(late | gone)
    seller, sellers = _sorted_codes(seller[used], who)
    skill, skills_named = _sorted_codes(skill[used], skills)
    source = np.array([SOURCES.index(str(s)) for s in source_names], dtype=np.int64)[named_source[used]]
    rating, day = rating[used], day[used]
    round_code, rounds = _rounds(assessments, used, day)
    assessor, assessors = _assessors(assessments, used)
    key = ((seller * max(1, len(skills_named)) + skill) * max(1, len(rounds)) + round_code) * len(SOURCES) + source
    order = np.lexsort((day, key))
    key = key[order]
    start = np.flatnonzero(np.r_[True, key[1:] != key[:-1]]) if len(key) else np.zeros(0, np.int64)
    last = order[np.r_[start[1:], len(key)] - 1] if len(key) else start
    n = np.diff(np.r_[start, len(key)]).astype(float)
    mean = np.add.reduceat(rating[order], start) / n if len(key) else rating
    keeps_last = np.isin(source[last], [SOURCES.index(s) for s in LAST_WORD])
    word, rated_by = _last_words(rating[order], assessor[order], day[order], start)
    return CodedAssessments(
        sellers=sellers, skills=skills_named, rounds=rounds, assessors=assessors, seller=seller[last], skill=skill[last],
        round=round_code[last], source=source[last], assessor=rated_by,
        rating=np.where(keeps_last, word, mean), n=np.where(keeps_last, 1.0, n), day=day[last], as_of=limit,
        n_gone=int((gone & ~late).sum()), n_late=int(late.sum()),
    )  # fmt: skip


def _last_words(
    rating: Array, assessor: Codes, day: NDArray[np.datetime64], start: Codes
) -> tuple[Array, Codes]:
    """Mean of each block's ratings on its last day, and who gave them: -1 where several did."""
    if not len(start):
        return rating, assessor
    size = np.diff(np.r_[start, len(rating)])
    block = np.repeat(np.arange(len(start)), size)
    on_day = day == day[start + size - 1][block]
    word = np.bincount(block, rating * on_day) / np.bincount(block, on_day)
    low = np.minimum.reduceat(np.where(on_day, assessor, np.iinfo(np.int64).max), start)
    high = np.maximum.reduceat(np.where(on_day, assessor, -1), start)
    return word, np.where(low == high, high, -1)


def check_scale(scale: tuple[float, float]) -> tuple[float, float]:
    """The ends of the scale of levels, low before high."""
    low, high = float(scale[0]), float(scale[1])
    if not (np.isfinite([low, high]).all() and low < high):
        raise InputError(f"scale == ({low:g}, {high:g}), must go from a lower to a higher level")
    return low, high


def _row(frame: pd.DataFrame, wrong: NDArray[np.bool_]) -> str:
    at = int(np.flatnonzero(wrong)[0])
    row = frame.iloc[at]
    return f"row {at + 1} ({row['seller_id']}, {row['skill']}, {row['source']}), column level" if wrong.any() else ""


def _days(frame: pd.DataFrame) -> NDArray[np.datetime64]:
    stamps = pd.to_datetime(frame["assessed_date"], errors="coerce")
    empty = stamps.isna().to_numpy()
    if empty.any():
        raise InputError("assessed_date is no date, must be one",
                         where=_row(frame, empty).replace("column level", "column assessed_date"))
    return stamps.to_numpy().astype("datetime64[D]")


def _sorted_codes(code: Codes, names: pd.Index) -> tuple[Codes, tuple[str, ...]]:
    """Codes into the sorted names that occur."""
    present = np.flatnonzero(np.bincount(code, minlength=len(names)))
    named = sorted((str(names[int(at)]), int(at)) for at in present)
    place = np.full(len(names), -1, dtype=np.int64)
    place[[at for _, at in named]] = np.arange(len(named))
    return place[code], tuple(name for name, _ in named)


def _rounds(frame: pd.DataFrame, used: NDArray[np.bool_], day: NDArray[np.datetime64]) -> tuple[Codes, tuple[str, ...]]:
    """Rounds in the order of their middle date; half-years where none is given."""
    label = pd.Series("", index=range(len(day)), dtype=object)
    if "round" in frame:
        given = frame["round"].astype(object).to_numpy()[used]
        label = pd.Series(np.where(pd.isna(given), "", given), dtype=object).astype(str).str.strip()
    empty = (label == "").to_numpy()
    if empty.any():
        stamps = pd.DatetimeIndex(day[empty])
        halves = np.where(stamps.month <= 6, "H1", "H2")
        label.loc[empty] = pd.Series([f"{y}{half}" for y, half in zip(stamps.year, halves, strict=True)], dtype=object).to_numpy()
    code, names = pd.factorize(label)
    middle = pd.Series(day.astype("int64")).groupby(code).median()
    order = sorted(range(len(names)), key=lambda c: (middle[c], str(names[c])))
    place = np.empty(len(names), dtype=np.int64)
    place[order] = np.arange(len(names))
    return place[code], tuple(str(names[c]) for c in order)


def _assessors(frame: pd.DataFrame, used: NDArray[np.bool_]) -> tuple[Codes, tuple[str, ...]]:
    if "assessor_id" not in frame:
        return np.full(int(used.sum()), -1, dtype=np.int64), ()
    code, names = pd.factorize(frame["assessor_id"].to_numpy()[used])
    return code.astype(np.int64), tuple(map(str, names))
