"""What every panel has: a place for errors, guarded callbacks, buttons, files to take away, a snapshot for the report."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import ipywidgets as w

from salesplan.apps import downloads
from salesplan.apps.callbacks import reported
from salesplan.apps.context import in_app
from salesplan.apps.panel_html import head, note
from salesplan.text import mark, say

Made = tuple[bytes, str]
"""A file: its content and its name."""


def make_card(*children: w.Widget, kind: str = "") -> w.VBox:
    """A card of the panel."""
    card = w.VBox(list(children))
    card.add_class("sp-card")
    if kind:
        card.add_class(kind)
    return card


class PanelFrame(w.VBox):
    """Live in Voilà and JupyterLab; in a report, the snapshot of what it shows.

    Parameters
    ----------
    model
        State and rules; tests move it without a browser.
    language
        Language of everything in the panel.
    """

    title: str
    """Marked name of the panel, for readers without pictures."""

    def __init__(self, model: Any, language: str) -> None:
        self.model, self.language = model, language
        self.banner, self.links = w.HTML(), w.HTML()
        super().__init__()
        self.add_class("sp-target-panel")

    def _say(self, text: str, **values: Any) -> str:
        return say(text, self.language, **values)

    def _safe(self, callback: Callable[..., Any]) -> Callable[..., Any]:
        return reported(self._show_banner, language=self.language)(callback)

    def _aside(self, callback: Callable[..., Any]) -> Callable[..., Any]:
        """As `_safe`, for work nobody waits for: when it goes well it takes no earlier error off the page."""
        return reported(lambda text: self._show_banner(text) if text else None, language=self.language)(callback)

    def _show_banner(self, text: str) -> None:
        self.banner.value = text

    def _act(self, change: Callable[[], Any]) -> None:
        """Change the model, then show what follows; an error goes to the person and the log."""
        self._safe(partial(self._do, change))()

    def _do(self, change: Callable[[], Any]) -> None:
        raise NotImplementedError

    def _button(self, text: str, icon: str, action: Callable[[], Any], *, kind: str) -> w.Button:
        button = w.Button(description=self._say(text), icon=icon, layout={"width": "auto"})
        button.add_class("sp-button")
        button.add_class(kind)
        button.on_click(lambda _: action())
        return button

    def _file_card(self, files: Sequence[tuple[str, str, Callable[[Any, str], Made], str]], told: str) -> w.VBox:
        """Buttons of files: caption, icon, what makes it of the model, class of the button; and what to know of them."""
        buttons = w.HBox([self._button(text, icon, self._safe(partial(self._hand_over, make)), kind=kind)
                          for text, icon, make, kind in files])
        buttons.add_class("sp-buttons")
        title = w.HTML(head("fa-download", self._say(mark("Downloads"))))
        return make_card(title, buttons, self.links, w.HTML(note(self._say(told))))

    def _hand_over(self, make: Callable[[Any, str], Made]) -> None:
        content, filename = make(self.model, self.language)
        self.links.value = downloads.download_link(content, filename, filename, start=True)

    def snapshot(self) -> str:
        """The panel as plain HTML."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = super()._repr_mimebundle_(**kwargs) or {}
        if in_app():  # the page shows the live panel; a snapshot would only cost time
            return bundle
        return {**bundle, "text/html": self.snapshot(), "text/plain": self._say(self.title)}
