"""Predictors and outcome of the same people: checked once for relative importance."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError
from salesplan.weighting.criteria_table import CriteriaTable, check_criteria
from salesplan.weighting.importance_bootstrap import FULL_RANK
from salesplan.weighting.weights import Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class RegressionSample:
    """Numbers of n people, predictors first and the outcome last."""

    names: tuple[str, ...]
    outcome: str
    numbers: Floats

    @property
    def n(self) -> int:
        """Number of people."""
        return len(self.numbers)

    @property
    def correlation(self) -> Floats:
        """Correlation matrix, outcome last."""
        return np.asarray(np.corrcoef(self.numbers, rowvar=False), float)

    def in_fixed_order(self) -> tuple["RegressionSample", NDArray[np.intp]]:
        """The same sample in an order that does not depend on how it came, and each predictor's place in it."""
        columns = np.array(sorted(range(len(self.names)), key=lambda j: self.names[j]))
        numbers = self.numbers[:, [*columns, len(columns)]]
        sample = RegressionSample(
            names=tuple(self.names[j] for j in columns),
            outcome=self.outcome,
            numbers=numbers[np.lexsort(numbers.T)],
        )
        return sample, np.argsort(columns)


def check_regression(predictors: pd.DataFrame, outcome: pd.Series) -> RegressionSample:
    """Check that a regression of the outcome on all predictors has one answer.

    Raises
    ------
    InputError
        See `relative_importance`.

    Examples
    --------
    >>> x = pd.DataFrame({"visits": [1, 2, 3, 5, 4], "calls": [2, 1, 4, 3, 9]}, index=list("abcde"))
    >>> check_regression(x, pd.Series([1, 2, 2, 5, 6], index=list("abcde"), name="sales")).n
    5
    """
    name = "outcome" if outcome.name is None else str(outcome.name)
    if name in {str(c) for c in predictors.columns}:
        raise InputError(f"outcome {name!r} stands among the predictors, must not explain itself", where=f"column {name}")
    if not predictors.index.equals(outcome.index):
        if predictors.index.has_duplicates or outcome.index.has_duplicates:
            raise InputError("people stand in more than one row and in another order, must match row by row")
        alone = predictors.index.symmetric_difference(outcome.index)
        if len(alone):
            raise InputError(
                f"{len(alone)} people stand in one table only, must be the same in predictors and outcome",
                where=f"row {alone[0]}",
                fix="Keep the people who have both.",
            )
        outcome = outcome.reindex(predictors.index)
    least = predictors.shape[1] + 2
    if len(predictors) < least:
        raise InputError(
            f"rows == {len(predictors)}, must be at least {least} for {predictors.shape[1]} predictors",
            fix="Use fewer predictors or pool more people or months.",
        )
    together = predictors.assign(**{name: outcome.to_numpy()}) if predictors.columns.is_unique else predictors
    table = check_criteria(together.set_axis([str(c) for c in together.columns], axis=1))
    if len(table.names) < 3:
        raise InputError(f"predictors == {len(table.names) - 1}, must be at least 2 to share R-squared")
    _check_independent(table)
    return RegressionSample(names=table.names[:-1], outcome=name, numbers=table.numbers)


def _check_independent(table: CriteriaTable) -> None:
    """Name the first predictor that the ones before it determine, and those that do."""
    names = table.names[:-1]
    r = np.atleast_2d(np.corrcoef(table.numbers[:, :-1], rowvar=False))
    for j in range(1, len(names)):
        known, new = r[:j, :j], r[:j, j]
        slopes = np.linalg.solve(known, new)
        if 1 - new @ slopes > FULL_RANK and np.linalg.eigvalsh(r[: j + 1, : j + 1])[0] > FULL_RANK:
            continue
        parts = [names[i] for i in range(j) if abs(slopes[i]) > 1e-6]
        raise InputError(
            f"{names[j]} follows exactly from {', '.join(parts)}, must vary on its own",
            where=f"columns {', '.join([*parts, names[j]])}",
            fix="Leave one of them out: shares of the same thing cannot be told apart.",
        )
