"""What the columns of warnings, people off pace and adjustments are called for people."""

from salesplan.text import mark

CAPTIONS: dict[str, str] = {
    "limit": mark("Limit"),
    "is_signal": mark("Warning"),
    "is_trigger": mark("Beyond the band"),
    "month_noise_share": mark("Usual noise of a month"),
    "p_shock": mark("Chance of seeing a fall of 20%"),
    "cause_msgid": mark("Likely cause"),
    "strength_value": mark("Probability of the cause"),
    "p_luck": mark("Chance of this by luck"),
    "compared": mark("Compared with"),
    "is_off_pace": mark("Off pace"),
    "evidence_msgid": mark("Evidence"),
    "step_msgid": mark("Next step"),
    "visits_msgid": mark("Visits needed"),
    "now_value": mark("Now"),
    "contribution_change": mark("Effect on the result"),
    "se_value": mark("Standard error"),
    "old_fen": mark("Target so far"),
    "change_fen": mark("Change"),
    "is_ended": mark("Month has ended"),
    "choice_msgid": mark("Choice"),
    "total_fen": mark("Year's total"),
    "left_fen": mark("Asked of the months left"),
    "n_needed": mark("Needed"),
    "needed_value": mark("Needed, not rounded"),
    "centre_value": mark("Centre"),
    "lower_value": mark("Lower limit"),
    "upper_value": mark("Upper limit"),
    "moving_range": mark("Moving range"),
    "up_value": mark("Sum upwards"),
    "down_value": mark("Sum downwards"),
}
"""Column name to caption (msgid)."""
