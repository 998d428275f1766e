"""Whether the way of working left its usual range, on a page and as a sheet's frame."""

from typing import TYPE_CHECKING

import pandas as pd

from salesplan.reporting.page_parts import joined, notes_once
from salesplan.reporting.review_names import ReviewNames
from salesplan.reporting.show import Fragment, show_table
from salesplan.review.work_charts import MEASURES, VERDICTS
from salesplan.text import mark, say
from salesplan.text.numbers import format_count, format_money, format_percent

if TYPE_CHECKING:
    from salesplan.review.work_charts import WorkCharts

TITLE = mark("Is the way of working as usual")


def show_work(found: "WorkCharts", names: ReviewNames, *, currency: str = "CNY") -> Fragment:
    """Visits a day, win rate, orders a visit and order size of the month beside their usual range.

    Parameters
    ----------
    found
        From `work_charts`; nothing is shown where no figure has a year of months.
    """
    if found.table.empty:
        return Fragment(html="", plain="")
    language = names.language
    table = show_table(work_frame(found, language, currency=currency), language, title=TITLE,
                       kinds=dict.fromkeys(("measure", "now_value", "usual_figure", "usual_range", "said"), "text"), stacked=True)
    return joined(table, notes_once(found.notes, language))


def work_frame(found: "WorkCharts", language: str, *, currency: str = "CNY") -> pd.DataFrame:
    """The figures in words: ``measure, now_value, usual_figure, usual_range, said``."""
    def told(measure: str, value: float) -> str:
        if measure == "amount_per_order":
            return format_money(value, language, currency=currency)
        return format_percent(value, language) if measure == "win_rate" else format_count(value, language, 2)

    return pd.DataFrame([
        {"measure": say(MEASURES[row["measure"]], language), "now_value": told(row["measure"], row["value"]),
         "usual_figure": told(row["measure"], row["centre_value"]),
         "usual_range": f"{told(row['measure'], max(row['lower_value'], 0.0))}–{told(row['measure'], row['upper_value'])}",
         "said": say(VERDICTS[row["verdict"]], language)}
        for row in found.table.to_dict("records")
    ], columns=["measure", "now_value", "usual_figure", "usual_range", "said"])  # fmt: skip
