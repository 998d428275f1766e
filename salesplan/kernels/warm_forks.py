"""Keeps one warm process per set of modules and asks it for forks."""

import atexit
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from salesplan.errors import SalesplanError
from salesplan.kernels.repeatable import one_thread
from salesplan.kernels.sockets import LONGEST_SOCKET

START_SECONDS = 60.0


class WarmProcessError(SalesplanError, RuntimeError):
    """No fork could be had; an ordinary process serves as well, only later."""


class WarmForks:
    """One process that has imported ``modules``, and forks of it.

    The process is started by the first `start` or `fork`; one that died is started again.
    """

    def __init__(self, modules: Sequence[str]) -> None:
        self.modules = tuple(modules)
        self._environment: dict[str, str] | None = None
        self._rehearsal = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._orphaned: list[subprocess.Popen[bytes]] = []
        self._folder = ""
        self._lock = threading.Lock()

    @property
    def _socket(self) -> str:
        return str(Path(self._folder) / "warm.sock")

    def start(self, *, environment: Mapping[str, str] | None = None, rehearsal: Mapping[str, Any] | None = None) -> None:
        """Begin to import, and return at once.

        Parameters
        ----------
        environment
            What the process, and so each fork from birth, may know; this program's own by default.
        rehearsal
            What a fork works out before kernels are forked from it, see `salesplan.kernels.warm_stage.Stage`.
        """
        with self._lock:
            if environment is not None:
                self._environment = dict(environment)
            if rehearsal is not None:
                self._rehearsal = json.dumps(dict(rehearsal))
            if self._process is not None:
                if self._process.poll() is None:
                    return
                self._orphaned.append(self._process)  # its kernels live on as long as its line is held
                self._process = None
            self._remove_folder()
            self._folder = tempfile.mkdtemp(prefix="salesplan_")  # only its owner may enter
            if len(os.fsencode(self._socket)) + len(".new") > LONGEST_SOCKET:
                raise WarmProcessError(f"the path of {self._folder} is too long for a socket")
            known = os.environ if self._environment is None else self._environment
            self._process = subprocess.Popen(
                [sys.executable, "-m", "salesplan.kernels.warm_process", self._socket, ",".join(self.modules),
                 self._rehearsal],
                stdin=subprocess.PIPE, start_new_session=True, env={**known, **one_thread(known)})
            atexit.register(self.stop)

    def fork(self, connection_file: str, *, environment: Mapping[str, str], folder: str) -> tuple[int, int]:
        """Start a kernel as a fork; its process id and an open handle on it (a ``pidfd``).

        Raises
        ------
        WarmProcessError
            The process died, does not answer, or refused.
        """
        self.start()
        self._wait()
        order = {"connection_file": connection_file, "env": dict(environment), "cwd": folder}
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(START_SECONDS)
                client.connect(self._socket)
                client.sendall(json.dumps(order).encode())
                client.shutdown(socket.SHUT_WR)
                said, handles, _flags, _address = socket.recv_fds(client, 65536, 1)
            answer = json.loads(said)
        except (OSError, ValueError) as error:
            raise WarmProcessError(f"the warm process does not answer: {error}") from error
        if "pid" not in answer or not handles:
            raise WarmProcessError(f"the warm process refused: {answer.get('error', 'no reason given')}")
        return int(answer["pid"]), handles[0]

    def _wait(self) -> None:
        end = time.monotonic() + START_SECONDS
        while not os.path.exists(self._socket):
            if self._process is None or self._process.poll() is not None:
                raise WarmProcessError("the warm process ended before it could fork")
            if time.monotonic() > end:
                raise WarmProcessError(f"the warm process was not ready after {START_SECONDS:g} seconds")
            time.sleep(0.01)

    def stop(self) -> None:
        """End the warm process and all kernels forked from it."""
        with self._lock:
            process, self._process = self._process, None
            for one in [*self._orphaned, *([process] if process else [])]:
                if one.stdin is not None:
                    one.stdin.close()
                try:
                    one.wait(timeout=2)
                except subprocess.TimeoutExpired:
                    one.kill()
                    one.wait()
            self._orphaned.clear()
            self._remove_folder()
            atexit.unregister(self.stop)

    def _remove_folder(self) -> None:
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = ""


_WARM: dict[tuple[str, ...], WarmForks] = {}


def warm_forks(modules: Sequence[str]) -> WarmForks:
    """The one warm process of this program for a set of modules."""
    key = tuple(modules)
    if key not in _WARM:
        _WARM[key] = WarmForks(key)
    return _WARM[key]
