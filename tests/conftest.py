"""The demo company, made and imported once for all tests that need it; drawn examples are the same in every run."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from salesplan.kernels.repeatable import skip_iri_grammar

skip_iri_grammar()

settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@pytest.fixture(scope="session")
def demo_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Workspace of the demo company (seed 7)."""
    from salesplan.data.demo import make_demo_company
    from salesplan.data.importing import import_files

    folder = tmp_path_factory.mktemp("demo")
    make_demo_company(folder / "exports")
    import_files(folder / "exports", folder / "workspace")
    return folder / "workspace"
