"""Run a named reducer over a workspace."""

from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pandas as pd

from salesplan.data.workspace import Workspace
from salesplan.errors import InputError, known_choices

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_FOLDER = files("salesplan.data.reducers")

REDUCERS = {
    "monthly_actuals": {"as_of": None, "currency": None},
    "monthly_receipts": {"as_of": None, "currency": None},
    "month_ends": {"as_of": None, "currency": None},
    "order_totals": {"as_of": None, "currency": None},
    "order_currencies": {},
    "last_order": {"as_of": None, "currency": None},
}
"""Reducers and the parameters they take (None means: no limit)."""

KPI_VIEWS = ("sale", "payment", "deal", "contact", "customer_voice", "training", "owned_customer")
"""Row by row views KPIs are measured on; all but ``owned_customer`` carry the business date as ``date``."""


def reduce(name: str, source: "Workspace | duckdb.DuckDBPyConnection", **parameters: Any) -> pd.DataFrame:
    """Turn facts into a small frame.

    ``monthly_actuals`` answers what was sold by whom, where and of what; ``monthly_receipts`` what was
    paid in; ``month_ends`` on which day a month's orders stop; ``order_totals`` which money counts and
    why the rest does not; ``order_currencies`` which currencies occur; ``last_order`` who sold to a
    customer last.

    Parameters
    ----------
    name
        One of :data:`REDUCERS`.
    source
        A workspace, or a connection from :meth:`Workspace.connect` (quicker for several reducers, which then
        all see the data as they were when it was opened).
    parameters
        ``as_of``: orders up to and including this day; ``currency``: only this ISO code (orders without
        one count as it).

    Returns
    -------
    DataFrame, money as float currency units (summed exactly first), months as ``period[M]``.

    Raises
    ------
    InputError
        Unknown reducer or parameter; the message names the nearest one.

    Examples
    --------
    >>> import tempfile
    >>> shop = Workspace(tempfile.mkdtemp()).create()
    >>> lines = pd.DataFrame({"order_line_id": ["1", "2"], "order_id": ["a", "a"], "amount": [120.5, 30.0],
    ...                       "order_date": pd.to_datetime(["2026-01-05", "2026-01-05"]),
    ...                       "is_return": [False, True]})
    >>> _ = shop.append_load("order_line", lines, load_id=shop.next_load_id())
    >>> reduce("monthly_actuals", shop)[["month", "amount", "orders"]]
         month  amount  orders
    0  2026-01    90.5       1
    """
    if name not in REDUCERS:
        raise InputError(f"reducer == {name!r}, must be known", fix=known_choices(name, list(REDUCERS)))
    known = REDUCERS[name]
    for parameter in parameters:
        if parameter not in known:
            raise InputError(f"parameter == {parameter!r}, must be one {name} takes",
                             fix=known_choices(parameter, list(known)))
    if isinstance(source, Workspace):
        with source.connect() as connection:
            return _run(name, connection, {**known, **parameters})
    return _run(name, source, {**known, **parameters})


def kpi_view(
    name: str, connection: "duckdb.DuckDBPyConnection", *, as_of: pd.Timestamp | None = None, currency: str | None = None
) -> "pa.Table":
    """The rows of a view KPIs are measured on, money exact.

    Parameters
    ----------
    name
        One of :data:`KPI_VIEWS`.
    connection
        From :meth:`Workspace.connect`.
    as_of, currency
        Rows up to and including this day; money in this ISO code (rows without one count as it).

    Raises
    ------
    InputError
        Unknown view; the message names the nearest one.
    """
    if name not in KPI_VIEWS:
        raise InputError(f"view == {name!r}, must be known", fix=known_choices(name, KPI_VIEWS))
    query = _sql(name)
    limits = {"as_of": None if as_of is None else pd.Timestamp(as_of).date(), "currency": currency}
    if "counted_line" in query:
        _prepare(connection)
    used = {key: value for key, value in limits.items() if f"${key}" in query}
    return connection.sql(query, params=used or None).to_arrow_table()


def keep_rows(name: str, connection: "duckdb.DuckDBPyConnection", **parameters: Any) -> None:
    """Keep what the SQL file ``<name>.sql`` finds as a table of that name, for as long as the connection lives.

    For facts that several frames are made from: they are read and judged once, and stay in the database.
    """
    _prepare(connection)
    connection.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {_sql(name)}', parameters or None)


def fetch_rows(name: str, connection: "duckdb.DuckDBPyConnection", **parameters: Any) -> pd.DataFrame:
    """What the SQL file ``<name>.sql`` finds: ids and texts as ``str``, days as dates, ``month`` as period."""
    arrow = connection.sql(_sql(name), params=parameters or None).to_arrow_table()
    frame: pd.DataFrame = arrow.to_pandas(date_as_object=False)
    if "month" in frame:
        frame["month"] = pd.PeriodIndex(frame["month"], freq="M")
    return frame


def _prepare(connection: "duckdb.DuckDBPyConnection") -> None:
    connection.execute(f"CREATE TEMP TABLE IF NOT EXISTS order_line_home AS {_sql('order_line_home')}")
    connection.execute(f"CREATE TEMP VIEW IF NOT EXISTS counted_line AS {_sql('counted_line')}")


def _run(name: str, connection: "duckdb.DuckDBPyConnection", parameters: dict[str, Any]) -> pd.DataFrame:
    _prepare(connection)
    if parameters.get("as_of") is not None:
        parameters["as_of"] = pd.Timestamp(parameters["as_of"]).date()
    frame = connection.execute(_sql(name), parameters or None).df()
    if "month" in frame:
        frame["month"] = pd.PeriodIndex(frame["month"], freq="M")
    return frame


def _sql(name: str) -> str:
    return _FOLDER.joinpath(f"{name}.sql").read_text(encoding="utf-8").rstrip().rstrip(";")
