"""Processes that draw for forks: the drawing engine starts once for a place, not once for a report."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from types import TracebackType

from salesplan.kernels.sockets import BAD, LENGTH, LONGEST_SOCKET, STATUS, read_exactly
from salesplan.plots.drawing import draw_here, draw_with

PATIENCE = 60.0


class Drawers:
    """One drawing process for each place of a pool; none where sockets cannot be had."""

    def __init__(self, places: int) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []
        self._folder = ""
        if places and hasattr(socket, "AF_UNIX"):
            self._folder = tempfile.mkdtemp(prefix="salesplan_")  # for this user's eyes only
            if len(self._path(places)) <= LONGEST_SOCKET:
                self._processes = [self._start(place) for place in range(places)]

    def _path(self, place: int) -> str:
        return os.path.join(self._folder, f"{place}.sock")

    def _start(self, place: int) -> "subprocess.Popen[bytes]":
        with socket.socket(socket.AF_UNIX) as listener:  # listens from now on, so that nobody has to wait for it
            listener.bind(self._path(place))
            listener.listen(16)
            command = [sys.executable, "-m", "salesplan.kernels.drawing_process", str(listener.fileno())]
            return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                    start_new_session=True, pass_fds=[listener.fileno()])

    def use(self, place: int) -> None:
        """In a fork: draw by the process of its place."""
        if place < len(self._processes):
            draw_with(RemoteDrawer(self._path(place)))

    def __enter__(self) -> "Drawers":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
            if process.stdin is not None:
                process.stdin.close()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)


class RemoteDrawer:
    """Sends specifications to a drawing process, one after the other; draws here when that one is gone."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = threading.Lock()  # a page draws in its own thread and beside it
        self._line: socket.socket | None = None

    def __call__(self, spec: str) -> str:
        """The picture of a specification."""
        try:
            with self._lock:
                status, text = self._ask(spec.encode())
        except OSError:
            self._path = ""  # from now on here
            return draw_here(spec)
        if status == BAD:
            raise ValueError(text)
        return text

    def _ask(self, spec: bytes) -> tuple[bytes, str]:
        if not self._path:
            raise ConnectionError("the drawing process is gone")
        if self._line is None:
            self._line = socket.socket(socket.AF_UNIX)
            self._line.settimeout(PATIENCE)
            self._line.connect(self._path)
        self._line.sendall(LENGTH.pack(len(spec)) + spec)
        status, length = STATUS.unpack(read_exactly(self._line, STATUS.size))
        return status, read_exactly(self._line, length).decode()
