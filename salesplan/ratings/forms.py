"""Rating forms: what one rater thinks of one person in one round, items set against each other fairly."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesplan.ratings.ratings_table import check_ratings


@dataclass(frozen=True, kw_only=True, eq=False)
class Forms:
    """One row a form.

    ``table`` has ``ratee_id``, ``round``, ``rater_id``, ``relation``, ``n_items``, ``raw`` (mean over the items)
    and ``score`` (the same after removing how easily each item earns points). ``item_effects`` says how easily (sum zero within a
    block of items that raters answered together); ``n_item_blocks`` above one means that items of different blocks
    were never answered on one form, so their ease cannot be told from their raters' severity.
    """

    table: pd.DataFrame
    item_effects: pd.Series
    n_item_blocks: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", self.table.copy())
        object.__setattr__(self, "item_effects", self.item_effects.copy())


def rating_forms(frame: pd.DataFrame, *, value: str = "points") -> Forms:
    """One number a form: rater, person, round.

    A rater who answered only the easy items must not look lenient for it. Item effects are estimated within
    forms (ordinary least squares with an effect for each form) and taken out before averaging; where everybody
    answers all items they cancel.

    Parameters
    ----------
    frame
        Ratings.
    value
        ``points`` (0-100) or ``score`` (the common scale).

    Examples
    --------
    >>> f = pd.DataFrame({"ratee_id": "A", "rater_id": ["x", "x", "y"], "relation": "peer",
    ...                   "item": ["easy", "hard", "easy"], "score": [5, 3, 5]})
    >>> rating_forms(f).table["score"].round(1).tolist()
    [83.3, 83.3]
    """
    table = check_ratings(frame)
    keys = ["ratee_id", "round", "rater_id"]
    form = table.groupby(keys, sort=True).ngroup().to_numpy()
    item, items = pd.factorize(table["item"], sort=True)
    score = table[value].to_numpy(float)
    effects, blocks = _item_effects(form, item, len(items), score)
    grouped = table.assign(_raw=score, _score=score - effects[item]).groupby(keys, sort=True)
    forms = grouped.agg(relation=("relation", "first"), n_items=("item", "size"), raw=("_raw", "mean"),
                        score=("_score", "mean"))
    return Forms(table=forms.reset_index(), item_effects=pd.Series(effects, index=items, name="item_effect"),
                 n_item_blocks=blocks)


def _item_effects(form: np.ndarray, item: np.ndarray, k: int, score: np.ndarray) -> tuple[np.ndarray, int]:
    """Within-form least squares; blocks of items that no form joins are centred each on its own."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if k == 1:
        return np.zeros(1), 1
    answered = coo_array((np.ones(len(form)), (form, item))).tocsr()
    size = np.asarray(answered.sum(axis=1)).ravel()
    scaled = answered.multiply(1 / size[:, None]).tocsr()
    together = (answered.T @ scaled).toarray()
    blocks, label = connected_components(together > 0, directed=False)
    normal = np.diag(together.sum(axis=1)) - together
    mean = np.bincount(form, score) / size
    right = np.bincount(item, score - mean[form], minlength=k)
    effects = np.linalg.pinv(normal, hermitian=True) @ right
    weight = np.bincount(item, minlength=k).astype(float)
    centre = np.bincount(label, weight * effects) / np.bincount(label, weight)
    return effects - centre[label], int(blocks)
