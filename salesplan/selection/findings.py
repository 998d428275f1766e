"""What a buyer should know before believing a comparison of systems."""

from salesplan.findings import ANALYST, Finding, Status
from salesplan.selection.choice import SystemChoice
from salesplan.text import mark

CLEAR, FRAGILE = 0.7, 0.5


def review_choice(choice: SystemChoice) -> list[Finding]:
    """Findings about a decision: evidence, contradictions, must-haves, robustness, dominance.

    Examples
    --------
    >>> from salesplan.selection.choice import choose_system
    >>> from salesplan.selection.decision import articles_decision
    >>> [f.key for f in review_choice(choose_system(articles_decision(), n=500))]
    ['only_vendor_claims', 'claims_contradict', 'not_compared', 'dominates_all', 'overall_not_weighed', 'ties']
    """
    found = [*_evidence(choice), *_contradictions(choice), *_out(choice), *_first(choice)]
    overall = [n for n, c in choice.decision.criteria.items() if c.overall]
    if overall:
        found.append(Finding(
            key="overall_not_weighed", status="ok",
            message=mark("{n_scores} overall scores are shown but not weighed: they sum up the other criteria, which "
                         "would count twice."), details={"n_scores": len(overall)}))
    tied = choice.scores["saw_rank"].value_counts()
    if (tied > 1).any():
        names = choice.scores.index[choice.scores["saw_rank"] == tied[tied > 1].index[0]]
        found.append(Finding(
            key="ties", status="watch", message=mark("{names} have the same weighted total: these weights do not tell them apart."),
            details={"names": list(names)}, owner=ANALYST,
            action=mark("Add criteria on which they differ, from a trial of your own.")))
    return found


def _evidence(choice: SystemChoice) -> list[Finding]:
    if choice.only_claims:
        return [Finding(
            key="only_vendor_claims", status="unknown", owner=ANALYST,
            message=mark("Every score is a vendor's claim: the order below ranks claims and is no evidence for a system."),
            action=mark("Try the two or three systems that meet your must-haves with your own data, and enter what you saw."))]
    weak = choice.evidence["vendor_claim_share"]
    if (weak > FRAGILE).any():
        return [Finding(
            key="mostly_vendor_claims", status="watch", owner=ANALYST, details={"names": list(weak.index[weak > FRAGILE])},
            message=mark("More than half the weight of {names} rests on vendors' claims."),
            action=mark("Try what weighs most before deciding."))]
    return []


def _contradictions(choice: SystemChoice) -> list[Finding]:
    if choice.contradictions.empty:
        return []
    found = []
    for aside in (False, True):
        rows = choice.contradictions[choice.contradictions["is_set_aside"] == aside]
        said = [f"{row.system} {row.lowest_value:g} / {row.highest_value:g}" for row in rows.itertuples()]
        if not said:
            continue
        found.append(Finding(
            key="claims_set_aside" if aside else "claims_contradict", status="watch" if aside else "act", owner=ANALYST,
            details={"n_scores": len(said), "values": said},
            message=mark("Stronger evidence sets weaker aside on {n_scores} scores, and the two differ: {values}.") if aside else
            mark("Sources contradict one another on {n_scores} scores: {values}."),
            action=mark("Look why a trial or a claim says otherwise before relying on the stronger one.") if aside else
            mark("Treat these scores as unknown until one of them has been checked.")))
    return found


def _out(choice: SystemChoice) -> list[Finding]:
    found = []
    missed = choice.left_out[choice.left_out["cause"] == "gate"]
    if len(missed):
        said = [f"{row.system} ({row.reason})" for row in missed.itertuples()]
        found.append(Finding(key="gate_missed", status="act", details={"names": said},
                             message=mark("Out because a must-have is missing: {names}.")))
    unknown = choice.gates[choice.gates["met"].isna() & choice.gates["system"].isin(choice.matrix.index)]
    if len(unknown):
        said = [f"{row.system} ({row.gate})" for row in unknown.itertuples()]
        found.append(Finding(key="gate_unknown", status="unknown", owner=ANALYST, details={"names": said},
                             message=mark("Nobody knows whether these must-haves are met: {names}."),
                             action=mark("Ask the vendors in writing, and try it.")))
    absent = choice.left_out[choice.left_out["cause"] == "missing"]
    if len(absent):
        found.append(Finding(key="not_compared", status="unknown", details={"names": list(absent["system"])},
                             message=mark("Not compared, since a weighed criterion has no score: {names}.")))
    return found


def _first(choice: SystemChoice) -> list[Finding]:
    best = choice.scores.index[choice.scores["saw_rank"] == 1][0]
    beaten = set(choice.dominated.loc[choice.dominated["better"] == best, "worse"])
    if len(beaten) == len(choice.matrix) - 1:
        return [Finding(
            key="dominates_all", status="unknown" if choice.evidence["vendor_claim_share"].max() > 0 else "ok", details={"name": best},
            message=mark("{name} is at least as good on every criterion: no weighting can change the first place, so the "
                         "weights add nothing here. Either it is that good, or the scores come from one hand."))]
    share = float(choice.first.loc[best, "saw_first_share"])
    agree = all(choice.scores.loc[best, f"{m}_rank"] == 1 for m in ("saw", "topsis", "promethee", "vikor"))
    status: Status = "ok" if share >= CLEAR and agree else "watch"
    message = (
        mark("{name} is first under {first_share} of all weightings and scores the sources allow, and by all four methods.")
        if agree else
        mark("{name} is first under {first_share} of all weightings and scores the sources allow, but the four methods do "
             "not agree on the first place."))
    return [Finding(key="first_place", status=status, message=message, details={"name": best, "first_share": share},
                    action="" if status == "ok" else mark("Decide which criteria matter before looking at the order."))]
