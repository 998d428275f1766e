"""What a gaming check found, at a stated rate of false alarms."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError
from salesplan.text import mark

Control = Literal["holm", "bh"]

INSUFFICIENT = mark("insufficient evidence")
LOOK = mark("worth a look")
QUIET = mark("nothing unusual")


@dataclass(frozen=True, kw_only=True, eq=False)
class GamingCheck:
    """One kind of signal and whom or what it points at; a signal is a reason to ask, not a proof.

    ``table`` has one row tested (a person, or a KPI and threshold), with p_value, p_adjusted and status
    (``worth a look``, ``nothing unusual``, ``insufficient evidence``; marked words). ``false_alarm_rate`` is the
    stated rate: with ``holm`` the chance of any false alarm in the table, with ``bh`` the expected share of false
    ones among the alarms.
    """

    kind: str
    table: pd.DataFrame
    false_alarm_rate: float
    control: str
    usual_share: float = float("nan")
    notes: tuple[dict[str, Any], ...] = ()

    def __post_init__(self) -> None:
        if "status" not in self.table:
            raise InputError("status is missing, must be a column", where=f"check {self.kind}")
        object.__setattr__(self, "table", self.table.copy())
        object.__setattr__(self, "notes", tuple(self.notes))

    def to_frame(self) -> pd.DataFrame:
        """One row tested."""
        return self.table.copy()

    @property
    def flagged(self) -> pd.DataFrame:
        """Rows worth a look."""
        return self.table[self.table["status"] == LOOK].copy()

    @property
    def n_tested(self) -> int:
        """Rows with enough evidence."""
        return int((self.table["status"] != INSUFFICIENT).sum())

    def summary(self) -> dict[str, Any]:
        """Counts by name."""
        return {"kind": self.kind, "n": len(self.table), "n_tested": self.n_tested, "n_flagged": len(self.flagged),
                "false_alarm_rate": self.false_alarm_rate, "control": self.control, "usual_share": self.usual_share}


def decide(
    kind: str, table: pd.DataFrame, rate: float, control: Control, *, usual_share: float = float("nan"),
    notes: Sequence[dict[str, Any]] = (),
) -> GamingCheck:
    """Adjust the p-values of a table and say for each row whether it is worth a look; a missing one is no evidence."""
    p = table["p_value"].to_numpy(float)
    adjusted = holm(p) if control == "holm" else benjamini_hochberg(p)
    status = np.where(np.isnan(p), INSUFFICIENT, np.where(adjusted <= rate, LOOK, QUIET))
    return GamingCheck(kind=kind, table=table.assign(p_adjusted=adjusted, status=status.astype(object)),
                       false_alarm_rate=rate, control=control, usual_share=usual_share, notes=tuple(notes))


def holm(p_values: Any) -> NDArray[np.float64]:
    """P-values adjusted so that the chance of any false alarm stays at the rate (Holm 1979); gaps stay.

    Examples
    --------
    >>> holm([0.01, 0.04, np.nan, 0.03]).round(3).tolist()
    [0.03, 0.06, nan, 0.06]
    """
    return _stepwise(p_values, lambda p, m: np.maximum.accumulate(p * (m - np.arange(m))))


def benjamini_hochberg(p_values: Any) -> NDArray[np.float64]:
    """P-values adjusted so that the expected share of false alarms among the alarms stays at the rate; gaps stay.

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, np.nan, 0.03]).round(3).tolist()
    [0.03, 0.04, nan, 0.04]
    """
    return _stepwise(p_values, lambda p, m: np.minimum.accumulate((p * m / (np.arange(m) + 1))[::-1])[::-1])


def _stepwise(p_values: Any, raise_sorted: Any) -> NDArray[np.float64]:
    p = np.asarray(p_values, float)
    adjusted = np.full(len(p), np.nan)
    known = np.flatnonzero(~np.isnan(p))
    if known.size:
        order = known[np.argsort(p[known], kind="stable")]
        adjusted[order] = np.minimum(raise_sorted(p[order], len(order)), 1.0)
    return adjusted
