"""Import a million order rows: seconds and memory, beside plain pandas in the same run.

Run ``python benchmarks/import_rows.py [rows]``. The rows are generated with a fixed seed, then imported, checked and
reduced to monthly actuals in a process of its own, so that the peak memory is the import's alone.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

LIMIT_SECONDS, LIMIT_GB = 20.0, 1.5


def make_exports(folder: Path, rows: int, *, seed: int = 7) -> None:
    """Staff, products and order lines of a made-up company, with one bad row in a thousand."""
    rng = np.random.default_rng(seed)
    people = pd.DataFrame(
        {
            "工号": [f"E{i:04d}" for i in range(1000)],
            "姓名": [f"销售{i:04d}" for i in range(1000)],
            "邮箱": [f"e{i:04d}@example.com" for i in range(1000)],
            "入职日期": "2020-01-01",
        }
    )
    people.to_csv(folder / "人员.csv", index=False)
    seats = pd.DataFrame(
        {
            "工号": people["工号"],
            "部门": [f"团队{i % 100:02d}" for i in range(1000)],
            "岗位": "销售代表",
            "生效日期": "2020-01-01",
        }
    )
    seats.to_csv(folder / "任职.csv", index=False)
    teams = pd.DataFrame(
        {
            "部门编号": ["公司", *(f"团队{i:02d}" for i in range(100))],
            "部门名称": ["公司", *(f"团队{i:02d}" for i in range(100))],
            "上级部门编号": ["", *["公司"] * 100],
        }
    )
    teams.to_csv(folder / "部门.csv", index=False)
    goods = pd.DataFrame(
        {
            "产品编号": [f"P{i:03d}" for i in range(200)],
            "产品名称": [f"产品{i:03d}" for i in range(200)],
            "产品线": [f"线{i % 4}" for i in range(200)],
        }
    )
    goods.to_csv(folder / "产品.csv", index=False)
    days = np.datetime64("2022-01-01") + rng.integers(0, 1400, rows)
    amount = np.round(rng.lognormal(8, 1, rows), 2).astype(str).astype(object)
    amount[rng.choice(rows, rows // 1000, replace=False)] = "约30万"
    seller = rng.integers(0, 1000, rows)
    pd.DataFrame(
        {
            "订单编号": [f"SO{i // 3:08d}" for i in range(rows)],
            "行号": np.arange(rows) % 3 + 1,
            "订单日期": np.datetime_as_string(days, unit="D"),
            "客户编号": [f"C{i:06d}" for i in rng.integers(0, 50_000, rows)],
            "产品编号": goods["产品编号"].to_numpy()[rng.integers(0, 200, rows)],
            "工号": people["工号"].to_numpy()[seller],
            "销售部门": seats["部门"].to_numpy()[seller],
            "数量": rng.integers(1, 20, rows),
            "金额": amount,
            "单据状态": "已审核",
        }
    ).to_csv(folder / "订单.csv", index=False)


def run_import(folder: Path) -> dict[str, float]:
    """Import and reduce in this process; seconds of each step and peak memory."""
    from salesplan.data.importing import import_files
    from salesplan.data.reducers import reduce
    from salesplan.data.workspace import Workspace

    start = time.perf_counter()
    workspace = Workspace(folder / "workspace")
    report = import_files(folder, workspace)
    imported = time.perf_counter()
    actuals = reduce("monthly_actuals", workspace)
    done = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)
    return {
        "import_s": imported - start,
        "reduce_s": done - imported,
        "total_s": done - start,
        "peak_gb": peak,
        "rows_ok": report.rows_ok,
        "rows_quarantined": report.rows_quarantined,
        "months_rows": len(actuals),
        "amount": float(actuals["amount"].sum()),
    }


def run_pandas(folder: Path) -> dict[str, float]:
    """The least one could do: read_csv and groupby, nothing checked."""
    start = time.perf_counter()
    frame = pd.read_csv(folder / "订单.csv", dtype={"工号": str, "产品编号": str})
    frame["金额"] = pd.to_numeric(frame["金额"], errors="coerce")
    frame["month"] = pd.to_datetime(frame["订单日期"]).dt.to_period("M")
    grouped = frame.groupby(["month", "销售部门", "工号", "产品编号"], dropna=False)["金额"].sum()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)
    return {"total_s": time.perf_counter() - start, "peak_gb": peak, "amount": float(grouped.sum())}


def main() -> int:
    """Generate, run both in processes of their own, print, and fail when a limit is passed."""
    if len(sys.argv) > 2 and sys.argv[1] in ("import", "pandas"):
        answer = (run_import if sys.argv[1] == "import" else run_pandas)(Path(sys.argv[2]))
        sys.stdout.write(json.dumps(answer))
        return 0
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_exports(folder, rows)
        size = (folder / "订单.csv").stat().st_size / (1 << 20)
        kit, plain = (
            json.loads(
                subprocess.run(
                    [sys.executable, __file__, kind, name], check=True, capture_output=True, text=True
                ).stdout
            )
            for kind in ("import", "pandas")
        )
    if abs(kit["amount"] - plain["amount"]) > 1:
        sys.stdout.write(f"amounts differ: {kit['amount']:.2f} and {plain['amount']:.2f}\n")
        return 1
    within = kit["total_s"] < LIMIT_SECONDS and kit["peak_gb"] < LIMIT_GB
    sys.stdout.write(
        f"import_rows: {rows:,} order rows, {size:,.0f} MB of CSV\n"
        f"  salesplan  import {kit['import_s']:.2f} s + monthly actuals {kit['reduce_s']:.2f} s = "
        f"{kit['total_s']:.2f} s, peak {kit['peak_gb']:.2f} GB, {kit['rows_ok']:,.0f} rows taken, "
        f"{kit['rows_quarantined']:,.0f} quarantined\n"
        f"  pandas     read_csv + groupby, nothing checked {plain['total_s']:.2f} s, peak {plain['peak_gb']:.2f} GB\n"
        f"  ratio      {kit['total_s'] / plain['total_s']:.2f} x the time, "
        f"{kit['peak_gb'] / plain['peak_gb']:.2f} x the memory\n"
        f"  limits     {LIMIT_SECONDS:.0f} s and {LIMIT_GB} GB: {'kept' if within else 'PASSED OVER'}\n"
    )
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main())
