import struct
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from salesplan.data.readers import list_files, read_sheets
from salesplan.errors import DataError
from tests.shared import shared_path

TEXT = "工号,姓名,目标(万元)\n007,张伟,1.5\n008,李娜,2\n"


def write(folder: Path, content: bytes, name: str = "a.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "encoding"),
    [(TEXT.encode("utf-8"), "utf-8"), (TEXT.encode("utf-8-sig"), "utf-8-sig"), (TEXT.encode("gb18030"), "gb18030"),
     (TEXT.encode("utf-16"), "utf-16")],
)  # fmt: skip
def test_encodings_are_told_by_mark_then_utf8_then_gb18030(tmp_path: Path, content: bytes, encoding: str):
    sheet = read_sheets(write(tmp_path, content))[0]
    assert (sheet.encoding, sheet.columns) == (encoding, ["工号", "姓名", "目标(万元)"])
    assert sheet.table.to_pylist()[0] == {"工号": "007", "姓名": "张伟", "目标(万元)": "1.5"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(tmp_path: Path, delimiter: str):
    sheet = read_sheets(write(tmp_path, TEXT.replace(",", delimiter).encode()))[0]
    assert sheet.delimiter == delimiter
    assert len(sheet.columns) == 3


def test_rows_keep_their_number_past_titles_blank_lines_and_footers(tmp_path: Path):
    top = '销售明细\n单位：万元\n\n单号,客户,金额\r\nA1,甲,1\n\nA2,"乙\n丙",2\n'
    text = top + "单号,客户,金额\nA3,丁,3,4\n华东小计,,3\n合计,,3\n制表人：王芳\n"
    sheet = read_sheets(write(tmp_path, text.encode()))[0]
    assert sheet.table["单号"].to_pylist() == ["A1", "A2"]
    assert sheet.unit == 10_000
    assert sheet.set_apart["reason"].tolist() == [
        "repeated_header", "bad_row_shape", "footer_or_total_row", "footer_or_total_row", "footer_or_total_row"]  # fmt: skip
    plain = read_sheets(write(tmp_path, text.replace("乙\n丙", "乙").encode()))[0]
    assert plain.src_row.tolist() == [5, 7]
    assert plain.set_apart["src_row"].tolist() == [8, 9, 10, 11, 12]


def test_a_customer_called_total_is_no_footer(tmp_path: Path):
    sheet = read_sheets(write(tmp_path, "单号,客户,金额\nA1,总计科技有限公司,1\nA2,Total,2\n".encode()))[0]
    assert len(sheet) == 2
    assert sheet.set_apart.empty


def test_files_that_are_no_tables_are_refused(tmp_path: Path):
    cases = {b"": "empty", b"  \n": "empty", b"<html><table>": "web page", b"\x00\x01\x02" * 40: "neither UTF-8 nor GB18030",
             "José;1\n".encode("latin-1"): "neither UTF-8 nor GB18030", b"PK\x03\x04 no zip": "damaged"}  # fmt: skip
    for content, said in cases.items():
        with pytest.raises(DataError, match=said):
            read_sheets(write(tmp_path, content))
    with pytest.raises(DataError, match="must be a file that exists"):
        read_sheets(tmp_path / "none.csv")
    with pytest.raises(DataError, match="encoding"):
        read_sheets(write(tmp_path, TEXT.encode("gb18030")), encoding="utf-8")


def workbook(path: Path) -> Path:
    book = Workbook()
    sheet = book.active
    sheet.title = "订单"
    sheet.append(["订单明细", None, None, None])
    sheet.append(["订单编号", "日期", "明细", None])
    sheet.append([None, None, "产品", "金额"])
    sheet.merge_cells("C2:D2")
    sheet.merge_cells("A2:A3")
    sheet.merge_cells("B2:B3")
    sheet.append(["007", datetime(2027, 1, 5), "甲", 12.5])
    sheet.append([None, None, "乙", "=SUM(1,2)"])
    sheet.merge_cells("A4:A5")
    sheet.merge_cells("B4:B5")
    sheet.append(["008", 46392, "丙", 1234567890123456789])
    sheet.append(["合计", None, None, 3])
    book.create_sheet("隐藏").sheet_state = "hidden"
    book.save(path)
    return path


def test_workbooks_with_merged_cells_two_headers_formulas_and_footer(tmp_path: Path):
    sheet = read_sheets(workbook(tmp_path / "订单.xlsx"))[0]
    assert sheet.columns == ["订单编号", "日期", "产品", "金额"]
    assert sheet.header_rows == (2, 3)
    assert sheet.table.to_pylist() == [
        {"订单编号": "007", "日期": "2027-01-05", "产品": "甲", "金额": "12.5"},
        {"订单编号": "007", "日期": "2027-01-05", "产品": "乙", "金额": "=SUM(1,2)"},
        {"订单编号": "008", "日期": "46392", "产品": "丙", "金额": "1.23456789012346E+18"},
    ]
    assert sheet.src_row.tolist() == [4, 5, 6]
    assert {k: v.tolist() for k, v in sheet.filled.items()} == {"订单编号": [1], "日期": [1]}
    assert sheet.set_apart[["src_row", "reason"]].to_numpy().tolist() == [[7, "footer_or_total_row"]]


def test_sample_workbook_with_subform():
    sheet = read_sheets(shared_path("crm", "samples", "files", "subform_merged.xlsx"))[0]
    assert sheet.columns == ["订单编号", "客户", "签单日期", "合同金额", "产品", "数量", "小计"]
    assert sheet.table["订单编号"].to_pylist() == ["SO0000", "SO0000", "SO0001", "SO0001", "SO0002", "SO0002"]
    assert sheet.set_apart["src_row"].tolist() == [9]


def test_sample_report_with_copyright_below():
    sheet = read_sheets(shared_path("crm", "samples", "salesforce", "report_export_details.csv"))[0]
    assert len(sheet) == 1
    assert set(sheet.set_apart["reason"]) == {"footer_or_total_row"}


def test_a_zip_that_claims_four_gigabytes_is_refused_before_it_is_read(tmp_path: Path):
    path = workbook(tmp_path / "bomb.xlsx")
    with zipfile.ZipFile(path) as archive:
        part = archive.getinfo("xl/worksheets/sheet1.xml")
    content = bytearray(path.read_bytes())
    place = content.find(b"PK\x01\x02")
    while content[place + 46 : place + 46 + len(part.filename)].decode("latin-1") != part.filename:
        place = content.find(b"PK\x01\x02", place + 4)
    struct.pack_into("<I", content, place + 24, 0xFFFFFFF0)
    path.write_bytes(content)
    with pytest.raises(DataError, match="unpacks to 4,096 MB"):
        read_sheets(path)


def test_a_zip_whose_content_is_larger_than_its_claim_is_refused(tmp_path: Path):
    path = workbook(tmp_path / "liar.xlsx")
    content = bytearray(path.read_bytes())
    place = content.find(b"PK\x01\x02")
    struct.pack_into("<I", content, place + 24, 3)
    path.write_bytes(content)
    with pytest.raises(DataError, match="damaged"):
        read_sheets(path)


def test_other_zips_are_no_workbooks(tmp_path: Path):
    path = tmp_path / "x.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "a")
    with pytest.raises(DataError, match="no workbook"):
        read_sheets(path)


def test_lock_files_and_other_kinds_are_left_out(tmp_path: Path):
    for name in ("b.csv", "a.xlsx", "~$a.xlsx", ".hidden.csv", "c.pdf"):
        (tmp_path / name).write_bytes(b"x")
    assert [f.name for f in list_files(tmp_path)] == ["a.xlsx", "b.csv"]
    with pytest.raises(DataError, match="holds no"):
        list_files(tmp_path.joinpath("empty").mkdir() or tmp_path / "empty")


def test_groups_of_months_under_a_year_with_a_unit_in_the_title(tmp_path: Path):
    book = Workbook()
    sheet = book.active
    sheet.append(["2027年销售目标"])
    sheet.append(["单位：万元"])
    sheet.append(["区域", "姓名", "2027年", *[None] * 11])
    sheet.append([None, None, *[f"{m}月" for m in range(1, 13)]])
    sheet.append(["华东", "张伟", *range(1, 13)])
    for cells in ("A3:A4", "B3:B4", "C3:N3"):
        sheet.merge_cells(cells)
    book.save(tmp_path / "目标.xlsx")
    got = read_sheets(tmp_path / "目标.xlsx")[0]
    assert got.columns[:4] == ["区域", "姓名", "2027年1月", "2027年2月"]
    assert (got.unit, got.header_rows, len(got)) == (10_000, (3, 4), 1)


def test_bytes_with_a_workbooks_name_are_no_workbook(tmp_path: Path):
    with pytest.raises(DataError, match="is not an Excel workbook"):
        read_sheets(write(tmp_path, bytes(range(256)) * 9, "订单.xlsx"))
    assert len(read_sheets(write(tmp_path, b"a,b\n1,2\n", "old.xls"))[0]) == 1
