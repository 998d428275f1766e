"""Where the published cases and real-format data lie, when they are at hand."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def shared_path(*parts: str) -> Path:
    """Path below the shared folder beside the project; skips the test with a message where it is absent."""
    base = Path(os.environ.get("SALESPLAN_SHARED", ROOT.parent / "shared"))
    path = base.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"not published with the project: {'/'.join(parts)} (expected at ../shared)")
    return path
