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
from tests.review.restless_company import RestlessCompany, make_restless_company
from tests.review.review_company import ReviewCompany, make_review_company


def projected_companies(seeds: Iterable[int], day: str, *, spans: Sequence[str] = ("month", "quarter", "year"), **company: Any
                        ) -> pd.DataFrame:
    """Rows of every company's projections to the end of its month, quarter and year, with ``truth`` and the amber flag."""
    rows = []
    for seed in seeds:
        made = make_review_company(seed=seed, month=day[:7], as_of=day, **company)
        rows.append(_projected(made, day, spans, seed=seed))
    return pd.concat(rows, ignore_index=True)


def restless_companies(seeds: Iterable[int], days: Iterable[str], *, spans: Sequence[str] = ("quarter", "year"), **company: Any
                       ) -> pd.DataFrame:
    """The same of companies of the independent generator; people who are still to come or leave within the year are left out."""
    rows = []
    for seed in seeds:
        for day in days:
            made = make_restless_company(seed=seed, as_of=day, **company)
            found = _projected(made, day, spans, seed=seed, first_month=made.first_month)
            end = pd.Period(f"{day[:4]}-12", "M")
            changing = (found["unit_id"].map(made.first_month) > pd.Period(day[:7], "M")) | (found["unit_id"].map(made.last_month) < end)
            rows.append(found[~changing])
    return pd.concat(rows, ignore_index=True)


def _projected(made: ReviewCompany | RestlessCompany, day: str, spans: Sequence[str], *, seed: int,
               first_month: pd.Series | None = None) -> pd.DataFrame:
    """Rows of one company."""
    year = pd.period_range(f"{day[:4]}-01", periods=12, freq="M")
    now = pd.Period(day[:7], "M")
    quarter = year[(now.month - 1) // 3 * 3:][:3]
    outlook = look_ahead(made.history, made.daily, made.units, as_of=made.as_of, until=year[-1], first_month=first_month)
    tree = Hierarchy(units=made.units)
    leaves = tree.units["unit_id"].to_numpy()[tree.leaf_positions]
    rows = []
    for span in spans:
        months = {"month": pd.PeriodIndex([now]), "quarter": quarter, "year": year}[span]
        found = project(outlook, made.targets, months=months)
        flags = amber_flags(found, outlook, draws=4000).table
        truth = tree.unit_summing @ made.future.loc[months, leaves].sum().to_numpy()
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
