"""Read a decision between systems from the YAML a team fills in."""

from pathlib import Path
from typing import Any

from salesplan.data.yaml_files import read_yaml
from salesplan.errors import DataError, InputError, Sentence


def read_decision_file(workspace: str | Path, name: str) -> dict[str, Any]:
    """The plain content of a decision file in the workspace.

    Parameters
    ----------
    workspace
        Folder of the workspace; the file must lie inside it.
    name
        Such as ``crm_choice.yaml``.

    Raises
    ------
    InputError, DataError
        The file is missing, lies outside the workspace, or is not YAML with a mapping.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "choice.yaml").write_text("criteria: {}", encoding="utf-8")
    >>> read_decision_file(folder, "choice.yaml")
    {'criteria': {}}
    """
    folder = Path(workspace).resolve()
    path = (folder / name).resolve()
    if not path.is_relative_to(folder):
        raise InputError(Sentence("decision_file == {name}, must lie in the workspace", name=repr(name)), where=str(folder))
    if not path.is_file():
        known = sorted(p.name for p in folder.glob("*.yaml") if p.name != "workspace.yaml")
        raise InputError(Sentence("decision_file == {name}, must be a file of the workspace", name=repr(name)),
                         where=str(folder), fix=Sentence("Known: {known}; leave it empty for the packaged example.",
                                                         known=", ".join(known) or "–"))
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise DataError(Sentence("{file} holds {kind}, must hold criteria and claims", file=path.name, kind=type(content).__name__),
                        where=str(path))
    return content
