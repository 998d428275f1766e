"""One person's score opened into its arithmetic, beside what it is under the scheme in force."""

from typing import TYPE_CHECKING

import pandas as pd

from salesplan.apps.panel_html import e
from salesplan.reporting.kpi_figures import said_points
from salesplan.reporting.statement_facts import Statement, StatementMaker
from salesplan.reporting.statement_html import said_weight
from salesplan.text import mark, say
from salesplan.text.numbers import format_count

if TYPE_CHECKING:
    from salesplan.apps.kpi_model import KpiModel

BESIDE = mark("{score} points, place {n}; under the scheme in force {score_before} points, place {n_before}")


def statement_of(model: "KpiModel", seller_id: str, language: str) -> Statement:
    """The statement of one person under the scheme on the screen."""
    data = model.data
    maker = StatementMaker(model.shown_card(), language, library=model.library, profiles=data.profiles, source=data.source,
                           currency=data.currency)
    return maker.of(seller_id)


def person_html(model: "KpiModel", seller_id: str, language: str) -> str:
    """Every KPI with its formula in the person's own figures, the sum, and what to know."""
    told = statement_of(model, seller_id, language)
    digits = told.digits
    now, before = (card.totals.loc[[seller_id]].iloc[0] for card in (model.card(), model.preview.before))
    heads = [mark("KPI"), mark("Actual"), mark("Target"), mark("How the points come about"), mark("Score"), mark("Weight"),
             mark("Weighted points")]
    words = [e(say(text, language)) for text in heads]
    rows = ""
    for line in told.lines:
        cells = (
            e(line.said_actual),
            f"{e(line.said_target)}{f'<small>{e(line.target_from)}</small>' if line.target_from else ''}",
            f"{e(line.formula or line.scored_by)}{''.join(f'<small>{e(r)}</small>' for r in line.remarks)}",
            e(said_points(line.score, language, digits.score)),
            e(said_weight(line.weight, language, digits.weight)),
            f"<b>{e(said_points(line.points, language, digits.points)) if line.is_counted else '–'}</b>",
        )
        said = "".join(f'<td data-head="{head}"><div>{cell}</div></td>' for head, cell in zip(words[1:], cells, strict=True))
        rows += f"<tr><th scope='row'>{e(line.name)}</th>{said}</tr>"
    beside = say(BESIDE, language, score=said_points(float(now["score"]), language), n=_place(now, language),
                 score_before=said_points(float(before["score"]), language), n_before=_place(before, language))
    head_row = "".join(f"<th>{word}</th>" for word in words)
    standing = "".join(f"<li>{e(sentence)}</li>" for sentence in (*told.standing, *told.caveats))
    return (
        f'<div class="sp-k-person"><h4><i class="fa fa-user" aria-hidden="true"></i> {e(told.name)}</h4>'
        f'<p class="sp-k-beside">{e(beside)}</p><div class="sp-table-wrap" tabindex="0"><table class="sp-k-table">'
        f'<thead><tr>{head_row}</tr></thead><tbody>{rows}</tbody></table></div>'
        f'<p><b>{e(told.closing)}</b></p><ul class="sp-notes">{standing}</ul></div>'
    )


def _place(total: pd.Series, language: str) -> str:
    return "–" if pd.isna(total["rank"]) else format_count(int(total["rank"]), language)
