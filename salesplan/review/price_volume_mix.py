"""Price, volume and mix: why revenue from products changed, with new and lost products on their own."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from salesplan.errors import InputError, known_choices
from salesplan.review.bridge_rounding import whole_parts
from salesplan.review.shapley import shapley_products
from salesplan.text import mark

Array = NDArray[np.float64]
PvmMethod = Literal["shapley", "standard"]
PVM_WORDS = {"volume": mark("Volume"), "mix": mark("Mix"), "price": mark("Price")}


def pvm_parts(
    quantity_then: Array, price_then: Array, quantity_now: Array, price_now: Array, group: NDArray[np.int64], *,
    days_ratio: ArrayLike = 1.0, method: PvmMethod = "shapley",
) -> Array:
    """Working days, volume, mix and price of many items at once, volume and mix within groups whose units add up.

    Parameters
    ----------
    quantity_then, price_then, quantity_now, price_now
        One an item, quantities not negative, prices known on both sides.
    group
        Group of each item, codes from 0: quantities are added within a group and never across groups.
    days_ratio
        Working days now over working days then; 1 leaves no part to the calendar.
    method
        ``shapley``: the same whatever is changed first. ``standard``: days, then volume at old mix and prices, then mix
        at old prices, then price at new quantities.

    Returns
    -------
    ndarray
        4 x items: working days, volume, mix, price; each item's parts add up to its change of revenue.

    Notes
    -----
    Revenue of an item is ``D x U x s_k x p_k``: working days, the group's units a day, the item's share of them, its
    price. A group that sold nothing on one side has no shares there; they are taken as on the other side, so that all of
    its change is volume.
    """
    n = int(group.max()) + 1 if len(group) else 0
    total_then, total_now = (np.bincount(group, q, n)[group] for q in (quantity_then, quantity_now))
    share_then, share_now = (np.divide(q, t, out=np.zeros_like(q), where=t > 0)
                             for q, t in ((quantity_then, total_then), (quantity_now, total_now)))
    share_then, share_now = np.where(total_then > 0, share_then, share_now), np.where(total_now > 0, share_now, share_then)
    ratio = np.broadcast_to(np.asarray(days_ratio, dtype=float), quantity_then.shape)
    pace = total_now / ratio
    if method == "shapley":
        return shapley_products(np.stack([np.ones_like(ratio), total_then, share_then, price_then]),
                                np.stack([ratio, pace, share_now, price_now]))
    if method != "standard":
        raise InputError(f"method == {method!r}, {known_choices(method, ['shapley', 'standard'])}")
    scaled = total_then * ratio
    days = (ratio - 1) * total_then * share_then * price_then
    volume = (total_now - scaled) * share_then * price_then
    mix = total_now * (share_now - share_then) * price_then
    return np.stack([days, volume, mix, total_now * share_now * (price_now - price_then)])


@dataclass(frozen=True, kw_only=True, eq=False)
class PriceVolumeMix:
    """Change of revenue by product.

    Attributes
    ----------
    by_product
        Index product; ``status`` (continuing, new, lost, none), ``revenue_then``, ``revenue_now``, ``volume``, ``mix``,
        ``mix_relative`` (against the average price: its sum is the mix, and a product dearer than the average helps when
        its share grows), ``price``, ``new``, ``lost``; currency units.
    """

    by_product: pd.DataFrame

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_product", self.by_product.copy())
        frame = self.by_product
        change = (frame["revenue_now"] - frame["revenue_then"]).to_numpy(float)
        parts = frame[["volume", "mix", "price", "new", "lost"]].sum(axis=1).to_numpy(float)
        size = 1.0 + np.abs(frame[["revenue_now", "revenue_then"]].to_numpy(float)).sum()
        if (np.abs(change - parts) > 1e-9 * size).any():
            at = int(np.abs(change - parts).argmax())
            raise InputError(f"parts add up to {parts[at]:g}, must be {change[at]:g}", where=f"product {frame.index[at]}")

    def summary(self) -> pd.DataFrame:
        """``part, amount`` in order: volume, mix, price, new, lost."""
        parts = ["volume", "mix", "price", "new", "lost"]
        return pd.DataFrame({"part": parts, "amount": [float(self.by_product[p].sum()) for p in parts]})

    def to_fen(self) -> pd.DataFrame:
        """Parts of each product in whole fen that add up to its change of revenue in fen, exactly."""
        parts = ["volume", "mix", "price", "new", "lost"]
        frame = self.by_product
        now, then = (np.rint(100 * frame[f"revenue_{side}"].to_numpy(float)).astype("int64") for side in ("now", "then"))
        whole = whole_parts(100 * frame[parts].to_numpy(float).T, now - then, names=parts)
        return pd.DataFrame(whole.T, index=frame.index, columns=[f"{p}_fen" for p in parts])


def price_volume_mix(
    products: pd.DataFrame, *, units_add_up: bool = True, method: PvmMethod = "standard"
) -> PriceVolumeMix:
    """Split a change of revenue into volume, mix, price, new and lost products.

    Parameters
    ----------
    products
        Index product; ``quantity_then, price_then, quantity_now, price_now``. A product with no quantity on one side is
        new or lost, its price there is not looked at.
    units_add_up
        Whether a unit of one product may be added to a unit of another. Pieces and kilograms may not: then quantities are
        weighted by the price then, which leaves no mix.
    method
        As for `pvm_parts`.

    Raises
    ------
    InputError
        A column is missing, a quantity is negative or missing, or a price is missing where something was sold.

    Examples
    --------
    >>> frame = pd.DataFrame({"quantity_then": [100, 200, 50], "price_then": [10, 20, 40],
    ...                       "quantity_now": [120, 180, 90], "price_now": [11, 19, 42]}, index=list("ABC"))
    >>> price_volume_mix(frame).summary().set_index("part")["amount"].round(6).tolist()
    [800.0, 600.0, 120.0, 0.0, 0.0]
    """
    q0, p0, q1, p1 = _sides(products)
    sold_then, sold_now = q0 > 0, q1 > 0
    both = sold_then & sold_now
    old, new = np.where(sold_then, q0 * np.nan_to_num(p0), 0.0), np.where(sold_now, q1 * np.nan_to_num(p1), 0.0)
    weight = np.ones(int(both.sum())) if units_add_up else p0[both]
    parts = pvm_parts(q0[both] * weight, p0[both] / weight, q1[both] * weight, p1[both] / weight,
                      np.zeros(int(both.sum()), np.int64), method=method)
    whole = np.zeros((3, len(q0)))
    whole[:, both] = parts[1:]
    if not units_add_up:
        whole[0], whole[1] = whole[0] + whole[1], 0.0
    total_then, total_now = float(q0[both].sum()), float(q1[both].sum())
    mean = float(old[both].sum()) / total_then if total_then > 0 else 0.0
    shift = np.zeros(len(q0))
    if units_add_up and total_then > 0:
        shift[both] = (q1[both] - q0[both] / total_then * total_now) * mean
    by_product = pd.DataFrame(
        {"status": np.select([both, sold_now, sold_then], ["continuing", "new", "lost"], "none"), "revenue_then": old,
         "revenue_now": new, "volume": whole[0], "mix": whole[1], "mix_relative": whole[1] - shift, "price": whole[2],
         "new": np.where(sold_now & ~sold_then, new, 0.0), "lost": np.where(sold_then & ~sold_now, -old, 0.0)},
        index=products.index)
    return PriceVolumeMix(by_product=by_product)


def _sides(products: pd.DataFrame) -> tuple[Array, Array, Array, Array]:
    columns = ("quantity_then", "price_then", "quantity_now", "price_now")
    missing = [c for c in columns if c not in products]
    if missing:
        raise InputError(f"columns {missing} are missing, must be there", where="price_volume_mix")
    values = [products[c].to_numpy(float) for c in columns]
    for at in (0, 2):
        wrong = ~(values[at] >= 0)
        if wrong.any():
            i = int(np.flatnonzero(wrong)[0])
            raise InputError(f"{columns[at]} == {values[at][i]}, must be zero or more", where=f"product {products.index[i]}",
                             fix="Take returns out first; they are a part of their own.")
        bare = (values[at] > 0) & ~np.isfinite(values[at + 1])
        if bare.any():
            i = int(np.flatnonzero(bare)[0])
            raise InputError(f"{columns[at + 1]} == {values[at + 1][i]}, must be known", where=f"product {products.index[i]}")
    return values[0], values[1], values[2], values[3]
