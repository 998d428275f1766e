import pandas as pd
import pytest

from salesplan.errors import InputError
from salesplan.ratings import check_connected, rater_severity, rating_components
from tests.ratings.rounds import crossed


def two_teams() -> pd.DataFrame:
    one, _, _ = crossed(4, 3)
    other, _, _ = crossed(3, 2, seed=1)
    return pd.concat([one, other.assign(ratee_id="q" + other["ratee_id"], rater_id="s" + other["rater_id"])])


def test_groups_without_a_person_in_common_are_named():
    with pytest.raises(InputError, match=r"2 groups.*\{r000, r001, r002\} and \{sr000, sr001\}") as caught:
        check_connected(two_teams())
    assert caught.value.details["components"]["n_ratees"].tolist() == [4, 3]
    with pytest.raises(InputError, match="2 groups"):
        rater_severity(two_teams())


def test_one_shared_person_links_the_groups():
    bridge = pd.DataFrame([("p000", "sr000", 50.0, "peer", "all", -1000.0, 1000.0)],
                          columns=["ratee_id", "rater_id", "score", "relation", "item", "scale_min", "scale_max"])
    linked = pd.concat([two_teams(), bridge])
    assert check_connected(linked)["n_raters"].tolist() == [5]


def test_a_self_rating_links_nobody():
    frame = two_teams()
    own = frame.iloc[[0]].assign(ratee_id="r000", rater_id="r000", relation="self")
    assert rating_components(pd.concat([frame, own]))["n_ratings"].tolist() == [12, 6]
    with pytest.raises(InputError, match="ratings by others: none"):
        check_connected(own)
    assert not len(rating_components(own))


def test_many_raters_are_abbreviated():
    frame, _, _ = crossed(3, 8)
    other = frame.assign(ratee_id="q" + frame["ratee_id"], rater_id="s" + frame["rater_id"])
    with pytest.raises(InputError, match="8 in all"):
        check_connected(pd.concat([frame, other]))
