from typer.testing import CliRunner

from salesplan.cli.commands import app
from salesplan.cli.exits import Exit
from tests.data.coaching_company import coaching_workspace

runner = CliRunner()


def test_templates_are_written_in_the_language_of_the_workspace(tmp_path, monkeypatch):
    monkeypatch.delenv("SALESPLAN_WORKSPACE", raising=False)
    shop = coaching_workspace(tmp_path / "w", language="en")
    done = runner.invoke(app, ["templates", str(tmp_path / "t"), "-w", str(shop.path), "--user", "E5"])
    assert done.exit_code == Exit.OK, done.output
    assert {path.name for path in (tmp_path / "t").iterdir()} == {
        "role_profiles.xlsx", "skill_assessments.xlsx", "courses.xlsx", "development_goals.xlsx", "mentors.xlsx"}
    assert "salesplan import" in done.output


def test_templates_need_no_workspace(tmp_path, monkeypatch):
    monkeypatch.delenv("SALESPLAN_WORKSPACE", raising=False)
    done = runner.invoke(app, ["templates", str(tmp_path / "t"), "-l", "zh"])
    assert done.exit_code == Exit.OK, done.output
    assert (tmp_path / "t" / "技能评估.xlsx").is_file()
    assert "填写后导入" in done.output


def test_templates_show_an_example_in_their_help():
    shown = runner.invoke(app, ["templates", "--help"])
    assert shown.exit_code == Exit.OK
    assert "Example" in shown.output
