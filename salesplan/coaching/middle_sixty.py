"""The middle 60 %: what the same gain brings there and at the top, from the company's own sales."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from salesplan.coaching.peers import Floats
from salesplan.coaching.small_groups import INSUFFICIENT, SHOWN
from salesplan.errors import InputError
from salesplan.text import mark

SEGMENTS = ("top", "middle", "bottom")
SEGMENT_WORDS: dict[str, str] = {
    "top": mark("Top 20 %"), "middle": mark("Middle 60 %"), "bottom": mark("Bottom 20 %"),
}  # fmt: skip
"""What a segment is called, by its code."""
TOP, BOTTOM = 0.2, 0.2
CLAIM = 1.7
"""Middle over top sales at which the often quoted "70 % more" would hold."""
LEAST = 10
LEAST_TOLD = 30
"""Fewer sellers than this and neither intervals nor a verdict are given: they would be wrong too often."""
LEAST_USABLE = 0.95
"""Part of the resamples in which the middle and the top must sell something."""

ARITHMETIC = mark("The same relative gain brings more in the group that sells more: the ratio of gains is that of sales, middle"
                  " over top. It says nothing about where the gain is easier or cheaper to reach; decide by what it costs in each"
                  " group.")  # fmt: skip
CLAIM_HOLDS = mark("The often quoted 70 % more from the middle holds here: it sells {ratio_factor} times what the top sells.")
CLAIM_FAILS = mark("The often quoted 70 % more from the middle does not hold here: it sells {ratio_factor} times what the top"
                   " sells, 1.7 would be needed.")  # fmt: skip
CLAIM_OPEN = mark("Whether the often quoted 70 % more from the middle holds here cannot be told: it sells {ratio_factor} times"
                  " what the top sells, between {lower_factor} and {upper_factor} with other people drawn.")  # fmt: skip
NEGATIVE = mark("{n} sellers have sales below 0 (returns); they count as such.")
TOO_FEW = mark("{n} sellers: below {n_least} it cannot be told how far chance moves the ratio, so no segment is said to bring"
               " more.")  # fmt: skip
NO_RANGE = mark("How far chance moves the ratio cannot be told: next to nothing is sold outside the top, or all sell the same.")
TIED = mark("Equal sales stay in one segment: top, middle and bottom hold {n_top}, {n_middle} and {n_bottom} sellers by name, while"
            " the table splits them 20 : 60 : 20.")  # fmt: skip
NEWCOMERS_IN = mark("Sellers of part of the months stand lower than they sell; leave them out or scale them up.")


@dataclass(frozen=True, kw_only=True, eq=False)
class MiddleSixty:
    """Sales of the top 20 %, middle 60 % and bottom 20 % of sellers, and what a gain there brings.

    Attributes
    ----------
    table
        segment, n (sellers, parts counted), amount (sold), sales_share with lower and upper, mean_amount, gain_amount.
    segments
        seller_id -> segment; sellers with the same sales are in the same one.
    ratio, ratio_lower, ratio_upper
        Gain in the middle over the same relative gain at the top.
    status
        ``ok``, or `INSUFFICIENT` below 30 sellers or where resampling shows no spread: then bounds are missing and no
        group may be said to bring more.
    """

    table: pd.DataFrame
    segments: pd.Series
    uplift: float
    ratio: float
    ratio_lower: float
    ratio_upper: float
    coverage: float
    status: str = SHOWN
    notes: tuple[dict[str, Any], ...] = ()

    def __post_init__(self) -> None:
        if (self.status == SHOWN) != bool(np.isfinite([self.ratio_lower, self.ratio_upper]).all()):
            raise InputError(f"status == {self.status!r}, must go with bounds of the ratio", where="middle sixty")
        object.__setattr__(self, "table", self.table.copy())
        object.__setattr__(self, "segments", self.segments.copy())
        object.__setattr__(self, "notes", tuple(self.notes))

    def to_frame(self) -> pd.DataFrame:
        """One row a segment, with its words."""
        frame = self.table.copy()
        frame.insert(0, "segment_msgid", frame.pop("segment").map(SEGMENT_WORDS))
        return frame


def uplift_gains(*, middle: float, top: float, uplift: float = 0.05) -> dict[str, float]:
    """What the same relative gain brings in the middle and at the top, as shares of all sales.

    Returns
    -------
    dict
        gain_mid, gain_top, ratio, mid_share_needed_for_70pct_more.

    Examples
    --------
    >>> found = uplift_gains(middle=0.45, top=0.5)
    >>> round(found["ratio"], 2), round(found["mid_share_needed_for_70pct_more"], 2)
    (0.9, 0.85)
    """
    if top <= 0:
        raise InputError(f"top == {top:g}, must sell more than 0")
    return {"gain_mid": middle * uplift, "gain_top": top * uplift, "ratio": middle / top,
            "mid_share_needed_for_70pct_more": CLAIM * top}  # fmt: skip


def middle_sixty(
    sales: pd.Series, *, uplift: float = 0.05, bootstraps: int = 1000, coverage: float = 0.9, seed: int = 0
) -> MiddleSixty:
    """What +5 % in the middle 60 % of sellers brings against +5 % in the top 20 %.

    Parameters
    ----------
    sales
        seller_id -> sales of the period (money or any amount that adds up).
    uplift
        Relative gain looked at.
    bootstraps
        Sellers drawn again, for the intervals.

    Raises
    ------
    InputError
        Fewer than 10 sellers, a seller twice, sales that are no number, or a top that sells nothing.

    Notes
    -----
    Shares are read off the Lorenz curve: with 43 sellers the top 20 % is 8.6 of them, and sellers with equal sales can be
    ordered in any way without changing a share. Intervals are bootstrap-t (Efron & Tibshirani 1993, ch. 12), of the
    logarithm for the ratio, widened to the symmetric one where that reaches further, with standard errors by influence
    functions: percentile intervals miss the bias and the skew of so few people. With very uneven sales (top 20 % sells
    over half) and 30 to 50 sellers even these hold less often than they say: about 0.8 to 0.85 of 0.9.

    Examples
    --------
    >>> found = middle_sixty(pd.Series([30.0, 20, 9, 8, 8, 7, 6, 6, 4, 2], index=list("abcdefghij")))
    >>> found.table.set_index("segment")["sales_share"].tolist(), round(found.ratio, 2)
    ([0.5, 0.44, 0.06], 0.88)
    """
    values = pd.to_numeric(sales, errors="coerce")
    if values.isna().any() or np.isinf(values).any():
        bad = values.index[~np.isfinite(values.to_numpy(float))][0]
        raise InputError(f"sales == {sales[bad]!r}, must be a number", where=f"seller {bad}")
    if values.index.has_duplicates:
        raise InputError(f"seller_id {values.index[values.index.duplicated()][0]!r} comes twice", where="sales")
    if len(values) < LEAST:
        raise InputError(f"{len(values)} sellers, must be at least {LEAST} to speak of a top 20 %")
    if not 0 < uplift <= 1:
        raise InputError(f"uplift == {uplift:g}, must be above 0 and at most 1")
    if not 0.5 <= coverage < 1 or bootstraps < 100:
        raise InputError(f"coverage == {coverage:g}, bootstraps == {bootstraps}, must be from 0.5 below 1 and at least 100")
    numbers = values.to_numpy(float)
    parts = _segment_sums(numbers[None])[0]
    total = float(numbers.sum())
    if total <= 0 or parts[0] <= 0:
        raise InputError(f"sales add up to {total:g}, must be above 0")
    ratio = float(parts[1] / parts[0])
    ratio_ends, lower, upper = (np.nan, np.nan), np.full(3, np.nan), np.full(3, np.nan)
    if len(numbers) >= LEAST_TOLD:
        ratio_ends, lower, upper = _intervals(numbers, bootstraps, coverage, np.random.default_rng(seed))
    ratio_lower, ratio_upper = ratio_ends
    status = SHOWN if np.isfinite(ratio_lower) else INSUFFICIENT
    people = np.array([TOP, 1 - TOP - BOTTOM, BOTTOM]) * len(numbers)
    table = pd.DataFrame({"segment": SEGMENTS, "n": people, "amount": parts, "sales_share": parts / total,
                          "sales_share_lower": lower, "sales_share_upper": upper, "mean_amount": parts / people,
                          "gain_amount": uplift * parts})  # fmt: skip
    notes: list[dict[str, Any]] = [{"msgid": ARITHMETIC, "details": {}}]
    if status == SHOWN:
        notes.append(_claim(ratio, ratio_lower, ratio_upper))
    elif len(numbers) < LEAST_TOLD:
        notes.append({"msgid": TOO_FEW, "details": {"n": len(numbers), "n_least": LEAST_TOLD}})
    else:
        notes.append({"msgid": NO_RANGE, "details": {}})
    segments = segment_of(values)
    held = segments.value_counts().reindex(list(SEGMENTS), fill_value=0)
    if (np.abs(held.to_numpy(float) - people) >= 1).any():
        notes.append({"msgid": TIED, "details": {f"n_{segment}": int(held[segment]) for segment in SEGMENTS}})
    if (numbers < 0).any():
        notes.append({"msgid": NEGATIVE, "details": {"n": int((numbers < 0).sum())}})
    notes.append({"msgid": NEWCOMERS_IN, "details": {}})
    return MiddleSixty(table=table, segments=segments, uplift=uplift, ratio=ratio, ratio_lower=ratio_lower,
                       ratio_upper=ratio_upper, coverage=coverage, status=status, notes=tuple(notes))


def _claim(ratio: float, lower: float, upper: float) -> dict[str, Any]:
    """Whether the quoted claim holds in this company."""
    claim = CLAIM_HOLDS if lower >= CLAIM else CLAIM_FAILS if upper < CLAIM else CLAIM_OPEN
    details = {"ratio_factor": round(ratio, 2)}
    if claim == CLAIM_OPEN:
        details |= {"lower_factor": round(lower, 2), "upper_factor": round(upper, 2)}
    return {"msgid": claim, "details": details}


def _intervals(
    numbers: Floats, bootstraps: int, coverage: float, rng: np.random.Generator
) -> tuple[tuple[float, float], Floats, Floats]:
    """Bounds of the ratio (missing where they cannot be told) and of the three shares."""
    own = _with_errors(numbers[None])
    drawn = _with_errors(numbers[rng.integers(0, len(numbers), (bootstraps, len(numbers)))])
    (log_ratio, ratio_error, shares, share_error) = (part[0] for part in own)
    ends = _studentized(shares, share_error, drawn[2], drawn[3], coverage)
    if (numbers >= 0).all():
        ends = np.clip(ends, 0.0, 1.0)
    usable = np.isfinite(drawn[0]) & (drawn[1] > 0)
    if not np.isfinite(log_ratio) or not ratio_error > 1e-12 or usable.mean() < LEAST_USABLE:
        return (np.nan, np.nan), np.full(3, np.nan), np.full(3, np.nan)
    low, high = np.exp(_studentized(log_ratio, ratio_error, drawn[0][usable], drawn[1][usable], coverage))
    return (float(low), float(high)), ends[0], ends[1]


def _studentized(value: Floats, error: Floats, values: Floats, errors: Floats, coverage: float) -> Floats:
    """Bootstrap-t bounds (lower, upper), each the further one of the skewed and the symmetric form."""
    spread = (values - value) / np.where(errors > 0, errors, np.inf)
    low, high = np.quantile(spread, [(1 - coverage) / 2, (1 + coverage) / 2], axis=0)
    even = np.quantile(np.abs(spread), coverage, axis=0)
    return np.array([value - np.maximum(high, even) * error, value + np.maximum(-low, even) * error])


def _with_errors(samples: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Logarithm of the ratio and the shares of each row, with standard errors by influence functions."""
    n = samples.shape[1]
    sums = _segment_sums(samples)
    low, high = (q[:, None] for q in np.quantile(samples, [BOTTOM, 1 - TOP], axis=1))
    top, bottom = np.maximum(samples - high, 0.0), -np.maximum(low - samples, 0.0)
    influence = np.stack([top, samples - top - bottom, bottom], axis=2)
    influence -= influence.mean(axis=1, keepdims=True)
    total = sums.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = sums / total[:, None]
        of_share = (influence - shares[:, None, :] * influence.sum(axis=2, keepdims=True)) * (n / total)[:, None, None]
        log_ratio = np.where((sums[:, 0] > 0) & (sums[:, 1] > 0), np.log(sums[:, 1] / sums[:, 0]), np.nan)
        of_ratio = (influence[:, :, 1] / sums[:, [1]] - influence[:, :, 0] / sums[:, [0]]) * n
    scale = np.sqrt(n)
    return log_ratio, of_ratio.std(axis=1, ddof=1) / scale, shares, of_share.std(axis=1, ddof=1) / scale


def segment_of(values: pd.Series) -> pd.Series:
    """Segment of each seller by the middle of their places; equal sellers share one.

    Examples
    --------
    >>> segment_of(pd.Series([5.0, 1, 2, 2, 2], index=list("abcde"))).tolist()
    ['top', 'bottom', 'middle', 'middle', 'middle']
    """
    place = (values.rank(method="average") - 0.5) / max(len(values), 1)
    found = np.where(place > 1 - TOP, "top", np.where(place < BOTTOM, "bottom", "middle"))
    return pd.Series(found, index=values.index, name="segment")


def _segment_sums(samples: Floats) -> Floats:
    """Sales of top, middle and bottom of each row, from its Lorenz curve (sellers split at the borders)."""
    ordered = np.sort(samples, axis=1)
    n = samples.shape[1]
    curve = np.concatenate([np.zeros((len(ordered), 1)), np.cumsum(ordered, axis=1)], axis=1)

    def below(share: float) -> Floats:
        at = share * n
        i = min(int(np.floor(at + 1e-9)), n)
        rest = max(at - i, 0.0)
        return np.asarray(curve[:, i] + (rest * ordered[:, i] if i < n and rest > 1e-9 else 0.0))

    low, high = below(BOTTOM), below(1 - TOP)
    return np.column_stack([curve[:, -1] - high, high - low, low])
