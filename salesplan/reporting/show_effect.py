"""Whether a training worked, on a page: the verdict, the estimates beside the misleading ones, what could have been seen."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from salesplan.coaching.results import ATTAINMENT
from salesplan.coaching.training_effect import DRIFT, VERDICTS
from salesplan.reporting.page_parts import interval_text, joined, notes_once, sentence
from salesplan.reporting.show import Fragment, show_table
from salesplan.text import mark, say
from salesplan.text.wording import say_details

if TYPE_CHECKING:
    from salesplan.coaching.course_effects import CourseEffect
    from salesplan.coaching.power import PowerTable
    from salesplan.reporting.coaching_names import CoachingNames

NO_COURSE = mark("No course has people trained long enough ago and people to compare them with.")
JUDGED = mark("{course}: {verdict}")
MEASURED = mark("{design}. Measured by {kpi}, {before} months before and {after} months after the month of the course.")
ESTIMATES = mark("The effect, estimated in four ways")
PARTS = mark("Where the gain of the trained comes from, as a share of their figure before the course")
WHOLE_GAIN = mark("Gain of the trained in all")
SEEN = mark("What could be seen with how many people")


def show_effect(
    judged: "CourseEffect | None", language: str, *, kpi_names: Mapping[str, Any] | None = None,
    power: "PowerTable | None" = None, names: "CoachingNames | None" = None,
) -> Fragment:
    """The verdict in a sentence, then the estimates, where the gain comes from, and what these data could show at all.

    Parameters
    ----------
    judged
        From `judge_course`; nothing where no course can be judged.
    kpi_names
        KPI code -> name in both languages; the code stands for itself otherwise.
    power
        From `power_table`: what could be seen with more people.
    names
        What courses are called in this language; the name in the training records otherwise.
    """
    if judged is None or judged.effect is None:
        known = [] if judged is None else [notes_once(judged.material.notes, language)]
        return joined(sentence(say(NO_COURSE, language)), *known, *_power(power, language))
    effect, material = judged.effect, judged.material
    course = judged.name if names is None else names.courses.get(judged.course, judged.name)
    parts = [sentence(say(JUDGED, language, course=course, verdict=say(VERDICTS[effect.verdict], language)), strong=True),
             sentence(say_details(effect.message, effect.details, language)),
             sentence(say(MEASURED, language, design=say(material.design_msgid, language), kpi=said_kpi(judged.kpi, kpi_names, language),
                          before=material.months_before, after=material.months_after))]
    is_share = effect.expected > 0
    table = pd.DataFrame({"method": [say(str(m), language) for m in effect.table["method_msgid"]]})
    effects = effect.table[["effect", "effect_lower", "effect_upper"]].astype(float)
    if is_share:
        effects = effects.map(effect.share)
    table["effect_change" if is_share else "effect_value"] = effects["effect"]
    table["interval"] = [interval_text(low, high, "change" if is_share else "level", language)
                         for low, high in zip(effects["effect_lower"], effects["effect_upper"], strict=True)]
    table["p_value"] = effect.table["p_value"].astype(float)
    table["counts"] = effect.table["counts"].astype(bool)
    parts.append(show_table(table, language, title=ESTIMATES, kinds={"method": "text", "interval": "text"}))
    notes = [*effect.notes, *material.notes]
    if is_share and np.isfinite(effect.gain) and effect.mean_trained > effect.gain:
        notes = [note for note in notes if note["msgid"] != DRIFT]  # the table below tells it in shares
        gain = effect.parts()
        before = effect.mean_trained - effect.gain
        shares = pd.DataFrame({"part": [*(say(str(m), language) for m in gain["part_msgid"]), say(WHOLE_GAIN, language)],
                               "part_change": [*(gain["effect"].astype(float) / before), effect.gain / before]})
        parts.append(show_table(shares, language, title=PARTS, kinds={"part": "text"}))
    return joined(*parts, *_power(power, language), notes_once(notes, language))


def said_kpi(kpi: str, kpi_names: Mapping[str, Any] | None, language: str) -> str:
    """Name of a KPI; attainment has one of its own.

    Examples
    --------
    >>> said_kpi("visits", {"visits": {"zh": "拜访量", "en": "Visits"}}, "zh"), said_kpi("win", None, "en")
    ('拜访量', 'win')
    """
    named = dict(kpi_names or {}).get(kpi)
    if named is None:
        return say(mark("Attainment"), language) if kpi == ATTAINMENT else kpi
    return str(named[language] if isinstance(named, Mapping) else named.said(language))


def _power(power: "PowerTable | None", language: str) -> list[Fragment]:
    if power is None:
        return []
    frame = power.to_frame()
    known = frame["smallest_effect_share"].notna().any()
    wide = frame.pivot_table(index=["n_trained", "n_comparison"], columns="method",
                             values="smallest_effect_share" if known else "smallest_effect").reset_index()
    methods = {m: say(word, language) for m, word in METHOD_WORDS.items() if m in wide}
    table = wide.rename(columns=methods)[["n_trained", "n_comparison", *methods.values()]]
    kinds = dict.fromkeys(methods.values(), "percent" if known else "number")
    return [show_table(table, language, title=SEEN, kinds=kinds), notes_once(power.notes, language)]


METHOD_WORDS = {"ancova": mark("ANCOVA"), "did": mark("Difference in differences"), "post_only": mark("Afterwards only")}
