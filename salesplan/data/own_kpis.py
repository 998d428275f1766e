"""The KPIs a company has written itself, in its workspace."""

from pathlib import Path
from typing import Any

import yaml

from salesplan.data.workspace import Workspace
from salesplan.errors import InputError, Sentence

KPI_FILE = "kpis.yaml"


def read_own_kpis(workspace: Workspace | str | Path) -> dict[str, Any]:
    """Read ``kpis.yaml`` of a workspace, one entry a KPI; empty where there is none.

    Raises
    ------
    InputError
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
    try:
        read = yaml.safe_load(file.read_text(encoding="utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(Sentence("{file} cannot be read: {reason}", file=KPI_FILE, reason=str(error)), where=str(file),
                         fix=Sentence("Write it as YAML in UTF-8.")) from error
    if read is None:
        return {}
    if not isinstance(read, dict):
        raise InputError(Sentence("{file} holds {kind}, must hold one entry a KPI", file=KPI_FILE, kind=type(read).__name__),
                         where=str(file), fix="Write 'code: {name: …, numerator: …}'.")
    return {str(code): entry for code, entry in read.items()}
