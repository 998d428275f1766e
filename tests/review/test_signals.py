"""Warnings come as rarely as stated where nothing happens, and come where something does."""

import numpy as np
import pandas as pd
import pytest

from salesplan.errors import InputError
from salesplan.review.seasonal_residuals import SeasonalResiduals, seasonal_residuals
from salesplan.review.signals import signals
from tests.review.warned_company import draw_history, tree

UNITS = tree()
RATE = 0.1


@pytest.fixture(scope="module")
def quiet() -> list[SeasonalResiduals]:
    """Years in which nothing happens: 18 units, 108 people, histories of 14 to 36 months, 春节 in January and in February."""
    found = []
    for k, length in enumerate([14, 20, 26, 36, 36, 36]):
        rng = np.random.default_rng(4000 + k)
        months = pd.period_range(pd.Period("2020-01", "M") + 5 * k, periods=length, freq="M")
        found.append(seasonal_residuals(draw_history(UNITS, months, rng), UNITS))
    return found


@pytest.fixture(scope="module")
def alarms(quiet) -> pd.DataFrame:
    rows = []
    for run, residuals in enumerate(quiet):
        for month in residuals.months[-min(12, len(residuals.months) - 7):]:
            table = signals(None, UNITS, month=month, residuals=residuals, false_alarms=RATE).table
            rows.append((run, month, bool(table["is_signal"].any())))
    return pd.DataFrame(rows, columns=["run", "month", "any"])


def test_quiet_months_bring_false_warnings_no_more_often_than_stated(alarms):
    """Two standard errors of the share above the stated rate are allowed."""
    assert alarms["any"].mean() <= RATE + 2 * np.sqrt(RATE * (1 - RATE) / len(alarms))


def test_january_and_february_are_not_taken_for_events(alarms):
    festival = alarms[[m.month <= 2 for m in alarms["month"]]]
    assert len(festival) >= 12
    assert festival["any"].mean() <= RATE + 2 * np.sqrt(RATE * (1 - RATE) / len(festival))


def test_residuals_are_as_wide_as_they_claim(quiet):
    z = np.concatenate([r.z[:, (r.units["level"] == "rep").to_numpy()].ravel() for r in quiet])
    z = z[np.isfinite(z)]
    assert z.std() == pytest.approx(1.0, abs=0.07)
    assert abs(z.mean()) < 0.1
    assert (np.abs(z) > 3).mean() < 0.005


def test_one_unit_that_halves_is_named_and_the_rank_is_first():
    months = pd.period_range("2022-11", periods=36, freq="M")
    history = draw_history(UNITS, months, np.random.default_rng(77), shock=-0.5, shocked="t03", shock_months=2)
    found = signals(history, UNITS)
    assert found.summary()["unit_id"].iloc[0] == "t03"
    assert (found.of("t03")["direction"] == "below").all()
    strongest = found.summary().iloc[0]
    assert abs(strongest["value"]) >= strongest["limit"]
    assert (found.table["is_signal"] == (found.table["q_value"] <= found.false_alarms)).all()


def test_the_judged_month_takes_no_part_in_its_own_expectation():
    months = pd.period_range("2022-11", periods=36, freq="M")
    history = draw_history(UNITS, months, np.random.default_rng(78))
    changed = history.copy()
    changed.iloc[-1] *= 5
    plain, moved = seasonal_residuals(history, UNITS), seasonal_residuals(changed, UNITS)
    np.testing.assert_allclose(plain.expected[-1], moved.expected[-1])
    np.testing.assert_allclose(plain.noise[-1], moved.noise[-1])


def test_former_people_and_newcomers_are_not_judged():
    months = pd.period_range("2023-11", periods=24, freq="M")
    units = pd.DataFrame({"unit_id": ["co", "a", "b", "co/former"], "parent_id": [None, "co", "co", "co"],
                          "level": ["company", "rep", "rep", "rep"], "name": list("CABF")})
    rng = np.random.default_rng(1)
    history = pd.DataFrame(rng.normal(100, 10, (24, 3)), index=months, columns=["a", "b", "co/former"])
    history.loc[months[-1], "co/former"] = 0.0
    history.loc[months[:-4], "b"] = 0.0
    found = signals(history, units)
    assert set(found.table["unit_id"]) == {"co", "a"}
    assert found.n_unjudged == 1


@pytest.mark.parametrize(("change", "said"), [({"false_alarms": 0.9}, "false_alarms"), ({"month": "2001-01"}, "history")])
def test_questions_that_have_no_answer_are_refused(change, said):
    months = pd.period_range("2024-01", periods=14, freq="M")
    history = pd.DataFrame({"s000": np.arange(14.0)}, index=months)
    with pytest.raises(InputError, match=said):
        signals(history, UNITS, **change)


def test_a_gap_in_the_history_is_refused():
    months = pd.PeriodIndex(["2024-01", "2024-03"], freq="M")
    with pytest.raises(InputError, match="gap"):
        seasonal_residuals(pd.DataFrame({"s000": [1.0, 2.0]}, index=months), UNITS)
