"""The card with which a plan is saved as a version and compared with those saved before."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ipywidgets as w
import pandas as pd

from salesplan.apps.panel_html import changes_list, e
from salesplan.apps.plan_versions import SCREEN, PlanVersions
from salesplan.reporting.show import page_css
from salesplan.text import mark, say
from salesplan.text.tables import html_table

if TYPE_CHECKING:
    from salesplan.apps.target_model import TargetModel

MOST_ROWS = 60
LONGEST_NAME = 24

Safe = Callable[[Callable[..., Any]], Callable[..., Any]]


class VersionsCard(w.VBox):
    """Save, list, compare; what these mean is in `PlanVersions`.

    Parameters
    ----------
    safe
        Wraps each callback, so that its error reaches the person and the log.
    """

    def __init__(self, model: "TargetModel", versions: PlanVersions, *, language: str, safe: Safe) -> None:
        self.model, self.versions, self.language = model, versions, language
        self.seen: int | None = None
        self.author = w.Text(
            value=versions.user or "", disabled=bool(versions.user), description=say("Saved by", language)
        )
        self.reason = w.Text(
            placeholder=say("What changed and why", language), description=say("Reason", language)
        )
        self.author.add_class("sp-version-author")
        self.reason.add_class("sp-version-reason")
        save = w.Button(description=say("Save version", language), icon="save", layout={"width": "auto"})
        save.add_class("sp-button")
        save.add_class("sp-save-version")
        save.on_click(safe(lambda _: self.save()))
        self.told, self.listed, self.difference = w.HTML(), w.HTML(), w.HTML()
        self.old, self.new = (w.Dropdown(description=say(t, language)) for t in (mark("Compare"), mark("with")))
        for choice in (self.old, self.new):
            choice.add_class("sp-version-choice")
            choice.observe(safe(lambda _: self.compare()), "value")
        self._filling = False
        entry, chosen = w.HBox([self.author, self.reason, save]), w.HBox([self.old, self.new])
        entry.add_class("sp-version-entry")
        chosen.add_class("sp-version-entry")
        self.comparison = w.VBox([chosen, self.difference], layout={"display": "none"})
        head = w.HTML(
            f"<style>{page_css()}</style><h4><i class=\"fa fa-history\" aria-hidden=\"true\"></i> "
            f"{e(say('Plan versions', language))}</h4>"
        )
        super().__init__([head, entry, self.told, self.listed, self.comparison])
        self.add_class("sp-card")
        self.add_class("sp-versions")

    def save(self) -> None:
        """Save the plan on the screen; then the list and the comparison are those of now."""
        plan = self.model.plan
        try:
            number = self.versions.save(
                plan, author=self.author.value, reason=self.reason.value, seen=self.seen, language=self.language
            )
        finally:
            self.refresh()
        self.reason.value = ""
        self.told.value = f'<p class="sp-note">{e(say("Saved as version {n}.", self.language, n=number))}</p>'

    def refresh(self) -> None:
        """Read which versions there are."""
        found = self.versions.listed(self.model.plan)
        self.seen = int(found["version"].max()) if len(found) else 0
        self.listed.value = self._list_html(found)
        self.comparison.layout.display = None if len(found) else "none"
        if len(found):
            self._offer(found)

    def _list_html(self, found: pd.DataFrame) -> str:
        if found.empty:
            return f'<p class="sp-note">{e(say("No version of this plan has been saved yet.", self.language))}</p>'
        when = pd.to_datetime(found["saved_at"], utc=True).dt.tz_convert(_here())
        shown = found.assign(saved_at=when.dt.strftime("%Y-%m-%d %H:%M"))
        shown = shown.rename(columns={"saved_at": say("Saved at", self.language)})
        scale = {"zh": "ten_thousand", "en": "thousand"}[self.language]  # versions differ by little
        return html_table(
            shown, self.language, currency=self.model.plan.currency, max_rows=MOST_ROWS, scale=scale
        )

    def _offer(self, found: pd.DataFrame) -> None:
        """Put the versions into both choices; the newest against the screen, unless two were chosen."""
        options = [
            (f"{n} · {author[:LONGEST_NAME]} · {reason[:LONGEST_NAME]}", int(n))
            for n, author, reason in zip(found["version"], found["author"], found["reason"], strict=True)
        ]
        screen = (say("Plan on the screen", self.language), SCREEN)
        before = (self.old.value, self.new.value)
        self._filling = True
        try:
            self.old.options = [*options, screen]
            self.new.options = [screen, *options]
            known = {value for _, value in [*options, screen]}
            chosen = before if set(before) <= known else (options[0][1], SCREEN)
            self.old.value, self.new.value = chosen
        finally:
            self._filling = False
        self.compare()

    def compare(self) -> None:
        """Show who gets more or less in the second choice than in the first."""
        if self._filling or self.old.value is None or self.new.value is None:
            return
        if self.old.value == self.new.value:
            self.difference.value = f'<p class="sp-note">{e(say("Choose two different versions to compare.", self.language))}</p>'
            return
        plan, pair = self.model.plan, (self.old.value, self.new.value)
        table = self.versions.compared(plan, *pair, language=self.language)
        changes = self.versions.settings_changed(plan, *pair, language=self.language)
        self.difference.value = changes_list(changes) + self._difference_html(table)

    def _difference_html(self, table: pd.DataFrame) -> str:
        from salesplan.data.plan_store import CHANGES

        moved = table[table["cause"] != "same"]
        if moved.empty:
            return f'<p class="sp-note">{e(say("Nobody gets more or less.", self.language))}</p>'
        note = say("{n} of {all} people get another target.", self.language, n=len(moved), all=len(table))
        kinds = {
            "old": (mark("Old target"), "money"),
            "new": (mark("New target"), "money"),
            "change": (mark("Difference"), "money"),
            "growth": (mark("Change in %"), "signed_percent"),
            "cause": (mark("Cause"), "text"),
        }
        words = {name: say(text, self.language) for name, (text, _) in kinds.items()}
        causes = [say(CHANGES[str(c)], self.language) for c in moved["cause"]]
        shown = moved.assign(cause=causes)[["name", *kinds, "reason"]].rename(columns=words)
        page = html_table(
            shown,
            self.language,
            currency=self.model.plan.currency,
            max_rows=MOST_ROWS,
            kinds={words[name]: kind for name, (_, kind) in kinds.items()},
        )
        return f'<p class="sp-note">{e(note)}</p>{page}'

    def follow(self) -> None:
        """Compare anew when the plan on the screen, which has moved, is one of the two."""
        if self.seen is None:
            self.refresh()
        elif SCREEN in (self.old.value, self.new.value):
            self.compare()


def _here() -> Any:
    from datetime import datetime

    return datetime.now().astimezone().tzinfo
