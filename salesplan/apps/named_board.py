"""A table whose first column is buttons: names stay in sight when the figures are moved sideways, and open what they name."""

from collections.abc import Callable, Sequence

import ipywidgets as w


class NamedBoard(w.HBox):
    """Names left, figures right.

    Parameters
    ----------
    open_row
        Called with the key of the row whose name was clicked.
    """

    def __init__(self, open_row: Callable[[str], object]) -> None:
        self._open_row = open_row
        self.names, self.figures = w.VBox(), w.HTML()
        self.names.add_class("sp-k-names")
        self.figures.add_class("sp-k-figures")
        self.pool: list[w.Button] = []
        self._keys: list[str] = []
        super().__init__([self.names, self.figures])
        self.add_class("sp-k-board")

    def show(self, keys: Sequence[str], names: Sequence[str], figures: str, *, tooltips: Sequence[str] = ()) -> None:
        """Show rows: their keys, what they are called, and the figures as one piece of HTML."""
        self.figures.value = figures
        while len(self.pool) < len(keys):
            self.pool.append(self._new_button(len(self.pool)))
        self._keys = list(keys)
        for button, name, tooltip in zip(self.pool, names, tooltips or names, strict=False):
            if (button.description, button.tooltip) != (name, tooltip):
                with button.hold_sync():  # one message instead of two
                    button.description, button.tooltip = name, tooltip
        shown = tuple(self.pool[: len(keys)])
        if self.names.children != shown:
            self.names.children = shown

    def _new_button(self, place: int) -> w.Button:
        button = w.Button(layout={"width": "auto"})
        button.add_class("sp-k-name")
        button.on_click(lambda _: self._open_row(self._keys[place]))
        return button
