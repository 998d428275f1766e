import numpy as np
import pandas as pd
import pytest

from salesplan.calendars.spring_festival import centred_shares
from salesplan.errors import InputError
from salesplan.forecasting.calendar_effect import calendar_effect

MONTHS = pd.period_range("2023-01", "2027-12", freq="M")


def sales(effect: np.ndarray, n: int = 46, noise: float = 0.01) -> np.ndarray:
    rng = np.random.default_rng(1)
    season = 1 + 0.2 * np.sin(MONTHS.month.to_numpy() * np.pi / 6)
    return (1000 * season * effect * np.exp(noise * rng.standard_normal(len(MONTHS))))[:n]


def test_a_known_festival_effect_is_recovered_in_january_and_february():
    shares = centred_shares(MONTHS)
    truth = np.exp(shares.to_numpy() @ np.array([0.15, -0.35, -0.1]))
    found = calendar_effect(sales(truth), MONTHS, spring_festival=shares)
    early = MONTHS.month <= 2
    before = np.abs(np.log(truth[early])).mean()
    after = np.abs(np.log(found.festival[early] / truth[early])).mean()
    assert after < 0.6 * before


def test_no_festival_effect_is_invented_from_noise():
    found = calendar_effect(sales(np.ones(60), noise=0.08), MONTHS, spring_festival=centred_shares(MONTHS))
    assert np.abs(found.festival - 1).max() < 0.2


def test_short_histories_have_no_festival_estimate():
    found = calendar_effect(np.ones(20), MONTHS, spring_festival=centred_shares(MONTHS))
    assert (found.festival == 1).all()


def test_missing_months_are_named():
    with pytest.raises(InputError, match="2023-04"):
        calendar_effect(np.ones(12), MONTHS, working_days=pd.Series(21, index=MONTHS[:3]))
    with pytest.raises(InputError, match="spring_festival"):
        calendar_effect(np.ones(12), MONTHS, spring_festival=centred_shares(MONTHS[:3]))
