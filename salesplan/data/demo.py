"""A fictional company whose law of sales is known, as a folder of exports somebody really has."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from salesplan.data.demo_coaching import make_coaching
from salesplan.data.demo_coaching_files import write_coaching
from salesplan.data.demo_coaching_truth import CoachingTruth, coaching_truth
from salesplan.data.demo_conduct import make_process, process_truth
from salesplan.data.demo_files import UGLY_NAMES, write_market, write_sales, write_staff, write_targets
from salesplan.data.demo_people import RAMP, Staff, make_staff
from salesplan.data.demo_process_files import write_process
from salesplan.data.demo_sales import (
    ANNUAL_GROWTH,
    LINE_SHARE,
    LINES,
    ONE_OFF,
    SEASON,
    SPRING_FESTIVAL,
    Sales,
    make_sales,
)
from salesplan.errors import InputError

TRUTH_FILE = "demo_truth.yaml"
MARKET_GROWTH = 0.05


@dataclass(frozen=True, kw_only=True)
class DemoTruth:
    """What is true of the demo company, so that a forecast or an import can be held against it.

    Attributes
    ----------
    annual_growth
        Growth a year of a full seller's sales, compounding by month (fraction).
    seasonal_index
        Product line -> twelve indices per working day, January first, mean 1.
    spring_festival
        Log effects of the centred shares of the days before, during and after 春节.
    ramp
        Share of full productivity in the month of hire and after.
    productivity
        Employee number -> productivity (lognormal, mean 1) of everybody who ever sold.
    market_shock
        Month -> log deviation common to all.
    expected_monthly
        Month -> expected sales in yuan of what the law says, before chance.
    order_lines, order_amount
        Good rows that count as sales and their total in yuan, returns taken off.
    rows, amounts
        Good order lines and yuan by kind (sale, one_off, return, void).
    amount_by_year
        Year -> total that counts, yuan.
    faults
        Kind of fault -> number of rows planted; none of them counts, except ``seller_by_name_and_unit`` and
        ``no_seller``, which are good rows that are harder to place. Of the order files only.
    process_start
        First month with opportunities, contacts, scores and courses.
    process_correlation
        ``names`` and ``matrix``: correlations of log productivity and the traits behind ``process_kpis``, in the
        population the sellers are drawn from.
    process_r2, process_importance
        R² of log productivity on the five traits and each one's share of it (Lindeman, Merenda and Gold; adds
        up to 1), as the correlations imply.
    process_reliability
        Share of the variance between sellers' means of twelve months that is their traits, the rest being chance.
        ``follow_up_rate`` is the share of visits that were followed by another contact with that customer within
        three days (proposals and demos are as often); counts are a month's, training hours a year's.
    observed_r2, observed_importance
        The same as ``process_r2`` and ``process_importance`` with the correlations weakened accordingly: what
        means of twelve months tend to show. Chance in the result lowers R² further and leaves the shares.
    process_traits
        Employee number -> process KPI -> what the person tends to: visits, proposals and demos a month of
        average length, share followed up, hours of training a year. Those under ``gaming`` show more.
    full_time_sellers
        Those who sold in all of the last twelve months and had their ramp behind them.
    win_rate
        Employee number -> chance that a decided deal is won; rises with the follow-up trait.
    satisfaction
        Employee number -> mean of the scores (1 to 10) customers would give.
    deals, deal_amount
        Good opportunities by status, and yuan in those whose amount can be read.
    prospects
        Customers that never bought and were visited once.
    kpi_weights
        Weights behind the judgements of ``judges`` on ``kpi_set``; ``inconsistent_judge`` has some of them the
        wrong way round.
    rating_performance, rater_severity
        Points of the scale (1 to 5) about ``rating_level``; a rater of severity .3 gives .3 less than an average
        one. People give themselves ``rating_self_bias`` more. Scores are rounded to whole points.
    few_peers
        The one who is rated by two peers only.
    gaming
        Employee numbers with planted habits: calls of one or two seconds, visits on the last working day of the
        month, and a team that fills its visits up to ``bunching_at`` a month.
    process_rows
        Table -> rows that arrive.
    process_faults
        Table -> kind of fault -> rows of the table planted. ``seller_by_name_and_unit`` are good rows again, and so
        are those where a cell nobody needs cannot be read, which stays empty: amounts of opportunities, durations,
        dates and states of courses, ratios of judgements.
    coaching
        Skills, assessments, courses and mentors: a :class:`~salesplan.data.demo_coaching_truth.CoachingTruth`.
    """

    seed: int
    months: int
    period_start: str
    period_end: str
    currency: str
    teams: int
    regions: int
    people: int
    sellers_at_end: int
    future_hires: list[str]
    twins: list[str]
    moved_unit: str
    annual_growth: float
    product_lines: list[str]
    line_share: list[float]
    seasonal_index: dict[str, list[float]]
    spring_festival: dict[str, float]
    ramp: list[float]
    productivity: dict[str, float]
    market_shock: dict[str, float]
    expected_monthly: dict[str, float]
    expected_last_year: float
    one_off: dict[str, Any]
    order_lines: int
    order_amount: float
    rows: dict[str, int]
    amounts: dict[str, float]
    amount_by_year: dict[str, float]
    receipt_rows: int
    receipt_amount: float
    target_rows: int
    customers: int
    ugly_names: list[str]
    faults: dict[str, int]
    process_start: str
    process_kpis: list[str]
    process_correlation: dict[str, Any]
    process_r2: float
    process_importance: dict[str, float]
    process_reliability: dict[str, float]
    observed_r2: float
    observed_importance: dict[str, float]
    process_traits: dict[str, dict[str, float]]
    full_time_sellers: list[str]
    win_rate: dict[str, float]
    satisfaction: dict[str, float]
    deals: dict[str, int]
    deal_amount: float
    prospects: int
    kpi_set: str
    kpi_weights: dict[str, float]
    judges: list[str]
    inconsistent_judge: str
    rating_round: str
    rating_level: float
    rating_self_bias: float
    rating_performance: dict[str, float]
    rater_severity: dict[str, float]
    few_peers: str
    gaming: dict[str, Any]
    process_rows: dict[str, int]
    process_faults: dict[str, dict[str, int]]
    coaching: CoachingTruth

    def save(self, path: Path) -> Path:
        """Write the truth as YAML."""
        path.write_text(yaml.safe_dump(asdict(self), allow_unicode=True, sort_keys=False), encoding="utf-8")
        return path

    @classmethod
    def read(cls, path: str | Path) -> "DemoTruth":
        """Read the truth back."""
        values = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        return cls(**{**values, "coaching": CoachingTruth(**values["coaching"])})


def make_demo_company(
    folder: str | Path, *, seed: int = 7, months: int = 40, end: str = "2026-10"
) -> DemoTruth:
    """Write the exports of a fictional company and the truth behind them.

    About 120 people in twelve teams and four regions sell four product lines to 900 customers, for about
    300 million yuan a year. The last fifteen months also have opportunities, contacts, scores by customers and
    colleagues, training, managers' judgements of KPIs, skills and their assessment, courses and mentors. The files are
    as untidy as real ones: GB18030 and UTF-8, yuan and 万元, several scales, title rows, two header rows, totals,
    duplicates, unreadable amounts, two people of one name.

    Parameters
    ----------
    folder
        Where the exports go (made when absent). ``demo_truth.yaml`` is written beside it, not inside.
    seed
        The same seed gives the same files.
    months
        Length of the history, 24 to 120.
    end
        Last month, such as ``2026-10``.

    Returns
    -------
    The known truth.

    Raises
    ------
    InputError
        ``months`` outside its range, or ``end`` not a month.

    Examples
    --------
    >>> import tempfile
    >>> truth = make_demo_company(Path(tempfile.mkdtemp()) / "exports", months=24)
    >>> truth.teams, truth.regions, truth.period_start, truth.period_end
    (12, 4, '2024-11', '2026-10')
    """
    if not 24 <= months <= 120:
        raise InputError(f"months == {months}, must be 24 to 120", where="demo company")
    try:
        span = pd.period_range(end=pd.Period(end, freq="M"), periods=months, freq="M", name="month")
    except ValueError as error:
        raise InputError(f"end == {end!r}, must be a month such as 2026-10", where="demo company") from error
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    staff = make_staff(span, rng=rng)
    sales = make_sales(staff, span, rng=rng)
    house = _house_orders(sales.orders, rng)
    sales.orders["is_house"] = house
    index = _market_index(sales.shock, span, rng)
    targets = _targets(staff, sales, span)
    write_staff(folder, staff)
    faults = write_sales(folder, sales, staff, rng=rng)
    faults["no_seller"] = int(house.sum())
    write_market(folder, index)
    write_targets(folder, targets, staff)
    process_rng = np.random.default_rng([seed, 1])  # a stream of its own: the files above stay as they are
    process = make_process(staff, sales, span, rng=process_rng)
    rows, planted, amount = write_process(folder, process, staff, sales, rng=process_rng)
    coaching_rng = np.random.default_rng([seed, 2])
    coaching = make_coaching(staff, sales, process, span, rng=coaching_rng)
    known, held_back = write_coaching(folder, coaching, staff, sales, rng=coaching_rng)
    rows["activity"] += len(coaching.roll_out.calls)
    rows["training_record"] += len(coaching.roll_out.records)
    more = {**process_truth(process, staff), "process_rows": rows, "process_faults": planted, "deal_amount": amount,
            "coaching": coaching_truth(coaching, process, staff, span, rows=known, faults=held_back)}
    truth = _truth(staff, sales, span, seed=seed, faults=faults, target_rows=len(targets), more=more)
    truth.save(folder.parent / TRUTH_FILE)
    return truth


def _house_orders(orders: pd.DataFrame, rng: np.random.Generator) -> pd.Series:
    """A dozen orders nobody is named for."""
    numbers = orders.loc[orders["kind"] == "sale", "order_no"].drop_duplicates().to_numpy(object)
    return orders["order_no"].isin(rng.choice(numbers, size=12, replace=False))


def _market_index(shock: np.ndarray, span: pd.PeriodIndex, rng: np.random.Generator) -> pd.DataFrame:
    growth = (1 + MARKET_GROWTH) ** (np.arange(len(span)) / 12)
    value = 100 * growth * np.exp(shock + rng.normal(0, 0.005, len(span)))
    published = (span + 1).to_timestamp() + pd.Timedelta(days=19)
    return pd.DataFrame({"index_code": "INSTRUMENT_CN", "month": span, "value": value, "published": published})


def _targets(staff: Staff, sales: Sales, span: pd.PeriodIndex) -> pd.DataFrame:
    """Targets of the last calendar year and this one: what was to be expected and a fifteenth more, by person."""
    last = span[-1].year
    wanted = pd.period_range(f"{last - 1}-01", f"{last}-12", freq="M")
    wanted = wanted[wanted >= span[0]]
    teams = staff.units.loc[staff.units["level"] == "团队", "org_id"].drop_duplicates().to_numpy()
    numbers = staff.people["employee_no"].to_numpy(object)
    rows = []
    for month in wanted:
        known = (month - span[0]).n
        source = known if known < len(span) else known - 12
        people = staff.occupant[:, min(known, len(span) - 1)]
        amount = sales.expected[:, source].sum(axis=1) * (1.067 if known < len(span) else 1.067 * (1 + ANNUAL_GROWTH))
        fen = np.round(amount / 1_000).astype(np.int64) * 100_000
        seats = np.flatnonzero((people >= 0) & (fen > 0))
        rows.append(pd.DataFrame({"month": month, "employee_no": numbers[people[seats]],
                                  "org_id": teams[staff.seat_team[seats]], "amount_fen": fen[seats]}))
    own = pd.concat(rows)
    own = own.groupby(["month", "employee_no", "org_id"])["amount_fen"].sum().reset_index()
    blocks = [own]
    units = staff.units.drop_duplicates("org_id", keep="last").set_index("org_id")["parent_org_id"]
    level = own.drop(columns="employee_no")
    while True:
        level = level.groupby(["month", "org_id"])["amount_fen"].sum().reset_index()
        blocks.append(level)
        level = level.assign(org_id=level["org_id"].map(units)).dropna(subset=["org_id"])
        if level.empty:
            break
    return pd.concat(blocks, ignore_index=True)


def _truth(
    staff: Staff, sales: Sales, span: pd.PeriodIndex, *, seed: int, faults: dict[str, int], target_rows: int,
    more: dict[str, Any],
) -> DemoTruth:
    orders, people = sales.orders, staff.people
    fen = orders.groupby("kind")["amount_fen"].sum()
    counted = orders[orders["kind"] != "void"]
    by_year = counted.groupby(counted["order_date"].dt.year)["amount_fen"].sum()
    one_off = orders[orders["kind"] == "one_off"].iloc[0]
    sellers = people["productivity"].notna()
    expected = sales.expected.sum(axis=(0, 2))
    return DemoTruth(
        seed=seed, months=len(span), period_start=str(span[0]), period_end=str(span[-1]), currency="CNY",
        teams=12, regions=4, people=len(people), sellers_at_end=int((staff.occupant[:, -1] >= 0).sum()),
        future_hires=people.loc[people["hire_date"] > span[-1].end_time, "employee_no"].tolist(),
        twins=people.loc[people["name"] == "张伟", "employee_no"].tolist(), moved_unit=staff.moved_unit,
        annual_growth=ANNUAL_GROWTH, product_lines=list(LINES), line_share=LINE_SHARE.tolist(),
        seasonal_index={line: [round(float(x), 6) for x in SEASON[i]] for i, line in enumerate(LINES)},
        spring_festival=dict(SPRING_FESTIVAL), ramp=list(RAMP),
        productivity={number: round(float(p), 6) for number, p in
                      people.loc[sellers, ["employee_no", "productivity"]].itertuples(index=False)},
        market_shock={str(m): round(float(s), 6) for m, s in zip(span, sales.shock, strict=True)},
        expected_monthly={str(m): round(float(e), 2) for m, e in zip(span, expected, strict=True)},
        expected_last_year=round(float(expected[-12:].sum()), 2),
        one_off={"amount": ONE_OFF, "month": str(one_off["order_date"].to_period("M")),
                 "employee_no": one_off["employee_no"], "order_no": one_off["order_no"]},
        order_lines=len(counted), order_amount=int(counted["amount_fen"].sum()) / 100,
        rows={str(k): int(n) for k, n in orders["kind"].value_counts().sort_index().items()},
        amounts={str(k): int(a) / 100 for k, a in fen.items()},
        amount_by_year={str(y): int(a) / 100 for y, a in by_year.items()},
        receipt_rows=len(sales.receipts), receipt_amount=int(sales.receipts["amount_fen"].sum()) / 100,
        target_rows=target_rows, customers=len(sales.customers), ugly_names=list(UGLY_NAMES),
        faults=dict(sorted(faults.items())), **more,
    )
