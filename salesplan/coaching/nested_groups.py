"""Tables by tier, by team and by both, hidden together: none gives away what another keeps."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.coaching.small_groups import COMPLEMENT, INSUFFICIENT, MINIMUM, SHOWN, group_status

Codes = NDArray[np.int64]
NESTED = ("tier", "team")
"""Dimensions whose tables, and table of both, are hidden together."""
TABLES: tuple[tuple[str, ...], ...] = ((), ("tier",), ("team",), NESTED)
_NEAR_FREE = 1e-3


def nested_status(
    groups: pd.DataFrame, n: Codes, cells: pd.DataFrame, *, minimum: int = MINIMUM, team_totals: bool = True
) -> NDArray[np.object_]:
    """Which groups may show a figure when the company, tiers, teams and teams within tiers are all on offer.

    Parameters
    ----------
    groups
        One row a group; columns some of tier, team and others (skill) within which each table stands alone.
    n
        People behind the group's figure.
    cells
        tier, team, the other columns of ``groups`` and ``n``: people at the finest grain.
    minimum
        Fewer people than this are insufficient evidence.
    team_totals
        Whether teams are told over all tiers. Where each team has a leader of another tier, that costs the figures of
        teams within tiers, or those give the leaders away; without, teams are told within tiers only.

    Returns
    -------
    array
        As `group_status`. Besides its rule, which looks at one table, no hidden figure is a sum or difference of
        figures shown in any of the four tables, and no two small ones are known together below ``minimum`` people.

    Notes
    -----
    Cells of a two-way table and their totals are the edges of a graph in which every sum is a node (Gusfield 1988): a
    hidden figure can be worked out just where its edge is a bridge among the hidden ones. Bridges are closed by hiding
    the path with the fewest people. Edges whose random labels of cycles agree are known together (Pritchard & Thurimella
    2011).

    Examples
    --------
    >>> cells = pd.DataFrame({"tier": "core", "team": list("abcd"), "n": [3, 7, 11, 18]})
    >>> nested_status(cells[["team"]], cells["n"].to_numpy(), cells).tolist()[:2]
    ['insufficient evidence', 'hidden for the sake of a smaller group']
    """
    n = np.asarray(n, dtype=np.int64)
    within = [c for c in groups.columns if c not in NESTED]
    asked = [c for c in NESTED if c in groups.columns]
    parts = [_table(cells, [*keys, *within], minimum) for keys in TABLES]
    if not team_totals:
        parts[2]["hidden"] = True
        parts[3]["hidden"] = _hidden_by_tier(parts[3], within, minimum)
    if len(cells) and any((part["hidden"] & (part["n"] > 0)).any() for part in parts):
        parts = _closed(parts, within, minimum, team_totals=team_totals)
    keys = [*asked, *within]
    found = parts[TABLES.index(tuple(asked))]
    if keys:
        hidden = groups[keys].merge(found[[*keys, "hidden"]], on=keys, how="left")["hidden"].fillna(True).to_numpy(bool)
    else:
        hidden = np.full(len(groups), bool(found["hidden"].any()))
    return np.where(n < minimum, INSUFFICIENT, np.where(hidden, COMPLEMENT, SHOWN)).astype(object)


def _table(cells: pd.DataFrame, keys: Sequence[str], minimum: int) -> pd.DataFrame:
    """One of the tables, with what its own rule hides."""
    if not keys:
        total = int(cells["n"].sum())
        return pd.DataFrame({"n": [total], "hidden": [total < minimum]})
    table = cells.groupby(list(keys), sort=True)["n"].sum().reset_index()
    status = group_status(table[list(keys)], table["n"].to_numpy(np.int64), minimum=minimum)
    return table.assign(hidden=status != SHOWN)


def _hidden_by_tier(table: pd.DataFrame, within: list[str], minimum: int) -> NDArray[np.bool_]:
    """Teams hidden within each tier, no totals over tiers being told."""
    hidden = np.zeros(len(table), dtype=bool)
    for at in table.groupby("tier").indices.values():
        part = table.iloc[at]
        hidden[at] = group_status(part[["team", *within]], part["n"].to_numpy(np.int64), minimum=minimum) != SHOWN
    return hidden


def _closed(parts: list[pd.DataFrame], within: list[str], minimum: int, *, team_totals: bool) -> list[pd.DataFrame]:
    """The four tables with more hidden, so that nothing leaks between them."""
    edges = pd.concat([part.assign(_table=at, _row=np.arange(len(part))) for at, part in enumerate(parts)], ignore_index=True)
    tier = _codes(edges, "tier")
    team = _codes(edges, "team")
    n_teams, n_tiers = int(team.max()) + 1, int(tier.max()) + 1
    all_teams, all_tiers = n_teams + n_tiers, n_teams + n_tiers + 1
    from_node = np.where(team >= 0, team, np.where(tier >= 0, n_teams + tier, all_teams))
    to_node = np.where((team >= 0) & (tier >= 0), n_teams + tier, np.where(team >= 0, all_teams, all_tiers))
    block = edges.groupby(within, sort=False).ngroup().to_numpy() if within else np.zeros(len(edges), dtype=np.int64)
    hidden = edges["hidden"].to_numpy(bool).copy()
    n = edges["n"].to_numpy(np.int64)
    guarded = np.full(len(edges), True) if team_totals else (edges["_table"] != 2).to_numpy() | (n < minimum)
    order = np.argsort(block, kind="stable")
    for at in np.split(order, np.flatnonzero(np.diff(block[order])) + 1):
        at = at[n[at] > 0]
        if hidden[at].any():
            graph = _Graph(start=from_node[at], end=to_node[at], n=n[at], guarded=guarded[at], size=all_tiers + 1)
            hidden[at] = graph.close(hidden[at], minimum)
    return [part.assign(hidden=hidden[(edges["_table"] == at).to_numpy()]) for at, part in enumerate(parts)]


def _codes(edges: pd.DataFrame, column: str) -> Codes:
    """Codes of a column, -1 where an edge has none (a total)."""
    return pd.factorize(edges[column])[0].astype(np.int64)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Graph:
    start: Codes
    end: Codes
    n: Codes
    guarded: NDArray[np.bool_]
    size: int

    def close(self, hidden: NDArray[np.bool_], minimum: int) -> NDArray[np.bool_]:
        """Hide paths until no hidden edge can be worked out, alone or together with another to few people."""
        hidden = hidden.copy()
        settled: set[tuple[int, ...]] = set()
        while (weak := self._weak(hidden, minimum, settled)) is not None:
            path = self._path(hidden, weak)
            if not hidden[path].all():
                hidden[path] = True
            else:
                settled.add(weak)
        return hidden

    def _weak(self, hidden: NDArray[np.bool_], minimum: int, settled: set[tuple[int, ...]]) -> tuple[int, ...] | None:
        """A bridge of the hidden edges, or two known together that are too few."""
        at = np.flatnonzero(hidden)
        label = _cycle_labels(self.start[at], self.end[at], self.size)
        for bridge in at[(label == 0) & self.guarded[at]]:
            if (int(bridge),) not in settled:
                return (int(bridge),)
        small = at[(self.n[at] < minimum) & (label != 0)]
        label_of = dict(zip(at.tolist(), label.tolist(), strict=True))
        for one in small.tolist():
            for other in at[(label == label_of[one]) & (at != one)].tolist():
                if self.n[one] + self.n[other] < minimum and (one, other) not in settled:
                    return one, other
        return None

    def _path(self, hidden: NDArray[np.bool_], without: tuple[int, ...]) -> Codes:
        """Edges that close the first of ``without`` to a cycle, the fewest people newly hidden; none where there is none."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import dijkstra

        usable = np.ones(len(self.n), dtype=bool)
        usable[list(without)] = False
        at = np.flatnonzero(usable)
        cost = np.where(hidden[at], _NEAR_FREE, self.n[at].astype(float))
        graph = coo_array((cost, (self.start[at], self.end[at])), shape=(self.size, self.size)).tocsr()
        first, last = int(self.start[without[0]]), int(self.end[without[0]])
        _, before = dijkstra(graph, directed=False, indices=first, return_predecessors=True)
        found, node = [], last
        edge_of = {frozenset((int(a), int(b))): int(e) for a, b, e in zip(self.start[at], self.end[at], at, strict=True)}
        while node != first:
            if before[node] < 0:
                return np.zeros(0, dtype=np.int64)
            found.append(edge_of[frozenset((node, int(before[node])))])
            node = int(before[node])
        return np.array(found, dtype=np.int64)


def _cycle_labels(start: Codes, end: Codes, size: int) -> Codes:
    """Random labels of edges that sum (xor) to nothing round every node: 0 for bridges, alike for edges on the same cycles."""
    parent_edge = np.full(size, -1, dtype=np.int64)
    seen = np.zeros(size, dtype=bool)
    near: list[list[tuple[int, int]]] = [[] for _ in range(size)]
    for edge, (a, b) in enumerate(zip(start.tolist(), end.tolist(), strict=True)):
        near[a].append((b, edge))
        near[b].append((a, edge))
    visited, above = [], np.full(size, -1, dtype=np.int64)
    for root in np.unique(np.r_[start, end]).tolist():
        if seen[root]:
            continue
        seen[root] = True
        stack = [root]
        while stack:
            node = stack.pop()
            visited.append(node)
            for other, edge in near[node]:
                if not seen[other]:
                    seen[other] = True
                    parent_edge[other], above[other] = edge, node
                    stack.append(other)
    in_tree = np.zeros(len(start), dtype=bool)
    in_tree[parent_edge[parent_edge >= 0]] = True
    label = np.random.default_rng(0).integers(1, 2**62, len(start))
    label[in_tree] = 0
    at_node = np.zeros(size, dtype=np.int64)
    np.bitwise_xor.at(at_node, start, label)
    np.bitwise_xor.at(at_node, end, label)
    for node in reversed(visited):
        edge = parent_edge[node]
        if edge >= 0:
            label[edge] = at_node[node]
            at_node[above[node]] ^= at_node[node]
    return label
