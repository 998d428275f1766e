"""A person's page in the review panel: figures, the likely cause with its evidence, and the way from target to sales."""

from typing import TYPE_CHECKING, Final

import pandas as pd

from salesplan.apps.panel_html import e, note
from salesplan.reporting.review_table import review_scale
from salesplan.reporting.show import show_table
from salesplan.reporting.show_closing import show_closing
from salesplan.reporting.show_standing import SPANS
from salesplan.text import mark, say
from salesplan.text.numbers import MISSING, format_count, format_money, format_month, format_probability, money_unit
from salesplan.text.wording import say_details

if TYPE_CHECKING:
    from salesplan.apps.review_model import ReviewModel
    from salesplan.review.bridge import Bridge

NOT_BEHIND: Final = mark("Not behind over the last {n} months, so no cause is looked for.")
NO_TARGET: Final = mark("Nobody here has a target of their own, so nobody can be behind it.")
NO_BRIDGE: Final = mark("Sales and target are equal, or nothing is known of either: there is nothing to split.")
LAST_MONTHS: Final = mark("the last {n} months together")
ALONE: Final = mark("{month} alone")
STEPS: Final = {
    "absence": mark("Days present"), "activity": mark("Visits a working day"), "pipeline": mark("Opportunities a visit"),
    "conversion": mark("Orders an opportunity"), "deal_size": mark("Amount an order"),
}  # fmt: skip

COLUMNS: Final = {"step": mark("Step"), "now_value": mark("Now"), "usual_value": mark("As usual"), "change": mark("Change"),
                  "contribution_change": mark("Effect on the result")}  # fmt: skip


def person_html(model: "ReviewModel") -> str:
    """The page of the person looked at; what has not been worked out yet is left out."""
    place = model.place
    cause = cause_html(model) if model.has("off_pace") else ""
    parts = ""
    if model.has("closing"):
        own = model.company.closing.for_units([place])
        cause += f'<div class="sp-r-closing">{show_closing(own, model.names, unit_id=place, currency=model.currency).html}</div>'
    if model.has("bridge_target"):
        parts = steps_html(model.company.bridge_target, model)
    return f'<section class="sp-r-person" data-person="{e(place)}">{spans_html(model)}{cause}{parts}</section>'


def spans_html(model: "ReviewModel") -> str:
    """Month, quarter and year to date."""
    lang = model.language
    table = model.company.attainment.table
    own = table[table["unit_id"].eq(model.place)]
    shown = pd.DataFrame({
        "span": [say(SPANS[span], lang) for span in own["span"]], "target": own["judged_target"], "actual": own["judged_actual"],
        "gap": own["judged_actual"] - own["judged_target"], "attainment": own["judged_attainment"],
    }).reset_index(drop=True)  # fmt: skip
    return show_table(shown, lang, currency=model.currency, kinds={"span": "text"}).html


def cause_html(model: "ReviewModel") -> str:
    """What probably holds the person back, the evidence step by step, and what to do next."""
    lang, found = model.language, model.company.off_pace
    window = say(LAST_MONTHS, lang, n=found.window) if found is not None else ""
    title = _title(say("Likely cause", lang), window)
    if found is None:
        return title + note(say(NO_TARGET, lang))
    rows = found.table[found.table["seller_id"].eq(model.place)]
    if rows.empty:
        return title + note(say(NOT_BEHIND, lang, n=found.window))
    row = rows.iloc[0]

    def said(part: str) -> str:
        return say_details(row[f"{part}_msgid"], row["details"], lang, currency=model.currency)

    sure = "" if row["cause"] in ("cannot_tell", "ramp") or pd.isna(row["strength_value"]) else (
        f' <em class="sp-chip sp-r-grey">{e(format_probability(float(row["strength_value"]), lang))}</em>')
    return (
        f'{title}<div class="sp-r-cause" data-cause="{e(row["cause"])}"><p><b>{e(say(row["cause_msgid"], lang))}</b>{sure} '
        f"{e(said('evidence'))}</p><p class=\"sp-r-todo\"><b>{e(say('Next step', lang))}</b> {e(said('step'))}</p></div>"
        + _evidence(found.explain(model.place), model))


def _evidence(steps: pd.DataFrame, model: "ReviewModel") -> str:
    lang = model.language

    def value(step: str, number: float) -> str:
        if pd.isna(number):
            return MISSING
        if step == "deal_size":
            return format_money(number, lang, currency=model.currency)
        return format_count(number, lang, 0 if step == "absence" else 2)

    known = steps[steps["now_value"].notna() | steps["usual_value"].notna()]
    pairs = list(zip(known["step"], known["now_value"], known["usual_value"], strict=True))
    shown = pd.DataFrame({
        "step": [say(STEPS[step], lang) for step, _, _ in pairs], "now_value": [value(step, now) for step, now, _ in pairs],
        "usual_value": [value(step, usual) for step, _, usual in pairs], "change": known["change"].to_numpy(),
        "contribution_change": known["contribution_change"].where(known["change"].notna()).to_numpy(),
    })  # fmt: skip
    if shown.empty:
        return ""
    called = {name: say(text, lang) for name, text in COLUMNS.items()}
    kinds = {**dict.fromkeys((called["step"], called["now_value"], called["usual_value"]), "text"),
             **dict.fromkeys((called["change"], called["contribution_change"]), "signed_percent")}
    return show_table(shown.rename(columns=called), lang, currency=model.currency, kinds=kinds).html


def steps_html(bridge: "Bridge", model: "ReviewModel") -> str:
    """The parts of a bridge as bars of plain HTML: they are there at once, where a picture takes time."""
    lang = model.language
    title, month = say("From target to actual", lang), say(ALONE, lang, month=format_month(model.month, lang))
    known = model.place in set(bridge.units["unit_id"])
    steps = bridge.steps(model.place) if known else pd.DataFrame({"amount": []})
    steps = steps[steps["amount"].ne(0)]
    if steps.empty:
        return _title(title, month) + note(say(NO_BRIDGE, lang))
    most = float(steps["amount"].abs().max())
    scale = review_scale(steps["amount"], lang)
    unit = say("Unit: {unit}", lang, unit=money_unit(scale, lang, currency=model.currency))
    rows = []
    for row in steps.to_dict("records"):
        side = "sp-r-up" if row["amount"] > 0 else "sp-r-down"
        kind = "sp-r-luck" if row["can_be_luck"] else side
        size = format_money(abs(row["amount"]), lang, currency=model.currency, scale=scale, suffix=False)
        amount = ("+" if row["amount"] > 0 else "-") + size
        rows.append(f'<div class="sp-r-step"><span>{e(say(row["bar_msgid"], lang))}</span><i class="{side} {kind}"><u style="width:'
                    f'{abs(row["amount"]) / most * 50:.1f}%"></u></i><b>{e(amount)}</b></div>')
    luck = say(mark("Grey: may be luck. The parts add up to the gap to the last cent."), lang)
    return f'{_title(title, month, unit)}<div class="sp-r-steps">{"".join(rows)}</div>{note(luck)}'


def _title(words: str, *more: str) -> str:
    """A heading, and what it covers."""
    return f'<h5>{e(words)} <small>{e(" · ".join(part for part in more if part))}</small></h5>'
