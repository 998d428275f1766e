"""What the columns of the bridges are called."""

from salesplan.text import mark

CAPTIONS: dict[str, str] = {
    "bar_msgid": mark("Part"),
    "can_be_luck": mark("May be luck"),
    "start_fen": mark("Start, exact"),
    "end_fen": mark("End, exact"),
    "by_visits": mark("Visits known"),
    "own_months": mark("Months of one's own"),
    "pace_needed_value": mark("Needed a day"),
    "pace_usual_value": mark("Usual a day"),
    "pace_done_value": mark("Done a day"),
    "days_needed": mark("Working days of the month"),
    "days_done": mark("Days at work"),
    "conversion_usual_value": mark("Usual orders a visit"),
    "conversion_done_value": mark("Orders a visit"),
    "deal_size_usual_amount": mark("Usual deal size"),
    "deal_size_done_amount": mark("Deal size"),
    "kept_usual_share": mark("Usually kept after returns"),
    "kept_done_share": mark("Kept after returns"),
    "timing_amount": mark("Deals moved in time"),
}
