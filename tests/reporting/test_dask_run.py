"""Reviews on a cluster: the same files as here, and a clear word where the cluster does not fit."""

import sys
from pathlib import Path

import pytest

from salesplan.errors import ParameterError
from salesplan.reporting import dask_run
from salesplan.reporting.dask_run import ClusterError, connected, run_on_cluster
from salesplan.reporting.review_job import UnitJob, do_unit
from salesplan.reporting.review_record import read_record, read_run
from salesplan.reporting.review_run import run_review
from salesplan.reporting.review_units import ReviewUnits
from tests.reporting.review_example import HOOKS, UNITS, final_files, review_notebook, review_workspace


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None,
                                  protocol="tcp", silence_logs=50) as made:
        yield made


def double(number: int) -> int:
    if number == 3:
        raise ValueError("three")
    return 2 * number


def test_units_reviewed_on_a_cluster_are_the_same_as_here(cluster, tmp_path: Path) -> None:
    space = review_workspace(tmp_path / "company")
    (space.path / "bad.json").write_text('["e2"]')
    notebook = review_notebook(tmp_path / "monthly_review.ipynb")
    options = {"notebook": notebook, "hooks": HOOKS, "formats": ("html", "xlsx"), "units": "e1,e2"}
    there = run_review(space.path, output=tmp_path / "there", scheduler=cluster.scheduler_address, **options)
    here = run_review(space.path, output=tmp_path / "here", **options)
    assert there.failed == ("e2",) and read_run(there.record)["counts"] == {"done": 1, "failed": 1, "not_run": 0}
    assert final_files(there.folder) == final_files(here.folder)


def test_a_unit_whose_process_dies_is_recorded_as_failed(tmp_path: Path, monkeypatch) -> None:
    job = UnitJob(unit=next(iter(ReviewUnits(UNITS))), notebook=tmp_path / "n.ipynb", workspace="", folder=tmp_path / "co",
                  formats=("html",), label="2026-10", key="k", base="b", hooks=HOOKS)
    monkeypatch.setattr("sys.executable", "false")
    record = do_unit(job)
    assert record.state == "failed" and "退出码1" in record.error
    assert read_record(job.folder) == record


def test_jobs_are_handed_over_as_there_is_room(cluster) -> None:
    taken: list[int] = []

    def jobs():
        for number in range(40):
            taken.append(number)
            yield number

    with connected(cluster.scheduler_address) as client:
        ended = []
        for job, value, error in run_on_cluster(double, jobs(), client=client):
            ended.append(job)
            assert len(taken) - len(ended) <= 2 * dask_run.AHEAD, "no more than the cluster has room for"
            assert (value is None and "three" in str(error)) if job == 3 else value == 2 * job
    assert sorted(ended) == list(range(40))


def test_a_worker_with_another_version_is_refused(cluster, monkeypatch) -> None:
    monkeypatch.setattr(dask_run, "__version__", "9.9")
    monkeypatch.setattr(dask_run, "kit_version", lambda: "0.0")
    with pytest.raises(ClusterError, match="version 0.0"), connected(cluster.scheduler_address):
        pass


def test_a_missing_package_is_said_with_how_to_install_it(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ParameterError, match="not installed") as caught, connected("tcp://127.0.0.1:1"):
        pass
    assert "salesplan[cluster]" in str(caught.value)
