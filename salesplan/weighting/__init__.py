"""KPI weighting 指标赋权: from judgements, ranks and data to weights that add up to 1."""

from salesplan.weighting.ahp import AhpWeights, ahp_weights
from salesplan.weighting.ahp_group import GroupAhpWeights, group_ahp_weights
from salesplan.weighting.ahp_scores import ahp_scores
from salesplan.weighting.best_worst import BestWorstWeights, best_worst_weights
from salesplan.weighting.direct import direct_weights, rank_order_weights, split_result_process
from salesplan.weighting.pairwise import PairwiseComparison, pairwise_from
from salesplan.weighting.weights import Weights, round_weights

__all__ = [
    "AhpWeights",
    "BestWorstWeights",
    "GroupAhpWeights",
    "PairwiseComparison",
    "Weights",
    "ahp_scores",
    "ahp_weights",
    "best_worst_weights",
    "direct_weights",
    "group_ahp_weights",
    "pairwise_from",
    "rank_order_weights",
    "round_weights",
    "split_result_process",
]
