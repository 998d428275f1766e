"""AdventureWorks, imported once for all tests of this folder that look at it."""

from pathlib import Path

import pytest

from salesplan.data.importing import import_files
from tests.shared import shared_path


@pytest.fixture(scope="session")
def adventureworks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Workspace of the real files; skipped with a message where they are not at hand."""
    source = shared_path("data", "adventureworks")
    workspace = tmp_path_factory.mktemp("adventureworks") / "company"
    import_files(source, workspace)
    return workspace
