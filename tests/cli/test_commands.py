"""The command line: what it prints, what it writes, which exit code it gives."""

import json

import pytest
from typer.testing import CliRunner

from salesplan.cli.commands import app, run
from salesplan.cli.exits import Exit
from salesplan.errors import InputError, MissingWorkspaceError, ParameterError

runner = CliRunner()
ORDERS = "订单编号,订单日期,业务员,部门,产品,金额(万元)\n"


@pytest.fixture
def exports(tmp_path):
    rows = [f"A{i},2025-{i % 12 + 1:02d}-1{i % 9},张伟,华东,仪器,1.5" for i in range(40)]
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "订单.csv").write_text(ORDERS + "\n".join(rows) + "\nB1,2025/1/6,张伟,华东,仪器,约3万\n", encoding="gb18030")
    return folder


def run_main(monkeypatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["salesplan", *arguments])
    with pytest.raises(SystemExit) as stop:
        run()
    return int(stop.value.code or 0)


@pytest.mark.parametrize("command", ["demo", "import", "check", "report", "statements", "app", "schema"])
def test_every_command_shows_an_example_in_its_help(command):
    shown = runner.invoke(app, [command, "--help"])
    assert shown.exit_code == Exit.OK
    assert "Example" in shown.output


def test_import_reconciles_quarantines_and_says_so_by_its_exit_code(exports, tmp_path):
    done = runner.invoke(app, ["import", str(exports), "-w", str(tmp_path / "w"), "--yes", "--language", "en"])
    assert done.exit_code == Exit.QUARANTINED, done.output
    assert "41 rows = 40 taken + 1 quarantined" in done.output
    assert (tmp_path / "w" / "reports" / "data_quality.html").is_file()
    again = runner.invoke(app, ["import", str(exports), "-w", str(tmp_path / "w"), "--yes", "--language", "en"])
    assert again.exit_code == Exit.QUARANTINED
    assert "Nothing new" in again.output
    assert "41 rows = 40 taken + 1 quarantined" in again.output
    checked = runner.invoke(app, ["check", "-w", str(tmp_path / "w"), "--language", "en"])
    assert checked.exit_code == Exit.QUARANTINED
    assert "1 quarantined" in checked.output


@pytest.fixture
def pages(monkeypatch):
    """Pages asked for; made empty, without a kernel."""
    made = []

    def write(source, workspace, values, *, output, user=None):
        made.append(output / f"{source.stem}.html")
        made[-1].write_text("page", encoding="utf-8")
        return made[-1:]

    monkeypatch.setattr("salesplan.cli.reports.write_report", write)
    return made


def test_a_proposal_nobody_can_confirm_is_shown_and_stops(exports, tmp_path, pages):
    done = runner.invoke(app, ["import", str(exports), "-w", str(tmp_path / "w"), "--language", "en"])
    assert done.exit_code == Exit.USAGE
    assert "order_line" in done.output
    assert "--yes or --mapping" in done.output
    assert not (tmp_path / "w" / "canonical" / "order_line").exists()
    assert runner.invoke(app, ["import", str(exports), "-w", str(tmp_path / "w"), "--yes"]).exit_code == Exit.QUARANTINED
    with (exports / "订单.csv").open("a", encoding="gb18030") as orders:
        orders.write("C1,2025-01-06,张伟,华东,仪器,3\n")
    later = runner.invoke(app, ["import", str(exports), "-w", str(tmp_path / "w")])
    assert later.exit_code == Exit.QUARANTINED, later.output  # the mapping saved before goes without asking


def test_a_report_that_was_cut_off_is_made_good(exports, tmp_path, pages):
    folder = tmp_path / "w"
    runner.invoke(app, ["import", str(exports), "-w", str(folder), "--yes"])
    assert len(pages) == 1
    runner.invoke(app, ["import", str(exports), "-w", str(folder)])
    assert len(pages) == 1
    pages[0].unlink()
    (folder / "reports" / ".run-abc").mkdir()
    again = runner.invoke(app, ["import", str(exports), "-w", str(folder)])
    assert again.exit_code == Exit.QUARANTINED, again.output
    assert len(pages) == 2
    assert not list((folder / "reports").glob(".run-*"))


def test_a_corrected_export_leaves_nothing_in_quarantine(exports, tmp_path, pages):
    runner.invoke(app, ["import", str(exports), "-w", str(tmp_path / "w"), "--yes"])
    text = (exports / "订单.csv").read_text(encoding="gb18030")
    (exports / "订单.csv").write_text(text.replace("约3万", "3"), encoding="gb18030")
    assert runner.invoke(app, ["import", str(exports), "-w", str(tmp_path / "w")]).exit_code == Exit.OK
    assert runner.invoke(app, ["check", "-w", str(tmp_path / "w")]).exit_code == Exit.OK


def test_a_refused_mapping_imports_nothing(exports, tmp_path, monkeypatch):
    monkeypatch.setattr("salesplan.cli.importing.asks_nobody", lambda: False)
    refused = runner.invoke(app, ["import", str(exports), "-w", str(tmp_path / "w")], input="n\n")
    assert refused.exit_code != Exit.OK
    assert not (tmp_path / "w" / "canonical" / "order_line").exists()


def test_schema_prints_tables_as_json():
    shown = runner.invoke(app, ["schema", "order_line", "--format", "json"])
    assert {"order_id", "amount"} <= {row["column"] for row in json.loads(shown.output)}


@pytest.mark.parametrize(("arguments", "error", "says"), [
    (["check", "-w", "nowhere"], MissingWorkspaceError, "salesplan import"),
    (["schema", "--format", "xml"], InputError, "csv"),
    (["report", "targt_setting", "-w", "nowhere"], InputError, "target_setting"),
    (["app", "-w", "nowhere"], MissingWorkspaceError, "salesplan"),
])
def test_errors_are_one_line_with_a_fix(arguments, error, says, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    assert run_main(monkeypatch, *arguments) == Exit.FAILED
    shown = capsys.readouterr().err.strip()
    assert shown.startswith(error.__name__)
    assert "\n" not in shown
    assert says in shown


def test_a_wrong_parameter_stops_before_anything_runs(exports, tmp_path, monkeypatch, capsys):
    runner.invoke(app, ["import", str(exports), "-w", str(tmp_path / "w"), "--yes"])
    code = run_main(monkeypatch, "report", "target_setting", "-w", str(tmp_path / "w"), "-p", "growht=0.1",
                    "-o", str(tmp_path / "out"), "--language", "en")
    assert code == Exit.FAILED
    shown = capsys.readouterr().err
    assert shown.startswith(ParameterError.__name__)
    assert "did you mean 'growth'" in shown
    assert not list((tmp_path / "out").glob("*.html"))


SCORES = "criteria: {ease: {zh: 易用, en: Ease, weight: 1}}\nclaims: [[A, ease, 8, tried, pilot], [B, ease, 7, tried, pilot]]\n"


@pytest.mark.parametrize(("content", "says"), [
    ("criteria: [", "cannot be read as YAML"),
    ("criteria: {ease: {zh: 易用, en: Ease, weight: 1}}\nclaims: [[A, eaze, 8, tried, pilot]]\n", "did you mean 'ease'"),
    (SCORES + "costs: [{system: A, item: licence, low: 3, likely: 2, high: 1, per: year}]\n", "licence"),
    (None, "must be a file of the workspace"),
])
def test_a_wrong_decision_file_is_refused_before_anything_runs(content, says, exports, tmp_path, monkeypatch, capsys):
    runner.invoke(app, ["import", str(exports), "-w", str(tmp_path / "w"), "--yes"])
    if content is not None:
        (tmp_path / "w" / "choice.yaml").write_text(content, encoding="utf-8")
    monkeypatch.setattr("salesplan.cli.reports.write_report", lambda *_, **__: pytest.fail("a kernel was started"))
    code = run_main(monkeypatch, "report", "system_selection", "-w", str(tmp_path / "w"), "-p", "decision_file=choice.yaml",
                    "-o", str(tmp_path / "out"), "--language", "en")
    shown = capsys.readouterr().err
    assert code == Exit.FAILED
    assert says in shown and "choice.yaml" in shown
    assert not list(tmp_path.glob("out/*"))


def test_a_sound_decision_file_goes_on_to_the_notebook(exports, tmp_path, pages):
    runner.invoke(app, ["import", str(exports), "-w", str(tmp_path / "w"), "--yes"])
    (tmp_path / "w" / "choice.yaml").write_text(SCORES, encoding="utf-8")
    (tmp_path / "out").mkdir()
    done = runner.invoke(app, ["report", "system_selection", "-w", str(tmp_path / "w"), "-p", "decision_file=choice.yaml",
                               "-o", str(tmp_path / "out")])
    assert done.exit_code == Exit.OK, done.output
    assert [page.stem for page in pages][-1] == "system_selection"


@pytest.mark.parametrize(("asked", "says"), [
    ([], "growht 不是目标设定的参数"), (["--language", "zh"], "growht 不是目标设定的参数"),
    (["--language", "en"], "growht is not a parameter of target setting"),
])
def test_errors_speak_the_language_asked_for_or_the_workspaces(asked, says, exports, tmp_path, monkeypatch, capsys):
    runner.invoke(app, ["import", str(exports), "-w", str(tmp_path / "w"), "--yes"])
    code = run_main(monkeypatch, "report", "target_setting", "-w", str(tmp_path / "w"), "-p", "growht=0.1", *asked)
    shown = capsys.readouterr().err.strip()
    assert code == Exit.FAILED and says in shown and "\n" not in shown and "growth" in shown
    assert run_main(monkeypatch, "check", "-w", "nowhere") == Exit.FAILED
    assert "must be a folder with imported data" in capsys.readouterr().err, "nothing is remembered from the command before"


def test_an_unknown_command_is_a_usage_error(monkeypatch):
    assert run_main(monkeypatch, "frobnicate") == Exit.USAGE


def test_a_file_that_is_not_there_is_said(monkeypatch, tmp_path, capsys):
    assert run_main(monkeypatch, "import", str(tmp_path / "gone.csv"), "-w", str(tmp_path / "w")) == Exit.FAILED
    assert "gone.csv" in capsys.readouterr().err
