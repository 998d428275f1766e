"""The Chromium of the machine: found, started without network, and spoken to over a pipe that nobody else can reach."""

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from salesplan.errors import SalesplanError, Sentence

VARIABLE = "SALESPLAN_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome", "msedge", "microsoft-edge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe", r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)  # fmt: skip
OPTIONS = (
    "--headless", "--disable-gpu", "--no-first-run", "--no-default-browser-check", "--disable-extensions",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--hide-scrollbars", "--font-render-hinting=none", "--host-resolver-rules=MAP * ~NOTFOUND",
)  # fmt: skip
PROFILE = "salesplan-chromium-"
_CHUNK = 1 << 20


class PrinterError(SalesplanError, RuntimeError):
    """Chromium is missing, does not start or does not answer."""


def find_chromium() -> Path:
    """Path of a Chromium, Chrome or Edge.

    Raises
    ------
    PrinterError
        There is none; the message says what to install.
    """
    own = os.environ.get(VARIABLE)
    if own:
        if shutil.which(own):
            return Path(str(shutil.which(own)))
        raise PrinterError(Sentence("{name} == {given}, must be a program", name=VARIABLE, given=repr(own)),
                           fix=Sentence("Give the path of Chromium, Chrome or Edge."))
    for name in (*NAMES, *PLACES):
        if found := shutil.which(name):
            return Path(found)
    raise PrinterError(
        Sentence("there is no Chromium on this machine to print PDF with"),
        fix=Sentence("Install Chromium, Chrome or Edge (Debian: apt install chromium fonts-noto-cjk), or set {name} to its path.",
                     name=VARIABLE))


class Chromium:
    """One browser without window, network and profile; use it as a context.

    Parameters
    ----------
    timeout
        Seconds an answer may take.
    """

    def __init__(self, *, timeout: float = 60.0) -> None:
        self.timeout = timeout
        self._asked = 0
        self._said = b""
        program = find_chromium()
        sweep_profiles()
        self._profile = Path(tempfile.mkdtemp(prefix=f"{PROFILE}{os.getpid()}-"))
        root = hasattr(os, "geteuid") and os.geteuid() == 0
        tries = [["--no-sandbox"]] if root else [[], ["--no-sandbox"]]  # a container may not let it build one
        try:
            for number, more in enumerate(tries, start=1):
                self._start(program, more)
                try:
                    self.version = str(self.call("Browser.getVersion")["product"])
                    break
                except PrinterError:
                    self._end()
                    if number == len(tries):
                        raise
        except BaseException:
            self.close()
            raise

    def _start(self, program: Path, more: list[str]) -> None:
        browser_reads, self._to = os.pipe()
        self._from, browser_writes = os.pipe()

        def as_three_and_four() -> None:
            ends = [os.dup(browser_reads), os.dup(browser_writes)]
            for number, end in zip((3, 4), ends, strict=True):
                os.dup2(end, number)

        try:
            self._process = subprocess.Popen(
                [str(program), *OPTIONS, *more, "--remote-debugging-pipe", f"--user-data-dir={self._profile}", "about:blank"],
                preexec_fn=as_three_and_four, close_fds=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, start_new_session=True,
            )
        finally:
            os.close(browser_reads)
            os.close(browser_writes)

    def call(self, method: str, session: str | None = None, /, **params: Any) -> dict[str, Any]:
        """Ask for one thing of the DevTools protocol and give the answer.

        Raises
        ------
        PrinterError
            It refuses, ends or does not answer in time.
        """
        self._asked += 1
        asked = {"id": self._asked, "method": method, "params": params} | ({"sessionId": session} if session else {})
        end = time.monotonic() + self.timeout
        self._send(json.dumps(asked).encode() + b"\0", end)
        while True:
            answer = json.loads(self._next(end))
            if answer.get("id") == self._asked:
                break
        if "error" in answer:
            raise PrinterError(f"Chromium refused {method}: {answer['error'].get('message', '')}")
        return dict(answer["result"])

    def _send(self, message: bytes, end: float) -> None:
        os.set_blocking(self._to, False)
        left = memoryview(message)
        while left:
            _, ready, _ = select.select([], [self._to], [], max(0.0, end - time.monotonic()))
            if not ready:
                raise self._silent()
            try:
                left = left[os.write(self._to, left) :]
            except OSError as error:
                raise self._ended() from error

    def _next(self, end: float) -> bytes:
        """The next message; messages end with a zero byte."""
        while b"\0" not in self._said:
            ready, _, _ = select.select([self._from], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                raise self._silent()
            block = os.read(self._from, _CHUNK)
            if not block:
                raise self._ended()
            self._said += block
        message, _, self._said = self._said.partition(b"\0")
        return message

    def _silent(self) -> PrinterError:
        return PrinterError(Sentence("Chromium did not answer in {n} seconds", n=f"{self.timeout:g}"),
                            fix=Sentence("Run it once more; if that does not help, look for too little memory."))

    def _ended(self) -> PrinterError:
        return PrinterError(Sentence("Chromium ended on its own"),
                            fix=Sentence("Run it once more; if that does not help, look for too little memory."))

    def _end(self) -> None:
        """Stop the browser with everything it started; never raises."""
        process = getattr(self, "_process", None)
        if process is not None:
            with contextlib.suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        for end in (getattr(self, "_to", None), getattr(self, "_from", None)):
            if end is not None:
                with contextlib.suppress(OSError):
                    os.close(end)
        self._said = b""

    def close(self) -> None:
        """Stop it and remove its profile."""
        self._end()
        shutil.rmtree(self._profile, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def can_use_pipe() -> bool:
    """Whether a browser can be spoken to over inherited pipes here."""
    return sys.platform != "win32"


def sweep_profiles() -> None:
    """Remove the profiles that killed programs left behind."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PROFILE}*-*"):
        number = folder.name.removeprefix(PROFILE).split("-")[0]
        if number.isdigit() and not _is_running(int(number)):
            shutil.rmtree(folder, ignore_errors=True)


def _is_running(pid: int) -> bool:
    if sys.platform == "win32":  # asking would end it there
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
