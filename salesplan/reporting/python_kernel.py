"""Notebooks run in the Python that runs salesplan, whatever kernels a machine has registered."""

import os
import shutil
import sys
import tempfile
import weakref
from collections.abc import Mapping
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from traitlets import Instance, default

KERNEL_NAME = "python3"
LONGEST_SOCKET = 100  # bytes of a Unix socket's path, with room to spare
NAME_LENGTH = 62  # of "/voila_12345678/kernel-<36>-ipc-1"


def kernel_transport() -> str:
    """``ipc`` (no port, nobody else can listen) where the system has it and its path is short enough."""
    if sys.platform == "win32" or len(tempfile.gettempdir()) + NAME_LENGTH > LONGEST_SOCKET:
        return "tcp"
    return "ipc"


THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


def one_thread(environment: Mapping[str, str]) -> dict[str, str]:
    """One thread for linear algebra, unless somebody has said otherwise.

    A company's matrices are small: more threads wait for one another, and for those of other kernels.

    Examples
    --------
    >>> one_thread({"OMP_NUM_THREADS": "4"})["OMP_NUM_THREADS"], one_thread({})["OPENBLAS_NUM_THREADS"]
    ('4', '1')
    """
    return {name: environment.get(name, "1") for name in THREADS}


class OwnKernelSpecs(KernelSpecManager):
    """Knows one kernel: the running interpreter."""

    def find_kernel_specs(self) -> dict[str, str]:
        """The one kernel and its resources."""
        from ipykernel.kernelspec import RESOURCES

        return {KERNEL_NAME: str(RESOURCES)}

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """The running interpreter, under any name a notebook may ask for."""
        from ipykernel.kernelspec import RESOURCES, get_kernel_dict

        return KernelSpec(resource_dir=str(RESOURCES), env=one_thread(os.environ), **get_kernel_dict())

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
