"""Signals stop a run, also those that come in the middle of a fork."""

import os
import signal

import pytest

from salesplan.cli.stopping import Stop, _forks


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_interrupts_and_the_handlers_before_come_back(signum: int) -> None:
    before, stop = signal.getsignal(signum), Stop()
    with pytest.raises(KeyboardInterrupt), stop.on_signals():
        signal.raise_signal(signum)
    assert stop.asked and signal.getsignal(signum) is before


def test_in_the_middle_of_a_fork_it_waits_for_the_next_step() -> None:
    stop = Stop()
    with stop.on_signals():
        _forks().begin()
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            _forks().end()
        with pytest.raises(KeyboardInterrupt):
            stop.heed()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be forked on this system")
def test_forks_are_noticed() -> None:
    heard: list[bool] = []
    forks = _forks()
    os.register_at_fork(before=lambda: None, after_in_parent=lambda: heard.append(forks.under_way))
    pid = os.fork()
    if not pid:
        os._exit(0)
    os.waitpid(pid, 0)
    assert heard == [False] and not forks.under_way
