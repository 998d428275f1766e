"""The adjustment of one unit, put together from its plan, its sales and the company's signals."""

from typing import Any

import numpy as np
import pandas as pd

from salesplan.review.adjustment import Adjustment, OutsideReason, propose_adjustment
from salesplan.review.company_review import CompanyReview
from salesplan.review.parameters import ReviewParameters


def unit_adjustment(data: Any, company: CompanyReview, parameters: ReviewParameters) -> Adjustment | None:
    """Propose new targets for the months left of a unit, or say why not.

    The newest targets of everybody who belonged to the unit are the plan, of those who left since included: theirs stand
    with the unit's former staff. Ended months are those the data hold complete.

    Parameters
    ----------
    data
        Review data cut to the unit.
    company
        The whole company's month: signals and outlook.
    parameters
        Cap and outside reason.

    Returns
    -------
    The proposal or refusal; None where nobody in the unit has a target for the year.
    """
    wanted = data.targets["scope_type"].eq("rep") & data.targets["month"].isin(data.year_months)
    rows = data.targets[wanted & data.targets["restated"].notna()]
    ended = data.month if data.is_complete else data.month - 1
    if rows.empty or ended < data.year_months[0]:
        return None
    lines_of = pd.DataFrame({"seller_id": rows["scope_id"].replace(data.former_leaves).to_numpy(), "month": pd.PeriodIndex(rows["month"]),
                             "target_fen": (rows["restated"] * 100).round().astype("int64").to_numpy()})
    plan = lines_of.groupby(["seller_id", "month"])["target_fen"].sum().reset_index()
    lines = data.lines[data.lines["month"].isin(data.year_months) & data.lines["month"].le(ended)]
    months = data.year_months[data.year_months <= ended]
    actual = lines.groupby("month")["amount_fen"].sum().reindex(months, fill_value=0).astype("int64")
    triggers = company.triggers
    own = triggers[triggers["unit_id"].eq(data.top)]
    outside = None
    if parameters.external_trigger:
        outside = OutsideReason(reason=parameters.external_trigger, change=parameters.trigger_change)
    mean, sd, counted = company.year_end.rest_of(data.top)
    rest = (mean, sd) if np.isfinite([mean, sd]).all() else None
    done = float(company.year_end.row(data.top)["actual"])
    return propose_adjustment(plan, actual, own.iloc[0] if len(own) else None, unit_id=str(data.top), month=ended, outside=outside,
                              cap=parameters.adjust_cap, rest=rest, booked=done - float(actual.sum()) / 100,
                              uncounted=done - counted if rest else 0.0)
