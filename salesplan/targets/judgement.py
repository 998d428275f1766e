"""Review of a whole target plan: what stands out, with evidence, action, owner and due date."""

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from salesplan.findings import (
    ANALYST,
    PEOPLE_PARTNER,
    SALES_DIRECTOR,
    Finding,
    Status,
    sort_findings,
)
from salesplan.targets.attainment import USUAL_SHARE_AT_QUOTA
from salesplan.targets.capacity_gap import CapacityGap
from salesplan.targets.growth import check_growth_claims, required_rate
from salesplan.targets.judgement_people import (
    review_chances,
    review_fairness,
    review_quota_count,
    review_sellers,
)
from salesplan.targets.smart import ATTAIN_BAND
from salesplan.targets.stacking import stretch_stacking
from salesplan.text import mark
from salesplan.text.captions import VALUES as LEVEL_WORDS

if TYPE_CHECKING:
    from salesplan.targets.plan import TargetPlan

EVEN_CHANCE = 0.5

UNLIKELY = 0.25
"""A target with a smaller chance is not green, even if it is not out of reach."""

SURE_BY = 0.2
"""So much less than promised may an interval have held in the backtest before it is said."""


def review_plan(
    plan: "TargetPlan",
    *,
    history: pd.DataFrame | None = None,
    potential: pd.Series | None = None,
    tenure_months: pd.Series | None = None,
    capacity: CapacityGap | None = None,
    claims: Mapping[str, Any] | None = None,
    band: tuple[float, float] = ATTAIN_BAND,
    usual_share: tuple[float, float] = USUAL_SHARE_AT_QUOTA,
    correlation: float | None = None,
) -> list[Finding]:
    """Findings about a target plan, most urgent first.

    Parameters
    ----------
    plan
        A target plan.
    history
        Monthly sales (index months, columns (unit_id, product_line)), to know the best growth ever.
    potential, tenure_months
        By seller, for the fairness test beside last year's base.
    capacity
        What the team can produce (`capacity_gap`), if it was simulated.
    claims
        Rates or amounts that were announced for parts of the year (``quarterly``, ``monthly``,
        ``weekly_amount`` …, see `check_growth_claims`), held against the plan's year.
    band
        Chances outside this range are unattainable or undemanding.
    usual_share
        Share of sellers at quota to hold the plan against; a habit, set your own.
    correlation
        How much sellers' results rise and fall together when counting them at quota; by default as much
        as in the forecast's own draws.

    Notes
    -----
    Every finding is due before the plan is approved, the last day of the year's first month.
    """
    first = pd.PeriodIndex(plan.year)[0]
    if history is not None and len(history):
        first = max(first, history.index[-1] + 1)  # a year that has begun: nothing is due in the past
    due = first.end_time.date()
    findings = [
        *_company(plan, band, due),
        *review_chances(plan, band=band, due=due),
        *review_sellers(plan, history=history, due=due),
        *review_quota_count(plan, usual=usual_share, correlation=correlation),
        *_stacking(plan),
        *_forecast_skill(plan),
        *_calibration(plan),
        *_growth_meaning(plan, claims or {}),
        *_estimated_holidays(plan, due),
        *([_capacity(capacity, due)] if capacity is not None else []),
        *review_fairness(plan, potential=potential, tenure_months=tenure_months),
        *[
            Finding(key="data_note", status="watch", message=n["msgid"], details=n.get("details", {}), owner=ANALYST)
            for n in getattr(plan, "notes", ())
        ],
    ]
    return sort_findings(findings)


def _company(plan: "TargetPlan", band: tuple[float, float], due: dt.date) -> list[Finding]:
    top = plan.nodes.iloc[0]
    facts = {
        "target": top["target"],
        "p_target": top["p_target"],
        "forecast": top["forecast"],
        "forecast_lower": top["forecast_lower"],
        "forecast_upper": top["forecast_upper"],
    }
    p = float(top["p_target"])
    status: Status = "act" if p < band[0] else "watch" if p > band[1] or p < UNLIKELY else "ok"
    action = ""
    if p < UNLIKELY:
        action = mark("Lower the target, or name what will lift sales beyond the forecast.")
    elif p > band[1]:
        action = mark("Raise the target; it asks for less than what is likely anyway.")
    found = [
        Finding(
            key="company_target",
            status=status,
            details=facts,
            action=action,
            owner=SALES_DIRECTOR,
            due=due if action else None,
            message=mark(
                "The target of {target} has a chance of {p_target};"
                " the forecast is {forecast} ({forecast_lower} to {forecast_upper})."
            ),
        )
    ]
    stretch = float(top["target"] - top["forecast"])
    share = stretch / top["target"] if top["target"] else 0.0
    beyond = top["target"] > top["forecast_upper"]
    found.append(
        Finding(
            key="stretch_part",
            status="watch" if beyond else "ok",
            details={"stretch": stretch, "stretch_share": share},
            message=mark("{stretch} of the target, {stretch_share}, is stretch beyond the forecast.")
            if stretch >= 0
            else mark("The target lies below the forecast ({stretch}, {stretch_share})."),
            action=mark("Write down which actions carry the stretch, and who owns them.") if beyond else "",
            owner=SALES_DIRECTOR,
            due=due if beyond else None,
        )
    )
    if top["p_floor"] < EVEN_CHANCE:
        found.append(
            Finding(
                key="company_floor",
                status="act",
                details={"floor": top["floor"], "p_floor": top["p_floor"]},
                message=mark("Even the floor of {floor} has only a chance of {p_floor}."),
                action=mark("Set the floor to an amount that the forecast reaches with a chance of 80% or more."),
                owner=SALES_DIRECTOR,
                due=due,
            )
        )
    return found


def _stacking(plan: "TargetPlan") -> list[Finding]:
    stacking = stretch_stacking(plan.nodes)
    return [
        Finding(
            key="stretch_stacking",
            status="ok" if stacking.is_exact else "act",
            owner=SALES_DIRECTOR,
            details={"over_assignment": stacking.compounded},
            message=mark(
                "Sellers' targets exceed the company's by {over_assignment}:"
                " every manager hands down what was received."
            )
            if stacking.is_exact
            else mark(
                "Sellers' targets exceed the company's by {over_assignment}: managers add on top of what they received."
            ),
            action="" if stacking.is_exact else mark("Take the additions out, or show them as the company's stretch."),
        )
    ]


def _forecast_skill(plan: "TargetPlan") -> list[Finding]:
    backtest = getattr(plan.forecast, "backtest", None)
    if backtest is None or not len(backtest) or "skill" not in backtest:
        return [
            Finding(
                key="forecast_skill",
                status="unknown",
                owner=ANALYST,
                message=mark("The forecast could not be tested on past years; its intervals are a guess."),
            )
        ]
    table = backtest.reset_index() if "level" not in backtest.columns else backtest
    poor = table[table["skill"] < 0]
    details: dict[str, Any] = {
        "skill": float(table["skill"].iloc[0]),
        "levels": [str(v) for v in poor.get("level", [])],
    }
    if len(poor):
        return [
            Finding(
                key="forecast_skill",
                status="watch",
                details=details,
                owner=ANALYST,
                message=mark("At these levels the forecast was no better than repeating last year: {levels}."),
                action=mark("Trust the company's figure more than these levels, and widen their intervals."),
            )
        ]
    return [
        Finding(
            key="forecast_skill",
            status="ok",
            details=details,
            owner=ANALYST,
            message=mark("In the backtest the forecast beat repeating last year by {skill} at company level."),
        )
    ]


def _calibration(plan: "TargetPlan") -> list[Finding]:
    """Whether the intervals of the past held as often as they promised, and whether forecasts leaned one way."""
    record = plan.forecast.backtest
    if record is None or "coverage" not in record:  # too little history for a backtest
        return []
    promised = float(plan.forecast.coverage)
    found = []
    held = record["coverage"].min()
    if held < promised - SURE_BY:
        found.append(Finding(
            key="intervals_too_narrow", status="watch", owner=ANALYST,
            details={"coverage": float(held), "promised_share": promised},
            message=mark("In the backtest the intervals held only {coverage} of the time at their worst level instead of"
                         " {promised_share}; chances to attain are stated too surely."),
            action=mark("Read the chances as rough, and keep a reserve.")))
    leaning = plan.forecast.leaning()
    if len(leaning):
        found.append(Finding(
            key="forecast_bias", status="watch", owner=ANALYST,
            details={"bias_change": float(leaning["bias"].iloc[0]), "level_msgid": LEVEL_WORDS.get(
                str(leaning["level"].iloc[0]), str(leaning["level"].iloc[0]))},
            message=mark("In the backtest the forecasts were {bias_change} off on average at the level {level_msgid},"
                         " leaning one way."),
            action=mark("Check whether the years tested were unusual before trusting the level of the forecast.")))
    return found


def _growth_meaning(plan: "TargetPlan", claims: Mapping[str, Any]) -> list[Finding]:
    growth = float(np.asarray(plan.company["growth"])[list(plan.company.index).index("target")])
    if not np.isfinite(growth) or growth <= -1:
        return []
    details = {
        "growth": growth,
        "sum_month_growth": required_rate(growth, 12, basis="year_sum"),
        "quarter_growth": required_rate(growth, 4),
        "month_growth": required_rate(growth, 12),
        "quarter_trap_growth": growth / 4,
        "month_trap_growth": growth / 12,
    }
    found = [
        Finding(
            key="growth_meaning",
            status="ok",
            details=details,
            owner=ANALYST,
            message=mark(
                "{growth} on the year's total takes {sum_month_growth} a month, compounding from last year's mean;"
                " from one year's end to the next it would be {quarter_growth} a quarter or {month_growth} a month,"
                " never {quarter_trap_growth} and {month_trap_growth}."
            ),
        )
    ]
    basis, asked = getattr(plan.parameters, "growth_basis", "year_sum"), getattr(plan.parameters, "growth", growth)
    if basis == "run_rate" and getattr(plan.parameters, "target_by", "growth") == "growth":
        found.append(
            Finding(
                key="run_rate_growth",
                status="watch",
                details={"asked_growth": asked, "growth": growth},
                owner=ANALYST,
                message=mark("A run rate of {asked_growth} by the last month makes {growth} over the year's total."),
                action=mark("If the year's total is meant, set growth_basis to year_sum."),
            )
        )
    amount = float(plan.nodes["target"].iloc[0])
    return [*found, *check_growth_claims(annual=growth, annual_amount=amount, **claims)]


def _estimated_holidays(plan: "TargetPlan", due: dt.date) -> list[Finding]:
    months = getattr(plan, "months", None)
    if months is None or "is_estimated" not in months or not months["is_estimated"].any():
        return []
    guessed = months.index[months["is_estimated"]]
    return [
        Finding(
            key="estimated_holidays",
            status="watch",
            details={"n": len(guessed), "months": list(guessed[:1]) + list(guessed[-1:])},
            owner=ANALYST,
            due=due,
            message=mark("Public holidays of {n} months are not announced yet; their working days are estimated."),
            action=mark("Plan the months again when the arrangement is published; the year's targets stay."),
        )
    ]


def _capacity(gap: CapacityGap, due: dt.date) -> Finding:
    told = gap.summary()
    details: dict[str, Any] = {
        "target": gap.target,
        "expected_output": told["expected_output"],
        "p_short": gap.p_short,
        "n_hires": gap.hires_needed,
        "p_enough": gap.confidence,
        "n_most": len(gap.p_with_hires) - 1,
    }
    status: Status = "act" if gap.p_short > EVEN_CHANCE else "watch" if gap.p_short > 1 - gap.confidence else "ok"
    action = ""
    if status != "ok":
        action = mark("Hire {n_hires} more sellers early, which lifts the chance to {p_enough}, or lower the target.")
        if gap.hires_needed is None:
            action = mark("Even {n_most} further hires would not suffice: lower the target or raise output per seller.")
    return Finding(
        key="capacity_gap",
        status=status,
        details=details,
        action=action,
        owner=PEOPLE_PARTNER,
        due=due if action else None,
        message=mark(
            "With ramp, leave, attrition and vacancies the team can produce {expected_output}; the chance that"
            " this falls short of {target} is {p_short}. (The forecast holds past attrition; this counts the plan's own.)"
        ),
    )
