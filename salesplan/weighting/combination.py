"""One set of weights out of several: judged and measured weights brought together."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from salesplan.errors import InputError, known_choices
from salesplan.text import mark
from salesplan.weighting.weights import Floats, Note, Weights

How = Literal["linear", "multiplicative", "game_theory"]

MOST_MEASURED = 0.3
"""Largest part that weights measured from a sample should have in a blend."""

TITLES = {
    "linear": mark("Combination, linear"),
    "multiplicative": mark("Combination, multiplicative"),
    "game_theory": mark("Combination, game theory"),
}
TOO_MUCH_MEASURED = mark(
    "Weights measured from the sample make up {measured_share} of this blend, more than {most_share}: they move"
    " when people's results move, so that those who are scored could change what they are scored by."
)
PRODUCT_SHARPENS = mark(
    "A product of weights favours what all sources rate high and nearly removes what one source rates low."
)
CONVENTION = mark(
    "The shares {source_share} of the sources come from a convention: they bring the blend near to each source in"
    " turn, which is not a proof of fairness."
)


def combine_weights(
    weights: Sequence[Weights], *, how: How = "linear", shares: ArrayLike | None = None
) -> Weights:
    """Blend the weights of several methods or judges into one set.

    Parameters
    ----------
    weights
        Two or more sources over the same KPIs; the order of KPIs may differ, the first source's is kept.
    how
        ``linear`` (shares of the sources), ``multiplicative`` (product, shares as exponents) or
        ``game_theory`` (shares computed, so that none may be given).
    shares
        One fraction a source, adding up to 1; equal without it.

    Raises
    ------
    InputError
        Fewer than two sources, other KPIs in one source than in another, wrong shares, a product that is
        zero for every KPI, or a negative share from game theory.

    Notes
    -----
    Linear ``sum_k s_k w_k``; multiplicative ``prod_k w_k^(K s_k)`` divided by its sum (the plain product for
    equal shares); game theory see `game_theory_alphas`. Caveats of the sources are carried along; intervals
    are not, since they are of each source alone. ``measured_share`` of the blend is that of its sources, each
    by its share, also where a source is a blend itself; more than 0.3 of it is warned about.

    Examples
    --------
    >>> a = Weights(names=("sales", "visits"), values=[0.8, 0.2], method="AHP")
    >>> b = Weights(names=("sales", "visits"), values=[0.5, 0.5], method="Entropy")
    >>> combine_weights([a, b], shares=[0.75, 0.25]).to_series().round(3).to_dict()
    {'sales': 0.725, 'visits': 0.275}
    """
    if how not in TITLES:
        raise InputError(f"how == {how!r}, {known_choices(how, TITLES)}")
    matrix = _aligned(weights)
    if how == "game_theory":
        if shares is not None:
            raise InputError("shares were given, must be left out: game theory computes them")
        alphas = game_theory_alphas(weights)
        part = alphas / alphas.sum()
        values = part @ matrix
    else:
        part = _shares(shares, len(weights))
        values = part @ matrix if how == "linear" else _product(matrix, part, weights[0].names)
    measured = float(sum(share * source.measured_share for share, source in zip(part, weights, strict=True)))
    return Weights(
        names=weights[0].names,
        values=values / values.sum(),
        method=TITLES[how],
        caveats=tuple(_notes(weights, how, part, measured)),
        measured_share=measured,
    )


def game_theory_alphas(weights: Sequence[Weights]) -> Floats:
    """Coefficients of the sources in the game-theoretic combination, before they are divided by their sum.

    Parameters
    ----------
    weights
        Two or more sources over the same KPIs.

    Raises
    ------
    InputError
        A coefficient is negative (the sources conflict), or the sources determine one another.

    Notes
    -----
    Solves ``sum_k alpha_k (w_i . w_k) = w_i . w_i`` for all i, each source's own wish for the blend. Solving
    for all wishes jointly would give equal shares, so that the usual system is a convention. A negative
    coefficient means a source would be turned upside down; taking its absolute value would hide that.

    Examples
    --------
    >>> a = Weights(names=("sales", "visits"), values=[0.8, 0.2], method="AHP")
    >>> b = Weights(names=("sales", "visits"), values=[0.5, 0.5], method="Entropy")
    >>> game_theory_alphas([a, b]).round(3).tolist()
    [1.0, 0.0]
    """
    matrix = _aligned(weights)
    if np.ptp(matrix, axis=0).max() < 1e-12:
        return np.full(len(matrix), 1 / len(matrix))
    products = matrix @ matrix.T
    if np.linalg.eigvalsh(products)[0] < 1e-12:
        raise InputError(
            f"{', '.join(source.method for source in weights)} determine one another, must be independent",
            fix="Leave out the source that is a blend of the others, or combine linearly.",
        )
    alphas = np.linalg.solve(products, np.diag(products))
    lowest = int(np.argmin(alphas))
    if alphas[lowest] < -1e-9:
        raise InputError(
            f"share of {weights[lowest].method} == {alphas[lowest]:.4g}, must not be negative: the sources conflict",
            where=f"weights, position {lowest + 1}",
            fix="Settle the conflict with the judges, or combine linearly with shares you can defend.",
        )
    return np.asarray(np.maximum(alphas, 0.0), float)


def _aligned(weights: Sequence[Weights]) -> Floats:
    if len(weights) < 2:
        raise InputError(f"weights == {len(weights)} sources, must be at least 2 to combine")
    names = weights[0].names
    for at, source in enumerate(weights):
        odd = sorted(set(names) ^ set(source.names))
        if odd:
            raise InputError(
                f"{', '.join(odd)} not in every source, must be weighed by all",
                where=f"weights, position {at + 1} ({source.method})",
            )
    return np.array([source.to_series()[list(names)].to_numpy(float) for source in weights])


def _shares(shares: ArrayLike | None, n: int) -> Floats:
    if shares is None:
        return np.full(n, 1 / n)
    part = np.asarray(shares, float)
    if part.shape != (n,):
        raise InputError(f"shares == {part.size} numbers, must be one for each of {n} sources")
    if not (part >= 0).all() or abs(part.sum() - 1) > 1e-6:
        raise InputError(f"shares == {part.tolist()}, must not be negative and add up to 1")
    return part / part.sum()


def _product(matrix: Floats, part: Floats, names: tuple[str, ...]) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = len(matrix) * np.where(part[:, None] > 0, part[:, None] * np.log(matrix), 0.0).sum(axis=0)
    if not np.isfinite(logs).any():
        raise InputError(
            f"product == 0 for {', '.join(names)}, must be above 0 for one KPI: each has a weight of 0 in some source",
            fix="Combine linearly.",
        )
    return np.exp(logs - logs.max())


def _notes(weights: Sequence[Weights], how: str, part: Floats, measured: float) -> list[Note]:
    notes: list[Note] = []
    if measured > MOST_MEASURED + 1e-9:
        details = {"measured_share": measured, "most_share": MOST_MEASURED}
        notes.append({"msgid": TOO_MUCH_MEASURED, "details": details})
    if how == "multiplicative":
        notes.append({"msgid": PRODUCT_SHARPENS, "details": {}})
    if how == "game_theory":
        notes.append({"msgid": CONVENTION, "details": {"source_share": part.tolist()}})
    for source in weights:
        # what a source said of its own measured part is not true of the blend
        carried = (dict(note) for note in source.caveats if note["msgid"] != TOO_MUCH_MEASURED)
        notes += [note for note in carried if note not in notes]
    return notes
