"""SMART check: is a goal specific, measurable, attainable, relevant and time-bound, and if not, what is missing."""

import datetime as dt
import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from salesplan.errors import InputError
from salesplan.findings import SALES_DIRECTOR, SALES_MANAGER, Finding, Status
from salesplan.text import mark
from salesplan.text.wording import say_details

CRITERIA = ("specific", "measurable", "attainable", "relevant", "time_bound")
CRITERION_NAMES = {
    "specific": mark("Specific"),
    "measurable": mark("Measurable"),
    "attainable": mark("Attainable"),
    "relevant": mark("Relevant"),
    "time_bound": mark("Time-bound"),
}

ATTAIN_BAND = (0.05, 0.95)
"""Below the first a target discourages, above the second it asks for nothing."""

_METRICS = (
    "销售额|销售收入|营业额|营收|回款率|回款额|回款|签单额|签约额|签约量|签单量|合同额|订单额|订单量|新增客户数量|新增客户数|新增客户|新客户|"
    "客户数|达成率|完成率|转化率|成交率|续费率|复购率|毛利率|毛利|利润|满意度|拜访量|拜访数|跟进数|市场份额|市占率|客单价|商机数|"
    "sales revenue|sales amount|net sales|revenue|turnover|bookings|receipts|collections|gross margin|margin|profit|"
    "new customers|customers|conversion rate|win rate|renewal rate|repeat rate|satisfaction|"
    "visits|orders|deals|market share"
)
_METRIC = re.compile(_METRICS, re.IGNORECASE)
_NUMBER = re.compile(
    r"(?P<number>[-+]?\d[\d,]*(?:\.\d+)?)\s*"
    r"(?P<unit>亿元|万元|千元|百万|亿|万|元|%|percent|百分点|million|billion|thousand|[kKmM](?![a-zA-Z])|"
    r"个|家|单|次|人|户|台|件|套|天|分|CNY|RMB|USD|EUR|yuan|customers|orders|deals|visits|units)?"
    r"(?P<period>\s*(?:年|月|日|号|季度|周|期))?"
)
_DATE_WORDS = re.compile(
    r"(?P<year>(?:19|20)\d{2})\s*年?|第?[一二三四1-4]\s*季度|(?<![A-Za-z])[QH][1-4](?!\d)|上半年|下半年|"
    r"\d{1,2}\s*月|年底|年末|月底|季末|每月|每季|每周|每年|本月|本季|本年|全年|月度|季度|年度|"
    r"\bby\b.*\d{4}|\b(?:per|each|every|this|next)\s+(?:week|month|quarter|year)\b|\bend of\b|"
    r"\b(?:monthly|quarterly|weekly|yearly|annual)\b|(?<=[^\w])月(?=销售|新增|回款)|^月(?=销售|新增|回款)",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Goal:
    """A goal as somebody wrote it down; what is not known stays empty.

    Parameters
    ----------
    text
        The goal in words; metric, amount, unit and time are read from it where the fields are empty.
    metric, scope
        What is counted, and for whom or what (unit, seller, product line).
    amount, unit
        How much of what.
    period_start, period_end
        First and last day.
    parent
        Goal or node that this one adds up to; ``company`` for the company's own.
    p_attain
        Chance to reach it by the forecast, if there is one.
    growth, best_growth
        Growth it asks for, and the best ever reached in the same scope; fractions.
    """

    text: str = ""
    metric: str = ""
    scope: str = ""
    amount: float | None = None
    unit: str = ""
    period_start: dt.date | None = None
    period_end: dt.date | None = None
    parent: str = ""
    p_attain: float | None = None
    growth: float | None = None
    best_growth: float | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class SmartCheck:
    """Verdict on the five criteria of one goal, one finding each, in the order of the letters."""

    goal: Goal
    findings: tuple[Finding, ...]

    def __post_init__(self) -> None:
        keys = tuple(f.key.removeprefix("smart_") for f in self.findings)
        if keys != CRITERIA:
            raise InputError(f"findings == {keys}, must be the five criteria in order")

    @property
    def passed(self) -> bool:
        """Whether no criterion fails; one that cannot be judged does not fail."""
        return all(f.status in ("ok", "unknown") for f in self.findings)

    @property
    def failed(self) -> list[str]:
        """Names of the criteria that fail."""
        return [f.key.removeprefix("smart_") for f in self.findings if f.status in ("act", "watch")]

    def to_frame(self, lang: str = "en", *, currency: str = "CNY") -> pd.DataFrame:
        """``criterion``, ``status``, ``reason``, ``fix``, one row a letter."""
        return pd.DataFrame(
            {
                "criterion": [say_details(CRITERION_NAMES[c], {}, lang) for c in CRITERIA],
                "status": [f.status for f in self.findings],
                "reason": [f.text(lang, currency=currency) for f in self.findings],
                "fix": [f.action_text(lang, currency=currency) for f in self.findings],
            }
        )


def read_goal(text: str) -> Goal:
    """Read what a sentence says about metric, amount, unit and time; the rest stays empty.

    Examples
    --------
    >>> g = read_goal("在2025年第一季度实现销售额500万元")
    >>> g.metric, g.amount, g.unit, g.period_end
    ('销售额', 500.0, '万元', datetime.date(2025, 3, 31))
    >>> read_goal("提升业绩").metric, read_goal("increase sales").amount
    ('', None)
    """
    plain = unicodedata.normalize("NFKC", text)
    metric = _METRIC.search(plain)
    amount, unit = None, ""
    for found in _NUMBER.finditer(plain):
        unit_found = found["unit"] or ""
        is_date = bool(found["period"]) and not unit_found
        number = float(found["number"].replace(",", ""))
        if is_date or (not unit_found and 1900 <= number <= 2100) or re.search(r"[QqHh第]$", plain[: found.start()]):
            continue
        amount, unit = number, unit_found
        if unit:
            break
    start, end = _read_period(plain)
    return Goal(
        text=text,
        metric=metric.group(0) if metric else "",
        amount=amount,
        unit=unit,
        period_start=start,
        period_end=end,
    )


def check_smart(goal: Goal | str, *, band: tuple[float, float] = ATTAIN_BAND) -> SmartCheck:
    """Check one goal; every failing letter comes with its reason and its fix.

    Parameters
    ----------
    goal
        A record, or just the words.
    band
        Chances outside this range are unattainable or undemanding.

    Raises
    ------
    InputError
        A chance outside 0 to 1, or a period that ends before it starts.

    Examples
    --------
    >>> check_smart("提升业绩").failed
    ['specific', 'measurable', 'relevant', 'time_bound']
    >>> check_smart(Goal(metric="revenue", scope="East", amount=5e6, unit="CNY", parent="company", p_attain=0.02,
    ...                  period_start=dt.date(2027, 1, 1), period_end=dt.date(2027, 12, 31))).failed
    ['attainable']
    """
    full = _complete(goal if isinstance(goal, Goal) else Goal(text=goal))
    if full.p_attain is not None and not 0 <= full.p_attain <= 1:
        raise InputError(f"p_attain == {full.p_attain:g}, must be between 0 and 1", where=full.text or full.scope)
    if full.period_start and full.period_end and full.period_end < full.period_start:
        raise InputError(
            f"period_end == {full.period_end}, must not lie before {full.period_start}", where=full.text or full.scope
        )
    checks = (_specific(full), _measurable(full), _attainable(full, band), _relevant(full), _time_bound(full))
    return SmartCheck(goal=full, findings=checks)


def check_smart_nodes(
    nodes: pd.DataFrame, *, band: tuple[float, float] = ATTAIN_BAND, levels: Collection[str] | None = None
) -> pd.DataFrame:
    """Find targets of a plan that nobody can reach or that ask for nothing.

    The amounts, scopes, parents and periods of a plan are given by its construction; what can fail is
    attainability.

    Parameters
    ----------
    nodes
        Index ``node_id``; ``target``, ``p_target``, and where known ``growth``, ``best_growth``, ``level``.

    Returns
    -------
    DataFrame by node_id with ``case``: ``too_hard``, ``too_easy``, ``beyond_best`` or empty.

    Examples
    --------
    >>> check_smart_nodes(pd.DataFrame({"target": [1.0, 1.0], "p_target": [0.01, 0.5]}))["case"].tolist()
    ['too_hard', '']
    """
    rows = nodes if levels is None else nodes[nodes["level"].isin(levels)]
    p = rows["p_target"].to_numpy(float)
    beyond = np.zeros(len(rows), bool)
    if "growth" in rows and "best_growth" in rows:
        beyond = rows["growth"].to_numpy(float) > rows["best_growth"].to_numpy(float)
    asked = rows["target"].to_numpy(float) > 0
    case = np.select(
        [asked & (p < band[0]), asked & (p > band[1]), asked & beyond], ["too_hard", "too_easy", "beyond_best"], ""
    )
    return pd.DataFrame({"p_target": p, "case": case}, index=rows.index)


def check_smart_goals(goals: Iterable[Goal | str]) -> pd.DataFrame:
    """Many goals at once: one row a goal, one column a letter with its status, and whether it passed."""
    checks = [check_smart(goal) for goal in goals]
    rows = [
        {"goal": c.goal.text or c.goal.scope}
        | {k: f.status for k, f in zip(CRITERIA, c.findings, strict=True)}
        | {"passed": c.passed}
        for c in checks
    ]
    return pd.DataFrame(rows, columns=["goal", *CRITERIA, "passed"])


def _complete(goal: Goal) -> Goal:
    if not goal.text:
        return goal
    read = read_goal(goal.text)
    names = ("metric", "unit") if goal.amount is not None else ("metric", "amount", "unit")
    found = {n: getattr(read, n) for n in names if getattr(goal, n) in ("", None)}
    if goal.period_end is None and goal.period_start is None:
        found |= {"period_start": read.period_start, "period_end": read.period_end}
    return replace(goal, **found)


def _finding(criterion: str, status: Status, message: str, action: str = "", **details: object) -> Finding:
    owner = SALES_DIRECTOR if criterion in ("attainable", "relevant") else SALES_MANAGER
    return Finding(
        key=f"smart_{criterion}", status=status, message=message, action=action, details=details, owner=owner
    )


def _specific(goal: Goal) -> Finding:
    if not goal.metric:
        return _finding(
            "specific",
            "act",
            mark("The goal does not say what is counted."),
            mark("Name a metric, such as sales revenue, new customers or conversion rate."),
        )
    if not goal.scope and not goal.text:
        return _finding(
            "specific",
            "act",
            mark("The goal does not say whose result is meant."),
            mark("Name the unit, seller or product line."),
        )
    return _finding("specific", "ok", mark("Counts {metric_msgid}."), metric_msgid=goal.metric)


def _measurable(goal: Goal) -> Finding:
    if goal.amount is None:
        return _finding(
            "measurable",
            "act",
            mark("The goal has no number, so nobody can tell whether it was reached."),
            mark("Give an amount with its unit, such as 5 million yuan."),
        )
    if not goal.unit:
        return _finding(
            "measurable",
            "watch",
            mark("The number {value} has no unit."),
            mark("Add the unit: yuan or ten thousand yuan, percent, customers."),
            value=goal.amount,
        )
    if len(goal.unit) == 3 and goal.unit.isupper():
        return _finding("measurable", "ok", mark("Measured as {amount} {unit}."), amount=goal.amount, unit=goal.unit)
    return _finding("measurable", "ok", mark("Measured as {value} {unit}."), value=goal.amount, unit=goal.unit)


def _attainable(goal: Goal, band: tuple[float, float]) -> Finding:
    p, growth, best = goal.p_attain, goal.growth, goal.best_growth
    if p is not None and p < band[0]:
        return _finding(
            "attainable",
            "act",
            mark("The chance to reach it is {p_attain}; a target like that discourages."),
            mark(
                "Lower it to what has a chance of at least {p_least}, or add the people, territory or budget it needs."
            ),
            p_attain=p,
            p_least=band[0],
        )
    if p is not None and p > band[1]:
        return _finding(
            "attainable",
            "watch",
            mark("The chance to reach it is {p_attain}; it asks for nothing new."),
            mark("Raise it until the chance is below {p_most}."),
            p_attain=p,
            p_most=band[1],
        )
    if growth is not None and best is not None and growth > best:
        return _finding(
            "attainable",
            "watch",
            mark("It asks for {growth}; the best ever was {best_growth}."),
            mark("Say what will be different this year, or set the part beyond the best year as stretch."),
            growth=growth,
            best_growth=best,
        )
    if p is None and (growth is None or best is None):
        return _finding(
            "attainable", "unknown", mark("Neither a forecast nor past growth is known to hold it against.")
        )
    if p is None:
        return _finding(
            "attainable",
            "ok",
            mark("It asks for {growth}; the best ever was {best_growth}."),
            growth=growth,
            best_growth=best,
        )
    return _finding("attainable", "ok", mark("The chance to reach it is {p_attain}."), p_attain=p)


def _relevant(goal: Goal) -> Finding:
    if not goal.parent:
        return _finding(
            "relevant",
            "watch",
            mark("The goal is not linked to a goal of the company or the unit above."),
            mark("Name the goal above that it adds up to."),
        )
    return _finding("relevant", "ok", mark("Adds up to {parent_msgid}."), parent_msgid=goal.parent)


def _time_bound(goal: Goal) -> Finding:
    if goal.period_end is None:
        if _DATE_WORDS.search(goal.text):
            return _finding(
                "time_bound",
                "watch",
                mark("The goal names a period but no end date."),
                mark("Name the year and the last day."),
            )
        return _finding(
            "time_bound", "act", mark("The goal does not say by when."), mark("Name the first and the last day.")
        )
    return _finding("time_bound", "ok", mark("Ends on {end_date}."), end_date=goal.period_end)


def _read_period(text: str) -> tuple[dt.date | None, dt.date | None]:
    year = re.search(r"(?<!\d)((?:19|20)\d{2})(?!\d)", text)
    if not year:
        return None, None
    freq, number = "Y", 1
    quarter = re.search(r"第?([一二三四1-4])\s*季度|(?<![A-Za-z])Q([1-4])(?!\d)", text, re.IGNORECASE)
    month = re.search(r"(?<!\d)(1[0-2]|0?[1-9])\s*月|(?:19|20)\d{2}-(1[0-2]|0[1-9])(?!\d)", text)
    half = re.search(r"(上|下)半年|(?<![A-Za-z])H([12])(?!\d)", text, re.IGNORECASE)
    week = re.search(r"第?([一二三四五六七八九十]|[1-4]?\d|5[0-3])\s*周|(?<![A-Za-z])W([0-4]?\d|5[0-3])(?!\d)", text)
    if week:
        word, y = week.group(1) or week.group(2), int(year.group(1))
        number = "一二三四五六七八九十".find(word) + 1 or int(word)
        if not 1 <= number <= 52 + (dt.date(y, 12, 28).isocalendar().week == 53):
            return None, None
        return max(dt.date.fromisocalendar(y, number, 1), dt.date(y, 1, 1)), dt.date.fromisocalendar(y, number, 7)
    if month:
        freq, number = "M", int(month.group(1) or month.group(2))
    elif quarter:
        word = quarter.group(1) or quarter.group(2)
        freq, number = "Q", "一二三四".find(word) + 1 or int(word)
    elif half:
        first = half.group(1) == "上" or half.group(2) == "1"
        y = int(year.group(1))
        return (dt.date(y, 1, 1), dt.date(y, 6, 30)) if first else (dt.date(y, 7, 1), dt.date(y, 12, 31))
    months = {"Y": (1, 12), "Q": (3 * number - 2, 3), "M": (number, 1)}[freq]
    start = pd.Period(year=int(year.group(1)), month=months[0], freq="M")
    return start.start_time.date(), (start + months[1] - 1).end_time.date()
