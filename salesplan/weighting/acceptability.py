"""Who is first under how many of all possible weightings."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesplan.errors import InputError, known_choices
from salesplan.text import mark
from salesplan.weighting.additive_scores import check_scores, match_weights, tie_width
from salesplan.weighting.weights import Floats, Note, Weights

MOST_RANKS = 100
"""Ranks kept when nothing else is asked for: a table of 5,000 people times 5,000 places helps nobody."""

CELLS = 2_000_000
"""Weighted sums held at a time."""

ALL_WEIGHTINGS = mark(
    "Every weighting counts the same here, also one that gives a single KPI everything: shares say how robust a"
    " place is, not how likely. Scores are taken as exact."
)
NEAR_WEIGHTINGS = mark(
    "Weightings are drawn around the given weights (typical deviation {deviation_share} of weight). Scores are taken"
    " as exact."
)
NEVER_DRAWN = mark("{names} has a weight of 0 and keeps it in every draw.")


@dataclass(frozen=True, kw_only=True, eq=False)
class RankAcceptability:
    """Share of weightings that put each alternative on each rank.

    ``acceptability`` is alternatives x ranks (columns 1, 2, …); rows add up to 1 when all ranks are kept.
    ``central_weights`` is the mean weighting that puts an alternative first, missing where none does;
    ``mean_weights`` the mean of all weightings drawn.
    """

    acceptability: pd.DataFrame
    central_weights: pd.DataFrame
    mean_weights: pd.Series
    mean_rank: pd.Series
    n: int
    caveats: tuple[Note, ...]

    def __post_init__(self) -> None:
        for name in ("acceptability", "central_weights", "mean_weights", "mean_rank"):
            object.__setattr__(self, name, getattr(self, name).copy())
        sums = self.acceptability.sum(axis=0).to_numpy()
        if (np.abs(sums - 1) > 1e-9).any():
            raise InputError("acceptability of a rank must add up to 1 over the alternatives")

    @property
    def first(self) -> pd.Series:
        """Share of weightings under which each alternative is first."""
        return self.acceptability[1].rename("p_first")

    @property
    def first_error(self) -> pd.Series:
        """Monte-Carlo standard error of `first`; not 0 where an alternative was never or always first.

        ``sqrt(p (1 - p) / n)`` with two successes and two failures added to the draws (Agresti & Coull 1998).
        """
        p = (self.first * self.n + 2) / (self.n + 4)
        return np.sqrt(p * (1 - p) / (self.n + 4)).rename("p_first_error")

    def to_frame(self) -> pd.DataFrame:
        """One row an alternative, best first: alternative, p_first, p_first_error, mean_rank_value."""
        frame = pd.DataFrame({
            "alternative": self.acceptability.index.to_numpy(),
            "p_first": self.first.to_numpy(),
            "p_first_error": self.first_error.to_numpy(),
            "mean_rank_value": self.mean_rank.to_numpy(),
        })
        return frame.sort_values(["p_first", "mean_rank_value"], ascending=[False, True], kind="stable", ignore_index=True)

    def summary(self) -> pd.DataFrame:
        """The alternative that is first most often, with its share and error."""
        return self.to_frame().head(1).assign(n_draws=self.n)

    def explain(self, alternative: str) -> pd.DataFrame:
        """Which weights an alternative needs: its central weights beside the mean of all draws' weights.

        Returns
        -------
        DataFrame
            criterion, central_weight (missing where the alternative is never first), mean_weight.

        Raises
        ------
        InputError
            An unknown alternative.
        """
        if alternative not in self.central_weights.index:
            raise InputError(f"alternative == {alternative!r}, {known_choices(alternative, self.central_weights.index)}")
        row = self.central_weights.loc[alternative]
        return pd.DataFrame({
            "criterion": row.index.to_numpy(),
            "central_weight": row.to_numpy(),
            "mean_weight": self.mean_weights[row.index].to_numpy(),
        })


def rank_acceptability(
    scores: pd.DataFrame,
    *,
    n: int = 10_000,
    seed: int = 0,
    around: Weights | Mapping[str, float] | pd.Series | None = None,
    concentration: float = 50.0,
    ranks: int | None = None,
) -> RankAcceptability:
    """Is the first place a matter of taste: under what share of all weightings is each alternative first?

    Parameters
    ----------
    scores
        Alternatives x criteria, all on one scale on which more is better.
    n
        Weightings drawn.
    around
        Draw around these weights instead of over all weightings.
    concentration
        How closely to stay to ``around``: a weight w varies by ``sqrt(w (1 - w) / (concentration + 1))``.
    ranks
        First so many ranks to keep; by default all, at most 100.

    Raises
    ------
    InputError
        Scores missing or not numbers, fewer than 100 draws, criteria that do not match ``around``.

    Notes
    -----
    SMAA-2 (Lahdelma & Salminen 2001) with weights uniform over the simplex: Dirichlet(1), drawn as exponentials
    over their sum (uniform numbers over their sum would favour the middle). Around given weights
    Dirichlet(concentration * w). Alternatives with the same scores share their places equally.

    Examples
    --------
    >>> s = pd.DataFrame({"sales": [90.0, 60.0], "teamwork": [50.0, 100.0]}, index=["Li", "Wang"])
    >>> rank_acceptability(s).first.round(2).to_dict()
    {'Li': 0.37, 'Wang': 0.63}
    """
    if n < 100:
        raise InputError(f"n == {n}, must be at least 100 draws")
    if not concentration >= 1:
        raise InputError(f"concentration == {concentration:g}, must be at least 1")
    rows, columns, values = check_scores(scores)
    if ranks is not None and not 1 <= ranks <= len(rows):
        raise InputError(f"ranks == {ranks}, must be between 1 and the {len(rows)} alternatives")
    kept = min(len(rows), MOST_RANKS) if ranks is None else ranks
    parameters = np.ones(len(columns))
    notes: list[Note] = [{"msgid": ALL_WEIGHTINGS, "details": {}}]
    if around is not None:
        centre = match_weights(columns, around)
        parameters = concentration * centre
        notes = _notes_around(columns, centre, concentration)
    fixed = np.array(sorted(range(len(columns)), key=lambda j: columns[j]))
    count = _count(values[:, fixed], parameters[fixed], n=n, kept=kept, rng=np.random.default_rng(seed))
    index = pd.Index(rows, name="alternative")
    central = np.full((len(rows), len(columns)), np.nan)
    central[:, fixed] = count.central
    mean = np.empty(len(columns))
    mean[fixed] = count.mean
    return RankAcceptability(
        acceptability=pd.DataFrame(count.shares, index=index, columns=range(1, kept + 1)),
        central_weights=pd.DataFrame(central, index=index, columns=list(columns)),
        mean_weights=pd.Series(mean, index=list(columns), name="mean_weight"),
        mean_rank=pd.Series(count.mean_rank, index=index, name="mean_rank_value"),
        n=n,
        caveats=tuple(notes),
    )


@dataclass(frozen=True, kw_only=True)
class _Counts:
    shares: Floats
    central: Floats
    mean: Floats
    mean_rank: Floats


def _count(values: Floats, parameters: Floats, *, n: int, kept: int, rng: np.random.Generator) -> _Counts:
    drawn = parameters > 0
    # alternatives equal in all that counts tie in every draw; others tie with probability zero
    counted = values[:, drawn]
    near = np.round((counted - counted.min(axis=0)) / tie_width(counted))
    alike, of = np.unique(near, axis=0, return_inverse=True)
    of = of.ravel()
    size = np.bincount(of)
    member = np.zeros(len(size), int)
    member[of[::-1]] = np.arange(len(of))[::-1]
    distinct = values[member]
    groups = len(alike)
    started = np.zeros((groups, kept))
    places = np.zeros(groups)
    leading = np.zeros((groups, len(parameters)))
    each = max(1, CELLS // max(groups, len(parameters)))
    for start in range(0, n, each):
        weight = np.zeros((min(each, n - start), len(parameters)))
        weight[:, drawn] = rng.standard_gamma(parameters[drawn], size=(len(weight), int(drawn.sum())))
        weight /= weight.sum(axis=1, keepdims=True)
        order = np.argsort(-(weight @ distinct.T), axis=1, kind="stable")
        sizes = size[order]
        place = np.cumsum(sizes, axis=1) - sizes
        shown = place < kept
        cell = order[shown] * kept + place[shown]
        started += np.bincount(cell, minlength=groups * kept).reshape(groups, kept)
        places += np.bincount(order.ravel(), place.ravel(), minlength=groups)
        np.add.at(leading, order[:, 0], weight)
    shares = np.zeros((groups, kept))
    for k in range(min(int(size.max()), kept)):
        wide = size > k
        shares[wide, k:] += started[wide, : kept - k] / size[wide, None] / n
    with np.errstate(invalid="ignore"):
        central = leading / np.where(started[:, :1] > 0, started[:, :1], np.nan)
    mean_rank = places / n + (size - 1) / 2 + 1
    mean = leading.sum(axis=0) / n
    return _Counts(shares=shares[of], central=central[of], mean=mean, mean_rank=mean_rank[of])


def _notes_around(columns: tuple[str, ...], centre: Floats, concentration: float) -> list[Note]:
    deviation = float(np.sqrt(centre * (1 - centre) / (concentration + 1)).mean())
    notes: list[Note] = [{"msgid": NEAR_WEIGHTINGS, "details": {"deviation_share": deviation}}]
    never = [name for name, weight in zip(columns, centre, strict=True) if weight == 0]
    if never:
        notes.append({"msgid": NEVER_DRAWN, "details": {"names": never}})
    return notes
