import pandas as pd
import pyarrow as pa
import pytest

from salesplan.data.parsers import PARSERS
from salesplan.data.schema import TABLES, schema_frame, table_named
from salesplan.errors import InputError


def test_every_table_declares_its_key_and_captions():
    for table in TABLES.values():
        assert set(table.key) <= set(table.names)
        assert len(set(table.names)) == len(table.names)
        assert table.amount is None or table.column(table.amount).kind == "money"
        assert table.date is None or table.column(table.date).kind == "date"
        for column in table.columns:
            assert column.zh
            assert column.en
            assert column.meaning
            assert column.refers_to is None or column.refers_to in TABLES
            assert column.parser is None or column.parser in PARSERS


def test_references_come_after_what_they_refer_to():
    order = list(TABLES)
    for table in TABLES.values():
        for column in table.columns:
            assert column.refers_to in (None, table.name) or order.index(column.refers_to) < order.index(table.name)


def test_storage_types():
    schema = TABLES["order_line"].arrow_schema
    assert schema.field("amount").type == pa.decimal128(18, 4)
    assert schema.field("order_date").type == pa.date32()
    assert schema.names[-3:] == ["load_id", "source_file", "src_row"]


def test_typed_frame_refuses_unknown_columns_and_values():
    with pytest.raises(InputError, match="did you mean 'amount'"):
        TABLES["order_line"].typed_frame(pd.DataFrame({"amoun": [1]}))
    with pytest.raises(InputError, match="kind money"):
        TABLES["order_line"].typed_frame(pd.DataFrame({"amount": ["many"]}))
    with pytest.raises(InputError, match="did you mean 'target'"):
        table_named("targt")


def test_schema_frame_lists_every_column():
    assert len(schema_frame()) == sum(len(t.columns) for t in TABLES.values())
    assert schema_frame("product")["table"].unique().tolist() == ["product"]


def test_meanings_are_said_in_both_languages():
    both = [schema_frame(language=lang)["meaning"] for lang in ("en", "zh")]
    assert (both[0] != both[1]).all()
