"""What the columns of scores and scorecards are called for people."""

from salesplan.text import mark

CAPTIONS: dict[str, str] = {
    "kpi": mark("KPI"),
    "set": mark("KPI set"),
    "raw_score": mark("Points before floor and cap"),
    "points": mark("Weighted points"),
    "nominal_weight": mark("Agreed weight"),
    "policy": mark("Special case"),
    "policies": mark("Special cases"),
    "case": mark("Number of the special case"),
    "evidence_rows": mark("Records behind it"),
    "function": mark("Scoring function"),
    "band": mark("Band"),
    "org_rank": mark("Rank in the unit"),
    "n_ranked": mark("People in the KPI set"),
    "n_bands": mark("Bands"),
    "company_rank": mark("Rank among comparable sets"),
    "n_comparable": mark("People in comparable sets"),
    "n_missing": mark("KPIs left out"),
    "mean_score": mark("Mean score"),
    "median_score": mark("Median score"),
    "lowest_score": mark("Lowest score"),
    "highest_score": mark("Highest score"),
    "n_without_score": mark("Without a score"),
}
"""Column -> marked caption; columns with ``_lower`` and ``_upper`` are named by their stem."""
