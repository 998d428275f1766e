"""The arithmetic of a score in words, for whoever opens it in a notebook or a terminal."""

import math
from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from salesplan.kpis.library import load_library
from salesplan.kpis.printed_digits import with_digits
from salesplan.kpis.score_explanation import quantity
from salesplan.text import mark, say
from salesplan.text.wording import say_details, say_value

if TYPE_CHECKING:
    from salesplan.kpis.score_explanation import ScoreExplanation

HEADS = (mark("KPI"), mark("Actual"), mark("Target"), mark("How the points come about"), mark("Score"), mark("Weight"),
         mark("Weighted points"))
TITLE = mark("{name}: {score} points")
NO_POINTS = mark("{name}: no score")


def spoken_steps(explained: "ScoreExplanation", language: str) -> pd.DataFrame:
    """One row a KPI, every figure as text, with as many decimals as it takes to compute it again by hand.

    KPIs have the names of the packaged library; others stand under their code.
    """
    library, digits = load_library(), explained.digits

    def plain(value: float, name: str, places: int) -> str:
        return "–" if math.isnan(value) else say_value(name, with_digits(value, places), language)

    rows = []
    for row, (rule, unit) in zip(explained.printed_rows, explained.rules, strict=True):
        how = [say_details(row["formula"], row["details"], language)] if row["formula"] else []
        how += [say_details(policy["msgid"], policy["details"], language) for policy in row["policies"]]
        target = row["target"] if rule.needs_target else math.nan
        rows.append((
            library.title(row["kpi"], language), *(say_value("figure", quantity(v, unit), language) for v in (row["actual"], target)),
            " ".join(how), plain(row["score"], "score", digits.score), plain(row["weight"], "weight", digits.weight),
            plain(row["points"], "points", digits.points),
        ))  # fmt: skip
    return pd.DataFrame(rows, columns=[say(head, language) for head in HEADS])


def spoken_title(explained: "ScoreExplanation", language: str) -> str:
    """Whose score it is, and how much."""
    who = explained.name if explained.seller_id in explained.name else f"{explained.name} ({explained.seller_id})"
    if math.isnan(explained.score):
        return say(NO_POINTS, language, name=who)
    return say_details(TITLE, {"name": who, "score": with_digits(explained.score, 2)}, language)


def explanation_text(explained: "ScoreExplanation", language: str = "en") -> str:
    """Title, table and sum as plain text."""
    table = spoken_steps(explained, language).to_string(index=False, justify="left")
    closing = say_details(explained.closing["msgid"], explained.closing["details"], language)
    return f"{spoken_title(explained, language)}\n{table}\n{closing}"


def explanation_html(explained: "ScoreExplanation", language: str) -> str:
    """Title, table and sum as a piece of a page."""
    table = spoken_steps(explained, language)
    heads = "".join(f"<th>{escape(head)}</th>" for head in table.columns)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in table.itertuples(index=False))
    closing = say_details(explained.closing["msgid"], explained.closing["details"], language)
    return (f'<div class="sp-explained"><p><b>{escape(spoken_title(explained, language))}</b></p><table class="sp-table"><thead><tr>'
            f"{heads}</tr></thead><tbody>{body}</tbody></table><p>{escape(closing)}</p></div>")
