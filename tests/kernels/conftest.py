"""One warm process for all tests of forked kernels."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from salesplan.kernels.fork_pool import can_fork

MODULES = ("colorsys",)


@pytest.fixture
def forked_kernel() -> Iterator[Callable[..., tuple[Any, Any]]]:
    """Start kernels as the app does; give manager and client."""
    if not can_fork():
        pytest.skip("this system cannot fork")
    from jupyter_client.manager import KernelManager

    from salesplan.kernels.own_kernel import OwnKernelSpecs, kernel_transport

    started: list[tuple[Any, Any]] = []

    def start(**environment: str) -> tuple[Any, Any]:
        specs = OwnKernelSpecs(preload=list(MODULES))
        manager = KernelManager(kernel_spec_manager=specs, transport=kernel_transport())
        env = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **environment}
        manager.start_kernel(env=env)
        client = manager.client()
        client.start_channels()
        client.wait_for_ready(timeout=60)
        started.append((manager, client))
        return manager, client

    yield start
    for manager, client in started:
        client.stop_channels()
        if manager.is_alive():
            manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


@pytest.fixture
def run() -> Callable[[Any, str], str]:
    """Run code in a kernel; what it printed, or its error."""

    def run_code(client: Any, code: str) -> str:
        shown: list[str] = []
        client.execute_interactive(code, timeout=60, output_hook=lambda message: shown.append(
            message["content"].get("text") or message["content"].get("ename") or ""))
        return "".join(shown)

    return run_code
