"""The card with which a KPI scheme is saved as a version, compared, and approved for months to come."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ipywidgets as w
import pandas as pd

from salesplan.apps.kpi_versions import SCREEN, SchemeVersions
from salesplan.apps.panel_html import e, head, note
from salesplan.errors import InputError
from salesplan.reporting.show import page_css
from salesplan.reporting.statement_html import said_weight
from salesplan.text import mark, say
from salesplan.text.numbers import format_month
from salesplan.text.spoken_errors import say_error
from salesplan.text.tables import html_table

if TYPE_CHECKING:
    from salesplan.apps.kpi_model import KpiModel

MOST_ROWS = 60
LONGEST_NAME = 24
STATUS_WORDS = {
    "draft": mark("Draft"), "submitted": mark("Submitted"), "approved": mark("Approved"), "rejected": mark("Rejected"),
    "withdrawn": mark("Withdrawn"),
}  # fmt: skip
CAUSES = {"added": mark("added"), "removed": mark("removed"), "changed": mark("changed")}
FIELDS = {"weight": mark("Weight"), "rule.function": mark("Scoring rule"), "step": mark("Step"), "result_share": mark("Share of results")}
PROSPECTIVE = mark("An approved version counts from its month on; the scores of {period} and before stay as they are.")
PROPOSAL = mark("What you save here is your proposal; a version for the company is approved where all of it is seen.")
IN_FORCE = mark("{period} is scored by version {n}, approved, from {month} on.")
PACKAGED = mark("{period} is scored by the packaged scheme: no version has been approved for it.")
DECIDED = mark("{who}, {when}: {why}")
REPLACED = mark("Replaced by version {n}")
COUNTS = mark("Approved, in place of another")
IS_REPLACED = mark("Version {n} was approved ({decision}), but does not count: for its month version {by} is the newest.")
IS_APPROVED = mark("Version {n} is approved: {decision}")
APPROVED = mark("Version {n} is approved. It counts for periods from {month} on; earlier scores stay as they are.")


class SchemeVersionsCard(w.VBox):
    """Save, list, compare, approve; what these mean is in `SchemeVersions`."""

    def __init__(
        self, model: "KpiModel", versions: SchemeVersions, *, language: str, safe: Callable[..., Any]
    ) -> None:
        self.model, self.versions, self.language = model, versions, language
        self.seen: int | None = None
        self._filling = False
        lang = language
        self.author = self._text("author", mark("Saved by"), value=versions.user or "", disabled=bool(versions.user))
        self.reason = self._text("reason", mark("Reason"), value=model.base.scheme_reason,
                                 placeholder=say("What changed and why", lang))
        self.month = w.Dropdown(options=[(format_month(m, lang), m) for m in versions.months],
                                description=say("Counts from", lang))
        save = self._button("sp-save-scheme", mark("Save version"), "save")
        save.on_click(safe(lambda _: self._try(self.save)))
        self.told, self.listed, self.difference = w.HTML(), w.HTML(), w.HTML()
        self.old, self.new = (w.Dropdown(description=say(t, lang)) for t in (mark("Compare"), mark("with")))
        for choice in (self.old, self.new):
            choice.observe(safe(lambda _: self.compare()), "value")
        self.which = w.Dropdown(description=say("Version", lang))
        self.which.observe(safe(lambda _: self._follow_choice()), "value")
        self.who = self._text("who", mark("Approved by"), value=versions.user or "", disabled=bool(versions.user))
        self.why = self._text("why", mark("Reason"))
        self.approve_button = self._button("sp-approve-scheme", mark("Approve"), "check")
        self.approve_button.on_click(safe(lambda _: self._try(self.approve)))
        self.decided = w.HTML()
        self.approval = w.VBox([self._row(self.which, self.who, self.why, self.approve_button), self.decided])
        self._found = pd.DataFrame()
        self.comparison = w.VBox([self._row(self.old, self.new), self.difference])
        rule = say(PROPOSAL if versions.user else PROSPECTIVE, lang, period=self._month(versions.last_month))
        title = w.HTML(f"<style>{page_css()}</style>" + head("fa-history", say("Versions of the scheme", lang)) + note(rule))
        super().__init__([title, self._row(self.author, self.reason, self.month, save), self.told, self.listed,
                          self.approval, self.comparison])
        self.add_class("sp-card")
        self.add_class("sp-versions")
        self.add_class("sp-k-versions")

    def _text(self, name: str, caption: str, **options: Any) -> w.Text:
        text = w.Text(description=say(caption, self.language), **options)
        text.add_class(f"sp-scheme-{name}")
        return text

    def _button(self, kind: str, caption: str, icon: str) -> w.Button:
        button = w.Button(description=say(caption, self.language), icon=icon, layout={"width": "auto"})
        button.add_class("sp-button")
        button.add_class(kind)
        return button

    def _row(self, *widgets: w.Widget) -> w.HBox:
        row = w.HBox(list(widgets))
        row.add_class("sp-version-entry")
        return row

    def _month(self, month: Any) -> str:
        return format_month(month, self.language)

    def _try(self, action: Callable[[], None]) -> None:
        """Do something; what is missing or wrong in the entries is said beside them."""
        try:
            action()
        except InputError as wrong:
            self.told.value = f'<p class="sp-k-wrong" role="alert">{e(say_error(wrong, self.language))}</p>'

    def save(self) -> None:
        """Save the scheme on the screen; then the list and the comparison are those of now."""
        try:
            number = self.versions.save(self.model.scheme, author=self.author.value, reason=self.reason.value,
                                        valid_from=str(self.month.value), seen=self.seen)
        finally:
            self.refresh()
        self.reason.value = ""
        self.which.value = number
        told = say("Saved as version {n}, a draft. It counts only after it is approved.", self.language, n=number)
        self.told.value = note(told)

    def approve(self) -> None:
        """Approve the chosen version."""
        kept = self.versions.approve(int(self.which.value), who=self.who.value, why=self.why.value)
        self.refresh()
        self.why.value = ""
        self.told.value = note(say(APPROVED, self.language, n=kept.version, month=self._month(kept.valid_from)))

    def refresh(self) -> None:
        """Read which versions there are."""
        self._found = found = self.versions.listed()
        self.seen = int(found["version"].max()) if len(found) else 0
        self.listed.value = self._force_html() + self._list_html(found)
        self.comparison.layout.display = None if len(found) else "none"
        self.approval.layout.display = None if len(found) and not self.versions.user else "none"
        if len(found):
            self._offer(found)

    def _force_html(self) -> str:
        kept, period = self.versions.in_force(), self._month(self.versions.last_month)
        if kept is None:
            return note(say(PACKAGED, self.language, period=period))
        return note(say(IN_FORCE, self.language, period=period, n=kept.version, month=self._month(kept.valid_from)))

    def _list_html(self, found: pd.DataFrame) -> str:
        if found.empty:
            return note(say("No version of this scheme has been saved yet.", self.language))
        words = {"saved_at": mark("Saved at"), "valid_from": mark("Counts from"), "status": mark("State"),
                 "decision": mark("Decision")}
        shown = found.drop(columns=["who", "why", "decided_at", "by"]).assign(
            saved_at=_local_times(found["saved_at"]), valid_from=[self._month(m) for m in found["valid_from"]],
            status=[self._status(row, set(found["by"])) for row in found.itertuples(index=False)],
            decision=[self._decision(row) or "–" for row in found.itertuples(index=False)])
        return html_table(shown.rename(columns={k: say(v, self.language) for k, v in words.items()}), self.language,
                          max_rows=MOST_ROWS)

    def _status(self, row: Any, replacing: set[int]) -> str:
        """The state of a version; of several approved for one month, which of them counts."""
        if row.status == "superseded":
            return say(REPLACED, self.language, n=row.by)
        return say(COUNTS if row.version in replacing else STATUS_WORDS[row.status], self.language)

    def _decision(self, row: Any) -> str:
        """Who decided about a version, when and why; empty where nobody has."""
        if pd.isna(row.who):
            return ""
        return say(DECIDED, self.language, who=row.who, why=row.why, when=_local_times(pd.Series([row.decided_at])).iloc[0])

    def _follow_choice(self) -> None:
        """An approved version says by whom, and is not approved a second time."""
        chosen = self._found[self._found["version"] == self.which.value] if len(self._found) else self._found
        is_approved = bool(len(chosen)) and chosen["status"].iloc[0] in ("approved", "superseded")
        for entry in (self.why, self.approve_button):
            entry.disabled = is_approved
        self.who.disabled = is_approved or bool(self.versions.user)
        row = next(chosen.itertuples(index=False), None)
        self.decided.value = "" if not is_approved or row is None else note(
            say(IS_REPLACED if row.by else IS_APPROVED, self.language, n=row.version, by=row.by, decision=self._decision(row)))

    def _offer(self, found: pd.DataFrame) -> None:
        """Put the versions into the choices; the newest against the screen, unless two were chosen."""
        options = [(f"{n} · {author[:LONGEST_NAME]} · {reason[:LONGEST_NAME]}", int(n))
                   for n, author, reason in zip(found["version"], found["author"], found["reason"], strict=True)]
        screen = (say("Scheme on the screen", self.language), SCREEN)
        before = (self.old.value, self.new.value)
        self._filling = True
        try:
            self.old.options, self.new.options = [*options, screen], [screen, *options]
            known = {value for _, value in [*options, screen]}
            self.old.value, self.new.value = before if set(before) <= known else (options[0][1], SCREEN)
            chosen = self.which.value
            self.which.options = options
            self.which.value = chosen if chosen in known - {SCREEN} else options[0][1]
        finally:
            self._filling = False
        self._follow_choice()
        self.compare()

    def compare(self) -> None:
        """Show what the second choice says otherwise than the first."""
        if self._filling or self.old.value is None or self.new.value is None:
            return
        if self.old.value == self.new.value:
            self.difference.value = note(say("Choose two different versions to compare.", self.language))
            return
        table = self.versions.compared(self.model.scheme, self.old.value, self.new.value)
        self.difference.value = self._difference_html(table)

    def _difference_html(self, table: pd.DataFrame) -> str:
        if table.empty:
            return note(say("Both say the same.", self.language))
        scheme, library, lang = self.model.scheme, self.model.library, self.language
        words = (mark("KPI set"), mark("KPI"), mark("What"), mark("Old"), mark("New"), mark("Cause"))
        heads = "".join(f"<th>{e(say(text, lang))}</th>" for text in words)
        rows = "".join(
            f"<tr><td>{e(scheme[r.set].name.said(lang) if r.set in scheme.codes else r.set)}</td>"
            f"<td>{e(library.title(r.kpi, lang) if r.kpi in library else r.kpi)}</td>"
            f"<td>{e(say(FIELDS[r.field], lang) if r.field in FIELDS else r.field)}</td><td>{e(_said(r.old, r.field, lang))}</td>"
            f"<td>{e(_said(r.new, r.field, lang))}</td><td>{e(say(CAUSES[r.cause], lang))}</td></tr>"
            for r in _rows(table.head(MOST_ROWS))
        )
        more = note(say("{n} more changes are not shown.", lang, n=len(table) - MOST_ROWS)) if len(table) > MOST_ROWS else ""
        return (f'<div class="sp-table-wrap" tabindex="0"><table class="sp-k-table sp-k-diff"><thead><tr>{heads}</tr></thead>'
                f"<tbody>{rows}</tbody></table></div>{more}")

    def follow(self) -> None:
        """Compare anew when the scheme on the screen, which has moved, is one of the two."""
        if self.seen is None:
            self.refresh()
        elif SCREEN in (self.old.value, self.new.value):
            self.compare()


def _rows(table: pd.DataFrame) -> Any:
    return table.itertuples(index=False)


def _said(value: Any, field: str, language: str) -> str:
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return "–"
    if field in ("weight", "step", "result_share") and isinstance(value, int | float):
        return said_weight(float(value), language)
    return str(value)


def _local_times(times: "pd.Series[str]") -> "pd.Series[str]":
    """Moments as a clock here shows them."""
    found: pd.Series[str] = pd.to_datetime(times, utc=True).dt.tz_convert(_here()).dt.strftime("%Y-%m-%d %H:%M")
    return found


def _here() -> Any:
    from datetime import datetime

    return datetime.now().astimezone().tzinfo
