"""Tables of the company, tiers, teams and teams within tiers: together they give no hidden figure away."""

import numpy as np
import pandas as pd
import pytest

from salesplan.coaching.gaps import skill_gaps
from salesplan.coaching.nested_groups import TABLES, nested_status
from salesplan.coaching.skill_levels import skill_levels


def shown_and_hidden(cells, minimum=5, **kwargs):
    """0/1 rows over the finest cells of every figure in the four tables, which are shown and which hidden, and people."""
    people = cells[cells["n"] > 0].reset_index(drop=True)
    rows, told, sizes = [], [], []
    for keys in TABLES:
        groups = people.groupby(list(keys))["n"].sum().reset_index() if keys else pd.DataFrame({"n": [people["n"].sum()]})
        names = groups[list(keys)]
        status = nested_status(names, groups["n"].to_numpy(), cells, minimum=minimum, **kwargs)
        for at in range(len(groups)):
            inside = np.ones(len(people), bool)
            for key in keys:
                inside &= (people[key] == groups[key].iloc[at]).to_numpy()
            rows.append(inside.astype(float))
            told.append(status[at] == "ok")
            sizes.append(groups["n"].iloc[at])
    return np.array(rows), np.array(told), np.array(sizes)


def company(rng, n_teams, tiers=("new", "core", "lead")):
    grid = pd.DataFrame([(t, f"t{i}") for t in tiers for i in range(n_teams)], columns=["tier", "team"])
    most = rng.choice([3, 6, 12, 20], len(grid))
    return grid.assign(n=rng.integers(0, most + 1))


def recoverable(rows, told):
    """Hidden figures that are a linear combination of shown ones."""
    shown = rows[told]
    if not len(shown):
        return np.zeros(0, bool)
    _, values, right = np.linalg.svd(shown, full_matrices=False)
    right = right[values > 1e-9]
    hidden = rows[~told]
    return np.abs(hidden - (hidden @ right.T) @ right).max(axis=1) < 1e-8


@pytest.mark.parametrize("n_teams", [2, 4, 8, 15])
def test_no_hidden_figure_is_a_combination_of_shown_ones(n_teams):
    rng = np.random.default_rng(n_teams)
    n_hidden = n_shown = 0
    for _ in range(8):
        rows, told, sizes = shown_and_hidden(company(rng, n_teams))
        assert not told[sizes < 5].any()
        assert not recoverable(rows, told).any()
        n_hidden, n_shown = n_hidden + (~told).sum(), n_shown + told.sum()
    assert n_hidden and n_shown > (0 if n_teams < 8 else 0.2 * n_hidden)


@pytest.mark.parametrize("n_teams", [2, 6, 12])
def test_without_totals_of_teams_no_small_group_is_given_away(n_teams):
    rng = np.random.default_rng(n_teams)
    for _ in range(8):
        rows, told, sizes = shown_and_hidden(company(rng, n_teams), team_totals=False)
        assert not told[sizes < 5].any()
        assert not recoverable(rows, told)[sizes[~told] < 5].any()


def test_leaders_do_not_cost_the_figures_of_their_teams_where_totals_are_not_told():
    cells = pd.DataFrame([(tier, f"t{i}", n) for i in range(8) for tier, n in (("lead", 1), ("core", 8))],
                         columns=["tier", "team", "n"])
    core = cells["tier"] == "core"
    with_totals = nested_status(cells[["tier", "team"]], cells["n"].to_numpy(), cells)
    without = nested_status(cells[["tier", "team"]], cells["n"].to_numpy(), cells, team_totals=False)
    assert (with_totals[core] != "ok").all() and (without[core] == "ok").all()
    teams = cells.groupby("team")["n"].sum().reset_index()
    assert (nested_status(teams[["team"]], teams["n"].to_numpy(), cells, team_totals=False) != "ok").all()


def test_one_table_alone_would_have_given_the_small_team_away():
    """Team a has 3 people; b is hidden for its sake by team, yet was shown by tier and team."""
    cells = pd.DataFrame([("core", "a", 3), ("core", "b", 7), ("core", "c", 5), ("new", "c", 6), ("core", "d", 12),
                          ("new", "d", 6)], columns=["tier", "team", "n"])
    rows, told, _ = shown_and_hidden(cells)
    assert not recoverable(rows, told).any()
    teams = cells.groupby("team")["n"].sum().reset_index()
    status = nested_status(teams[["team"]], teams["n"].to_numpy(), cells)
    assert status.tolist() == ["insufficient evidence", "hidden for the sake of a smaller group", "ok", "ok"]
    assert nested_status(cells[["tier", "team"]], cells["n"].to_numpy(), cells)[1] != "ok"


def test_nothing_is_hidden_where_all_are_many():
    cells = pd.DataFrame([(t, u, 6) for t in "xy" for u in "abc"], columns=["tier", "team", "n"])
    assert shown_and_hidden(cells)[1].all()


def test_tables_of_gaps_hide_together():
    rng = np.random.default_rng(0)
    spec = [("a", "core", 3), ("b", "core", 7), ("c", "core", 5), ("c", "new", 6), ("d", "core", 12), ("d", "new", 6)]
    people = pd.DataFrame([(f"{team}{tier}{i}", tier, team) for team, tier, n in spec for i in range(n)],
                          columns=["seller_id", "tier", "team"])
    rows = [(p, s, source, "2026-09-01", float(np.clip(rng.normal(3, 0.6), 1, 5))) for p in people["seller_id"]
            for s in ("s0", "s1") for source in ("test", "manager")]
    frame = pd.DataFrame(rows, columns=["seller_id", "skill", "source", "assessed_date", "level"])
    profile = pd.DataFrame([(t, s, 3.5) for t in ("core", "new") for s in ("s0", "s1")],
                           columns=["tier", "skill", "required_level"])
    gaps = skill_gaps(skill_levels(frame, people=people), people, profile)
    for within in ((), ("skill",)):
        by_team = gaps.by(("team", *within)).set_index(["team", *within])["status"]
        by_both = gaps.by(("tier", "team", *within)).set_index(["team", "tier", *within])["status"]
        assert (by_team.loc[["b"]] != "ok").all() and (by_both.loc[["b"]] != "ok").all()
        assert (by_team.loc[["c", "d"]] == "ok").all()
