from decimal import Decimal

import pandas as pd
import pytest

from salesplan.data.settings import WorkspaceSettings
from salesplan.data.workspace import Workspace
from salesplan.errors import InputError, MissingWorkspaceError
from tests.data.companies import make_workspace, small_tables


def people(*names: str) -> pd.DataFrame:
    return pd.DataFrame({"rep_id": [f"r{n}" for n in range(len(names))], "name": list(names)})


def test_missing_workspace_says_what_to_run(tmp_path):
    with pytest.raises(MissingWorkspaceError, match="salesplan import"):
        Workspace(tmp_path / "none").read_table("rep")


def test_settings_survive_and_unknown_ones_are_refused(tmp_path):
    shop = Workspace(tmp_path).create(currency="USD", fiscal_start_month=7)
    assert Workspace(tmp_path).create(source="crm").settings == WorkspaceSettings(
        currency="USD", fiscal_start_month=7, source="crm")
    with pytest.raises(InputError, match="did you mean 'currency'"):
        shop.set_settings(curency="CNY")
    with pytest.raises(InputError, match="fiscal_start_month == 13"):
        shop.set_settings(fiscal_start_month=13)
    assert shop.settings.currency == "USD"


@pytest.mark.parametrize("name", ["it's", "a [b] c", "中 文", "star*q?", '"quoted"'])
def test_any_folder_name_works(tmp_path, name):
    shop = make_workspace(tmp_path / name, {"rep": people("王芳")})
    shop.append_load("rep", people("王芳", "李娜"), load_id=shop.next_load_id())
    assert shop.read_table("rep")["name"].tolist() == ["王芳", "李娜"]


def test_newest_load_wins_and_unmentioned_rows_stay(tmp_path):
    shop = make_workspace(tmp_path, {"rep": people("A", "B")})
    shop.append_load("rep", people("C"), load_id=shop.next_load_id())
    read = shop.read_table("rep")
    assert read["name"].tolist() == ["C", "B"]
    assert read["load_id"].tolist() == ["000002", "000001"]


def test_rows_without_a_date_in_their_key_are_one_row_too(tmp_path):
    unit = pd.DataFrame({"org_id": ["a"], "name": ["old"]})
    shop = make_workspace(tmp_path, {"org_unit": unit})
    shop.append_load("org_unit", unit.assign(name="new"), load_id=shop.next_load_id())
    assert shop.read_table("org_unit")["name"].tolist() == ["new"]


def test_the_same_load_again_replaces_its_part(tmp_path):
    shop = make_workspace(tmp_path, {"rep": people("A", "B")})
    shop.append_load("rep", people("A"), load_id="000001")
    assert len(shop.read_table("rep")) == 1


def test_write_table_replaces_everything(tmp_path):
    shop = make_workspace(tmp_path, {"rep": people("A", "B")})
    shop.write_table("rep", people("C"))
    assert shop.read_table("rep")["name"].tolist() == ["C"]


def test_absent_table_is_an_empty_frame_with_its_columns(tmp_path):
    shop = Workspace(tmp_path).create()
    receipt = shop.read_table("receipt")
    assert receipt.empty
    assert {"receipt_id", "amount", "load_id"} <= set(receipt.columns)
    assert receipt["amount"].dtype == "float64"
    assert shop.tables() == []


def test_money_is_exact_in_storage(tmp_path):
    line = {"order_line_id": ["1", "2"], "order_id": ["1", "1"], "order_date": pd.to_datetime(["2026-01-01"] * 2)}
    shop = make_workspace(tmp_path, {"order_line": pd.DataFrame({**line, "amount": [0.1, 0.2]})})
    shop.append_load("order_line", pd.DataFrame({**line, "amount": [Decimal("0.1"), Decimal("99999999999999.9999")]}),
                     load_id=shop.next_load_id())
    assert shop.read_table("order_line", exact=True)["amount"].sum() == Decimal("100000000000000.0999")


def test_faulty_frames_are_refused_whole(tmp_path):
    shop = make_workspace(tmp_path, {"rep": people("A")})
    for bad, word in [
        (people("B").assign(nmae="x"), "did you mean 'name'"),
        (pd.concat([people("B"), people("C")]), "occurs twice"),
        (people("B").assign(hire_date="soon"), "must be date"),
    ]:
        with pytest.raises(InputError, match=word):
            shop.append_load("rep", bad, load_id="000002")
    with pytest.raises(InputError, match="did you mean 'rep'"):
        shop.append_load("reps", people("B"), load_id="000002")
    assert shop.read_table("rep")["name"].tolist() == ["A"]
    assert not list(shop.canonical.rglob(".*"))


def test_fingerprint_follows_content_alone(tmp_path):
    tables = small_tables()
    first = make_workspace(tmp_path / "a", tables)
    shuffled = {name: frame.sample(frac=1, random_state=3) for name, frame in tables.items()}
    second = make_workspace(tmp_path / "b", shuffled)
    for name, frame in tables.items():
        second.append_load(name, frame, load_id="000007")
    assert first.fingerprint() == second.fingerprint()
    assert len(first.fingerprint()) == 12
    changed = tables["order_line"].head(1).assign(amount=lambda f: f["amount"] + 0.01)
    second.append_load("order_line", changed, load_id="000008")
    assert first.fingerprint() != second.fingerprint()


def test_fingerprint_tells_a_missing_value_from_a_shifted_one(tmp_path):
    row = pd.DataFrame({"customer_id": ["c"], "name": ["n"]})
    left = make_workspace(tmp_path / "a", {"customer": row.assign(tier="x")})
    right = make_workspace(tmp_path / "b", {"customer": row.assign(industry="x")})
    assert left.fingerprint() != right.fingerprint()


def test_originals_are_kept_once_and_read_only(tmp_path):
    shop = Workspace(tmp_path / "w").create()
    file = tmp_path / "订单.csv"
    file.write_text("a", encoding="utf-8")
    kept = shop.keep_raw(file)
    assert kept == shop.keep_raw(file)
    assert kept.read_text(encoding="utf-8") == "a"
    assert kept.stat().st_mode & 0o222 == 0


def test_quarantine_and_logs_are_read_back_in_order(tmp_path):
    shop = Workspace(tmp_path).create()
    assert shop.read_quarantine().empty
    for load_id in ("000002", "000001"):
        shop.write_quarantine(pd.DataFrame({"load_id": [load_id], "raw": ["{}"]}), load_id=load_id)
        shop.write_load_log({"rows_in": 1}, load_id=load_id)
    assert shop.read_quarantine()["load_id"].tolist() == ["000001", "000002"]
    assert list(shop.read_load_logs()) == ["000001", "000002"]
    assert shop.next_load_id() == "000003"


def test_older_parts_without_a_new_column_still_read(tmp_path):
    shop = make_workspace(tmp_path, {"rep": people("A")})
    part = next((shop.canonical / "rep").glob("*.parquet"))
    pd.read_parquet(part).drop(columns=["email"]).to_parquet(part, index=False)
    assert shop.read_table("rep")["email"].isna().all()
