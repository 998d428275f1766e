"""Names and types a notebook accepts, read from its parameters cell and checked before it runs."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Optional, Union

import nbformat
from pydantic import ConfigDict, TypeAdapter, ValidationError

from salesplan.errors import ParameterError, Sentence, known_choices

_NAMES: dict[str, Any] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": bool,
    "list": list,
    "dict": dict,
    "tuple": tuple,
    "None": None,
    "Any": Any,
    "Literal": Literal,
    "Optional": Optional,
    "Union": Union,
}


@dataclass(frozen=True, kw_only=True)
class NotebookParameter:
    """One line of a parameters cell: ``name: annotation = default``."""

    name: str
    annotation: Any
    shown_type: str
    default: Any


def read_notebook_parameters(notebook: str | Path) -> dict[str, NotebookParameter]:
    """Parameters a notebook declares, in order; read as text, nothing is run.

    Raises
    ------
    ParameterError
        The notebook cannot be read, has no cell tagged ``parameters``, or a line of it is not an
        annotated constant.
    """
    try:
        book = nbformat.read(str(notebook), as_version=4)
    except (OSError, ValueError, nbformat.validator.ValidationError) as error:
        raise ParameterError(f"notebook {notebook} cannot be read: {error}", fix="Check the path.") from error
    tagged = [c for c in book.cells if c.cell_type == "code" and "parameters" in c.metadata.get("tags", [])]
    if len(tagged) != 1:
        raise ParameterError(f"{len(tagged)} cells are tagged 'parameters', must be exactly one", where=str(notebook))
    found: dict[str, NotebookParameter] = {}
    for line in ast.parse(tagged[0].source).body:
        if isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant):
            continue
        if not (isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and line.value is not None):
            raise ParameterError(
                f"'{ast.unparse(line)}' must be 'name: type = constant'", where=f"{notebook}, parameters cell"
            )
        try:
            default = ast.literal_eval(line.value)
            annotation = _annotation(line.annotation)
        except (ValueError, KeyError) as error:
            raise ParameterError(
                f"'{ast.unparse(line)}' must be 'name: type = constant'", where=f"{notebook}, parameters cell"
            ) from error
        found[line.target.id] = NotebookParameter(
            name=line.target.id, annotation=annotation, default=default, shown_type=ast.unparse(line.annotation)
        )
    return found


def _annotation(node: ast.expr) -> Any:
    """The type an annotation names; only plain names of plain types are known."""
    if isinstance(node, ast.Name):
        return _NAMES[node.id]
    if isinstance(node, ast.Constant):
        return _annotation(ast.parse(node.value, mode="eval").body) if isinstance(node.value, str) else node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return Union[_annotation(node.left), _annotation(node.right)]  # noqa: UP007
    if isinstance(node, ast.Subscript):
        outer = _annotation(node.value)
        if outer is Literal:
            inner = ast.literal_eval(node.slice)
            return Literal[inner]
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        inner_types = tuple(_annotation(p) for p in parts)
        return outer[inner_types if len(inner_types) > 1 else inner_types[0]]
    raise KeyError(ast.unparse(node))


def check_notebook_parameters(notebook: str | Path, values: Mapping[str, Any]) -> dict[str, Any]:
    """Check given values against a notebook before it runs.

    Returns
    -------
    dict
        The values, whole numbers turned into floats where the notebook says float.

    Raises
    ------
    ParameterError
        A name the notebook does not know (with the nearest one), or a value of another type.
    """
    known = read_notebook_parameters(notebook)
    checked: dict[str, Any] = {}
    for name, value in values.items():
        if name not in known:
            raise ParameterError(
                Sentence("{name} is not a parameter of {subject}", name=name, subject=Path(notebook).name),
                fix=known_choices(name, list(known)),
            )
        try:
            checked[name] = _adapter(known[name].annotation).validate_python(value)
        except ValidationError as error:
            raise ParameterError(
                Sentence("{name} == {given}, must be {kind}", name=name, given=repr(value), kind=known[name].shown_type),
                where=Path(notebook).name,
                fix=Sentence("The default is {default}.", default=repr(known[name].default)),
            ) from error
    return checked


def _adapter(annotation: Any) -> TypeAdapter[Any]:
    return TypeAdapter(annotation, config=ConfigDict(strict=True))
