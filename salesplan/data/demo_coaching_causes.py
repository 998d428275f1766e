"""Who of the demo company's sellers sells little, and why: chosen so that what their data show agrees with the cause."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesplan.data.demo_conduct import Process
from salesplan.data.demo_contacts import TYPES
from salesplan.data.demo_people import RAMP, TWINS, Staff
from salesplan.data.demo_sales import Sales

PER_CAUSE = 3
RESULT_MONTHS = 6
"""Last months whose sales and contacts count; the last twelve must not say otherwise."""
LOW_RESULT, LITTLE = 0.90, 0.78
"""Sales over the median of settled sellers: low, and so low that it is beyond doubt."""
POOR_TERRITORY, FAIR_TERRITORY, BARE_TERRITORY = 0.70, 0.78, 0.65
"""Market potential over that median: poor, fair, and one that would feed somebody who made an effort."""
LOW_EFFORT, FAIR_EFFORT = -0.75, -0.5
"""Mean standardised contacts: few, and as many as others make."""
EFFORT_KINDS = TYPES[:3]


@dataclass(frozen=True, kw_only=True, eq=False)
class Causes:
    """Rows of people by cause, and of those nothing is wrong with.

    ``seen`` holds what the choice was made by, one row a person selling at the end (index: row of ``staff.people``):
    ``months`` at work of the last ``RESULT_MONTHS``, ``result`` and ``year`` (sales a month in them, and in the last
    twelve, over the median of settled sellers), ``attained`` (sales over what was to be expected of person and
    territory), ``effort`` (mean standardised visits, proposals and demos a month), ``territory`` (potential over the
    median), ``tenure`` in months.
    """

    people: dict[str, np.ndarray]
    healthy: np.ndarray
    seen: pd.DataFrame

    @property
    def everybody(self) -> np.ndarray:
        """All with a cause."""
        return np.unique(np.concatenate(list(self.people.values())))


def choose_causes(staff: Staff, sales: Sales, process: Process, span: pd.PeriodIndex) -> Causes:
    """Find sellers whose sales, contacts, territories and tenure fit a cause; their skills are made to fit later.

    Effort: few sales and few contacts in a territory that is not hopeless. Territory: few sales from little potential, with contacts
    as many as others' and a productivity that is not at fault. Skill: few sales, although contacts and territory are
    fair. Ramp: hired in the last months. Nobody with a planted habit, nobody called 张伟.
    """
    seen = what_is_seen(staff, sales, process, span)
    apart = np.concatenate([process.gaming.everybody, staff.occupant[list(TWINS), -1]])
    own = seen[~seen.index.isin(apart)]
    settled = own[_are_settled(own)]
    low = settled[(settled["result"] < LOW_RESULT) & (settled["year"] < 1)]
    able = staff.people["productivity"].to_numpy()[low.index.to_numpy(int)] > 0.95
    territory = low[(low["territory"] < POOR_TERRITORY) & (low["effort"] > FAIR_EFFORT) & able]
    poor = low[low["result"] < LITTLE]
    skill = poor[(poor["territory"] >= FAIR_TERRITORY) & (poor["effort"] > FAIR_EFFORT)]
    effort = poor[(poor["effort"] < LOW_EFFORT) & (poor["territory"] >= BARE_TERRITORY)]
    new = own[(own["tenure"] < len(RAMP)) & (own["effort"] > LOW_EFFORT) & (own["result"] < LITTLE)]
    order = {"effort": effort["effort"] + effort["result"], "skill": skill["result"], "territory": territory["result"],
             "ramp": new["result"]}
    people = {cause: np.sort(by.sort_values(kind="stable").index.to_numpy(int)[:PER_CAUSE]) for cause, by in order.items()}
    chosen = np.concatenate(list(people.values()))
    well = settled[(settled[["result", "year"]] > 1.05).all(axis=1) & (settled["effort"] > FAIR_EFFORT)]
    return Causes(people=people, healthy=np.sort(np.setdiff1d(well.index.to_numpy(int), chosen)), seen=seen)


def what_is_seen(staff: Staff, sales: Sales, process: Process, span: pd.PeriodIndex) -> pd.DataFrame:
    """The measures of ``Causes.seen``, for everybody who sells at the end."""
    last = staff.occupant[:, -1]
    seats = np.flatnonzero(last >= 0)
    people = last[seats]
    hired = pd.PeriodIndex(staff.people["hire_date"].iloc[people], freq="M")
    frame = pd.DataFrame({"tenure": [(span[-1] - start).n for start in hired]}, index=people)
    for column, count in (("year", 12), ("result", RESULT_MONTHS)):
        at_work = np.where(staff.strength[:, -count:] > 0, staff.occupant[:, -count:], -1)
        frame["months"] = [int((at_work == person).sum()) for person in people]
        orders = sales.orders[sales.orders["kind"].isin(["sale", "return"]) & ~sales.orders["is_house"]]
        orders = orders[orders["order_date"] >= span[-count].start_time]
        sold = orders.groupby("person")["amount_fen"].sum().reindex(people, fill_value=0) / 100
        frame[column] = sold / np.maximum(frame["months"], 1)
    expected = sales.expected[seats, -RESULT_MONTHS:].sum(axis=2)
    hoped = np.where(at_work[seats] == people[:, None], expected, 0.0).sum(axis=1)
    frame["attained"] = sold / np.maximum(hoped, 1)
    contacts = process.contacts[process.contacts["completed"] & process.contacts["type"].isin(EFFORT_KINDS)]
    contacts = contacts[contacts["date"] >= span[-RESULT_MONTHS].start_time]
    made = pd.crosstab(contacts["person"], contacts["type"]).reindex(people, fill_value=0)
    rate = made.div(np.maximum(frame["months"], 1), axis=0)
    settled = _are_settled(frame)
    frame["effort"] = ((rate - rate[settled].mean()) / rate[settled].std()).mean(axis=1)
    frame["territory"] = sales.customers.groupby("seat")["potential"].sum()[seats].to_numpy()
    for column in ("result", "year", "territory"):
        frame[column] /= frame.loc[settled, column].median()
    return frame


def _are_settled(seen: pd.DataFrame) -> pd.Series:
    """Past their ramp, and at work in all months that count."""
    return (seen["tenure"] >= len(RAMP) + RESULT_MONTHS // 2) & (seen["months"] == RESULT_MONTHS)
