"""What separates a segment from the next one."""

import numpy as np
import pandas as pd
import pytest

from salesplan.coaching.growth_path import ALIKE, INSUFFICIENT, SEPARATES, growth_path
from salesplan.errors import InputError


def company(seed=0, n=100):
    rng = np.random.default_rng(seed)
    place = pd.Series(np.repeat(["bottom", "middle", "top"], [n // 5, 3 * n // 5, n // 5]), [f"s{i:03d}" for i in range(n)])
    table = pd.DataFrame({"visits": rng.normal(40, 5, n), "closing": rng.normal(3, 0.5, n), "luck": rng.normal(0, 1, n)},
                         index=place.index)
    table.loc[place == "bottom", "visits"] -= 8
    table.loc[place == "top", "closing"] += 0.9
    return table, place


def test_each_step_has_its_own_difference():
    table, place = company()
    found = growth_path(table, place)
    assert found.step("bottom")["measure"].tolist() == ["visits"]
    assert found.step("middle")["measure"].tolist() == ["closing"]
    row = found.step("middle").iloc[0]
    assert row["difference_value_lower"] < 0.9 < row["difference_value_upper"]
    assert row["to_value"] - row["from_value"] == pytest.approx(row["difference_value"])
    assert found.table["from_segment"].drop_duplicates().tolist() == ["bottom", "middle"]


def test_chance_differences_are_rarely_said_to_separate():
    called = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        _, place = company(seed)
        noise = pd.DataFrame(rng.normal(0, 1, (100, 4)), index=place.index, columns=list("abcd"))
        called += (growth_path(noise, place).table["verdict"] != ALIKE).any()
    assert called / 60 < 0.2


def test_within_tiers_a_segment_of_newcomers_does_not_pass_for_unskilled():
    rng = np.random.default_rng(3)
    place = pd.Series(np.repeat(["bottom", "middle"], 40), [f"s{i:02d}" for i in range(80)])
    tier = pd.Series(["new"] * 32 + ["core"] * 8 + ["new"] * 8 + ["core"] * 32, place.index)
    table = pd.DataFrame({"level": np.where(tier == "new", 2.0, 3.5) + rng.normal(0, 0.3, 80)}, index=place.index)
    steps = [("bottom", "middle")]
    assert growth_path(table, place, steps=steps).table["verdict"].tolist() == [SEPARATES]
    inside = growth_path(table, place, within=tier, steps=steps).table
    assert inside["verdict"].tolist() == [ALIKE]
    assert abs(inside["difference_value"][0]) < 0.2


def test_intervals_hold_the_truth_as_often_as_they_say():
    inside = []
    for seed in range(150):
        table, place = company(seed)
        row = growth_path(table[["closing"]], place).table.query("from_segment == 'middle'").iloc[0]
        inside.append(row["difference_value_lower"] <= 0.9 <= row["difference_value_upper"])
    assert 0.84 <= np.mean(inside) <= 0.96


def test_few_people_get_words_not_numbers():
    table, place = company()
    table.loc[place == "top", "closing"] = np.nan
    row = growth_path(table, place).table.query("measure == 'closing' and from_segment == 'middle'").iloc[0]
    assert row["verdict"] == INSUFFICIENT
    assert np.isnan(row["difference_value"])
    assert row["n_to"] == 0


def test_wrong_tables_are_named():
    table, place = company()
    with pytest.raises(InputError, match="'closing' holds no numbers"):
        growth_path(table.assign(closing="high"), place)
    with pytest.raises(InputError, match="comes twice"):
        growth_path(pd.concat([table, table.head(1)]), place)
    with pytest.raises(InputError, match="nobody of the measures"):
        growth_path(table, place.set_axis([f"x{i}" for i in range(len(place))]))
    with pytest.raises(InputError, match="minimum == 1"):
        growth_path(table, place, minimum=1)
