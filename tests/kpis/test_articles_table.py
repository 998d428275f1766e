"""The well-known table comes out as printed and under one rule, and its mixture is named."""

import pytest

from salesplan.errors import ParameterError
from salesplan.kpis.articles_table import articles_scheme, articles_scorecard
from salesplan.kpis.score_notes import RAW_BESIDE_TARGET
from salesplan.text.wording import say_details


def mixtures(card):
    return [note for note in card.notes if note["msgid"] == RAW_BESIDE_TARGET]


def test_as_printed_the_total_is_85_5_and_the_mixture_is_flagged():
    card = articles_scorecard("as_printed")
    assert card.totals["score"].iloc[0] == pytest.approx(85.5)
    assert card.lines["points"].tolist() == pytest.approx([36, 25.5, 16, 8])
    (note,) = mixtures(card)
    assert [name["zh"] for name in note["details"]["raw_kpis"]] == ["客户满意度"]
    text = say_details(note["msgid"], note["details"], "zh")
    assert "客户满意度" in text and "88.3" in text and "85.5" in text


def test_under_one_rule_the_total_is_88_33_without_a_flag():
    card = articles_scorecard("achievement_rate")
    assert card.totals["score"].iloc[0] == pytest.approx(88 + 1 / 3)
    assert not mixtures(card)


def test_the_table_explains_itself():
    rows = articles_scorecard("as_printed").explain("example").rows
    assert [say_details(row["formula"], row["details"], "zh") for row in rows] == [
        "100 × 900,000.00 ÷ 1,000,000.00 = 90.0", "100 × 85.0% = 85.0", "100 × 8.0% ÷ 10.0% = 80.0", "等级良好 = 80.0"]


def test_other_rules_are_refused():
    with pytest.raises(ParameterError, match="as_printed"):
        articles_scheme("printed")  # type: ignore[arg-type]
