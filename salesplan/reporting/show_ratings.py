"""360° ratings on a page: scores with their interval, groups too small to show left out."""

from typing import TYPE_CHECKING

import pandas as pd

from salesplan.ratings.ratings_table import RELATION_NAMES
from salesplan.reporting.show import Fragment, show_notes, show_table
from salesplan.text import mark, say

if TYPE_CHECKING:
    from salesplan.ratings.rating_score import RatingScores


def show_ratings(ratings: "RatingScores | None", profiles: pd.DataFrame, language: str, *, top: int = 15) -> Fragment:
    """The round in figures: everybody's score with interval, by group where the group is large enough.

    Parameters
    ----------
    ratings
        From `rate_people`; nothing where the data hold no round.
    profiles
        ``seller_id, name``: who is shown by which name.
    top
        How many people, best first.
    """
    if ratings is None:
        words = say(mark("No 360° round is among the data."), language)
        return Fragment(html=f"<p>{words}</p>", plain=words)
    names = profiles.set_index(profiles["seller_id"].astype(str))["name"]
    scores = ratings.scores.join(names, how="inner").sort_values("score", ascending=False).head(top)
    groups = ratings.groups[~ratings.groups["is_hidden"]]
    wide = groups.pivot_table(index="ratee_id", columns="relation", values="score")
    table = scores[["name", "score", "score_lower", "score_upper", "n_raters"]].copy()
    relations = [r for r in RELATION_NAMES if r in wide]
    for relation in relations:
        table[f"{relation}_score"] = wide[relation].reindex(table.index)
    shown = show_table(table.reset_index(drop=True), language)
    notes = show_notes(ratings.notes, language)
    return Fragment(html=shown.html + notes.html, plain=shown.plain + "\n" + notes.plain)
