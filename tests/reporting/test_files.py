"""CSV and parameter files: harmless, and read back as they were."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import ParameterError
from salesplan.reporting.csv import export_csv
from salesplan.reporting.neutral import neutral_text
from salesplan.reporting.params_yaml import read_params, write_params
from salesplan.reporting.provenance import provenance
from salesplan.targets.parameters import TargetParameters
from tests.plan_factory import make_data


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1+1", "=cmd|' /C calc'!A0"]
)
def test_formulas_become_text(text: str) -> None:
    assert neutral_text(text).startswith("'")


@pytest.mark.parametrize("text", ["张伟", "-5", "+12.0%", "-1,234.50", "a=b", "", "2027-01"])
def test_plain_text_and_numbers_stay(text: str) -> None:
    assert neutral_text(text) == text


def test_a_csv_opens_in_excel_with_chinese_and_without_formulas(tmp_path: Path) -> None:
    frame = pd.DataFrame({"姓名": ["张伟", "=HYPERLINK(1)", None], "target": [1.5, -2.0, None]})
    path = export_csv(frame, tmp_path / "t.csv")
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf") and b"'=HYPERLINK" in content and b"-2.0" in content
    assert frame["姓名"][1] == "=HYPERLINK(1)"


def test_parameters_come_back_as_they_were() -> None:
    start = TargetParameters(
        plan_year=2027,
        scenario_b={"growth": 0.2},
        rules=[{"unit": "r0", "kind": "floor", "amount": 1e6}],
        regions=["华东: '一'区", "no"],
        line_growth={"软件": 0.3},
    )
    text = write_params(start)
    assert TargetParameters.read(read_params(text)) == start
    assert list(read_params(text)) == list(TargetParameters.model_fields)
    assert "# fraction over the year before" in text


def test_yaml_means_what_it_shows() -> None:
    values = read_params("a: 0123\nb: no\nc: 2026-10\nd: 2026-10-01\ne: 1e6\nf: on\ng: true\nh: ~\ni: 1_000\n")
    assert values == {
        "a": "0123",
        "b": "no",
        "c": "2026-10",
        "d": "2026-10-01",
        "e": 1e6,
        "f": "on",
        "g": True,
        "h": None,
        "i": 1000,
    }


@settings(max_examples=60)
@given(
    st.dictionaries(
        st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True),
        st.one_of(
            st.none(),
            st.booleans(),
            st.integers(-(10**9), 10**9),
            st.floats(allow_nan=False, allow_infinity=False),
            st.text(st.characters(codec="utf-8"), max_size=20),
            st.lists(st.text(st.characters(codec="utf-8"), max_size=5), max_size=3),
        ),
        max_size=5,
    )
)
def test_any_values_survive_the_file(values: dict) -> None:
    assert read_params(write_params(values) + "\n") == values


@pytest.mark.parametrize(
    ("text", "message"), [("a: 1\na: 2\n", "given twice"), ("- 1\n- 2\n", "flat list"), ("a: [1\n", "line")]
)
def test_faulty_files_are_named(text: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        read_params(text)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="cannot be read"):
        read_params(tmp_path / "none.yaml")


def test_provenance_escapes_and_hides_the_path() -> None:
    bundle = provenance(make_data(), TargetParameters(workspace="/secret/place"), language="en")._repr_mimebundle_()
    assert "&lt;demo&gt;" in bundle["text/html"] and "/secret" not in str(bundle)
    assert "Jan 2024 – Dec 2026" in bundle["text/html"]
