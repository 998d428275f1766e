"""Are quotas fair: does attainment depend on the territory somebody was given rather than on the work?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr, stdtrit

from salesplan.errors import InputError
from salesplan.findings import ANALYST, SALES_DIRECTOR, Finding
from salesplan.text import mark
from salesplan.text.wording import say_details

LEAST_SELLERS = 25
"""Below this number of sellers a slope is called insufficient evidence."""

LOG_DRIVERS = ("potential", "last_year")
"""Drivers compared on a log scale: twice the territory, not one yuan more."""

DRIVER_NAMES = {
    "potential": mark("territory potential"),
    "last_year": mark("last year's base"),
    "tenure_months": mark("tenure"),
}

OUTCOME_NAMES = {
    "attainment": mark("attainment"),
    "burden": mark("the target over the forecast"),
}

INSUFFICIENT = mark("{driver_msgid}: insufficient evidence ({n} sellers, at least {n_least} are needed).")
NO_SPREAD = mark("{driver_msgid}: all sellers are alike, so nothing can be tested.")
BIASED = mark(
    "{driver_msgid}: {outcome_msgid} differs by {effect_change} between sellers {contrast_msgid}"
    " ({effect_lower_change} to {effect_upper_change}); quotas are not neutral to it."
)
NEUTRAL = mark(
    "{driver_msgid}: no more than {tolerance_share} of {outcome_msgid} depends on it"
    " ({effect_lower_change} to {effect_upper_change}); fair in this respect."
)
UNDECIDED = mark(
    "{driver_msgid}: cannot tell; between sellers {contrast_msgid} {outcome_msgid} may differ by"
    " {effect_lower_change} to {effect_upper_change}."
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Hc3Regression:
    """Least squares with standard errors that do not assume equal spread (HC3)."""

    coefficients: NDArray[np.float64]
    se_hc3: NDArray[np.float64]
    se_ols: NDArray[np.float64]
    t_hc3: NDArray[np.float64]
    p_hc3: NDArray[np.float64]
    r2: float
    df: int

    def interval(self, confidence: float = 0.95) -> NDArray[np.float64]:
        """Lower and upper bound of each coefficient, k x 2."""
        half = stdtrit(self.df, (1 + confidence) / 2) * self.se_hc3
        return np.column_stack([self.coefficients - half, self.coefficients + half])


def regress_hc3(outcome: ArrayLike, drivers: ArrayLike) -> Hc3Regression:
    """Regress an outcome on drivers, with an intercept first.

    Parameters
    ----------
    outcome
        Length n.
    drivers
        Length n, or n x k.

    Raises
    ------
    InputError
        Too few rows, or drivers that are combinations of one another.

    Notes
    -----
    HC3 of MacKinnon & White (1985): squared residuals divided by ``(1 - h)^2``; t with n - k - 1
    degrees of freedom.

    Examples
    --------
    >>> fit = regress_hc3([1.0, 2.0, 2.9, 4.2, 5.1], [1, 2, 3, 4, 5])
    >>> fit.coefficients.round(3).tolist()
    [-0.08, 1.04]
    """
    y = np.asarray(outcome, float)
    x = np.asarray(drivers, float).reshape(len(y), -1)
    design = np.column_stack([np.ones(len(y)), x])
    n, k = design.shape
    if n <= k:
        raise InputError(f"rows == {n}, must be more than the {k} coefficients")
    spread = x.std(axis=0)
    standard = (x - x.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    if (spread == 0).any() or np.linalg.matrix_rank(standard) < k - 1:
        raise InputError("drivers are constant or combinations of one another, must vary independently")
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ design.T @ y
    residual = y - design @ coefficients
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
    if (leverage > 1 - 1e-10).any():
        raise InputError("one row alone decides a coefficient, must have others to compare it with")
    scaled = design * (residual / (1 - leverage))[:, None]
    covariance = inverse @ (scaled.T @ scaled) @ inverse
    se = np.sqrt(np.diag(covariance))
    df = n - k
    rss = float(residual @ residual)
    tss = float(np.sum((y - y.mean()) ** 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = coefficients / se
    return Hc3Regression(
        coefficients=coefficients,
        se_hc3=se,
        se_ols=np.sqrt(rss / df * np.diag(inverse)),
        t_hc3=statistic,
        p_hc3=2 * stdtr(df, -np.abs(statistic)),
        r2=1 - rss / tss if tss > 0 else 0.0,
        df=df,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class FairnessTest:
    """Slopes of attainment on what a seller was given.

    ``table`` has one row a driver: n, slope and its HC3 interval, p, p_holm, spearman with interval,
    effect (difference in attainment for a telling contrast) with interval, slope_joint with interval
    (all drivers together), verdict (biased, fair, cannot tell, insufficient evidence), message and
    details.
    """

    table: pd.DataFrame
    outcome: str
    confidence: float
    tolerance: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", self.table.copy())

    def to_frame(self) -> pd.DataFrame:
        """One row a driver."""
        return self.table.copy()

    def sentences(self, lang: str) -> list[str]:
        """One verdict a driver, in words."""
        return [say_details(m, d, lang) for m, d in zip(self.table["message"], self.table["details"], strict=True)]

    def findings(self) -> list[Finding]:
        """The verdicts as findings."""
        rows: Any = self.table.itertuples()
        status = {"biased": "act", "fair": "ok", "cannot tell": "watch"}
        return [
            Finding(
                key=f"fairness_{row.driver}",
                status=status.get(row.verdict, "unknown"),  # type: ignore[arg-type]
                message=row.message,
                details=row.details,
                action=mark("Share out the stretch by capacity and potential, less by last year's sales.")
                if row.verdict == "biased"
                else "",
                owner=SALES_DIRECTOR if row.verdict == "biased" else ANALYST,
            )
            for row in rows
        ]


def fairness_test(
    sellers: pd.DataFrame,
    *,
    outcome: str = "attainment",
    drivers: Mapping[str, str] | None = None,
    confidence: float = 0.95,
    tolerance: float = 0.05,
    least_sellers: int = LEAST_SELLERS,
) -> FairnessTest:
    """Test whether attainment depends on potential, last year's base or tenure.

    Parameters
    ----------
    sellers
        One row a seller with the outcome (attainment, or target over forecast while planning) and any
        of the driver columns ``potential``, ``last_year``, ``tenure_months``. Rows with a missing value
        or, for log drivers, a value of zero are left out for that driver.
    outcome
        Column to explain, a ratio around 1.
    drivers
        Column -> marked name, when others than the usual three should be tested.
    tolerance
        Difference in attainment too small to matter: an interval wholly inside it is called fair.
    least_sellers
        Fewer sellers than this give "insufficient evidence", whatever the numbers say.

    Notes
    -----
    One regression a driver (HC3, t interval), p-values adjusted by Holm over the drivers for the
    verdict; Spearman's rank correlation with Fisher's interval; and one joint regression. The effect
    compares a territory with twice the potential (or base), or 12 more months of tenure. A slope that
    is not significant is not called fair: for that its interval must lie within the tolerance.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> f = pd.DataFrame({"potential": rng.lognormal(5, 0.5, 60)})
    >>> f["attainment"] = 1.8 - 0.15 * np.log(f["potential"]) + rng.normal(0, 0.05, 60)
    >>> fairness_test(f).table["verdict"].tolist()
    ['biased']
    """
    if outcome not in sellers:
        raise InputError(f"outcome == {outcome!r}, must be a column of sellers")
    if not 0 < confidence < 1 or tolerance < 0:
        raise InputError(
            f"confidence == {confidence:g} and tolerance == {tolerance:g}, must be a fraction and not negative"
        )
    names = dict(drivers) if drivers is not None else {d: m for d, m in DRIVER_NAMES.items() if d in sellers}
    rows = [_one_driver(sellers, outcome, d, m, confidence, least_sellers) for d, m in names.items()]
    table = pd.DataFrame(rows, columns=_COLUMNS)
    table["p_holm"] = _holm(table["p"].to_numpy(float))
    _add_joint(table, sellers, outcome, confidence, least_sellers)
    records: Any = table.to_dict("records")
    verdicts = [_verdict(row, outcome, tolerance, least_sellers, 1 - confidence) for row in records]
    table["verdict"] = [v[0] for v in verdicts]
    table["message"] = [v[1] for v in verdicts]
    table["details"] = pd.Series([v[2] for v in verdicts], index=table.index, dtype=object)
    return FairnessTest(table=table, outcome=outcome, confidence=confidence, tolerance=tolerance)


_COLUMNS = [
    "driver", "driver_msgid", "n", "slope", "se_hc3", "slope_lower", "slope_upper", "p",
    "spearman", "spearman_lower", "spearman_upper", "effect", "effect_lower", "effect_upper", "contrast_msgid", "state",
]  # fmt: skip


def _one_driver(
    sellers: pd.DataFrame, outcome: str, driver: str, name: str, confidence: float, least: int
) -> dict[str, object]:
    y, x = _usable(sellers, outcome, [driver])
    log = driver in LOG_DRIVERS
    row: dict[str, object] = dict.fromkeys(_COLUMNS, np.nan)
    row |= {
        "driver": driver,
        "driver_msgid": name,
        "n": len(y),
        "contrast_msgid": mark("with twice as much and others") if log else mark("a year apart"),
        "state": "ok",
    }
    if len(y) < max(least, 4):
        return row | {"state": "few"}
    if np.ptp(x) <= 1e-12 * max(1.0, float(np.abs(x).max())):
        return row | {"state": "alike"}
    fit = regress_hc3(y, x)
    lower, upper = fit.interval(confidence)[1]
    scale = np.log(2) if log else 12.0 if driver == "tenure_months" else float(np.std(x))
    if driver not in DRIVER_NAMES:
        row["contrast_msgid"] = mark("one standard deviation apart")
    row |= {
        "slope": fit.coefficients[1],
        "se_hc3": fit.se_hc3[1],
        "slope_lower": lower,
        "slope_upper": upper,
        "p": fit.p_hc3[1],
        "effect": fit.coefficients[1] * scale,
        "effect_lower": lower * scale,
        "effect_upper": upper * scale,
    }
    if np.ptp(y) > 0:
        rho = float(np.corrcoef(pd.Series(x[:, 0]).rank(), pd.Series(y).rank())[0, 1])
        half = float(stdtrit(len(y) - 2, (1 + confidence) / 2)) * np.sqrt((1 + rho**2 / 2) / (len(y) - 3))
        z = np.arctanh(np.clip(rho, -1 + 1e-12, 1 - 1e-12))
        row |= {"spearman": rho, "spearman_lower": np.tanh(z - half), "spearman_upper": np.tanh(z + half)}
    return row


def _usable(sellers: pd.DataFrame, outcome: str, drivers: list[str]) -> tuple[np.ndarray, np.ndarray]:
    y = sellers[outcome].to_numpy(float)
    columns = []
    for driver in drivers:
        value = sellers[driver].to_numpy(float)
        if driver in LOG_DRIVERS:
            value = np.log(np.where(value > 0, value, np.nan))
        columns.append(value)
    x = np.column_stack(columns)
    keep = np.isfinite(y) & np.isfinite(x).all(axis=1)
    return y[keep], x[keep]


def _add_joint(table: pd.DataFrame, sellers: pd.DataFrame, outcome: str, confidence: float, least: int) -> None:
    for column in ("slope_joint", "slope_joint_lower", "slope_joint_upper"):
        table[column] = np.nan
    able = table.index[table["state"] == "ok"]
    if not len(able):
        return
    y, x = _usable(sellers, outcome, table.loc[able, "driver"].tolist())
    if len(y) < least:
        return
    try:
        fit = regress_hc3(y, x)
    except InputError:
        return
    table.loc[able, "slope_joint"] = fit.coefficients[1:]
    table.loc[able, ["slope_joint_lower", "slope_joint_upper"]] = fit.interval(confidence)[1:]


def _holm(p: np.ndarray) -> np.ndarray:
    adjusted = np.full(len(p), np.nan)
    known = np.flatnonzero(~np.isnan(p))
    if known.size:
        rank = pd.Series(p[known]).rank(method="first").to_numpy()
        raised = np.minimum(p[known] * (known.size - rank + 1), 1.0)
        order = np.argsort(rank)
        adjusted[known[order]] = np.maximum.accumulate(raised[order])
    return adjusted


def _verdict(row: dict, outcome: str, tolerance: float, least: int, alpha: float) -> tuple[str, str, dict[str, object]]:
    details: dict[str, object] = {"driver_msgid": row["driver_msgid"], "n": row["n"]}
    if row["state"] == "few":
        return "insufficient evidence", INSUFFICIENT, details | {"n_least": least}
    if row["state"] == "alike":
        return "insufficient evidence", NO_SPREAD, details
    details |= {
        "outcome_msgid": OUTCOME_NAMES.get(outcome, outcome),
        "contrast_msgid": row["contrast_msgid"],
        "effect_change": row["effect"],
        "effect_lower_change": row["effect_lower"],
        "effect_upper_change": row["effect_upper"],
        "tolerance_share": tolerance,
    }
    inside = max(abs(row["effect_lower"]), abs(row["effect_upper"])) <= tolerance
    if inside:
        return "fair", NEUTRAL, details
    return ("biased", BIASED, details) if row["p_holm"] < alpha else ("cannot tell", UNDECIDED, details)
