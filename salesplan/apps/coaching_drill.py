"""Where skills are missing, from tier to team to person: which rows a reader sees, and what stands in each cell."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import traitlets as t

from salesplan.coaching.gaps import NOT_ASSESSED
from salesplan.coaching.small_groups import INSUFFICIENT, SHOWN
from salesplan.errors import InputError, known_choices

if TYPE_CHECKING:
    from salesplan.coaching.training_needs import TrainingNeeds
    from salesplan.reporting.coaching_names import CoachingNames

EVERY_TEAM = "*"
"""In place of a team: the people of a tier, wherever they work."""
MOST_ROWS = 60
"""People shown at a time, those with the largest gaps."""
SELF_ONLY, MISSING, SAME_FOR_ALL = "self_only", "not_assessed", "not_told_apart"
CELLS = ["row", "skill", "gap", "gap_lower", "gap_upper", "level", "required_level", "n", "state"]
_WHERE = "coaching panel"


class SkillDrill(t.HasTraits):
    """The heatmap's place: all tiers, the teams of a tier, the people of a team, and the person who is open.

    Tiers are those of the whole company; teams and people are the reader's own. A tier of which the reader sees a
    single team, or only teams too small to tell anything of, opens at its people.

    Parameters
    ----------
    needs
        The month's training needs, as the reader may see them.
    names
        What tiers, teams, people and skills are called.
    """

    tier = t.Unicode("")
    team = t.Unicode("")
    person = t.Unicode("")

    def __init__(self, needs: "TrainingNeeds", names: "CoachingNames") -> None:
        super().__init__()
        self._needs, self.names = needs, names
        asked = needs.gaps.persons
        self._own = asked[asked["seller_id"].isin(needs.shown)]
        present = set(asked["tier"])
        self.tiers = tuple(tier for tier in names.tiers if tier in present)
        self.skills = self._ordered_skills()
        self._cells: dict[tuple[str, str], pd.DataFrame] = {}

    def _ordered_skills(self) -> tuple[str, ...]:
        """Skills, the largest mean gap of the company first."""
        overall = self._needs.gaps.by("skill").sort_values(["gap", "skill"], ascending=[False, True])
        return tuple(overall["skill"])

    @property
    def depth(self) -> str:
        """What the rows are: tier, team or person."""
        return "person" if self.team else "team" if self.tier else "tier"

    def teams(self, tier: str) -> tuple[str, ...]:
        """Teams of a tier of which the reader may see somebody, by name."""
        found = set(self._own.loc[self._own["tier"] == tier, "team"]) - {""}
        return tuple(sorted(found, key=lambda team: (self.names.unit(team), team)))

    def people(self, tier: str, team: str) -> tuple[str, ...]:
        """People of a team and tier whom the reader may see, by name."""
        rows = self._rows_of(tier, team)
        return tuple(sorted(set(rows["seller_id"]), key=lambda who: (self.names.person(who), who)))

    def _rows_of(self, tier: str, team: str) -> pd.DataFrame:
        own = self._own[self._own["tier"] == tier]
        return own if team == EVERY_TEAM else own[own["team"] == team]

    @property
    def rows(self) -> tuple[str, ...]:
        """Ids of the rows: tiers in the order of a career, teams and people with the largest mean gap first."""
        if self.depth == "tier":
            return self.tiers
        known = self.teams(self.tier) if self.depth == "team" else self.people(self.tier, self.team)
        mean = self.cells().groupby("row")["gap"].mean().reindex(known).fillna(-1.0)
        return tuple(mean.sort_values(ascending=False, kind="stable").index[:MOST_ROWS])

    def row_name(self, row: str) -> str:
        """What a row is called."""
        if self.depth == "tier":
            return row
        return self.names.unit(row) if self.depth == "team" else self.names.person(row)

    def open_row(self, row: str) -> None:
        """Follow a row: into a tier, a team, or to a person.

        Raises
        ------
        InputError
            No such row: what a page sends is checked, not believed.
        """
        if self.depth == "tier":
            self.open_tier(row)
        elif self.depth == "team":
            self.open_team(row)
        else:
            self.open_person(row)

    def open_tier(self, tier: str) -> None:
        """Show the teams of a tier; without one, all tiers."""
        if tier:
            self._check("tier", tier, self.tiers)
        teams = self.teams(tier) if tier else ()
        with self.hold_trait_notifications():
            self.tier, self.team, self.person = tier, teams[0] if len(teams) == 1 else "", ""
            if len(teams) > 1 and self.cells()["gap"].isna().all():
                self.team = EVERY_TEAM

    def open_team(self, team: str) -> None:
        """Show the people of a team; without one, the teams of the tier."""
        if team:
            self._check("team", team, (*self.teams(self.tier), EVERY_TEAM))
        with self.hold_trait_notifications():
            self.team, self.person = team, ""

    def open_person(self, seller_id: str) -> None:
        """Look at one person, wherever they are; without one, at nobody."""
        if not seller_id:
            self.person = ""
            return
        rows = self._own[self._own["seller_id"] == seller_id]
        self._check("seller_id", seller_id, tuple(dict.fromkeys(self._own["seller_id"])))
        with self.hold_trait_notifications():
            tier, team = str(rows["tier"].iloc[0]), str(rows["team"].iloc[0])
            stays = tier == self.tier and self.team == EVERY_TEAM
            self.tier, self.team, self.person = tier, EVERY_TEAM if stays else team, seller_id

    def _check(self, name: str, value: str, known: tuple[str, ...]) -> None:
        if value not in known:
            raise InputError(f"{name} == {value!r}, {known_choices(value, known)}", where=_WHERE)

    def cells(self) -> pd.DataFrame:
        """What stands in the cells of the rows shown.

        Returns
        -------
        DataFrame
            row, skill, gap with lower and upper, level, required_level, n (people behind it) and state: ``ok``,
            ``insufficient evidence``, ``hidden for the sake of a smaller group``, ``self_only``, ``not_assessed`` or
            ``not_told_apart`` (nearly everybody is rated at one end of the scale).
            Skills that nobody in a row is asked for are not there.
        """
        place = (self.tier, self.team)
        if place not in self._cells:
            self._cells[place] = self._person_cells() if self.team else self._group_cells()
        return self._cells[place]

    def _group_cells(self) -> pd.DataFrame:
        key = self.depth
        known = self.tiers if key == "tier" else self.teams(self.tier)
        found = self._needs.gaps.by(("tier", "skill") if key == "tier" else ("tier", "team", "skill"))
        if key == "team":
            found = found[found["tier"].astype(str) == self.tier]
        found = found[found[key].isin(known)].reset_index(drop=True)
        persons = self._needs.gaps.persons
        where = ["tier", "skill"] if key == "tier" else ["tier", "team", "skill"]
        flat = persons.loc[persons["not_told_apart"], where].drop_duplicates().assign(is_flat=True)
        is_flat = found.merge(flat, on=where, how="left")["is_flat"].eq(True) & found["n"].eq(0)
        return found.assign(status=found["status"].mask(is_flat, SAME_FOR_ALL)).rename(
            columns={key: "row", "status": "state"})[CELLS]

    def _person_cells(self) -> pd.DataFrame:
        rows = self._rows_of(self.tier, self.team)
        state = np.select([rows["not_told_apart"], rows["status"] == NOT_ASSESSED, rows["gap"].isna(), rows["self_only"]],
                          [SAME_FOR_ALL, MISSING, INSUFFICIENT, SELF_ONLY], SHOWN)
        n = (rows["status"] != NOT_ASSESSED).astype(int)
        return rows.assign(row=rows["seller_id"], n=n, state=state)[CELLS].reset_index(drop=True)


def is_grey(state: str) -> bool:
    """Whether a cell has no figure to show.

    Examples
    --------
    >>> is_grey("ok"), is_grey("self_only"), is_grey(INSUFFICIENT)
    (False, False, True)
    """
    return state not in (SHOWN, SELF_ONLY)
