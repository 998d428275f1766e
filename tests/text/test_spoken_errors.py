"""Errors in the reader's language: what keeps its sentence is translated, the rest stays as it is, English stays English."""

import copy
import pickle

import pytest

from salesplan.apps.callbacks import error_banner
from salesplan.errors import InputError, ParameterError, SalesplanError, Sentence, known_choices
from salesplan.kpis.parameters import KpiParameters
from salesplan.text import check_language
from salesplan.text.spoken_errors import say_error


def refused(values: dict) -> ParameterError:
    with pytest.raises(ParameterError) as caught:
        KpiParameters.read(values)
    return caught.value


def test_a_wrong_period_is_said_once_and_in_both_languages() -> None:
    error = refused({"period": "foo"})
    assert say_error(error, "en") == str(error) == (
        "period == 'foo', must be a month, quarter, ISO week or year. Where: KPI weighting parameters. "
        "Fix: Write 2026-10, 2026Q3, 2026-W41 or 2026.")
    assert say_error(error, "zh") == (
        "period == 'foo'，必须是月份、季度、ISO 周或年份。位置：指标权重与考核参数。处理：请写 2026-10、2026Q3、2026-W41 或 2026。")


def test_the_nearest_name_is_offered_in_both_languages() -> None:
    error = refused({"objectiv_share": 0.1})
    assert "did you mean 'objective_share'" in str(error)
    said = say_error(error, "zh")
    assert "不是指标权重与考核的参数" in said and "是否指“objective_share”" in said and "did you mean" not in said


def test_plain_text_stays_and_languages_are_checked() -> None:
    plain = InputError("growth == 12, must be a fraction", where="params", fix="Write 0.12.")
    assert say_error(plain, "zh") == "growth == 12, must be a fraction。位置：params。处理：Write 0.12。"
    assert say_error(InputError("nothing else"), "zh") == "nothing else。"
    with pytest.raises(ParameterError) as caught:
        check_language("fr")
    assert say_error(caught.value, "zh").startswith("language == 'fr'，必须是支持的语言")
    with pytest.raises(ParameterError):
        say_error(plain, "fr")


def test_a_sentence_is_its_english_text_and_survives_copies() -> None:
    said = Sentence("{n} of {what}", n=2, what=Sentence("scheme"))
    assert said == "2 of scheme" and f"{said}!" == "2 of scheme!" and repr(said) == "'2 of scheme'"
    for same in (copy.deepcopy(said), pickle.loads(pickle.dumps(said))):
        assert same == said and same.msgid == said.msgid and same.values == said.values
    assert Sentence("braces {} stay") == "braces {} stay"
    assert isinstance(known_choices("x", ["y"]), Sentence)


def test_the_apps_banner_speaks_the_readers_language() -> None:
    error: SalesplanError = refused({"period": "<foo>"})
    zh = error_banner(error, error_id="ab12", language="zh")
    assert "必须是月份、季度" in zh and "must be" not in zh and "&lt;foo&gt;" in zh
    assert "must be a month" in error_banner(error, error_id="ab12", language="en")
