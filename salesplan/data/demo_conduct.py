"""Everything the demo company's sellers do besides orders and receipts, and what is true of it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from salesplan.data.demo_contacts import BUNCHING_AT, Gaming, choose_gaming, make_contacts, make_prospects
from salesplan.data.demo_deals import deals_of, make_deals, win_rates
from salesplan.data.demo_people import Staff
from salesplan.data.demo_process import (
    CORRELATION,
    PROCESS_KPIS,
    PROCESS_MONTHS,
    RESULT,
    Traits,
    full_time_sellers,
    lmg_shares,
    make_traits,
    observed_correlation,
    reliability,
)
from salesplan.data.demo_sales import Sales
from salesplan.data.demo_voices import (
    KPI_SET,
    KPI_WEIGHTS,
    RATING_LEVEL,
    SELF_BIAS,
    Ratings,
    make_judgements,
    make_ratings,
    make_satisfaction,
    make_training,
    satisfaction_levels,
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Process:
    """Everything of the last months that is neither order nor receipt."""

    months: pd.PeriodIndex
    traits: Traits
    full_time: np.ndarray
    gaming: Gaming
    deals: pd.DataFrame
    contacts: pd.DataFrame
    prospects: pd.DataFrame
    satisfaction_level: np.ndarray
    satisfaction: pd.DataFrame
    ratings: Ratings
    training: pd.DataFrame
    judgements: pd.DataFrame
    inconsistent_judge: str


def make_process(staff: Staff, sales: Sales, span: pd.PeriodIndex, *, rng: np.random.Generator) -> Process:
    """Draw traits, then what people with such traits do in the last months."""
    months = span[-PROCESS_MONTHS:]
    traits = make_traits(staff, rng=rng)
    full_time = full_time_sellers(staff, span)
    gaming = choose_gaming(staff, full_time, rng=rng)
    contacts = make_contacts(staff, sales, traits, gaming, months, rng=rng)
    deals = make_deals(staff, sales, traits, months, rng=rng)
    contacts["deal_no"] = deals_of(contacts, deals)
    level = satisfaction_levels(traits, rng=rng)
    few = int(rng.choice(np.setdiff1d(full_time, gaming.everybody)))
    judgements, inconsistent = make_judgements(staff, rng=rng)
    return Process(
        months=months, traits=traits, full_time=full_time, gaming=gaming, deals=deals, contacts=contacts,
        prospects=make_prospects(contacts, sales, rng=rng), satisfaction_level=level,
        satisfaction=make_satisfaction(staff, sales, level, months, rng=rng),
        ratings=make_ratings(staff, sales, traits, span, few=few, rng=rng),
        training=make_training(staff, traits, months, rng=rng), judgements=judgements, inconsistent_judge=inconsistent)


def process_truth(process: Process, staff: Staff) -> dict[str, Any]:
    """The fields of ``DemoTruth`` that tell of it."""
    numbers = staff.people["employee_no"].to_numpy(object)
    sold = np.flatnonzero(np.isfinite(process.traits.skill))
    shares, seen = lmg_shares(CORRELATION), lmg_shares(observed_correlation())
    gaming, win_rate = process.gaming, win_rates(process.traits)
    kinds = process.deals["status"].value_counts().sort_index()
    return {
        "process_start": str(process.months[0]), "process_kpis": list(PROCESS_KPIS),
        "process_correlation": {"names": [RESULT, *PROCESS_KPIS], "matrix": CORRELATION.tolist()},
        "process_r2": _round(shares.sum()), "process_importance": _by_kpi(shares / shares.sum()),
        "process_reliability": _by_kpi(reliability()), "observed_r2": _round(seen.sum()),
        "observed_importance": _by_kpi(seen / seen.sum()),
        "process_traits": {numbers[p]: _by_kpi(process.traits.level[p]) for p in sold},
        "full_time_sellers": numbers[process.full_time].tolist(),
        "win_rate": {numbers[p]: _round(win_rate[p]) for p in sold},
        "satisfaction": {numbers[p]: _round(process.satisfaction_level[p]) for p in sold},
        "deals": {str(k): int(n) for k, n in kinds.items()},
        "prospects": len(process.prospects),
        "kpi_set": KPI_SET, "kpi_weights": dict(KPI_WEIGHTS),
        "judges": process.judgements["judge"].drop_duplicates().tolist(),
        "inconsistent_judge": process.inconsistent_judge, "rating_round": process.ratings.round,
        "rating_level": RATING_LEVEL, "rating_self_bias": SELF_BIAS,
        "rating_performance": {k: _round(v) for k, v in process.ratings.performance.items()},
        "rater_severity": {k: _round(v) for k, v in process.ratings.severity.items()},
        "few_peers": process.ratings.few_peers,
        "gaming": {"one_second_calls": numbers[gaming.one_second_calls].tolist(),
                   "last_day_spike": numbers[gaming.last_day_spike].tolist(),
                   "bunching": numbers[gaming.bunching].tolist(), "bunching_at": BUNCHING_AT},
    }


def _by_kpi(values: np.ndarray) -> dict[str, float]:
    return {kpi: _round(v) for kpi, v in zip(PROCESS_KPIS, values, strict=True)}


def _round(value: float) -> float:
    return round(float(value), 6)
