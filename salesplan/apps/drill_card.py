"""The panel's table: who or what stands below the node looked at, and why its target is what it is."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from salesplan.apps import drill, panel_html
from salesplan.text import mark, say
from salesplan.text.numbers import common_scale

if TYPE_CHECKING:
    from salesplan.apps.target_model import TargetModel

MOST_ROWS = 60
VIEWS = (
    ("units", mark("Units below")),
    ("months", mark("Months")),
    ("why", mark("Why this number")),
)


class DrillCard(w.VBox):
    """Rows that open what they name; the arithmetic of the node is worked out when its tab is opened."""

    def __init__(self, model: "TargetModel", language: str, *, safe: Callable[..., Any]) -> None:
        self.model, self.language, self._safe = model, language, safe
        self.table_head, self.table_foot, self.why = w.HTML(), w.HTML(), w.HTML()
        self.rows = w.VBox()
        self.row_pool: list[tuple[w.HBox, w.Button, w.HTML]] = []
        self._row_keys: list[tuple[str, str]] = []
        self.view = w.ToggleButtons(
            options=[(say(text, language), key) for key, text in VIEWS],
            value=model.view,
            style={"button_width": "auto"},
        )
        self.view.add_class("sp-tabs")
        self.rows.add_class("sp-rows")
        self.table = w.VBox([self.table_head, self.rows, self.table_foot])
        super().__init__([self.view, self.table, self.why])
        self.add_class("sp-card")
        self.add_class("sp-table-card")
        w.link((model, "view"), (self.view, "value"))

    def drill_rows(self) -> tuple[str, list[drill.DrillRow]]:
        """Caption of the first column and the rows below the node looked at."""
        model, lang = self.model, self.language
        where: dict[str, Any] = {"unit_id": model.unit_id, "product_line": model.product_line, "language": lang}
        if model.month:
            return say("Week", lang), drill.week_rows(model.plan, month=model.month, **where)
        if model.view != "months" and model.has_children():
            return say("Name", lang), drill.unit_rows(model.plan, **where)
        return say("Month", lang), drill.month_rows(model.plan, history=getattr(model.data, "history", None), **where)

    def draw(self) -> None:
        """Show the rows, or the arithmetic."""
        asks_why = self.model.view == "why"
        self.table.layout.display = "none" if asks_why else None
        self.why.layout.display = None if asks_why else "none"
        if asks_why:
            self.why.value = self.why_html()
        else:
            self._draw_rows()

    def why_html(self) -> str:
        """The arithmetic behind the target looked at: of the year, or of the month that is open."""
        from salesplan.targets.explain import explain_node

        told = explain_node(self.model.plan, self.model.node, month=self.model.month or None)
        return f'<div class="sp-table-wrap" tabindex="0">{told.to_html(self.language)}</div>'

    def _draw_rows(self) -> None:
        first, rows = self.drill_rows()
        lang = self.language
        columns = panel_html.columns_of(rows)
        look: dict[str, Any] = {
            "language": lang,
            "currency": self.model.plan.currency,
            "scale": common_scale([row.target for row in rows], lang),
            "columns": columns,
        }
        self.table_head.value = (
            f'<div class="sp-row sp-head-row"><div class="sp-name">{panel_html.e(first)}</div>'
            f"{panel_html.head_cells(lang, columns)}</div>"
        )
        shown = rows[:MOST_ROWS]
        while len(self.row_pool) < len(shown):
            self.row_pool.append(self._new_row(len(self.row_pool)))
        self._row_keys = [(row.opens, row.key) for row in shown]
        for row, (_, button, figures) in zip(shown, self.row_pool, strict=False):
            button.description, button.tooltip = row.name, row.name
            button.disabled = not row.opens
            figures.value = panel_html.row_cells(row, **look)
        self.rows.children = [box for box, _, _ in self.row_pool[: len(shown)]]
        total = panel_html.total_row(rows, name=say("Total", lang), language=lang)
        more = ""
        if len(rows) > len(shown):
            left = say("{n} smaller ones are in the total and in the workbook.", lang, n=len(rows) - len(shown))
            more = f'<p class="sp-note">{panel_html.e(left)}</p>'
        self.table_foot.value = (
            f'<div class="sp-row sp-total"><div class="sp-name">{panel_html.e(total.name)}</div>'
            f"{panel_html.row_cells(total, **look)}</div>{more}"
        )

    def _new_row(self, place: int) -> tuple[w.HBox, w.Button, w.HTML]:
        button, figures = w.Button(layout={"width": "auto"}), w.HTML()
        button.add_class("sp-open")
        figures.add_class("sp-figures")
        button.on_click(self._safe(lambda _: self.open_row(place)))
        box = w.HBox([button, figures])
        box.add_class("sp-row")
        return box, button, figures

    def open_row(self, place: int) -> None:
        """Follow a row of the table: into a unit, or into the weeks of a month."""
        opens, key = self._row_keys[place]
        if opens == "unit":
            self.model.open_unit(key)
        elif opens == "month":
            self.model.open_month(key)
