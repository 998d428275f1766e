"""A small company to review, its notebook, and the functions a run calls for it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from salesplan.data.workspace import Workspace
from salesplan.errors import ParameterError, Sentence
from salesplan.reporting.review_hooks import ReviewHooks
from salesplan.reporting.review_record import MIME
from salesplan.reporting.review_run import run_review

UNITS = pd.DataFrame(
    [
        ("co", None, "company", "星辰科技"), ("e", "co", "region", "华东"), ("e1", "e", "team", "一组"), ("e2", "e", "team", "二组"),
        ("s", "co", "region", "华南"), ("s1", "s", "team", "一组"), ("x<b>", "s", "team", "<i>渠道</i>"),
        ("r1", "e1", "rep", "张伟"), ("e1/former", "e1", "rep", "离职人员"),
    ], columns=["unit_id", "parent_id", "level", "name"],
)  # fmt: skip
FIGURES = Path("figures.json")
"""File of the workspace: by unit, what its review says; other files beside it change how the notebook behaves."""

HERE = "tests.reporting.review_example"
HOOKS = ReviewHooks(preload=f"{HERE}:preload", check=f"{HERE}:check", workbook=f"{HERE}:write_workbook", actions=f"{HERE}:take_actions")

CELL = f"""
import json, time, sys
from pathlib import Path
from IPython.display import display
folder = Path(workspace)
with (folder / "runs.txt").open("a") as out:
    out.write(unit + "\\n")
time.sleep(pause)
if (folder / "bad.json").is_file() and unit in json.loads((folder / "bad.json").read_text()):
    raise ValueError("no targets of <this> unit")
figures = json.loads((folder / "figures.json").read_text("utf-8"))[unit]
display({{"{MIME}": figures, "text/html": "<p>" + unit.replace("<", "&lt;") + " coverage " + str(coverage) + "</p>"}}, raw=True)
"""


@dataclass(frozen=True)
class Company:
    units: pd.DataFrame
    label: str
    fingerprint: str


def preload(workspace: str, values: Mapping[str, Any]) -> Company:
    figures = (Path(workspace) / FIGURES).read_text("utf-8")
    return Company(units=UNITS, label=str(values.get("period") or "2026-10"), fingerprint=f"{len(figures):x}{sum(figures.encode()):x}")


def check(values: Mapping[str, Any]) -> None:
    if not 0 < float(values.get("coverage", 0.8)) < 1:
        raise ParameterError(Sentence("{name} == {given}, must be a month", name="coverage", given=values["coverage"]))


def write_workbook(workspace: str, values: Mapping[str, Any], path: Path) -> None:
    import datetime as dt

    import xlsxwriter

    with xlsxwriter.Workbook(str(path)) as book:
        book.set_properties({"created": dt.datetime(2000, 1, 1)})
        book.add_worksheet("review").write(0, 0, str(values["unit"]))


def take_actions(workspace: str, label: str, actions: list[dict[str, Any]]) -> None:
    with (Path(workspace) / "actions.jsonl").open("a", encoding="utf-8") as out:
        out.writelines(json.dumps({"period": label, **action}, ensure_ascii=False) + "\n" for action in actions)


def figures_of(unit_id: str, place: int) -> dict[str, Any]:
    row = UNITS.set_index("unit_id").loc[unit_id]
    status = ("ok", "act", "watch", "unknown")[place % 4]
    return {"unit_id": unit_id, "name": row["name"], "level": row["level"], "parent_id": row["parent_id"], "status": status,
            "attainment": 0.62 + 0.13 * place, "p_hit": 0.15 * place, "n_act": place % 3, "n_watch": place % 2,
            "sparkline": [1.0 + (at * (place + 3)) % 7 for at in range(12)],
            "actions": [{"action_id": f"a-{unit_id}", "unit_id": unit_id}] if place % 2 else []}


def review_notebook(path: Path) -> Path:
    """Title, parameters, one cell that shows the unit's record, provenance."""
    parameters = new_code_cell(
        'workspace: str = ""\nlanguage: str = "zh"\nperiod: str = ""\nunit: str = ""\ncoverage: float = 0.8\npause: float = 0.0',
        metadata={"tags": ["parameters"]})
    title = [new_markdown_cell(text, metadata={"tags": [lang]}) for lang, text in (("zh", "# 月度复盘"), ("en", "# Monthly review"))]
    nbformat.write(new_notebook(cells=[*title, parameters, new_code_cell(CELL)], metadata={
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}), str(path))
    return path


def review_workspace(folder: Path) -> Workspace:
    """A workspace whose reviews say what `figures_of` says."""
    space = Workspace(folder).create()
    ids = [unit for unit, level in zip(UNITS["unit_id"], UNITS["level"], strict=True) if level != "rep"]
    figures = {unit: figures_of(unit, place) for place, unit in enumerate(ids)}
    (space.path / FIGURES).write_text(json.dumps(figures, ensure_ascii=False), encoding="utf-8")
    return space


def runs(space: Workspace) -> list[str]:
    """Units whose notebook was started, in order."""
    file = space.path / "runs.txt"
    return file.read_text().split() if file.is_file() else []


def final_files(folder: Path) -> dict[str, bytes]:
    """Everything a run leaves but the log, by path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*"))
            if path.is_file() and path.name != "review.log"}


def run_apart(space: Workspace, notebook: Path, output: Path) -> BaseProcess:
    """Start a run as a process of its own."""
    process = get_context("fork").Process(target=_run, args=(space.path, notebook, output))
    process.start()
    return process


def _run(workspace: Path, notebook: Path, output: Path) -> None:
    run_review(workspace, notebook=notebook, hooks=HOOKS, output=output, formats=("html", "xlsx"), resume=True, jobs=2,
               language="en")
