"""The card of the mentor pairs 师徒制: the best pairs in all or the pairs that hold, each with its reason."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import ipywidgets as w
import pandas as pd

from salesplan.apps.coaching_plan_html import money, table_html
from salesplan.apps.panel_html import e, head, note
from salesplan.errors import InputError
from salesplan.reporting.development_html import said_level
from salesplan.reporting.show import show_notes
from salesplan.text import mark, say
from salesplan.text.numbers import format_count, format_percent
from salesplan.text.spoken_errors import say_error
from salesplan.text.wording import say_details

if TYPE_CHECKING:
    from salesplan.apps.coaching_model import CoachingModel
    from salesplan.coaching.mentoring import MentorMatch

MATCHINGS = (("optimal", mark("Best pairs in all")), ("stable", mark("Pairs that hold")))
MEANS = {
    "optimal": mark("These pairs are worth most together; a mentor or mentee may rather want somebody else."),
    "stable": mark("No mentor and mentee would both rather have each other than whom they have."),
}
NO_PAIRS = mark("Nobody is paired.")
NONE_ASKED = mark("There are no mentees or no mentors among the people you see.")
SUMMARY = mark("{n} {n:pair|pairs}, {points} points; {share} of the best pairs are also in the other list. Mentors give {hours}.")
COST = mark("While they do, they do not sell: about {money}.")
UNMATCHED = mark("Left without a mentor")


class MentorsCard(w.VBox):
    """Both matchings are worked out together; the switch chooses which one the plan follows."""

    def __init__(self, model: "CoachingModel", language: str, *, act: Callable[..., Any]) -> None:
        self.model, self.language, self._act = model, language, act
        self._filling = False
        self.matching = w.ToggleButtons(options=[(say(text, language), key) for key, text in MATCHINGS],
                                        value=model.parameters.matching, style={"button_width": "auto"})
        self.matching.add_class("sp-tabs")
        self.matching.add_class("sp-c-matching")
        self.matching.observe(self._choose, "value")
        self.page = w.HTML()
        super().__init__([w.HTML(head("fa-handshake-o", say(mark("Who guides whom"), language))), self.matching, self.page])
        self.add_class("sp-card")
        self.add_class("sp-c-mentors")

    def _choose(self, change: Any) -> None:
        if not self._filling:
            self._act(partial(self.model.set, matching=change["new"]))

    def follow(self) -> None:
        """Show the matching of the model."""
        self._filling = True
        try:
            self.matching.value = self.model.parameters.matching
        finally:
            self._filling = False
        self.page.value = mentors_html(self.model, self.language)


def mentors_html(model: "CoachingModel", language: str) -> str:
    """Pairs with their reasons, what they cost, and who is left without."""
    try:
        match, mode = model.mentors, model.parameters.matching
    except InputError as error:  # lists that contradict one another stop this card and no other
        return note(say(mark("No pairs can be made: {reason}"), language, reason=say_error(error, language)))
    if not (match.scores.mentees and match.scores.mentors):
        return note(say(NONE_ASKED, language))
    parts = [note(say(MEANS[mode], language)), _pairs(model, match, mode, language), _summary(model, match, mode, language),
             _unmatched(model, match, mode, language)]
    notes = show_notes(match.notes, language, currency=model.data.currency).html
    fold = f"<details><summary>{e(say(mark('What to know about these pairs'), language))}</summary>{notes}</details>"
    return "".join(parts) + fold


def _pairs(model: "CoachingModel", match: "MentorMatch", mode: str, language: str) -> str:
    pairs = match.pairs(mode)
    if pairs.empty:
        return note(say(NO_PAIRS, language))
    other = match.pairs("stable" if mode == "optimal" else "optimal")
    both = set(zip(other["mentee_id"], other["mentor_id"], strict=True))
    shared = say(mark("in both lists"), language)
    rows = "".join(
        f'<tr data-mentee="{e(pair["mentee_id"])}" data-mentor="{e(pair["mentor_id"])}">'
        f'<th scope="row">{e(model.names.person(pair["mentor_id"]))}</th><td>{e(model.names.person(pair["mentee_id"]))}</td>'
        f"<td>{e(say_details(pair['reason_msgid'], pair['reason_details'], language))}"
        + (f' <em class="sp-chip sp-good">{e(shared)}</em>' if (pair["mentee_id"], pair["mentor_id"]) in both else "")
        + f"</td><td>{e(format_count(float(pair['match_points']), language, 1))}</td></tr>"
        for pair in pairs.sort_values(["match_points", "mentee_id"], ascending=[False, True]).to_dict("records")
    )
    return table_html((mark("Mentor"), mark("Mentee"), mark("Why"), mark("Points")), rows, "sp-c-pairs", language)


def _summary(model: "CoachingModel", match: "MentorMatch", mode: str, language: str) -> str:
    load = match.load(mode)
    share = "–" if pd.isna(match.overlap_share) else format_percent(match.overlap_share, language, 0)
    hours = say("{n_hours} {n_hours:hour|hours}", language, n_hours=said_level(float(load["hours"].sum()), language))
    told = say(SUMMARY, language, n=len(match.pairs(mode)), points=format_count(match.total(mode), language, 1), share=share,
               hours=hours)  # fmt: skip
    cost = float(load["selling_cost"].sum(skipna=False))
    if model.data.shows_money and not pd.isna(cost) and cost > 0:
        told += " " + say(COST, language, money=money(cost, model, language))
    return note(told)


def _unmatched(model: "CoachingModel", match: "MentorMatch", mode: str, language: str) -> str:
    left = match.unmatched[match.unmatched[f"in_{mode}"]]
    if left.empty:
        return ""
    rows = "".join(
        f'<li data-unmatched="{e(row["mentee_id"])}"><b>{e(model.names.person(row["mentee_id"]))}</b> '
        f"{e(say(row['why_msgid'], language))}</li>"
        for row in left.to_dict("records")
    )
    return f'<div class="sp-c-unmatched"><h5>{e(say(UNMATCHED, language))}</h5><ul>{rows}</ul></div>'
