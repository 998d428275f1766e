"""Ramp and learning curves: what was planted comes back, small groups borrow, and extrapolation is flagged."""

import numpy as np
import pandas as pd
import pytest

from salesplan.coaching.learning_curve import wright_curve
from salesplan.coaching.ramp_curve import ramp_curve
from salesplan.errors import InputError


def newcomers(rng, sizes: dict[str, int], plateau: dict[str, float], speed: float = 0.3, last: int = 18) -> pd.DataFrame:
    rows = [(f"{g}{i}", t, plateau[g] * scale * (1 - np.exp(-speed * t)) + rng.normal(0, 0.08), g)
            for g, n in sizes.items() for i in range(n) for scale in [1 + rng.normal(0, 0.15)] for t in range(1, last + 1)]
    return pd.DataFrame(rows, columns=["seller_id", "month_in_role", "value", "tier"])


def test_what_was_planted_comes_back():
    frame = newcomers(np.random.default_rng(1), {"a": 25, "b": 25}, {"a": 1.0, "b": 0.7})
    table = ramp_curve(frame, by="tier").table.set_index("group")
    assert table["plateau"].to_dict() == pytest.approx({"a": 1.0, "b": 0.7}, rel=0.08)
    assert table["t90"].to_dict() == pytest.approx(dict.fromkeys("ab", np.log(10) / 0.3), rel=0.1)
    assert not table["is_beyond_data"].any()


def test_intervals_hold_what_was_planted():
    held = []
    for seed in range(60):
        row = ramp_curve(newcomers(np.random.default_rng(seed), {"a": 10}, {"a": 1.0}).drop(columns="tier")).table.iloc[0]
        held.append(row["plateau_lower"] <= 1 <= row["plateau_upper"])
    assert np.mean(held) >= 0.8


def test_taking_months_of_one_seller_for_chance_would_be_too_sure():
    frame = newcomers(np.random.default_rng(3), {"a": 10}, {"a": 1.0}).drop(columns="tier")
    together = ramp_curve(frame).table.iloc[0]
    apart = ramp_curve(frame.assign(seller_id=np.arange(len(frame)))).table.iloc[0]
    width = [r["plateau_upper"] / r["plateau_lower"] for r in (together, apart)]
    assert np.log(width[0]) > 2 * np.log(width[1])


def test_a_small_group_lies_between_its_own_data_and_the_others():
    rng = np.random.default_rng(4)
    frame = newcomers(rng, {"a": 20, "b": 20, "c": 20, "d": 3}, {"a": 1.0, "b": 1.0, "c": 1.05, "d": 0.5}, last=8)
    pooled = ramp_curve(frame, by="tier").table.set_index("group")
    alone = ramp_curve(frame[frame["tier"] == "d"]).table.iloc[0]["plateau"]
    assert alone < pooled.loc["d", "plateau"] < pooled.loc["a", "plateau"]
    assert pooled.loc["d", "borrowed_share"] > pooled.loc["a", "borrowed_share"]


def test_nine_tenths_beyond_the_data_are_flagged_and_dotted():
    frame = newcomers(np.random.default_rng(5), {"a": 30}, {"a": 1.0}, speed=0.12, last=9)
    found = ramp_curve(frame, by="tier")
    row = found.table.iloc[0]
    assert row["is_beyond_data"] and row["t90"] > 9
    assert any("extrapolated" in note["msgid"] for note in found.notes)
    curves = found.curves()
    assert curves.loc[curves["is_beyond"], "month"].min() == 10
    assert curves["month"].max() <= 18
    inside = curves["value"].between(curves["value_lower"] - 1e-12, curves["value_upper"] + 1e-12)
    assert inside.all()


def test_a_straight_line_has_no_height():
    frame = pd.DataFrame({"seller_id": "a", "month_in_role": np.arange(1, 13), "value": np.arange(1, 13) * 2.0})
    found = ramp_curve(frame)
    assert found.table[["plateau", "t90"]].isna().all(axis=None)
    assert any("no bend" in note["msgid"] for note in found.notes)


def test_groups_of_one_or_two_are_not_shown():
    frame = newcomers(np.random.default_rng(1), {"a": 8, "b": 8, "c": 2}, dict.fromkeys("abc", 1.0))
    found = ramp_curve(frame, by="tier")
    row = found.table.set_index("group").loc["c"]
    assert row["status"] == "insufficient evidence" and pd.isna(row["plateau"]) and pd.isna(row["n"])
    assert "c" not in set(found.points["group"]) | set(found.curves()["group"])


@pytest.mark.parametrize(("change", "message"), [
    (lambda f: f.drop(columns="value"), "column value is missing"), (lambda f: f.assign(month_in_role=0), "seller a0"),
    (lambda f: f[f["month_in_role"] < 4], "at least 4"), (lambda f: f.assign(value=-1.0), "must be positive"),
])
def test_bad_input(change, message):
    with pytest.raises(InputError, match=message):
        ramp_curve(change(newcomers(np.random.default_rng(1), {"a": 4}, {"a": 1.0})))


def test_a_task_before_the_first_is_refused():
    with pytest.raises(InputError, match="n must be 1 or more"):
        wright_curve(0.5, first=1, rate=0.8)


def test_months_to_a_height_are_read_off_the_curve():
    t = np.arange(1, 25)
    monthly = pd.DataFrame({"seller_id": "a", "month_in_role": t, "value": 1.2 * (1 - np.exp(-0.2 * t))})
    found = ramp_curve(monthly).months_to(0.9).iloc[0]
    assert found["months"] == pytest.approx(np.log(1 - 0.9 / 1.2) / -0.2, abs=0.05)
    assert not found["is_beyond"]
    never = ramp_curve(monthly).months_to(1.5).iloc[0]
    assert never["is_beyond"] and np.isnan(never["months"])
