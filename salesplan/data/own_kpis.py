"""The KPIs a company has written itself, in its workspace."""

from pathlib import Path
from typing import Any

from salesplan.data.workspace import Workspace
from salesplan.data.yaml_files import read_yaml
from salesplan.errors import InputError, Sentence

KPI_FILE = "kpis.yaml"


def read_own_kpis(workspace: Workspace | str | Path) -> dict[str, Any]:
    """Read ``kpis.yaml`` of a workspace, one entry a KPI; empty where there is none.

    Raises
    ------
    DataError, InputError
        The file is no YAML, or no mapping of codes to entries.

    Examples
    --------
    >>> import tempfile
    >>> shop = Workspace(tempfile.mkdtemp()).create()
    >>> read_own_kpis(shop)
    {}
    >>> _ = (shop.path / "kpis.yaml").write_text("samples: {unit: count}", encoding="utf-8")
    >>> read_own_kpis(shop)
    {'samples': {'unit': 'count'}}
    """
    space = workspace if isinstance(workspace, Workspace) else Workspace(workspace)
    file = space.path / KPI_FILE
    if not file.is_file():
        return {}
    read = read_yaml(file)
    if read is None:
        return {}
    if not isinstance(read, dict):
        raise InputError(
            Sentence("{file} holds {kind}, must hold one entry a KPI", file=KPI_FILE, kind=type(read).__name__), where=str(file),
            fix=Sentence("Write one entry a KPI: its code, a colon, and below it name, numerator and the other fields."))
    return {str(code): entry for code, entry in read.items()}
