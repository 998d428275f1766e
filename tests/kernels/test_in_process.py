"""Cells that run in this process leave the same outputs as in a kernel, and no trace in the process."""

import builtins
import sys
import warnings
from pathlib import Path

import nbformat
import papermill
import pytest
from IPython.core.interactiveshell import InteractiveShell
from nbformat.v4 import new_code_cell

from salesplan.kernels.in_process import use_in_process_engine
from salesplan.kernels.kernel_engine import use_kernel_engine
from salesplan.reporting.kept_notebook import tidy_notebook
from tests.notebook_factory import write_notebook

CELLS = (
    "print('one'); import sys; print('two', file=sys.stderr); print('three')",
    "1 + 1",
    "2 + 2;",
    "_ + 40",
    "from IPython.display import HTML, clear_output, display, update_display\ndisplay(HTML('<b>x</b>')); print('after'); 5",
    "class Picture:\n    def _repr_png_(self): return b'\\x89PNG\\r\\n\\x1a\\n' + bytes(9)\nPicture()",
    "print('gone'); clear_output(); print('stays')",
    "print('replaced'); clear_output(wait=True); print('instead')",
    "display('first', display_id='d'); update_display('second', display_id='d')",
    "%precision 3\nfloat(22 / 7)",
    "",
    "import asyncio\nawait asyncio.sleep(0)\n'awaited'",
    "import os\nfirst = [p.endswith('site-packages') for p in sys.path].index(True)\n"
    "(__name__, os.path.basename(os.getcwd()), sys.path.index('') < first)",
    "import ipywidgets\nipywidgets.IntSlider(description='s')",
    "from dataclasses import dataclass\nimport pickle\n@dataclass\nclass Unit:\n    name: str\npickle.loads(pickle.dumps(Unit('east')))",
)
FAILING = ("x = 1", "def f():\n    raise ValueError('no <such> unit')\nf()", "print('never')")


def run_both(folder: Path, *sources: str) -> tuple[nbformat.NotebookNode, nbformat.NotebookNode]:
    source = write_notebook(folder / "n.ipynb", *(new_code_cell(code) for code in sources))
    found = []
    for name, engine in (("kernel", use_kernel_engine()), ("here", use_in_process_engine())):
        out = folder / f"{name}.ipynb"
        try:
            papermill.execute_notebook(str(source), str(out), engine_name=engine, progress_bar=False, cwd=str(folder))
        except papermill.PapermillExecutionError as error:
            assert error.ename == "ValueError" and error.evalue == "no <such> unit"
        found.append(tidy_notebook(nbformat.read(str(out), 4)))
    return found[0], found[1]


def test_outputs_are_those_of_a_kernel(tmp_path):
    kernel, here = run_both(tmp_path, *CELLS)
    for one, other in zip(kernel.cells, here.cells, strict=True):
        assert other.outputs == one.outputs, one.source
        assert one.execution_count == other.execution_count and one.metadata == other.metadata, one.source
    assert kernel.metadata == here.metadata


def test_a_failure_is_that_of_a_kernel(tmp_path):
    kernel, here = run_both(tmp_path, *FAILING)
    assert [cell.source for cell in kernel.cells] == [cell.source for cell in here.cells]
    errors = [[o for cell in book.cells for o in cell.get("outputs", []) if o.output_type == "error"] for book in (kernel, here)]
    assert len(errors[0]) == len(errors[1]) == 1
    assert [(e.ename, e.evalue, len(e.traceback)) for e in errors[0]] == [(e.ename, e.evalue, len(e.traceback)) for e in errors[1]]
    assert not here.cells[-1].outputs


def test_the_process_is_as_it_was(tmp_path):
    before = (sys.stdout, sys.stderr, sys.displayhook, sys.excepthook, list(sys.path), sys.modules["__main__"],
              set(vars(builtins)), list(warnings.filters), InteractiveShell._instance)
    source = write_notebook(tmp_path / "n.ipynb", new_code_cell("import sys; print(get_ipython() is not None); sys.path.append('/x')"))
    for _ in range(3):
        papermill.execute_notebook(str(source), str(tmp_path / "o.ipynb"), engine_name=use_in_process_engine(), progress_bar=False)
    after = (sys.stdout, sys.stderr, sys.displayhook, sys.excepthook, list(sys.path), sys.modules["__main__"],
             set(vars(builtins)), list(warnings.filters), InteractiveShell._instance)
    assert before == after


def test_a_cell_that_takes_too_long_is_stopped(tmp_path):
    source = write_notebook(tmp_path / "n.ipynb", new_code_cell("import time; time.sleep(60)"))
    with pytest.raises(papermill.PapermillExecutionError, match="longer than 1 second"):
        papermill.execute_notebook(str(source), str(tmp_path / "o.ipynb"), engine_name=use_in_process_engine(),
                                   progress_bar=False, execution_timeout=1)
