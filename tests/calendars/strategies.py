"""Spans of months that tests draw."""

import pandas as pd
from hypothesis import strategies as st


def month_ranges(first: int = 2018, last: int = 2035, longest: int = 18) -> st.SearchStrategy[pd.PeriodIndex]:
    """Consecutive months between two years."""
    return st.builds(
        lambda year, month, n: pd.period_range(f"{year}-{month:02d}", periods=n, freq="M"),
        st.integers(first, last), st.integers(1, 12), st.integers(1, longest),
    )  # fmt: skip
