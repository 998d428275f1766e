"""What is said of the demo company's sellers and what they learn: satisfaction, 360° rounds, training, judgements."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from salesplan.data.demo_people import Staff
from salesplan.data.demo_process import PROCESS_KPIS, TRAINING_NOISE, Traits
from salesplan.data.demo_sales import Sales

ITEMS = ("团队合作", "沟通", "专业能力", "客户导向")
ITEM_LEVEL = np.array([0.10, 0.0, -0.10, 0.0])
RATING_LEVEL, RATING_SPREAD, SEVERITY_SPREAD = 3.3, 0.50, 0.55
RATING_NOISE, ITEM_SPREAD = 0.45, 0.15
SELF_BIAS = 0.35
"""Points people give themselves above what they would give another of the same performance."""
TEAMMATES, RATING_CUSTOMERS = 4, 3
OTHER_TEAMS = (1, 5)
"""Peers outside the team come from the teams so many places on; they join all raters."""
SATISFACTION_LEVEL, SATISFACTION_SPREAD, SATISFACTION_NOISE = 8.0, 0.6, 0.9
SATISFACTION_WITH = {"skill": 0.3, "follow_up_rate": 0.5}
"""Part of the satisfaction trait that is standardised log productivity and the follow-up trait."""
SCORES_A_MONTH = 2.4
KPI_WEIGHTS = {"sales_amount": 0.38, "receipts": 0.22, "win_rate": 0.16, "customer_satisfaction": 0.14, "visits": 0.10}
"""Weights behind the managers' judgements."""
KPI_SET = "senior"
JUDGES = 5
JUDGEMENT_NOISE = 0.18
"""Spread of the log ratio a consistent judge gives, before it is rounded to Saaty's scale."""
REVERSED = (("sales_amount", "visits"), ("receipts", "win_rate"), ("sales_amount", "customer_satisfaction"))
"""Judgements the inconsistent judge has the wrong way round."""
_COURSES = [("T01", "产品知识进阶", 4.0, 800), ("T02", "大客户销售方法", 6.0, 1_500), ("T03", "商务谈判", 4.0, 1_200),
            ("T04", "CRM操作规范", 2.0, 0), ("T05", "行业应用方案", 3.0, 600), ("T06", "招投标实务", 3.0, 900),
            ("T07", "合规与反商业贿赂", 1.5, 0), ("T08", "客户拜访与跟进", 2.5, 500)]  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Ratings:
    """One all-round review: who rated whom on what, and the truth behind it.

    ``scores`` holds one row a pair (``ratee``, ``rater`` row or customer id, ``relation``, ``date``) and a column an
    item (NaN where not judged). ``performance`` and ``severity`` are points on the scale; a severe rater gives less.
    """

    round: str
    scores: pd.DataFrame
    performance: dict[str, float]
    severity: dict[str, float]
    few_peers: str


def satisfaction_levels(traits: Traits, *, rng: np.random.Generator) -> np.ndarray:
    """True mean of the satisfaction with each person, on the scale of 1 to 10."""
    follow_up = traits.latent[:, PROCESS_KPIS.index("follow_up_rate")]
    with_skill, with_follow_up = SATISFACTION_WITH["skill"], SATISFACTION_WITH["follow_up_rate"]
    left = np.sqrt(1 - with_skill**2 - with_follow_up**2)
    trait = with_skill * traits.skill + with_follow_up * follow_up + left * rng.normal(size=len(traits.skill))
    return SATISFACTION_LEVEL + SATISFACTION_SPREAD * trait


def make_satisfaction(
    staff: Staff, sales: Sales, level: np.ndarray, months: pd.PeriodIndex, *, rng: np.random.Generator
) -> pd.DataFrame:
    """Scores of 1 to 10 given by customers month by month: ``date, person, customer, score``."""
    before = staff.occupant.shape[1] - len(months)
    occupant = np.where(staff.strength[:, before:] > 0, staff.occupant[:, before:], -1)
    seat, month = np.nonzero(occupant >= 0)
    count = rng.poisson(SCORES_A_MONTH, len(seat))
    seat, month = np.repeat(seat, count), np.repeat(month, count)
    size = np.bincount(sales.customers["seat"].to_numpy())
    first = np.concatenate([[0], np.cumsum(size)[:-1]])
    person = occupant[seat, month]
    days = np.floor(rng.random(len(seat)) * months.days_in_month.to_numpy()[month])
    score = level[person] + rng.normal(0, SATISFACTION_NOISE, len(seat))
    frame = pd.DataFrame({
        "date": months.to_timestamp().to_numpy("datetime64[s]")[month] + days.astype("timedelta64[D]"),
        "person": person, "customer": first[seat] + np.floor(rng.random(len(seat)) * size[seat]).astype(int),
        "score": np.clip(np.round(score), 1, 10).astype(int)})
    return frame.sort_values(["date", "person", "customer"], kind="stable", ignore_index=True)


def review_round(end: pd.Period) -> tuple[str, pd.Period]:
    """The last half year that is over by the month before ``end``, and its last month.

    Examples
    --------
    >>> review_round(pd.Period("2026-10", "M"))
    ('2026H1', Period('2026-06', 'M'))
    """
    last = pd.Period(f"{end.year}-06", "M") if end.month >= 7 else pd.Period(f"{end.year - 1}-12", "M")
    return f"{last.year}H{1 if last.month == 6 else 2}", last


def make_ratings(
    staff: Staff, sales: Sales, traits: Traits, span: pd.PeriodIndex, *, few: int, rng: np.random.Generator
) -> Ratings:
    """Every seller at work is rated by self, lead, three customers and six peers, two of them of other teams.

    Those two join all raters, so that severities can be compared. ``few`` (row of a person) has two peers only.
    """
    name, month = review_round(span[-1])
    at = (month - span[0]).n
    numbers = staff.people["employee_no"].to_numpy(object)
    buyer = sales.customers["customer_id"].to_numpy(object)
    seats = [np.flatnonzero((staff.seat_team == t) & (staff.occupant[:, at] >= 0) & (staff.strength[:, at] > 0))
             for t in range(staff.seat_team.max() + 1)]
    teams = [staff.occupant[own, at] for own in seats]
    leads = _leads(staff)
    ratees = np.concatenate(teams)
    skill = traits.skill[ratees]
    performance = pd.Series(RATING_SPREAD * (0.5 * skill + np.sqrt(0.75) * rng.normal(size=len(ratees))), index=ratees)
    pairs: list[tuple[int, str, str]] = []
    for t, team in enumerate(teams):
        others = [teams[(t + step) % len(teams)] for step in OTHER_TEAMS]
        buyers = [np.flatnonzero(sales.customers["seat"].to_numpy() == seat) for seat in seats[t]]
        for i, person in enumerate(team):
            near = [team[(i + step) % len(team)] for step in range(1, TEAMMATES + 1) if step < len(team)]
            peers = [*near, *(other[i % len(other)] for other in others)]
            peers = [near[0], peers[-1]] if person == few else peers
            chosen = rng.choice(buyers[i], RATING_CUSTOMERS, replace=False)
            pairs += [(person, numbers[person], "self"), (person, leads[t], "manager")]
            pairs += [(person, numbers[peer], "peer") for peer in peers]
            pairs += [(person, buyer[c], "customer") for c in chosen]
    frame = pd.DataFrame(pairs, columns=["ratee", "rater", "relation"])
    raters = frame["rater"].unique()
    severity = pd.Series(rng.normal(0, SEVERITY_SPREAD, len(raters)), index=raters)
    own_item = pd.DataFrame(rng.normal(0, ITEM_SPREAD, (len(ratees), len(ITEMS))), index=ratees)
    mean = (RATING_LEVEL + performance[frame["ratee"]].to_numpy() - severity[frame["rater"]].to_numpy()
            + SELF_BIAS * (frame["relation"] == "self").to_numpy())
    points = mean[:, None] + ITEM_LEVEL + own_item.loc[frame["ratee"]].to_numpy()
    points = np.clip(np.round(points + rng.normal(0, RATING_NOISE, points.shape)), 1, 5)
    points[(rng.random(points.shape) < 0.02) & (frame["relation"] == "customer").to_numpy()[:, None]] = np.nan
    first = month.start_time.normalize() + pd.Timedelta(days=19)
    frame["date"] = first + pd.to_timedelta(rng.integers(0, 10, len(frame)), unit="D")
    frame[list(ITEMS)] = points
    true = performance + own_item.mean(axis=1)
    return Ratings(round=name, scores=frame.sort_values(["date", "ratee", "rater"], kind="stable", ignore_index=True),
                   performance={numbers[p]: float(v) for p, v in zip(ratees, true, strict=True)},
                   severity={str(r): float(v) for r, v in severity.items()}, few_peers=str(numbers[few]))


def _leads(staff: Staff) -> list[str]:
    own = staff.assignments[staff.assignments["role"] == "manager"]
    return own.drop_duplicates("org_id").sort_values("org_id")["employee_no"].tolist()


def make_training(
    staff: Staff, traits: Traits, months: pd.PeriodIndex, *, rng: np.random.Generator
) -> pd.DataFrame:
    """Courses quarter by quarter until the hours are full, the last one online: ``person, course, name, started,
    completed, status, score, hours, cost``; besides a few missed and some planned ones without hours done."""
    before = staff.occupant.shape[1] - len(months)
    yearly = traits.level[:, PROCESS_KPIS.index("training_hours")]
    rows: list[tuple[object, ...]] = []
    for quarter in range(0, len(months), 3):
        there = staff.occupant[:, before + quarter: before + quarter + 3]
        for person in np.unique(there[there >= 0]):
            left = round(2 * yearly[person] / 4 * (1 + TRAINING_NOISE * rng.normal())) / 2
            day = months[quarter].start_time.normalize() + pd.Timedelta(days=int(rng.integers(3, 20)))
            for pick in rng.permutation(len(_COURSES)):
                code, title, hours, cost = _COURSES[int(pick)]
                if left <= 0:
                    break
                online = hours > left
                rows.append((person, "T99" if online else code, "线上微课" if online else title, day,
                             day + pd.Timedelta(days=int(hours // 4)), "done",
                             float(np.clip(round(rng.normal(84, 8)), 50, 100)), left if online else hours,
                             0 if online else cost))
                left -= hours
                day += pd.Timedelta(days=int(rng.integers(6, 18)))
            if rng.random() < 0.08:
                code, title, hours, cost = _COURSES[int(rng.integers(len(_COURSES)))]
                status = "planned" if quarter + 3 >= len(months) else "absent"
                rows.append((person, code, title, day, pd.NaT, status, np.nan, hours, cost))
    frame = pd.DataFrame(rows, columns=["person", "course", "name", "started", "completed", "status", "score", "hours",
                                        "cost"])
    return frame.sort_values(["started", "person", "course"], kind="stable", ignore_index=True)


def make_judgements(staff: Staff, *, rng: np.random.Generator) -> tuple[pd.DataFrame, str]:
    """Pairwise judgements of five managers on Saaty's scale: ``judge, kpi_a, kpi_b, ratio`` and who is inconsistent.

    Each pair is asked in either order; the last judge has three of them the wrong way round, and strongly so.
    """
    directors = staff.assignments[staff.assignments["role"] == "director"]["employee_no"].tolist()
    judges = [*directors, _leads(staff)[0]][:JUDGES]
    scale = np.array([*(1 / np.arange(9, 1, -1)), *np.arange(1, 10)])
    rows = []
    for judge in judges:
        for a, b in combinations(KPI_WEIGHTS, 2):
            said = np.log(KPI_WEIGHTS[a] / KPI_WEIGHTS[b]) + rng.normal(0, JUDGEMENT_NOISE)
            if judge == judges[-1] and (a, b) in REVERSED:
                said = -np.log(5)
            if rng.random() < 0.5:
                a, b, said = b, a, -said
            rows.append((judge, a, b, scale[np.abs(np.log(scale) - said).argmin()]))
    return pd.DataFrame(rows, columns=["judge", "kpi_a", "kpi_b", "ratio"]), judges[-1]
