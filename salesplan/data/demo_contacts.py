"""Visits, proposals, demos, calls and follow-ups of the demo company's sellers, and those who game the count."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesplan.calendars.working_days import working_days
from salesplan.data.demo_people import PROVINCES, TWINS, Staff
from salesplan.data.demo_process import COUNT_NOISE, PROCESS_KPIS, Traits
from salesplan.data.demo_sales import HEADS, INDUSTRIES, LEGAL_FORMS, TAILS, Sales

TYPES = ("visit", "proposal", "demo", "call", "email", "im")
CUSTOMER_CALLS, COLD_CALLS = 6.0, 6.0
"""Calls a month to customers and to nobody on the list."""
FOLLOW_UP_DAYS = 3
NOT_DONE = 0.03
"""Visits that were planned and did not take place, as a share of those that did."""
MISDIALLED = 0.02
"""Share of cold calls of a second or two made by anybody."""
PROSPECT_SHARE = 0.2
"""Share of visits that are the first to somebody who never bought; such prospects come on top of the customers."""
BUNCHING_TEAM, BUNCHING_AT, BUNCHING_FROM = 7, 10, 8
"""The team that fills a month's visits up to ten when there are eight or nine."""
SPIKE_VISITS = 8
ONE_SECOND_CALLS = (20, 31)
_WINDOW = 4
_COLUMNS = ("day", "kind", "person", "customer", "seat", "planted")
_PLANTED = ("", "not_done", "one_second", "last_day")
_PLAIN, _NOT_DONE, _ONE_SECOND, _LAST_DAY = range(4)
_OUTCOMES = ["有意向", "需报价", "约下次", "暂无需求", "已发资料", ""]


@dataclass(frozen=True, kw_only=True, eq=False)
class Gaming:
    """Rows of people with planted habits: calls of a second, visits on the month's last day, visits up to ten."""

    one_second_calls: np.ndarray
    last_day_spike: np.ndarray
    bunching: np.ndarray

    @property
    def everybody(self) -> np.ndarray:
        """All of them."""
        return np.unique(np.concatenate([self.one_second_calls, self.last_day_spike, self.bunching]))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Calendar:
    """The days of the process data: month of each, whether worked, working days a month over their mean."""

    first: pd.Timestamp
    month: np.ndarray
    worked: np.ndarray
    load: np.ndarray


def choose_gaming(staff: Staff, full_time: np.ndarray, *, rng: np.random.Generator) -> Gaming:
    """Two people with calls of a second, two with visits on the last day, one team that fills up to ten."""
    seats = np.flatnonzero(staff.seat_team == BUNCHING_TEAM)
    bunching = np.intersect1d(staff.occupant[seats, -1], full_time)
    twins = staff.occupant[list(TWINS), -1]
    chosen = rng.choice(np.setdiff1d(full_time, np.concatenate([bunching, twins])), size=4, replace=False)
    return Gaming(one_second_calls=np.sort(chosen[:2]), last_day_spike=np.sort(chosen[2:]), bunching=bunching)


def make_contacts(
    staff: Staff, sales: Sales, traits: Traits, gaming: Gaming, months: pd.PeriodIndex, *, rng: np.random.Generator
) -> pd.DataFrame:
    """Draw the contacts of some of the last months.

    Each customer has weeks of their own, with at most one visit, proposal, demo or call in the first four days of
    it, so that only a follow-up comes within three days of it (the planted habits apart).

    Returns
    -------
    One row a contact: ``date, type, person, customer`` (row of the customers, after which the prospects are numbered
    on; -1 for nobody on the list), ``seconds`` (-1 for none), ``completed``, ``outcome``, ``planted`` (not_done,
    one_second, last_day or empty), ``seat``.
    """
    days = working_days(months[0].start_time, months[-1].end_time.normalize())
    per_month = days.groupby(days["date"].dt.to_period("M"))["is_workday"].sum().to_numpy(float)
    calendar = _Calendar(first=months[0].start_time.normalize(), worked=days["is_workday"].to_numpy(bool),
                         month=pd.factorize(days["date"].dt.to_period("M"))[0], load=per_month / per_month.mean())
    parts = []
    before = staff.occupant.shape[1] - len(months)
    known = len(sales.customers)
    tier = sales.customers["tier"].map({"A": 2.0, "B": 1.4, "C": 1.0}).to_numpy()
    for seat in range(len(staff.seat_team)):
        own = np.flatnonzero(sales.customers["seat"].to_numpy() == seat)
        customer, day, key = _slots(own, tier, calendar, rng)
        for month in range(len(months)):
            person = staff.occupant[seat, before + month]
            if person < 0 or staff.strength[seat, before + month] == 0:
                continue
            here = np.flatnonzero(calendar.month[day] == month)
            here = here[np.argsort(key[here])]
            counts = _counts(traits.level[person], calendar.load[month], person in gaming.bunching, rng)
            off = 0 if person in gaming.everybody else int(rng.binomial(counts[0], NOT_DONE))
            kind = np.repeat([0, 1, 2, 3, 0], [*counts, off])[:len(here)]
            use = here[:len(kind)]
            done = np.arange(len(kind)) < counts.sum()
            new = (kind == 0) & done & (rng.random(len(kind)) < PROSPECT_SHARE)
            whom = np.where(new, known + np.cumsum(new) - 1, customer[use])
            known += int(new.sum())
            parts.append(_rows(day[use], kind, person, whom, seat, np.where(done, _PLAIN, _NOT_DONE)))
            cold = _whole(COLD_CALLS * calendar.load[month], rng)
            open_days = np.flatnonzero((calendar.month == month) & calendar.worked)
            parts.append(_rows(rng.choice(open_days, cold), 3, person, -1, seat, _PLAIN))
            if person in gaming.one_second_calls:
                count = int(rng.integers(*ONE_SECOND_CALLS))
                parts.append(_rows(rng.choice(open_days, count), 3, person, rng.choice(own, count), seat, _ONE_SECOND))
            if person in gaming.last_day_spike:
                whom = rng.permutation(own)[:SPIKE_VISITS]
                parts.append(_rows(np.full(len(whom), open_days[-1]), 0, person, whom, seat, _LAST_DAY))
    main = pd.DataFrame(np.concatenate(parts, axis=1).T, columns=list(_COLUMNS))
    return _finished(pd.concat([main, _follow_ups(main, traits, calendar, rng)], ignore_index=True), calendar, rng)


def _slots(
    own: np.ndarray, tier: np.ndarray, calendar: _Calendar, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One day in each week of each customer, and the order in which a month's are used (important ones sooner)."""
    weeks = len(calendar.month) // 7 + 1
    start = (7 * np.arange(weeks) + rng.integers(0, 7, len(own))[:, None]).ravel()
    customer = np.repeat(own, weeks)
    inside = start + _WINDOW <= len(calendar.month)
    start, customer = start[inside], customer[inside]
    choices = start[:, None] + np.arange(_WINDOW)
    free = calendar.worked[choices] & (calendar.month[choices] == calendar.month[start][:, None])
    pick = (rng.random(choices.shape) * free).argmax(axis=1)
    some = free.any(axis=1)
    day = choices[np.arange(len(start)), pick][some]
    customer = customer[some]
    return customer, day, rng.exponential(size=len(day)) / tier[customer]


def _whole(mean: "float | np.ndarray", rng: np.random.Generator) -> np.ndarray:
    """Whole numbers about a mean, less scattered than Poisson."""
    mean = np.asarray(mean, float)
    return np.maximum(0, np.round(rng.normal(mean, np.sqrt(COUNT_NOISE * mean)))).astype(int)


def _counts(level: np.ndarray, load: float, bunching: bool, rng: np.random.Generator) -> np.ndarray:
    """Visits, proposals, demos and calls to customers of one month."""
    counts = _whole(np.append(level[:3], CUSTOMER_CALLS) * load, rng)
    if bunching and BUNCHING_FROM <= counts[0] < BUNCHING_AT:
        counts[0] = BUNCHING_AT
    return counts


def _rows(day: np.ndarray, *others: "int | np.ndarray") -> np.ndarray:
    """Contacts as columns of whole numbers, in the order of ``_COLUMNS``."""
    return np.stack([np.broadcast_to(part, day.shape) for part in (day, *others)])


def _follow_ups(main: pd.DataFrame, traits: Traits, calendar: _Calendar, rng: np.random.Generator) -> pd.DataFrame:
    """A call or message within three days of a visit, proposal or demo, as often as the seller tends to."""
    share = traits.level[main["person"], PROCESS_KPIS.index("follow_up_rate")]
    chosen = main[(main["kind"] < 3) & (main["planted"] == _PLAIN) & (rng.random(len(main)) < share)]
    choices = chosen["day"].to_numpy()[:, None] + np.arange(1, FOLLOW_UP_DAYS + 1)
    worked = np.append(calendar.worked, np.zeros(FOLLOW_UP_DAYS, bool))[choices]
    lag = (rng.random(choices.shape) * worked).argmax(axis=1)
    day = choices[np.arange(len(choices)), lag]
    kind = np.where(worked.any(axis=1), rng.choice([3, 4, 5], len(day), p=[0.6, 0.15, 0.25]), 5)
    found = pd.DataFrame({"day": day, "kind": kind, "person": chosen["person"].to_numpy(),
                          "customer": chosen["customer"].to_numpy(), "seat": chosen["seat"].to_numpy(), "planted": _PLAIN})
    return found[day < len(calendar.month)]


def _finished(frame: pd.DataFrame, calendar: _Calendar, rng: np.random.Generator) -> pd.DataFrame:
    kind, planted = frame["kind"].to_numpy(), frame["planted"].to_numpy()
    minutes = np.array([50.0, np.nan, 70.0, 3.2, np.nan, np.nan])[kind]
    seconds = np.round(60 * minutes * np.exp(rng.normal(0, 0.5, len(frame))))
    misdialled = (kind == 3) & (frame["customer"] < 0) & (rng.random(len(frame)) < MISDIALLED)
    seconds = np.where(misdialled | (planted == _ONE_SECOND), rng.integers(1, 3, len(frame)), seconds)
    seconds = np.where(planted == _LAST_DAY, np.round(rng.uniform(240, 420, len(frame))), seconds)
    seconds = np.where(planted == _NOT_DONE, np.nan, seconds)
    outcome = rng.choice(_OUTCOMES, len(frame), p=[0.22, 0.14, 0.22, 0.14, 0.12, 0.16])
    out = pd.DataFrame({
        "date": calendar.first + pd.to_timedelta(frame["day"].to_numpy(), unit="D"),
        "type": np.array(TYPES, object)[kind], "person": frame["person"].to_numpy(),
        "customer": frame["customer"].to_numpy(), "seconds": np.nan_to_num(seconds, nan=-1).astype(int),
        "completed": planted != _NOT_DONE, "outcome": np.where(planted == _NOT_DONE, "客户取消", outcome),
        "planted": np.array(_PLANTED, object)[planted], "seat": frame["seat"].to_numpy(),
    })
    out["date"] = out["date"].astype("datetime64[s]")
    return out.sort_values(["date", "person", "customer", "type", "completed"], kind="stable", ignore_index=True)


def make_prospects(contacts: pd.DataFrame, sales: Sales, *, rng: np.random.Generator) -> pd.DataFrame:
    """Who was visited without being a customer: ``customer_id, name, industry, province, city, channel, segment``.

    In the order in which ``contacts`` numbers them after the customers.
    """
    known = len(sales.customers)
    seat = contacts[contacts["customer"] >= known].drop_duplicates("customer").set_index("customer")["seat"].sort_index()
    city = sales.customers.drop_duplicates("seat").set_index("seat")["city"][seat].to_numpy(object)
    stems = [a + b + c for a in HEADS for b in HEADS for c in TAILS if a != b]
    stem = rng.permutation(len(stems))[:len(seat)]
    kind = rng.integers(0, len(LEGAL_FORMS), len(seat))
    return pd.DataFrame({
        "customer_id": [f"Q{n:05d}" for n in range(1, len(seat) + 1)],
        "name": [f"{c}{stems[s]}{LEGAL_FORMS[k]}" for c, s, k in zip(city, stem, kind, strict=True)],
        "industry": rng.choice(INDUSTRIES, len(seat)), "province": [PROVINCES[c] for c in city], "city": city,
        "channel": rng.choice(["直销", "经销"], len(seat), p=[0.7, 0.3]),
        "segment": rng.choice(["制造业", "科研院所", "医疗机构", "政府检测"], len(seat), p=[0.5, 0.2, 0.2, 0.1])})
