"""What the columns of measured weights, relative importance and robustness are called for people."""

from salesplan.text import mark

CAPTIONS: dict[str, str] = {
    # weights from data
    "entropy": mark("Entropy"),
    "spread_value": mark("Spread"),
    "conflict_value": mark("Conflict with the others"),
    "information_value": mark("Spread × conflict"),
    "communality_share": mark("In common with the others"),
    "component_1_value": mark("Loading, component 1"),
    "component_2_value": mark("Loading, component 2"),
    "component_3_value": mark("Loading, component 3"),
    # relative importance
    "outcome": mark("Explained result"),
    "explained_share": mark("Share of the result explained"),
    "noise_share": mark("Explained by noise, on average"),
    "first_share": mark("Explained alone"),
    "last_share": mark("Added to all others"),
    "beta_value": mark("Standardised coefficient"),
    "betasq_value": mark("Squared coefficient"),
    "pratt_value": mark("Pratt's product"),
    "car_share": mark("CAR score, squared"),
    "correlation_value": mark("Correlation"),
    "inflation_factor": mark("Variance inflation"),
    "r2_share": mark("R²"),
    "r2_adjusted_share": mark("R², adjusted"),
    "n_resamples": mark("Resamples"),
    "sampling_error_value": mark("Sampling error, at most"),
    "n_others": mark("Other KPIs already in"),
    # robustness
    "alternative": mark("Alternative"),
    "p_first": mark("First under this share of weightings"),
    "p_first_error": mark("Error of that share"),
    "mean_rank_value": mark("Mean rank"),
    "n_draws": mark("Weightings drawn"),
    "central_weight": mark("Typical weight when first"),
    "mean_weight": mark("Mean weight of all weightings"),
    "challenger_below": mark("First below the range"),
    "challenger_above": mark("First above the range"),
    "ranking_weight": mark("Weight that keeps the whole ranking"),
    "weight_change": mark("Change of weight"),
    "changed_weight": mark("Weight after"),
    "n_moved": mark("Ranks changed"),
    "n_places": mark("Largest move, places"),
    "first_keeps": mark("First place kept"),
}
"""Column name to caption (msgid)."""
