"""The cards of actions: what a review asks for, and the form with which a person decides about one of them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import ipywidgets as w
import pandas as pd

from salesplan.apps.panel_html import e, note
from salesplan.apps.review_actions import AT_ONCE, DECISIONS
from salesplan.apps.review_html import chip, waiting
from salesplan.data.action_store import STATUS_AFTER
from salesplan.errors import InputError
from salesplan.reporting.show_follow_up import DECISIONS as STATUS_WORDS
from salesplan.reporting.show_follow_up import said_measure
from salesplan.review.follow_up import VERDICTS
from salesplan.review.measures import MEASURES
from salesplan.text import mark, say
from salesplan.text.numbers import format_date, format_month
from salesplan.text.spoken_errors import say_error
from salesplan.text.wording import say_details

if TYPE_CHECKING:
    from salesplan.apps.review_model import ReviewModel

MOST_ROWS = 30
CAPTIONS: Final = {"accepted": mark("Accept"), "dismissed": mark("Dismiss"), "done": mark("Mark as done"), "reopened": mark("Open again")}
NONE_NOW: Final = mark("The review of this month asks for nothing here.")
NONE_EARLIER: Final = mark("No action of an earlier month is on record.")
ONLY_LEADERS: Final = mark("Only who leads the unit decides about its actions.")
DECIDED: Final = mark("{who}, {when}: {why}")
KEPT: Final = mark("On record: {status}.")
OUTCOMES: Final = {"improved": "sp-good", "worse": "sp-poor", "no_sign": "sp-r-grey", "cannot_tell": "sp-r-grey"}


class ActionsCard(w.VBox):
    """A list of actions; one of them at a time is open for a decision.

    Parameters
    ----------
    earlier
        Whether those of earlier months are shown, with their verdict, or those of the month.
    act
        Runs a move and shows what follows it.
    """

    def __init__(self, model: "ReviewModel", language: str, *, earlier: bool, act: Callable[[Callable[[], Any]], None]) -> None:
        self.model, self.language, self.is_earlier, self._act = model, language, earlier, act
        self.shown = pd.DataFrame()
        self.chosen = ""
        self.pool: list[tuple[w.HBox, w.HTML, w.Button]] = []
        self._place: tuple[str, str] | None = None
        self.foot, self.told = w.HTML(waiting(language)), w.HTML()
        self.form = self._make_form()
        self.list = w.VBox()
        self.list.add_class("sp-r-actions")
        super().__init__([self.list, self.told, self.foot])

    def _make_form(self) -> w.VBox:
        lang, user = self.language, self.model.user
        self.decision = w.ToggleButtons(options=[(say(CAPTIONS["accepted"], lang), "accepted")], style={"button_width": "auto"})
        self.decision.add_class("sp-tabs")
        self.who = self._text("who", mark("Decided by"), value=user or "", disabled=bool(user))
        self.why = self._text("why", mark("Reason"), placeholder=say("Why so", lang))
        self.owner = self._text("owner", mark("Owner"))
        self.due = w.DatePicker(description=say("Due", lang))
        save = self._button("sp-r-save", mark("Write down"), "check")
        save.on_click(lambda _: self._act(self.save))
        leave = self._button("sp-r-leave", mark("Close"), "times")
        leave.on_click(lambda _: self._act(lambda: self.open_form("")))
        entry = w.HBox([self.who, self.why, self.owner, self.due])
        entry.add_class("sp-version-entry")
        form = w.VBox([self.decision, entry, w.HBox([save, leave], layout={"grid_gap": "8px"})])
        form.add_class("sp-r-form")
        return form

    def _text(self, name: str, caption: str, **options: Any) -> w.Text:
        text = w.Text(description=say(caption, self.language), **options)
        text.add_class(f"sp-r-{name}")
        return text

    def _button(self, kind: str, caption: str, icon: str) -> w.Button:
        button = w.Button(description=say(caption, self.language), icon=icon, layout={"width": "auto"})
        button.add_class("sp-button")
        button.add_class(kind)
        return button

    def follow(self) -> None:
        """Show the actions of where the model stands."""
        model, lang = self.model, self.language
        if not model.is_loaded or model.missing():
            self.list.children, self.foot.value = (), waiting(lang)
            return
        if (fault := model.fault(*model.wanted())) is not None:
            self.list.children, self.foot.value = (), note(say_error(fault, lang))
            return
        place = (model.month, model.place)
        if self._place != place:
            self._place, self.chosen, self.told.value = place, "", ""
        shown = model.shown_actions(earlier=self.is_earlier)
        self.shown = (shown.sort_values("period", ascending=False, kind="stable") if self.is_earlier else shown).head(MOST_ROWS)
        self._draw()

    def _draw(self) -> None:
        model, lang = self.model, self.language
        rows = self.shown.to_dict("records")
        while len(self.pool) < len(rows):
            self.pool.append(self._new_row(len(self.pool)))
        children: list[w.Widget] = []
        decides = {unit: model.decides(unit) for unit in {str(row["unit_id"]) for row in rows}}
        for row, (box, page, button) in zip(rows, self.pool, strict=False):
            page.value = self._row_html(row)
            button.layout.display = None if decides[str(row["unit_id"])] else "none"
            children.append(box)
            if row["action_id"] == self.chosen:
                children.append(self.form)
        self.list.children = children
        words = "" if any(decides.values()) or not model.actions.can_keep else ONLY_LEADERS
        if not rows:
            words = NONE_EARLIER if self.is_earlier else NONE_NOW
        self.foot.value = note(say(words, lang)) if words else ""

    def _new_row(self, place: int) -> tuple[w.HBox, w.HTML, w.Button]:
        page, button = w.HTML(), self._button("sp-r-decide", mark("Decide"), "gavel")
        button.on_click(lambda _: self._act(lambda: self.open_form(str(self.shown.iloc[place]["action_id"]))))
        box = w.HBox([page, button])
        box.add_class("sp-r-action")
        return box, page, button

    def open_form(self, chosen: str) -> None:
        """Open the form for an action; without one, close it."""
        self.chosen, self.told.value = "" if chosen == self.chosen else chosen, ""
        rows = self.shown[self.shown["action_id"].eq(self.chosen)]
        if rows.empty:
            self.chosen = ""
            return
        row = rows.iloc[0]
        options = [(say(CAPTIONS[one], self.language), one) for one in DECISIONS[str(row["status"])]]
        self.decision.options = options
        self.decision.value = options[0][1]
        self.why.value = ""
        self.owner.value = say(str(row["owner"]), self.language) if row["owner"] else ""
        self.due.value = None if pd.isna(row["due"]) else pd.Timestamp(row["due"]).date()

    def save(self) -> None:
        """Write the decision down; what is missing or wrong is said under the list."""
        row = self.shown[self.shown["action_id"].eq(self.chosen)].iloc[0]
        before = say(str(row["owner"]), self.language) if row["owner"] else ""
        owner, due, decision = self.owner.value.strip(), self.due.value, str(self.decision.value)
        was = None if pd.isna(row["due"]) else pd.Timestamp(row["due"]).date()
        try:
            others = self.model.decide(self.shown, self.chosen, decision, who=self.who.value, why=self.why.value,
                                       owner=owner if owner != before else None, due=due if due != was else None)
        except InputError as wrong:
            self.told.value = f'<p class="sp-k-wrong" role="alert">{e(say_error(wrong, self.language))}</p>'
            return
        self.chosen = ""
        words = say(KEPT, self.language, status=say(STATUS_WORDS[STATUS_AFTER[decision]], self.language))
        self.told.value = note(words + (" " + say(AT_ONCE, self.language, who=others) if others else ""))

    def _row_html(self, row: dict[Any, Any]) -> str:
        lang, currency = self.language, self.model.currency
        message = say_details(str(row["message"]), row["details"], lang, currency=currency)
        action = say_details(str(row["action"]), row["details"], lang, currency=currency)
        owner = say(str(row["owner"]), lang) if row["owner"] else ""
        due = "" if pd.isna(row["due"]) else format_date(row["due"], lang)
        about = self.model.names.node(row["unit_id"])
        first = chip(str(row["urgency"]), lang) + " " if row.get("urgency") else ""
        if self.is_earlier:
            first = f'<span class="sp-r-period">{e(format_month(pd.Period(row["period"], "M"), lang))} · {e(about)}</span> '
        todo = " · ".join(e(text) for text in (action, owner, due) if text)
        return (f'<div class="sp-r-said" data-action="{e(row["action_id"])}" data-status="{e(row["status"])}">{first}'
                f'<em class="sp-chip sp-r-{e(row["status"])}">{e(say(STATUS_WORDS[row["status"]], lang))}</em> {e(message)}'
                f'<div class="sp-r-todo">{todo}</div>{self._verdict(row)}{self._decided(row)}</div>')

    def _verdict(self, row: dict[Any, Any]) -> str:
        if not self.is_earlier:
            return ""
        lang, measure = self.language, str(row["measure"])
        figures = ""
        if measure in MEASURES and pd.notna(row["value_then"]):
            then, now = (said_measure(row[name], measure, lang, currency=self.model.currency) for name in ("value_then", "value_now"))
            figures = f" {e(say(MEASURES[measure], lang))}: {e(then)} → {e(now)}"
        return f'<div><em class="sp-chip {OUTCOMES[row["verdict"]]}">{e(say(VERDICTS[row["verdict"]], lang))}</em>{figures}</div>'

    def _decided(self, row: dict[Any, Any]) -> str:
        if not row.get("decided_by"):
            return ""
        when = pd.Timestamp(row["decided_at"]).tz_convert(_here()).strftime("%Y-%m-%d %H:%M")
        told = say(DECIDED, self.language, who=row["decided_by"], when=when, why=row["why"] or "–")
        return f'<div class="sp-r-by">{e(told)}</div>'


def _here() -> Any:
    from datetime import datetime

    return datetime.now().astimezone().tzinfo
