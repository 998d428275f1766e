"""The three descriptions of the environment say the same."""

import re
import tomllib

import yaml

from tests.shared import ROOT


def _name(requirement: str) -> str:
    return re.split(r"[<>=!~ ;\[]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def _project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def test_conda_environment_equals_pyproject():
    project = _project()
    conda = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))["dependencies"]
    expected = [f"python{project['requires-python']}", *project["dependencies"], *project["optional-dependencies"]["dev"]]
    assert sorted(conda) == sorted(expected)


def test_every_dependency_is_locked_with_hashes_and_without_an_address():
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    pinned = {_name(line) for line in lock.splitlines() if re.match(r"[a-zA-Z0-9]", line)}
    project = _project()
    wanted = {_name(d) for d in project["dependencies"] + project["optional-dependencies"]["dev"]}
    assert wanted <= pinned
    for name in ("requirements.lock", "requirements-bench.lock"):
        text = (ROOT / name).read_text("utf-8")
        assert "://" not in text
        assert "--index" not in text
        blocks = re.split(r"\n(?=[a-zA-Z0-9])", text)
        assert all("--hash=sha256:" in block for block in blocks if re.match(r"[a-zA-Z0-9]", block))
