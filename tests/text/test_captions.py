"""Columns have captions in both languages."""

import pytest

from salesplan.text.captions import CAPTIONS, NAMES, VALUES
from salesplan.text.catalogues import translations


@pytest.mark.parametrize("group", [CAPTIONS, NAMES, VALUES])
def test_every_caption_is_translated(group: dict[str, str]) -> None:
    known = translations("zh")
    assert [msgid for msgid in group.values() if msgid not in known] == []


def test_columns_of_a_plan_have_captions() -> None:
    columns = [
        "seller_id", "product_line", "month", "iso_week", "floor_fen", "target_fen", "stretch_fen", "unit_id",
        "parent_id", "level", "name", "last_year", "forecast", "forecast_lower", "forecast_upper", "floor",
        "target", "stretch", "forecast_part", "stretch_part", "growth", "p_floor", "p_target", "p_stretch",
        "org_id", "tier", "capacity_months", "capacity_share", "potential_share", "history_share", "weight",
        "base", "lower", "upper", "rule",
    ]  # fmt: skip
    stems = [c.removesuffix("_fen").removesuffix("_lower").removesuffix("_upper") for c in columns]
    assert [c for c in stems if c not in CAPTIONS] == []
