"""A unit's word is about itself: its chances, its month, a warning about it; not about those below."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from salesplan.review.unit_status import status_word, unit_statuses

NAN = float("nan")


@pytest.mark.parametrize(("chances", "word"), [
    ({"quarter": 0.09, "year": 0.0}, "act"), ({"quarter": 0.24, "year": 0.9}, "act"), ({"quarter": 0.45, "year": 0.05}, "watch"),
    ({"quarter": 0.64, "year": 0.03}, "watch"), ({"quarter": 0.81, "year": 0.86}, "ok"), ({"quarter": NAN, "year": 0.1}, "act"),
    ({"quarter": 1.0, "year": 0.1, "quarter_is_open": False}, "act"), ({"quarter": 0.0, "year": 0.7, "quarter_is_open": False}, "watch"),
    ({"quarter": 0.9, "year": 0.9, "is_warned": True}, "act"), ({"quarter": NAN, "year": NAN, "attainment": 0.99}, "watch"),
    ({"quarter": NAN, "year": NAN, "attainment": 1.0}, "ok"), ({"quarter": NAN, "year": NAN, "attainment": NAN}, "unknown"),
])  # fmt: skip
def test_the_nearest_target_that_can_still_be_reached_decides(chances: dict[str, Any], word: str) -> None:
    assert status_word(**({"attainment": 1.0} | chances)) == word


def test_a_warning_about_someone_below_leaves_the_units_word_alone() -> None:
    ids = ["team", "seller", "other"]
    quarter: Any = SimpleNamespace(table=pd.DataFrame({"unit_id": ids, "p_hit": [0.9, 0.9, NAN]}), months_left=1.5)
    year: Any = SimpleNamespace(table=pd.DataFrame({"unit_id": ids, "p_hit": [0.8, 0.8, NAN]}))
    month: Any = SimpleNamespace(frame=lambda _: pd.DataFrame({"unit_id": ids, "judged_attainment": [0.9, 0.5, 1.1]}))
    told = pd.DataFrame({"unit_id": ["seller", "team"], "direction": ["below", "above"]})
    signals: Any = SimpleNamespace(summary=lambda: told)
    words = unit_statuses(ids, quarter=quarter, year=year, month=month, signals=signals)
    assert words.to_dict() == {"team": "ok", "seller": "act", "other": "ok"}
    assert unit_statuses(ids, quarter=quarter, year=year, month=month)["seller"] == "ok"
