"""Equal rows get equal numbers: the base of every search for copies."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa


def row_codes(columns: Sequence[pa.Array]) -> np.ndarray:
    """Number rows by content; empty cells equal each other.

    Parameters
    ----------
    columns
        Arrow arrays of one length.

    Returns
    -------
    int64 array; two rows have the same number exactly when all their cells are equal.

    Examples
    --------
    >>> row_codes([pa.array(["a", "b", "a", None]), pa.array([1, 1, 1, 1])]).tolist()
    [0, 1, 0, 2]
    """
    codes: np.ndarray | None = None
    for column in columns:
        if isinstance(column, pa.ChunkedArray):
            column = column.combine_chunks()
        encoded = column.dictionary_encode(null_encoding="encode")
        mine = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        codes = mine if codes is None else pd.factorize(codes * len(encoded.dictionary) + mine)[0]
    return np.array([], np.int64) if codes is None else codes


def first_of_each(codes: np.ndarray) -> np.ndarray:
    """Whether each row is the first of its number.

    Examples
    --------
    >>> first_of_each(np.array([3, 1, 3])).tolist()
    [True, True, False]
    """
    return ~pd.Series(codes).duplicated().to_numpy()
