"""Whom of the people the panel shows: filters, search, order and pages."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import traitlets as t

from salesplan.errors import InputError, Sentence
from salesplan.text import say

if TYPE_CHECKING:
    from salesplan.apps.kpi_preview import ScorePreview
    from salesplan.kpis.scheme import KpiScheme

ROWS = 20
"""People on a page."""
_WHERE = Sentence("KPI panel")


class PeopleView(t.HasTraits):
    """Filter by unit and set, search, page, and the person who is open."""

    unit_id = t.Unicode("")
    set_code = t.Unicode("")
    query = t.Unicode("")
    page = t.Int(0)
    person = t.Unicode("")

    def __init__(self, data: Any, preview: "ScorePreview") -> None:
        super().__init__()
        self.preview = preview
        totals = preview.before.totals
        self.sellers = totals.index.to_numpy(str)
        self.names = totals["name"].astype(str).to_numpy(object)
        self.sets = preview.sets
        self.n_ranked = totals["n_ranked"].to_numpy(float)
        self.tiers = totals["tier"].astype(object).where(totals["tier"].notna(), "").to_numpy(object)
        self.org = totals["org_id"].astype(object).where(totals["org_id"].notna(), "").to_numpy(object)
        self._units = data.units
        flags = data.profiles.set_index(data.profiles["seller_id"].astype(str)).get("is_shown")
        self._visible = np.ones(len(self.sellers), bool) if flags is None else flags.reindex(self.sellers).to_numpy(bool)
        self._search = np.array([f"{n} {s}".lower() for n, s in zip(self.names, self.sellers, strict=True)], dtype=object)

    def units(self) -> list[tuple[str, str, int]]:
        """Units with people below them, top-down: id, name, depth."""
        units = self._units[self._units["level"] != "rep"]
        parent = {str(u): str(p) if isinstance(p, str) else "" for u, p in zip(units["unit_id"], units["parent_id"], strict=True)}
        names = dict(zip(units["unit_id"].astype(str), units["name"].astype(str), strict=True))
        busy: set[str] = set()
        for org in set(map(str, self.org[self._visible])):
            at = org
            while at in parent and at not in busy:
                busy.add(at)
                at = parent[at]
        found: list[tuple[str, str, int]] = []

        def walk(unit: str, depth: int) -> None:
            found.append((unit, names[unit], depth))
            for child in sorted((u for u, p in parent.items() if p == unit and u in busy), key=lambda u: names[u]):
                walk(child, depth + 1)

        for top in sorted((u for u in busy if parent[u] not in parent), key=lambda u: names[u]):
            walk(top, 0)
        return found

    def choose(self, **changes: Any) -> None:
        """Change filters or page; a new filter begins on the first page.

        Raises
        ------
        InputError
            A unit or person that is not in the data: what a page sends is checked, not believed.
        """
        known = {"", *(unit for unit, _, _ in self.units())}
        if changes.get("unit_id", "") not in known:
            raise InputError(Sentence("unit_id == {given}, must be a unit of the data", given=repr(changes["unit_id"])), where=_WHERE)
        if changes.get("set_code", "") not in {"", *self.sets}:
            raise InputError(Sentence("set_code == {given}, must be a KPI set of the scheme", given=repr(changes["set_code"])),
                             where=_WHERE)
        with self.hold_trait_notifications():
            for name, value in changes.items():
                setattr(self, name, value)
            if {"unit_id", "set_code", "query"} & set(changes):
                self.page = 0
            self.page = max(0, min(self.page, self.n_pages - 1))

    def called(self, seller_id: str, language: str) -> str:
        """A person's name; of colleagues whom the reader may not see it says no more than that."""
        at = np.flatnonzero(self.sellers == seller_id)
        if not at.size or not self._visible[at[0]]:
            return say("a colleague elsewhere", language)
        return str(self.names[at[0]])

    def open(self, seller_id: str) -> None:
        """Look into one person's score; an empty id closes it."""
        if seller_id and seller_id not in set(self.sellers[self._visible]):
            raise InputError(Sentence("seller_id == {given}, must be a person of the data", given=repr(seller_id)), where=_WHERE)
        self.person = "" if seller_id == self.person else seller_id

    def shown(self) -> np.ndarray:
        """Places of the people that the filters leave, in no order."""
        keep = self._visible.copy()
        if self.set_code:
            keep &= self.sets == self.set_code
        if self.unit_id:
            keep &= np.isin(self.org, list(self._below(self.unit_id)))
        if wanted := self.query.strip().lower():
            keep &= np.array([wanted in text for text in self._search], bool)
        return np.flatnonzero(keep)

    def _below(self, unit: str) -> set[str]:
        below, new = {unit}, {unit}
        while new:
            new = set(self._units.loc[self._units["parent_id"].isin(new), "unit_id"].astype(str)) - below
            below |= new
        return below

    @property
    def n_pages(self) -> int:
        """Pages of the people that the filters leave; at least one."""
        return max(1, -(-len(self.shown()) // ROWS))

    def rows(self, scheme: "KpiScheme", *, page: int | None = None, most: int = ROWS) -> pd.DataFrame:
        """The people of a page under a scheme, best first, set by set.

        Returns
        -------
        DataFrame, index seller_id: name, tier, set, score, rank (in the set), n_ranked, score_before, rank_before, move (places gained),
        score_lower, score_upper, and where the bands are known rank_lower, rank_upper, band.
        """
        scores = self.preview.scores(scheme)
        place, before = self.preview.ranks(scores), self.preview.rank_before
        shown, sets = self.shown(), {code: at for at, code in enumerate(scheme.codes)}
        by_set = np.array([sets.get(code, len(sets)) for code in self.sets[shown]])
        order = shown[np.lexsort((self.sellers[shown], np.nan_to_num(place[shown], nan=np.inf), by_set))]
        at = self.page if page is None else page
        mine = order[at * most : (at + 1) * most]
        columns: dict[str, Any] = {
            "name": self.names[mine], "tier": self.tiers[mine], "set": self.sets[mine], "score": scores[mine],
            "rank": place[mine], "n_ranked": self.n_ranked[mine],
            "score_before": self.preview.before.totals["score"].to_numpy(float)[mine], "rank_before": before[mine],
            "move": before[mine] - place[mine],
        }  # fmt: skip
        if not self.preview.has_card(scheme):
            columns["score_lower"], columns["score_upper"] = self.preview.intervals(scheme, list(self.sellers[mine]))
        frame = pd.DataFrame(columns, index=pd.Index(self.sellers[mine], name="seller_id"))
        if self.preview.has_card(scheme):
            totals = self.preview.card(scheme).totals
            return frame.join(totals[["score_lower", "score_upper", "rank_lower", "rank_upper", "band"]])
        return frame
