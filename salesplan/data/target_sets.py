"""Which set of the target table counts where it holds several: the one named in the workspace's settings."""

import pandas as pd

from salesplan.data.settings import SETTINGS_FILE
from salesplan.errors import InputError, Sentence, known_choices


def of_chosen_set(rows: pd.DataFrame, chosen: str) -> pd.DataFrame:
    """Targets without those of other sets, for the metrics the chosen set holds; all of them where none is chosen.

    Parameters
    ----------
    rows
        Target rows with ``target_set`` and ``metric``.
    chosen
        Name of the set; empty text: none.

    Raises
    ------
    InputError
        No such set; the nearest is named.

    Examples
    --------
    >>> rows = pd.DataFrame({"target_set": ["plan", "quota", "plan"], "metric": ["sales", "sales", "visits"]})
    >>> of_chosen_set(rows, "quota").to_numpy().tolist()
    [['quota', 'sales'], ['plan', 'visits']]
    """
    if not chosen or rows.empty:
        return rows
    known = sorted(rows["target_set"].dropna().unique())
    if chosen not in known:
        raise InputError(Sentence("target_set == {given}, must be a set of the target table", given=repr(chosen)), where=SETTINGS_FILE,
                         fix=known_choices(chosen, known))
    own = rows["target_set"] == chosen
    return rows[own | ~rows["metric"].isin(rows.loc[own, "metric"])].reset_index(drop=True)
