"""The next course's waiting list on a page: how many begin when, how alike the waves are, what they can show."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from salesplan.coaching.next_roll_out import LEAST_DRAWN, WANTED
from salesplan.reporting.coaching_names import CoachingNames
from salesplan.reporting.page_parts import joined, notes_once, sentence
from salesplan.reporting.show import Fragment, show_table
from salesplan.reporting.show_effect import said_kpi
from salesplan.text import mark, say
from salesplan.text.numbers import format_count, format_month, format_percent

if TYPE_CHECKING:
    from salesplan.coaching.next_roll_out import NextRollOut

NONE_DRAWN = mark("No course of the plan has {n} people or more: too few for a waiting list.")
DRAWN = mark("{course}: who begins and who waits was drawn by lot inside teams and tiers (seed {seed}); the names stand in the"
             " training plan (XLSX).")  # fmt: skip
REACH = mark("Judged by {kpi}, these people show an effect of {smallest_share} or more four times out of five.")
WOULD_NEED = mark("To see one of {wanted_share}, each wave needs {n_people} people.")
NEVER = mark("To see one of {wanted_share} takes more people than can be trained: judge by a figure that varies less.")
WAVES = mark("Waves of the next course")
ALIKE = mark("How alike the waves are")


def show_roll_out(
    following: "NextRollOut | None", names: CoachingNames, *, kpi_names: Mapping[str, Any] | None = None,
    currency: str = "CNY",
) -> Fragment:
    """Waves with their months and sizes, what they could show, and whether the lot made them alike.

    Parameters
    ----------
    following
        From `next_roll_out`; nothing where no course has enough people.
    kpi_names
        KPI code -> name in both languages.
    """
    language = names.language
    if following is None:
        return sentence(say(NONE_DRAWN, language, n=LEAST_DRAWN))
    drawn = following.drawn
    parts = [sentence(say(DRAWN, language, course=names.course(following.course), seed=str(drawn.seed)))]
    if np.isfinite(following.smallest_share):
        words = say(REACH, language, kpi=said_kpi(following.kpi, kpi_names, language),
                    smallest_share=format_percent(following.smallest_share, language, 0))
        wanted = format_percent(WANTED, language, 0)
        more = (say(WOULD_NEED, language, wanted_share=wanted, n_people=format_count(following.n_wanted, language))
                if np.isfinite(following.n_wanted) else say(NEVER, language, wanted_share=wanted))  # fmt: skip
        parts.append(sentence(words + ("" if language == "zh" else " ") + more))
    waves = drawn.summary()
    table = pd.DataFrame({"wave": waves["wave"].astype(float),
                          "start_month": [format_month(month, language) for month in waves["start_month"]],
                          "n_participants": waves["n"].astype(float), "n_teams": waves["n_teams"].astype(float)})
    parts.append(show_table(table, language, title=WAVES, kinds={"wave": "count", "start_month": "text"}))
    alike = drawn.balance
    tiers = alike[alike["column"].str.startswith("tier ")]
    if len(tiers):
        shares = pd.DataFrame({"tier": tiers["column"].str.removeprefix("tier "), "wave_1": tiers["wave_1"],
                               "wave_2": tiers["wave_2"]}).reset_index(drop=True)
        parts.append(show_table(shares, language, title=ALIKE, kinds={"tier": "text", "wave_1": "percent", "wave_2": "percent"}))
    notes = [note for note in drawn.notes if "column_name" not in note["details"]]
    return joined(*parts, notes_once([*following.notes, *notes], language, currency=currency))
