"""How far the imported data can be trusted: what was held back, what is missing, what looks wrong."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pandas as pd

from salesplan.data.quality_findings import find_all
from salesplan.data.quarantine import count_main_reasons
from salesplan.data.reconciliation import PARTS
from salesplan.data.schema import TABLES
from salesplan.data.workspace import SUPERSEDED, Workspace
from salesplan.findings import Finding
from salesplan.text import mark

EXPECTED: Final[dict[str, tuple[str, ...]]] = {
    "org_unit": ("level",),
    "rep": ("employee_no", "hire_date"),
    "rep_assignment": ("tier", "valid_from"),
    "customer": ("city", "segment"),
    "product": ("category_l1",),
    "order_line": ("customer_id", "product_id", "rep_id", "qty"),
    "receipt": ("customer_id", "order_id"),
    "target": ("period_end",),
    "market_index": ("vintage",),
    "opportunity": ("rep_id", "customer_id", "stage", "amount"),
    "activity": ("rep_id", "customer_id"),
    "feedback": ("rater_id", "scale_min", "scale_max"),
    "training_record": ("completed_date", "status"),
    "kpi_judgment": ("ratio",),
    "skill": ("kpi",),
    "role_profile": ("importance", "frequency"),
    "skill_assessment": ("round",),
    "course": ("cost",),
    "course_skill": ("up_to_level",),
    "development_goal": ("target_level", "due_date"),
    "mentor": ("capacity",),
    "cannot_match": (),
}
"""Columns planning wants filled although rows without them are taken."""


@dataclass(frozen=True, kw_only=True, eq=False)
class DataQuality:
    """What is known about the quality of a workspace.

    Parameters
    ----------
    tables
        One row a table: ``rows`` stored, ``rows_in`` and its parts, ``amount_in`` and its parts (currency units),
        ``ok_share``, ``missing_share`` (of the columns planning wants), ``first_date``, ``last_date``, ``score``.
    columns
        One row a column: ``rows, missing, missing_share, distinct_values``.
    reasons
        Rows held back, each under its first reason: ``table, reason, meaning`` (msgid), ``rows, amount``.
    quarantine
        Rows held back, whole; rows that came again with a newer version of their file are left out.
    findings
        What to look at, worst first.
    source, fingerprint
        Name of the workspace's source and the fingerprint of its data.
    """

    tables: pd.DataFrame
    columns: pd.DataFrame
    reasons: pd.DataFrame
    quarantine: pd.DataFrame
    findings: tuple[Finding, ...]
    source: str = ""
    fingerprint: str = ""

    @property
    def period_start(self) -> pd.Period | None:
        """First month of orders."""
        return self._order_month("first_date")

    @property
    def period_end(self) -> pd.Period | None:
        """Last month of orders."""
        return self._order_month("last_date")

    def _order_month(self, column: str) -> pd.Period | None:
        days = self.tables.loc[self.tables["table"] == "order_line", column].dropna()
        return pd.Timestamp(days.iloc[0]).to_period("M") if len(days) else None

    def to_frame(self) -> pd.DataFrame:
        """One row a table."""
        return self.tables.copy()

    @property
    def score(self) -> float:
        """Share of a perfect score over all tables, weighted by rows in (0 to 1; 0 when there is nothing)."""
        weight = self.tables["rows_in"].astype(float)
        return float((self.tables["score"] * weight).sum() / weight.sum()) if weight.sum() else 0.0

    def summary(self) -> list[tuple[str, dict[str, Any]]]:
        """Sentences as msgid and details, the score first."""
        lines = [
            (
                mark("Data quality {score_share}: {rows_in} rows in, {rows_ok} taken, {rows_quarantined} quarantined"),
                {
                    "score_share": self.score,
                    **{f"rows_{p}": int(self.tables[f"rows_{p}"].sum()) for p in ("in", "ok", "quarantined")},
                },
            )
        ]
        return [*lines, *((f.message, dict(f.details)) for f in self.findings)]

    def explain(self, table: str) -> pd.DataFrame:
        """Why a table has its score: the arithmetic, one step a row."""
        row = self.tables.set_index("table").loc[table]
        return pd.DataFrame(
            {
                "step": ["ok_share", "missing_share", "score"],
                "meaning": [
                    mark("Rows taken, of rows that are records"),
                    mark("Empty cells in columns planning wants"),
                    mark("Rows taken x filled cells"),
                ],
                "value": [row["ok_share"], row["missing_share"], row["score"]],
            }
        )


def check_quality(workspace: Workspace | str | Path, *, as_of: date | None = None) -> DataQuality:
    """Judge the data of a workspace.

    The score of a table is the share of records that were taken (exact copies, totals and rows set aside by a rule do
    not count against it) times the share of filled cells in the columns planning wants.

    Parameters
    ----------
    as_of
        The day staleness is judged by; without it the tables are only compared with one another.

    Raises
    ------
    MissingWorkspaceError
        Nothing has been imported.

    Examples
    --------
    >>> import tempfile
    >>> from salesplan.data.importing import import_files
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "订单.csv").write_text("订单编号,订单日期,业务员,部门,产品,金额\\n"
    ...     "A1,2027-01-05,张伟,华东,仪器,1.5\\nA2,2027-01-06,张伟,华东,仪器,约3万\\n", encoding="utf-8")
    >>> _ = import_files(folder, folder / "w")
    >>> quality = check_quality(folder / "w")
    >>> quality.to_frame().set_index("table").loc["order_line", ["rows_in", "rows_ok", "ok_share"]].tolist()
    [2.0, 1.0, 0.5]
    """
    space = (workspace if isinstance(workspace, Workspace) else Workspace(workspace)).require()
    whole = space.read_quarantine(superseded=True)
    held = space.read_quarantine()
    logs = space.read_load_logs()
    columns = _columns(space)
    tables = _tables(space, logs, columns, held, whole)
    return DataQuality(
        tables=tables,
        columns=columns,
        reasons=count_main_reasons(held),
        quarantine=held,
        source=space.settings.source,
        fingerprint=space.fingerprint(),
        findings=find_all(space, logs=logs, held=held, tables=tables, columns=columns, as_of=as_of),
    )


def _columns(space: Workspace) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    with space.connect() as connection:
        for name in space.tables():
            names = TABLES[name].names
            parts = ", ".join(f'count("{c}"), approx_count_distinct("{c}")' for c in names)
            counted = connection.execute(f'SELECT count(*), {parts} FROM "{name}"').fetchone() or (0,)
            for place, column in enumerate(names):
                filled, distinct = counted[1 + 2 * place], counted[2 + 2 * place]
                rows.append(
                    {
                        "table": name,
                        "column": column,
                        "rows": counted[0],
                        "missing": counted[0] - filled,
                        "missing_share": (counted[0] - filled) / counted[0] if counted[0] else 0.0,
                        "distinct_values": distinct,
                    }
                )
    return pd.DataFrame(rows, columns=["table", "column", "rows", "missing", "missing_share", "distinct_values"])


def _tables(
    space: Workspace, logs: dict[str, dict[str, Any]], columns: pd.DataFrame, held: pd.DataFrame, whole: pd.DataFrame
) -> pd.DataFrame:
    lines = pd.DataFrame([line for log in logs.values() for line in log.get("reconciliation", [])])
    counts = [f"{k}_{p}" for k in ("rows", "amount") for p in ("in", *PARTS)]
    rows = []
    with space.connect() as connection:
        for name in [t for t in TABLES if t in space.tables() or (len(lines) and t in set(lines["table"]))]:
            mine = lines[lines["table"] == name] if len(lines) else lines
            row: dict[str, Any] = {"table": name}
            for count in counts:
                exact = sum((Decimal(str(v)) for v in mine[count]), Decimal(0)) if len(mine) else Decimal(0)
                row[count] = int(exact) if count.startswith("rows") else float(exact)
            _leave_superseded_out(row, held, whole)
            day = TABLES[name].date
            first, last = (None, None)
            if day and name in space.tables():
                first, last = connection.execute(f'SELECT min("{day}"), max("{day}") FROM "{name}"').fetchone() or (
                    None,
                    None,
                )
            stored = columns.loc[columns["table"] == name, "rows"]
            wanted = columns[(columns["table"] == name) & columns["column"].isin(EXPECTED.get(name, ()))]
            noise = _not_records(held, name)
            judged = row["rows_ok"] + max(row["rows_quarantined"] - noise, 0)
            row |= {
                "rows": int(stored.iloc[0]) if len(stored) else 0,
                "first_date": first,
                "last_date": last,
                "ok_share": row["rows_ok"] / judged if judged else 1.0,
                "missing_share": float(wanted["missing_share"].mean()) if len(wanted) else 0.0,
            }
            row["score"] = row["ok_share"] * (1 - row["missing_share"])
            rows.append(row)
    names = ["table", "rows", *counts, "ok_share", "missing_share", "first_date", "last_date", "score"]
    return pd.DataFrame(rows, columns=names)


def _leave_superseded_out(row: dict[str, Any], held: pd.DataFrame, whole: pd.DataFrame) -> None:
    """Rows that came again with a newer version of their file count with that version, not twice."""
    if len(whole) == len(held):
        return
    gone = whole[(whole["table"] == row["table"]) & whole[SUPERSEDED].notna()]
    amount = float(sum((Decimal(str(a)) for a in gone["amount"].dropna()), Decimal(0)))
    for part in ("in", "quarantined"):
        row[f"rows_{part}"] = max(row[f"rows_{part}"] - len(gone), 0)
        row[f"amount_{part}"] -= amount


def _not_records(held: pd.DataFrame, table: str) -> int:
    if held.empty:
        return 0
    return int(((held["table"] == table) & held["reasons"].isin(["footer_or_total_row", "repeated_header"])).sum())
