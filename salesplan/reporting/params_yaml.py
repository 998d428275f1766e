"""The parameter file: flat names in a fixed order, units in comments, months in quotes."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from salesplan.errors import ParameterError


class _PlainLoader(yaml.SafeLoader):
    """YAML without surprises: no dates, no octal numbers, ``on`` and ``no`` are words, ``1e6`` is a number."""


_PlainLoader.yaml_implicit_resolvers = {}
for _tag, _rule, _first in (
    ("bool", r"^(?:true|false)$", "tf"),
    ("int", r"^[-+]?(?:0|[1-9][0-9_]*)$", "-+0123456789"),
    ("float", r"^[-+]?(?:[0-9][0-9_]*)(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?$", "-+0123456789"),
    ("null", r"^(?:~|null|)$", ["~", "n", ""]),
):
    _PlainLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_rule), list(_first))
_LEADING_ZERO = re.compile(r"^[-+]?0[0-9]+$")


def _number(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Any:
    text = str(loader.construct_scalar(node))
    return text if _LEADING_ZERO.match(text) else float(text.replace("_", ""))


_PlainLoader.add_constructor("tag:yaml.org,2002:float", _number)


def read_params(source: str | Path) -> dict[str, Any]:
    """Read a parameter file (a path) or its text.

    A bare ``0123`` stays the text it is, ``2026-10`` and dates stay text, ``no`` is a word, ``1e6`` a
    number, so that a file means what it shows.

    Raises
    ------
    ParameterError
        The file is missing, is not YAML, is not a flat list of names, or names something twice.

    Examples
    --------
    >>> read_params("growth: 0.12\\nfrom_month: 2026-10\\namount: 1e6\\ncode: 0123")
    {'growth': 0.12, 'from_month': '2026-10', 'amount': 1000000.0, 'code': '0123'}
    """
    is_path = isinstance(source, Path) or ("\n" not in source and source.endswith((".yaml", ".yml")))
    where = str(source) if is_path else "parameters"
    if is_path:
        try:
            text = Path(source).read_text(encoding="utf-8-sig")
        except OSError as error:
            raise ParameterError(
                f"parameter file {source} cannot be read ({error.strerror})", fix="Check the path."
            ) from error
    else:
        text = str(source)
    try:
        node = yaml.compose(text, Loader=_PlainLoader)
        values = yaml.load(text, Loader=_PlainLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise ParameterError(
            f"parameters are not YAML: {getattr(error, 'problem', error)}", where=f"{where}{line}"
        ) from error
    if values is None:
        return {}
    if not isinstance(values, dict) or not all(isinstance(k, str) for k in values):
        raise ParameterError("parameters must be a flat list of 'name: value'", where=where)
    names = [key.value for key, _ in node.value] if isinstance(node, yaml.MappingNode) else []
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise ParameterError(f"parameter {twice[0]} is given twice", where=where, fix="Keep one of the lines.")
    return values


def write_params(
    parameters: BaseModel | Mapping[str, Any],
    path: str | Path | None = None,
    *,
    comments: Mapping[str, str] | None = None,
) -> str:
    """Write parameters so that `read_params` and a notebook run read the same values back.

    Parameters
    ----------
    parameters
        A pydantic model (its field descriptions become the comments) or a mapping, in its own order.
    comments
        A comment for each name, over those of the model.

    Returns
    -------
    str
        The text, also written to ``path`` when one is given.

    Examples
    --------
    >>> print(write_params({"growth": 0.12, "month": "2026-10"}, comments={"growth": "a fraction"}), end="")
    growth: 0.12  # a fraction
    month: "2026-10"
    """
    notes: dict[str, str] = {}
    if isinstance(parameters, BaseModel):
        notes = {name: field.description or "" for name, field in type(parameters).model_fields.items()}
        values = parameters.model_dump(mode="json")
    else:
        values = dict(parameters)
    notes.update(comments or {})
    lines = []
    for name, value in values.items():
        note = " ".join(notes.get(name, "").split())
        lines.append(f"{name}: {_shown(value)}" + (f"  # {note}" if note else ""))
    text = "\n".join(lines) + "\n"
    if path is not None:
        target = Path(path)
        part = target.with_name(f".{target.name}.part")
        part.write_text(text, encoding="utf-8")
        part.replace(target)
    return text


def _shown(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_quoted(str(k))}: {_shown(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_shown(v) for v in value) + "]"
    return str(value)


def _quoted(text: str) -> str:
    dumped = yaml.safe_dump(text, default_style='"', allow_unicode=True, width=10**9)
    return str(dumped).rstrip("\n")
