"""Pictures drawn by a process beside this one: the same as here, wrong ones refused, and here when it is gone."""

import json
import os
import socket

import pytest

from salesplan.kernels.drawing import Drawers, RemoteDrawer
from salesplan.plots.drawing import draw_here

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no Unix sockets on this system")
SPEC = {"mark": "bar", "data": {"values": [{"x": 1, "单位": "华东"}]}, "encoding": {"x": {"field": "x", "type": "quantitative"}}}


def test_a_picture_is_the_same_and_a_wrong_one_is_refused_and_a_dead_drawer_missed_by_nobody():
    spec = json.dumps(SPEC, ensure_ascii=False)
    with Drawers(1) as drawers:
        path = drawers._path(0)
        draw, other = RemoteDrawer(path), RemoteDrawer(path)
        assert draw(spec) == other(spec) == draw_here(spec)
        with pytest.raises(ValueError, match="mark|parse|spec"):
            draw("{")
        assert draw(spec) == draw_here(spec), "it goes on after a wrong one"
        assert os.stat(os.path.dirname(path)).st_mode & 0o077 == 0
        drawers._processes[0].kill()
        drawers._processes[0].wait()
        assert draw(spec) == draw_here(spec) == RemoteDrawer(path)(spec)
    assert not os.path.exists(path)
