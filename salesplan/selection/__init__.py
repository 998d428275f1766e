"""Choosing a sales system 选型: must-haves, evidence, four methods, and how far the answer can be relied on."""

from salesplan.selection.choice import SystemChoice, choose_system
from salesplan.selection.decision import Decision, articles_decision
from salesplan.selection.findings import review_choice
from salesplan.selection.methods import promethee_flows, saw_scores, topsis_scores, vikor_scores
from salesplan.selection.parameters import SelectionParameters

__all__ = [
    "Decision",
    "SelectionParameters",
    "SystemChoice",
    "articles_decision",
    "choose_system",
    "promethee_flows",
    "review_choice",
    "saw_scores",
    "topsis_scores",
    "vikor_scores",
]
