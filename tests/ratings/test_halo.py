import numpy as np
import pandas as pd
import pytest

from salesplan.errors import InputError
from salesplan.ratings import halo_check
from salesplan.text.wording import say_details


def round_of(noise: dict[str, float], n_people: int = 12, seed: int = 0) -> pd.DataFrame:
    """Each rater writes one impression plus his own noise on four items; noise zero repeats it exactly."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n_people):
        for rater, spread in noise.items():
            impression = rng.normal(50, 15)
            rows += [(f"p{i}", rater, "peer", item, impression + spread * rng.normal()) for item in "abcd"]
    frame = pd.DataFrame(rows, columns=["ratee_id", "rater_id", "relation", "item", "score"])
    return frame.assign(scale_min=-200, scale_max=300)


def test_raters_with_one_impression_are_found():
    found = halo_check(round_of({"halo": 2.0, "flat": 0.0, "careful": 30.0}))
    assert found.raters.set_index("rater_id")["verdict"].to_dict() == {"halo": "halo", "flat": "flat", "careful": "ok"}
    assert found.raters.set_index("rater_id").loc["flat", "flat_share"] == 1


def test_pooled_figures_tell_halo_from_judgement():
    halo, none = halo_check(round_of({"x": 2.0, "y": 2.0})), halo_check(round_of({"x": 40.0, "y": 40.0}))
    assert halo.mean_item_r > 0.9 > none.mean_item_r
    assert halo.eigenvalue_factor > 20 > none.eigenvalue_factor
    assert halo.first_factor_share > none.first_factor_share
    assert halo.notes[0]["msgid"] != none.notes[0]["msgid"]
    assert "0.9" in say_details(halo.notes[0]["msgid"], halo.notes[0]["details"], "en")


def test_severity_is_not_mistaken_for_halo():
    frame = round_of({"x": 40.0, "y": 40.0, "z": 40.0})
    shifted = frame.assign(score=frame["score"] + frame["rater_id"].map({"x": -60, "y": 0, "z": 60}))
    assert halo_check(shifted).mean_item_r == pytest.approx(halo_check(frame).mean_item_r)


def test_few_forms_are_not_judged():
    found = halo_check(round_of({"x": 1.0, "y": 1.0}, n_people=3))
    assert (found.raters["verdict"] == "unknown").all()
    assert np.isnan(found.mean_item_r) or found.n_forms >= 5


def test_the_published_table_names_nobody():
    found = halo_check(round_of({"halo": 2.0, "flat": 0.0}))
    assert "rater_id" not in found.to_frame() and found.to_frame()["n_raters"].sum() == 2
    assert found.summary().loc[0, "n_items"] == 4


def test_one_item_is_refused():
    frame = round_of({"x": 1.0})
    with pytest.raises(InputError, match="forms with two items: none"):
        halo_check(frame[frame["item"] == "a"])
    with pytest.raises(InputError, match="threshold == 2"):
        halo_check(frame, threshold=2)
