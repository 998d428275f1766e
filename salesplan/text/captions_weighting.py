"""What the columns of weighting tables are called for people."""

from salesplan.text import mark

CAPTIONS: dict[str, str] = {
    "measure": mark("Measure"),
    "measured_value": mark("Measured"),
    "limit_value": mark("Accepted at most"),
    # pairs and triads
    "kpi_a": mark("KPI A"),
    "kpi_b": mark("KPI B"),
    "kpi_c": mark("KPI C"),
    "ratio_factor": mark("A over B, judged"),
    "ab_factor": mark("A over B"),
    "bc_factor": mark("B over C"),
    "ac_factor": mark("A over C"),
    "implied_factor": mark("Implied by the others"),
    "inconsistency_value": mark("Inconsistency (0 to 1)"),
    # judges
    "judge": mark("Judge"),
    "judge_weight": mark("Weight of the judge"),
    "n_pairs": mark("Pairs judged"),
    "cr_value": mark("CR"),
    "gci_value": mark("GCI"),
    "is_consistent": mark("Consistent"),
    "distance_factor": mark("Differs from the group by a factor of"),
    "group_factor": mark("Group, A over B"),
    "spread_factor": mark("Spread between judges, factor"),
    "lowest_factor": mark("Lowest judgement"),
    "lowest_judge": mark("Judged lowest by"),
    "highest_factor": mark("Highest judgement"),
    "highest_judge": mark("Judged highest by"),
    "n_judges": mark("Judges"),
    "is_opposed": mark("Judges disagree on which matters more"),
    # best-worst
    "best_factor": mark("Best over it"),
    "worst_factor": mark("It over worst"),
    "priority": mark("Priority"),
}
"""Column name to caption (msgid)."""
