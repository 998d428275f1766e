"""How newcomers get going: the height they reach, how fast, and whether the data reach that far."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.coaching.ramp_fit import FASTEST, SLOWEST, GroupMonths, RampFit, curve, fit_shape
from salesplan.coaching.small_groups import INSUFFICIENT, SHOWN
from salesplan.errors import InputError, known_choices
from salesplan.text import mark

Array = NDArray[np.float64]

EVERYBODY = mark("Everybody")
LEAST_MONTHS = 4
"""Fewer different months in the role than this have no shape."""

BEYOND = mark(
    "{groups_msgid}: nine tenths of their own full height lie beyond the {months} months seen; the time and the height are"
    " extrapolated."
)
NO_SHAPE = mark("{groups_msgid}: the data show no bend; height and time to nine tenths cannot be told apart.")
FEW = mark("{n} groups have fewer than {n_least} newcomers and are not shown; they count in what the groups have in common.")
BORROWED = mark("Groups borrow from each other what they lack: those with few newcomers lie near the common curve.")
SURVIVORS = mark("Later months hold only those who stayed; if the weak leave early, the curve is too high at its end.")

NINE_TENTHS = 0.9
HORIZON = 60
"""Months within which a height is looked for."""

@dataclass(frozen=True, kw_only=True, eq=False)
class RampCurve:
    """Growth of newcomers by group.

    ``table``: group, status, n (sellers), last_month, plateau with lower and upper, speed (k), t90 (months until nine
    tenths of the plateau) with lower and upper, is_beyond_data, borrowed_share (how much of the plateau's precision comes from
    the other groups). ``points``: group, month (mean of those within one month), value (mean seen), n.
    """

    table: pd.DataFrame
    points: pd.DataFrame
    fit: RampFit
    order: tuple[str, ...]
    coverage: float
    z: dict[str, float]
    notes: tuple[dict[str, Any], ...] = ()

    def __post_init__(self) -> None:
        for name in ("table", "points"):
            object.__setattr__(self, name, getattr(self, name).copy())

    def to_frame(self) -> pd.DataFrame:
        """One row a group."""
        return self.table.copy()

    def curves(self, *, months: int | None = None) -> pd.DataFrame:
        """Group, month, value with lower and upper, is_beyond, t90: as far as t90, at most twice as far as seen."""
        parts = []
        for row in self.table[self.table["status"] == SHOWN].to_dict("records"):
            last, t90 = float(row["last_month"]), float(row["t90"])
            reach = months or int(np.ceil(min(2 * last, max(last, 1.1 * t90 if np.isfinite(t90) else last))))
            t = np.arange(0, reach + 1, dtype=float)
            g = self.order.index(row["group"])
            value = curve(self.fit.theta[g], t, self.fit.shape)
            half = self.z[row["group"]] * self.fit.log_error(g, t)
            parts.append(pd.DataFrame({"group": row["group"], "month": t, "value": value, "value_lower": value * np.exp(-half),
                                       "value_upper": value * np.exp(half), "is_beyond": t > last, "t90": t90}))
        columns = ["group", "month", "value", "value_lower", "value_upper", "is_beyond", "t90"]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)

    def months_to(self, height: float) -> pd.DataFrame:
        """Months until newcomers reach a height, such as nine tenths of what settled sellers do.

        Returns
        -------
        DataFrame
            group, months with lower and upper (missing where the curve or its bound stays below), is_beyond (past the last
            month seen). The bounds are where the interval of the curve crosses the height.
        """
        rows, curves = [], self.curves(months=HORIZON)
        for row in self.table[self.table["plateau"].notna()].to_dict("records"):
            own = curves[curves["group"] == row["group"]]
            reached = [_crossing(own["month"].to_numpy(float), own[c].to_numpy(float), height)
                       for c in ("value", "value_upper", "value_lower")]
            rows.append({"group": row["group"], "months": reached[0], "months_lower": reached[1], "months_upper": reached[2],
                         "is_beyond": bool(np.isnan(reached[0]) or reached[0] > float(row["last_month"]))})
        return pd.DataFrame(rows, columns=["group", "months", "months_lower", "months_upper", "is_beyond"])


def _crossing(months: Any, values: Any, height: float) -> float:
    """First month, read off between whole ones, at which values reach a height."""
    above = np.flatnonzero(values >= height)
    if not above.size:
        return float("nan")
    at = int(above[0])
    if at == 0:
        return float(months[0])
    low, high = values[at - 1], values[at]
    return float(months[at - 1] + (height - low) / (high - low) * (months[at] - months[at - 1]))


def ramp_curve(
    monthly: pd.DataFrame, *, by: str | None = None, minimum: int = 3, coverage: float = 0.9
) -> RampCurve:
    """How high newcomers get, how fast, and by group with few newcomers as well.

    Parameters
    ----------
    monthly
        seller_id, month_in_role (months gone by when the value was reached: the middle of the month where it is a
        month's total), value (attainment, or sales over what the seat usually sells; raw sales mix the ramp with the
        season), and the column ``by``.
    by
        Column of groups; missing: one curve.
    minimum
        Fewest newcomers of a group that is shown when there are groups.

    Raises
    ------
    InputError
        A missing column, months of 0 or less, fewer than 4 different months, values that are not positive on average.

    Notes
    -----
    ``value = plateau (1 - exp(-speed month))`` (Mazur & Hastie 1978), t90 = ln 10 / speed; where the months clearly show a
    slow start and a sharp bend, ``speed month`` is raised to a power (Weibull growth), see `fit_shape`; groups partially
    pooled, see `fit_groups`; bounds on the log scale, for one group by least squares with t. A t90 beyond the last month seen is
    flagged: the height it belongs to has not been seen either.

    Examples
    --------
    >>> t = np.arange(1, 19)
    >>> monthly = pd.DataFrame({"seller_id": "a", "month_in_role": t, "value": 100 * (1 - np.exp(-0.3 * t))})
    >>> ramp_curve(monthly).table[["plateau", "speed", "t90"]].round(2).values.tolist()
    [[100.0, 0.3, 7.68]]
    """
    if not 0 < coverage < 1 or minimum < 1:
        raise InputError(f"coverage == {coverage:g} and minimum == {minimum}, must be a fraction and at least 1")
    table = _check(monthly, by)
    order = tuple(sorted(set(table["group"])))
    groups, points = [], []
    for name in order:
        own = table[table["group"] == name]
        groups.append(GroupMonths(month=own["month_in_role"].to_numpy(float), value=own["value"].to_numpy(float),
                                  seller=np.unique(own["seller_id"].astype(str), return_inverse=True)[1]))
        mean = own.groupby(np.ceil(own["month_in_role"].to_numpy(float))).agg(
            month=("month_in_role", "mean"), value=("value", "mean"), n=("value", "size"))
        points.append(mean.reset_index(drop=True).assign(group=name)[["group", "month", "value", "n"]])
    found = fit_shape(groups)
    z = {name: _z(group, coverage, len(groups)) for name, group in zip(order, groups, strict=True)}
    shown = [name for name, group in zip(order, groups, strict=True) if by is None or group.n_sellers >= minimum]
    rows = [_row(name, groups[g], found, g, z[name]) if name in shown else {"group": name, "status": INSUFFICIENT}
            for g, name in enumerate(order)]
    result = pd.DataFrame(rows).reindex(columns=[
        "group", "status", "n", "last_month", "plateau", "plateau_lower", "plateau_upper", "speed", "t90", "t90_lower",
        "t90_upper", "is_beyond_data", "borrowed_share",
    ])  # fmt: skip
    result["n"] = result["n"].astype("Int64")
    result["is_beyond_data"] = result["is_beyond_data"].eq(True)
    seen = pd.concat(points, ignore_index=True)
    if by is not None:
        seen = seen[seen["group"].isin(shown) & (seen["n"] >= min(minimum, 2))]
    return RampCurve(table=result, points=seen.reset_index(drop=True), fit=found, order=order, coverage=coverage, z=z,
                     notes=tuple(_notes(result, len(groups), minimum)))


def _check(monthly: pd.DataFrame, by: str | None) -> pd.DataFrame:
    needed = ["seller_id", "month_in_role", "value", *([by] if by else [])]
    for column in needed:
        if column not in monthly:
            raise InputError(f"column {column} is missing", where="ramp", fix=known_choices(column, list(map(str, monthly))))
    table = monthly[needed].dropna()
    wrong = np.flatnonzero((table["month_in_role"].to_numpy(float) <= 0) | ~np.isfinite(table["value"].to_numpy(float)))
    if wrong.size:
        row = table.iloc[wrong[0]]
        raise InputError(f"month_in_role == {row['month_in_role']:g} and value == {row['value']:g}, must be above 0 and a"
                         " number", where=f"seller {row['seller_id']}")
    if table["month_in_role"].nunique() < LEAST_MONTHS:
        raise InputError(f"{table['month_in_role'].nunique()} different months in the role, must be at least {LEAST_MONTHS} to"
                         " have a shape", where="ramp")
    if table["value"].mean() <= 0:
        raise InputError(f"value is {table['value'].mean():g} on average, must be positive to grow to a height", where="ramp")
    return table.assign(group=table[by].astype(str) if by else EVERYBODY)


def _z(group: GroupMonths, coverage: float, n_groups: int) -> float:
    from scipy.special import stdtrit

    freedom = group.n_sellers - 1 if group.n_sellers > 2 else len(group.month) - 2
    return float(stdtrit(max(freedom if n_groups == 1 else freedom + n_groups - 1, 1), (1 + coverage) / 2))


def _row(name: str, group: GroupMonths, found: RampFit, g: int, z: float) -> dict[str, Any]:
    theta, covariance = found.theta[g], found.covariance[g]
    log_a, log_k = theta
    half_a = z * float(np.sqrt(max(covariance[0, 0], 0.0)))
    t90, error = found.t90(g)
    half_k = z * error
    last = float(group.month.max())
    row: dict[str, Any] = {"group": name, "status": SHOWN, "n": group.n_sellers, "last_month": last}
    shapeless = log_k <= SLOWEST + 1e-6 or log_k >= FASTEST - 1e-6 or half_k > 6
    if not shapeless:
        row |= {"plateau": float(np.exp(log_a)), "plateau_lower": float(np.exp(log_a - half_a)),
                "plateau_upper": float(np.exp(log_a + half_a)), "speed": float(np.exp(log_k)), "t90": t90,
                "t90_lower": t90 * float(np.exp(-half_k)), "t90_upper": t90 * float(np.exp(half_k)),
                "is_beyond_data": t90 > last}
    if found.between is not None:
        row["borrowed_share"] = float(np.clip(covariance[0, 0] / found.between[0, 0], 0.0, 1.0))
    return row


def _notes(result: pd.DataFrame, n_groups: int, minimum: int) -> list[dict[str, Any]]:
    shown = result[result["status"] == SHOWN]
    notes: list[dict[str, Any]] = []
    beyond = shown[shown["is_beyond_data"]]
    if len(beyond):
        notes.append({"msgid": BEYOND, "details": {"groups_msgid": beyond["group"].tolist(),
                                                   "months": int(beyond["last_month"].max())}})
    flat = shown[shown["t90"].isna()]
    if len(flat):
        notes.append({"msgid": NO_SHAPE, "details": {"groups_msgid": flat["group"].tolist()}})
    if len(shown) < len(result):
        notes.append({"msgid": FEW, "details": {"n": len(result) - len(shown), "n_least": minimum}})
    if n_groups > 1:
        notes.append({"msgid": BORROWED, "details": {}})
    return [*notes, {"msgid": SURVIVORS, "details": {}}]
