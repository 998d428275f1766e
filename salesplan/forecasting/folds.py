"""Rolling origins: where a backtest stands and how far it looks."""

from dataclasses import dataclass

from salesplan.errors import InputError

TRAINING = 24
SHORT_TRAINING = 12
MOST_FOLDS = 4
LONGEST_SHORT_SPAN = 6


def rolling_origins(n: int, *, horizon: int, folds: int, step: int) -> list[tuple[int, int]]:
    """Expanding training windows: pairs (end of training, end of test), oldest first.

    Source: Tashman (2000), IJF 16:437.

    Examples
    --------
    >>> rolling_origins(60, horizon=12, folds=3, step=12)
    [(24, 36), (36, 48), (48, 60)]
    """
    ends = [(n - horizon - k * step, n - k * step) for k in range(folds)][::-1]
    if min(horizon, folds, step) < 1 or ends[0][0] < 1:
        raise InputError(f"folds == {folds}, must leave at least one month to train on",
                         where=f"{n} months, horizon {horizon}, step {step}",
                         fix="Ask for fewer folds or a shorter horizon.")
    return ends


@dataclass(frozen=True, kw_only=True)
class BacktestDesign:
    """Origins (months known), months skipped before the tested span, and months tested.

    ``full`` is False when the span is shorter than the year to forecast, so that its errors have to be
    scaled up.
    """

    origins: tuple[int, ...]
    gap: int
    span: int
    full: bool


def backtest_design(months: int, *, gap: int, span: int) -> BacktestDesign:
    """Origins that repeat the question: the same gap and the same number of months, from 24 months on.

    With too little history for that, shorter spans without a gap, from 24 (else 12) months on.

    Examples
    --------
    >>> backtest_design(40, gap=2, span=12)
    BacktestDesign(origins=(24, 26), gap=2, span=12, full=True)
    >>> backtest_design(30, gap=0, span=12)
    BacktestDesign(origins=(24,), gap=0, span=6, full=False)
    """
    last = months - gap - span
    if last >= TRAINING:
        first = max(TRAINING, last - 36)
        count = min(MOST_FOLDS, (last - first) // 2 + 1)
        origins = {first + round((last - first) * k / max(count - 1, 1)) for k in range(count)}
        return BacktestDesign(origins=tuple(sorted(origins | {last})), gap=gap, span=span, full=True)
    for training in (TRAINING, SHORT_TRAINING):
        spare = months - training
        if spare >= 3:
            short = min(LONGEST_SHORT_SPAN, spare, span)
            count = min(MOST_FOLDS, (spare - short) // 2 + 1)
            origins = {months - short - 2 * k for k in range(count)}
            return BacktestDesign(origins=tuple(sorted(origins)), gap=0, span=short, full=False)
    return BacktestDesign(origins=(), gap=0, span=span, full=False)
