"""What a canonical table is: its key, its columns, and how they are stored."""

from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Final, Literal

import pandas as pd
import pyarrow as pa

from salesplan.errors import InputError, known_choices

Kind = Literal["id", "text", "date", "money", "decimal", "int", "bool", "enum"]

ARROW_TYPES: Final[dict[str, pa.DataType]] = {
    "id": pa.string(),
    "text": pa.string(),
    "enum": pa.string(),
    "date": pa.date32(),
    "money": pa.decimal128(18, 4),
    "decimal": pa.float64(),
    "int": pa.int64(),
    "bool": pa.bool_(),
}


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a canonical table.

    Parameters
    ----------
    name
        Column name in frames, Parquet and SQL.
    kind
        ``id`` and ``text`` and ``enum`` are strings, ``date`` a calendar day, ``money`` an exact
        decimal(18,4) in currency units, ``decimal`` a float, ``int`` and ``bool`` as they say.
    required
        A row without it is quarantined.
    choices
        The words an ``enum`` may hold.
    refers_to
        Table whose key the id points to; an unknown id is quarantined or noted (see quality).
    parser
        How text becomes a value where the kind alone does not say (a name of ``parsers.PARSERS``).
    zh, en
        Captions for people.
    meaning
        One sentence in English (msgid).
    """

    name: str
    kind: Kind = "text"
    required: bool = False
    choices: tuple[str, ...] = ()
    refers_to: str | None = None
    parser: str | None = None
    zh: str = ""
    en: str = ""
    meaning: str = ""

    @property
    def arrow_type(self) -> pa.DataType:
        """Storage type of the column."""
        return ARROW_TYPES[self.kind]


TECHNICAL: Final[tuple[Column, ...]] = (
    Column(name="load_id", kind="id", zh="导入批次", en="Load", meaning="The import that brought the row in."),
    Column(name="source_file", kind="text", zh="来源文件", en="Source file",
           meaning="File (and sheet) the row was read from."),
    Column(name="src_row", kind="int", zh="来源行", en="Source row",
           meaning="Row number in the source file, header included, counted from 1."),
)


@dataclass(frozen=True, kw_only=True)
class Table:
    """One canonical table.

    Parameters
    ----------
    name
        Table name; also the folder under ``canonical/`` and the SQL view.
    key
        Columns that name a row.
    columns
        The business columns, in order; the technical columns follow them in storage.
    amount
        Column whose money is reconciled per load, if any.
    date
        The column a row is dated by, if any.

    Examples
    --------
    >>> from salesplan.data.schema import TABLES
    >>> TABLES["order_line"].key, TABLES["order_line"].amount
    (('order_line_id',), 'amount')
    >>> TABLES["rep"].empty_frame().shape
    (0, 11)
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    zh: str
    en: str
    meaning: str
    amount: str | None = None
    date: str | None = None
    names: tuple[str, ...] = field(default=(), init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(c.name for c in self.columns))

    @cached_property
    def stored_columns(self) -> tuple[Column, ...]:
        """Business columns followed by the technical ones."""
        return (*self.columns, *TECHNICAL)

    @cached_property
    def arrow_schema(self) -> pa.Schema:
        """Schema of the Parquet files."""
        return pa.schema([(c.name, c.arrow_type) for c in self.stored_columns])

    def column(self, name: str) -> Column:
        """Look a column up by name; unknown names raise InputError with the nearest match."""
        for column in self.stored_columns:
            if column.name == name:
                return column
        raise InputError(f"column == {name!r}, must be a column of {self.name}",
                         fix=known_choices(name, [c.name for c in self.columns]))

    def empty_frame(self) -> pd.DataFrame:
        """No rows, every stored column, storage types."""
        return self.typed_frame(pd.DataFrame(columns=list(self.names)))

    def typed_frame(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Every stored column in order, with the storage (pyarrow) types; absent columns are empty.

        Raises
        ------
        InputError
            A column the table does not have, or a value that does not fit its kind.

        Examples
        --------
        >>> from salesplan.data.schema import TABLES
        >>> TABLES["rep"].typed_frame(pd.DataFrame({"rep_id": ["007"], "name": ["王芳"]}))["rep_id"].tolist()
        ['007']
        """
        for name in frame.columns:
            self.column(str(name))
        out = {}
        for column in self.stored_columns:
            dtype = pd.ArrowDtype(column.arrow_type)
            if column.name not in frame.columns:
                out[column.name] = pd.Series([pd.NA] * len(frame), index=frame.index, dtype=dtype)
                continue
            series = frame[column.name]
            out[column.name] = series if series.dtype == dtype else _cast(self, column, series)
        return pd.DataFrame(out, index=frame.index)


def _cast(table: Table, column: Column, series: pd.Series) -> pd.Series:
    try:
        if column.kind == "date":
            series = pd.to_datetime(series)
            array = pa.array(series, from_pandas=True).cast(pa.timestamp("s"), safe=False).cast(pa.date32())
        elif column.kind == "money":
            quantum = Decimal("0.0001")
            values = [None if pd.isna(v) else Decimal(str(v)).quantize(quantum) for v in series]
            array = pa.array(values, type=column.arrow_type)
        elif column.arrow_type == pa.string():
            array = pa.array([None if pd.isna(v) else str(v) for v in series], type=pa.string())
        else:
            array = pa.array(series, from_pandas=True).cast(column.arrow_type)
    except (ValueError, TypeError, ArithmeticError, pa.ArrowException) as error:
        raise InputError(f"{column.name} holds a value that is not of kind {column.kind}: {error}",
                         where=f"table {table.name}") from error
    return pd.Series(pd.arrays.ArrowExtensionArray(array), index=series.index, name=column.name)


def make_table(name: str, key: str, zh: str, en: str, meaning: str, columns: list[Column], *,
               amount: str | None = None, date: str | None = None) -> Table:
    """A table as the lists of tables write it: key columns in one word list, then captions and columns."""
    return Table(name=name, key=tuple(key.split()), columns=tuple(columns), zh=zh, en=en, meaning=meaning,
                 amount=amount, date=date)


def make_column(name: str, kind: Kind, zh: str, en: str, meaning: str, *, required: bool = False,
                choices: str = "", refers_to: str | None = None, parser: str | None = None) -> Column:
    """A column as the lists of tables write it: captions in Chinese and English, then its meaning."""
    return Column(name=name, kind=kind, zh=zh, en=en, meaning=meaning, required=required,
                  choices=tuple(choices.split()), refers_to=refers_to, parser=parser)
