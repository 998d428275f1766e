"""The process kernels are forked from: it imports the libraries once and then waits for orders.

Run as ``python -m salesplan.kernels.warm_process SOCKET MODULE[,MODULE…] [REHEARSAL]``. It ends when its standard input
is closed, that is with the program that started it, and so do the kernels. What there is to rehearse, a fork does, see
`salesplan.kernels.warm_stage`; this process never holds anybody's data.
"""

import gc
import json
import os
import random
import selectors
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from salesplan.kernels.drawing import Drawers
from salesplan.kernels.preload import import_all
from salesplan.kernels.repeatable import skip_iri_grammar
from salesplan.kernels.warm_stage import Page, Stage

KERNEL = ("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell", "ipykernel.debugger", "ipykernel.iostream")
NO_HISTORY = "--HistoryManager.enabled=False"
"""Nobody types into these kernels; a common file of what was run would only make them wait for one another."""
REQUEST_LIMIT = 1 << 20
_SLOW_CLIENT = 5.0


DRAWING_PROCESSES = 2
"""They draw for all kernels of an app, so that not every kernel starts a drawing engine of its own."""


def main(path: str, modules: str, rehearsal: str = "") -> None:
    """Import, listen, fork."""
    skip_iri_grammar()
    if sys.path[0] in ("", os.getcwd()):  # the folder of the program that started this is nothing to the kernels
        del sys.path[0]
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # the debugger, imported now, has nothing to say about this process
    import_all((*KERNEL, *filter(None, modules.split(","))))
    if threading.active_count() > 1:
        raise SystemExit(f"threads run after the imports, cannot fork: {threading.enumerate()}")
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with Drawers(DRAWING_PROCESSES if rehearsal else 0) as drawers:
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system buries kernels that ended
        _listen(path, json.loads(rehearsal) if rehearsal else None, drawers)


def _listen(path: str, rehearsal: Mapping[str, Any] | None, drawers: Drawers) -> None:
    """Answer orders until the standard input is closed."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path + ".new")
    os.chmod(path + ".new", 0o600)
    listener.listen(64)
    os.rename(path + ".new", path)  # the socket is there only once it answers
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    selector.register(sys.stdin, selectors.EVENT_READ)

    def leave() -> None:
        selector.close()
        listener.close()

    serve = _Server(drawers)
    stage = Stage(rehearsal, serve, leave=leave) if rehearsal else None
    while True:
        wait = stage.seconds_to_wait() if stage else None
        if stage and wait == 0:
            drawers.use(0)
            selector.register(stage.begin(), selectors.EVENT_READ, stage)
            continue
        for key, _event in selector.select(wait):
            if key.fileobj is sys.stdin:
                if not os.read(0, 1024):
                    return
            elif key.data is stage and stage is not None:
                ended = stage.hear()
                if ended is not None:
                    selector.unregister(ended)
                    ended.close()
            else:
                client, _address = listener.accept()
                with client:
                    if stage is None or not stage.pass_on(client):
                        serve(client, None, leave)


class _Server:
    """Answers one order: forks a kernel and says its process id, or says what was wrong with the order."""

    def __init__(self, drawers: Drawers) -> None:
        self._drawers, self._served = drawers, 0

    def __call__(self, client: socket.socket, page: Page | None, leave: Callable[[], None]) -> None:
        """Serve; ``leave`` closes in the fork what is not the kernel's."""
        client.settimeout(_SLOW_CLIENT)
        self._served += 1
        try:
            order = _read_order(client)
            pid = os.fork()
            if pid:
                _hand_over(client, pid)
                return
        except (OSError, ValueError) as error:
            _say(client, {"error": f"{type(error).__name__}: {error}"})
            return
        code = 1
        try:
            leave()
            client.close()
            self._drawers.use(self._served % DRAWING_PROCESSES)
            become_kernel(order, page)
            code = 0
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 0 if stop.code is None else 1
        except BaseException:  # nothing may return into the waiting loop of the fork
            import traceback

            traceback.print_exc()
        finally:
            os._exit(code)


def _read_order(client: socket.socket) -> dict[str, Any]:
    data = b""
    while chunk := client.recv(65536):
        data += chunk
        if len(data) > REQUEST_LIMIT:
            raise ValueError(f"the order is longer than {REQUEST_LIMIT} bytes")
    order = json.loads(data)
    if not isinstance(order, dict) or not {"connection_file", "env", "cwd"} <= set(order):
        raise ValueError("the order must name connection_file, env and cwd")
    return order


def _hand_over(client: socket.socket, pid: int) -> None:
    """Say the number of the new process, with a handle that stays true when the number is given to another."""
    handle = os.pidfd_open(pid)
    try:
        socket.send_fds(client, [json.dumps({"pid": pid}).encode()], [handle])
    finally:
        os.close(handle)


def _say(client: socket.socket, answer: dict[str, Any]) -> None:
    with suppress(OSError):
        client.sendall(json.dumps(answer).encode())


def _end_with(line: int) -> None:
    """End this kernel when the program that serves it has ended."""
    while os.read(line, 1):
        pass
    os._exit(1)


def become_kernel(order: dict[str, Any], page: Page | None = None) -> None:
    """Turn the fork into an ordinary IPython kernel with the order's environment, which shows a page that stands."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    line = os.dup(0)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    time.tzset()
    for one in reversed(order["env"].get("PYTHONPATH", "").split(os.pathsep)):
        if one and one not in sys.path:
            sys.path.insert(0, one)
    random.seed()
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()
    threading.Thread(target=_end_with, args=(line,), name="salesplan-line", daemon=True).start()
    sys.argv = ["ipykernel_launcher.py", "-f", order["connection_file"], NO_HISTORY]
    from ipykernel.kernelapp import IPKernelApp

    if page is not None and not page.suits(order["env"]):
        page.forget()
        page = None
    app = IPKernelApp.instance(parent_handle=0)
    app.initialize(sys.argv[1:])
    if "ipywidgets" in sys.modules:
        import ipywidgets

        ipywidgets.register_comm_target()  # imported without a kernel, it has told nobody that it listens
    if page is not None:
        page.open(app.shell)
    app.start()


if __name__ == "__main__":
    main(*sys.argv[1:4])
    os._exit(0)  # nothing to tidy: the libraries' own farewells would only be noise
