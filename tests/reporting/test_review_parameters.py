"""Parameter files of single units: found by the unit's name, checked before anything runs."""

from pathlib import Path

import pytest

from salesplan.errors import ParameterError
from salesplan.reporting.review_parameters import UnitParameters, read_unit_parameters
from salesplan.reporting.review_units import ReviewUnits
from tests.reporting.review_example import HOOKS, UNITS, review_notebook


@pytest.fixture
def file(tmp_path: Path) -> Path:
    review_notebook(tmp_path / "monthly_review.ipynb")
    (tmp_path / "monthly_review.yaml").write_text("coverage: 0.7\n")
    (tmp_path / "other.yaml").write_text("nonsense: 1\n")
    return tmp_path / "monthly_review.yaml"


def read(file: Path) -> UnitParameters:
    return read_unit_parameters({"coverage": 0.7, "pause": 0.0}, file, units=ReviewUnits(UNITS),
                                notebook=file.with_suffix(".ipynb"), hooks=HOOKS)


def test_a_unit_has_its_own_values_over_the_common_ones(file: Path) -> None:
    (file.parent / "monthly_review.华东-一组.yaml").write_text("coverage: 0.95\n")
    (file.parent / "monthly_review.s.yml").write_text("coverage: 0.5\n")
    parameters = read(file)
    assert [parameters.of(unit)["coverage"] for unit in ("e1", "s", "s1", "co")] == [0.95, 0.5, 0.7, 0.7]
    assert parameters.of("e1")["pause"] == 0.0


@pytest.mark.parametrize(("name", "text", "says"), [
    ("华冬", "coverage: 0.9", "must be a unit of the organisation"), ("一组", "coverage: 0.9", "name of 2"),
    ("e1", "covrage: 0.9", "covrage is not a parameter"), ("e1", "coverage: high", "must be float"),
    ("e1", "coverage: 1.5", "coverage == 1.5"), ("e1", "unit: s1", "unit is given by the run"),
    ("e1", "period: 2026-09", "period is given by the run"), ("e1", "coverage: [", "not YAML"),
])  # fmt: skip
def test_a_wrong_file_is_named(file: Path, name: str, text: str, says: str) -> None:
    (file.parent / f"monthly_review.{name}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ParameterError, match=says) as caught:
        read(file)
    assert f"monthly_review.{name}.yaml" in str(caught.value)


def test_two_files_for_one_unit_are_refused(file: Path) -> None:
    for name in ("e1", "华东-一组"):
        (file.parent / f"monthly_review.{name}.yaml").write_text("coverage: 0.9\n")
    with pytest.raises(ParameterError, match="both for 华东-一组"):
        read(file)
