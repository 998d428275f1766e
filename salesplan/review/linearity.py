"""How sales run through a month: even, late like a hockey stick, or borrowed from the month after."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import betaincinv, ndtri, stdtrit

from salesplan.calendars.working_days import month_days
from salesplan.errors import InputError
from salesplan.hierarchy import Hierarchy
from salesplan.text import mark

Floats = NDArray[np.float64]

PAST_MONTHS = 24
FEWEST_MONTHS = 8
LAST_DAYS = 3
NOTICED = 0.01
"""How far outside the interval a share must lie: nothing sold in a part of the month lies below every interval."""
LEAST_SHARE, LEAST_SIZE = 1e-4, 0.5
"""Smallest mean share and spread that are told from none, and smallest size of a beta distribution (nearly all or nothing)."""
PARTS = ("first_third", "second_third", "last_third", "last_days")


@dataclass(frozen=True, kw_only=True, eq=False)
class Linearity:
    """How the month ran for every node, against its own last 24 months.

    ``table``: ``unit_id, parent_id, level, name``; for the thirds of the month's working days and its last 3 working days
    ``<part>_share, <part>_usual_share, <part>_lower_share, <part>_upper_share, <part>_is_unusual``; ``even_share`` of the last 3
    days in an even month, ``excess_share`` (their mean share above it) with ``excess_lower_share, excess_upper_share``;
    ``pull_value`` (correlation of a month's excess with the next month's first third) with its interval;
    ``shape_msgid``; ``n_months``.
    """

    table: pd.DataFrame
    month: pd.Period
    coverage: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", self.table.copy())

    def to_frame(self) -> pd.DataFrame:
        """The whole table."""
        return self.table.copy()

    def summary(self) -> pd.DataFrame:
        """The top node."""
        return self.table.head(1).reset_index(drop=True)

    def for_units(self, unit_ids: Sequence[str]) -> "Linearity":
        """The same for some nodes only."""
        kept = self.table[self.table["unit_id"].isin(list(unit_ids))].reset_index(drop=True)
        return Linearity(table=kept, month=self.month, coverage=self.coverage)


def month_linearity(daily: pd.DataFrame, units: pd.DataFrame, *, as_of: pd.Timestamp, coverage: float = 0.95,
                    country: str = "CN", subdivision: str | None = None) -> Linearity:
    """Did the month run as months usually do, do its last days carry too much, and do they borrow from the next?

    Days off count with the working day before. A share is unusual outside the prediction interval of the node's own past
    months: that of the beta distribution with their mean and with the variance that ``t sd sqrt(1 + 1/n)`` stands for, so that it
    stays within 0 and 1. Hockey stick: the last 3 working days bring more
    than an even month's, the whole interval of the mean above zero. Pull-forward: the more a month's last days bring,
    the less the next month's first third, the whole interval of the correlation below zero. With ``coverage`` 0.95 one
    usual node in twenty is called unusual in each part by chance.

    Parameters
    ----------
    daily
        ``date, unit_id, amount_fen``.
    as_of
        Last day counted; parts of the month that are not over have no share yet.
    coverage
        Of all intervals.

    Raises
    ------
    InputError
        A coverage outside 0 to 1.
    """
    if not 0 < coverage < 1:
        raise InputError(f"coverage == {coverage}, must be between 0 and 1")
    month = pd.Timestamp(as_of).to_period("M")
    tree = Hierarchy(units=units)
    months = pd.period_range(month - PAST_MONTHS, month, freq="M")
    cut = _parts_of_days(months, country, subdivision)
    shares, worked = _part_shares(daily[daily["date"] <= as_of], tree, cut, months)
    open_parts = cut[(cut["month"] == month) & (cut["date"] > as_of)]
    running = open_parts["part"].unique().tolist() + (["last_days"] if open_parts["is_last"].any() else [])
    for name in running:
        shares[name][:, -1] = np.nan
    if running:  # a share of an unfinished month has no whole to be a share of
        for name in PARTS:
            shares[name][:, -1] = np.nan
    table = tree.units.copy()
    n_known = np.isfinite(shares["last_days"][:, :-1]).sum(axis=1)
    for name in PARTS:
        now, past = shares[name][:, -1], shares[name][:, :-1]
        mean, sd, n = _moments(past)
        half = stdtrit(np.maximum(n - 1, 1), 0.5 + coverage / 2) * sd * np.sqrt(1 + 1 / np.maximum(n, 1))
        known = n >= FEWEST_MONTHS
        table[f"{name}_share"] = now
        table[f"{name}_usual_share"] = np.where(known, mean, np.nan)
        lower, upper = _share_interval(mean, half, coverage)
        table[f"{name}_lower_share"] = np.where(known, lower, np.nan)
        table[f"{name}_upper_share"] = np.where(known, upper, np.nan)
        table[f"{name}_is_unusual"] = known & np.isfinite(now) & ((now < lower - NOTICED) | (now > upper + NOTICED))
    even = np.minimum(LAST_DAYS / worked, 1.0)
    excess = shares["last_days"][:, :-1] - even[:-1]
    mean, sd, n = _moments(excess)
    half = stdtrit(np.maximum(n - 1, 1), 0.5 + coverage / 2) * sd / np.sqrt(np.maximum(n, 1))
    known = n >= FEWEST_MONTHS
    table["even_share"] = even[-1]
    table["excess_share"] = np.where(known, mean, np.nan)
    table["excess_lower_share"] = np.where(known, mean - half, np.nan)
    table["excess_upper_share"] = np.where(known, mean + half, np.nan)
    r, lower, upper = _pull(excess, shares["first_third"][:, 1:], coverage)
    table["pull_value"], table["pull_value_lower"], table["pull_value_upper"] = r, lower, upper
    hockey = (table["excess_lower_share"] > 0).to_numpy()
    borrowed = upper < 0
    table["shape_msgid"] = np.select(
        [~known, hockey & borrowed, hockey, borrowed],
        [mark("Too few months to tell"), mark("Late, and borrowed from the next month"), mark("Late: the last days carry the month"),
         mark("Last days borrow from the next month")], default=mark("Even"))
    table["n_months"] = n_known
    return Linearity(table=table, month=month, coverage=coverage)


def _parts_of_days(months: pd.PeriodIndex, country: str, subdivision: str | None) -> pd.DataFrame:
    """Third of the month and whether among its last working days, for every day."""
    days = month_days(months, country=country, subdivision=subdivision)
    order = days.groupby("month")["is_workday"].cumsum().clip(lower=1)
    total = days.groupby("month")["is_workday"].transform("sum").clip(lower=1)
    third = np.clip(np.ceil((3 * order / total).to_numpy(float)), 1, 3).astype(int) - 1
    return days.assign(part=np.array(PARTS)[third], is_last=order > total - LAST_DAYS, total=total)


def _part_shares(daily: pd.DataFrame, tree: Hierarchy, cut: pd.DataFrame, months: pd.PeriodIndex
                 ) -> tuple[dict[str, Floats], Floats]:
    leaves = pd.Index(tree.units["unit_id"].to_numpy()[tree.leaf_positions])
    laid = daily.merge(cut[["date", "month", "part", "is_last"]], on="date", how="inner")
    row, column = leaves.get_indexer(pd.Index(laid["unit_id"])), months.get_indexer(pd.PeriodIndex(laid["month"], freq="M"))
    amount = laid["amount_fen"].to_numpy(float) / 100
    sums = {}
    for name in PARTS:
        inside = laid["is_last"].to_numpy() if name == "last_days" else (laid["part"] == name).to_numpy()
        at = inside & (row >= 0) & (column >= 0)
        out = np.zeros((len(leaves), len(months)))
        np.add.at(out, (row[at], column[at]), amount[at])
        sums[name] = np.asarray(tree.unit_summing @ out)
    total = sums["first_third"] + sums["second_third"] + sums["last_third"]
    begin = daily["date"].min() if len(daily) else pd.Timestamp("2200-01-01")
    whole = months.to_timestamp() >= begin.to_period("M").to_timestamp() + pd.DateOffset(months=int(begin.day > 10))
    known = (total > 0) & np.asarray(whole)
    shares = {k: np.divide(v, total, out=np.full(total.shape, np.nan), where=known) for k, v in sums.items()}
    return shares, cut.groupby("month")["total"].first().reindex(months).to_numpy(float)


def _share_interval(mean: Floats, half: Floats, coverage: float) -> tuple[Floats, Floats]:
    """The interval of a share with the mean and the variance that a normal one of this half-width would have."""
    middle = np.clip(mean, LEAST_SHARE, 1 - LEAST_SHARE)
    variance = np.maximum((half / float(ndtri(0.5 + coverage / 2))) ** 2, LEAST_SHARE**2)
    size = np.maximum(middle * (1 - middle) / variance - 1, LEAST_SIZE)
    a, b = middle * size, (1 - middle) * size
    lower, upper = (np.asarray(betaincinv(a, b, 0.5 + side * coverage / 2), float) for side in (-1, 1))
    return lower, upper


def _moments(x: Floats) -> tuple[Floats, Floats, Floats]:
    """Mean, sd and number of known values by row."""
    known = np.isfinite(x)
    n = known.sum(axis=1).astype(float)
    mean = np.where(known, x, 0).sum(axis=1) / np.maximum(n, 1)
    square = np.where(known, (x - mean[:, None]) ** 2, 0).sum(axis=1)
    return mean, np.sqrt(square / np.maximum(n - 1, 1)), n


def _pull(excess: Floats, following: Floats, coverage: float) -> tuple[Floats, Floats, Floats]:
    """Correlation of each month's excess with the first third of the next, with Fisher's interval."""
    both = np.isfinite(excess) & np.isfinite(following)
    x, y = (np.where(both, v, np.nan) for v in (excess, following))
    (mx, sx, n), (my, sy, _) = _moments(x), _moments(y)
    cross = np.where(both, (x - mx[:, None]) * (y - my[:, None]), 0).sum(axis=1) / np.maximum(n - 1, 1)
    usable = (n >= FEWEST_MONTHS) & (sx > 0) & (sy > 0)
    r = np.clip(np.divide(cross, sx * sy, out=np.full(len(n), np.nan), where=usable), -1, 1)
    z = np.arctanh(np.clip(r, -0.999999, 0.999999))
    half = float(ndtri(0.5 + coverage / 2)) / np.sqrt(np.maximum(n - 3, 1))
    return r, np.tanh(z - half), np.tanh(z + half)
