"""What a scoring rule does where no formula can: missing figures, targets that cannot be divided by, returns."""

from enum import IntEnum

from salesplan.text import mark


class Policy(IntEnum):
    """What was done about one figure of one person; 0 means that the formula alone decided."""

    NONE = 0
    NO_ACTUAL_LEFT_OUT = 1
    NO_ACTUAL_ZERO = 2
    NO_ACTUAL_PEERS = 3
    NO_PEERS_LEFT_OUT = 4
    NO_TARGET_LEFT_OUT = 5
    ZERO_TARGET_LEFT_OUT = 6
    ZERO_TARGET_FULL = 7
    ZERO_TARGET_MISSED = 8
    ZERO_BOTH_LEFT_OUT = 9
    NEGATIVE_TARGET_LEFT_OUT = 10
    RANGE_LEFT_OUT = 11
    ZERO_ACTUAL_CAP = 12
    ZERO_ACTUAL_LEFT_OUT = 13
    NEGATIVE_AS_IS = 14
    NEGATIVE_AS_ZERO = 15
    NEGATIVE_LEFT_OUT = 16


POLICY_TEXT: dict[Policy, str] = {
    Policy.NONE: "",
    Policy.NO_ACTUAL_LEFT_OUT: mark("No data: left out, its weight of {nominal_weight} goes to the other KPIs."),
    Policy.NO_ACTUAL_ZERO: mark("No data: 0 points by the rule."),
    Policy.NO_ACTUAL_PEERS: mark("No data: the median score of those with the same KPI set, {score}."),
    Policy.NO_PEERS_LEFT_OUT: mark(
        "No data for anybody with the same KPI set: left out, its weight of {nominal_weight} goes to the other KPIs."
    ),
    Policy.NO_TARGET_LEFT_OUT: mark("No target: left out, its weight of {nominal_weight} goes to the other KPIs."),
    Policy.ZERO_TARGET_LEFT_OUT: mark("Target 0: left out, its weight of {nominal_weight} goes to the other KPIs."),
    Policy.ZERO_TARGET_FULL: mark("Target 0 and reached: {score} points by the rule."),
    Policy.ZERO_TARGET_MISSED: mark("Target 0 and missed: {score} points by the rule."),
    Policy.ZERO_BOTH_LEFT_OUT: mark(
        "Target 0 and nothing done: left out, its weight of {nominal_weight} goes to the other KPIs."
    ),
    Policy.NEGATIVE_TARGET_LEFT_OUT: mark(
        "Negative target: left out, its weight of {nominal_weight} goes to the other KPIs."
    ),
    Policy.RANGE_LEFT_OUT: mark(
        "The target is no better than the least acceptable figure:"
        " left out, its weight of {nominal_weight} goes to the other KPIs."
    ),
    Policy.ZERO_ACTUAL_CAP: mark("An actual of 0 cannot be divided by: the cap of {cap_points} points counts."),
    Policy.ZERO_ACTUAL_LEFT_OUT: mark(
        "An actual of 0 cannot be divided by: left out, its weight of {nominal_weight} goes to the other KPIs."
    ),
    Policy.NEGATIVE_AS_IS: mark("Negative actual (returns or refunds): scored as it stands."),
    Policy.NEGATIVE_AS_ZERO: mark("Negative actual (returns or refunds): counted as 0."),
    Policy.NEGATIVE_LEFT_OUT: mark(
        "Negative actual (returns or refunds): left out, its weight of {nominal_weight} goes to the other KPIs."
    ),
}
"""What is said about each policy; ``nominal_weight``, ``score`` and ``cap_points`` come from the line."""

WEIGHT_RAISED = mark("Weight {weight} instead of {nominal_weight}: it carries part of the KPIs left out.")
"""Said on the lines that take over the weight of others."""
