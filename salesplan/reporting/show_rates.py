"""Pace, required run-rate and shape of the month, on a page."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from salesplan.reporting.page_parts import joined, sentence
from salesplan.reporting.review_names import ReviewNames
from salesplan.reporting.review_table import review_table
from salesplan.reporting.show import Fragment, show_table
from salesplan.text import mark, say
from salesplan.text.numbers import format_percent
from salesplan.text.wording import say_value

if TYPE_CHECKING:
    from salesplan.review.linearity import Linearity
    from salesplan.review.pace import ReviewPace
    from salesplan.review.run_rate import RunRate

RATES = mark("What each working day left must bring")
PACE = mark(
    "On day {n_elapsed} of {n_days} working days {share} of the month's sales are usually in; the month stands at {pace} of what"
    " its target asks for by now."
)  # fmt: skip
BEYOND = mark("More than the best stretch of as many working days ever brought: it has never been done.")
WITHIN = mark("{share} of past stretches of as many working days reached it.")
OVER = {
    "quarter": (mark("No working day is left before the quarter's end: the target was missed."),
                mark("No working day is left before the quarter's end: the target was reached.")),
    "year": (mark("No working day is left before the year's end: the target was missed."),
             mark("No working day is left before the year's end: the target was reached.")),
}
"""Said of a period that is over: missed, reached."""
THIRDS = mark("How the month ran, third by third")


def show_rates(
    pace: "ReviewPace", quarter: "RunRate", year: "RunRate", shape: "Linearity", names: ReviewNames, *, unit_id: str,
    currency: str = "CNY",
) -> Fragment:
    """Pace of a month under way, what the days left must bring against the best ever, and how the month ran.

    Parameters
    ----------
    pace
        Pace of the month.
    quarter, year
        Required run-rates to the end of both.
    shape
        How the month ran against the unit's own past months.
    unit_id
        The unit the page is about.
    """
    return joined(_pace(pace, names.language, unit_id), _rates({"quarter": quarter, "year": year}, names.language, unit_id, currency),
                  _shape(shape, names.language, unit_id))


def _pace(pace: "ReviewPace", language: str, unit_id: str) -> Fragment:
    row = pace.table.set_index("unit_id").loc[unit_id]
    if row["working_days_elapsed"] >= row["working_days_total"] or pd.isna(row["pace_ratio"]):
        return Fragment(html="", plain="")
    return sentence(say(PACE, language, n_elapsed=int(row["working_days_elapsed"]), n_days=int(row["working_days_total"]),
                        share=format_percent(row["share_expected"], language), pace=format_percent(row["pace_ratio"], language)))


def _rates(rates: "dict[str, RunRate]", language: str, unit_id: str, currency: str) -> Fragment:
    ends = {"quarter": say("The quarter's end", language), "year": say("The year's end", language)}
    rows: list[dict[str, Any]] = []
    for period, rate in rates.items():
        row = rate.table.set_index("unit_id").loc[unit_id]
        if pd.isna(row["target"]):
            continue
        left = rate.working_days_left
        rows.append({
            "until": ends[period], "working_days": left, "required_per_day": row["required_per_day"] if left else float("nan"),
            "usual_per_day_amount": row["usual_per_day"], "last_year_per_day_amount": row["last_year_per_day"],
            "best_per_day_amount": row["best_per_day"],
            "said": say(OVER[period][int(row["actual"] >= row["target"])], language) if not left
            else say_value("said", like, language, currency=currency) if (like := rate.beyond_words(unit_id))
            else say(BEYOND, language) if row["is_beyond_best"]
            else say(WITHIN, language, share=format_percent(row["reached_share"], language, 0)) if pd.notna(row["reached_share"]) else "",
        })  # fmt: skip
    if not rows:
        return Fragment(html="", plain="")
    return review_table(pd.DataFrame(rows), language, title=RATES, currency=currency, kinds={"until": "text", "said": "text"})


def _shape(shape: "Linearity", language: str, unit_id: str) -> Fragment:
    row: Any = shape.table.set_index("unit_id").loc[unit_id]
    parts = {"first_third": say("First third", language), "second_third": say("Second third", language),
             "last_third": say("Last third", language), "last_days": say("Last 3 working days", language)}  # fmt: skip
    rows = [
        {"part_of_month": name, "share": row[f"{part}_share"], "usual_share": row[f"{part}_usual_share"],
         "interval": f"{format_percent(row[f'{part}_lower_share'], language)}–{format_percent(row[f'{part}_upper_share'], language)}",
         "is_unusual": bool(row[f"{part}_is_unusual"])}
        for part, name in parts.items() if pd.notna(row[f"{part}_share"])
    ]  # fmt: skip
    if not rows:
        return Fragment(html="", plain="")
    return show_table(pd.DataFrame(rows), language, title=THIRDS, kinds={"part_of_month": "text", "interval": "text"})
