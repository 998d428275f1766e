"""What a value breaks of its rule is said in the reader's language, with its limit."""

from typing import Any

import pytest

from salesplan.errors import ParameterError
from salesplan.review.parameters import ReviewParameters
from salesplan.targets.parameters import TargetParameters
from salesplan.text.spoken_errors import say_error


@pytest.mark.parametrize(("values", "words"), [
    ({"adjust_cap": 0.9}, "adjust_cap == 0.9，不能大于0.5"), ({"false_alarms": 0}, "必须大于0"), ({"coverage": 0.1}, "不能小于0.5"),
    ({"seed": "x"}, "必须是整数"), ({"seed": 1.5}, "必须是整数"), ({"coverage": "much"}, "必须是数字"), ({"unit": 3}, "必须是文本"),
    ({"language": "fr"}, "只能是以下之一：'zh'、'en'"), ({"period": "October"}, "必须是月份，如'2026-10'"),
])  # fmt: skip
def test_a_refused_parameter_has_no_english_in_a_chinese_sentence(values: dict[str, Any], words: str) -> None:
    with pytest.raises(ParameterError) as refused:
        ReviewParameters.read(values)
    said = say_error(refused.value, "zh")
    assert words in said and "Input" not in said and " must " not in said
    assert f"处理：{next(iter(values))}：" in said  # with what the parameter means


@pytest.mark.parametrize(("values", "words"), [
    ({"growth": 12}, "12%请写0.12"), ({"floor_value": 1.2, "floor_by": "share"}, "作为目标的比例不能大于1"), ({"rules": 3}, "必须是列表"),
])  # fmt: skip
def test_a_check_of_the_kits_own_is_said_too(values: dict[str, Any], words: str) -> None:
    with pytest.raises(ParameterError) as refused:
        TargetParameters.read(values)
    assert words in say_error(refused.value, "zh")
