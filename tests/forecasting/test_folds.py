import pytest

from salesplan.errors import InputError
from salesplan.forecasting.folds import backtest_design, rolling_origins


def test_too_many_folds_are_refused():
    with pytest.raises(InputError, match="folds == 6"):
        rolling_origins(60, horizon=12, folds=6, step=12)


def test_the_question_is_repeated_with_its_gap():
    design = backtest_design(96, gap=2, span=12)
    assert design.full
    assert design.origins[-1] == 96 - 14
    assert len(design.origins) == 4
    assert min(design.origins) >= 24


@pytest.mark.parametrize(("months", "span", "origins"), [(35, 6, True), (27, 3, True), (26, 6, True), (15, 3, True),
                                                          (14, 12, False)])
def test_short_histories_look_less_far(months, span, origins):
    design = backtest_design(months, gap=0, span=12)
    assert not design.full
    assert design.span == span
    assert bool(design.origins) == origins
    assert all(12 <= o <= months - design.span for o in design.origins)
