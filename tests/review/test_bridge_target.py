"""The bridge from target: exact, honest about luck, and each cause in its own bar, with every zero in a defined place."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InputError
from salesplan.review.bridge import Bridge
from salesplan.review.bridge_reference import season_factor
from salesplan.review.bridge_target import TARGET_PARTS, _reference_notes
from salesplan.review.bridge_timing import deal_timing
from salesplan.text.wording import say_details
from tests.review.target_company import DAYS, NOW, TargetCompany, target_company

CAUSES = ["capacity", "stretch", "activity", "conversion", "deal_size"]


def parts(found: Bridge, unit: str) -> dict[str, float]:
    steps = found.steps(unit).set_index("part")["amount"]
    return {k: v for k, v in steps.items() if v}


def changed(company: TargetCompany, seller: str, **facts) -> TargetCompany:
    """One seller's row of the judged month set to these facts; lines follow the amount."""
    process, lines = company.process.copy(), company.lines
    row = process["seller_id"].eq(seller) & process["month"].eq(NOW)
    for name, value in facts.items():
        process.loc[row, name] = value
    if "amount_fen" in facts:
        mine = lines["unit_id"].eq(seller) & lines["month"].eq(NOW)
        line = lines.iloc[:1].assign(month=NOW, unit_id=seller, rep_id=seller, amount_fen=facts["amount_fen"], n_orders=1)
        lines = pd.concat([lines[~mine], line[line["amount_fen"] != 0]], ignore_index=True)
    return TargetCompany(units=company.units, process=process, lines=lines, seats=company.seats, targets=company.targets)


@pytest.fixture(scope="module")
def usual() -> TargetCompany:
    return target_company(seed=3)


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000), method=st.sampled_from(["shapley", "lmdi"]))
def test_parts_add_up_to_the_fen_at_every_node_whatever_the_data(seed, method):
    rng = np.random.default_rng(seed)
    company = target_company(seed=seed, teams=2, people=3, visits=rng.choice([2, 30]), conversion=rng.choice([0.02, 0.4]))
    process, lines, targets = company.process.copy(), company.lines.copy(), company.targets.copy()
    for column in ("working_days", "visits", "orders"):
        process.loc[rng.random(len(process)) < 0.15, column] = 0.0
        process.loc[rng.random(len(process)) < 0.1, column] = np.nan
    lines["amount_fen"] = np.where(rng.random(len(lines)) < 0.2, -lines["amount_fen"], lines["amount_fen"])
    lines["rep_id"] = lines["rep_id"].astype(object).where(rng.random(len(lines)) > 0.1, None)
    extra = pd.DataFrame({"month": NOW, "scope_type": "org", "scope_id": ["co", "t1"], "judged": rng.uniform(1e5, 1e6, 2).round(2)})
    targets = pd.concat([targets[rng.random(len(targets)) > 0.2], extra.assign(restated=extra["judged"])], ignore_index=True)
    targets.loc[rng.random(len(targets)) < 0.1, "restated"] = 0.0
    deals = pd.DataFrame({
        "seller_id": rng.choice(company.seats["seller_id"].unique(), 30), "status": rng.choice(["open", "won", "lost"], 30),
        "amount": rng.uniform(1, 1e5, 30),
        "expected_close_date": pd.Timestamp("2026-09-01") + pd.to_timedelta(rng.integers(0, 90, 30), "D"),
        "closed_date": pd.Timestamp("2026-09-01") + pd.to_timedelta(rng.integers(0, 90, 30), "D")})
    deals.loc[deals["status"] == "open", "closed_date"] = pd.NaT
    given_ = {"deals": deals, "as_of": pd.Timestamp("2026-11-30"), "method": method}
    messy = TargetCompany(units=company.units, process=process, lines=lines, seats=company.seats, targets=targets)
    found = messy.bridge(**given_)
    table = found.by()
    assert (table[list(TARGET_PARTS)].sum(axis=1) == table["end_fen"] - table["start_fen"]).all()
    assert table.loc["co", "end_fen"] == lines.loc[lines["month"] == NOW, "amount_fen"].sum()
    assert table.loc["co", "start_fen"] == round(100 * targets.loc[targets["scope_id"] == "co", "restated"].item())
    assert np.isfinite(found.spread.to_numpy()).all()
    mixed = TargetCompany(units=company.units, process=process.sample(frac=1, random_state=1), seats=company.seats,
                          lines=lines.sample(frac=1, random_state=2), targets=targets.sample(frac=1, random_state=3))
    again = mixed.bridge(**given_)
    pd.testing.assert_frame_equal(again.by(), table)
    pd.testing.assert_frame_equal(again.spread, found.spread)


def test_a_team_whose_conversion_fell_is_found_and_nothing_else_is_blamed():
    company = target_company(seed=1, visits=300, now={f"t1s{i}": {"conversion": 0.4} for i in range(8)})
    steps = company.bridge().steps("t1").set_index("part")
    assert steps.loc["conversion", "upper"] < 0 and steps.loc["conversion", "share"] < -0.35
    assert (steps.loc[["stretch", "activity", "deal_size"], "amount"].abs() < 0.3 * -steps.loc["conversion", "amount"]).all()


def test_without_any_cause_bars_reach_beyond_their_luck_about_once_in_five():
    beyond = []
    for seed in range(12):
        found = target_company(seed=100 + seed, teams=2, people=6).bridge()
        for unit in ("co", "t0", "t1s1"):
            steps = found.steps(unit).set_index("part").loc[CAUSES[1:]]
            beyond += (~steps["can_be_luck"] & (steps["amount"] != 0)).tolist()
    assert 0.08 < np.mean(beyond) < 0.28, "80 % intervals"


def test_two_months_alike_by_chance_make_no_season():
    """Fourteen months hold two calendar months twice: their agreement says next to nothing about a season."""
    moved = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        index = NOW.ordinal - 14 + np.arange(14)
        factor, error = season_factor(rng.normal(50, 2.5, 14), np.full(14, 50.0), index, NOW)
        moved.append((factor - 1, error))
    off, said = np.array(moved).T
    assert np.sqrt((off**2).mean()) < 0.025, "half of a month's noise"
    assert np.sqrt((said**2).mean()) > 0.6 * np.sqrt((off**2).mean())


def test_a_target_far_above_the_usual_is_the_targets_doing_not_the_sellers(usual):
    asked = target_company(seed=3, ask=1.5).bridge().steps("co").set_index("part")
    plain = usual.bridge().steps("co").set_index("part")
    assert asked.loc["stretch", "upper"] < 0 and asked.loc["stretch", "share"] < -0.25
    for cause in ("activity", "conversion", "deal_size"):
        assert abs(asked.loc[cause, "amount"] / plain.loc[cause, "amount"] - 1) < 0.5, "what people did is the same"


def test_absence_takes_all_of_a_target_nobody_was_there_for(usual):
    away = changed(usual, "t0s0", working_days=0.0, visits=0.0, orders=0.0, amount_fen=0).bridge()
    goal = usual.targets.set_index("scope_id").loc["t0s0", "restated"]
    assert parts(away, "t0s0") == {"capacity": -goal}


def test_no_visit_is_pace_and_no_order_is_conversion(usual):
    goal = usual.targets.set_index("scope_id").loc["t0s0", "restated"]
    idle = parts(changed(usual, "t0s0", visits=0.0, orders=0.0, amount_fen=0).bridge(), "t0s0")
    assert set(idle) == {"stretch", "activity"} and sum(idle.values()) == pytest.approx(-goal)
    unlucky = parts(changed(usual, "t0s0", orders=0.0, amount_fen=0).bridge(), "t0s0")
    assert set(unlucky) == {"stretch", "activity", "conversion"} and unlucky["conversion"] < -0.5 * goal


def test_orders_without_a_visit_go_by_orders_a_day_and_are_said(usual):
    for visits in (0.0, np.nan):
        found = changed(usual, "t0s0", visits=visits).bridge()
        told = parts(found, "t0s0")
        assert "orders" in told and not {"activity", "conversion"} & set(told)
        assert any("orders a day" in n["msgid"] and n["details"]["n"] == 1 for n in found.notes)


def test_returns_beyond_sales_and_without_sales_have_their_bar(usual):
    own = usual.lines[usual.lines["unit_id"].eq("t0s0") & usual.lines["month"].eq(NOW)]
    back = own.iloc[:1].assign(amount_fen=-5 * int(own["amount_fen"].sum()))
    lines = pd.concat([usual.lines, back], ignore_index=True)
    company = TargetCompany(units=usual.units, process=usual.process, lines=lines, seats=usual.seats, targets=usual.targets)
    found = company.bridge()
    assert found.by(["t0s0"])["end_fen"].item() < 0
    assert parts(found, "t0s0")["returns"] < -2 * own["amount_fen"].sum() / 100
    only = changed(usual, "t0s0", orders=0.0, amount_fen=-123_45).bridge()
    assert parts(only, "t0s0")["returns"] == -123.45


def test_people_without_a_target_and_orders_of_nobody_have_their_bars(usual):
    own = usual.lines["unit_id"].eq("t0s0") & usual.lines["month"].eq(NOW)
    lines = usual.lines.assign(rep_id=usual.lines["rep_id"].astype(object).where(~own, None))
    targets = usual.targets[usual.targets["scope_id"] != "t0s1"]
    company = TargetCompany(units=usual.units, process=usual.process, lines=lines, seats=usual.seats, targets=targets)
    found = company.bridge()
    assert parts(found, "t0s0")["unassigned"] == usual.lines.loc[own, "amount_fen"].sum() / 100
    assert set(parts(found, "t0s1")) == {"no_target"} and found.by(["t0s1"])["start_fen"].item() == 0


def test_what_a_unit_has_above_its_people_is_carried_by_nobody(usual):
    goals = usual.targets.set_index("scope_id")["restated"]
    team = round(goals[goals.index.str.startswith("t0")].sum() + 1000, 2)
    extra = pd.DataFrame({"month": [NOW], "scope_type": ["org"], "scope_id": ["t0"], "judged": [team], "restated": [team]})
    company = TargetCompany(units=usual.units, process=usual.process, lines=usual.lines, seats=usual.seats,
                            targets=pd.concat([usual.targets, extra], ignore_index=True))
    found = company.bridge()
    assert parts(found, "t0")["uncarried"] == -1000.0 and "uncarried" not in parts(found, "t1")
    assert found.by(["t0"])["start_fen"].item() == round(100 * team)


def test_a_unit_whose_people_have_no_targets_is_spread_over_them_by_what_is_usual(usual):
    goals = usual.targets.set_index("scope_id")["restated"]
    alone = pd.DataFrame({"month": NOW, "scope_type": "org", "scope_id": ["co"], "judged": goals.sum(), "restated": goals.sum()})
    company = TargetCompany(units=usual.units, process=usual.process, lines=usual.lines, seats=usual.seats, targets=alone)
    found = company.bridge()
    shared = found.by(goals.index.tolist())["start_fen"]
    assert shared.sum() == round(100 * goals.sum()) and "uncarried" not in parts(found, "co")
    assert np.corrcoef(shared / 100, goals.reindex(shared.index))[0, 1] > 0.9


def test_deals_that_slipped_come_out_of_the_other_bars(usual):
    def deal(expected: str, closed: str | None, amount: float, status: str = "won") -> tuple[object, ...]:
        return ("t0s0", status, amount, pd.Timestamp(expected), pd.Timestamp(closed) if closed else pd.NaT)

    columns = ["seller_id", "status", "amount", "expected_close_date", "closed_date"]
    slipped = pd.DataFrame([deal("2026-10-20", "2026-11-05", 3000.0), deal("2026-11-10", "2026-10-30", 1000.0)], columns=columns)
    told = parts(usual.bridge(deals=slipped, as_of=pd.Timestamp("2026-11-30")), "t0s0")
    plain = parts(usual.bridge(), "t0s0")
    assert told["timing"] == -2000.0
    assert told["conversion"] - plain["conversion"] > 0 and sum(told.values()) == pytest.approx(sum(plain.values()))
    late = [deal("2026-08-20", "2026-09-05", 1.0, "won" if i < 6 else "lost") for i in range(12)]
    open_one = pd.DataFrame([*late, deal("2026-10-15", None, 1000.0, "open")], columns=columns)
    assert parts(usual.bridge(deals=open_one), "t0s0")["timing"] == -500.0
    unknown = usual.bridge(deals=open_one.iloc[-1:])
    assert "timing" not in parts(unknown, "t0s0") and any("Too few late deals" in n["msgid"] for n in unknown.notes)


def test_a_seller_gone_with_a_target_left_behind_is_an_empty_seat(usual):
    units = usual.units[usual.units["unit_id"] != "t0s0"]
    lines = usual.lines.assign(unit_id=usual.lines["unit_id"].replace("t0s0", "t0/former"))
    lines = lines[~(lines["rep_id"].eq("t0s0") & lines["month"].eq(NOW))]
    process = usual.process[~(usual.process["seller_id"].eq("t0s0") & usual.process["month"].eq(NOW))]
    seats = usual.seats[~(usual.seats["seller_id"].eq("t0s0") & usual.seats["month"].eq(NOW))]
    company = TargetCompany(units=units, process=process, lines=lines, seats=seats, targets=usual.targets)
    goal = usual.targets.set_index("scope_id").loc["t0s0", "restated"]
    assert parts(company.bridge(), "t0/former") == {"capacity": -goal}


def test_a_newcomer_is_measured_by_the_tier_and_that_is_said(usual):
    process = usual.process[~(usual.process["seller_id"].eq("t0s0") & usual.process["month"].lt(NOW))]
    company = TargetCompany(units=usual.units, process=process, lines=usual.lines, seats=usual.seats, targets=usual.targets)
    found = company.bridge()
    new, known = (found.factors.set_index("seller_id").loc[s] for s in ("t0s0", "t0s1"))
    middle = found.factors["conversion_usual"].mean()
    assert abs(new["conversion_usual"] / middle - 1) < 0.15 and new["own_months"] == 0 < known["own_months"]
    assert any("fewer than three months" in note["msgid"] for note in found.notes)


def test_two_months_are_the_sum_of_each(usual):
    before = NOW - 1
    both = pd.concat([usual.targets, usual.targets.assign(month=before)], ignore_index=True)
    company = TargetCompany(units=usual.units, process=usual.process, lines=usual.lines, seats=usual.seats, targets=both)
    whole = company.bridge(months=[before, NOW]).by()
    pd.testing.assert_frame_equal(whole, company.bridge(months=[before]).by() + company.bridge(months=[NOW]).by())


def test_where_orders_were_never_known_nothing_is_made_up(usual):
    process = usual.process.assign(orders=np.nan, amount_fen=0)
    lines = usual.lines.assign(n_orders=0)
    company = TargetCompany(units=usual.units, process=process, lines=lines, seats=usual.seats, targets=usual.targets)
    assert set(parts(company.bridge(), "co")) == {"unknown"}


def test_what_cannot_be_bridged_is_refused_by_name(usual):
    with pytest.raises(InputError, match="version"):
        usual.bridge(version="newest")
    with pytest.raises(InputError, match="method"):
        usual.bridge(method="guess")
    with pytest.raises(InputError, match="working_days"):
        usual.bridge(working_days=DAYS.iloc[:3])
    twice = TargetCompany(units=usual.units, process=usual.process, lines=usual.lines, seats=usual.seats,
                          targets=pd.concat([usual.targets, usual.targets.iloc[:1]]))
    with pytest.raises(InputError, match="t0s0"):
        twice.bridge()


def test_a_person_is_told_what_the_target_needed_in_their_own_figures(usual):
    found = usual.bridge()
    said = found.explain("t0s0")[1]
    row = found.drivers("t0s0").iloc[0]
    needed = row["target"] / (20 * row["conversion_usual_value"] * row["deal_size_usual_amount"] * row["kept_usual_share"])
    assert said["details"]["needed_value"]["number"] == pytest.approx(needed)
    for language, words in (("zh", "每个工作日拜访"), ("en", "visits a working day")):
        assert words in say_details(said["msgid"], said["details"], language)
    blind = changed(usual, "t0s0", visits=np.nan).bridge().explain("t0s0")[1]
    assert "orders a working day" in say_details(blind["msgid"], blind["details"], "en")
    luck = next(s for s in found.explain("co") if "luck" in s["msgid"])
    assert "可能只是偶然" in say_details(luck["msgid"], luck["details"], "zh")


def test_a_long_table_of_all_nodes_agrees_with_each(usual):
    found = usual.bridge()
    long = found.to_frame()
    own = long[long["unit_id"] == "t1"].reset_index(drop=True)
    pd.testing.assert_frame_equal(own[["part", "amount", "lower"]], found.steps("t1")[["part", "amount", "lower"]])


def test_without_deals_and_visits_nothing_is_said_of_them(usual):
    none = pd.DataFrame({c: [] for c in ("seller_id", "status", "amount", "expected_close_date", "closed_date")})
    assert deal_timing(none, month=pd.Period("2026-10"), as_of=pd.Timestamp("2026-10-31"))[1] == []
    blind = TargetCompany(units=usual.units, process=usual.process.assign(visits=np.nan), lines=usual.lines, seats=usual.seats,
                          targets=usual.targets)
    said = " ".join(say_details(note["msgid"], note["details"], "en") for note in blind.bridge().notes)
    assert "visits a day" not in said and "orders a visit" not in said


def test_a_trend_is_told_of_known_figures_only():
    known, unknown = SimpleNamespace(value=np.array([2.0]), trend=0.1), SimpleNamespace(value=np.array([np.nan]), trend=None)
    usual = {"order_pace": known, "pace": unknown, "conversion": unknown, "deal_size": known}
    note = _reference_notes(usual, 12)[0]  # type: ignore[arg-type]
    assert "orders a day +10.0%, deal size +10.0% a year" in say_details(note["msgid"], note["details"], "en")
