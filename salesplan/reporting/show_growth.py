"""How long people stay, how fast newcomers get going, and what the middle is worth, on a page."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from salesplan.coaching.growth_path import OTHER_WAY, SEPARATES
from salesplan.coaching.middle_sixty import NEWCOMERS_IN, SEGMENT_WORDS
from salesplan.coaching.ramp_curve import NINE_TENTHS
from salesplan.coaching.small_groups import SHOWN
from salesplan.reporting.coaching_names import CoachingNames
from salesplan.reporting.diagnosis_words import MEASURE_NAMES, said_measure
from salesplan.reporting.page_parts import interval_column, interval_text, joined, notes_once, sentence, told_status
from salesplan.reporting.show import Fragment, show_table
from salesplan.text import mark, say
from salesplan.text.numbers import MISSING, format_count, format_signed_percent

if TYPE_CHECKING:
    from salesplan.coaching.growth_path import GrowthPath
    from salesplan.coaching.middle_sixty import MiddleSixty
    from salesplan.coaching.ramp_curve import RampCurve
    from salesplan.coaching.retention import Retention

NO_RETENTION = mark("Too few people were ever employed to tell how long they stay.")
STAYED = mark("How long people stay, by group")
SOONER = mark("Who leaves sooner, against the group with most leavers")
READ_AT = mark(
    "Months are counted from the day people joined. Stayed is the share of those there in the first month named who are still"
    " there in the last one named; who leaves earlier or later is in the yearly rate alone."
)
NO_RAMP = mark("Too few newcomers have figures for a ramp.")
RAMP = mark("How newcomers get going, by group")
TWO_HEIGHTS = mark(
    "Nine tenths of settled sellers is what the findings speak of; newcomers' own height may lie below or above it, and they"
    " reach nine tenths of that sooner or later."
)
NO_SALES = mark("What the middle is worth cannot be told to readers who see no sales.")
NO_MIDDLE = mark("Too few sellers with sales to speak of a top and a middle.")
DIVISOR = mark(
    "Only sellers who were there in each of the last twelve months count, a month without sales as 0. A fifth of them need"
    " not be whole people; sales per seller are sales divided by the number in the table."
)
SEGMENTS = mark("Sales and gain by segment of sellers")
STEPS = mark("What separates each segment from the next")
NO_STEP = mark("Nothing that was measured separates a segment from the next beyond chance.")
STEP = mark("{lower} to {upper}")
LOGRANK = mark("That chance alone makes the groups differ this much: p = {p_value} (log-rank test).")


def show_retention(found: "Retention | None", names: CoachingNames) -> Fragment:
    """Leavers, yearly rate and share retained of each group that is large enough, and ratios between groups.

    Parameters
    ----------
    found
        From `retention`; nothing where too few people are on record.
    """
    language = names.language
    if found is None:
        return sentence(say(NO_RETENTION, language))
    called = _group_names(found, names)
    order = names.by_tier(found.table, "group") if found.by == "tier" else found.table
    table = pd.DataFrame({
        "group_name": [called(g) for g in order["group"]], "n_people": order["n"].astype(float), "n_left": order["n_left"].astype(float),
        "person_years": order["person_years"], "leaving_rate": order["leaving_rate"],
        "interval": interval_column(order, "leaving_rate", "percent", language), "from_month": order["from_month"].astype(float),
        "to_month": order["from_month"].astype(float) + found.horizon,
        "retained_share": order["retained_share"],
        "retained_interval": interval_column(order, "retained_share", "percent", language),
        "median_months": order["median_months"], "told_status": [told_status(str(s), language) for s in order["status"]],
    })  # fmt: skip
    table = table.drop(columns=[c for c, gone in (
        ("median_months", table["median_months"].isna().all()), ("retained_share", table["retained_share"].isna().all()),
        ("retained_interval", table["retained_share"].isna().all()), ("told_status", (table["told_status"] == "").all()),
        ("from_month", table["retained_share"].isna().all()), ("to_month", table["retained_share"].isna().all())) if gone])
    if "to_month" in table:
        table["to_month"] = table["to_month"].where(table["retained_share"].notna())
    kinds = {"group_name": "text", "interval": "text", "person_years": "points"}
    kinds |= {c: k for c, k in (("retained_interval", "text"), ("median_months", "points"), ("from_month", "count"),
                                  ("to_month", "count")) if c in table}
    parts = [show_table(table, language, title=STAYED, kinds=kinds)]
    if "to_month" in table:
        parts.append(sentence(say(READ_AT, language)))
    ratios = found.ratios[found.ratios["status"] == SHOWN]
    if len(ratios):
        shown = pd.DataFrame({
            "group_name": [called(g) for g in ratios["group"]], "against": [called(g) for g in ratios["against"]],
            "hazard_factor": ratios["hazard_ratio"].astype(float).round(2).to_numpy(),
            "interval": interval_column(ratios, "hazard_ratio", "level", language), "p_value": ratios["p_value"].to_numpy(float),
        })  # fmt: skip
        kinds = {"group_name": "text", "against": "text", "hazard_factor": "number", "interval": "text"}
        parts.append(show_table(shown, language, title=SOONER, kinds=kinds))
    if np.isfinite(found.p_value):
        parts.append(sentence(say(LOGRANK, language, p_value=_p(found.p_value, language))))
    return joined(*parts, notes_once(found.notes, language))


def show_ramp(found: "RampCurve | None", names: CoachingNames) -> Fragment:
    """How high newcomers get and after how many months, by group, and whether the data reach that far.

    Parameters
    ----------
    found
        From `ramp_curve`; nothing where too few newcomers have figures.
    """
    language = names.language
    if found is None:
        return sentence(say(NO_RAMP, language))
    rows = found.table
    settled = found.months_to(NINE_TENTHS).set_index("group").reindex(rows["group"]).reset_index()
    table = pd.DataFrame({
        "group_name": [say(str(g), language) for g in rows["group"]], "n_newcomers": rows["n"].astype(float),
        "n_months_seen": rows["last_month"].astype(float), "plateau_share": rows["plateau"].astype(float),
        "plateau_interval": interval_column(rows, "plateau", "percent", language),
        "settled_months": settled["months"].astype(float).to_numpy(),
        "settled_interval": interval_column(settled, "months", "months", language),
        "t90_months": rows["t90"].astype(float), "interval": interval_column(rows, "t90", "months", language),
        "beyond_data": [MISSING if pd.isna(t) else say("Yes" if beyond else "No", language)
                        for t, beyond in zip(rows["t90"], rows["is_beyond_data"], strict=True)],
        "told_status": [told_status(str(s), language) for s in rows["status"]],
    })  # fmt: skip
    if (table["told_status"] == "").all():
        table = table.drop(columns="told_status")
    kinds = {"group_name": "text", "settled_months": "points", "settled_interval": "text", "t90_months": "points",
             "plateau_interval": "text", "interval": "text", "beyond_data": "text"}
    return joined(show_table(table, language, title=RAMP, kinds=kinds), sentence(say(TWO_HEIGHTS, language)),
                  notes_once(found.notes, language))


def show_middle(
    found: "MiddleSixty | None", names: CoachingNames, *, path: "GrowthPath | None" = None,
    measure_names: Mapping[str, str] | None = None, shows_money: bool = True, currency: str = "CNY", top: int = 8,
) -> Fragment:
    """What the same rise brings in each segment, from the company's own sales, and what separates a segment from the next.

    Parameters
    ----------
    found
        From `middle_sixty`; nothing where too few people sell.
    path
        From `growth_path`.
    measure_names
        Names of the path's measures; those of a diagnosis and skills have theirs.
    shows_money
        Whether the reader may see sales; shares alone otherwise.
    top
        Differences of each step.
    """
    language = names.language
    if found is None:
        return sentence(say(NO_MIDDLE if shows_money else NO_SALES, language))
    table = pd.DataFrame({"seller_segment": [say(SEGMENT_WORDS[str(s)], language) for s in found.table["segment"]],
                          "n_people": found.table["n"]})
    if shows_money:
        table["sales_amount"], table["mean_amount"] = found.table["amount"], found.table["mean_amount"]
    table["sales_share"] = found.table["sales_share"]
    table["interval"] = interval_column(found.table, "sales_share", "percent", language)
    table["gain_share"] = found.uplift * found.table["sales_share"]
    if shows_money:
        table["gain_amount"] = found.table["gain_amount"]
    parts = [show_table(table, language, title=SEGMENTS, currency=currency,
                        kinds={"seller_segment": "text", "interval": "text", "n_people": "points"})]
    if path is not None:
        clear = path.table[path.table["verdict"].isin([SEPARATES, OTHER_WAY])]
        clear = clear.groupby(["from_segment", "to_segment"], sort=False).head(top)
        if clear.empty:
            parts.append(sentence(say(NO_STEP, language)))
        else:
            parts.append(show_table(_steps(clear, names, dict(measure_names or {})), language, title=STEPS,
                                    kinds=dict.fromkeys(_STEP_COLUMNS, "text")))
    if shows_money:
        parts.append(sentence(say(DIVISOR, language)))
    told = [note for note in found.notes if note["msgid"] != NEWCOMERS_IN]  # only who was there all the year counts
    notes = [*told, *(path.notes if path is not None else ())]
    return joined(*parts, notes_once(notes, language, currency=currency))


_STEP_COLUMNS = ("step_between", "measure_name", "lower_figure", "upper_figure", "difference_text", "interval", "told_verdict")


def _steps(clear: pd.DataFrame, names: CoachingNames, called: Mapping[str, str]) -> pd.DataFrame:
    """Differences in words: levels as levels, everything else as a change, because its unit differs from row to row."""
    language = names.language
    words = {s: say(word, language) for s, word in SEGMENT_WORDS.items()}
    rows = []
    for r in clear.to_dict("records"):
        measure, low = str(r["measure"]), float(r["from_value"])
        is_level = measure in ("knowledge", "skill") or measure not in MEASURE_NAMES or low <= 0
        scale = 1.0 if is_level else low
        kind: Literal["level", "change"] = "level" if is_level else "change"
        lower, upper = (float(r[f"difference_value_{end}"]) / scale for end in ("lower", "upper"))
        difference = float(r["difference_value"]) / scale
        figures = [MISSING if measure == "territory" else said_measure(measure, r[c], language) for c in ("from_value", "to_value")]
        rows.append({
            "step_between": say(STEP, language, lower=words.get(r["from_segment"], r["from_segment"]),
                                upper=words.get(r["to_segment"], r["to_segment"])),
            "measure_name": called.get(measure) or (say(MEASURE_NAMES[measure], language) if measure in MEASURE_NAMES
                                                    else names.skill(measure)),
            "lower_figure": figures[0], "upper_figure": figures[1],
            "difference_text": format_count(difference, language, 2) if is_level else format_signed_percent(difference, language),
            "interval": interval_text(lower, upper, kind, language), "told_verdict": say(str(r["verdict"]), language),
        })  # fmt: skip
    return pd.DataFrame(rows, columns=list(_STEP_COLUMNS))


def _p(p_value: float, language: str) -> str:
    """A p-value that is never shown as nought."""
    return "<0.001" if p_value < 0.001 else format_count(p_value, language, 3)


def _group_names(found: "Retention", names: CoachingNames) -> Callable[[object], str]:
    """Name of a group: a unit, a tier, or one of the words for groups put together."""
    units = names.units if found.by in ("org_id", "team") else {}
    return lambda group: units.get(str(group)) or say(str(group), names.language)
