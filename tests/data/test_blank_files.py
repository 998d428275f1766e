"""A file without anything in it stops nobody else's rows, and is named."""

from pathlib import Path

import pytest

from salesplan.data.importing import import_files
from salesplan.data.workspace import Workspace
from salesplan.errors import DataError
from salesplan.text.spoken_errors import say_error

ORDERS = "订单号,下单日期,业务员,金额\nA1,2027-01-05,张伟,5\n"
LEFT_OUT = "未导入空.csv：文件是空的，请重新导出"


def folder_of(place: Path, **files: str) -> Path:
    place.mkdir()
    for name, text in files.items():
        (place / f"{name}.csv").write_text(text, encoding="utf-8")
    return place


def test_an_empty_file_among_others_is_left_out_and_said(tmp_path: Path):
    folder, space = folder_of(tmp_path / "in", 订单=ORDERS, 空=""), Workspace(tmp_path / "w")
    report = import_files(folder, space)
    assert len(space.read_table("order_line")) == 1 and report.rows_ok > 0
    assert LEFT_OUT in report.lines("zh")
    again = import_files(folder, space)
    assert again.nothing_new and LEFT_OUT in again.lines("zh")


def test_nothing_but_an_empty_file_is_refused_in_the_readers_language(tmp_path: Path):
    folder = folder_of(tmp_path / "in", 空="\ufeff \n")
    for path in (folder, folder / "空.csv"):
        with pytest.raises(DataError, match="is empty") as stopped:
            import_files(path, tmp_path / "w")
        assert say_error(stopped.value, "zh").startswith("空.csv 是空文件，应有表头和数据行")
