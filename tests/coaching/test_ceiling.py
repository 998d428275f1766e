"""Items at which everybody is at the end of the scale are named."""

import pandas as pd
import pytest

from salesplan.coaching.ceiling import ceiling_items, ceiling_share
from salesplan.errors import InputError


def scores(levels, skill="s", source="test"):
    return pd.DataFrame({"skill": skill, "source": source, "level": levels})


@pytest.mark.parametrize(("levels", "status"), [
    ([5] * 40 + [3] * 60, "useless at the top"),
    ([1] * 40 + [3] * 60, "useless at the bottom"),
    ([3] * 95 + [5] * 5, "ok"),
    ([3] * 27 + [5] * 3, "perhaps useless"),
    ([5] * 9, "insufficient evidence"),
])
def test_status_by_the_share_and_its_interval(levels, status):
    assert ceiling_items(scores(levels))["status"].item() == status


def test_too_few_scores_show_no_share():
    row = ceiling_items(scores([5] * 9)).iloc[0]
    assert row["n"] == 9 and row.filter(like="share").isna().all()


def test_worst_item_first_by_skill_and_source():
    frame = pd.concat([scores([5] * 5 + [3] * 15, "a"), scores([5] * 15 + [3] * 5, "b"), scores([5] * 2, "c"),
                       scores([3] * 20, "b", "manager")])
    assert ceiling_items(frame)[["skill", "source"]].values.tolist() == [
        ["b", "test"], ["a", "test"], ["b", "manager"], ["c", "test"]]


def test_only_the_latest_score_of_a_person_counts():
    frame = scores([5, 3] * 10).assign(seller_id=[f"p{i // 2}" for i in range(20)],
                                       assessed_date=["2025-01-01", "2026-01-01"] * 10)
    row = ceiling_items(frame).iloc[0]
    assert row["n"] == 10 and row["ceiling_share"] == 0


def test_the_scale_decides_what_the_top_is():
    assert ceiling_items(scores([5] * 20), scale=(1, 10))["ceiling_share"].item() == 0


def test_bad_scores():
    with pytest.raises(InputError, match="scores are empty"):
        ceiling_share([], maximum=5)
    with pytest.raises(InputError, match="score == 6"):
        ceiling_share([6], maximum=5)
    with pytest.raises(InputError, match="threshold == 2"):
        ceiling_items(scores([5]), threshold=2)
    with pytest.raises(InputError, match="lack 'level'"):
        ceiling_items(pd.DataFrame({"skill": [], "source": []}))
