"""What the columns of a choice between systems are called."""

from salesplan.text import mark

CAPTIONS: dict[str, str] = {
    "system": mark("System"),
    "criterion": mark("Criterion"),
    "evidence": mark("Evidence"),
    "sources": mark("Sources and what they say"),
    "lowest_value": mark("Lowest"),
    "highest_value": mark("Highest"),
    "difference_value": mark("Difference"),
    "n_sources": mark("Number of sources"),
    "saw_rank": mark("Rank, SAW"),
    "topsis_rank": mark("Rank, TOPSIS"),
    "promethee_rank": mark("Rank, PROMETHEE II"),
    "vikor_rank": mark("Rank, VIKOR"),
    "saw_first_share": mark("First under weightings (SAW)"),
    "mc_error_share": mark("Error of the draw"),
    "measured_share": mark("Weight measured"),
    "tried_share": mark("Weight tried"),
    "vendor_claim_share": mark("Weight on vendor claims"),
    "gate": mark("Must-have"),
    "met": mark("Met"),
}
