"""A first import speaks the language its mapping brings, unless another is asked for."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from salesplan.cli import reports
from salesplan.cli.commands import app

MAPPING = """
version: 1
source: shop
title: Shop
settings: {language: en, currency: USD, country: US}
files:
  - match: sellers.csv
    tables:
      - table: rep
        columns: {rep_id: id, name: name}
"""


@pytest.mark.parametrize(("asked", "said"), [([], "rows"), (["-l", "zh"], "行")])
def test_the_mappings_language_is_spoken_from_the_first_import_on(asked: list[str], said: str, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "sellers.csv").write_text("id,name\nr1,Ann\n")
    (tmp_path / "shop.yaml").write_text(MAPPING)
    told: list[str] = []
    monkeypatch.setattr(reports, "write_report", lambda notebook, workspace, values, **_: told.append(values["language"]) or [])
    given = ["import", str(tmp_path / "in"), "-w", str(tmp_path / "w"), "--mapping", str(tmp_path / "shop.yaml")]
    done = CliRunner().invoke(app, [*given, *asked])
    assert done.exit_code == 0, done.output
    assert said in done.output and told == ["zh" if asked else "en"]
