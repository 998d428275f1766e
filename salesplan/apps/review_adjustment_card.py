"""The card of new targets: what is proposed or why nothing is, the arithmetic, and the approval with its consequences."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import ipywidgets as w
import pandas as pd

from salesplan.apps.panel_html import e, note
from salesplan.apps.review_html import waiting
from salesplan.errors import InputError
from salesplan.reporting.show_adjustment import show_adjustment
from salesplan.text import mark, say
from salesplan.text.numbers import format_money
from salesplan.text.spoken_errors import say_error
from salesplan.text.tables import html_table

if TYPE_CHECKING:
    from salesplan.apps.review_approval import Approved
    from salesplan.apps.review_model import ReviewModel
    from salesplan.review.adjustment import Adjustment

MOST_ROWS = 60
LEDGER: Final = (
    ("plan_fen", mark("The year's plan")), ("ended_plan_fen", mark("Asked of the months that are over")),
    ("ended_actual_fen", mark("Sold in them")), ("gap_fen", mark("Gap so far")), ("left_plan_fen", mark("Planned for the months left")),
    ("agreed_fen", mark("Changed by the agreed reason")), ("wanted_fen", mark("Asked of the months left without a limit")),
    ("new_left_fen", mark("Asked of the months left as proposed")), ("unabsorbed_fen", mark("Left open")),
)  # fmt: skip
ONLY_IF_PROPOSED: Final = ("agreed_fen", "wanted_fen", "new_left_fen", "unabsorbed_fen")
FOR_UNITS: Final = mark("Targets are adjusted for units. Open a team, a region or the company.")
ONLY_LEADERS: Final = mark("Only who leads the unit can approve new targets for it.")
DONE: Final = mark("Approved by {who}, {when}: {why} (version {n}). It counts from now on; months that are over stay as they were.")
MONTHS_LEFT: Final = mark("Amounts are those of the months left.")
NOT_KEPT: Final = mark("This page was opened without a workspace, so nothing can be approved.")


class AdjustmentCard(w.VBox):
    """Proposal or refusal; approving saves a version of the plan and shows who gets more or less."""

    def __init__(self, model: "ReviewModel", language: str, *, act: Callable[[Callable[[], Any]], None]) -> None:
        self.model, self.language = model, language
        self.seen = 0
        self._place: tuple[str, str] | None = None
        self.done: Approved | None = None
        user = model.user
        self.page, self.told, self.difference = w.HTML(waiting(language)), w.HTML(), w.HTML()
        self.who = w.Text(description=say("Approved by", language), value=user or "", disabled=bool(user))
        self.why = w.Text(description=say("Reason", language), placeholder=say("Why so", language))
        self.who.add_class("sp-r-approved-by")
        self.why.add_class("sp-r-approve-why")
        self.button = w.Button(description=say("Approve", language), icon="check", layout={"width": "auto"})
        self.button.add_class("sp-button")
        self.button.add_class("sp-r-approve")
        self.button.on_click(lambda _: act(self.approve))
        entry = w.HBox([self.who, self.why, self.button])
        entry.add_class("sp-version-entry")
        self.form = w.VBox([entry], layout={"display": "none"})
        super().__init__([self.page, self.form, self.told, self.difference])
        self.add_class("sp-r-adjustment")
        self.add_class("sp-versions")

    def follow(self) -> None:
        """Show the proposal of the unit looked at."""
        model, lang = self.model, self.language
        self.form.layout.display = "none"
        if not model.is_loaded or model.missing():
            self.page.value = waiting(lang)
            return
        if self._place != (model.month, model.place):
            self._place, self.told.value = (model.month, model.place), ""
        if model.is_person:
            self._show(note(say(FOR_UNITS, lang)))
            return
        if (fault := model.fault("adjustment")) is not None:
            self._show(note(say_error(fault, lang)))
            return
        review = model.review
        found = review.adjustment
        self.done = model.approvals.approved(review)
        if self.done is not None:
            self._show(self._done_html(self.done), self._changes_html(self.done))
            return
        self.seen = model.approvals.seen(review)
        self._show(show_adjustment(found, model.names, currency=model.currency).html + self._ledger_html(found))
        if found is not None and found.status == "proposed":
            may = model.reader.leads(model.place)
            if may and model.approvals.can_keep:
                self.form.layout.display = None
            else:
                self.page.value += note(say(NOT_KEPT if may else ONLY_LEADERS, lang))

    def _show(self, page: str, difference: str = "") -> None:
        self.page.value, self.difference.value = page, difference

    def approve(self) -> None:
        """Approve the proposal; what is missing or wrong is said under it."""
        try:
            self.done = self.model.approve(who=self.who.value, why=self.why.value, seen=self.seen)
        except InputError as wrong:
            self.told.value = f'<p class="sp-k-wrong" role="alert">{e(say_error(wrong, self.language))}</p>'
            return
        self.why.value = self.told.value = ""

    def _ledger_html(self, found: "Adjustment | None") -> str:
        if found is None:
            return ""
        lang = self.language
        shown = [(text, found.ledger[key]) for key, text in LEDGER
                 if key not in ONLY_IF_PROPOSED or (found.status == "proposed" and (found.ledger[key] or key != "agreed_fen"))]
        amounts = [format_money(fen / 100, lang, currency=self.model.currency, scale="exact") for _, fen in shown]
        rows = "".join(f"<div><dt>{e(say(text, lang))}</dt><dd>{e(amount)}</dd></div>"
                       for (text, _), amount in zip(shown, amounts, strict=True))
        return f'<h5>{e(say("The arithmetic", lang))}</h5><dl class="sp-r-ledger">{rows}</dl>'

    def _done_html(self, done: "Approved") -> str:
        when = pd.Timestamp(done.decided_at).tz_convert(_here()).strftime("%Y-%m-%d %H:%M")
        words = say(DONE, self.language, who=done.who, when=when, why=done.why, n=done.version)
        about = self.model.names.node(done.unit_id) if done.unit_id in self.model.reader.units else say("A unit above", self.language)
        return f'<p class="sp-r-approved" data-version="{done.version}"><b>{e(about)}</b> {e(words)}</p>'

    def _changes_html(self, done: "Approved") -> str:
        from salesplan.data.plan_store import CHANGES

        lang, names = self.language, self.model.names
        moved = done.changes[done.changes["cause"] != "same"]
        if moved.empty:
            return note(say("Nobody gets more or less.", lang))
        words = {name: say(text, lang) for name, text in (
            ("old", "Old target"), ("new", "New target"), ("change", "Difference"), ("growth", "Change in %"), ("cause", "Cause"))}
        shown = pd.DataFrame({
            "name": [names.node(who) for who in moved["seller_id"]],
            **{words[name]: moved[name].to_numpy() for name in ("old", "new", "change", "growth")},
            words["cause"]: [say(CHANGES[str(cause)], lang) for cause in moved["cause"]], "reason": moved["reason"].to_numpy(),
        })  # fmt: skip
        kinds = {**dict.fromkeys((words["old"], words["new"], words["change"]), "money"), words["growth"]: "signed_percent",
                 words["cause"]: "text"}
        told = note(say("{n} of {all} people get another target.", lang, n=len(moved), all=len(done.changes)) + " "
                    + say(MONTHS_LEFT, lang))
        scale = {"zh": "ten_thousand", "en": "thousand"}[lang]
        return told + html_table(shown, lang, currency=self.model.currency, max_rows=MOST_ROWS, kinds=kinds, scale=scale)


def _here() -> Any:
    from datetime import datetime

    return datetime.now().astimezone().tzinfo
