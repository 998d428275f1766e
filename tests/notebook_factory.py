"""Small notebooks for the tests of reports and pages."""

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ROOT = Path(__file__).resolve().parent.parent


def _tagged(cell: nbformat.NotebookNode, *tags: str) -> nbformat.NotebookNode:
    cell.metadata["tags"] = list(tags)
    return cell


def write_notebook(path: Path, *cells: nbformat.NotebookNode) -> Path:
    book = new_notebook(
        cells=list(cells),
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbformat.write(book, str(path))
    return path


def small_notebook(path: Path, *, body: str = "growth * 2") -> Path:
    """Title in two languages, three parameters, one result, provenance."""
    return write_notebook(
        path,
        _tagged(new_markdown_cell("# 小报告\n\n说明。"), "zh"),
        _tagged(new_markdown_cell("# A small report\n\nSome *words*."), "en"),
        _tagged(
            new_code_cell('growth: float = 0.1  # a fraction\nlanguage: str = "zh"\nregions: list[str] = []'),
            "parameters",
        ),
        new_code_cell(body),
        new_code_cell("import pandas as pd\npd.DataFrame({'a': [growth]}).style"),
        new_code_cell(
            "from salesplan.reporting.provenance import Provenance\n"
            "Provenance(source='<crm>', period='2024 – 2026', fingerprint='0f1e2d3c4b5a', language=language,"
            " parameters={'growth': growth})"
        ),
    )


def panel_notebook(path: Path) -> Path:
    """The target panel on the small plan, as the app shows it."""
    return write_notebook(
        path,
        _tagged(new_markdown_cell("# 目标设定\n\n移动左侧滑块，右侧立即重算。"), "zh"),
        _tagged(
            new_markdown_cell("# Target setting\n\nMove a slider on the left; the plan on the right follows."), "en"
        ),
        _tagged(new_code_cell('language: str = "zh"\ngrowth: float = 0.12'), "parameters"),
        new_code_cell(
            f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
            "from salesplan.apps.context import app_language\n"
            "from salesplan.apps.target_panel import target_panel\n"
            "from salesplan.reporting.provenance import provenance\n"
            "from tests.plan_factory import make_data, make_forecast, make_plan\n"
            "from salesplan.findings import Finding\n"
            "from salesplan.targets.parameters import TargetParameters"
        ),
        new_code_cell(
            "language = app_language(language)\n"
            "parameters = TargetParameters(plan_year=2027, growth=growth, language=language)\n"
            "panel = target_panel(make_data(), make_forecast(), parameters, language=language,\n"
            "                     set_targets=lambda data, forecast, parameters: make_plan(parameters),\n"
            "                     review_targets=lambda plan, data: [Finding(key='growth', status='watch',\n"
            "                         message='<growth> {growth}', details={'growth': plan.parameters.growth})])\n"
            "panel"
        ),
        _tagged(new_code_cell("from IPython.display import Markdown\nMarkdown('start parameters')"), "report-only"),
        new_code_cell("provenance(make_data(), parameters, language=language)"),
    )
