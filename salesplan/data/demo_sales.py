"""Sales of the demo company: a known law, and orders drawn from it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesplan.calendars.spring_festival import centred_shares
from salesplan.calendars.working_days import monthly_working_days, working_days
from salesplan.data.demo_people import PROVINCES, REGIONS, Staff

LINES = ("检测仪器", "耗材试剂", "备件配件", "技术服务")
LINE_SHARE = np.array([0.40, 0.25, 0.15, 0.20])
LINE_SIZE = np.array([45_000.0, 8_000.0, 12_000.0, 20_000.0])
"""Mean amount of an order line in yuan."""
ANNUAL_GROWTH = 0.08
ANNUAL_SALES = 3.0e8
"""Expected sales of the last twelve months, yuan."""
SPRING_FESTIVAL = {"before": 0.10, "during": -0.20, "after": -0.25}
"""Log effect of the centred shares of the days before, during and after 春节."""
SIZE_SPREAD = 0.6
ONE_OFF = 4_800_000.0
_SEASON = np.array([
    [0.80, 0.78, 1.02, 0.98, 1.00, 1.12, 0.92, 0.94, 1.04, 1.00, 1.12, 1.28],
    [0.97, 0.95, 1.03, 1.02, 1.01, 1.00, 0.98, 0.98, 1.02, 1.01, 1.02, 1.01],
    [0.92, 0.90, 1.10, 1.12, 1.06, 0.98, 0.95, 0.94, 1.02, 1.00, 0.99, 1.02],
    [0.78, 0.80, 0.98, 0.95, 0.98, 1.15, 0.90, 0.92, 1.10, 0.96, 1.08, 1.40],
])  # fmt: skip
SEASON = _SEASON / _SEASON.mean(axis=1, keepdims=True)
"""Index per working day by product line and calendar month, mean 1."""
_PRODUCTS = {
    "检测仪器": {"光谱分析仪": 86_000, "色谱仪": 128_000, "硬度计": 23_500, "粗糙度仪": 16_800, "显微镜": 39_900},
    "耗材试剂": {"标准试剂": 680, "滤膜": 245, "色谱柱": 3_200, "校准液": 420, "取样瓶": 96},
    "备件配件": {"探头": 2_650, "光源模块": 5_400, "泵头": 1_980, "密封组件": 310, "电源板": 1_260},
    "技术服务": {"年度维保": 18_000, "校准服务": 2_400, "安装调试": 6_500, "应用培训": 9_800, "软件升级": 12_600},
}  # fmt: skip
INDUSTRIES = ["电子", "医药", "化工", "食品", "汽车", "高校科研"]
HEADS = list("华恒瑞鼎安泰金新博科远宏嘉永凯正天中卓汇")
TAILS = list("源达通创信利昌诚晟图康联盛业航润景智迈拓")
LEGAL_FORMS = ["科技有限公司", "实业有限公司", "检测技术有限公司", "生物医药有限公司", "电子有限公司", "（集团）有限公司"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Sales:
    """What was sold, to whom, and what was to be expected.

    ``orders`` holds one row a line (``kind``: sale, return, void, one_off), ``expected`` the expected
    sales in yuan by seat, month and product line.
    """

    orders: pd.DataFrame
    customers: pd.DataFrame
    products: pd.DataFrame
    receipts: pd.DataFrame
    expected: np.ndarray
    shock: np.ndarray


def make_sales(staff: Staff, months: pd.PeriodIndex, *, rng: np.random.Generator, customers: int = 900) -> Sales:
    """Draw customers, products, orders and receipts."""
    products = _products()
    buyers, weight, territory = _customers(staff, customers, rng)
    shock = _shock(len(months), rng)
    expected = _expected(staff, months, territory, shock)
    lines = _lines(expected, months, products, weight, rng)
    orders = _void(_returns(_one_off(lines, months, products, weight), months, rng), rng)
    orders = orders[orders["order_date"] <= months[-1].end_time].reset_index(drop=True)
    orders["person"] = staff.occupant[orders["seat"], _month_number(orders["order_date"], months)]
    orders = orders[orders["person"] >= 0].sort_values(["order_date", "seat", "order_no", "line_no"])
    orders["employee_no"] = staff.people["employee_no"].to_numpy()[orders["person"]]
    orders["customer_id"] = buyers["customer_id"].to_numpy()[orders["customer"]]
    orders = orders.reset_index(drop=True)
    _owners(buyers, staff)
    return Sales(orders=orders, customers=buyers, products=products, receipts=_receipts(orders, months, rng),
                 expected=expected, shock=shock)


def _products() -> pd.DataFrame:
    rows = [(f"P{n:03d}", name, line, float(price), round(price * 0.58, 2), "次" if line == "技术服务" else "件")
            for n, (line, name, price) in
            enumerate(((line, *good) for line, goods in _PRODUCTS.items() for good in goods.items()), 1)]
    return pd.DataFrame(rows, columns=["product_id", "name", "line", "list_price", "unit_cost", "unit"])


def _customers(staff: Staff, count: int, rng: np.random.Generator) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    seats = len(staff.seat_team)
    seat = np.sort(np.arange(count) % seats)
    cities = [city for region in REGIONS.values() for city in region]
    potential = np.exp(rng.normal(np.log(480_000), 0.9, count)).round(-3)
    names = [h + t for h in HEADS for t in TAILS]
    stem = rng.choice(len(names), size=count)
    kind = rng.integers(0, len(LEGAL_FORMS), count)
    city = [cities[t] for t in staff.seat_team[seat]]
    rank = pd.Series(potential).rank(pct=True)
    frame = pd.DataFrame({
        "customer_id": [f"C{n:05d}" for n in range(1, count + 1)],
        "name": [f"{c}{names[s]}{LEGAL_FORMS[k]}" for c, s, k in zip(city, stem, kind, strict=True)],
        "tier": np.select([rank > 0.9, rank > 0.6], ["A", "B"], "C"),
        "industry": rng.choice(INDUSTRIES, count), "province": [PROVINCES[c] for c in city], "city": city,
        "channel": rng.choice(["直销", "经销"], count, p=[0.7, 0.3]),
        "segment": rng.choice(["制造业", "科研院所", "医疗机构", "政府检测"], count, p=[0.5, 0.2, 0.2, 0.1]),
        "potential": potential, "seat": seat,
    })
    plant = frame["name"] + "第" + frame["customer_id"].str[-3:] + "厂"
    frame["name"] = frame["name"].where(~frame["name"].duplicated(), plant)
    width = int(np.bincount(seat).max())
    weight = np.zeros((seats, width))
    place = pd.Series(seat).groupby(seat).cumcount().to_numpy()
    weight[seat, place] = potential
    territory = weight.sum(axis=1)
    return frame, np.cumsum(weight / territory[:, None], axis=1), (territory / territory.mean()) ** 0.4


def _shock(months: int, rng: np.random.Generator) -> np.ndarray:
    shock = np.zeros(months)
    for t, step in enumerate(rng.normal(0, 0.02, months)):
        shock[t] = (0.6 * shock[t - 1] if t else 0.0) + step
    return shock


def _expected(staff: Staff, months: pd.PeriodIndex, territory: np.ndarray, shock: np.ndarray) -> np.ndarray:
    days = monthly_working_days(months)["working_days"].to_numpy(float)
    festival = centred_shares(months)[list(SPRING_FESTIVAL)].to_numpy() @ np.array(list(SPRING_FESTIVAL.values()))
    level = (1 + ANNUAL_GROWTH) ** (np.arange(len(months)) / 12) * np.exp(festival + shock) * days
    season = SEASON[:, months.month.to_numpy() - 1]
    expected = np.einsum("st,s,t,l,lt->stl", staff.strength, territory, level, LINE_SHARE, season)
    return expected * ANNUAL_SALES / expected[:, -12:].sum()


def _lines(
    expected: np.ndarray, months: pd.PeriodIndex, products: pd.DataFrame, weight: np.ndarray, rng: np.random.Generator
) -> pd.DataFrame:
    count = rng.poisson(expected / LINE_SIZE)
    seat, month, line = (np.repeat(axis.ravel(), count.ravel()) for axis in np.indices(count.shape))
    amount = np.exp(rng.normal(-SIZE_SPREAD**2 / 2, SIZE_SPREAD, len(seat))) * LINE_SIZE[line]
    in_cell = count.sum(axis=2)
    orders_in_cell = np.ceil(in_cell / 1.8).astype(int)
    own = np.floor(rng.random(len(seat)) * orders_in_cell[seat, month]).astype(int)
    frame = pd.DataFrame({"seat": seat, "month": month, "line": line, "own": own, "target": amount})
    frame = frame.sort_values(["month", "seat", "own", "line"], kind="stable").reset_index(drop=True)
    key = frame.groupby(["month", "seat", "own"], sort=False).ngroup().to_numpy()
    frame["line_no"] = frame.groupby(key).cumcount() + 1
    first = np.flatnonzero(frame["line_no"] == 1)
    pick = (rng.random(len(first))[:, None] > weight[frame["seat"].to_numpy()[first]]).sum(axis=1)
    customer = _first_customer(weight)[frame["seat"].to_numpy()[first]] + np.minimum(pick, weight.shape[1] - 1)
    frame["customer"] = customer[key]
    frame["order_date"] = _working_dates(months, frame["month"].to_numpy()[first], rng)[key]
    number = (pd.Series(first).groupby(frame["month"].to_numpy()[first]).cumcount() + 1).to_numpy()
    stamp = months.strftime("%Y%m").to_numpy()[frame["month"].to_numpy()[first]]
    frame["order_no"] = np.array([f"SO{s}{n:05d}" for s, n in zip(stamp, number, strict=True)], object)[key]
    return _priced(frame, products, rng).assign(kind="sale").drop(columns=["own", "target", "month"])


def _priced(frame: pd.DataFrame, products: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    goods = frame["line"].to_numpy() * 5 + rng.integers(0, 5, len(frame))
    price = products["list_price"].to_numpy()[goods]
    qty = np.maximum(1, np.round(frame["target"].to_numpy() / price)).astype(int)
    cents = np.maximum(100, np.round(frame["target"].to_numpy() / qty * 100)).astype(np.int64)
    return frame.assign(product=goods, qty=qty, unit_price=cents / 100, amount_fen=cents * qty)


def _working_dates(months: pd.PeriodIndex, month: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    days = working_days(months[0].start_time, months[-1].end_time.normalize())
    days = days[days["is_workday"]]
    number = _month_number(days["date"], months)
    size = np.bincount(number, minlength=len(months))
    start = np.concatenate([[0], np.cumsum(size)[:-1]])
    place = start[month] + np.floor(rng.random(len(month)) * size[month]).astype(int)
    return days["date"].to_numpy("datetime64[s]")[place]


def _one_off(lines: pd.DataFrame, months: pd.PeriodIndex, products: pd.DataFrame, weight: np.ndarray) -> pd.DataFrame:
    """A single large project sale in the month before the middle of the last 24."""
    seat, month = 40, max(len(months) - 17, 0)
    day = months[month].start_time.normalize() + pd.Timedelta(days=17)
    row = {"seat": seat, "line": 0, "line_no": 1, "customer": int(_first_customer(weight)[seat]), "order_date": day,
           "order_no": f"SO{months[month].strftime('%Y%m')}99999", "product": 1, "qty": 40,
           "unit_price": ONE_OFF / 40, "amount_fen": int(ONE_OFF * 100), "kind": "one_off"}
    return pd.concat([lines, pd.DataFrame([row])], ignore_index=True)


def _first_customer(weight: np.ndarray) -> np.ndarray:
    size = (np.diff(weight, axis=1, prepend=0.0) > 0).sum(axis=1)
    return np.concatenate([[0], np.cumsum(size)[:-1]])


def _returns(lines: pd.DataFrame, months: pd.PeriodIndex, rng: np.random.Generator) -> pd.DataFrame:
    small = np.flatnonzero(lines["line"].isin([1, 2]) & (lines["kind"] == "sale"))
    back = lines.iloc[np.sort(rng.choice(small, size=len(small) * 2 // 100, replace=False))].copy()
    back["order_date"] += pd.to_timedelta(rng.integers(5, 30, len(back)), unit="D")
    back["order_no"] = "TH" + back["order_no"].str[2:]
    back["qty"], back["amount_fen"], back["kind"] = -back["qty"], -back["amount_fen"], "return"
    return pd.concat([lines, back], ignore_index=True)


def _void(orders: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    numbers = orders.loc[orders["kind"] == "sale", "order_no"].drop_duplicates()
    numbers = numbers[~("TH" + numbers.str[2:]).isin(orders["order_no"])]
    void = rng.choice(numbers.to_numpy(object), size=len(numbers) // 120, replace=False)
    return orders.assign(kind=orders["kind"].where(~orders["order_no"].isin(void), "void"))


def _owners(customers: pd.DataFrame, staff: Staff) -> None:
    last = staff.occupant[customers["seat"].to_numpy(), -1]
    number = staff.people["employee_no"].to_numpy(object)
    customers["owner_no"] = [number[p] if p >= 0 else None for p in last]


def _receipts(orders: pd.DataFrame, months: pd.PeriodIndex, rng: np.random.Generator) -> pd.DataFrame:
    """One payment for most orders, about seven weeks after it."""
    paid = orders[orders["kind"].isin(["sale", "one_off"])].groupby("order_no", sort=False).agg(
        order_date=("order_date", "first"), customer_id=("customer_id", "first"),
        employee_no=("employee_no", "first"), amount_fen=("amount_fen", "sum")).reset_index()
    paid["receipt_date"] = paid["order_date"] + pd.to_timedelta(rng.gamma(3.0, 16.0, len(paid)).round(), unit="D")
    paid = paid[(rng.random(len(paid)) < 0.96) & (paid["receipt_date"] <= months[-1].end_time)]
    paid = paid.sort_values(["receipt_date", "order_no"]).reset_index(drop=True)
    paid["receipt_no"] = [f"HK{n:06d}" for n in range(1, len(paid) + 1)]
    return paid


def _month_number(dates: pd.Series, months: pd.PeriodIndex) -> np.ndarray:
    when = pd.DatetimeIndex(dates)
    number = (when.year - months[0].year) * 12 + when.month - months[0].month
    return np.clip(number.to_numpy(int), 0, len(months) - 1)
