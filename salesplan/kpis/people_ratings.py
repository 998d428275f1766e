"""The newest 360° round of the loaded data as one score a person."""

from collections.abc import Collection
from typing import Any

from salesplan.ratings.feedback import ratings_from_feedback
from salesplan.ratings.rating_score import RatingScores, rating_scores
from salesplan.ratings.ratings_table import NAMED_RELATIONS


def rate_people(
    data: Any, *, minimum: int = 3, coverage: float = 0.9, named_raters: Collection[str] = ()
) -> RatingScores | None:
    """What manager, peers, customers and people themselves say, severity taken out, small groups hidden.

    Parameters
    ----------
    data
        ``ratings``: feedback rows of `load_kpi_data`. Rows that name a round count as 360°; monthly customer surveys
        without one are a KPI of their own.
    minimum
        Smallest group of raters that is shown and counts; a single manager is a group of one.
    named_raters
        Relations (``manager``) that rate under their name: those of the scheme (``scheme.named_raters``), which says so.

    Returns
    -------
    RatingScores of the newest round, or nothing when there is none.

    Raises
    ------
    InputError
        Ratings off their scale, or raters who cannot be compared; what to do is in the message.
    """
    rounds = data.ratings[data.ratings["round"].notna() & (data.ratings["round"].astype(str).str.strip() != "")]
    if rounds.empty:
        return None
    table = ratings_from_feedback(rounds)
    newest = sorted(table["round"].unique())[-1]
    return rating_scores(table, minimum=minimum, coverage=coverage, rating_round=newest,
                         exempt={*NAMED_RELATIONS, *named_raters})
