"""KPIs and scorecards 指标体系与考核: a library, sets with exact weights, scoring rules, scores that explain themselves."""

from salesplan.kpis.band_lengths import expected_bands
from salesplan.kpis.default_scheme import default_scheme
from salesplan.kpis.grading import grade_people
from salesplan.kpis.kpi_sets import AppliesTo, KpiSet, SchemeItem
from salesplan.kpis.library import Kpi, KpiLibrary, Measure, load_library
from salesplan.kpis.parameters import KpiParameters
from salesplan.kpis.people_ratings import rate_people
from salesplan.kpis.period_scores import score_period
from salesplan.kpis.reviewing import kpi_quality, review_kpis
from salesplan.kpis.scheme import KpiScheme
from salesplan.kpis.scorecard import Scorecard
from salesplan.kpis.scoring_rules import ScoringRule
from salesplan.kpis.target_rules import TargetRule, resolve_targets
from salesplan.kpis.weighing import Weighing, weigh_kpis

__all__ = [
    "AppliesTo",
    "Kpi",
    "KpiLibrary",
    "KpiParameters",
    "KpiScheme",
    "KpiSet",
    "Measure",
    "SchemeItem",
    "Scorecard",
    "ScoringRule",
    "TargetRule",
    "Weighing",
    "default_scheme",
    "expected_bands",
    "grade_people",
    "kpi_quality",
    "load_library",
    "rate_people",
    "resolve_targets",
    "review_kpis",
    "score_period",
    "weigh_kpis",
]
