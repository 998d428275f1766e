"""A workspace's stamp changes with what pages are made from, and with nothing else."""

import os
from pathlib import Path

import pytest

from salesplan.data.workspace_stamp import workspace_stamp


@pytest.mark.parametrize("name", ["canonical/order_line/a.parquet", "workspace.yaml", "plan.db", "plan.db-wal", "kpis.yaml"])
def test_it_changes_when_a_file_comes_changes_or_goes(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    stamps = [workspace_stamp(tmp_path)]
    file.write_text("one")
    stamps.append(workspace_stamp(tmp_path))
    time = file.stat().st_mtime_ns
    file.write_text("more")
    os.utime(file, ns=(time, time))  # another size alone
    stamps.append(workspace_stamp(tmp_path))
    os.utime(file, ns=(time, time + 1))  # another time alone
    stamps.append(workspace_stamp(tmp_path))
    assert len(set(stamps)) == len(stamps)
    file.unlink()
    assert workspace_stamp(tmp_path) == stamps[0]


@pytest.mark.parametrize("name", ["raw/orders.csv", "reports/page.html", "logs/app.log", "plan.db-shm"])
def test_what_pages_are_not_made_from_does_not_count(tmp_path: Path, name: str) -> None:
    before = workspace_stamp(tmp_path)
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("x")
    assert workspace_stamp(tmp_path) == before


def test_a_missing_workspace_has_an_empty_stamp(tmp_path: Path) -> None:
    assert workspace_stamp(tmp_path / "nowhere") == ()
