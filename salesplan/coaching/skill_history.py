"""Levels round by round, and what changed on the same people by the same assessors."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesplan.coaching.assessments import SOURCES, Array
from salesplan.coaching.source_noise import MANAGER, RatingCells
from salesplan.errors import InputError, known_choices

STUB_SHARE = 0.3
"""Rounds with fewer common people than this share of the most that two rounds have are passed over."""


@dataclass(frozen=True, kw_only=True, eq=False)
class LevelHistory:
    """All rounds: ``adjusted`` ratings (biases taken off), cells x sources, beside the cells themselves."""

    sellers: tuple[str, ...]
    skills: tuple[str, ...]
    rounds: tuple[str, ...]
    cells: RatingCells
    adjusted: Array
    weights: Array

    def levels(self, rounds: Sequence[str] | None = None) -> pd.DataFrame:
        """seller_id, skill, round, level, n_sources, sources; not drawn to any group.

        Raises
        ------
        InputError
            An unknown round.
        """
        wanted = [self._code(r) for r in (self.rounds if rounds is None else rounds)]
        weight = np.where(np.isfinite(self.adjusted), self.weights, 0.0)
        which = np.isin(self.cells.round, wanted) & (weight.sum(axis=1) > 0)
        cells, weight, adjusted = self.cells.take(which), weight[which], self.adjusted[which]
        level = (weight * np.nan_to_num(adjusted)).sum(axis=1) / weight.sum(axis=1)
        frame = self._named(cells.seller, cells.skill)
        frame["round"] = np.array(self.rounds, dtype=object)[cells.round]
        return frame.assign(level=level, n_sources=(weight > 0).sum(axis=1), sources=_words(weight > 0))

    def change(self, previous: str | None = None, current: str | None = None) -> pd.DataFrame:
        """seller_id, skill, change_level, n_sources, sources: only sources, and managers, that rated in both rounds.

        What a source or manager adds to everybody, and what they think of one person whatever the round, falls out; a new
        manager's word is not set against the old one's. Rounds not named: see `rounds_compared`.

        Raises
        ------
        InputError
            Fewer than two rounds, an unknown one, or the same twice.
        """
        before, after = (self._code(name) for name in self.rounds_compared(previous, current))
        now, weight, difference = self._paired(before, after)
        change = (weight * np.nan_to_num(difference)).sum(axis=1) / weight.sum(axis=1)
        frame = self._named(self.cells.seller[now], self.cells.skill[now])
        return frame.assign(change_level=change, n_sources=(weight > 0).sum(axis=1), sources=_words(weight > 0))

    def rounds_compared(self, previous: str | None = None, current: str | None = None) -> tuple[str, str]:
        """The two rounds between which change is told; where not named, the last two with enough people in common.

        Raises
        ------
        InputError
            As `change`.
        """
        if len(self.rounds) < 2:
            raise InputError(f"rounds == {len(self.rounds)}, must be at least 2 to see a change")
        if current is not None and previous is None and self._code(current) == 0:
            raise InputError(f"current == {current!r}, must not be the first round")
        if current is not None and previous is not None:
            if self._code(current) == self._code(previous):
                raise InputError(f"previous == {previous!r}, must be another round than current")
            return previous, current
        pairs = [(b, a) for a in (range(len(self.rounds)) if current is None else [self._code(current)])
                 for b in (range(a) if previous is None else [self._code(previous)]) if b != a]
        common = [len(np.unique(self.cells.seller[self._paired(b, a)[0]])) for b, a in pairs]
        enough = [pair for pair, n in zip(pairs, common, strict=True) if n >= STUB_SHARE * max(common)]
        before, after = max(enough, key=lambda pair: (pair[1], pair[0]))
        return self.rounds[before], self.rounds[after]

    def _paired(self, before: int, after: int) -> tuple[np.ndarray, Array, Array]:
        """Cells of the later round that can be set against the earlier: where, weights and differences by source."""
        key = self.cells.seller * max(1, len(self.skills)) + self.cells.skill
        was, now = np.flatnonzero(self.cells.round == before), np.flatnonzero(self.cells.round == after)
        _, at, to = np.intersect1d(key[was], key[now], assume_unique=True, return_indices=True)
        was, now = was[at], now[to]
        difference = self.adjusted[now] - self.adjusted[was]
        difference[:, MANAGER] = np.where(self.cells.manager[now] == self.cells.manager[was], difference[:, MANAGER], np.nan)
        weight = np.where(np.isfinite(difference), self.weights, 0.0)
        paired = weight.sum(axis=1) > 0
        return now[paired], weight[paired], difference[paired]

    def _named(self, seller: np.ndarray, skill: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame({"seller_id": np.array(self.sellers, dtype=object)[seller],
                             "skill": np.array(self.skills, dtype=object)[skill]})

    def _code(self, name: str) -> int:
        if name not in self.rounds:
            raise InputError(f"round == {name!r}, must be a round of the assessments", fix=known_choices(name, self.rounds))
        return self.rounds.index(name)


def _words(told: np.ndarray) -> np.ndarray:
    kinds, kind = np.unique(told @ (1 << np.arange(len(SOURCES))), return_inverse=True)
    words = ["+".join(s for at, s in enumerate(SOURCES) if int(k) >> at & 1) for k in kinds]
    return np.array(words, dtype=object)[kind] if len(kinds) else np.zeros(0, dtype=object)
