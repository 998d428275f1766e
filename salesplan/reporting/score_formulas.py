"""Scoring rules as spreadsheet formulas: the same cases in the same order as `salesplan.kpis.score_figures`."""

from dataclasses import dataclass

from salesplan.kpis.score_figures import NO_SPAN
from salesplan.kpis.scoring_functions import EDGE_TOLERANCE
from salesplan.kpis.scoring_rules import ScoringRule

EMPTY, NOT_ALLOWED = '""', "NA()"
"""What a cell shows for a KPI left out, and where the rule calls the figure an error."""


@dataclass(frozen=True, kw_only=True)
class RuleCells:
    """Where the parameters of one rule stand; each is the name of a cell or of a range, as a formula writes it.

    ``compared`` is the figure that a lookup table is entered with. ``edges`` and ``worth`` are the columns of that
    table, ``reached`` its edges with their tolerance (steps only). ``grades`` and ``grade_points`` are the columns of
    the grades in words.
    """

    actual: str
    target: str
    floor: str
    cap: str
    minimum: str
    full: str
    below: str
    peers: str
    compared: str
    edges: str = ""
    worth: str = ""
    reached: str = ""
    grades: str = ""
    grade_points: str = ""


def raw_formula(rule: ScoringRule, at: RuleCells) -> str:
    """Points before floor and cap, from the cells of actual and target.

    Parameters
    ----------
    rule
        Decides what is done where no formula applies; such cases give an empty text (left out), a number, or ``#N/A``
        where the rule calls them an error.
    at
        The cells.

    Examples
    --------
    >>> cells = RuleCells(actual="B2", target="C2", floor="", cap="", minimum="", full="", below="", peers="", compared="")
    >>> raw_formula(ScoringRule(function="achievement_rate", zero_target="exclude"), cells)
    '=IF(B2="","",IF(C2="","",IF(ABS(C2)<1E-12,"",IF(C2<=-1E-12,NA(),100*B2/C2))))'
    """
    a = at.actual
    figure = f"MAX({a},0)" if rule.negative_actual == "zero" else a
    points = _points(rule, at, figure)
    if rule.needs_target:
        points = _with_target(rule, at, figure, points)
    if rule.negative_actual in ("exclude", "error"):
        points = f"IF({a}<0,{EMPTY if rule.negative_actual == 'exclude' else NOT_ALLOWED},{points})"
    if rule.function == "step_grade" and not rule.steps:
        points = NOT_ALLOWED
    if rule.grades:
        known = f"EXACT({at.grades},{a})"
        graded = f"IF(SUMPRODUCT(--{known})=0,{NOT_ALLOWED},SUMPRODUCT({known}*{at.grade_points}))"
        points = f"IF(ISTEXT({a}),{graded},{points})"
    absent = {"exclude": EMPTY, "zero": "0", "error": NOT_ALLOWED, "peer_median": f'IF({at.peers}="","",{at.peers})'}
    return f'=IF({a}="",{absent[rule.missing]},{points})'


def compared_formula(rule: ScoringRule, at: RuleCells) -> str:
    """The figure a lookup table is entered with: attainment in percent, or the actual."""
    figure = f"MAX({at.actual},0)" if rule.negative_actual == "zero" else at.actual
    if rule.of == "actual":
        return f"=IF(ISNUMBER({at.actual}),{figure},{EMPTY})"
    return f"=IF(AND(ISNUMBER({at.actual}),ISNUMBER({at.target})),IF({at.target}>0,100*{figure}/{at.target},{EMPTY}),{EMPTY})"


def reached_formula(rule: ScoringRule, edge: str) -> str:
    """The edge of a step with the tolerance that counts as having reached it."""
    sign = "-" if rule.direction == "higher" else "+"
    return f"={edge}{sign}{EDGE_TOLERANCE:.0E}*MAX(1,ABS({edge}))"


def limited_formula(at: RuleCells, raw: str) -> str:
    """Points after floor and cap; a figure that is missing keeps the points that the rule gives it."""
    high, low = f'IF({at.cap}="",1E+300,{at.cap})', f'IF({at.floor}="",-1E+300,{at.floor})'
    return f'=IF({raw}="","",IF({at.actual}="",{raw},MIN({high},MAX({low},{raw}))))'


def _points(rule: ScoringRule, at: RuleCells, a: str) -> str:
    t, name = at.target, rule.function
    if name == "raw_percentage":
        return f"100*{a}/{at.full}"
    if name == "range_score":
        return f"100*({a}-{at.minimum})/({t}-{at.minimum})"
    if name == "lower_is_better_linear":
        return f"100*(2-{a}/{t})"
    if name == "lower_is_better_reciprocal":
        zero = {"exclude": EMPTY, "error": NOT_ALLOWED, "cap": f'IF({at.cap}="",{NOT_ALLOWED},{at.cap})'}[rule.zero_actual]
        return f"IF({a}<=0,{zero},100*{t}/{a})"
    if name == "piecewise":
        return _interpolated(at, len(rule.points))
    if name == "step_grade":
        return _stepped(rule, at)
    return f"100*{a}/{t}"


def _with_target(rule: ScoringRule, at: RuleCells, a: str, points: str) -> str:
    t, near = at.target, f"{NO_SPAN:.0E}"
    absent = EMPTY if rule.missing_target == "exclude" else NOT_ALLOWED
    negative = EMPTY if rule.negative_target == "exclude" else NOT_ALLOWED
    if rule.function == "range_score":
        span = f"({t}-{at.minimum})" if rule.direction == "higher" else f"({at.minimum}-{t})"
        zero = EMPTY if rule.zero_target == "exclude" else NOT_ALLOWED
    else:
        span = t
        more = f"IF({a}>0,100,IF({a}<0,0,{EMPTY}))" if rule.direction == "higher" else f"IF({a}<=0,100,0)"
        zero = {"exclude": EMPTY, "error": NOT_ALLOWED, "full_if_any": more}[rule.zero_target]
    return f'IF({t}="",{absent},IF(ABS({span})<{near},{zero},IF({span}<=-{near},{negative},{points})))'


def _interpolated(at: RuleCells, n: int) -> str:
    x, xs, ys = at.compared, at.edges, at.worth
    k = f"MATCH({x},{xs},1)"
    low, high = f"INDEX({xs},{k})", f"INDEX({xs},{k}+1)"
    between = f"INDEX({ys},{k})+(INDEX({ys},{k}+1)-INDEX({ys},{k}))*({x}-{low})/({high}-{low})"
    return f"IF({x}<=INDEX({xs},1),INDEX({ys},1),IF({x}>=INDEX({xs},{n}),INDEX({ys},{n}),{between}))"


def _stepped(rule: ScoringRule, at: RuleCells) -> str:
    x, edges, worth, n = at.compared, at.reached, at.worth, len(rule.steps)
    if rule.direction == "higher":
        return f"IF({x}<INDEX({edges},1),{at.below},INDEX({worth},MATCH({x},{edges},1)))"
    beyond = f"SUMPRODUCT(--({edges}<{x}))"
    return f"IF({beyond}={n},{at.below},INDEX({worth},{beyond}+1))"
