"""A bridge on a page: the waterfall, then every part with its amount, its share and how far luck could carry it."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from salesplan.reporting.page_parts import joined, notes_once, pictured, sentence
from salesplan.reporting.review_names import ReviewNames
from salesplan.reporting.review_table import review_table
from salesplan.reporting.show import Fragment
from salesplan.text import mark, say

if TYPE_CHECKING:
    from salesplan.review.bridge import Bridge

TITLES = {"target": mark("From target to actual"), "last_year": mark("From last year to this year")}
SUMS = mark("The parts add up to the difference to the last cent, here and at every unit below.")
LUCK, INTERVAL = mark("Can be luck"), mark("Interval")


def show_bridge(found: "Bridge", names: ReviewNames, *, unit_id: str, currency: str = "CNY") -> Fragment:
    """The parts of the change as a waterfall and as a table; parts that are zero are left out.

    Parameters
    ----------
    found
        From `bridge_target` or `bridge_last_year`.
    unit_id
        The unit the page is about.
    """
    from salesplan.plots.review_bridge import plot_bridge

    language = names.language
    picture = plot_bridge(found, language, unit_id=unit_id, currency=currency)
    steps = found.steps(unit_id)
    steps = steps[steps["amount"].ne(0)]
    table = pd.DataFrame({
        "part": [say(msgid, language) for msgid in steps["bar_msgid"]], "amount": steps["amount"], "share": steps["share"],
        "lower": steps["lower"], "upper": steps["upper"],
        "remark": np.where(steps["can_be_luck"], say(LUCK, language), ""),
    })  # fmt: skip
    interval = say(INTERVAL, language)
    if steps["lower"].isna().all():
        table, interval = table.drop(columns=["lower", "upper", "remark"]), ""
    kinds = {name: "text" for name in ("part", "remark") if name in table}
    return joined(
        pictured(picture),
        review_table(table, language, title=TITLES[found.kind], currency=currency, kinds=kinds, interval=interval),
        sentence(say(SUMS, language)), notes_once(found.notes, language, currency=currency))
