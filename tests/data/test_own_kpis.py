import pytest

from salesplan.data.own_kpis import read_own_kpis
from salesplan.data.workspace import Workspace
from salesplan.errors import DataError, InputError


@pytest.mark.parametrize(("text", "message"), [("a: [", "cannot be read"), ("- a\n- b\n", "holds list")])
def test_a_broken_file_is_named(tmp_path, text, message):
    shop = Workspace(tmp_path / "w").create()
    (shop.path / "kpis.yaml").write_text(text, encoding="utf-8")
    with pytest.raises((DataError, InputError), match=message) as caught:
        read_own_kpis(shop.path)
    assert "kpis.yaml" in caught.value.where


def test_an_empty_file_holds_no_kpis(tmp_path):
    shop = Workspace(tmp_path / "w").create()
    (shop.path / "kpis.yaml").write_text("# nothing yet\n", encoding="utf-8")
    assert read_own_kpis(shop) == {}
