"""A notebook that has run, without what changes from run to run: clocks, paths, numbers drawn at random."""

import re
from typing import Any

from nbformat import NotebookNode

KEPT_OF_PAPERMILL = ("default_parameters", "parameters")
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
_STYLER = re.compile(r"\bT_[0-9a-f]{5,32}(?=[_\s\"'>#.,{]|$)")
_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,16}\b")


def tidy_notebook(book: NotebookNode) -> NotebookNode:
    """Leave in a notebook only what its inputs decide; changed in place and given back.

    Parameters stay; papermill's times and paths, the kernel's time stamps, the ids of cells and style sheets,
    addresses in memory and widgets without a kernel go. Text that came in several pieces becomes one.

    Examples
    --------
    >>> from nbformat.v4 import new_code_cell, new_notebook, new_output
    >>> cell = new_code_cell("f()", metadata={"papermill": {"duration": 1.2}},
    ...                      outputs=[new_output("stream", text="a"), new_output("stream", text="b")])
    >>> tidy = tidy_notebook(new_notebook(cells=[cell], metadata={"papermill": {"duration": 2, "parameters": {"x": 1}}}))
    >>> tidy.metadata.papermill, tidy.cells[0].metadata, tidy.cells[0].outputs[0].text, tidy.cells[0].id
    ({'parameters': {'x': 1}}, {}, 'ab', 'cell-1')
    """
    book.metadata.pop("widgets", None)
    if "papermill" in book.metadata:
        book.metadata["papermill"] = {k: v for k, v in book.metadata.papermill.items() if k in KEPT_OF_PAPERMILL}
    ids: dict[str, str] = {}
    for number, cell in enumerate(book.cells, start=1):
        cell["id"] = f"cell-{number}"
        for name in ("papermill", "execution"):
            cell.metadata.pop(name, None)
        if cell.cell_type == "code":
            cell.outputs = [_tidy_output(output, ids) for output in _joined(cell.outputs) if not _is_bare_view(output)]
    return book


def fixed_ids(text: str, seen: dict[str, str] | None = None) -> str:
    """Number the ids that pandas draws at random, in the order they appear.

    Examples
    --------
    >>> fixed_ids('<style>#T_0a1b2 td{}</style><table id="T_0a1b2">')
    '<style>#T_1 td{}</style><table id="T_1">'
    """
    seen = {} if seen is None else seen
    return _STYLER.sub(lambda m: seen.setdefault(m.group(0), f"T_{len(seen) + 1}"), text)


def _joined(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """One piece of text for each stream between two results, what was printed before what was complained about.

    How a kernel cuts and mixes its streams is a matter of milliseconds.
    """
    joined: list[NotebookNode] = []
    streams: dict[str, NotebookNode] = {}
    for output in outputs:
        if output.output_type != "stream":
            joined += [streams[name] for name in sorted(streams, reverse=True)]
            streams = {}
            joined.append(output)
        elif output.name in streams:
            streams[output.name]["text"] += output.text
        else:
            streams[output.name] = output
    return joined + [streams[name] for name in sorted(streams, reverse=True)]


def _is_bare_view(output: NotebookNode) -> bool:
    """Whether an output shows a widget and nothing a reader without a kernel could see."""
    data = output.get("data", {})
    return WIDGET_VIEW in data and set(data) <= {WIDGET_VIEW, "text/plain"}


def _tidy_output(output: NotebookNode, ids: dict[str, str]) -> NotebookNode:
    if output.output_type == "stream":
        output["text"] = _ADDRESS.sub("at 0x0", output.text)
    data: dict[str, Any] = output.get("data", {})
    data.pop(WIDGET_VIEW, None)
    for mime, content in data.items():
        if mime == "text/plain" and isinstance(content, str):
            data[mime] = _ADDRESS.sub("at 0x0", content)
        elif mime == "text/html" and isinstance(content, str):
            data[mime] = fixed_ids(content, ids)
    return output
