"""Files of the review panel that a person takes away."""

from typing import TYPE_CHECKING

from salesplan.apps.panel_html import e
from salesplan.apps.review_html import headline_html, review_style, tree_html
from salesplan.apps.review_rows import row_of
from salesplan.reporting.params_yaml import write_params
from salesplan.text import say
from salesplan.text.numbers import format_month

if TYPE_CHECKING:
    from salesplan.apps.review_model import ReviewModel


def review_parameters(model: "ReviewModel", language: str) -> tuple[bytes, str]:
    """Month, unit and limits as the panel stands, as the file a report run reads."""
    parameters = model.parameters.with_changes(period=model.month, unit=model.place, language=language)
    return write_params(parameters).encode(), "monthly_review.yaml"


def standing_page(model: "ReviewModel", language: str) -> tuple[bytes, str]:
    """Where the unit and all below it stand, as a page that opens without the app."""
    title = f"{model.names.node(model.place)} · {format_month(model.company.data.month, language)}"
    page = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{e(title)}</title>{review_style()}</head><body>{standing_html(model, title)}</body></html>"
    )
    return page.encode(), say("monthly_review_{unit}_{month}", language, unit=model.place, month=model.month) + ".html"


def standing_html(model: "ReviewModel", title: str) -> str:
    """Headline and organisation, to open and close without a kernel."""
    model.company.year_end  # noqa: B018
    headline = headline_html(row_of(model.rows, model.place), model)
    return (f'<div class="sp-target-panel sp-review-panel sp-snapshot"><h4>{e(title)}</h4>{headline}'
            f'<div class="sp-card">{tree_html(model.rows, model.place, model)}</div></div>')
