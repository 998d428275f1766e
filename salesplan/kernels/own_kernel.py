"""Notebooks run in the Python that runs salesplan, whatever kernels a machine has registered."""

import logging
import os
import shutil
import sys
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from traitlets import Instance, List, Unicode, default

from salesplan.kernels.fork_pool import can_fork
from salesplan.kernels.provisioner import NAME as FORKED
from salesplan.kernels.provisioner import PRELOAD, register_provisioner
from salesplan.kernels.repeatable import one_thread
from salesplan.kernels.sockets import LONGEST_SOCKET
from salesplan.kernels.warm_forks import WarmProcessError, warm_forks

KERNEL_NAME = "python3"
NAME_LENGTH = 62  # of "/voila_12345678/kernel-<36>-ipc-1"


def kernel_transport() -> str:
    """``ipc`` (no port, nobody else can listen) where the system has it and its path is short enough."""
    if sys.platform == "win32" or len(tempfile.gettempdir()) + NAME_LENGTH > LONGEST_SOCKET:
        return "tcp"
    return "ipc"


class OwnKernelSpecs(KernelSpecManager):
    """Knows one kernel: the running interpreter, forked from a warm process when there is something to preload."""

    preload = List(Unicode(), help="modules a warm process imports before kernels are forked from it").tag(config=True)

    def find_kernel_specs(self) -> dict[str, str]:
        """The one kernel and its resources."""
        from ipykernel.kernelspec import RESOURCES

        return {KERNEL_NAME: str(RESOURCES)}

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """The running interpreter, under any name a notebook may ask for."""
        from ipykernel.kernelspec import RESOURCES, get_kernel_dict

        known = get_kernel_dict()
        if self.preload and can_fork():
            register_provisioner()
            known["metadata"] = {**known.get("metadata", {}), PRELOAD: list(self.preload),
                                 "kernel_provisioner": {"provisioner_name": FORKED}}
        return KernelSpec(resource_dir=str(RESOURCES), env=one_thread(os.environ), **known)

    def get_all_specs(self) -> dict[str, Any]:
        """The one kernel, as the servers list it."""
        spec = self.get_kernel_spec(KERNEL_NAME)
        return {KERNEL_NAME: {"resource_dir": spec.resource_dir, "spec": spec.to_dict()}}


class OwnKernelManager(AsyncKernelManager):
    """Starts the running interpreter as kernel, on a connection that no other kernel can take.

    Left to itself a kernel's sockets would be numbered in the folder the run works in, where two runs that start at
    the same moment choose the same ones.
    """

    kernel_spec_manager = Instance(KernelSpecManager)

    @default("transport")
    def _own_transport(self) -> str:
        return kernel_transport()

    @default("connection_file")
    def _own_connection(self) -> str:
        folder = tempfile.mkdtemp(prefix="salesplan_")  # for this user's eyes only
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return os.path.join(folder, "kernel.json")

    @default("kernel_spec_manager")
    def _own_specs(self) -> KernelSpecManager:
        return OwnKernelSpecs(parent=self)


def start_warm_process(
    modules: Sequence[str], *, environment: Mapping[str, str], rehearsal: Mapping[str, Any] | None = None
) -> None:
    """Begin to import ``modules`` in the process later kernels are forked from; nothing where forks cannot be.

    ``environment`` is all that process may know: a fork can see what its parent was started with. ``rehearsal`` says what
    is worked out before anybody asks, see `salesplan.kernels.warm_stage.Stage`.
    """
    if can_fork():
        try:
            warm_forks(modules).start(environment=environment, rehearsal=rehearsal)
        except (OSError, WarmProcessError) as error:
            logging.getLogger(__name__).warning("Kernels start cold: %s", error)


def stop_warm_process(modules: Sequence[str]) -> None:
    """End that process, and with it the kernels forked from it."""
    warm_forks(modules).stop()
