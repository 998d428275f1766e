"""Review a plan against the facts it was made from: findings with fairness and capacity in them."""

import numpy as np
import pandas as pd

from salesplan.findings import SALES_DIRECTOR, Finding, sort_findings
from salesplan.targets.capacity import seller_capacity
from salesplan.targets.capacity_gap import CapacityGap, TeamModel, capacity_gap, productivity_by_tier
from salesplan.targets.judgement import UNLIKELY, review_plan
from salesplan.targets.judgement_people import NAMED
from salesplan.targets.plan import TargetPlan
from salesplan.targets.shares import PlanningFacts
from salesplan.targets.smart import ATTAIN_BAND, Goal, SmartCheck, check_smart
from salesplan.text import mark

TREND_LIMITS = (0.7, 1.4)


def review_targets(plan: TargetPlan, facts: PlanningFacts) -> list[Finding]:
    """Findings about a plan, most urgent first, with capacity, fairness and the best year ever.

    Parameters
    ----------
    plan
        A target plan.
    facts
        The data it was made from.
    """
    potential = facts.potential.reindex(plan.sellers.index)
    found = review_plan(plan, history=facts.history, potential=potential if potential.notna().any() else None,
                        tenure_months=_tenure(plan, facts), capacity=plan_capacity_gap(plan, facts))
    return sort_findings([*found, *_without_forecast(plan)])


def _without_forecast(plan: TargetPlan) -> list[Finding]:
    """Sellers who could sell in the year and of whom nothing is expected."""
    idle = plan.sellers[(plan.sellers["carried_forecast"] <= 0) & (plan.sellers["capacity_months"] > 0)]
    if idle.empty:
        return []
    names = idle["name"].astype(str).tolist()
    return [Finding(
        key="no_forecast", status="watch", owner=SALES_DIRECTOR, due=plan.year[0].end_time.date(),
        details={"n": len(idle), "names": names if len(names) <= NAMED else [*names[:NAMED], "…"]},
        message=mark("Nothing is forecast for {n} sellers without sales; they get a share of the stretch at most: {names}."),
        action=mark("Give those who are to sell a floor or a pin, or take them off the list of sellers."),
    )]


def check_plan_smart(plan: TargetPlan) -> SmartCheck:
    """The company's target held against the five letters of SMART, each with its reason and fix."""
    top = plan.nodes.iloc[0]
    return check_smart(Goal(
        metric=mark("Sales revenue"), scope=str(top["name"]), amount=float(top["target"]), unit=plan.currency,
        period_start=plan.year[0].start_time.date(), period_end=plan.year[-1].end_time.date(), parent=mark("Company"),
        p_attain=float(top["p_target"]), growth=None if pd.isna(top["growth"]) else float(top["growth"]),
    ), band=(UNLIKELY, ATTAIN_BAND[1]))


def plan_capacity_gap(plan: TargetPlan, facts: PlanningFacts) -> CapacityGap | None:
    """Chance that the team, with attrition and slow hiring, cannot produce the target.

    Productivity is last year's sales of full-year sellers per capacity month, moved by the growth
    their own forecasts expect; the market's spread is that of the company's forecast, less what the
    luck of single sellers explains. The forecast holds the attrition of the past; here the plan's own
    attrition and time to fill count, so that the two may differ. Nothing is answered for a
    year that has begun, or when fewer than two sellers have a full last year.
    """
    if facts.history.index[-1] >= plan.year[0]:
        return None  # part of the year is sold already; capacity of a whole year says nothing
    p = plan.parameters
    before = pd.period_range(plan.year[0] - 12, periods=12, freq="M")
    options = {"leaves": facts.leaves, "ramp": p.ramp, "tier_productivity": p.tier_productivity,
               "country": facts.settings.country}
    past = seller_capacity(facts.sellers, before, **options).sum(axis=1)
    sellers = plan.sellers.assign(capacity_months=past.reindex(plan.sellers.index))
    known = sellers[(sellers["capacity_months"] >= 6) & (sellers["last_year"] > 0)]
    if len(known) < 2:
        return None
    trend = float(np.clip(known["carried_forecast"].sum() / known["last_year"].sum(), *TREND_LIMITS))
    tiers = productivity_by_tier(known.assign(tier=known["tier"].fillna("")))
    top = plan.forecast.annual.iloc[0]
    season = plan.forecast.monthly.iloc[0].clip(lower=0).to_numpy(float)
    capacity = seller_capacity(facts.sellers, plan.year, **options)
    spread = float(np.average(tiers["productivity_cv"], weights=tiers["n"]))
    model = TeamModel(
        productivity={str(tier): float(each) * trend for tier, each in tiers["productivity"].items()},
        productivity_cv=spread, market_cv=_market_spread(top, capacity.sum(axis=1), spread),
        attrition_rate=p.attrition_rate, months_to_fill=p.months_to_fill, ramp=p.ramp,
        season=season / season.mean() if season.sum() > 0 else np.ones(12),
    )
    return capacity_gap(capacity, target=float(plan.company["amount"]["target"]),
                        model=model, tiers=facts.sellers.set_index("seller_id")["tier"].fillna(""), seed=p.seed)


def _market_spread(top: pd.Series, capacity: pd.Series, spread: float) -> float:
    """Spread of the year that all share: the company's, less what the luck of single sellers explains."""
    if not top["mean"] > 0 or not capacity.sum() > 0:
        return 0.0
    single = spread**2 * float(((capacity / capacity.sum()) ** 2).sum())
    return float(np.sqrt(max(0.0, (top["sd"] / top["mean"]) ** 2 - single)))


def _tenure(plan: TargetPlan, facts: PlanningFacts) -> pd.Series | None:
    hired = pd.to_datetime(facts.sellers.set_index("seller_id")["hire_date"]).reindex(plan.sellers.index)
    if not hired.notna().any():
        return None
    return ((plan.year[0].start_time - hired).dt.days / 30.4375).clip(lower=0)
