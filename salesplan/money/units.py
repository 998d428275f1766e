"""Minor units: the integers that money is counted in."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

import numpy as np
from numpy.typing import ArrayLike, NDArray

from salesplan.errors import InputError, known_choices

UNITS: dict[str, int] = {"fen": 1, "yuan": 100, "thousand": 100_000, "ten_thousand": 1_000_000}
"""Minor units in each rounding unit a planner may choose."""

LARGEST = 2**56
"""Largest amount, in units, that is split without error (about 720 trillion yuan in fen)."""


def unit_size(unit: str | int) -> int:
    """Minor units in a rounding unit given by name or by number.

    Examples
    --------
    >>> unit_size("yuan"), unit_size(50)
    (100, 50)
    """
    if isinstance(unit, str):
        if unit not in UNITS:
            raise InputError(f"unit == {unit!r}, must be a rounding unit", fix=known_choices(unit, UNITS))
        return UNITS[unit]
    if isinstance(unit, bool) or not isinstance(unit, int | np.integer) or unit < 1:
        raise InputError(f"unit == {unit!r}, must be a whole number of minor units, at least 1",
                         fix="Use 1 for fen, 100 for yuan, 100000 for thousands.")
    return int(unit)


def to_fen(amount: float | int | str | Decimal, *, digits: int = 2) -> int:
    """Turn an amount in currency into whole minor units, half a unit away from zero.

    A float counts as the number it prints as, so 1.005 is 101 fen and not 100.

    Parameters
    ----------
    amount
        Amount in currency units (yuan).
    digits
        Decimal places of the currency: 2 for CNY, 0 for JPY, 3 for KWD.

    Raises
    ------
    InputError
        The amount is not a finite number.

    Examples
    --------
    >>> to_fen(1234.56), to_fen("0.005"), to_fen(-1.005), to_fen(1500, digits=0)
    (123456, 1, -101, 1500)
    """
    try:
        exact = amount if isinstance(amount, Decimal) else Decimal(str(amount).strip())
        if not exact.is_finite():
            raise InvalidOperation
        return int(exact.scaleb(digits).to_integral_value(rounding=ROUND_HALF_UP))
    except InvalidOperation:
        raise InputError(f"amount == {amount!r}, must be a finite number",
                         fix="Correct the amount, or leave the row out.") from None


def to_fen_array(amounts: ArrayLike, *, digits: int = 2) -> NDArray[np.int64]:
    """Turn many amounts into whole minor units at once, half a unit away from zero.

    Agrees with :func:`to_fen` for amounts below a hundred billion with up to four decimals more
    than the currency has.

    Raises
    ------
    InputError
        An amount is missing, infinite or too large to be counted exactly.

    Examples
    --------
    >>> to_fen_array([1.005, -2.5, 0]).tolist()
    [101, -250, 0]
    """
    values = np.asarray(amounts, dtype=float)
    if not np.isfinite(values).all():
        bad = np.flatnonzero(~np.isfinite(values).ravel())
        raise InputError(f"{bad.size} amounts are missing or infinite, must be finite numbers",
                         where=f"position {bad[0]}", fix="Fill or drop them first.")
    scaled = values * 10.0**digits
    if (np.abs(scaled) >= LARGEST).any():
        raise InputError(f"largest amount == {np.abs(values).max():g}, must be below {LARGEST / 10**digits:g}",
                         fix="Check whether the amounts are in the unit you think.")
    settled = np.abs(np.round(scaled, 4))
    whole = np.floor(settled + 0.5).astype(np.int64)
    return np.where(scaled < 0, -whole, whole)


def to_currency(fen: ArrayLike, *, digits: int = 2) -> NDArray[np.float64]:
    """Minor units as currency units, for frames that people read.

    Examples
    --------
    >>> to_currency([123456, -50]).tolist()
    [1234.56, -0.5]
    >>> float(to_currency(100))
    1.0
    """
    return np.asarray(np.asarray(fen, dtype=np.int64) / 10**digits)
