"""Exact money: integer minor units, split so that every parent equals the sum of its children."""

from salesplan.money.bounded import split_bounded
from salesplan.money.divisors import dhondt, sainte_lague
from salesplan.money.remainders import split_exact, split_groups
from salesplan.money.tables import controlled_rounding
from salesplan.money.tree import cascade, drift, sum_up
from salesplan.money.units import UNITS, to_currency, to_fen, to_fen_array

__all__ = [
    "UNITS",
    "cascade",
    "controlled_rounding",
    "dhondt",
    "drift",
    "sainte_lague",
    "split_bounded",
    "split_exact",
    "split_groups",
    "sum_up",
    "to_currency",
    "to_fen",
    "to_fen_array",
]
