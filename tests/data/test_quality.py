from datetime import date
from pathlib import Path

import pytest

from salesplan.data.importing import import_files
from salesplan.data.quality import check_quality
from salesplan.errors import MissingWorkspaceError
from salesplan.text import say
from salesplan.text.wording import say_details


def workspace(folder: Path, orders: str) -> Path:
    (folder / "订单.csv").write_text("订单号,下单日期,工号,业务员,客户名称,产品名称,金额\n" + orders, encoding="utf-8")
    staff = "工号,姓名,邮箱,入职日期\nE1,张伟,a@x,2020-01-01\nE2,张伟,b@x,2020-01-01\nE3,李娜,c@x,2027-12-01\n"
    (folder / "人员.csv").write_text(staff, encoding="utf-8")
    import_files(folder, folder / "w", as_of=date(2027, 6, 30))
    return folder / "w"


def test_a_score_is_rows_taken_times_cells_filled(tmp_path: Path):
    quality = check_quality(workspace(tmp_path, "A1,2027-01-05,E1,,甲,乙,5\nA2,2027-01-06,E1,,甲,乙,约5\n合计,,,,,,5\n"))
    row = quality.to_frame().set_index("table").loc["order_line"]
    assert row[["rows_in", "rows_ok", "rows_quarantined"]].tolist() == [3, 1, 2]
    assert row["ok_share"] == 0.5
    assert row["missing_share"] == 0.25
    assert row["score"] == 0.375
    assert quality.explain("order_line")["value"].tolist() == [0.5, 0.25, 0.375]
    assert 0 < quality.score < 1


def test_findings_name_what_to_look_at(tmp_path: Path):
    orders = (
        "A1,2027-01-05,E1,,甲公司,乙,5\nA2,2027-03-05,E1,,甲有限公司,乙,5\nA3,2027-03-05,E1,,甲有限公司,乙,5\n"
        "A4,2027-03-05,E9,,甲公司,乙,5\nA5,2027-03-05,,张伟,甲公司,乙,5\nA6,2027-03-05,,,甲公司,乙,5\n"
    )
    quality = check_quality(workspace(tmp_path, orders), as_of=date(2027, 6, 30))
    codes = [f.key for f in quality.findings]
    assert codes[:2] == ["unknown_rep", "unknown_rep"]
    assert {"months_without_orders", "namesakes", "future_hire_date", "customer_copies", "order_copies", "missing_rep_id",
            "stale_extract"} <= set(codes)  # fmt: skip
    for msgid, details in quality.summary():
        assert say_details(msgid, details, "zh") != say_details(msgid, details, "en")
    for finding in quality.findings:
        assert say(finding.action, "zh") != finding.action
    assert quality.reasons[["reason", "meaning", "rows"]].to_numpy().tolist() == [
        ["unknown_rep", "Several people could be meant", 1], ["unknown_rep", "The person is not known", 1]]


def test_no_workspace_says_what_to_do(tmp_path: Path):
    with pytest.raises(MissingWorkspaceError, match="salesplan import"):
        check_quality(tmp_path / "none")
