"""A bridge on a page: the waterfall, then every part with its amount, its share and how far luck could carry it."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from salesplan.reporting.page_parts import joined, notes_once, pictured, sentence
from salesplan.reporting.review_names import ReviewNames
from salesplan.reporting.show import Fragment, show_table
from salesplan.reporting.show_outlook import money_interval
from salesplan.text import mark, say

if TYPE_CHECKING:
    from salesplan.review.bridge import Bridge

TITLES = {"target": mark("From target to actual"), "last_year": mark("From last year to this year")}
SUMS = mark("The parts add up to the difference to the last cent, here and at every unit below.")
LUCK = mark("Can be luck")


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
        "interval": money_interval(steps, language, currency=currency),
        "remark": np.where(steps["can_be_luck"], say(LUCK, language), ""),
    })  # fmt: skip
    if steps["lower"].isna().all():
        table = table.drop(columns=["interval", "remark"])
    kinds = dict.fromkeys(("part", "interval", "remark"), "text")
    return joined(
        pictured(picture),
        show_table(table, language, title=TITLES[found.kind], currency=currency, kinds=kinds),
        sentence(say(SUMS, language)), notes_once(found.notes, language, currency=currency))
