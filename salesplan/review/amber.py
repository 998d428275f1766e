"""Amber: a target that will probably be missed, with what such a flag is worth stated beside it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from salesplan.errors import InputError
from salesplan.review.outlook import Outlook
from salesplan.review.projection import Projection
from salesplan.text import mark

Floats = NDArray[np.float64]

FEWEST_NODES = 5
FORMER_LEVEL = "former"
DRAWS = 20_000


@dataclass(frozen=True, kw_only=True)
class AmberRule:
    """Amber below ``threshold`` (chance of the target), and what that rule does in a simulated company.

    ``caught_rate``: later misses that were amber; ``false_alarm_rate``: later hits that were amber; ``is_attainable``: both
    as good as asked for. ``resolved_rate``: part of the period's variance already known when the flag is raised.
    """

    threshold: float
    caught_rate: float
    false_alarm_rate: float
    is_attainable: bool
    resolved_rate: float
    draws: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Amber:
    """Flags of a period: ``unit_id, parent_id, level, name, p_hit, is_amber, p_amber, caught_rate, false_alarm_rate,
    is_attainable, resolved_rate``; without a target there is no flag."""

    table: pd.DataFrame
    rules: dict[str, AmberRule]
    notes: Sequence[dict[str, Any]] = field(default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", self.table.copy())

    def to_frame(self) -> pd.DataFrame:
        """The whole table."""
        return self.table.copy()

    def details(self, unit_id: str) -> dict[str, Any]:
        """Figures to print beside a node's flag."""
        row = self.table[self.table["unit_id"] == unit_id].iloc[0]
        return {k: row[k] for k in ("name", "p_hit", "is_amber", "p_amber", "caught_rate", "false_alarm_rate", "is_attainable")}

    def for_units(self, unit_ids: Sequence[str]) -> "Amber":
        """The same for some nodes only."""
        kept = self.table[self.table["unit_id"].isin(list(unit_ids))].reset_index(drop=True)
        return Amber(table=kept, rules=self.rules, notes=self.notes)


def amber_rule(sd_start: ArrayLike, sd_rest: ArrayLike, *, margin_mean: float = 0.0, margin_spread: float = 0.0,
               catch: float = 0.8, alarms: float = 0.2, draws: int = DRAWS, seed: int = 0) -> AmberRule:
    """Where to draw the line so that misses are caught in time without crying wolf, and how well that can work at all.

    A company is simulated: each draw takes a node, a margin of its forecast over its target when the period began
    (normal, in units of ``sd_start``), the luck so far (variance ``sd_start² - sd_rest²``) and the luck to come
    (``sd_rest²``). The line is put where both rates are furthest on the right side of what is asked for, or, where
    noise makes that unattainable, where they miss it least.

    Parameters
    ----------
    sd_start, sd_rest
        Of the nodes: spread of the period's sales when it began, and of what is still open now.
    margin_mean, margin_spread
        Of the margins.
    catch, alarms
        Share of later misses that should be caught at least, share of later hits flagged at most.

    Raises
    ------
    InputError
        No node with a spread, or rates outside 0 to 1.

    Notes
    -----
    With nothing but luck (every target at its forecast) half of the variance known by mid-period catches 75 % at 25 %
    false alarms, ``1/4 + arcsin(r)/pi`` of all cases with ``r² = 1/2``: 80/20 needs 65 % known, or targets that differ
    in how hard they are.

    Examples
    --------
    >>> luck = amber_rule([1.0], [0.5 ** 0.5])
    >>> round(luck.caught_rate, 2), round(luck.false_alarm_rate, 2), luck.is_attainable
    (0.75, 0.25, False)
    >>> amber_rule([1.0], [0.5 ** 0.5], margin_spread=1.0).is_attainable
    True
    """
    start, rest = np.atleast_1d(np.asarray(sd_start, float)), np.atleast_1d(np.asarray(sd_rest, float))
    if start.shape != rest.shape or not start.size or not (np.isfinite(start) & (start > 0) & (rest >= 0)).all():
        raise InputError("sd_start and sd_rest must be positive spreads of the same nodes")
    if not (0 < catch < 1 and 0 < alarms < 1):
        raise InputError(f"catch == {catch}, alarms == {alarms}, must be between 0 and 1")
    ratio = np.clip(rest / start, 0.0, 1.0)
    rng = np.random.default_rng(seed)
    half = draws // 2
    known, later, margin = (np.r_[z, -z] for z in rng.standard_normal((3, half)))  # antithetic
    node = np.resize(np.arange(len(ratio)), half)
    open_share = ratio[np.r_[node, node]]
    projected = margin_mean + margin_spread * margin + np.sqrt(1 - open_share**2) * known
    outcome = projected + open_share * later
    chance = np.where(open_share > 0, ndtr(projected / np.where(open_share > 0, open_share, 1.0)), (projected >= 0).astype(float))
    order = np.argsort(chance, kind="stable")
    missed = (outcome < 0)[order]
    n_missed, n_hit = max(int(missed.sum()), 1), max(int((~missed).sum()), 1)
    caught, false = np.cumsum(missed) / n_missed, np.cumsum(~missed) / n_hit
    best = int(np.argmax(np.minimum(caught - catch, alarms - false)))
    return AmberRule(threshold=float(chance[order[best]]), caught_rate=float(caught[best]), false_alarm_rate=float(false[best]),
                     is_attainable=bool(caught[best] >= catch and false[best] <= alarms),
                     resolved_rate=float(1 - (ratio**2).mean()), draws=2 * half)


def amber_flags(projection: Projection, outlook: Outlook, *, catch: float = 0.8, alarms: float = 0.2, draws: int = DRAWS,
                seed: int = 0) -> Amber:
    """Which units and people will probably miss, from today's chances; with what the flag is worth today.

    The rule is made for each level at today's place in the period, in a simulated company with the level's own noise
    and the spread of its targets' difficulty as the projections show it (for levels with fewer than 5 targets that of all
    nodes). By the end of the period amber is what was missed.

    In the calm companies of ``benchmarks/review_projection.py`` (20 % monthly luck a seller, targets spread by 15 %; 60 of them)
    the flag caught 87 % of sellers' later misses with 20 % false alarms in the middle of the quarter, 91 % with 13 % in the middle
    of the year; of teams' 83 % with 22 % (180 teams; standard error 4 %) and 88 % with 13 %. In the restless ones a quarter holds
    too much luck for that by its middle, and the notes say so: sellers 86 % with 32 %, teams 89 % with 22 %; on 31 May for the
    year 87 % with 25 % and 90 % with 20 %.

    Raises
    ------
    InputError
        Rates outside 0 to 1.
    """
    table = projection.table[["unit_id", "parent_id", "level", "name", "p_hit"]].copy()
    whole = outlook.units["unit_id"].tolist()
    spread_then = pd.Series(outlook.start_sd(projection.months, coverage=projection.coverage), index=whole)
    start = spread_then.reindex(table["unit_id"]).to_numpy(float)
    rest = projection.table["sd"].to_numpy(float)
    margin = (projection.table["covered_amount"] - projection.table["target"]).where(projection.table["p_hit"].notna())
    gap = margin.to_numpy(float)
    usable = np.isfinite(gap) & (start > 0) & np.isfinite(start)
    rules: dict[str, AmberRule] = {}
    for level in table["level"].unique():
        at = usable & (table["level"] == level).to_numpy()
        if not at.any() or level == FORMER_LEVEL:
            continue
        alike = at if at.sum() >= FEWEST_NODES else usable & (table["level"] != FORMER_LEVEL).to_numpy()
        z = np.clip(gap[alike] / start[alike], -5, 5)
        luck = float(np.mean(1 - np.clip(rest[alike] / start[alike], 0, 1) ** 2))
        spread = float(np.sqrt(max(z.var() - luck, 0.0)))
        rules[str(level)] = amber_rule(start[at], np.minimum(rest[at], start[at]), margin_mean=float(z.mean()),
                                       margin_spread=spread, catch=catch, alarms=alarms, draws=draws, seed=seed)
    over = projection.months_left <= 0
    rule = [rules.get(str(level)) for level in table["level"]]
    table["p_amber"] = [0.5 if over else r.threshold if r else np.nan for r in rule]
    table["is_amber"] = (table["p_hit"] < table["p_amber"]).fillna(False).astype(bool)
    table["caught_rate"] = [1.0 if over else r.caught_rate if r else np.nan for r in rule]
    table["false_alarm_rate"] = [0.0 if over else r.false_alarm_rate if r else np.nan for r in rule]
    table["is_attainable"] = [over or bool(r and r.is_attainable) for r in rule]
    table["resolved_rate"] = [1.0 if over else r.resolved_rate if r else np.nan for r in rule]
    return Amber(table=table, rules=rules, notes=[] if over else _notes(rules, catch, alarms))


def _notes(rules: dict[str, AmberRule], catch: float, alarms: float) -> list[dict[str, Any]]:
    notes: list[dict[str, Any]] = []
    for level, rule in rules.items():
        details = {"level_msgid": level.capitalize(), "caught_rate": rule.caught_rate, "false_alarm_rate": rule.false_alarm_rate,
                   "resolved_rate": rule.resolved_rate, "asked_rate": catch, "allowed_rate": alarms, "n_draws": rule.draws}
        msgid = (mark("Amber on level {level_msgid}: catches {caught_rate} of later misses, flags {false_alarm_rate} of later hits "
                      "(simulated with this level's own noise, {n_draws} cases; {resolved_rate} of the variance is known by now).")
                 if rule.is_attainable else
                 mark("Amber on level {level_msgid}: at this moment no rule catches {asked_rate} of later misses with {allowed_rate} "
                      "false alarms; the best catches {caught_rate} and flags {false_alarm_rate} of later hits, since only "
                      "{resolved_rate} of the variance is known by now."))
        notes.append({"msgid": msgid, "details": details})
    return notes
