"""What the people of the data score under the scheme in force and under the one on the screen."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from salesplan.kpis.period_scores import DRAWS, country_of, period_figures
from salesplan.kpis.reweighted_scores import ReweightedScores
from salesplan.kpis.score_people import score_people

if TYPE_CHECKING:
    from salesplan.kpis.library import KpiLibrary
    from salesplan.kpis.parameters import KpiParameters
    from salesplan.kpis.scheme import KpiScheme
    from salesplan.kpis.scorecard import Scorecard

TIE_DIGITS = 9


class ScorePreview:
    """Scores of the period under any scheme that differs from the one in force in its weights only.

    Targets, points and luck are worked out once. `scores` and `ranks` answer while a slider moves; `card` is the
    whole scorecard, for when it rests.
    """

    def __init__(self, data: Any, scheme: "KpiScheme", library: "KpiLibrary", parameters: "KpiParameters") -> None:
        self.data, self.library, self.parameters = data, library, parameters
        self.figures = period_figures(data, scheme, library=library, min_group=parameters.min_group)
        self.before = self._score(scheme)
        self.again = ReweightedScores(self.before, data.daily if len(data.daily) else None, n=DRAWS, seed=parameters.seed)
        self.sellers = self.before.totals.index
        self.sets = self.before.totals["set"].astype(object).where(self.before.totals["set"].notna(), "").to_numpy(object)
        self.rank_before = self.ranks(self.before.totals["score"].to_numpy(float))
        self._card: tuple[KpiScheme, Scorecard] | None = None

    def _score(self, scheme: "KpiScheme") -> "Scorecard":
        return score_people(self.figures, scheme, self.data.profiles, period=str(self.data.label),
                            coverage=self.parameters.coverage, library=self.library,
                            fingerprint=self.data.fingerprint, country=country_of(self.data))

    def scores(self, scheme: "KpiScheme") -> NDArray[np.float64]:
        """Everybody's score, in the order of `sellers`."""
        return self.again.totals(weights_of(scheme))

    def ranks(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Everybody's place among those under the same KPI set."""
        place = np.full(len(scores), np.nan)
        for code in dict.fromkeys(self.sets):
            members = np.flatnonzero(self.sets == code)
            place[members] = ranks(scores[members])
        return place

    def points(self, scheme: "KpiScheme", set_code: str, sellers: list[str]) -> NDArray[np.float64]:
        """Weighted points of some people by the KPIs of a set; missing where a KPI is left out."""
        return self.again.weighted_points(set_code, weights_of(scheme), sellers)

    def intervals(self, scheme: "KpiScheme", sellers: list[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lower and upper ends of some people's scores."""
        return self.again.intervals(weights_of(scheme), sellers, coverage=self.parameters.coverage)

    def card(self, scheme: "KpiScheme") -> "Scorecard":
        """The scorecard under a scheme, with intervals, rank intervals and bands; kept until the scheme changes."""
        if self._card is None or self._card[0] is not scheme:
            card = self._score(scheme)
            draws = self.again.draws(weights_of(scheme))
            whole = card if draws is None else card.with_draws(draws, coverage=self.parameters.coverage)
            self._card = (scheme, whole)
        return self._card[1]

    def has_card(self, scheme: "KpiScheme") -> bool:
        """Whether bands are known for the scheme."""
        return self._card is not None and self._card[0] is scheme


def weights_of(scheme: "KpiScheme") -> dict[str, dict[str, float]]:
    """Set -> KPI -> weight."""
    return {one.code: one.weights for one in scheme.sets}


def ranks(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Place of each score, the best is 1; equal scores share the better place, who has none has no place.

    Examples
    --------
    >>> ranks(np.array([80.0, 90.0, np.nan, 80.0])).tolist()
    [2.0, 1.0, nan, 2.0]
    """
    rounded = np.round(scores, TIE_DIGITS)
    known = np.sort(-rounded[~np.isnan(rounded)])
    return np.where(np.isnan(rounded), np.nan, np.searchsorted(known, -rounded, side="left") + 1.0)
