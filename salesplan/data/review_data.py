"""Everything the monthly review is made from, read once; a unit's part is cut out of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd

from salesplan.calendars.fiscal import FiscalCalendar
from salesplan.calendars.period import NamedPeriod, read_period
from salesplan.calendars.working_days import working_days
from salesplan.data.complete_months import check_last_month, stray_months
from salesplan.data.dataset import notes_without_unit, owned_potential, read_day, uncounted_notes, with_order_currency
from salesplan.data.organisation import home_units, units_at
from salesplan.data.reducers import reduce
from salesplan.data.restate import former_leaf
from salesplan.data.review_access import TreePlaces, first_of_lines, places_in_tree, review_of_unit, scope_review
from salesplan.data.review_facts import (
    DAILY_MONTHS,
    HISTORY_MONTHS,
    booked_in_force,
    keep_leaves,
    keep_lines,
    months_of,
    read_booked,
    read_daily,
    read_first_purchases,
    read_lines,
    read_month_ends,
    read_recent,
    restated_months,
    settle_lines,
)
from salesplan.data.review_notes import review_notes
from salesplan.data.review_people import (
    moved_units,
    review_leaves,
    review_seats,
    review_sellers,
    review_staff,
    review_units,
)
from salesplan.data.review_plans import read_plans, targets_with_plans
from salesplan.data.review_process import keep_deals, peer_medians, read_deals, read_process, read_told
from salesplan.data.review_targets import read_target_table, sets_of_month
from salesplan.data.settings import WorkspaceSettings
from salesplan.data.workspace import Workspace
from salesplan.errors import DataError, InputError, MissingWorkspaceError, Sentence
from salesplan.hierarchy import Hierarchy

_FRAMES = ("units", "sellers", "lines", "daily", "history", "booked", "targets", "seats", "process", "deals", "peers", "staff",
           "first_purchases")
_TABLES = ("customer", "org_unit", "rep", "rep_assignment", "rep_leave")


@dataclass(frozen=True, kw_only=True, eq=False)
class ReviewData:
    """Facts of a month for its review, under the organisation of the review's day.

    Attributes
    ----------
    month, label, period_start, period_end
        The month reviewed.
    as_of
        Last day with facts counted: ``period_end``, or the last day with orders where the month is under way.
    is_complete
        Whether the month is over in the data.
    year_months, quarter_months
        Months of its fiscal year and quarter.
    units
        ``unit_id, parent_id, level, name``, top first; sellers are leaves of level ``rep``, ``<unit>/former`` holds what
        belongs to none of today's sellers.
    sellers
        Today's: ``seller_id, name, employee_no, org_id, unit_name, role, tier, hire_date, leave_date, tenure_months,
        manager_id, working_share, is_shown``.
    lines
        ``month, unit_id`` (leaf today: restated), ``org_id`` (unit it was booked on), ``rep_id, customer_id, product_id``
        (empty text: unknown), ``product_line, qty, amount_fen, n_orders`` of the fiscal year and the one before.
    daily
        ``date, unit_id, amount_fen``, restated, 25 months.
    history
        Months x leaves, restated, currency units, complete months only.
    booked
        ``month, org_id, rep_id, amount_fen`` as booked at the time, and the current month; a unit no longer in force
        counts as the nearest above it that is.
    targets
        ``month, scope_type`` (``rep`` or ``org``), ``scope_id, judged, restated, source`` of the same two years, currency
        units; ``judged`` as in force at the month's end, ``restated`` as of now.
    seats
        ``month, seller_id, org_id, tier, is_in_service``: where every seller sat at each month's end, or on the last day
        of those who left within it.
    process
        ``seller_id, month, working_days, visits, contacts, opportunities, won, lost, orders, amount_fen, customers,
        new_customers, pipeline``; missing where the source does not tell.
    deals
        ``opportunity_id, seller_id, customer_id, stage, status, amount, created_date, expected_close_date, closed_date``.
    peers
        ``tier, month, measure, median, n``: of the whole company, also in a part of it.
    staff
        Everybody employed: who sees what is decided by it.
    first_purchases
        ``kind`` (``customer`` or ``product``), ``id, month``: first month each bought or was sold anywhere in the company,
        over all orders; only of those in ``lines``.
    potential
        Market potential a year by ``seller_id``; empty where customers carry none.
    former_leaves
        People who are no sellers today -> the leaf that holds what they did.
    is_whole
        Whether it is the whole company's.
    """

    month: pd.Period
    period_start: pd.Timestamp
    period_end: pd.Timestamp
    as_of: pd.Timestamp
    is_complete: bool
    year_months: pd.PeriodIndex
    quarter_months: pd.PeriodIndex
    units: pd.DataFrame
    sellers: pd.DataFrame
    lines: pd.DataFrame
    daily: pd.DataFrame
    history: pd.DataFrame
    booked: pd.DataFrame
    targets: pd.DataFrame
    seats: pd.DataFrame
    process: pd.DataFrame
    deals: pd.DataFrame
    peers: pd.DataFrame
    staff: pd.DataFrame
    first_purchases: pd.DataFrame
    former_leaves: Mapping[str, str]
    potential: pd.Series
    settings: WorkspaceSettings
    fingerprint: str
    source: str
    notes: Sequence[dict[str, Any]] = field(default=())
    scope: str | None = None
    is_whole: bool = True

    def __post_init__(self) -> None:
        for name in _FRAMES:
            object.__setattr__(self, name, getattr(self, name).copy(deep=False))
        object.__setattr__(self, "notes", [dict(note) for note in self.notes])
        object.__setattr__(self, "former_leaves", dict(self.former_leaves))
        self._check_totals()

    def _check_totals(self) -> None:
        """Every frame of sales tells the same money to the fen."""
        months = months_of(self.year_months[0] - 12, self.month)
        lines = int(self.lines["amount_fen"].sum())
        sums = {"daily": int(self.daily.loc[self.daily["date"] >= months[0].start_time, "amount_fen"].sum())}
        if self.is_whole:
            sums["booked"] = int(self.booked.loc[self.booked["month"] >= months[0], "amount_fen"].sum())
        for name, amount in sums.items():
            if amount != lines:
                raise DataError(f"{name} adds up to {amount / 100:,.2f} and lines to {lines / 100:,.2f}, must be the same total",
                                where=self.label)
        if len(self.history):
            told = self.history.index[-1]
            until = int(self.lines.loc[self.lines["month"] <= told, "amount_fen"].sum())
            kept = float(self.history[self.history.index >= months[0]].to_numpy().sum())
            if abs(kept * 100 - until) > 0.5 + 1e-9 * abs(until):
                raise DataError(f"history adds up to {kept:,.2f} and lines to {until / 100:,.2f}, must be the same total",
                                where=self.label)

    @property
    def label(self) -> str:
        """What the month is called."""
        return str(self.month)

    @property
    def currency(self) -> str:
        """ISO code all money is in."""
        return self.settings.currency

    @property
    def top(self) -> str:
        """``unit_id`` of the top."""
        return str(self.units["unit_id"].iloc[0])

    @property
    def shown(self) -> pd.Index:
        """Ids of the sellers the reader may see."""
        return pd.Index(self.sellers.loc[self.sellers["is_shown"], "seller_id"], name="seller_id")

    @cached_property
    def parents(self) -> dict[str, str | None]:
        """Unit -> the one above it."""
        above = self.units["parent_id"].astype(object).where(self.units["parent_id"].notna(), None)
        return dict(zip(self.units["unit_id"], above, strict=True))

    @cached_property
    def tree(self) -> TreePlaces:
        """Where rows belong, for cutting parts out."""
        return TreePlaces(self)

    def hierarchy(self) -> Hierarchy:
        """The tree of units."""
        return Hierarchy(units=self.units)

    def scoped_to(self, user: str) -> "ReviewData":
        """The same data with only what a person may see; nothing else is left in them but the medians of ``peers``.

        A manager sees the unit with everything below it, a seller only themself; a trainer sees no money and so no review.

        Parameters
        ----------
        user
            Person id, employee number or e-mail.

        Raises
        ------
        InputError
            Unknown user, a trainer, or nobody whose data they may see.
        """
        return scope_review(self, user)

    def for_unit(self, unit_id: str) -> "ReviewData":
        """The same data below one unit (or of one seller), which becomes the top; nothing of others is left.

        Sales and targets judged then are those of the unit at the time, with people who have moved on; restated ones
        are those of the people who are there now. Where these sat elsewhere before, the unit is not named.

        Raises
        ------
        InputError
            No such unit in these data; the nearest is named.
        """
        return review_of_unit(self, unit_id)

    def summary(self) -> dict[str, Any]:
        """The headline facts of the data, for a header or a command line."""
        now = self.lines["month"] == self.month
        return {"source": self.source, "period": self.label, "as_of": self.as_of, "amount": self.lines.loc[now, "amount_fen"].sum() / 100,
                "currency": self.currency, "sellers": len(self.sellers), "fingerprint": self.fingerprint,
                "units": int((~self.units["level"].isin(["rep", "former"])).sum())}


def load_review_data(
    workspace: Workspace | str | Path, *, period: str | pd.Period | NamedPeriod | None = None, user: str | None = None,
    as_of: str | pd.Timestamp | None = None,
) -> ReviewData:
    """Read what the review of a month is made from.

    Parameters
    ----------
    workspace
        Folder of imported data.
    period
        Month such as ``2026-10``; the last one that is over in the orders by default.
    user
        Only what this person may see (person id, employee number or e-mail); all by default.
    as_of
        Facts up to and including this day; a month that has working days left after it is under way.

    Raises
    ------
    MissingWorkspaceError
        The folder holds no imported data.
    DataError
        There are no orders that count.
    InputError
        No month, one without orders before or after all others, an unknown user, or one who may see nothing.
    """
    space = (workspace if isinstance(workspace, Workspace) else Workspace(workspace)).require()
    if not space.tables():
        raise MissingWorkspaceError(Sentence("workspace == {path}, must be a folder with imported data", path=repr(str(space.path))),
                                    fix=Sentence("Run: {command}", command=f"salesplan import FOLDER --workspace {space.path}"))
    data = _load_all(space, None if period is None else read_period(period), read_day(as_of))
    return data if user is None else data.scoped_to(user)


def _load_all(space: Workspace, period: NamedPeriod | None, wanted: pd.Timestamp | None) -> ReviewData:
    if period is not None and period.kind != "month":
        raise InputError(Sentence("period == {given}, must be a month such as 2026-10", given=repr(period.label)))
    with space.connect() as connection:
        settings = with_order_currency(space.settings, reduce("order_currencies", connection))
        country, currency = settings.country, settings.currency
        keep_lines(connection, as_of=wanted, currency=currency)
        ends = read_month_ends(connection)
        if ends.empty:
            raise DataError("orders == 0, must be at least one order that counts", where=str(space.path),
                            fix="Run: salesplan check, and look at what was quarantined.")
        stray = stray_months(ends)
        ends = ends[~ends["month"].isin(stray)]
        last = check_last_month(ends, country=country, as_of=wanted)
        month = last.last_complete if period is None else period.last_month
        _check_month(month, ends)
        is_complete = month < last.month or last.is_complete
        period_end = month.end_time.normalize()
        day = period_end if is_complete else ends["last_order_date"].max()
        year, quarter = _fiscal(month, settings.fiscal_start_month)

        settle_lines(connection, until=day, stray=stray)
        booked, first = read_booked(connection), ends["month"].min()
        tables = {name: space.read_table(name, connection=connection) for name in _TABLES}
        org = units_at(tables["org_unit"], day)
        homes = home_units(tables["org_unit"], org["org_id"])
        spell = months_of(min(year[0] - 12, month - DAILY_MONTHS + 1), month)
        recent = read_recent(connection, spell)
        staff = review_staff(tables, recent, day)
        calendar = working_days(month.start_time.normalize(), day, country=country)
        workdays = calendar.loc[calendar["is_workday"], "date"].to_numpy(dtype="datetime64[D]")
        sellers = review_sellers(staff, org, homes, tables["rep_leave"], day=day, workdays=workdays)
        seats = review_seats(tables, recent, spell, day=day, homes=homes)
        leaves = review_leaves(booked, sellers, homes)
        above = dict(zip(org["org_id"], org["parent_org_id"], strict=True))
        known = pd.concat([leaves["home_id"], seats["org_id"]])
        units = review_units(org, sellers, leaves["unit_id"], known, above)
        keep_leaves(connection, leaves, places_in_tree(units))
        history_end = month if is_complete else month - 1
        spans = months_of(max(first, history_end - HISTORY_MONTHS + 1), history_end)
        tree = Hierarchy(units=units)
        lines, daily = read_lines(connection, start=year[0] - 12), read_daily(connection, start=month - DAILY_MONTHS + 1)

        table = read_target_table(connection, months=months_of(year[0] - 12, year[-1]), top=units["unit_id"].iloc[0], country=country,
                                  target_set=settings.target_set)
        plans = read_plans(space, months=months_of(year[0] - 12, year[-1]))
        parents = dict(zip(units["unit_id"], units["parent_id"], strict=True))
        targets = targets_with_plans(table, plans, seats=seats, homes=dict(zip(sellers["seller_id"], sellers["org_id"], strict=True)),
                                     parents=parents)
        keep_deals(connection, as_of=day, currency=currency)
        told = read_told(connection, as_of=day, country=country)
        process = read_process(
            connection, seats, tables["rep"], tables["rep_leave"], months=months_of(max(first, month - DAILY_MONTHS + 1), month),
            as_of=day, country=country, told=told, first_order=first)
        totals, sets = reduce("order_totals", connection, as_of=day, currency=currency), sets_of_month(connection, month)
        data = ReviewData(
            month=month, period_start=month.start_time.normalize(), period_end=period_end, as_of=day, is_complete=is_complete,
            year_months=year, quarter_months=quarter, units=units, sellers=sellers, lines=lines, daily=daily,
            history=restated_months(booked, leaves, units["unit_id"].iloc[tree.leaf_positions].tolist(), spans),
            booked=booked_in_force(booked, leaves, spans.union(pd.PeriodIndex([month]))), targets=targets, seats=seats,
            process=process, deals=read_deals(connection, start=month - 12, as_of=day),
            peers=peer_medians(process, seats, targets), staff=staff,
            first_purchases=first_of_lines(read_first_purchases(connection), lines), former_leaves=_former(seats, sellers, units),
            potential=owned_potential(tables["customer"], reduce("last_order", connection, as_of=day, currency=currency), sellers),
            settings=settings, fingerprint=_fingerprint(space.fingerprint(connection=connection), plans, settings),
            source=settings.source or space.path.name)
    totals = totals[totals["reason"] != "after as_of"]
    notes = [*uncounted_notes(totals, currency, day), *notes_without_unit(sellers),
             *review_notes(data, told=told, moved=moved_units(tables["org_unit"], spell, day=day), first_order=first, sets=sets)]
    return replace(data, notes=notes)


def _check_month(month: pd.Period, ends: pd.DataFrame) -> None:
    first, last = ends["month"].min(), ends["month"].max()
    if not first <= month <= last:
        raise InputError(Sentence("period == {given}, must be a month with orders", given=repr(str(month))),
                         fix=Sentence("There are orders from {first} to {last}.", first=str(first), last=str(last)))


def _fiscal(month: pd.Period, start_month: int) -> tuple[pd.PeriodIndex, pd.PeriodIndex]:
    """Months of the fiscal year and of the fiscal quarter of a month."""
    calendar = FiscalCalendar(start_month=start_month)
    year = calendar.months(int(calendar.year_of(month)))
    place = (int(calendar.quarter_of(month)) - 1) * 3
    return year, year[place:place + 3]


def _former(seats: pd.DataFrame, sellers: pd.DataFrame, units: pd.DataFrame) -> dict[str, str]:
    """Leaf of people who sold and are no sellers today: the one of the unit they sat in last, where it has one."""
    gone = seats[~seats["seller_id"].isin(sellers["seller_id"])].sort_values("month").drop_duplicates("seller_id", keep="last")
    known = set(units["unit_id"])
    homes = {str(who): former_leaf(str(org)) for who, org in zip(gone["seller_id"], gone["org_id"], strict=True)}
    return {who: leaf if leaf in known else leaf.rpartition("/")[0] for who, leaf in homes.items()}


def _fingerprint(facts: str, plans: pd.DataFrame, settings: WorkspaceSettings) -> str:
    """That of the facts, of the approved plans where there are any, and of settings that are not the usual ones."""
    usual = WorkspaceSettings().to_dict() | {"language": settings.language, "source": settings.source}
    own = {name: value for name, value in settings.to_dict().items() if value != usual[name]}
    if plans.empty and not own:
        return facts
    told = plans.assign(month=plans["month"].astype(str)).sort_values(["month", "scope_type", "scope_id"])
    return sha256(f"{facts}|{told.to_csv(index=False)}|{own}".encode()).hexdigest()[:12]
