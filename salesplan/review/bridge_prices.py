"""Working days, volume, mix and price of what continues, and how far they hang on which customers happened to buy."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from salesplan.review.bridge_rounding import whole_parts
from salesplan.review.price_volume_mix import PvmMethod, pvm_parts

Array = NDArray[np.float64]
Codes = NDArray[np.int64]
PARTS = ("working_days", "volume", "mix", "price")
PRICED = ("volume", "mix", "price")
"""Parts with draws."""
ENOUGH_MATCHED = 0.5
"""Share of continuing sales with a price of the same customer on both sides, below which products' averages serve."""
DRAWS = 160
BUCKETS = 2000
"""Customers are drawn again in so many groups at most."""
NUDGE = 0.01
CELL = ["unit_id", "product_line", "part", "amount_fen"]


@dataclass(frozen=True, kw_only=True, eq=False)
class PricedParts:
    """``cells`` of `PARTS` by leaf and product line in fen, the ``matched`` share, whether prices go ``by_product``, and
    ``draws`` of `PRICED`: ``units`` (codes) x parts x draws in fen."""

    cells: pd.DataFrame
    matched: float
    by_product: bool
    units: Codes
    draws: NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Items:
    """Items with positive sales; ``bare`` ones have an amount and no quantity, so the amount stands for it."""

    old: Array
    new: Array
    q0: Array
    q1: Array
    bare: NDArray[np.bool_]
    product: Codes
    bucket: Codes


def price_parts(
    items: pd.DataFrame, everything: pd.DataFrame, days_ratio: float, adds_not: NDArray[np.bool_], *, method: PvmMethod, seed: int
) -> PricedParts:
    """Split the change of continuing items.

    Parameters
    ----------
    items, everything
        What continues, and all items, from which products' average prices are taken: ids as codes, ``amount_fen_then,
        amount_fen_now, qty_then, qty_now``.
    days_ratio
        Working days now over then.
    adds_not
        By code of the product line: its quantities may not be added up.
    method, seed
        As for `pvm_parts`; of the draws.

    Notes
    -----
    Draws are a bootstrap over customers. A product's price relative is worked out again from customers weighted by Poisson
    counts, and price and mix follow it by their slope; mix moves besides by each customer's influence on it,
    ``N (s1 - s0)(p - mean p)``, and volume by what each bought more than then, at the group's mean price, and
    price by what each paid more than then. Where customers change by themselves that is an unbiased estimate of the luck in
    these sums; a market that moves all of them at once is not in it.
    """
    if items.empty:
        empty = pd.DataFrame({c: [] for c in CELL}).astype({"amount_fen": "int64"})
        return PricedParts(cells=empty, matched=float("nan"), by_product=False, units=np.zeros(0, np.int64),
                           draws=np.zeros((0, len(PRICED), DRAWS), np.float32))
    mine, every = _items(items), _items(everything)
    both = (mine.old > 0) & (mine.new > 0)
    matched = float(mine.new[both].sum() / mine.new.sum()) if mine.new.sum() > 0 else float("nan")
    by_product = not matched >= ENOUGH_MATCHED
    n = int(max(mine.product.max(), every.product.max())) + 1
    line = items["product_line"].to_numpy()
    key, cell = np.unique(items["unit_id"].to_numpy() * len(adds_not) + line, return_inverse=True)
    place = pd.DataFrame({"unit_id": key // len(adds_not), "product_line": key % len(adds_not)})
    group = (2 * cell + mine.bare).astype(np.int64)

    weights = np.random.default_rng(seed).poisson(1.0, (BUCKETS, DRAWS)).astype(float)
    plain = np.ones((BUCKETS, 1))
    log_relative = _log_relatives(mine, every, n, plain, by_product=by_product)[:, 0]
    log_drawn = _log_relatives(mine, every, n, weights, by_product=by_product)
    relative = np.where(mine.bare, 1.0, np.exp(log_relative)[mine.product])
    parts, each = _split(mine, relative, group, adds_not[line], days_ratio, by_product=by_product, method=method)
    nudged, _ = _split(mine, np.where(mine.bare, 1.0, relative * np.exp(NUDGE)), group, adds_not[line], days_ratio,
                       by_product=by_product, method=method)
    sums = np.stack([np.bincount(cell, p, len(place)) for p in parts])
    totals = np.zeros(len(place), np.int64)
    np.add.at(totals, cell, (items["amount_fen_now"] - items["amount_fen_then"]).to_numpy("int64"))
    whole = whole_parts(sums, totals, names=list(PARTS))
    frames = [place.assign(part=name, amount_fen=fen) for name, fen in zip(PARTS, whole, strict=True)]

    units, row = np.unique(items["unit_id"].to_numpy(), return_inverse=True)
    off = np.clip(log_drawn - log_relative[:, None], -1.0, 1.0)
    draws = np.zeros((len(units), len(PRICED), DRAWS), np.float32)
    for at, name in enumerate(PRICED):
        slope = (nudged[PARTS.index(name)] - parts[PARTS.index(name)]) / NUDGE
        draws[:, at] = sparse.csr_matrix((slope, (row, mine.product)), shape=(len(units), n)) @ off
    paid = np.where(both & (not by_product), parts[PARTS.index("price")], 0.0)
    for name, mover in zip(PRICED, (*each, paid), strict=True):
        influence = sparse.csr_matrix((mover, (row, mine.bucket)), shape=(len(units), BUCKETS))
        draws[:, PRICED.index(name)] += influence @ (weights - 1)
    return PricedParts(cells=pd.concat(frames, ignore_index=True)[CELL], matched=matched, by_product=by_product, units=units,
                       draws=draws)


def _items(frame: pd.DataFrame) -> _Items:
    old, new = frame["amount_fen_then"].to_numpy(float), frame["amount_fen_now"].to_numpy(float)
    q0, q1 = frame["qty_then"].to_numpy(float), frame["qty_now"].to_numpy(float)
    bare = ((old > 0) & (q0 <= 0)) | ((new > 0) & (q1 <= 0))
    customer = frame["customer_id"].to_numpy(np.int64)
    return _Items(old=old, new=new, q0=np.where(bare, old, np.where(old > 0, q0, 0.0)),
                  q1=np.where(bare, new, np.where(new > 0, q1, 0.0)), bare=bare,
                  product=frame["product_id"].to_numpy(np.int64) + 1, bucket=customer % BUCKETS)


def _split(
    items: _Items, relative: Array, group: Codes, alone: NDArray[np.bool_], days_ratio: float, *, by_product: bool,
    method: PvmMethod,
) -> tuple[Array, tuple[Array, Array]]:
    """`PARTS` of each item under products' price relatives, and what each adds to volume at its group's mean price and to the
    mix above it."""
    p0, p1 = (np.divide(a, q, out=np.full_like(a, np.nan), where=q > 0)
              for a, q in ((items.old, items.q0), (items.new, items.q1)))
    q0, q1 = items.q0, items.q1
    if by_product:
        p0 = np.where(np.isnan(p1), p0, p1 / relative)
        q0 = np.divide(items.old, p0, out=np.zeros_like(q0), where=p0 > 0)
    p0, p1 = np.where(np.isnan(p0), p1 / relative, p0), np.where(np.isnan(p1), p0 * relative, p1)
    weight = np.where(alone, p0, 1.0)
    parts = pvm_parts(q0 * weight, p0 / weight, q1 * weight, p1 / weight, group, days_ratio=days_ratio, method=method)
    parts[1] += np.where(alone, parts[2], 0.0)
    parts[2] = np.where(alone, 0.0, parts[2])
    n = int(group.max()) + 1
    then, now = (np.bincount(group, q, n)[group] for q in (q0, q1))
    s0, s1 = (np.divide(q, t, out=np.zeros_like(q), where=t > 0) for q, t in ((q0, then), (q1, now)))
    s0, s1 = np.where(then > 0, s0, s1), np.where(now > 0, s1, s0)
    price, share = (p0 + p1) / 2, (s0 + s1) / 2
    usual = np.bincount(group, share * price, n)[group]
    more = (q1 / days_ratio - q0) * (1 + days_ratio) / 2
    return parts, (more * np.where(alone, price, usual), np.where(alone, 0.0, (then + now) / 2 * (s1 - s0) * (price - usual)))


def _log_relatives(items: _Items, every: _Items, n: int, weights: Array, *, by_product: bool) -> Array:
    """Logarithm of products' price relatives, products x draws; 0 where nothing tells.

    From those who bought on both sides, unless ``by_product``; else from the average price over everybody.
    """
    def summed(source: _Items, values: Array, rows: NDArray[np.bool_]) -> Array:
        """Logarithm of sums by product; missing where there is nothing."""
        grid = sparse.csr_matrix((values[rows], (source.product[rows], source.bucket[rows])), shape=(n, BUCKETS))
        total = np.asarray(grid @ weights)
        return np.log(np.where(total > 0, total, np.nan))

    then: NDArray[np.bool_] = np.asarray((every.old > 0) & ~every.bare)
    now: NDArray[np.bool_] = np.asarray((every.new > 0) & ~every.bare)
    found = (summed(every, every.new, now) - summed(every, every.q1, now)) - (
        summed(every, every.old, then) - summed(every, every.q0, then))
    if not by_product:
        pair: NDArray[np.bool_] = np.asarray((items.old > 0) & (items.new > 0) & ~items.bare)
        middle = items.q0 + items.q1
        p0, p1 = (np.divide(a, q, out=np.zeros_like(a), where=q > 0) for a, q in ((items.old, items.q0), (items.new, items.q1)))
        own = summed(items, p1 * middle, pair) - summed(items, p0 * middle, pair)
        told = np.isfinite(own).any(axis=1, keepdims=True)
        found = np.where(told, own, found)
    middle_of = np.nanmedian(np.where(np.isfinite(found).any(axis=1, keepdims=True), found, 0.0), axis=1)
    return np.where(np.isfinite(found), found, middle_of[:, None])
