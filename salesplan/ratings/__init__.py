"""360° ratings 360°评价: severity taken out, agreement and reliability told, small groups hidden."""

from salesplan.ratings.agreement import (
    IntraclassCorrelation,
    KrippendorffAlpha,
    intraclass_correlation,
    krippendorff_alpha,
)
from salesplan.ratings.consistency import CronbachAlpha, cronbach_alpha
from salesplan.ratings.design import check_connected, rating_components
from salesplan.ratings.feedback import ratings_from_feedback
from salesplan.ratings.halo import HaloCheck, halo_check
from salesplan.ratings.omega import McdonaldOmega, mcdonald_omega
from salesplan.ratings.rating_score import RELATION_WEIGHTS, RatingExplanation, RatingScores, rating_scores
from salesplan.ratings.ratings_table import RELATION_NAMES, RELATIONS, check_ratings, ratings_matrix
from salesplan.ratings.severity import RaterSeverity, rater_severity
from salesplan.ratings.suppression import SuppressedRatings, differencing_risks, suppress_small_groups

__all__ = [
    "RELATIONS",
    "RELATION_NAMES",
    "RELATION_WEIGHTS",
    "CronbachAlpha",
    "HaloCheck",
    "IntraclassCorrelation",
    "KrippendorffAlpha",
    "McdonaldOmega",
    "RaterSeverity",
    "RatingExplanation",
    "RatingScores",
    "SuppressedRatings",
    "check_connected",
    "check_ratings",
    "cronbach_alpha",
    "differencing_risks",
    "halo_check",
    "intraclass_correlation",
    "krippendorff_alpha",
    "mcdonald_omega",
    "rater_severity",
    "rating_components",
    "rating_scores",
    "ratings_from_feedback",
    "ratings_matrix",
    "suppress_small_groups",
]
