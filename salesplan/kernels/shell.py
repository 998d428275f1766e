"""An IPython shell that writes what cells show into notebook outputs, as a kernel and its client would."""

import atexit
import builtins
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from jupyter_client.jsonutil import json_default
from nbformat.v4 import new_output
from traitlets import Type
from traitlets.config import Config


def _as_sent(data: Any) -> dict[str, Any]:
    """Mime data as it would come out of a kernel's message: pictures as base64, tuples as lists."""
    return dict(json.loads(json.dumps(dict(data or {}), default=json_default, ensure_ascii=False)))


class _Publisher(DisplayPublisher):
    """Keeps ``display(...)`` as a display output."""

    shell: Any

    def publish(
        self, data: Any, metadata: Any = None, source: Any = None, *, transient: Any = None, update: bool = False, **_more: Any
    ) -> None:
        """Show something, or show something else in the place of what was shown under the same name."""
        name = (transient or {}).get("display_id")
        if update:
            for shown in self.shell.displayed.get(name, []):
                shown["data"], shown["metadata"] = _as_sent(data), _as_sent(metadata)
            return
        output = new_output("display_data", data=_as_sent(data), metadata=_as_sent(metadata))
        self.shell.keep(output)
        if name:
            self.shell.displayed.setdefault(name, []).append(output)

    def clear_output(self, wait: bool = False) -> None:
        """Forget what the cell has shown, now or when it shows the next thing."""
        if wait:
            self.shell.clears_next = True
        else:
            del self.shell.outputs[:]


class _Hook(DisplayHook):
    """Keeps the value of a cell's last expression as its result."""

    shell: Any

    def write_output_prompt(self) -> None:
        """No prompt in an output."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        """Keep the result."""
        self.shell.keep(new_output("execute_result", data=_as_sent(format_dict), metadata=_as_sent(md_dict),
                                   execution_count=self.prompt_count))

    def finish_displayhook(self) -> None:
        """Nothing is written to a terminal."""
        self._is_active = False


class _Stream:
    """A text stream into the outputs."""

    encoding, errors = "utf-8", "replace"

    def __init__(self, shell: "CapturingShell", name: str) -> None:
        self.shell, self.name = shell, name

    def write(self, text: str) -> int:
        """Add to the stream's output when it was the last to speak; begin another otherwise."""
        outputs = self.shell.outputs
        last = outputs[-1] if outputs and not self.shell.clears_next else {}
        if last.get("output_type") == "stream" and last["name"] == self.name:
            last["text"] += text
        elif text:
            self.shell.keep(new_output("stream", name=self.name, text=text))
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Write one after another."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Nothing waits."""

    def isatty(self) -> bool:
        """Nobody is looking."""
        return False

    def writable(self) -> bool:
        """It can be written to."""
        return True


class CapturingShell(InteractiveShell):
    """Cells run in it as in a kernel; what they show lands in ``outputs``."""

    display_pub_class = Type(_Publisher)
    displayhook_class = Type(_Hook)
    outputs: list[Any]
    displayed: dict[str, list[Any]]
    clears_next: bool

    def keep(self, output: Any) -> None:
        """Add one output to those of the cell."""
        if self.clears_next:
            del self.outputs[:]
            self.clears_next = False
        self.outputs.append(output)

    def enable_gui(self, gui: Any = None) -> None:
        """No window system."""

    def run_cell(self, *args: Any, **options: Any) -> Any:
        """Run a cell with its streams caught."""
        with _streams(self):
            return super().run_cell(*args, **options)

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        self.keep(new_output("error", ename=etype.__name__, evalue=str(evalue), traceback=list(stb)))


@contextmanager
def _streams(shell: CapturingShell) -> Iterator[None]:
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _Stream(shell, "stdout"), _Stream(shell, "stderr")
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


@contextmanager
def fresh_shell() -> Iterator[CapturingShell]:
    """A shell with a namespace of its own, without history or profile; what was there before is there after."""
    singletons: dict[Any, Any] = {cls: vars(cls)["_instance"] for cls in CapturingShell.mro() if "_instance" in vars(cls)}
    config = Config()
    config.HistoryManager.enabled = False
    path = list(sys.path)
    last_shown = vars(builtins).pop("_", None)  # a prompt's last value would hide the notebook's own
    CapturingShell.clear_instance()
    for cls in singletons:
        cls._instance = None
    shell: CapturingShell = CapturingShell.instance(config=config)
    atexit.unregister(shell.atexit_operations)
    shell.outputs, shell.displayed, shell.clears_next = [], {}, False
    if "" not in sys.path:  # modules beside the notebook come after Python's own, as in a kernel
        installed = [at for at, entry in enumerate(sys.path) if os.path.basename(entry) in ("site-packages", "dist-packages")]
        sys.path.insert(installed[0] if installed else len(sys.path), "")
    try:
        yield shell
    finally:
        shell.restore_sys_module_state()
        CapturingShell.clear_instance()
        for cls, instance in singletons.items():
            cls._instance = instance
        sys.path[:] = path
        if last_shown is not None:
            builtins._ = last_shown  # type: ignore[attr-defined]
