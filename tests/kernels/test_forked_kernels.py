"""Kernels forked from a warm process behave as kernels do, know what they may, and leave nobody behind."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from salesplan.kernels.fork_pool import can_fork
from salesplan.kernels.provisioner import ForkedKernel
from salesplan.kernels.warm_forks import WarmForks, WarmProcessError, warm_forks
from tests.kernels.conftest import MODULES
from tests.notebook_factory import ROOT, small_notebook

pytestmark = pytest.mark.skipif(not can_fork(), reason="this system cannot fork")


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def gone(*pids: int, seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while any(map(is_alive, pids)) and time.monotonic() < end:
        time.sleep(0.05)
    return not any(map(is_alive, pids))


def test_a_forked_kernel_runs_is_interrupted_restarted_and_ended(forked_kernel, run):
    manager, client = forked_kernel(SECRETLESS="yes")
    assert isinstance(manager.provisioner.process, ForkedKernel)
    assert run(client, "import sys; x = 41; print(x + 1, 'colorsys' in sys.modules)") == "42 True\n"
    pid = int(run(client, "import os; print(os.getpid())"))
    sleeping = client.execute("import time; time.sleep(60)", stop_on_error=False)
    time.sleep(0.3)
    manager.interrupt_kernel()
    assert client.get_shell_msg(timeout=20)["parent_header"]["msg_id"] == sleeping
    assert run(client, "print(x)") == "41\n"
    manager.restart_kernel(now=True)
    client.wait_for_ready(timeout=60)
    assert run(client, "print(x)") == "NameError" and gone(pid)
    pid = int(run(client, "import os; print(os.getpid())"))
    manager.shutdown_kernel()
    assert gone(pid)


def test_two_kernels_share_nothing_and_know_only_their_own_environment(forked_kernel, run, monkeypatch):
    monkeypatch.setenv("SUPER_SECRET", "hidden")
    warm_forks(MODULES).stop()
    warm_forks(MODULES).start(environment={"PATH": os.environ["PATH"]})
    (_, one), (_, two) = forked_kernel(WHOSE="one"), forked_kernel(WHOSE="two")
    run(one, "import colorsys; colorsys.mark = secret = 1")
    assert run(two, "import colorsys; print(hasattr(colorsys, 'mark'), 'secret' in globals())") == "False False\n"
    seen = "import os; print(os.environ['WHOSE'], 'SUPER_SECRET' in os.environ, b'SUPER_SECRET' in open('/proc/self/environ', 'rb').read())"
    assert (run(one, seen), run(two, seen)) == ("one False False\n", "two False False\n")
    draw = "import random, numpy; print(random.random(), numpy.random.random())"
    assert run(one, draw) != run(two, draw)


def test_a_dead_warm_process_takes_no_kernel_with_it_and_is_replaced(forked_kernel, run):
    _, client = forked_kernel()
    forks = warm_forks(MODULES)
    os.kill(forks._process.pid, signal.SIGKILL)
    time.sleep(0.2)
    assert run(client, "print('alive')") == "alive\n"
    manager, other = forked_kernel()
    assert run(other, "print('new')") == "new\n" and isinstance(manager.provisioner.process, ForkedKernel)
    assert run(client, "print('alive')") == "alive\n"


def test_an_ordinary_kernel_serves_when_there_is_nothing_to_fork(forked_kernel, run, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise WarmProcessError("it died")

    monkeypatch.setattr(WarmForks, "fork", refuse)
    manager, client = forked_kernel()
    assert not isinstance(manager.provisioner.process, ForkedKernel)
    assert run(client, "print(1)") == "1\n"


def test_the_socket_is_for_its_owner_and_nonsense_is_answered(tmp_path):
    import socket

    forks = WarmForks(MODULES)
    try:
        forks.start()
        forks._wait()
        assert os.stat(forks._folder).st_mode & 0o077 == 0
        for nonsense in (b"{", b"[]", json.dumps({"env": {}}).encode()):
            with socket.socket(socket.AF_UNIX) as line:
                line.connect(forks._socket)
                line.sendall(nonsense)
                line.shutdown(socket.SHUT_WR)
                assert b"error" in line.recv(1000)
        assert forks._process.poll() is None
    finally:
        forks.stop()


PROGRAM = """
import sys, time
from jupyter_client.manager import KernelManager
from salesplan.kernels.own_kernel import OwnKernelSpecs, kernel_transport
from salesplan.kernels.warm_forks import warm_forks
manager = KernelManager(kernel_spec_manager=OwnKernelSpecs(preload=["colorsys"]), transport=kernel_transport())
manager.start_kernel()
print(manager.provisioner.pid, warm_forks(("colorsys",))._process.pid, flush=True)
time.sleep(60)
"""


def test_nobody_is_left_when_the_program_is_killed(tmp_path):
    program = subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True, cwd=tmp_path,
                               env={**os.environ, "PYTHONPATH": str(ROOT)})
    pids = [int(pid) for pid in program.stdout.readline().split()]
    assert len(pids) == 2 and all(map(is_alive, pids))
    program.kill()
    program.wait()
    assert gone(*pids)


def test_papermill_runs_on_a_forked_kernel(tmp_path):
    import nbformat
    import papermill

    from salesplan.kernels.kernel_engine import use_kernel_engine

    body = "import os, sys\nprint(os.getpid(), os.getppid(), growth * 2, 'colorsys' in sys.modules)"
    notebook = small_notebook(tmp_path / "n.ipynb", body=body)
    papermill.execute_notebook(str(notebook), str(tmp_path / "out.ipynb"), parameters={"growth": 4.0}, progress_bar=False,
                               engine_name=use_kernel_engine(), salesplan_preload=MODULES)
    pid, parent, *shown = nbformat.read(str(tmp_path / "out.ipynb"), 4).cells[4].outputs[0].text.split()
    assert shown == ["8.0", "True"] and int(parent) == warm_forks(MODULES)._process.pid and gone(int(pid))
