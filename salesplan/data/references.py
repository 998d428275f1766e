"""Codes and names into the ids of units, customers, products and people."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from salesplan.data.people import normal_name


def resolve_ids(text: pa.Array, known: pd.DataFrame, key: str) -> tuple[pa.Array, np.ndarray]:
    """Turn what a file calls something into its id: the id itself, else a code, else a name only one bears.

    Parameters
    ----------
    text
        What the file says; empty stays empty.
    known
        Canonical rows with ``key`` and, where the table has them, ``code``, ``employee_no`` and ``name``.
    key
        The id column.

    Returns
    -------
    Ids (the text itself where nothing is known of that name), and the rows that were not found.

    Examples
    --------
    >>> units = pd.DataFrame({"org_id": ["d1", "d2"], "code": ["E", "S"], "name": ["华东", "华南"]})
    >>> ids, unknown = resolve_ids(pa.array(["华南", "d1", "西北"]), units, "org_id")
    >>> ids.to_pylist(), unknown.tolist()
    (['d2', 'd1', '西北'], [2])
    """
    encoded = text.dictionary_encode()
    words = encoded.dictionary.to_pylist()
    ids = set(known[key].dropna())
    by_word: dict[str, str] = {}
    for column in ("name", "name_en", "code", "employee_no"):
        if column not in known.columns:
            continue
        pairs = known[[key, column]].dropna().drop_duplicates()
        plain = pairs[column].astype(str).map(normal_name)
        once = ~plain.duplicated(keep=False) | pairs[key].duplicated(keep=False) & ~plain.duplicated(keep=False)
        by_word |= dict(zip(plain[once], pairs[key][once], strict=True))
    answers = [w if w in ids else by_word.get(normal_name(w)) for w in words]
    found = pa.array([a if a is not None else w for a, w in zip(answers, words, strict=True)], pa.string())
    lost = np.array([a is None for a in answers] + [False])
    codes = pc.fill_null(encoded.indices, len(words)).to_numpy(zero_copy_only=False)
    return found.take(encoded.indices), np.flatnonzero(lost[codes])


def unknown_ids(ids: pa.Array, known: pd.Series) -> np.ndarray:
    """Rows whose id is given but not among the known ones.

    Examples
    --------
    >>> unknown_ids(pa.array(["a", None, "x"]), pd.Series(["a"])).tolist()
    [2]
    """
    inside = pc.is_in(ids, value_set=pa.array(known.dropna().astype(str).unique(), pa.string()))
    given = pc.is_valid(ids)
    return np.flatnonzero(pc.and_(given, pc.invert(inside)).to_numpy(zero_copy_only=False))
