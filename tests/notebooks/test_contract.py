"""Every notebook keeps the contract: parameters first, calls only, no stored outputs but one headline."""

import ast
import re

import nbformat
import pytest
import yaml
from papermill.inspection import inspect_notebook

from tests.shared import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MAX_CELLS, MAX_LINES = 15, 8
FORBIDDEN = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.While, ast.Try, ast.With, ast.Lambda,
             ast.ListComp, ast.DictComp, ast.GeneratorExp)


@pytest.fixture(params=NOTEBOOKS, ids=lambda p: p.stem)
def path(request):
    return request.param


@pytest.fixture
def notebook(path):
    return nbformat.read(path, as_version=4)


@pytest.fixture
def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tags(cell) -> list[str]:
    return cell.metadata.get("tags", [])


def test_there_are_notebooks():
    assert {p.stem for p in NOTEBOOKS} >= {"target_setting", "data_quality", "kpi_weighting", "training_needs", "system_selection"}


def test_starts_with_a_title_and_the_parameters(notebook, code):
    assert notebook.cells[0].cell_type == "markdown"
    assert re.search(r"<h1[^>]*>|^# ", notebook.cells[0].source)
    assert "parameters" in tags(code[0])
    assert sum("parameters" in tags(cell) for cell in code) == 1


def test_parameters_are_annotated_constants_only(code):
    for statement in ast.parse(code[0].source).body:
        assert isinstance(statement, ast.AnnAssign), ast.unparse(statement)
        ast.literal_eval(statement.value)


def test_cells_are_few_short_and_hold_calls_only(code):
    assert len(code) <= MAX_CELLS
    for cell in code[1:]:
        assert not re.search(r"^\s*[%!]", cell.source, re.MULTILINE), cell.source
        lines = [line for line in cell.source.splitlines() if line.strip()]
        assert len(lines) <= MAX_LINES, cell.source
        for node in ast.walk(ast.parse(cell.source)):
            assert not isinstance(node, FORBIDDEN), cell.source
            assert not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"), cell.source


def test_a_sentence_stands_before_each_result(notebook):
    for before, cell in zip(notebook.cells, notebook.cells[1:], strict=False):
        if cell.cell_type == "code" and not {"parameters", "setup", "footer"} & set(tags(cell)):
            assert before.cell_type == "markdown", cell.source


def test_only_the_headline_keeps_its_output(code):
    kept = [cell for cell in code if cell.outputs]
    assert len(kept) == 1, "exactly one cell with stored output, so that nbval compares something"
    assert "nbval-check-output" in tags(kept[0])
    assert all(cell.execution_count is None for cell in code if cell not in kept)


def test_words_come_in_both_languages_side_by_side(notebook):
    words = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    assert [tags(cell)[0] for cell in words] == ["zh", "en"] * (len(words) // 2)
    assert all(zh["metadata"]["tags"][1:] == en["metadata"]["tags"][1:] for zh, en in zip(words[::2], words[1::2], strict=True))
    for zh, en in zip(words[::2], words[1::2], strict=True):
        assert re.search(r"[\u4e00-\u9fff]", zh.source), zh.source
        assert not re.search(r"[\u4e00-\u9fff]", en.source), en.source
        assert zh.source.count("#") == en.source.count("#")


def test_no_path_of_a_machine_and_no_address(notebook):
    text = nbformat.writes(notebook)
    assert not re.search(r"https?://|/home/|/root/|[A-Z]:\\\\", text)


def test_params_yaml_has_the_names_order_and_defaults_of_the_notebook(path):
    stored = yaml.safe_load((ROOT / "params" / f"{path.stem}.yaml").read_text("utf-8"))
    inspected = inspect_notebook(str(path))
    assert list(stored) == list(inspected)
    assert stored == {name: ast.literal_eval(p["default"]) for name, p in inspected.items()}


@pytest.mark.parametrize(("name", "room", "model"), [
    ("target_setting", "targets", "TargetParameters"),
    ("kpi_weighting", "kpis", "KpiParameters"),
    ("training_needs", "coaching", "CoachingParameters"),
    ("system_selection", "selection", "SelectionParameters"),
])
def test_parameters_are_those_of_the_model(name, room, model):
    import importlib

    stored = yaml.safe_load((ROOT / "params" / f"{name}.yaml").read_text("utf-8"))
    defaults = getattr(importlib.import_module(f"salesplan.{room}.parameters"), model)().model_dump()
    assert list(stored) == list(defaults)
    assert stored == defaults
