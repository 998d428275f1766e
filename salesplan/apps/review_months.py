"""Which months a workspace has orders of."""

from pathlib import Path

from salesplan.data.complete_months import stray_months
from salesplan.data.dataset import with_order_currency
from salesplan.data.reducers import reduce
from salesplan.data.review_facts import keep_lines, read_month_ends
from salesplan.data.workspace import Workspace


def months_with_orders(workspace: str | Path, *, after: str = "") -> tuple[str, ...]:
    """Months with orders that count, such as ``2026-11``, oldest first; stray months far from all others are left out.

    Parameters
    ----------
    workspace
        Folder of imported data.
    after
        Only months later than this one.
    """
    space = Workspace(workspace).require()
    with space.connect() as connection:
        settings = with_order_currency(space.settings, reduce("order_currencies", connection))
        keep_lines(connection, as_of=None, currency=settings.currency)
        ends = read_month_ends(connection)
    if ends.empty:
        return ()
    known = ends.loc[~ends["month"].isin(stray_months(ends)), "month"]
    return tuple(sorted(str(month) for month in known if str(month) > after))
