"""Price, volume and mix add up, new and lost products stand apart, and units that do not add up give no mix."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from salesplan.errors import InputError
from salesplan.review.price_volume_mix import price_volume_mix

COLUMNS = ["quantity_then", "price_then", "quantity_now", "price_now"]
PARTS = ["volume", "mix", "price", "new", "lost"]


def products(rows: dict[str, tuple[float, float, float, float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, index=COLUMNS).T


@settings(max_examples=20, deadline=None)
@given(cells=hnp.arrays(float, (5, 4), elements=st.sampled_from([0.0, 0.37, 1, 2.5, 1999, 1e6])),
       method=st.sampled_from(["shapley", "standard"]), adds=st.booleans(), seed=st.integers(0, 99))
def test_fen_add_up_for_every_product_in_any_order(cells, method, adds, seed):
    frame = pd.DataFrame(cells, columns=COLUMNS, index=list("abcde"))
    frame[["price_then", "price_now"]] += 0.01
    found = price_volume_mix(frame, units_add_up=adds, method=method)
    fen = found.to_fen()
    change = np.rint(100 * found.by_product["revenue_now"]) - np.rint(100 * found.by_product["revenue_then"])
    assert (fen.sum(axis=1) == change).all()
    mixed = frame.sample(frac=1, random_state=seed)
    again = price_volume_mix(mixed, units_add_up=adds, method=method).summary()
    np.testing.assert_allclose(again["amount"], found.summary()["amount"], rtol=1e-9,
                               atol=1e-12 * found.by_product[["revenue_then", "revenue_now"]].to_numpy().sum())


def test_pieces_and_kilograms_are_weighted_by_price():
    frame = products({"machine": (1, 1000, 2, 1000), "screws kg": (1000, 1, 500, 1)})
    apart = price_volume_mix(frame, units_add_up=False).summary().set_index("part")["amount"]
    assert apart["volume"] == pytest.approx(500) and apart["mix"] == 0
    assert price_volume_mix(frame).summary().set_index("part")["amount"]["volume"] < 0


def test_all_products_new_or_lost_leave_no_volume():
    found = price_volume_mix(products({"a": (0, np.nan, 3, 10), "b": (2, 5, 0, np.nan), "c": (0, 1, 0, 1)}))
    assert found.summary()["amount"].tolist() == [0, 0, 0, 30, -10]
    assert found.by_product["status"].tolist() == ["new", "lost", "none"]


@pytest.mark.parametrize(("row", "said"), [((-1, 1, 1, 1), "quantity_then == -1"), ((1, np.nan, 1, 1), "price_then == nan"),
                                           ((np.nan, 1, 1, 1), "quantity_then == nan"), ((1, 1, 1, np.nan), "price_now == nan")])
def test_what_has_no_price_or_goes_backwards_is_refused_by_name(row, said):
    with pytest.raises(InputError, match=f"{said}.*product screws"):
        price_volume_mix(products({"screws": row}))
    with pytest.raises(InputError, match="price_now"):
        price_volume_mix(products({"screws": (1, 1, 1, 1)}).drop(columns="price_now"))
