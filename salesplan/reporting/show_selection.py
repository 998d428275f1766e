"""A choice between systems on a page: claims with their grade, contradictions, ranks, first places, costs."""

import hashlib
from typing import TYPE_CHECKING

import pandas as pd

from salesplan.reporting.provenance import Provenance
from salesplan.reporting.show import Fragment, show_table
from salesplan.selection.claims import GRADES
from salesplan.text import mark, say

if TYPE_CHECKING:
    from salesplan.selection import Decision, SelectionParameters, SystemChoice


NO_GATES = mark("Must-haves: not stated. State each under must_haves in the decision file: its name, and under met yes (true) or"
                " no (false) for each system; what misses one is out.")
NO_COSTS = mark("Costs: not stated, and articles seldom name any. Ask for written offers and enter them under costs in the decision"
                " file: system, item, low, likely, high, and per once, year or user_year; users and years make the range.")


def show_claims(decision: "Decision", language: str) -> Fragment:
    """Every score as it was given: by whom, and what kind of evidence it is."""
    frame = _named(decision.claims_frame(), decision, language)
    return show_table(frame, language, kinds={"value": "number"}, max_rows=len(frame))


def show_contradictions(choice: "SystemChoice", language: str) -> Fragment:
    """Scores on which the sources contradict one another."""
    if choice.contradictions.empty:
        return _sentence(mark("The sources do not contradict one another."), language)
    frame = _named(choice.contradictions, choice.decision, language)
    kinds = dict.fromkeys(("lowest_value", "highest_value", "difference_value"), "number")
    return show_table(frame[["system", "criterion", *kinds, "sources"]], language, kinds=kinds)


def show_ranks(choice: "SystemChoice", language: str) -> Fragment:
    """Ranks by four methods, how often each system is first, and on what evidence its score rests."""
    return show_table(choice.to_frame(), language)


def show_gates(choice: "SystemChoice", language: str) -> Fragment:
    """Must-haves by system, and who is left out for what reason."""
    unstated = [_sentence(NO_GATES, language)] if choice.gates.empty else []
    words = {True: say("Yes", language), False: say("No", language)}
    gates = choice.gates.assign(met=[words.get(m, say("Not known", language)) for m in choice.gates["met"]])
    gates["evidence"] = [say(GRADES[g], language) if g else "" for g in gates["evidence"]]
    names = choice.decision.names(language)
    left = choice.left_out.assign(
        reason=[", ".join(names.get(part, part) for part in r.split(", ")) for r in choice.left_out["reason"]],
        cause=[say(mark("Must-have missed") if c == "gate" else mark("No score"), language) for c in choice.left_out["cause"]],
    ).rename(columns={"cause": "why"})
    parts = [*unstated, *(show_table(f, language) for f in (gates.drop(columns="passes"), left) if len(f))]
    return Fragment(html="".join(p.html for p in parts), plain="\n".join(p.plain for p in parts))


def show_costs(choice: "SystemChoice", language: str, *, currency: str = "CNY") -> Fragment:
    """Lowest, likely and highest cost over the decision's years."""
    if choice.costs.empty:
        return _sentence(NO_COSTS, language)
    frame = choice.costs.assign(evidence=[say(GRADES[g], language) for g in choice.costs["evidence"]])
    return show_table(frame, language, currency=currency)


def selection_provenance(decision: "Decision", parameters: "SelectionParameters", *, language: str) -> Provenance:
    """Which decision a page is about, with a fingerprint of everything entered for it."""
    content = decision.model_dump_json().encode()
    return Provenance(source=decision.title.get(language) or parameters.decision_file, period="", language=language,
                      fingerprint=hashlib.sha256(content).hexdigest()[:12],
                      parameters=parameters.model_dump(mode="json", exclude={"workspace"}))


def _named(frame: pd.DataFrame, decision: "Decision", language: str) -> pd.DataFrame:
    named = frame.assign(criterion=frame["criterion"].map(decision.names(language)))
    if "evidence" in named:
        named["evidence"] = [say(GRADES[g], language) for g in named["evidence"]]
    return named


def _sentence(msgid: str, language: str) -> Fragment:
    words = say(msgid, language)
    return Fragment(html=f"<p>{words}</p>", plain=words)
