"""Words for what holds a seller back: the cause, the evidence, and the next step."""

from salesplan.text import mark

STEP_NAMES: dict[str, str] = {
    "absence": mark("days present"), "activity": mark("visits per day"), "pipeline": mark("opportunities a visit"),
    "conversion": mark("conversion"), "deal_size": mark("amount an order"),
}  # fmt: skip
"""The steps within a sentence."""
CAUSES: dict[str, str] = {
    "absence": mark("Fewer days present"),
    "activity": mark("Too few visits"),
    "pipeline": mark("Too few opportunities"),
    "conversion": mark("Conversion has fallen"),
    "deal_size": mark("Deals are smaller"),
    "territory": mark("Territory holds less than the target asks"),
    "ramp": mark("New, on the ramp"),
    "cannot_tell": mark("The cause cannot be told"),
}
EVIDENCE: dict[str, str] = {
    "absence": mark("{now_value} days present a month instead of {usual_value} ({change})."),
    "activity": mark("{now_value} visits a working day instead of {usual_value} ({change})."),
    "pipeline": mark("{now_value} opportunities a visit instead of {usual_value} ({change})."),
    "conversion": mark("{now_value} orders an opportunity (or visit, where opportunities are not recorded) instead of"
                       " {usual_value} ({change})."),
    "deal_size": mark("{now_value} an order instead of {usual_value} ({change})."),
    "territory": mark("Customers hold {change} against what is usual for a target of this size."),
    "ramp": mark("Newcomers of this tenure reach {ramp_share} of full output; a result this low comes about by chance with {p_luck}"
                 " there."),
}
WHY_NOT: dict[str, str] = {
    "luck": mark("With usual figures a result this low comes about by chance with {p_luck}: too little evidence for a cause."),
    "thin": mark("No cause reaches the certainty asked for; the likeliest has {p_cause}."),
    "several": mark("Several steps are down at once; none stands out."),
    "usual": mark("{steps} are about as usual: either the target asks for more than usual figures bring, or it is chance ({p_luck})."),
    "usual_part": mark("{steps} are about as usual; what else a result is made of is not recorded, so it cannot be told."),
    "loose_visits": mark("{steps} are about as usual; orders hardly follow visits here, so visits cannot tell why there were few."),
    "below_ramp": mark("New, but clearly below the ramp: {attainment} of target where newcomers of this tenure reach {ramp_share} of full"
                       " output; no single step stands out."),
    "unrecorded": mark("Neither visits nor orders are recorded, so steps cannot be told apart."),
}
NEXT_STEPS: dict[str, str] = {
    "absence": mark("Arrange cover for the customers and agree on what the absence means for the target."),
    "activity": mark("Go through the diary together: agree on a number of visits a week and on what to drop for it; where visits stay low,"
                     " train for it or move accounts."),
    "pipeline": mark("Look at whom the visits go to: agree on a list of customers with new needs to be visited first."),
    "conversion": mark("Go along on two visits and read the last lost deals together before thinking of training."),
    "deal_size": mark("Look at discounts and products of the last orders: what was left out that similar customers buy?"),
    "territory": mark("Compare accounts with colleagues and move some, or set the target by what the territory holds."),
    "ramp": mark("No action on the result: keep the mentor and compare with the ramp next month."),
    "cannot_tell": mark("Talk with the seller and look again next month; do not act on one cause."),
}
