"""Forked tasks: isolated, told apart, stopped when they hang, gone with their parent."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from salesplan.errors import InputError, Sentence
from salesplan.kernels.fork_pool import can_fork, run_forked
from salesplan.kernels.tasks import run_tasks, tell
from tests.notebook_factory import ROOT

pytestmark = pytest.mark.skipif(not can_fork(), reason="this system cannot fork")


@pytest.mark.parametrize("way", ["fork", "thread"])
def test_every_task_is_done_once_whatever_the_jobs(way):
    for jobs in (1, 2, 5):
        found = list(run_tasks(lambda n: n + 100, range(7), jobs=jobs, way=way))
        assert sorted((one.task, one.value) for one in found) == [(n, n + 100) for n in range(7)]


def test_one_failure_stops_no_other_and_is_told():
    def work(n):
        if n == 1:
            raise InputError(Sentence("unit == {unit}, must be known", unit="east"), details_of="east")
        if n == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        if n == 3:
            print("last words", file=sys.stderr)
            os._exit(5)
        if n == 4:
            return lambda: None
        return n

    found = {one.task: one for one in run_forked(work, range(6))}
    assert found[1].error == "InputError: unit == east, must be known" and "in work" in found[1].trace
    assert isinstance(found[1].failure, InputError) and found[1].failure.what.msgid == "unit == {unit}, must be known"
    assert "signal 9" in found[2].error and "exit code 5" in found[3].error and "last words" in found[3].log
    assert "pickle" in found[4].error
    assert found[0].ok and found[5].ok and not found[2].ok


def test_a_failure_in_a_thread_is_told_as_well():
    found = {one.task: one for one in run_tasks(lambda n: 1 // n, range(2), way="thread")}
    assert found[0].error.startswith("ZeroDivisionError") and found[1].value == 1


@pytest.mark.parametrize("way", ["fork", "thread"])
def test_work_says_how_far_it_is(way):
    heard = []

    def work(n):
        tell(("begun", n))
        tell(("done", n))

    list(run_tasks(work, "ab", way=way, told=lambda task, value: heard.append((task, value))))
    assert sorted(heard) == [("a", ("begun", "a")), ("a", ("done", "a")), ("b", ("begun", "b")), ("b", ("done", "b"))]


def test_a_task_changes_nothing_outside_and_draws_the_same_numbers_wherever_it_runs():
    seen = []

    def work(n):
        seen.append(n)
        return random.random(), os.getpid()

    before = random.getstate()
    values = [one.value for one in run_forked(work, range(4))]
    assert seen == [] and random.getstate() == before
    assert len({number for number, _ in values}) == 1 and len({pid for _, pid in values} | {os.getpid()}) == 5


def test_a_task_that_hangs_or_eats_memory_is_stopped_and_the_others_go_on():
    def work(n):
        if n == 1:
            time.sleep(60)
        if n == 2:
            kept = bytearray(os.urandom(1)) * 200_000_000
            time.sleep(60)
            return len(kept)
        return n

    found = {one.task: one for one in run_forked(work, range(4), timeout=2, max_memory=120 * 2**20)}
    assert "longer than 2 seconds" in found[1].error and "more than 120 MB" in found[2].error
    assert found[0].ok and found[3].ok


def test_large_answers_come_through():
    (one,) = run_forked(lambda n: bytes(n), [5_000_000])
    assert len(one.value) == 5_000_000


def test_what_a_task_leaves_running_ends_with_it():
    def work(n):
        return subprocess.Popen(["sleep", "60"]).pid

    def work_that_forks(n):
        child = os.fork()
        if not child:
            time.sleep(60)
        return child

    for one in [*run_forked(work, [1]), *run_forked(work_that_forks, [1])]:
        assert one.ok and gone(one.value)


def test_tasks_are_taken_when_there_is_room():
    taken = []

    def tasks():
        for n in range(50):
            taken.append(n)
            yield n

    outcomes = run_forked(lambda n: n, tasks(), jobs=2)
    next(outcomes)
    assert len(taken) <= 3
    outcomes.close()


def test_leaving_early_leaves_no_process():
    outcomes = run_forked(lambda n: time.sleep(n and 60) or os.getpid(), range(3), jobs=3)
    first = next(outcomes)
    outcomes.close()
    assert first.task == 0
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def gone(pid, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
                if stat.read().rsplit(")", 1)[1].split()[0] == "Z":
                    return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


PROGRAM = """
import os, signal, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started this may pay no heed to it
from salesplan.kernels.fork_pool import run_forked
from salesplan.kernels.talk import tell
def work(n):
    tell(os.getpid())
    time.sleep(60)
try:
    list(run_forked(work, [1], told=lambda task, pid: print(pid, flush=True)))
finally:
    print("tidied", flush=True)
"""


@pytest.mark.parametrize(("signum", "tidied"), [(signal.SIGINT, True), (signal.SIGTERM, True), (signal.SIGKILL, False)])
def test_forks_end_with_a_program_that_is_stopped(signum, tidied):
    program = subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                               env={**os.environ, "PYTHONPATH": str(ROOT)})
    pid = int(program.stdout.readline())
    program.send_signal(signum)
    rest = program.communicate(timeout=20)[0]
    assert gone(pid) and ("tidied" in rest) == tidied and program.returncode != 0


def test_no_jobs_and_an_unknown_way_are_refused():
    with pytest.raises(InputError, match="jobs == 0"):
        list(run_tasks(int, [], jobs=0))
    with pytest.raises(InputError, match="did you mean 'fork'"):
        list(run_tasks(int, [], way="forks"))
