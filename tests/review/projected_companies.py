"""Simulated companies projected on a day within their year, beside what then happened."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from salesplan.hierarchy import Hierarchy
from salesplan.review.amber import amber_flags
from salesplan.review.outlook import look_ahead
from salesplan.review.projection import project
from tests.review.review_company import make_review_company


def projected_companies(seeds: Iterable[int], day: str, *, spans: Sequence[str] = ("month", "quarter", "year"), **company: Any
                        ) -> pd.DataFrame:
    """Rows of every company's projections to the end of its month, quarter and year, with ``truth`` and the amber flag."""
    year = pd.period_range(f"{day[:4]}-01", periods=12, freq="M")
    now = pd.Period(day[:7], "M")
    quarter = year[(now.month - 1) // 3 * 3:][:3]
    rows = []
    for seed in seeds:
        made = make_review_company(seed=seed, month=day[:7], as_of=day, **company)
        outlook = look_ahead(made.history, made.daily, made.units, as_of=made.as_of, until=year[-1])
        tree = Hierarchy(units=made.units)
        for span in spans:
            months = {"month": pd.PeriodIndex([now]), "quarter": quarter, "year": year}[span]
            found = project(outlook, made.targets, months=months)
            flags = amber_flags(found, outlook, draws=4000).table
            truth = tree.unit_summing @ made.future.loc[months, made.leaves].sum().to_numpy()
            rows.append(found.table.assign(span=span, seed=seed, truth=truth, day=day).join(
                flags[["is_amber", "p_amber", "caught_rate", "false_alarm_rate", "is_attainable"]]))
    whole = pd.concat(rows, ignore_index=True)
    whole["inside"] = whole["truth"].between(whole["lower"], whole["upper"])
    whole["is_hit"] = whole["truth"] >= whole["target"]
    return whole


def reliability(rows: pd.DataFrame, edges: tuple[float, ...] = (0, 0.1, 0.3, 0.5, 0.7, 0.9, 1)) -> pd.DataFrame:
    """Mean stated chance, share that hit and number of cases by band of the chance."""
    band = pd.cut(rows["p_hit"], list(edges), include_lowest=True)
    return rows.groupby(band, observed=True).agg(stated=("p_hit", "mean"), hit=("is_hit", "mean"), n=("is_hit", "size"))


def amber_rates(rows: pd.DataFrame) -> tuple[float, float]:
    """Share of later misses that were amber, and of later hits that were."""
    missed = ~rows["is_hit"]
    return float(rows.loc[missed, "is_amber"].mean()), float(rows.loc[~missed, "is_amber"].mean())


def error_ratio(rows: pd.DataFrame, other: str) -> float:
    """Total absolute error of the projection over that of another column."""
    return float(np.abs(rows["projected"] - rows["truth"]).sum() / np.abs(rows[other] - rows["truth"]).sum())


@cache
def mid_quarter_companies() -> pd.DataFrame:
    """Eight companies on 15 May, in the middle of their quarter; made once for all tests of a run."""
    return projected_companies(range(8), "2026-05-15")


@cache
def mid_year_companies() -> pd.DataFrame:
    """Six companies on 30 June, their year's end only."""
    return projected_companies(range(50, 56), "2026-06-30", spans=("year",))
