"""A run notebook as one page that needs no network and no programme beside a browser."""

import html
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from salesplan import __version__
from salesplan.errors import DataError
from salesplan.reporting.kept_notebook import fixed_ids
from salesplan.reporting.provenance import MIME, _plain
from salesplan.reporting.show import page_css
from salesplan.text import LANGUAGES, check_language, mark, say

TEMPLATES = Path(__file__).parent / "template"
HTML_LANGUAGE = {"zh": "zh-CN", "en": "en"}
DROPPED_TAGS = {"parameters", "injected-parameters", "app-only", "papermill-error-cell-tag"}
KEPT_MIMES = ("text/html", "image/svg+xml", "image/png", "image/jpeg", "text/markdown", "text/plain")
_HEADING = re.compile(r"^#\s+(.+?)\s*$", re.MULTILINE)


def export_html(
    notebook: NotebookNode | str | Path,
    path: str | Path | None = None,
    *,
    language: str = "zh",
    facts: Mapping[str, Any] | None = None,
) -> str:
    """Turn a notebook that has run into a page to read, send and print.

    No code, no prompts, no script, nothing fetched. The header carries the title (the first ``#``
    heading), source, period, data fingerprint and version, from the `Provenance` the notebook shows;
    its parameters stand at the end. Widgets are shown by the snapshot they carry. The same notebook
    outputs give the same bytes.

    Parameters
    ----------
    notebook
        A notebook or its path. Cells tagged ``parameters``, ``injected-parameters`` or ``app-only``
        are left out, and so are cells tagged ``zh`` or ``en`` of the other language.
    path
        Also write the page here.
    facts
        Further (or corrected) lines of the header, such as a unit's name.

    Raises
    ------
    DataError
        The file is not a notebook.
    """
    check_language(language)
    book = _read(notebook)
    note = _provenance(book)
    title = _take_title(book, language)
    shown: dict[str, str] = {}
    for name, key in (
        (mark("Source"), "source"),
        (mark("Data period"), "period"),
        (mark("Data fingerprint"), "fingerprint"),
    ):
        if note.get(key):
            shown[say(name, language)] = str(note[key])
    shown.update({str(k): _plain(v) for k, v in (facts or {}).items()})
    page = {
        "title": title,
        "app_name": say("Sales planning", language),
        "language": language,
        "html_language": HTML_LANGUAGE[language],
        "version": str(note.get("version", __version__)),
        "facts": list(shown.items()),
        "parameters": [(str(k), _plain(v)) for k, v in note.get("parameters", [])],
        "parameters_title": say("Parameters", language),
        "parameter_word": say("Parameter", language),
        "value_word": say("Value", language),
        "css": (TEMPLATES / "report.css").read_text(encoding="utf-8") + page_css(),
    }
    text = _convert(_reduced(book, language), page)
    if path is not None:
        target = Path(path)
        part = target.with_name(f".{target.name}.part")
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(target)
    return text


def _read(notebook: NotebookNode | str | Path) -> NotebookNode:
    if isinstance(notebook, NotebookNode):
        return nbformat.from_dict(notebook)
    try:
        return nbformat.read(str(notebook), as_version=4)
    except (OSError, ValueError, nbformat.validator.ValidationError) as error:
        raise DataError(f"notebook {notebook} cannot be read: {error}", fix="Give a notebook that has run.") from error


def cells_for(cells: list[NotebookNode], language: str) -> list[NotebookNode]:
    """Cells a reader of the language sees: those without a language tag and those tagged with it."""
    others = set(LANGUAGES) - {language}
    return [c for c in cells if not others & set(c.get("metadata", {}).get("tags", []))]


def _provenance(book: NotebookNode) -> dict[str, Any]:
    for cell in reversed(book.cells):
        for output in cell.get("outputs", []):
            if MIME in output.get("data", {}):
                return dict(output["data"][MIME])
    return {}


def _take_title(book: NotebookNode, language: str) -> str:
    """The first heading becomes the title of the page and leaves the text."""
    for cell in cells_for(book.cells, language):
        found = _HEADING.search(cell.source) if cell.cell_type == "markdown" else None
        if found:
            cell.source = cell.source[: found.start()] + cell.source[found.end() :]
            return re.sub(r"[*_`]", "", found.group(1))
    return str(book.metadata.get("title", "")) or say("Sales planning", language)


def _reduced(book: NotebookNode, language: str) -> NotebookNode:
    """Keep what a reader sees, and nothing that changes from run to run."""
    cells: list[NotebookNode] = []
    for cell in cells_for(book.cells, language):
        if DROPPED_TAGS & set(cell.get("metadata", {}).get("tags", [])):
            continue
        if cell.cell_type == "code":
            outputs = [_kept(o) for o in cell.outputs]
            cell = nbformat.v4.new_code_cell(outputs=[o for o in outputs if o])
        elif cell.cell_type == "markdown" and cell.source.strip():
            cell = nbformat.v4.new_markdown_cell(cell.source.strip())
        else:
            continue
        cell["id"] = f"cell-{len(cells) + 1}"
        cells.append(cell)
    return nbformat.v4.new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})


def _kept(output: NotebookNode) -> NotebookNode | None:
    if output.output_type not in ("execute_result", "display_data"):
        return output
    if MIME in output["data"]:  # the header and the table of parameters say it
        return None
    data = {m: output["data"][m] for m in KEPT_MIMES if m in output["data"]}
    if "application/vnd.jupyter.widget-view+json" in output["data"] and "text/html" not in data:
        return None
    if not data:
        return None
    mime, content = next(iter(data.items()))
    content = "".join(content) if isinstance(content, list) else content
    if mime == "text/markdown":
        content = html.escape(content, quote=False)
    return nbformat.v4.new_output("display_data", data={mime: content})


def _convert(book: NotebookNode, page: dict[str, Any]) -> str:
    text, _ = _exporter().from_notebook_node(book, resources={"salesplan": page})
    return fixed_ids(str(text))


@cache
def _exporter() -> Any:
    """The exporter with its templates compiled, made once."""
    from nbconvert.exporters.html import HTMLExporter
    from nbconvert.exporters.templateexporter import TemplateExporter
    from traitlets.config import Config

    class PageExporter(HTMLExporter):
        """Leaves the finished page as it is: without pictures there is nothing to add to it."""

        def from_notebook_node(self, nb: Any, resources: Any = None, **more: Any) -> Any:
            text, found = TemplateExporter.from_notebook_node(self, nb, resources, **more)
            return super().from_notebook_node(nb, resources, **more) if "<img" in text else (text, found)

    config = Config()
    config.HTMLExporter.preprocessors = []
    config.HTMLExporter.default_preprocessors = []
    config.HTMLExporter.exclude_anchor_links = True
    config.NbConvertBase.display_data_priority = list(KEPT_MIMES)
    return PageExporter(config=config, template_name="salesplan_report", extra_template_basedirs=[str(TEMPLATES)])
