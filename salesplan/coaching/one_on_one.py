"""Agenda of the next talk between manager and person: one figure, what came of last time, the cause, three questions."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from salesplan.coaching.focus_metric import LOWER_IS_BETTER, FocusMetric, MonthlyFigures, focus_metric, monthly_figures
from salesplan.coaching.verdicts import VERDICT_WORDS
from salesplan.errors import InputError, known_choices
from salesplan.text import mark

FOCUS: dict[str, str] = {
    "money": mark("{kpi}: {figure_money} a month over {n_months} months; the best quarter of {n_peers} peers in {tier} reaches"
                  " {p75_money}."),
    "percent": mark("{kpi}: {figure_share} over {n_months} months; the best quarter of {n_peers} peers in {tier} reaches"
                    " {p75_share}."),
    "plain": mark("{kpi}: {figure_value} over {n_months} months; the best quarter of {n_peers} peers in {tier} reaches"
                  " {p75_value}."),
}  # fmt: skip
PROGRESS: dict[str, str] = {
    "money": mark("{kpi}: {before_money} in the earlier half of these months, {recent_money} in the later."),
    "percent": mark("{kpi}: {before_share} in the earlier half of these months, {recent_share} in the later."),
    "plain": mark("{kpi}: {before_value} in the earlier half of these months, {recent_value} in the later."),
}
NO_FOCUS = mark("No figure is below what the best quarter of the tier reaches; talk about what can be passed on to others.")
NO_FIGURES = mark("No figure can be compared: too few months, or too few peers in the tier.")
GOAL_DONE = mark("Goal reached: {skill} at {target_value}.")
COURSE_DONE = mark("Course completed on {completed_date}: {course}.")
COURSE_MISSED = mark("Course booked and not attended: {course}.")
LEVEL_UP = mark("{skill}: rated {change_value} levels higher than in the round before, by the same sources.")
LEVEL_DOWN = mark("{skill}: rated {change_value} levels lower than in the round before, by the same sources.")

ASK_FOCUS = mark("{kpi}: walk me through your last three cases. What went well, and where did it get stuck?")
ASK_STRENGTH = mark("{kpi} is among your best: what do you do there that colleagues could take over?")
ASK_RESULT = mark("Which customer or deal of the last month taught you most, and why?")
ASK_CAUSE: dict[str, str] = {
    "skill": mark("Which part of a customer talk is hardest for you, and may I come along next time to see it?"),
    "knowledge": mark("Which customer question could you not answer lately, and where did you look?"),
    "effort": mark("What fills your week instead of customers, and what of it could others or nobody do?"),
    "territory": mark("Which of your accounts still hold business, and what would you give away or take on?"),
    "ramp": mark("What do you still need, from whom, to work on your own?"),
    "healthy": mark("What would you like to be able to do in a year that you cannot do today?"),
    "cannot_tell": mark("What do you think holds results back that no figure of ours shows?"),
}
"""What to ask under each verdict; open, so that the person can show that the figures are wrong."""
ASK_OVERDUE = mark("{skill}: the goal was due on {due_date}. What stands in its way, and does it still fit?")
ASK_GOAL = mark("{skill}: what have you tried since we set the goal, and what will you try next?")
ASK_GAP = mark("{skill}: how do you see your own level, and what would show that it is enough?")
ASK_HELP = mark("What should I do differently so that you get further?")

STEP_GOAL = mark("Agree on one goal with a date: {skill} at {target_value}.")
STEP_KEEP = mark("Agree on what is looked at next time, and write it down.")
NOT_A_VERDICT = mark("Figures open the talk; they do not close it. A P75 of the tier knows nothing of territory or tenure.")
CHANCE = mark("Each half is a few months only: a change between them may be chance.")
SMALL_CHANGE = 0.3
"""Levels below which a change between two rounds is not told: about the error of a rating."""
MOST_CHANGES = 3
SINCE_MONTHS = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class OneOnOne:
    """The agenda; sentences are ``{"msgid", "details"}``.

    Attributes
    ----------
    focus
        Row of `FocusMetric` that is furthest below the tier's P75; nothing where none is.
    focus_message
        The sentence on it.
    progress
        Sentences on what changed since last time.
    goals
        Open ones: goal_id, skill, target_level, level (now), due_date, is_overdue, note.
    verdict
        Code of the diagnosis; empty for people who do not sell.
    evidence
        Steps of the diagnosis (`Diagnosis.explain`).
    questions
        Three sentences.
    next_step
        One sentence.
    """

    seller_id: str
    tier: str
    focus: dict[str, Any] | None
    focus_message: dict[str, Any]
    metrics: FocusMetric
    progress: tuple[dict[str, Any], ...]
    goals: pd.DataFrame
    verdict: str
    evidence: pd.DataFrame
    questions: tuple[dict[str, Any], ...]
    next_step: dict[str, Any]
    notes: tuple[dict[str, Any], ...] = ()

    def __post_init__(self) -> None:
        for name in ("goals", "evidence"):
            object.__setattr__(self, name, getattr(self, name).copy())
        for name in ("progress", "questions", "notes"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if len(self.questions) != 3:
            raise InputError(f"questions == {len(self.questions)}, must be three", where=f"talk with {self.seller_id}")

    @property
    def verdict_msgid(self) -> str:
        """What the verdict is called; empty without one."""
        return VERDICT_WORDS[self.verdict] if self.verdict else ""

    def to_frame(self) -> pd.DataFrame:
        """The agenda in order: part, msgid, details."""
        rows = [("focus", self.focus_message), *(("progress", p) for p in self.progress),
                *(("question", q) for q in self.questions), ("next_step", self.next_step)]  # fmt: skip
        return pd.DataFrame([{"part": part, **said} for part, said in rows])

    def summary(self) -> pd.DataFrame:
        """All KPIs compared, furthest behind first."""
        return self.metrics.to_frame()


def one_on_one(
    seller_id: str,
    needs: Any,
    *,
    units: Mapping[str, str] | None = None,
    lower_is_better: Collection[str] = LOWER_IS_BETTER,
    figures: MonthlyFigures | None = None,
) -> OneOnOne:
    """Prepare a manager's talk with one person.

    Parameters
    ----------
    seller_id
        Whom the reader may see.
    needs
        `TrainingNeeds`, or anything with its data, parameters, gaps, levels, diagnosis and kpi_names.
    units
        KPI -> money, percent, count, …: how its figure is said. Without, money is told by the data and shares by their range.
    lower_is_better
        KPIs of which less is better.
    figures
        `talk_figures` of the same needs, made once where many talks are prepared.

    Raises
    ------
    InputError
        Nobody the reader may see.

    Notes
    -----
    The focus is the KPI furthest below the P75 of the tier, in the spread of the tier (`focus_metric`). The questions are
    one on it, one on the cause the diagnosis names, one on the oldest open goal or the largest gap. They are open: the figures may
    be wrong, and the person knows more than they do.
    """
    data, parameters = needs.data, needs.parameters
    if seller_id not in set(data.shown):
        raise InputError(f"seller_id == {seller_id!r}, must be a person whom the reader may see",
                         fix=known_choices(seller_id, list(map(str, data.shown))) if len(data.shown) < 50 else "")
    metrics = focus_metric(talk_figures(needs) if figures is None else figures, seller_id, minimum=parameters.min_group,
                           lower_is_better=lower_is_better)
    words = {s: {"zh": zh, "en": en} for s, zh, en in
             zip(data.skills["skill"], data.skills["name"], data.skills["name_en"], strict=True)}  # fmt: skip
    told = _Words(needs=needs, units=units or {}, skills=words)
    gaps = needs.gaps.persons
    own = gaps[gaps["seller_id"] == seller_id]
    goals = _open_goals(data, seller_id, own)
    verdict, evidence, step = _cause(needs, seller_id)
    focus = metrics.focus
    progress = [*_change(metrics, focus, told), *_since(needs, seller_id, told)]
    notes = [{"msgid": NOT_A_VERDICT, "details": {}}]
    if focus is not None and np.isfinite(focus["before_value"]) and np.isfinite(focus["recent_value"]):
        notes.append({"msgid": CHANCE, "details": {}})
    return OneOnOne(
        seller_id=seller_id, tier=metrics.tier, focus=focus, focus_message=_focus(metrics, focus, told), metrics=metrics,
        progress=tuple(progress), goals=goals, verdict=verdict, evidence=evidence,
        questions=_questions(metrics, focus, verdict, goals, own, told),
        next_step={"msgid": step, "details": {}} if step else _first_goal(own, told), notes=tuple(notes))  # fmt: skip


def talk_figures(needs: Any) -> MonthlyFigures:
    """Everybody's figures of the months looked at: hand them to each of many `one_on_one` calls."""
    return monthly_figures(needs.data.history, needs.data.people, months=needs.parameters.result_months)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Words:
    """What KPIs and skills are called, and how their figures are said."""

    needs: Any
    units: Mapping[str, str]
    skills: Mapping[str, Any]

    def kpi(self, kpi: Any) -> Any:
        """Its name in both languages; the code where it has none."""
        name = self.needs.kpi_names.get(kpi, kpi)
        return name if isinstance(name, str | Mapping) else {"zh": name.zh, "en": name.en}

    def skill(self, skill: Any) -> Any:
        return self.skills.get(skill, skill)

    def unit(self, row: Mapping[str, Any]) -> str:
        """money, percent or plain. Of readers who see no money, sums are multiples of the usual: plain."""
        kpi, data = row["kpi"], self.needs.data
        unit = self.units.get(kpi, "money" if (kpi, "actual") in data.money else "")
        if unit == "money":
            return "money" if data.shows_money else "plain"
        if unit:
            return "percent" if unit == "percent" else "plain"
        rows = data.history[data.history["kpi"] == kpi]
        is_share = rows["denominator"].notna().any() and rows["actual"].dropna().between(-1, 1).all()
        return "percent" if is_share else "plain"

    def figures(self, row: Mapping[str, Any], **names: str) -> dict[str, Any]:
        """Details under the names that say them in the KPI's unit."""
        unit = self.unit(row)
        ending = {"money": "_money", "percent": "_share", "plain": "_value"}[unit]
        values = {f"{name}{ending}": float(row[column]) for name, column in names.items()}
        if unit == "plain":
            return {name: {"number": value, "digits": 1} for name, value in values.items()}
        return dict(values)


def _focus(metrics: FocusMetric, focus: dict[str, Any] | None, told: _Words) -> dict[str, Any]:
    if focus is None:
        return {"msgid": NO_FIGURES if metrics.table.empty else NO_FOCUS, "details": {}}
    details = {"kpi": told.kpi(focus["kpi"]), "n_months": metrics.n_months, "n_peers": int(focus["n_peers"]), "tier": metrics.tier,
               **told.figures(focus, figure="figure_value", p75="p75_value")}  # fmt: skip
    return {"msgid": FOCUS[told.unit(focus)], "details": details}


def _change(metrics: FocusMetric, focus: dict[str, Any] | None, told: _Words) -> list[dict[str, Any]]:
    """How the focus figure moved."""
    if focus is None or not (np.isfinite(focus["before_value"]) and np.isfinite(focus["recent_value"])):
        return []
    details = {"kpi": told.kpi(focus["kpi"]), **told.figures(focus, before="before_value", recent="recent_value")}
    return [{"msgid": PROGRESS[told.unit(focus)], "details": details}]


def _since(needs: Any, seller_id: str, told: _Words) -> list[dict[str, Any]]:
    """Goals reached, courses, and levels that moved in the last months."""
    data, found = needs.data, []
    since = data.period_end - pd.DateOffset(months=SINCE_MONTHS)
    goals = data.goals[(data.goals["seller_id"] == seller_id) & data.goals["status"].eq("done")]
    done = goals[pd.to_datetime(goals["due_date"]).between(since, data.period_end)]
    found += [{"msgid": GOAL_DONE, "details": {"skill": told.skill(r["skill"]), "target_value": _tenths(r["target_level"])}}
              for r in done.to_dict("records")]  # fmt: skip
    training = data.training[data.training["seller_id"] == seller_id]
    finished = training[training["status"].eq("done") & pd.to_datetime(training["completed_date"]).between(since, data.period_end)]
    found += [{"msgid": COURSE_DONE, "details": {"course": _course(r), "completed_date": pd.Timestamp(r["completed_date"])}}
              for r in finished.sort_values("completed_date").to_dict("records")]  # fmt: skip
    missed = training[training["status"].eq("absent") & pd.to_datetime(training["started_date"]).between(since, data.period_end)]
    found += [{"msgid": COURSE_MISSED, "details": {"course": _course(r)}} for r in missed.to_dict("records")]
    return [*found, *_levels(needs, seller_id, told)]


def _levels(needs: Any, seller_id: str, told: _Words) -> list[dict[str, Any]]:
    if len(needs.levels.rounds) < 2:
        return []
    change = needs.levels.change()
    own = change[(change["seller_id"] == seller_id) & change["change_level"].abs().ge(SMALL_CHANGE)]
    own = own.reindex(own["change_level"].abs().sort_values(ascending=False, kind="stable").index).head(MOST_CHANGES)
    return [{"msgid": LEVEL_UP if r["change_level"] > 0 else LEVEL_DOWN,
             "details": {"skill": told.skill(r["skill"]), "change_value": _tenths(abs(r["change_level"]))}}
            for r in own.to_dict("records")]  # fmt: skip


def _open_goals(data: Any, seller_id: str, own: pd.DataFrame) -> pd.DataFrame:
    goals = data.goals[(data.goals["seller_id"] == seller_id) & data.goals["status"].eq("open")]
    table = goals[["goal_id", "skill", "target_level", "due_date", "note"]].merge(own[["skill", "level"]], on="skill", how="left")
    table["is_overdue"] = pd.to_datetime(table["due_date"]) < data.period_end
    table = table.sort_values(["due_date", "goal_id"], ignore_index=True)
    return table[["goal_id", "skill", "target_level", "level", "due_date", "is_overdue", "note"]]


def _cause(needs: Any, seller_id: str) -> tuple[str, pd.DataFrame, str]:
    """Verdict, evidence and next step; empty for those nobody judged or where too few sell to compare."""
    try:
        diagnosis = needs.diagnosis
    except InputError:
        return "", pd.DataFrame(), ""
    if seller_id not in diagnosis.people.index:
        return "", diagnosis.evidence.iloc[:0].drop(columns="seller_id"), ""
    row = diagnosis.people.loc[seller_id]
    return str(row["verdict"]), diagnosis.explain(seller_id), str(row["next_step_msgid"])


def _questions(
    metrics: FocusMetric, focus: dict[str, Any] | None, verdict: str, goals: pd.DataFrame, own: pd.DataFrame, told: _Words
) -> tuple[dict[str, Any], ...]:
    best = metrics.strength
    if focus is not None:
        first = {"msgid": ASK_FOCUS, "details": {"kpi": told.kpi(focus["kpi"])}}
    elif best is not None:
        first = {"msgid": ASK_STRENGTH, "details": {"kpi": told.kpi(best["kpi"])}}
    else:
        first = {"msgid": ASK_RESULT, "details": {}}
    second = {"msgid": ASK_CAUSE[verdict or "healthy"], "details": {}}
    if len(goals):
        goal = goals.iloc[0]
        late = bool(goal["is_overdue"])
        details = {"skill": told.skill(goal["skill"]), **({"due_date": pd.Timestamp(goal["due_date"])} if late else {})}
        return first, second, {"msgid": ASK_OVERDUE if late else ASK_GOAL, "details": details}
    worst = _largest_gap(own)
    third = {"msgid": ASK_HELP, "details": {}} if worst is None \
        else {"msgid": ASK_GAP, "details": {"skill": told.skill(worst["skill"])}}
    return first, second, third


def _first_goal(own: pd.DataFrame, told: _Words) -> dict[str, Any]:
    worst = _largest_gap(own)
    if worst is None:
        return {"msgid": STEP_KEEP, "details": {}}
    return {"msgid": STEP_GOAL, "details": {"skill": told.skill(worst["skill"]), "target_value": _tenths(worst["required_level"])}}


def _largest_gap(own: pd.DataFrame) -> dict[Any, Any] | None:
    """The skill of most need that is more likely below requirement than not."""
    likely = own[own["p_below"].ge(0.5) & own["gap"].gt(0)]
    if likely.empty:
        return None
    need = likely["gap"] * likely["importance"] * likely["frequency"]
    return dict(likely.iloc[int(need.to_numpy(float).argmax())].to_dict())


def _course(row: Mapping[Any, Any]) -> str:
    return str(row["course_name"] if isinstance(row["course_name"], str) and row["course_name"] else row["course"])


def _tenths(value: Any) -> dict[str, Any]:
    return {"number": float(value), "digits": 1}
