from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from salesplan.errors import InputError
from salesplan.targets.levels import HOW, LevelRule, company_levels, level_rules, set_levels
from salesplan.text.wording import say_details
from tests.targets.small_plan import SmallForecast

NORMAL = {"quantile": lambda q: 1000 + 100 * ndtri(q), "probability_at_least": lambda a: float(ndtr((1000 - a) / 100))}


def rules(floor=("share", 0.9), target=("growth", 0.12), stretch=("share", 1.1)):
    return {
        level: LevelRule(by=by, value=value)
        for level, (by, value) in {"floor": floor, "target": target, "stretch": stretch}.items()
    }


def test_growth_shares_and_chances_fit_together():
    table = company_levels(rules(), last_year=1000.0, unit=100, **NORMAL)
    assert table["amount_fen"].tolist() == [100_800, 112_000, 123_200]
    assert table["growth"].tolist() == pytest.approx([0.008, 0.12, 0.232])
    assert table["p_attain"].tolist() == pytest.approx([ndtr(-0.08), ndtr(-1.2), ndtr(-2.32)])


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_a_probability_gives_the_amount_that_has_it(p):
    table = company_levels(
        rules(floor=("probability", 0.9), target=("probability", p), stretch=("probability", 0.05)),
        last_year=0.0,
        **NORMAL,
    )
    assert table.loc["target", "p_attain"] == pytest.approx(p, abs=2e-5)
    assert table["amount"].is_monotonic_increasing
    assert np.isnan(table.loc["target", "growth"])


def test_run_rate_growth_moves_the_year_less_than_growth_of_its_sum():
    months = 1.5 ** (np.arange(1, 13) / 12)
    table = company_levels(rules(target=("run_rate", 0.5)), last_year=1000.0, **NORMAL)
    assert table.loc["target", "growth"] == pytest.approx(months.mean() - 1, abs=1e-5)


@pytest.mark.parametrize("unit", [1, 100, 100_000])
def test_amounts_are_multiples_of_the_unit(unit):
    table = company_levels(rules(target=("amount", 123_456_789.123)), last_year=1e8, unit=unit, **NORMAL)
    assert (table["amount_fen"] % unit == 0).all()
    assert table["amount_fen"].dtype == np.int64


def test_crossing_levels_are_refused_by_name():
    with pytest.raises(InputError, match=r"floor == 1,0\d\d.* lies above target == 1,0") as caught:
        company_levels(rules(floor=("probability", 0.2), target=("growth", 0.01)), last_year=1000.0, **NORMAL)
    assert (caught.value.details["low"], caught.value.details["high"]) == ("floor", "target")
    with pytest.raises(InputError, match=r"target == .* lies above stretch"):
        company_levels(rules(stretch=("amount", 10.0)), last_year=1000.0, **NORMAL)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_way_explains_itself(lang):
    for by, value in (("growth", 0.1), ("run_rate", 0.1), ("amount", 1100.0), ("probability", 0.3)):
        row = company_levels(rules(target=(by, value)), last_year=1000.0, **NORMAL).loc["target"]
        assert row["how"] == HOW[by]
        assert "{" not in say_details(row["how"], row["details"], lang)


def test_parameters_become_rules_and_a_forecast_gives_the_levels():
    parameters = SimpleNamespace(
        target_by="growth", growth=0.1, growth_basis="run_rate", target_amount=None, target_probability=0.5,
        floor_by="probability", floor_value=0.9, stretch_by="share", stretch_value=1.2,
    )  # fmt: skip
    made = level_rules(parameters)
    assert (made["target"].by, made["floor"].by, made["stretch"].value) == ("run_rate", "probability", 1.2)
    forecast = SmallForecast({"a": 1000.0, "b": 2000.0, "c": 1500.0, "d": 500.0})
    table = set_levels(forecast, parameters, unit=100)
    assert table.loc["floor", "p_attain"] == pytest.approx(0.9, abs=1e-3)
    assert table.loc["target", "amount"] == pytest.approx(
        5000 / 1.05 * (1.1 ** (np.arange(1, 13) / 12)).mean(), abs=0.51
    )


def test_amount_and_probability_are_read_from_parameters_too():
    known = {"growth": 0.1, "growth_basis": "year_sum", "target_amount": 500.0, "target_probability": 0.4}
    shares = {"floor_by": "share", "floor_value": 0.9, "stretch_by": "share", "stretch_value": 1.1}
    made = {
        by: level_rules(SimpleNamespace(target_by=by, **known, **shares))["target"] for by in ("amount", "probability")
    }
    assert made["amount"] == LevelRule(by="amount", value=500.0)
    assert made["probability"] == LevelRule(by="probability", value=0.4)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: LevelRule(by="growht", value=0.1), "growht"),
        (lambda: LevelRule(by="probability", value=60), "probability == 60"),
        (lambda: LevelRule(by="growth", value=-1.5), "growth == -1.5"),
        (lambda: LevelRule(by="amount", value=0), "amount == 0"),
        (lambda: company_levels({}, last_year=1.0, **NORMAL), "no floor"),
        (lambda: company_levels(rules(target=("share", 1.0)), last_year=1.0, **NORMAL), "target is set by share"),
        (lambda: company_levels(rules(), last_year=0.0, **NORMAL), "last_year == 0"),
        (lambda: company_levels(rules(target=("amount", 0.001)), last_year=1.0, **NORMAL), "must be positive"),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(InputError, match=words):
        call()
