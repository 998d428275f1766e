"""The analytic hierarchy process: weights from judgements of pairs, and whether the judgements agree."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import ParameterError, known_choices
from salesplan.text import mark
from salesplan.weighting.best_change import BestChange, best_change
from salesplan.weighting.pairwise import PairwiseComparison
from salesplan.weighting.priorities import LogFit, log_least_squares, principal_eigenvector
from salesplan.weighting.random_index import ACCEPTED_CR, RandomIndex, random_index_value
from salesplan.weighting.triads import Triad, ratio_text, triads_frame, worst_triad
from salesplan.weighting.weights import Note, Weights

Floats = NDArray[np.float64]
AhpMethod = Literal["eigenvector", "geometric_mean"]

COMPLETE: dict[AhpMethod, str] = {
    "eigenvector": mark("AHP, principal eigenvector"),
    "geometric_mean": mark("AHP, geometric mean"),
}
INCOMPLETE: dict[AhpMethod, str] = {
    "eigenvector": mark("AHP, eigenvector of incomplete judgements (Harker)"),
    "geometric_mean": mark("AHP, logarithmic least squares of incomplete judgements"),
}

CONTRADICTORY = mark(
    "The judgements contradict one another ({index} is {found_value}, at most {limit_value} is accepted)."
    " {kpis} fit together least. The one change that helps most is {kpi_a} against {kpi_b}: it is {current} now;"
    " {suggested} would bring {index} to {after_value}."
)
CONTRADICTORY_ROUND = mark(
    "The judgements contradict one another on the way round ({index} is {found_value}, at most {limit_value} is"
    " accepted), though no three KPIs compared with one another disagree. The one change that helps most is {kpi_a}"
    " against {kpi_b}: it is {current} now; {suggested} would bring {index} to {after_value}."
)
GAPS = mark(
    "{n_missing} of {n_pairs} pairs are not judged. The consistency ratio belongs to complete judgements"
    " and is not given; the geometric consistency index counts the judgements there are."
)
UNCHECKED = mark(
    "{n_missing} of {n_pairs} pairs are not judged, and no judgement checks another: a slip would not be noticed."
)


@dataclass(frozen=True, kw_only=True, eq=False)
class AhpWeights:
    """Weights of one set of judgements with everything that says how far they can be trusted.

    Parameters
    ----------
    comparison
        The judgements.
    method
        ``"eigenvector"`` or ``"geometric_mean"``.
    priorities
        One fraction for each KPI; as `weights` with method and caveats.
    lambda_max, ci, cr
        Largest eigenvalue, ``(lambda_max - n) / (n - 1)`` and that over the random index. ``cr`` is
        missing while pairs are not judged; it is 0 for two KPIs.
    random_index, random_index_value
        Name and value of the random index; empty and missing while pairs are not judged.
    gci, gci_threshold
        Geometric consistency index and the value that goes with a ratio of 0.10.
    is_consistent
        ``cr <= 0.10`` for complete judgements by eigenvector, else ``gci <= gci_threshold``; None where
        no judgement checks another.
    fit
        Logarithmic least squares of the judgements.
    """

    comparison: PairwiseComparison
    method: AhpMethod
    priorities: Floats
    lambda_max: float
    ci: float
    cr: float
    random_index: str
    random_index_value: float
    gci: float
    gci_threshold: float
    is_consistent: bool | None
    fit: LogFit = field(repr=False)

    @property
    def judged_by(self) -> Literal["CR", "GCI"]:
        """Which index decides on `is_consistent`."""
        return "CR" if self.method == "eigenvector" and self.comparison.is_complete else "GCI"

    @cached_property
    def weights(self) -> Weights:
        """The weights with the method's name and what must be known before using them."""
        complete = self.comparison.is_complete
        return Weights(
            names=self.comparison.names,
            values=self.priorities,
            method=(COMPLETE if complete else INCOMPLETE)[self.method],
            caveats=_caveats(self),
        )

    @cached_property
    def best_change(self) -> BestChange | None:
        """Which one judgement to change to what, of all pairs; None if all agree or none checks another."""
        return best_change(
            self.comparison, self.fit, cr=self.cr, random_index=self.random_index_value, by_cr=self.judged_by == "CR"
        )

    @cached_property
    def worst_triad(self) -> Triad | None:
        """Which three judgements disagree most, with the best change; None where no judged three disagree.

        Incomplete judgements can contradict one another around a longer way: see `best_change`.
        """
        return worst_triad(self.comparison, self.fit, self.best_change)

    @cached_property
    def triads(self) -> pd.DataFrame:
        """Every judged triad, worst first; see :func:`salesplan.weighting.triads.triads_frame`."""
        return triads_frame(self.comparison, self.fit)

    def to_frame(self) -> pd.DataFrame:
        """Columns name, weight, weight_lower, weight_upper."""
        return self.weights.to_frame()

    def summary(self) -> pd.DataFrame:
        """One row a measure: measure_msgid, measured_value, limit_value (accepted at most)."""
        rows: list[tuple[str, float, float]] = [
            (mark("Largest eigenvalue λmax"), self.lambda_max, np.nan),
            (mark("Consistency index CI"), self.ci, np.nan),
            (mark("Random index RI"), self.random_index_value, np.nan),
            (mark("Consistency ratio CR"), self.cr, ACCEPTED_CR),
            (mark("Geometric consistency index GCI"), self.gci, self.gci_threshold),
        ]
        return pd.DataFrame(rows, columns=["measure_msgid", "measured_value", "limit_value"])


def ahp_weights(
    comparison: PairwiseComparison, *, method: AhpMethod = "eigenvector", random_index: RandomIndex = "saaty"
) -> AhpWeights:
    """What the judgements of one person say the KPIs should weigh.

    Parameters
    ----------
    comparison
        Complete or incomplete judgements that link all KPIs.
    method
        ``"eigenvector"`` (Saaty 1977; Harker 1987 where pairs are missing) or ``"geometric_mean"``
        (Crawford & Williams 1985; logarithmic least squares where pairs are missing).
    random_index
        Table behind the consistency ratio; see :func:`salesplan.weighting.random_index.random_index_value`.

    Raises
    ------
    InputError
        Groups of KPIs without any judgement between them (named); more KPIs, all judged, than the table holds.
    ParameterError
        An unknown method or table.

    Notes
    -----
    CR = CI / RI with CI = (lambda_max - n) / (n - 1), accepted up to 0.10 for every number of KPIs; Saaty (1994)
    later asked for at most 0.05 with three KPIs and 0.08 with four, so that a ratio between is accepted here and
    not by that stricter rule. GCI is the residual variance
    of the log judgements, accepted up to 0.31, 0.35 and 0.37 for 3, 4 and more KPIs (Aguarón &
    Moreno-Jiménez 2003). A low ratio says that the judgements agree, not that they are right.

    Examples
    --------
    >>> from salesplan.weighting.pairwise import pairwise_from
    >>> c = pairwise_from({"sales/margin": 2, "margin/visits": 3, "sales/visits": 5}, ["sales", "margin", "visits"])
    >>> result = ahp_weights(c)
    >>> result.weights.to_series().round(3).to_dict(), round(result.cr, 4), result.is_consistent
    ({'sales': 0.582, 'margin': 0.309, 'visits': 0.109}, 0.0032, True)
    """
    if method not in COMPLETE:
        raise ParameterError(f"method == {method!r}, must be a known method", fix=known_choices(method, COMPLETE))
    comparison.check_linked()
    n, complete = len(comparison.names), comparison.is_complete
    index, named = random_index_value(n, table=random_index) if complete else (np.nan, "")
    vector, largest = principal_eigenvector(comparison.matrix)
    fit = log_least_squares(comparison.matrix)
    ci = (largest - n) / (n - 1)
    cr = np.nan if not complete else 0.0 if index == 0 else ci / index
    gci = 0.0 if n == 2 else fit.gci
    limit = gci_threshold(n)
    by_cr = complete and method == "eigenvector"
    return AhpWeights(
        comparison=comparison,
        method=method,
        priorities=vector if method == "eigenvector" else fit.weights,
        lambda_max=largest,
        ci=ci,
        cr=cr,
        random_index=named,
        random_index_value=index,
        gci=gci,
        gci_threshold=limit,
        is_consistent=cr <= ACCEPTED_CR if by_cr else None if np.isnan(gci) else gci <= limit,
        fit=fit,
    )


def gci_threshold(n: int) -> float:
    """Geometric consistency index that goes with a consistency ratio of 0.10.

    Examples
    --------
    >>> gci_threshold(3), gci_threshold(4), gci_threshold(8)
    (0.31, 0.35, 0.37)
    """
    return {2: 0.31, 3: 0.31, 4: 0.35}.get(n, 0.37)


def _caveats(result: AhpWeights) -> tuple[Note, ...]:
    notes: list[Note] = []
    given = result.comparison
    if not given.is_complete:
        pairs = len(given.names) * (len(given.names) - 1) // 2
        gaps: dict[str, Any] = {"n_missing": pairs - given.n_judged, "n_pairs": pairs}
        notes.append({"msgid": GAPS if result.fit.free else UNCHECKED, "details": gaps})
    change = result.best_change if result.is_consistent is False else None
    if change is not None:
        by_cr, triad = result.judged_by == "CR", result.worst_triad
        details: dict[str, Any] = {
            "index": result.judged_by,
            "found_value": round(result.cr if by_cr else result.gci, 3),
            "limit_value": ACCEPTED_CR if by_cr else result.gci_threshold,
            "kpi_a": change.first, "kpi_b": change.second,
            "current": ratio_text(change.current), "suggested": ratio_text(change.suggested),
            "after_value": round(change.cr_after if by_cr else change.gci_after, 3),
        }  # fmt: skip
        if triad is None:
            notes.append({"msgid": CONTRADICTORY_ROUND, "details": details})
        else:
            notes.append({"msgid": CONTRADICTORY, "details": details | {"kpis": list(triad.kpis)}})
    return tuple(notes)
