"""Product lines few enough to plan by."""

from collections.abc import Sequence

import pandas as pd

from salesplan.errors import InputError, known_choices
from salesplan.text import mark

MOST_LINES = 12
OTHER_LINE = mark("Other")
ALL_IN_ONE = mark("all")


def fold_product_lines(sales: pd.DataFrame, *, most: int = MOST_LINES) -> tuple[pd.DataFrame, list[str]]:
    """Keep the largest product lines and put the rest into ``Other``.

    With more than ``most`` lines the ``most - 1`` with the largest amounts stay. The total is unchanged.
    Signs that node names are made of (``*`` and ``|``) are replaced in line names.

    Parameters
    ----------
    sales
        Rows with ``product_line`` and ``amount``.
    most
        Number of lines to end with, at least 2.

    Returns
    -------
    The frame with its lines renamed, and the lines in order of amount, ``Other`` last.

    Examples
    --------
    >>> sales = pd.DataFrame({"product_line": ["a", "b", "c"], "amount": [5.0, 9.0, 1.0]})
    >>> folded, lines = fold_product_lines(sales, most=2)
    >>> lines, folded["product_line"].tolist()
    (['b', 'Other'], ['Other', 'b', 'Other'])
    """
    if most < 2:
        raise InputError(f"most == {most}, must be at least 2", where="product lines")
    named = sales["product_line"].str.replace("|", "/").replace("*", OTHER_LINE)
    size = sales.groupby(named)["amount"].sum().reset_index()
    order = size.sort_values(["amount", "product_line"], ascending=[False, True])["product_line"].tolist()
    if len(order) > most:
        kept = [line for line in order if line != OTHER_LINE][: most - 1]
        named = named.where(named.isin(kept), OTHER_LINE)
        order = [*kept, OTHER_LINE]
    elif OTHER_LINE in order:
        order = [*(line for line in order if line != OTHER_LINE), OTHER_LINE]
    return sales.assign(product_line=named), order


def check_product_lines(wanted: Sequence[str], known: Sequence[str]) -> list[str]:
    """The wanted lines in the company's order; an unknown one raises InputError with the nearest match."""
    for line in wanted:
        if line not in known:
            raise InputError(f"product line == {line!r}, must be one the orders have", fix=known_choices(line, known))
    return [line for line in known if line in set(wanted)]
