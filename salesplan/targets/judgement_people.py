"""What a plan asks of people: chances, best years, rules, the number at target, fairness."""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from salesplan.findings import ANALYST, SALES_DIRECTOR, SALES_MANAGER, Finding
from salesplan.hierarchy import ALL_LINES
from salesplan.targets.attainment import QuotaCount, number_at_quota, number_at_quota_from_draws
from salesplan.targets.fairness import fairness_test
from salesplan.targets.scenarios import node_draws
from salesplan.targets.seller_arithmetic import binding_side
from salesplan.targets.smart import check_smart_nodes
from salesplan.text import mark

if TYPE_CHECKING:
    from salesplan.targets.plan import TargetPlan

NAMED = 5
"""At most so many units or sellers are named in one finding."""

MOST_DRAWS, FEWEST_DRAWS, CELLS_AT_ONCE = 2000, 200, 20_000_000
"""Draws in which sellers at target are counted: fewer for a very large team."""

DRAW_SEED = 0

MANY = 0.1
"""Above this share of units or sellers, unattainable targets call for action."""


def best_growth(history: pd.DataFrame) -> pd.Series:
    """Best growth ever of any twelve months over the twelve before, by unit.

    Parameters
    ----------
    history
        Monthly sales, index months, columns (unit_id, product_line) or unit_id.

    Returns
    -------
    Series by unit_id of fractions; missing with less than 24 months or nothing to grow from.

    Examples
    --------
    >>> months = pd.period_range("2024-01", periods=24, freq="M")
    >>> best_growth(pd.DataFrame({"a": [1.0] * 12 + [1.2] * 12}, index=months)).round(3).to_dict()
    {'a': 0.2}
    """
    by_unit = history.T.groupby(level=0).sum().T if isinstance(history.columns, pd.MultiIndex) else history
    year = by_unit.rolling(12).sum()
    before = year.shift(12)
    grown = (year / before.where(before > 0) - 1).max()
    return grown.rename("best_growth")


def review_chances(plan: "TargetPlan", *, band: tuple[float, float], due: dt.date) -> list[Finding]:
    """Units and sellers whose target is out of reach, or asks for nothing."""
    whole = plan.nodes[(plan.nodes["product_line"] == ALL_LINES) & plan.nodes["parent_id"].notna()]
    whole = whole[whole["forecast"] > 0]
    is_seller = whole["unit_id"].isin(plan.sellers.index)
    found: list[Finding] = []
    for key, rows, owner in (
        ("units", whole[~is_seller], SALES_DIRECTOR),
        ("sellers", whole[is_seller], SALES_MANAGER),
    ):
        cases = check_smart_nodes(rows, band=band)["case"]
        for case in ("too_hard", "too_easy"):
            hit = rows[cases == case]
            if not len(hit):
                continue
            many = len(hit) > MANY * len(rows)
            hard = case == "too_hard"
            found.append(
                Finding(
                    key=f"{key}_{case}",
                    status="act" if hard and many else "watch",
                    owner=owner,
                    due=due,
                    details={
                        "n": len(hit),
                        "n_all": len(rows),
                        "names": _names(hit.sort_values("p_target", ascending=hard)),
                        "p_limit": band[0] if hard else band[1],
                    },
                    message=_CHANCE_TEXT[key, case],
                    action=mark("Move part of the target to colleagues with room, or change what these are given.")
                    if hard
                    else mark("Give these more of the stretch."),
                )
            )
    return found


_CHANCE_TEXT = {
    ("units", "too_hard"): mark("{n} of {n_all} units have a chance below {p_limit}: {names}."),
    ("units", "too_easy"): mark("{n} of {n_all} units have a chance above {p_limit}: {names}."),
    ("sellers", "too_hard"): mark("{n} of {n_all} sellers have a chance below {p_limit}: {names}."),
    ("sellers", "too_easy"): mark("{n} of {n_all} sellers have a chance above {p_limit}: {names}."),
}


def review_sellers(plan: "TargetPlan", *, history: pd.DataFrame | None, due: dt.date) -> list[Finding]:
    """Sellers held by rules, asked for more than their best year, or forecast without own history."""
    found: list[Finding] = []
    sellers = plan.sellers
    ruled = sellers[(binding_side(plan) != "") & (sellers["target_fen"] > 0)]
    if len(ruled):
        many = len(ruled) > len(sellers) / 3
        found.append(
            Finding(
                key="held_by_rules",
                status="watch" if many else "ok",
                owner=ANALYST,
                details={"n": len(ruled), "n_all": len(sellers), "names": _names(ruled)},
                message=mark("Floors, caps or pins hold {n} of {n_all} sellers: {names}."),
                action=mark("Check whether the rules or the total should give way.") if many else "",
            )
        )
    if history is not None and len(sellers):
        best = best_growth(history).reindex(sellers.index)
        last = sellers["last_year"].where(sellers["last_year"] > 0)
        growth = sellers["target_fen"] / 100 / last - 1
        beyond = sellers.assign(excess=growth - best)[(growth > best).to_numpy()]
        if len(beyond):
            found.append(
                Finding(
                    key="beyond_best_year",
                    status="act" if len(beyond) > len(sellers) / 4 else "watch",
                    owner=SALES_MANAGER,
                    due=due,
                    details={
                        "n": len(beyond),
                        "n_all": int(best.notna().sum()),
                        "names": _names(beyond.sort_values("excess", ascending=False)),
                    },
                    message=mark(
                        "{n} of {n_all} sellers are asked to grow more than in their best twelve months ever: {names}."
                    ),
                    action=mark("Ask what will be different for them this year, or cap their growth."),
                )
            )
    methods = plan.forecast.annual.get("method")
    if methods is not None:
        rows = plan.nodes[(plan.nodes["product_line"] == ALL_LINES) & plan.nodes["unit_id"].isin(sellers.index)]
        short = rows[methods.reindex(rows.index).isin(["pooled", "cohort_ramp"]).to_numpy()]
        if len(short):
            found.append(
                Finding(
                    key="short_history",
                    status="watch",
                    owner=ANALYST,
                    details={"n": len(short), "names": _names(short)},
                    message=mark(
                        "The forecast of {n} sellers rests on colleagues' figures,"
                        " for want of their own history: {names}."
                    ),
                    action=mark("Let their managers check these targets by hand."),
                    due=due,
                )
            )
    return found


def review_quota_count(
    plan: "TargetPlan", *, usual: tuple[float, float], correlation: float | None
) -> list[Finding]:
    """How many sellers will make their target, beside the usual share.

    Sellers are lucky together as far as the forecast's own draws are; a ``correlation`` replaces that.
    """
    rows = plan.nodes[(plan.nodes["product_line"] == ALL_LINES) & plan.nodes["unit_id"].isin(plan.sellers.index)]
    chances = rows.loc[rows["target"] > 0, "p_target"].dropna().clip(0, 1)
    if len(chances) < 2:
        return []
    if correlation is None:
        size = int(min(MOST_DRAWS, max(FEWEST_DRAWS, CELLS_AT_ONCE // len(plan.forecast.hierarchy.bottom_ids))))
        years = node_draws(plan, list(chances.index), plan.forecast.draws(size, seed=DRAW_SEED))
        at_quota = number_at_quota_from_draws(years, rows.loc[chances.index, "target"].to_numpy(float))
    else:
        at_quota = number_at_quota(chances.to_numpy(), correlation=correlation)
    count = QuotaCount(chances=at_quota, usual=usual)
    told = count.summary()
    details = {
        "n": told["n"],
        "expected_share": told["at_quota_share"],
        "lower_share": told["at_quota_share_lower"],
        "upper_share": told["at_quota_share_upper"],
        "usual_lower": usual[0],
        "usual_upper": usual[1],
    }
    outside = told["at_quota_share_upper"] < usual[0] or told["at_quota_share_lower"] > usual[1]
    return [
        Finding(
            key="share_at_quota",
            status="watch" if outside else "ok",
            details=details,
            owner=SALES_DIRECTOR,
            message=mark(
                "About {expected_share} of {n} sellers will make their target ({lower_share} to {upper_share});"
                " many companies look for {usual_lower} to {usual_upper}, which is a habit and not a law."
            ),
            action=mark("Decide which share at target the company wants, and set the level by it.") if outside else "",
        )
    ]


def review_fairness(
    plan: "TargetPlan", *, potential: pd.Series | None, tenure_months: pd.Series | None
) -> list[Finding]:
    """Whether the target over the forecast depends on potential, last year's base or tenure."""
    sellers = plan.sellers
    carried = sellers.get("carried_forecast", sellers.get("forecast"))
    if carried is None or not len(sellers):
        return []
    frame = pd.DataFrame(
        {"burden": sellers["target_fen"] / 100 / carried.where(carried > 0), "last_year": sellers["last_year"]}
    )
    for name, value in (("potential", potential), ("tenure_months", tenure_months)):
        if value is not None and value.notna().any():
            frame[name] = value.reindex(sellers.index)
    return fairness_test(frame[frame["burden"] > 0], outcome="burden").findings()


def _names(rows: pd.DataFrame) -> Sequence[str]:
    names = [str(n) for n in rows["name"].iloc[:NAMED]]
    return [*names, "…"] if len(rows) > NAMED else names
