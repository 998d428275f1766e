"""A page worked out before anybody asks for it: kernels forked from the process that did so only have to show it.

The cells run as they would in a kernel, for the app's own user and nobody else. Each fork shows its own copy once; what
was worked out before is never shown after a file of the workspace has changed, nor in another language.
"""

import os
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import nbformat

from salesplan.apps.callbacks import app_log
from salesplan.apps.context import LANGUAGE, USER, WORKSPACE
from salesplan.apps.later import finish_waiting
from salesplan.apps.warming import CELL
from salesplan.data.workspace_stamp import workspace_stamp
from salesplan.errors import SalesplanError

TRIES = 3
SHOW = "__salesplan_show__"
_SUITS = (WORKSPACE, USER, LANGUAGE)


class RehearsalError(SalesplanError, RuntimeError):
    """A page could not be worked out beforehand; its kernels then do it themselves."""


@dataclass(eq=False, kw_only=True)
class RehearsedPage:
    """What the cells of a page showed and left behind.

    Attributes
    ----------
    notebook, environment
        What was run, and what it was told by the server.
    stamp
        How workspace, notebook and calendar stood.
    shown
        Source of a cell -> what it showed.
    names
        What the cells left behind.
    """

    notebook: Path
    environment: Mapping[str, str]
    stamp: tuple[Any, ...]
    shown: dict[str, list[Any]]
    names: dict[str, Any] = field(default_factory=dict)

    def is_fresh(self) -> bool:
        """Whether all files, and the day, are still those the page was made from."""
        return self.stamp == _stamp(self.environment[WORKSPACE], self.notebook)

    def suits(self, environment: Mapping[str, str]) -> bool:
        """Whether a kernel with this environment would show the same page."""
        return all(environment.get(name, "") == self.environment[name] for name in _SUITS)

    def open(self, shell: Any) -> None:
        """In a fork: let the kernel show what stands, instead of running those cells; each of them once."""
        from ipywidgets.widgets import widget

        for one in widget._instances.values():
            one.comm.kernel = shell.kernel  # it was made without one
        shell.user_ns.update(self.names)
        sources = list(self.shown)
        left = dict(enumerate(self.shown.values()))

        def instead(lines: list[str]) -> list[str]:
            asked = "".join(lines).strip()
            place = sources.index(asked) if asked in self.shown else -1
            return [f"{SHOW}({place})\n"] if place in left else lines

        def show(place: int) -> Any:
            return _show(shell, left.pop(place))

        shell.user_ns[SHOW] = show
        shell.user_ns_hidden[SHOW] = show
        shell.input_transformer_manager.cleanup_transforms.insert(0, instead)

    def forget(self) -> None:
        """In a fork that makes its page itself: leave nothing of this one behind."""
        import comm
        from ipywidgets.widgets import widget

        widget._instances.clear()
        getattr(comm.get_comm_manager(), "comms", {}).clear()
        self.shown.clear()
        self.names.clear()


class _Result:
    """Stands for the value of a cell."""

    def __init__(self, output: Any) -> None:
        self._output = output

    def _repr_mimebundle_(self, **_options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        return dict(self._output["data"]), dict(self._output["metadata"])


def _show(shell: Any, outputs: list[Any]) -> Any:
    """Show again what a cell has shown; its value is handed back."""
    result = None
    for output in outputs:
        if output["output_type"] == "execute_result":
            result = _Result(output)
        elif output["output_type"] == "stream":
            (sys.stderr if output["name"] == "stderr" else sys.stdout).write(output["text"])
        else:
            shell.display_pub.publish(dict(output["data"]), dict(output["metadata"]))
    return result


def rehearse(notebook: str) -> RehearsedPage:
    """Run the cells the app runs, with the environment of this process, and keep what they show.

    Raises
    ------
    RehearsalError
        A cell failed, files changed under it again and again, or threads go on; it stands in the log of the app.
    """
    try:
        return _rehearsed(Path(notebook))
    except Exception as error:
        app_log().warning("pages are not worked out beforehand: %s", error)
        raise RehearsalError(str(error), where=notebook) from error


def _rehearsed(notebook: Path) -> RehearsedPage:
    environment = {name: os.environ.get(name, "") for name in _SUITS}
    for _ in range(TRIES):
        before = _stamp(environment[WORKSPACE], notebook)
        page = RehearsedPage(notebook=notebook, environment=environment, stamp=before, shown={})
        _run(page)
        if threading.active_count() > 1:
            raise RehearsalError(f"threads run: {threading.enumerate()}", where=str(notebook))
        if page.is_fresh():
            return page
        page.forget()
    raise RehearsalError("the files of the workspace change while the page is made", where=str(notebook))


def _run(page: RehearsedPage) -> None:
    from salesplan.apps.server import app_cells
    from salesplan.kernels.shell import fresh_shell

    cells = app_cells(nbformat.read(str(page.notebook), 4).cells, page.environment[LANGUAGE])
    sources = [str(cell.source).strip() for cell in cells if cell.cell_type == "code" and str(cell.source).strip()]
    if len(set(sources)) < len(sources):
        raise RehearsalError("two cells are alike, cannot be told apart", where=str(page.notebook))
    page.shown[CELL.strip()] = []  # what it loads is not needed any more
    with fresh_shell() as shell:
        own = set(shell.user_ns)
        for source in sources:
            shell.outputs = []
            result = shell.run_cell(source)
            if not result.success:
                error = result.error_before_exec or result.error_in_exec
                raise RehearsalError(f"a cell failed ({type(error).__name__}: {error})", where=str(page.notebook)) from error
            page.shown[source] = shell.outputs
        finish_waiting()
        page.names.update({name: value for name, value in shell.user_ns.items()
                           if name not in own and not name.startswith("_")})


def _stamp(workspace: str, notebook: Path) -> tuple[Any, ...]:
    known = notebook.stat()
    return (date.today().isoformat(), known.st_mtime_ns, known.st_size, workspace_stamp(workspace))
