"""A well-known evaluation table under named rules: the printed total mixes two of them, and the scorecard says so."""

from typing import Any, Literal

import pandas as pd

from salesplan.errors import ParameterError, known_choices
from salesplan.kpis.score_people import score_people
from salesplan.kpis.scorecard import Scorecard

ArticleRules = Literal["as_printed", "achievement_rate"]
ARTICLE_RULES: tuple[str, ...] = ArticleRules.__args__  # type: ignore[attr-defined]

SELLER = "example"
GRADES = {"优秀": 100.0, "良好": 80.0}

_ROWS: tuple[tuple[str, float, Any, Any], ...] = (
    ("sales_amount", 0.4, 1_000_000.0, 900_000.0),
    ("customer_satisfaction", 0.3, 0.90, 0.85),
    ("win_rate", 0.2, 0.10, 0.08),
    ("teamwork_rating", 0.1, "优秀", "良好"),
)


def articles_table() -> pd.DataFrame:
    """The table as it is passed around: four KPIs of one person with weight, target and actual.

    Sales of 1,000,000 (reached: 900,000) weigh 40 %, customer satisfaction of 90 % (85 %) 30 %, order conversion of
    10 % (8 %) 20 %, teamwork 优秀 (良好) 10 %.

    Returns
    -------
    DataFrame with seller_id, kpi, weight, target, actual.

    Examples
    --------
    >>> articles_table()["weight"].tolist()
    [0.4, 0.3, 0.2, 0.1]
    """
    rows = [{"seller_id": SELLER, "kpi": kpi, "weight": weight, "target": target, "actual": actual}
            for kpi, weight, target, actual in _ROWS]
    return pd.DataFrame(rows)


def articles_scheme(rules: ArticleRules = "as_printed") -> dict[str, Any]:
    """The table's rules as a scheme, in the form of `KpiScheme.from_dict`.

    Parameters
    ----------
    rules
        ``as_printed``: satisfaction counts its raw percentage, sales and conversion their achievement rate;
        ``achievement_rate``: actual / target for all three. Teamwork is graded in both.

    Raises
    ------
    ParameterError
        Other rules than these.

    Examples
    --------
    >>> [item["rule"]["function"] for item in articles_scheme()["sets"][0]["items"]]
    ['achievement_rate', 'raw_percentage', 'achievement_rate', 'step_grade']
    """
    if rules not in ARTICLE_RULES:
        raise ParameterError(f"rules == {rules!r}, must be a reading of the table",
                             fix=known_choices(rules, ARTICLE_RULES))
    satisfaction = "raw_percentage" if rules == "as_printed" else "achievement_rate"
    functions: dict[str, dict[str, Any]] = {
        "sales_amount": {"function": "achievement_rate"},
        "customer_satisfaction": {"function": satisfaction},
        "win_rate": {"function": "achievement_rate"},
        "teamwork_rating": {"function": "step_grade", "grades": GRADES},
    }
    items = [{"kpi": kpi, "weight": weight, "rule": functions[kpi]}
             | ({} if kpi == "teamwork_rating" else {"target": {"value": target}})
             for kpi, weight, target, _ in _ROWS]
    return {"name": f"articles_{rules}", "sets": [
        {"code": "example", "name": {"zh": "文章示例", "en": "Example of the articles"}, "items": items}]}


def articles_scorecard(rules: ArticleRules = "as_printed") -> Scorecard:
    """The table scored: 85.5 as printed, with a note that its rules are mixed, 88.33 under one rule.

    Examples
    --------
    >>> [round(float(articles_scorecard(rules).totals["score"].iloc[0]), 2) for rules in ARTICLE_RULES]
    [85.5, 88.33]
    >>> note = articles_scorecard().notes[0]["details"]
    >>> round(note["score"], 2), round(note["consistent_score"], 2)
    (85.5, 88.33)
    """
    from salesplan.kpis.scheme import KpiScheme

    people = pd.DataFrame({"seller_id": [SELLER], "name": [SELLER], "org_id": [None], "tier": [None]})
    figures = articles_table().drop(columns="weight")
    return score_people(figures, KpiScheme.from_dict(articles_scheme(rules)), people, period="2026-01")
