"""People of the demo company: teams, hires, leavers, transfers and absences over the months."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

COMPANY = ("D00", "示例远帆仪器")
REGIONS = {"华东": ["上海", "杭州", "南京"], "华南": ["广州", "深圳", "厦门"],
           "华北": ["北京", "天津", "济南"], "西部": ["成都", "重庆", "西安"]}  # fmt: skip
PROVINCES = {"上海": "上海市", "杭州": "浙江省", "南京": "江苏省", "广州": "广东省", "深圳": "广东省", "厦门": "福建省",
             "北京": "北京市", "天津": "天津市", "济南": "山东省", "成都": "四川省", "重庆": "重庆市",
             "西安": "陕西省"}  # fmt: skip
SEATS_PER_TEAM = 9
RAMP = (0.15, 0.35, 0.55, 0.72, 0.86, 0.95)
"""Share of full productivity in the month of hire and the five after it."""
NOVICE_MONTHS = 12
MONTHLY_LEAVING = 0.008
TWINS = (4, 85)
"""Seats of the two people called 张伟: one in the first team, one in 成都."""

_SURNAMES = list("王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余")
_GIVEN = [*"伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚",
          "建华", "志强", "晓燕", "海燕", "文博", "子涵", "雨桐", "浩然", "思远", "佳怡",
          "俊杰", "欣怡", "宇航", "梓萱", "一鸣", "晨曦", "嘉豪", "诗涵", "天佑", "雅婷",
          "国栋", "秀英", "春梅", "学文", "立新", "永健", "若兰", "书瑶", "景行", "云飞"]  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Staff:
    """Who worked where, and how well (which no file tells).

    ``people``, ``seats``, ``leaves`` and ``units`` hold what the personnel department knows; ``occupant``
    is the person (row of ``people``, -1 for none) in each seat and month; ``strength`` the share of a
    full, average seller that stood behind it, ramp and absence included.
    """

    units: pd.DataFrame
    people: pd.DataFrame
    assignments: pd.DataFrame
    leaves: pd.DataFrame
    occupant: np.ndarray
    strength: np.ndarray
    seat_team: np.ndarray
    moved_unit: str


def make_units(months: pd.PeriodIndex) -> tuple[pd.DataFrame, str]:
    """Company, four regions and twelve teams; one team changes its region half way through."""
    rows: list[tuple[object, ...]] = [(COMPANY[0], None, COMPANY[1], "公司", None, None, None)]
    moved_on = (months[0] + len(months) // 2).start_time.normalize()
    moved = ""
    for r, (region, cities) in enumerate(REGIONS.items(), 1):
        rows.append((f"D{r}0", COMPANY[0], f"{region}大区", "大区", region, None, None))
        for t, city in enumerate(cities, 1):
            code, name = f"D{r}{t}", f"{city}团队"
            if city == "厦门":
                moved = code
                rows.append((code, "D10", name, "团队", "华东", None, moved_on - pd.Timedelta(days=1)))
                rows.append((code, "D20", name, "团队", "华南", moved_on, None))
            else:
                rows.append((code, f"D{r}0", name, "团队", region, None, None))
    columns = ["org_id", "parent_org_id", "name", "level", "region", "valid_from", "valid_to"]
    return pd.DataFrame(rows, columns=columns), moved


def make_staff(months: pd.PeriodIndex, *, rng: np.random.Generator, future_hires: int = 2) -> Staff:
    """Careers in 108 selling seats, twelve team leads and four regional directors.

    Returns
    -------
    Staff with everybody employed at some time in the months, and people hired for after the last one.
    """
    units, moved = make_units(months)
    teams = units.loc[units["level"] == "团队", "org_id"].drop_duplicates().tolist()
    seat_team = np.repeat(np.arange(len(teams)), SEATS_PER_TEAM)
    careers = _careers(len(seat_team), len(months), rng)
    careers = _swap_seats(careers, rng)
    order = np.argsort([c[1] for c in careers], kind="stable")
    careers = [careers[i] for i in order]
    names = _names(len(careers) + 4 + len(teams) + future_hires, rng)
    rows: list[tuple[object, ...]] = []
    seats: list[tuple[object, ...]] = []
    occupant = np.full((len(seat_team), len(months)), -1)
    strength = np.zeros((len(seat_team), len(months)))
    leaders = [(f"D{r}0", "director") for r in range(1, 5)] + [(team, "manager") for team in teams]
    lead_of = {}
    for i, (unit, role) in enumerate(leaders):
        hired = months[0].start_time.normalize() - pd.Timedelta(days=int(rng.integers(1500, 4000)))
        rows.append((f"E{i + 1:04d}", names[i], "active", hired, pd.NaT, np.nan))
        lead_of[unit] = f"E{i + 1:04d}"
        above = None if role == "director" else lead_of[f"{unit[:2]}0"]
        seats.append((f"E{i + 1:04d}", unit, role, "管理者", above, False, hired, pd.NaT))
    for i, (places, start, end) in enumerate(careers, len(leaders)):
        number = f"E{i + 1:04d}"
        twin = start < 0 and any(place[0] in TWINS for place in places)
        hired = _hire_date(months, start, rng)
        left = (months[0] + end).end_time.normalize() if end < len(months) - 1 else pd.NaT
        skill = float(np.exp(rng.normal(0.0, 0.30) - 0.045))
        rows.append((number, "张伟" if twin else names[i], "left" if pd.notna(left) else "active", hired, left, skill))
        for place, first, last in places:
            span = np.arange(max(first, 0), last + 1)
            occupant[place, span] = i
            age = span - start
            strength[place, span] = skill * np.where(age < len(RAMP), np.take(RAMP, age, mode="clip"), 1.0)
        seats += _assignments(number, places, start, end, hired, left, months, [teams[t] for t in seat_team], lead_of)
    leaves = _absences(occupant, strength, months, rng)
    for i in range(future_hires):
        number = f"E{len(rows) + 1:04d}"
        hired = (months[-1] + 2 + i).start_time.normalize() + pd.Timedelta(days=4)
        unit = teams[int(rng.integers(len(teams)))]
        rows.append((number, names[len(careers) + len(leaders) + i], "active", hired, pd.NaT, np.nan))
        seats.append((number, unit, "rep", "新人", lead_of[unit], True, hired, pd.NaT))
    people = pd.DataFrame(rows, columns=["employee_no", "name", "status", "hire_date", "leave_date", "productivity"])
    people["email"] = people["employee_no"].str.lower() + "@yuanfan.example"
    columns = ["employee_no", "org_id", "role", "tier", "manager_no", "quota_bearing", "valid_from", "valid_to"]
    leaves["employee_no"] = people["employee_no"].to_numpy()[leaves.pop("person")]
    return Staff(units=units, people=people, assignments=pd.DataFrame(seats, columns=columns), leaves=leaves,
                 occupant=occupant, strength=strength, seat_team=seat_team, moved_unit=moved)


Career = tuple[list[tuple[int, int, int]], int, int]
"""Places (seat, first month, last month), month of hire (negative: before the start), last month."""


def _careers(seats: int, months: int, rng: np.random.Generator) -> list[Career]:
    careers: list[Career] = []
    for seat in range(seats):
        start = -int(rng.integers(13, 90)) if seat in TWINS or rng.random() < 0.93 else -int(rng.integers(1, 6))
        month = 0
        while month < months:
            stay = months if seat in TWINS else int(rng.geometric(MONTHLY_LEAVING)) + max(0, 3 + start)
            last = min(month + stay, months) - 1
            if months - 1 - last < 2:
                last = months - 1
            careers.append(([(seat, month, last)], start, last))
            month = last + 1 + int(rng.integers(1, 4))
            start = month
    return careers


def _swap_seats(careers: list[Career], rng: np.random.Generator) -> list[Career]:
    """Three pairs of sellers who were there throughout change places, hence teams, half way or so."""
    stayed = [i for i, (places, start, _) in enumerate(careers)
              if start < 0 and places[0][2] == max(c[2] for c in careers) and places[0][0] not in TWINS]
    out = list(careers)
    half = len(stayed) // 2
    for k in range(3):
        a, b = stayed[k * 7 + 1], stayed[half + k * 7 + 1]
        (seat_a, _, end), (seat_b, _, _) = careers[a][0][0], careers[b][0][0]
        when = end // 2 + int(rng.integers(-4, 5))
        out[a] = ([(seat_a, 0, when - 1), (seat_b, when, end)], careers[a][1], end)
        out[b] = ([(seat_b, 0, when - 1), (seat_a, when, end)], careers[b][1], end)
    return out


def _hire_date(months: pd.PeriodIndex, start: int, rng: np.random.Generator) -> pd.Timestamp:
    first = (months[0] + start).start_time.normalize()
    return first if start >= 0 else first + pd.Timedelta(days=int(rng.integers(0, 27)))


def _assignments(
    number: str, places: list[tuple[int, int, int]], start: int, end: int, hired: pd.Timestamp, left: object,
    months: pd.PeriodIndex, seat_unit: list[str], lead_of: dict[str, str],
) -> list[tuple[object, ...]]:
    """One row for each change of team or tier."""
    changes = {hired: (seat_unit[places[0][0]], "新人")}
    grown = start + NOVICE_MONTHS
    for seat, first, _ in places[1:]:
        changes[(months[0] + first).start_time.normalize()] = (seat_unit[seat], "骨干" if first >= grown else "新人")
    if grown <= end:
        day = (months[0] + grown).start_time.normalize()
        before = [unit for when, (unit, _) in sorted(changes.items()) if when <= day][-1]
        changes[day] = (before, "骨干")
    days = sorted(changes)
    rows: list[tuple[object, ...]] = []
    for day, following in zip(days, [*days[1:], None], strict=True):
        unit, tier = changes[day]
        until = left if following is None else following - pd.Timedelta(days=1)
        role = "senior" if tier == "骨干" else "rep"
        rows.append((number, unit, role, tier, lead_of[unit], True, day, until))
    return rows


def _absences(
    occupant: np.ndarray, strength: np.ndarray, months: pd.PeriodIndex, rng: np.random.Generator, *, count: int = 10
) -> pd.DataFrame:
    """Whole months away; ``strength`` is set to nothing there."""
    rows = []
    for seat in rng.choice(np.setdiff1d(np.arange(len(occupant)), TWINS), size=count, replace=False):
        first = int(rng.integers(6, len(months) - 5))
        length = int(rng.integers(1, 5))
        span = np.arange(first, first + length)
        if (occupant[seat, span] != occupant[seat, first]).any() or occupant[seat, first] < 0:
            continue
        strength[seat, span] = 0.0
        rows.append((occupant[seat, first], "产假" if length > 2 else "病假", months[first].start_time.normalize(),
                     months[span[-1]].end_time.normalize()))
    return pd.DataFrame(rows, columns=["person", "leave_type", "start_date", "end_date"])


def _names(count: int, rng: np.random.Generator) -> list[str]:
    every = [s + g for s in _SURNAMES for g in _GIVEN if s + g != "张伟"]
    return [every[i] for i in rng.choice(len(every), size=count, replace=False)]
