"""How inconsistent random answers are on average: what a consistency ratio divides by."""

from typing import Literal

from salesplan.errors import InputError, ParameterError, known_choices

RandomIndex = Literal["saaty", "alonso_lamata"]

ACCEPTED_CR = 0.10
"""Saaty's rule: judgements a tenth as inconsistent as random ones are still used.

Saaty (1994) later gave 0.05 for three KPIs and 0.08 for four; 0.10 is used here for every number.
"""

SAATY = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49)
ALONSO_LAMATA = (
    0.0, 0.0, 0.5245, 0.8815, 1.1086, 1.2479, 1.3417, 1.4056, 1.4499, 1.4854, 1.5141, 1.5365, 1.5551, 1.5713, 1.5838,
)  # fmt: skip
TABLES: dict[RandomIndex, tuple[float, ...]] = {"saaty": SAATY, "alonso_lamata": ALONSO_LAMATA}

SLOPE, INTERCEPT = 2.7699, 4.3513
"""Alonso and Lamata's line through the mean largest eigenvalue of random matrices, ``2.7699 n - 4.3513``."""


def random_index_value(n: int, *, table: RandomIndex = "saaty") -> tuple[float, str]:
    """Mean consistency index of random judgements on n KPIs, and the name of where it comes from.

    Parameters
    ----------
    n
        Number of KPIs compared.
    table
        ``"saaty"`` (Saaty 1980, up to 10 KPIs) or ``"alonso_lamata"`` (Alonso & Lamata 2006, 100,000
        matrices, up to 15 KPIs; beyond that their regression line).

    Raises
    ------
    ParameterError, InputError
        An unknown table, or more KPIs than Saaty's table holds.

    Examples
    --------
    >>> random_index_value(5)
    (1.12, 'Saaty 1980')
    >>> random_index_value(20, table="alonso_lamata")
    (1.634..., 'Alonso & Lamata 2006, regression')
    """
    if table not in TABLES:
        raise ParameterError(f"random_index == {table!r}, must be a known table", fix=known_choices(table, TABLES))
    values = TABLES[table]
    if n <= len(values):
        return values[n - 1], "Saaty 1980" if table == "saaty" else "Alonso & Lamata 2006"
    if table == "saaty":
        raise InputError(
            f"{n} KPIs are compared, must be at most {len(values)} for Saaty's table of random indices",
            fix="Use random_index='alonso_lamata', or compare fewer KPIs at once.",
        )
    return ((SLOPE - 1) * n - INTERCEPT) / (n - 1), "Alonso & Lamata 2006, regression"
