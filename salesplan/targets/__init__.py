"""Target setting 目标设定与分解: from order history to targets for every unit, seller, line, month and week."""

from salesplan.findings import Finding
from salesplan.targets.overview import unit_sales, yearly_sales
from salesplan.targets.parameters import TargetParameters
from salesplan.targets.plan import TargetPlan
from salesplan.targets.planning import PlanYear, forecast_year, plan_targets, year_to_plan
from salesplan.targets.reviewing import check_plan_smart, plan_capacity_gap, review_targets
from salesplan.targets.setting import set_targets
from salesplan.targets.stacking import stretch_stacking
from salesplan.targets.timetable import planning_timetable

__all__ = [
    "Finding",
    "PlanYear",
    "TargetParameters",
    "TargetPlan",
    "check_plan_smart",
    "forecast_year",
    "plan_capacity_gap",
    "plan_targets",
    "planning_timetable",
    "review_targets",
    "set_targets",
    "stretch_stacking",
    "unit_sales",
    "year_to_plan",
    "yearly_sales",
]
