"""The page says what closing a gap takes, and a unit's parts add up to its gap."""

import pandas as pd
import pytest

from salesplan.reporting.review_names import ReviewNames
from salesplan.reporting.show_closing import closing_parts, show_closing
from salesplan.reporting.show_standing import show_standing, standing_parts, standing_rest
from salesplan.reporting.show_work import show_work
from salesplan.review.attainment import Attainment, attainment
from salesplan.review.work_charts import work_charts
from tests.review.test_closing_gap import closed, missing, work

NAMES = {language: ReviewNames(language=language, nodes={"t": "T", "a": "<b>A", "b": "B"}) for language in ("zh", "en")}


def test_the_hardest_part_stands_first_and_the_words_come_with_figures() -> None:
    found = closed(missing(t=900_000.0, a=800_000.0, b=60_000.0), work({"a": 100.0, "b": 60.0}))
    parts = closing_parts(found, NAMES["en"], unit_id="t")
    assert parts["unit_id"].tolist() == ["a", "b"] and parts["p_best"].is_monotonic_increasing
    page = show_closing(found, NAMES["en"], unit_id="t")
    assert "Out of reach" in page.plain and "Visits needed, 80% sure" in page.plain and "&lt;b&gt;A" in page.html
    assert "难以做到" in show_closing(found, NAMES["zh"], unit_id="t").plain
    assert "1 more" in show_closing(found, NAMES["en"], unit_id="t", top=1).plain
    assert "no gap to close" in show_closing(found, NAMES["en"], unit_id="n").plain


def test_figures_of_the_work_are_left_out_where_nothing_is_known_of_them() -> None:
    process = work({"a": 100.0}).assign(won=4.0, lost=6.0)
    shown = show_work(work_charts(process, month=process["month"].max()), NAMES["en"])
    assert "Visits per working day" in shown.plain and "Win rate of deals closed" in shown.plain
    assert not show_work(work_charts(process.head(3), month=process["month"].max()), NAMES["en"]).plain


@pytest.fixture
def standing() -> Attainment:
    """The unit asks 30 more than its people have; 5 were sold by somebody who is no longer here."""
    units = pd.DataFrame([("t", None, "team", "T"), ("a", "t", "rep", "A"), ("b", "t", "rep", "B")],
                         columns=["unit_id", "parent_id", "level", "name"])
    months = pd.PeriodIndex(["2026-09"], freq="M")
    sold = pd.DataFrame({"month": months.repeat(3), "unit_id": ["a", "b", "t/former"], "org_id": "t", "rep_id": ["a", "b", "gone"],
                         "amount_fen": [9000, 4000, 500]})
    seats = pd.DataFrame({"month": months.repeat(2), "seller_id": ["a", "b"], "org_id": "t"})
    goals = pd.DataFrame({"month": months.repeat(3), "scope_type": ["rep", "rep", "org"], "scope_id": ["a", "b", "t"],
                          "judged": [100.0, 50.0, 180.0], "restated": [100.0, 50.0, 180.0], "source": ""})
    year = pd.period_range("2026-01", "2026-12", freq="M")
    return attainment(sold, goals, units, seats, month=months[0], quarter_months=year[6:9], year_months=year)


def test_what_belongs_to_no_part_stands_below_the_parts_so_that_they_add_up(standing: Attainment) -> None:
    names = NAMES["en"]
    parts, rest = standing_parts(standing, names, unit_id="t"), standing_rest(standing, names, unit_id="t")
    own = standing.frame("month").set_index("unit_id").loc["t"]
    assert rest["name"].tolist() == ["People now elsewhere, and sales without a person", "Target not passed down"]
    assert rest["gap"].tolist() == [5.0, -30.0]
    assert parts["gap"].sum() + rest["gap"].sum() == pytest.approx(own["judged_actual"] - own["judged_target"])
    page = show_standing(standing, names, unit_id="t").plain
    assert "Target not passed down" in page
    assert standing_rest(standing, names, unit_id="a").empty
