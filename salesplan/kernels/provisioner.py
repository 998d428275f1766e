"""A Jupyter kernel provisioner whose kernels are forks of a warm process; ordinary kernels where that fails."""

import asyncio
import os
import select
import signal
import subprocess
import time
from contextlib import suppress
from importlib.metadata import EntryPoint
from typing import Any

from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

from salesplan.kernels.fork_pool import can_fork
from salesplan.kernels.warm_forks import WarmProcessError, warm_forks

NAME = "salesplan-forked"
"""What a kernel spec's metadata calls it."""
PRELOAD = "salesplan_preload"


class ForkedKernel:
    """A kernel process that is nobody's child here, with the methods of ``subprocess.Popen`` a provisioner uses."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int, handle: int) -> None:
        self.pid, self._fd = pid, handle
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Nothing while it runs, 0 once it has ended (how is known to its parent alone)."""
        if self.returncode is None and select.select([self._fd], [], [], 0)[0]:
            self.returncode = 0
            os.close(self._fd)
            self._fd = -1
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end."""
        end = None if timeout is None else time.monotonic() + timeout
        while self.poll() is None:
            if end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired("kernel", timeout or 0)
            time.sleep(0.01)
        return 0

    def send_signal(self, signum: int) -> None:
        """Send a signal to it, and to nobody who got its number later."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._fd, signum)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def __del__(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)


class ForkedProvisioner(LocalProvisioner):
    """Starts a kernel by forking a process that has everything imported."""

    process: Any

    async def launch_kernel(self, cmd: list[str], **options: Any) -> Any:
        """Fork; where that cannot be done, start an ordinary kernel and say so in the log."""
        modules = (self.kernel_spec.metadata or {}).get(PRELOAD, ())
        if can_fork() and hasattr(os, "pidfd_open"):
            environment, folder = dict(options.get("env") or os.environ), str(options.get("cwd") or os.getcwd())
            connection_file = cmd[cmd.index("-f") + 1]
            try:
                pid, handle = await asyncio.to_thread(
                    warm_forks(modules).fork, connection_file, environment=environment, folder=folder)
            except (WarmProcessError, OSError) as error:
                self.log.warning("An ordinary kernel is started: %s", error)
            else:
                self.process = ForkedKernel(pid, handle)
                self.pid = self.pgid = pid
                self.cwd = folder
                return self.connection_info
        return await super().launch_kernel(cmd, **options)


def register_provisioner() -> None:
    """Make the provisioner known to this program's kernel managers."""
    factory = KernelProvisionerFactory.instance()
    factory.provisioners[NAME] = EntryPoint(
        name=NAME, value=f"{__name__}:{ForkedProvisioner.__name__}", group=KernelProvisionerFactory.GROUP_NAME)
