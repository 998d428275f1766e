"""`salesplan statements`: what it refuses and what it warns of, in the reader's language."""

from pathlib import Path

import pandas as pd
import pytest

from salesplan.cli.commands import run
from salesplan.cli.exits import Exit
from salesplan.data.workspace import Workspace

BROKEN = "samples: {name: {zh: 送样, en: Samples}, type: process}\n"


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Path:
    """Three sellers with orders in September and October 2026; nothing later."""
    workspace = Workspace(tmp_path_factory.mktemp("shop")).create()
    tables = {
        "rep": pd.DataFrame({"rep_id": ["r1", "r2", "r3"], "name": ["张伟", "王芳", "李娜"], "status": "active",
                             "hire_date": pd.Timestamp("2020-01-01")}),
        "order_line": pd.DataFrame([
            (f"{r}{m}", f"o{r}{m}", pd.Timestamp(2026, m, 12), "c1", r, 100.0 * m, False) for r in ("r1", "r2", "r3") for m in (9, 10)],
            columns=["order_line_id", "order_id", "order_date", "customer_id", "rep_id", "amount", "is_return"]),
    }  # fmt: skip
    for table, frame in tables.items():
        workspace.append_load(table, frame, load_id=workspace.next_load_id())
    return workspace.path


def statements(shop: Path, output: Path, monkeypatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["salesplan", "statements", "-w", str(shop), "-o", str(output), "--format", "html", *arguments])
    with pytest.raises(SystemExit) as stop:
        run()
    return int(stop.value.code or 0)


@pytest.mark.parametrize(("language", "period", "says", "names"), [
    ("zh", "2026-11", "2026-11' 没有数据", "最后一个有数据的月份是 2026-10"),
    ("en", "2026-11", "period == '2026-11', must be one with data", "The last month with figures is 2026-10"),
    ("zh", "2019-05", "2019-05' 没有数据", "第一个有数据的月份是 2026-09"),
    ("en", "2024-05", "period == '2024-05', must be one with data", "The first month with figures is 2026-09"),
    ("en", "2029-03", "period == '2029-03', must be one with data", "The last month with figures is 2026-10"),
])  # fmt: skip
def test_a_month_without_figures_is_refused_and_the_nearest_one_with_figures_named(
    shop, tmp_path, monkeypatch, capsys, language, period, says, names
) -> None:
    assert statements(shop, tmp_path / "out", monkeypatch, "--period", period, "--language", language) == Exit.FAILED
    said = capsys.readouterr().err.strip()
    assert says in said and names in said and "\n" not in said
    assert ("销售额" in said) == (language == "zh") and ("Sales amount" in said) == (language == "en")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("language", "says"), [("zh", "缺少 unit"), ("en", "unit is missing")])
def test_a_kpi_of_the_company_that_cannot_be_read_is_named_and_the_others_count(
    shop, tmp_path, monkeypatch, capsys, language, says
) -> None:
    file = shop / "kpis.yaml"
    file.write_text(BROKEN, encoding="utf-8")
    try:
        code = statements(shop, tmp_path / "out", monkeypatch, "--period", "2026-10", "--language", language, "--seller", "r1")
    finally:
        file.unlink()
    shown = capsys.readouterr()
    assert code == Exit.OK, shown.err
    assert str(file) in shown.err and "samples" in shown.err and says in shown.err.replace("\n", "")
    pages = list((tmp_path / "out").rglob("*.html"))
    assert len(pages) == 1 and "samples" in (page := pages[0].read_text(encoding="utf-8")) and says in page
