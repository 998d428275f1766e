"""A diagnosis in sentences: each step's figure beside what is usual among peers, and what to do next."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from salesplan.coaching.cause_model import QUARTER
from salesplan.coaching.diagnosis_evidence import STATUS_WORDS
from salesplan.coaching.diagnosis_measures import MEASURE_WORDS
from salesplan.coaching.verdicts import VERDICT_WORDS
from salesplan.errors import InputError
from salesplan.text import mark, say
from salesplan.text.numbers import format_count, format_money, format_percent, format_probability, format_signed_percent

if TYPE_CHECKING:
    from salesplan.coaching.diagnosis import Diagnosis
    from salesplan.coaching.training_needs import TrainingNeeds

ROUNDED = {"effort": "change", "territory": "change"}
"""Measures that are told by how far they are from usual, because their own figure means little to a reader."""
MEASURE_NAMES = {**MEASURE_WORDS, "effort": mark("Effort (visits and the like)")}
"""What a step is called where its figure stands; a lack of effort is called otherwise."""
RESULT_OF = mark("{result} (a month's mean of the last {n_months} months)")
ATTAINMENT_OF = mark("{result} (of the last {n_months} months)")
STEP = mark("{measure}: {figure}; usual among {n_peers} peers {usual} ({status})")
STEP_CHANGE = mark("{measure}: {change} against {n_peers} peers ({status})")
STEP_RAMP = mark("{measure}: {figure} of full output; after these months {usual} is usual ({status})")
STEP_UNKNOWN = mark("{measure}: no figures")
ACCOUNTS = mark("What goes with it accounts for {shortfall_share} of the shortfall (probability {p_cause}).")
SECOND = mark("Also possible: {verdict}.")
NOT_LOW = mark("not below usual")
NOT_CLEARLY_LOW = mark("not clearly below usual")
ON_LEAVE = mark("On leave in {n_leave} of the months looked at: these are left out, figures are per month worked.")
LEAVE_TOO_LONG = mark("On leave in {n_leave} of the months looked at: too few were worked to judge results and effort.")
NO_DIAGNOSIS = mark("Too few people have results to say what holds anybody back.")


def diagnosis_of(needs: "TrainingNeeds") -> "Diagnosis | None":
    """The diagnosis of a month; nothing where too few people have results to compare anybody with."""
    try:
        return needs.diagnosis
    except InputError:
        return None


def said_verdict(verdict: str, language: str) -> str:
    """What a verdict is called.

    Examples
    --------
    >>> said_verdict("effort", "en")
    'Effort too low'
    """
    return say(VERDICT_WORDS[verdict], language) if verdict else ""


def said_measure(measure: str, value: Any, language: str, *, result_is_money: bool = False, currency: str = "CNY") -> str:
    """A step's figure: shares in percent, levels with one decimal, money only where results are money.

    Examples
    --------
    >>> said_measure("result", 0.78, "en"), said_measure("skill", 2.34, "en"), said_measure("leads", 12.0, "en")
    ('78%', '2.3', '12')
    """
    number = float(value)
    if measure == "result" and result_is_money:
        return format_money(number, language, currency=currency, with_unit=True)
    if measure in ("result", "ramp", "conversion"):
        return format_percent(number, language, 0)
    digits = 1 if measure in ("knowledge", "skill") or (abs(number) < 10 and number != round(number)) else 0
    return format_count(number, language, digits)


def evidence_sentences(
    diagnosis: "Diagnosis", seller_id: str, language: str, *, result_is_money: bool = False, shows_money: bool = True,
    currency: str = "CNY", months: int = 0,
) -> list[str]:
    """The steps of one person as sentences, in the order in which they are looked at.

    Parameters
    ----------
    result_is_money
        Whether results are sales; otherwise they are attainment.
    shows_money
        Whether the reader may see money; if not, results are told by their distance to usual.
    months
        Months the result is of; not told by default.

    Raises
    ------
    InputError
        The person was not diagnosed.
    """
    steps = diagnosis.explain(seller_id)
    found = []
    if away := int(diagnosis.leave_months.get(seller_id, 0)):
        judged = bool(diagnosis.people["result_value"].notna()[seller_id])
        found.append(say(ON_LEAVE if judged else LEAVE_TOO_LONG, language, n_leave=format_count(away, language)))
    for row in steps.to_dict("records"):
        measure = str(row["measure"])
        words = {"measure": say(MEASURE_NAMES[measure], language), "status": say(_status_word(row), language)}
        if measure == "result" and months:
            words["measure"] = say(RESULT_OF if result_is_money else ATTAINMENT_OF, language, result=words["measure"], n_months=months)
        if pd.isna(row["figure_value"]) or pd.isna(row["usual_value"]) or row["status"] == "unknown":
            found.append(say(STEP_UNKNOWN, language, measure=words["measure"]))
            continue
        n_peers = format_count(float(row["n_peers"]), language)
        money = measure == "result" and result_is_money
        if (measure in ROUNDED or (money and not shows_money)) and not pd.isna(row["deviation_change"]):
            change = format_signed_percent(float(row["deviation_change"]), language, 0)
            found.append(say(STEP_CHANGE, language, **words, change=change, n_peers=n_peers))
            continue
        figure, usual = (said_measure(measure, row[c], language, result_is_money=money, currency=currency)
                         for c in ("figure_value", "usual_value"))
        if measure == "ramp":
            found.append(say(STEP_RAMP, language, **words, figure=figure, usual=usual))
        else:
            found.append(say(STEP, language, **words, figure=figure, usual=usual, n_peers=n_peers))
    person: Mapping[Any, Any] = diagnosis.people.loc[seller_id].to_dict()
    if person["verdict"] not in ("healthy", "cannot_tell", "ramp") and not pd.isna(person["shortfall_share"]):
        found.append(say(ACCOUNTS, language, shortfall_share=format_percent(float(person["shortfall_share"]), language, 0),
                         p_cause=format_probability(float(person["probability"]), language)))
    if person["second"]:
        found.append(say(SECOND, language, verdict=said_verdict(str(person["second"]), language)))
    return found


def _status_word(row: Mapping[Any, Any]) -> str:
    """What an outcome is called; a figure outside the middle half of peers is not said to be as usual."""
    status, z = str(row["status"]), row["z_value"]
    if status == "usual" and not pd.isna(z) and abs(z) > QUARTER:
        return NOT_LOW if z > 0 else NOT_CLEARLY_LOW
    return STATUS_WORDS[status]
