"""Scores as people other than the analyst may hold them: no small anonymous group, no rater by name."""

from collections.abc import Collection
from hashlib import sha256

import pandas as pd

from salesplan.data.kpi_measures import ANONYMOUS_ROLES, FEWEST_RATERS


def ratings_for(
    ratings: pd.DataFrame, *, salt: str, fewest: int = FEWEST_RATERS, named: Collection[str] = ()
) -> pd.DataFrame:
    """Take small groups of anonymous raters out, and give the others names that mean nothing.

    A group is the managers (or peers, reports, customers in a round) who rated one person on one topic in one round.
    Numbers stand for the raters'
    names and are the same for all the people they rated; days of single scores become the first of their month.

    Parameters
    ----------
    ratings
        ``rep_id, by_role, rater_id, topic, round, given_date, score …``.
    salt
        Text that makes the numbers of one data set differ from those of another.
    fewest
        Least number of raters of a group.
    named
        Roles that give their name, such as ``manager``, because the scheme says so: nothing of theirs is hidden.

    Examples
    --------
    >>> said = pd.DataFrame({"rep_id": "r1", "by_role": ["peer", "peer", "manager"], "rater_id": ["a", "b", "m"],
    ...     "topic": "teamwork", "round": "2026H1", "given_date": pd.Timestamp("2026-06-10"), "score": [3.0, 5.0, 4.0]})
    >>> len(ratings_for(said, salt="x")), ratings_for(said, salt="x", named=["manager"])[["by_role", "score"]].values.tolist()
    (0, [['manager', 4.0]])
    """
    in_round = ratings["round"].fillna("").astype(str).str.strip() != ""
    anonymous = ratings["by_role"].isin(ANONYMOUS_ROLES) | ((ratings["by_role"] == "customer") & in_round)
    anonymous &= ~ratings["by_role"].isin(list(named))
    group = ["rep_id", "by_role", "topic", "round"]
    raters = ratings.groupby(group, dropna=False)["rater_id"].transform("nunique")
    kept = ratings[~anonymous | (raters >= fewest)].copy()
    hidden = anonymous[kept.index]
    order = sorted(kept.loc[hidden, "rater_id"].dropna().unique(), key=lambda r: sha256(f"{salt}|{r}".encode()).hexdigest())
    numbers = {rater: f"rater {place}" for place, rater in enumerate(order, start=1)}
    kept["rater_id"] = kept["rater_id"].astype(object).where(~hidden, kept["rater_id"].map(numbers))
    day = pd.to_datetime(kept["given_date"])
    month = pd.Series(day.dt.to_period("M").dt.to_timestamp(), index=kept.index)
    kept["given_date"] = day.where(~hidden, month)
    return kept.reset_index(drop=True)
