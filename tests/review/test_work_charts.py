"""Figures of the work leave their range when they did, and not by chance."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from salesplan.review.work_charts import work_charts
from salesplan.review.work_findings import work_findings

MONTHS = pd.period_range("2024-10", "2026-09", freq="M")


def process(seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = len(MONTHS)
    return pd.DataFrame({"seller_id": "a", "month": MONTHS, "working_days": 21, "visits": rng.poisson(200, n).astype(float),
                         "won": rng.binomial(80, 0.4, n).astype(float), "orders": rng.poisson(60, n).astype(float),
                         "amount_fen": rng.normal(6e7, 2e6, n).astype("int64")}).assign(lost=lambda f: 80 - f["won"])


def verdicts(frame: pd.DataFrame) -> dict[str, str]:
    table = work_charts(frame, month=MONTHS[-1]).table
    return dict(zip(table["measure"], table["verdict"], strict=True))


def test_a_month_far_off_is_seen_in_its_figure_alone() -> None:
    frame = process()
    frame.loc[frame.index[-1], ["won", "lost"]] = [5.0, 75.0]
    assert verdicts(process()) == dict.fromkeys(("visits_per_day", "win_rate", "orders_per_visit", "amount_per_order"), "usual")
    assert verdicts(frame) == verdicts(process()) | {"win_rate": "below"}


def test_a_lasting_shift_is_seen_though_no_month_is_far_off() -> None:
    frame = process(3)
    frame.loc[frame.index[-6:], "visits"] -= 35.0
    assert verdicts(frame)["visits_per_day"] in ("drift_below", "below")
    chart = work_charts(frame, month=MONTHS[-1]).charts["visits_per_day"]
    assert len(chart.signals) <= 1


def test_too_few_months_and_unrecorded_figures_are_not_judged() -> None:
    assert work_charts(process().tail(12), month=MONTHS[-1]).table.empty
    blind = work_charts(process().assign(visits=np.nan), month=MONTHS[-1]).table
    assert blind["measure"].tolist() == ["win_rate", "amount_per_order"]


def test_a_figure_below_its_range_is_a_finding_unless_the_units_sales_say_so_already() -> None:
    frame = process()
    frame["visits"] = np.where(frame["month"].to_numpy() == MONTHS[-1], 90.0, frame["visits"])
    work = work_charts(frame, month=MONTHS[-1])
    due = pd.Timestamp("2026-11-15").date()
    quiet = SimpleNamespace(summary=lambda: pd.DataFrame({"unit_id": ["other"], "direction": ["below"]}))
    made = work_findings(work, quiet, unit_id="t", name="T", due=due)  # type: ignore[arg-type]
    assert [f.key for f in made] == ["work_visits_per_day"] and made[0].status == "watch"
    assert "below the usual range" in made[0].text("en") and "3%" in made[0].text("en")
    told = SimpleNamespace(summary=lambda: pd.DataFrame({"unit_id": ["t"], "direction": ["below"]}))
    assert work_findings(work, told, unit_id="t", name="T", due=due) == []  # type: ignore[arg-type]
