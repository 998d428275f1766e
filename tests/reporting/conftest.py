"""Kernels started by these tests import the package under test."""

import pytest

from tests.notebook_factory import ROOT


@pytest.fixture(autouse=True)
def _kernels_find_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
