"""The first working day of a month by the command line: reviews of a real company, one that fails, the rest resumed, digests."""

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
import yaml
from click.testing import Result
from nbformat.v4 import new_code_cell
from openpyxl import load_workbook
from typer.testing import CliRunner

from salesplan.cli.commands import app
from salesplan.cli.exits import Exit
from salesplan.data.action_store import ActionStore
from salesplan.kernels.fork_pool import can_fork
from salesplan.reporting.review_record import read_run
from tests.data.companies import days, make_workspace, small_tables
from tests.shared import ROOT

PERIOD, UNITS = "2026-09", ["e", "t1", "t3", "w"]
HIDDEN = re.compile(r"West|赵磊|Three")
"""Nothing of the West may reach who leads the East."""
WRONG = "the forms of this unit are locked"
pytestmark = pytest.mark.skipif(not can_fork(), reason="processes cannot be forked on this system")


@dataclass(frozen=True, kw_only=True)
class Month:
    """A company, its reviews, and what each run of the command said."""

    workspace: Path
    output: Path
    first: Result
    failed_files: dict[str, str]
    failed_index: str
    failed_record: dict[str, Any]
    done_then: dict[str, int]
    second: Result

    @property
    def folder(self) -> Path:
        return self.output / PERIOD

    def unit(self, unit_id: str) -> Path:
        return self.folder / unit_id


def company(folder: Path) -> Path:
    """The manager E5 leads the East, the director E8 the whole."""
    tables = small_tables()
    director = {"rep_id": "d1", "employee_no": "E8", "name": "周总", "email": None, "status": "active", "hire_date": days("2019-01-01")[0],
                "leave_date": pd.NaT}
    tables["rep"] = pd.concat([tables["rep"], pd.DataFrame([director])], ignore_index=True)
    seat = {"rep_id": "d1", "org_id": "co", "role": "director", "manager_rep_id": None, "valid_from": pd.NaT, "valid_to": pd.NaT}
    tables["rep_assignment"] = pd.concat([tables["rep_assignment"], pd.DataFrame([seat])], ignore_index=True)
    return make_workspace(folder / "company", tables, language="en").path


def own_notebook(folder: Path) -> Path:
    """The kit's notebook with one more cell: it fails in one unit as long as a file of that name lies in the workspace."""
    book = nbformat.read(ROOT / "notebooks" / "monthly_review.ipynb", as_version=4)
    at = next(place for place, cell in enumerate(book.cells) if "show_standing" in cell["source"])
    source = f"from pathlib import Path\nif (Path(workspace) / f'locked {{unit}}').is_file():\n    raise OSError('{WRONG}')"
    book.cells.insert(at + 1, new_code_cell(source, metadata={"tags": ["report-only"]}))
    nbformat.write(book, folder / "monthly_review.ipynb")
    return folder / "monthly_review.ipynb"


def ask(workspace: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "-w", str(workspace), "-l", "en"])


def review(workspace: Path, notebook: Path, *more: str) -> Result:
    return ask(workspace, "review", "--period", PERIOD, "--units", ",".join(UNITS), "--format", "html,xlsx", "--notebook", str(notebook),
               "-o", str(notebook.parent / "reviews"), *more)


def contents(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Month:
    folder = tmp_path_factory.mktemp("month")
    workspace, notebook = company(folder), own_notebook(folder)
    (workspace / "locked t1").touch()
    first = review(workspace, notebook)
    made = folder / "reviews" / PERIOD
    failed = {path.name: path.read_text("utf-8") for path in (made / "t1").iterdir()}
    index, record = (made / "index.html").read_text("utf-8"), json.loads((made / "run.json").read_text("utf-8"))
    done = {unit: (made / unit / "monthly_review.html").stat().st_mtime_ns for unit in UNITS if unit != "t1"}
    (workspace / "locked t1").unlink()
    second = review(workspace, notebook, "--resume")
    return Month(workspace=workspace, output=folder / "reviews", first=first, failed_files=failed, failed_index=index,
                 failed_record=record, done_then=done, second=second)


def test_a_unit_that_fails_stops_no_other_and_leaves_what_it_had(month: Month) -> None:
    assert month.first.exit_code == Exit.PARTLY_FAILED, month.first.output
    assert "4 units: 3 done, 0 kept from before, 1 failed" in month.first.output and "Failed: t1" in month.first.output
    assert sorted(month.failed_files) == ["monthly_review.failed.ipynb", "review.json"]
    half = nbformat.reads(month.failed_files["monthly_review.failed.ipynb"], as_version=4)
    (broken,) = (cell for cell in half.cells if any(output["output_type"] == "error" for output in cell.get("outputs", [])))
    assert WRONG in str(broken["outputs"])
    assert any("<table" in str(cell.get("outputs")) for cell in half.cells), "what was worked out before the error is there to read"
    assert WRONG in json.loads(month.failed_files["review.json"])["error"]


def test_the_index_shows_the_failed_unit_in_red_with_its_error_and_the_way_to_its_notebook(month: Month) -> None:
    (row,) = re.findall(r"<tr[^>]*>(?:(?!</tr>).)*?t1/monthly_review\.failed\.ipynb.*?</tr>", month.failed_index, re.DOTALL)
    assert "failed" in row and WRONG in row and "One" in row
    for unit in ("e", "t3", "w"):
        assert f'href="{unit}/monthly_review.html"' in month.failed_index


def test_the_record_says_what_happened_to_a_program(month: Month) -> None:
    assert month.failed_record["state"] == "some_failed" and month.failed_record["counts"] == {"done": 3, "failed": 1, "not_run": 0}
    states = {line["unit_id"]: line["state"] for line in month.failed_record["units"]}
    assert states == {"e": "done", "t1": "failed", "t3": "done", "w": "done"}
    for line in read_run(month.folder / "run.json")["units"]:
        record = json.loads((month.unit(line["unit_id"]) / "review.json").read_text("utf-8"))
        for file in record["files"].values():
            found = (month.unit(line["unit_id"]) / file["name"]).read_bytes()
            assert (file["sha256"], file["bytes"]) == (hashlib.sha256(found).hexdigest(), len(found))


def test_resuming_reviews_only_what_is_not_done(month: Month) -> None:
    assert month.second.exit_code == Exit.OK, month.second.output
    assert "1 done, 3 kept from before, 0 failed" in month.second.output
    assert {unit: (month.unit(unit) / "monthly_review.html").stat().st_mtime_ns for unit in month.done_then} == month.done_then
    assert sorted(contents(month.unit("t1"))) == ["monthly_review.html", "monthly_review.ipynb", "monthly_review.xlsx", "review.json"]
    assert WRONG not in (month.folder / "index.html").read_text("utf-8")
    assert not list(month.folder.rglob(".*"))


def test_what_was_resumed_is_what_an_undisturbed_run_makes(month: Month, tmp_path: Path) -> None:
    done = review(month.workspace, month.output.parent / "monthly_review.ipynb", "-o", str(tmp_path))
    assert done.exit_code == Exit.OK, done.output
    for unit in UNITS:
        assert contents(tmp_path / PERIOD / unit) == contents(month.unit(unit)), unit
    for name in ("index.html", "run.json"):
        assert (tmp_path / PERIOD / name).read_bytes() == (month.folder / name).read_bytes()


def test_the_actions_of_the_reviews_are_kept_once(month: Month) -> None:
    with ActionStore(month.workspace / "plan.db") as store:
        kept = store.read(period=PERIOD)
    asked = [action["action_id"] for line in read_run(month.folder / "run.json")["units"]
             for action in json.loads((month.unit(line["unit_id"]) / "review.json").read_text("utf-8"))["review"]["actions"]]
    assert sorted(kept["action_id"]) == sorted(set(asked)) != []


def test_workbooks_say_the_money_of_the_orders(month: Month) -> None:
    """Sales count where their seller sat at the time, those of nobody on the order's own team."""
    lines = small_tables()["order_line"]
    mine = lines[lines["order_date"].dt.strftime("%Y-%m").eq(PERIOD) & lines["status"].fillna("closed").ne("void")]
    booked = mine["rep_id"].map({"r1": "t3", "r2": "t1", "r3": "t2", "m1": "e", "r6": "old"}).fillna(mine["org_id"])
    amount = mine["amount"].where(~mine["is_return"], -mine["amount"])
    for unit, places in {"e": ["e", "t1", "t2"], "t1": ["t1"], "w": ["old", "t3"]}.items():
        sold = amount[booked.isin(places)].sum()
        sheet = load_workbook(month.unit(unit) / "monthly_review.xlsx")["From target to actual"]
        top = next(row for row in sheet.iter_rows(values_only=True) if "=ROUND(" in str(row))  # the unit: sales, then what is left over
        assert [cell for cell in top if isinstance(cell, int | float)] == [pytest.approx(sold)], unit


# ---- digests


class _Channel(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.server.taken.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))  # type: ignore[attr-defined]
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def channel(month: Month) -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), _Channel)
    server.taken = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    at = f"json://127.0.0.1:{server.server_port}"
    entries = [{"user": "E5", "to": f"{at}/east", "attach": ["xlsx"]}, {"user": "E8", "to": f"{at}/all"}]
    (month.workspace / "recipients.yaml").write_text(yaml.safe_dump(entries), "utf-8")
    yield server
    server.shutdown()
    server.server_close()
    thread.join()
    (month.folder / ".sent.jsonl").unlink(missing_ok=True)


def digest(month: Month, *more: str) -> Result:
    return ask(month.workspace, "digest", "--period", PERIOD, "--reviews", str(month.output), *more)


def test_a_dry_run_shows_what_would_go_to_whom_and_sends_nothing(month: Month, channel: Any) -> None:
    shown = digest(month)
    assert shown.exit_code == Exit.OK, shown.output
    assert "Nothing was sent" in shown.output and shown.output.count("Would be sent") == 2
    assert not channel.taken and not (month.folder / ".sent.jsonl").exists()
    east = shown.output.split("— ")[1]
    assert "陈静" in east and "East" in east and not HIDDEN.search(east)
    assert "e/monthly_review.xlsx" in east and "t1/monthly_review.xlsx" in east


def test_each_gets_their_own_units_only_and_nothing_twice(month: Month, channel: Any) -> None:
    sent = digest(month, "--send")
    assert sent.exit_code == Exit.OK and sent.output.count(" Sent") == 2, sent.output
    got = dict(channel.taken)
    assert sorted(got) == ["/all", "/east"] and len(channel.taken) == 2
    east = got["/east"]
    assert not HIDDEN.search(json.dumps({**east, "attachments": []}, ensure_ascii=False))
    assert HIDDEN.search(got["/all"]["message"])
    assert len(east["attachments"]) == 2
    again = digest(month, "--send")
    assert again.exit_code == Exit.OK and again.output.count("Sent before") == 2 and len(channel.taken) == 2


def test_files_sent_hold_nothing_of_others(month: Month) -> None:
    for unit in ("e", "t1"):
        book = load_workbook(month.unit(unit) / "monthly_review.xlsx")
        cells = " ".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None)
        assert not HIDDEN.search(cells), HIDDEN.search(cells)
        assert not HIDDEN.search((month.unit(unit) / "monthly_review.html").read_text("utf-8"))


def test_a_channel_that_is_down_is_said_by_exit_code_and_the_other_still_gets_theirs(month: Month, channel: Any) -> None:
    file = month.workspace / "recipients.yaml"
    file.write_text(file.read_text("utf-8").replace(f":{channel.server_port}/east", ":9/east"), "utf-8")
    tried = digest(month, "--send")
    assert tried.exit_code == Exit.FAILED and [path for path, _ in channel.taken] == ["/all"]
    assert "Failed" in tried.output


def test_a_digest_of_a_month_without_reviews_says_what_to_run(month: Month, channel: Any, monkeypatch, capsys) -> None:
    asked = ask(month.workspace, "digest", "--period", "2026-08", "--reviews", str(month.output))
    assert asked.exit_code != Exit.OK and "no reviews of 2026-08" in str(asked.exception)
