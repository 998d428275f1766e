"""The folder that holds a company's imported sales data."""

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

import pandas as pd
import yaml

from salesplan.data.schema import TABLES, Table, table_named
from salesplan.data.settings import SETTINGS_FILE, WorkspaceSettings
from salesplan.errors import InputError, MissingWorkspaceError, Sentence

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

SUPERSEDED = "superseded_by"
"""Column of quarantined rows: the later load that brought them again."""
SQL_TYPES = {
    "id": "VARCHAR", "text": "VARCHAR", "enum": "VARCHAR", "date": "DATE",
    "money": "DECIMAL(18,4)", "decimal": "DOUBLE", "int": "BIGINT", "bool": "BOOLEAN",
}  # fmt: skip
"""How each kind of column of the schema looks to SQL."""


class Workspace:
    """A folder with ``raw/`` (originals, never changed), ``canonical/<table>/*.parquet``, ``quarantine/``,
    ``loads/``, ``reports/``, ``plan.db`` and ``workspace.yaml``.

    Each load adds one part file to each table it feeds. Reading a table keeps one row for each key: the
    row of the **newest load**, that is of the highest ``load_id`` (load ids count up: ``000001``, …).
    Rows of older loads whose key the newer load does not mention stay. Tables without a key keep every row.
    Files appear at once or not at all (written beside, then renamed). The Parquet files are the only
    copy: every process opens its own in-memory DuckDB over them, so that two readers never lock each other.

    Parameters
    ----------
    path
        The folder. It need not exist before :meth:`create`.

    Examples
    --------
    >>> import tempfile
    >>> shop = Workspace(Path(tempfile.mkdtemp()) / "工作 区").create(currency="CNY")
    >>> for name in ("张伟", "张炜"):
    ...     people = pd.DataFrame({"rep_id": ["r1"], "name": [name]})
    ...     _ = shop.append_load("rep", people, load_id=shop.next_load_id())
    >>> shop.read_table("rep")["name"].tolist()
    ['张炜']
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).expanduser().absolute()

    def __repr__(self) -> str:
        return f"Workspace({str(self.path)!r})"

    @property
    def raw(self) -> Path:
        """Originals, unchanged, in a folder named by their content."""
        return self.path / "raw"

    @property
    def canonical(self) -> Path:
        """Canonical tables, one folder each."""
        return self.path / "canonical"

    @property
    def quarantine(self) -> Path:
        """Rows that could not be taken, whole, with the reason."""
        return self.path / "quarantine"

    @property
    def loads(self) -> Path:
        """One reconciliation file for each load."""
        return self.path / "loads"

    @property
    def reports(self) -> Path:
        """Where reports are written unless told otherwise."""
        return self.path / "reports"

    @property
    def plan_url(self) -> str:
        """SQLAlchemy URL of the plan versions of this workspace."""
        return f"sqlite:///{self.path / 'plan.db'}"

    # -- life of the folder ----------------------------------------------------------------------

    @property
    def exists(self) -> bool:
        """Whether the folder is a workspace."""
        return (self.path / SETTINGS_FILE).is_file()

    def create(self, **settings: Any) -> "Workspace":
        """Make the folders; settings given here replace the saved ones. Calling it again is harmless."""
        for folder in (self.raw, self.canonical, self.quarantine, self.loads, self.reports):
            folder.mkdir(parents=True, exist_ok=True)
        known = self.settings if self.exists else WorkspaceSettings()
        self._save_settings(known.changed(settings))
        return self

    def require(self) -> "Workspace":
        """The workspace itself, or :class:`MissingWorkspaceError` where no data have been imported."""
        if not self.exists:
            raise MissingWorkspaceError(
                Sentence("workspace == {path}, must be a folder with imported data", path=repr(str(self.path))),
                fix=Sentence("Run: {command}", command=f"salesplan import FOLDER --workspace {self.path}"),
            )
        return self

    @property
    def settings(self) -> WorkspaceSettings:
        """Language, currency, country, first month of the fiscal year and name of the source."""
        self.require()
        read = yaml.safe_load((self.path / SETTINGS_FILE).read_text(encoding="utf-8")) or {}
        return WorkspaceSettings().changed(read)

    def set_settings(self, **settings: Any) -> WorkspaceSettings:
        """Change some settings and save them."""
        changed = self.settings.changed(settings)
        self._save_settings(changed)
        return changed

    def _save_settings(self, settings: WorkspaceSettings) -> None:
        text = yaml.safe_dump(settings.to_dict(), allow_unicode=True, sort_keys=False)
        _write_atomically(self.path / SETTINGS_FILE, text.encode("utf-8"))

    # -- originals, quarantine, reconciliation ---------------------------------------------------

    def keep_raw(self, file: str | Path) -> Path:
        """Copy an original into ``raw/<first 12 hex of its sha256>/`` (read-only, kept once)."""
        file = Path(file)
        digest = hashlib.sha256()
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
        kept = self.raw / digest.hexdigest()[:12] / file.name
        if not kept.exists():
            kept.parent.mkdir(parents=True, exist_ok=True)
            with _beside(kept) as temporary:
                shutil.copyfile(file, temporary)
                os.chmod(temporary, 0o444)
        return kept

    def next_load_id(self) -> str:
        """The number the next load gets; higher means newer."""
        used = [int(p.stem) for p in self._load_files() if p.stem.isdigit()]
        return f"{max(used, default=0) + 1:06d}"

    def _load_files(self) -> Iterator[Path]:
        yield from self.canonical.glob("*/*.parquet")
        yield from self.quarantine.glob("*.parquet")
        yield from self.loads.glob("*.yaml")

    def write_quarantine(self, frame: pd.DataFrame, *, load_id: str) -> Path:
        """Keep the rows a load could not take (one file a load; any columns, mixed ones as text)."""
        target = self.quarantine / f"{load_id}.parquet"
        with _beside(target) as temporary:
            frame.to_parquet(temporary, index=False)
        return target

    def read_quarantine(self, *, superseded: bool = False) -> pd.DataFrame:
        """Quarantined rows, oldest load first; empty frame when there are none.

        Rows that came again with a newer version of their file are history: kept, but only read with
        ``superseded=True``.
        """
        parts = [pd.read_parquet(p) for p in sorted(self.quarantine.glob("*.parquet"))]
        held = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
        if superseded or SUPERSEDED not in held:
            return held
        return held[held[SUPERSEDED].isna()].drop(columns=SUPERSEDED).reset_index(drop=True)

    def write_load_log(self, log: Mapping[str, Any], *, load_id: str) -> Path:
        """Keep the reconciliation of a load: rows and money in, taken, quarantined, exact duplicates."""
        target = self.loads / f"{load_id}.yaml"
        text = yaml.safe_dump(dict(log), allow_unicode=True, sort_keys=False)
        _write_atomically(target, text.encode("utf-8"))
        return target

    def read_load_logs(self) -> dict[str, dict[str, Any]]:
        """Reconciliations by load id, oldest first."""
        logs = sorted(self.loads.glob("*.yaml"))
        return {log.stem: yaml.safe_load(log.read_text(encoding="utf-8")) for log in logs}

    # -- canonical tables ------------------------------------------------------------------------

    def append_load(self, name: str, frame: "pd.DataFrame | pa.Table", *, load_id: str) -> Path:
        """Add one load's rows of a table as a part file (the same load id again replaces that part).

        ``frame`` holds columns of the schema (missing ones become empty) and, optionally,
        ``source_file`` and ``src_row``. Money may be Decimal, Arrow decimal or float.

        Raises
        ------
        InputError
            Unknown table or column, a value that is not of the column's kind, or a key that occurs twice.
        """
        from pyarrow import parquet

        table = table_named(name)
        arrow = _to_arrow(table, frame, load_id)
        _check_key(table, arrow)
        folder = self.canonical / name
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{load_id}.parquet"
        with _beside(target) as temporary:
            parquet.write_table(arrow, temporary, compression="zstd")
        return target

    def write_table(self, name: str, frame: "pd.DataFrame | pa.Table") -> Path:
        """Replace a table by these rows (as a new load; the older parts are removed after it is written)."""
        older = self._parts(name)
        target = self.append_load(name, frame, load_id=self.next_load_id())
        for part in older:
            part.unlink()
        return target

    def tables(self) -> list[str]:
        """Names of the tables that have data, in schema order."""
        return [name for name in TABLES if self._parts(name)]

    def read_table(
        self, name: str, *, exact: bool = False, connection: "duckdb.DuckDBPyConnection | None" = None
    ) -> pd.DataFrame:
        """One row a key, columns of the schema and the technical columns; an empty frame when never imported.

        Money and decimals come as float currency units, or with ``exact=True`` as Arrow decimals.
        Dates are ``datetime64``, ids and texts ``str``, yes/no ``boolean``, whole numbers ``Int64``.
        A ``connection`` from :meth:`connect` saves opening one when several tables are read.
        """
        import pyarrow as pa

        table = table_named(name)
        with nullcontext(connection) if connection else self.connect(tables=[name]) as opened:
            arrow = opened.sql(f"SELECT * FROM {_quoted(name)}{_order(table)}").to_arrow_table()
        decimals = [f.name for f in arrow.schema if pa.types.is_decimal(f.type)]
        nullable = {pa.bool_(): pd.BooleanDtype(), pa.int64(): pd.Int64Dtype()}
        if exact:
            rest = arrow.drop_columns(decimals)
            frame: pd.DataFrame = rest.to_pandas(date_as_object=False, types_mapper=nullable.get)
            for column in decimals:
                frame[column] = arrow[column].to_pandas(types_mapper=pd.ArrowDtype)
            return frame[arrow.column_names]
        for column in decimals:
            place = arrow.column_names.index(column)
            arrow = arrow.set_column(place, column, arrow[column].cast(pa.float64()))
        plain: pd.DataFrame = arrow.to_pandas(date_as_object=False, types_mapper=nullable.get)
        return plain

    def connect(self, *, tables: Sequence[str] | None = None) -> "duckdb.DuckDBPyConnection":
        """A fresh in-memory DuckDB with one view for each canonical table (empty where never imported).

        Close it, or use it in a ``with`` statement.
        """
        import duckdb

        self.require()
        connection = duckdb.connect(":memory:")
        for name in TABLES if tables is None else tables:
            connection.execute(f"CREATE VIEW {_quoted(name)} AS {self._view(table_named(name))}")
        return connection

    def fingerprint(self, *, connection: "duckdb.DuckDBPyConnection | None" = None) -> str:
        """12 hex digits that change when any canonical value changes, and only then.

        Independent of the clock, the folder, file names, the order of rows and the number of loads.
        """
        digest = hashlib.sha256()
        with nullcontext(connection) if connection else self.connect() as opened:
            for name in self.tables():
                columns = sorted(c.name for c in table_named(name).columns)
                row = ", chr(31), ".join(f"coalesce({_quoted(c)}::VARCHAR, chr(30))" for c in columns)
                found = opened.execute(
                    f"SELECT count(*), bit_xor(md5_number(concat({row}, chr(31)))) FROM {_quoted(name)}"
                ).fetchone()
                digest.update(f"{name}:{columns}:{found}\n".encode())
        return digest.hexdigest()[:12]

    def _parts(self, name: str) -> list[Path]:
        return sorted((self.canonical / name).glob("*.parquet"))

    def _view(self, table: Table) -> str:
        kinds = {c.name: c.kind for c in table.stored_columns}
        parts = self._parts(table.name)
        if not parts:
            empty = ", ".join(f"NULL::{SQL_TYPES[kind]} AS {_quoted(c)}" for c, kind in kinds.items())
            return f"SELECT {empty} WHERE false"
        from pyarrow import parquet

        stored = {column for part in parts for column in parquet.read_schema(part).names}
        select = ", ".join(
            f"{_quoted(c) if c in stored else 'NULL'}::{SQL_TYPES[kind]} AS {_quoted(c)}"
            for c, kind in kinds.items()
        )
        files = ", ".join(_file_literal(part) for part in parts)
        view = f"SELECT {select} FROM read_parquet([{files}], union_by_name = true)"
        if len(parts) > 1 and table.key:
            key = ", ".join(_quoted(c) for c in table.key)
            view += f" QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY load_id DESC) = 1"
        return view


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _file_literal(path: Path) -> str:
    """A path as SQL text that stands for this file alone, whatever glob signs or quotes its folders carry."""
    plain = "".join(f"[{sign}]" if sign in "[*?" else sign for sign in path.as_posix())
    return "'" + plain.replace("'", "''") + "'"


def _order(table: Table) -> str:
    key = ", ".join(_quoted(c) for c in table.key)
    return f" ORDER BY {key}" if key else " ORDER BY load_id, source_file, src_row"


def _to_arrow(table: Table, frame: "pd.DataFrame | pa.Table", load_id: str) -> "pa.Table":
    import pyarrow as pa
    from pyarrow import compute

    arrow = pa.Table.from_pandas(frame, preserve_index=False) if isinstance(frame, pd.DataFrame) else frame
    for name in arrow.column_names:
        table.column(name)
    columns = {}
    for column in table.stored_columns:
        wanted = column.arrow_type
        if column.name == "load_id":
            columns[column.name] = pa.repeat(pa.scalar(load_id, pa.string()), arrow.num_rows)
            continue
        if column.name not in arrow.column_names:
            columns[column.name] = pa.nulls(arrow.num_rows, wanted)
            continue
        values = arrow[column.name]
        try:
            fractional = pa.types.is_floating(values.type) or pa.types.is_decimal(values.type)
            if pa.types.is_decimal(wanted) and fractional:
                values = compute.round(values, wanted.scale)
            columns[column.name] = values.cast(wanted)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise InputError(f"{table.name}.{column.name} holds {values.type}, must be {column.kind}",
                             where=str(error), fix="Parse the values before they are written.") from error
    return pa.table(columns, schema=table.arrow_schema)


def _check_key(table: Table, arrow: "pa.Table") -> None:
    if not table.key or arrow.num_rows == 0:
        return
    keys = arrow.select(list(table.key))
    counted = keys.group_by(list(table.key), use_threads=False).aggregate([([], "count_all")])
    if counted.num_rows < arrow.num_rows:
        from pyarrow import compute

        twice = counted.filter(compute.greater(counted["count_all"], 1)).slice(0, 3)
        twice = twice.drop_columns(["count_all"])
        raise InputError(f"key {list(table.key)} of {table.name} occurs twice, must be unique within a load",
                         where=str(twice.to_pylist()), fix="Keep one of the rows and quarantine the others.")


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A temporary path in the target's folder that becomes the target when the block ends well."""
    with NamedTemporaryFile(dir=target.parent, prefix=".", suffix=".part", delete=False) as stream:
        temporary = Path(stream.name)
    try:
        yield temporary
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def _write_atomically(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with _beside(target) as temporary:
        temporary.write_bytes(content)
