"""What separates each segment of sellers from the next: the differences that a way up would have to close."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from salesplan.coaching.false_discovery import false_discovery
from salesplan.errors import InputError, known_choices
from salesplan.text import mark

UP: tuple[tuple[str, str], ...] = (("bottom", "middle"), ("middle", "top"))
"""Steps from each segment of `middle_sixty` to the next."""
LEAST = 5
RATE = 0.1

SEPARATES = mark("separates them")
OTHER_WAY = mark("lower in the next segment")
ALIKE = mark("no sign")
INSUFFICIENT = mark("insufficient evidence")

NOT_A_RECIPE = mark("Segments differ in many things at once, and who sells more is often given more; a difference is where to"
                    " look first, not what will make somebody climb.")  # fmt: skip
FALSE_SHARE = mark("Of the {n} differences looked at, at most {false_share} of those said to separate are expected to be chance.")


@dataclass(frozen=True, kw_only=True, eq=False)
class GrowthPath:
    """Differences between neighbouring segments.

    ``table``: from_segment, to_segment, measure, n_from, n_to, from_value, to_value (means), difference_value with lower
    and upper, standard_value (difference over the spread within segments), p_adjusted, verdict. The largest
    standardised difference first within a step.
    """

    table: pd.DataFrame
    coverage: float
    notes: tuple[dict[str, Any], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", self.table.copy())
        object.__setattr__(self, "notes", tuple(self.notes))

    def step(self, seller_segment: str) -> pd.DataFrame:
        """What separates a segment from the next one, only what is shown by the data."""
        own = self.table[(self.table["from_segment"] == seller_segment) & (self.table["verdict"] == SEPARATES)]
        return own.reset_index(drop=True)


def growth_path(
    measures: pd.DataFrame,
    segments: pd.Series,
    *,
    within: pd.Series | None = None,
    steps: Sequence[tuple[str, str]] = UP,
    minimum: int = LEAST,
    coverage: float = 0.9,
) -> GrowthPath:
    """How skills, effort and leads differ between a segment and the one above it.

    Parameters
    ----------
    measures
        Index seller_id, one column a measure (levels, visits, leads); gaps are left out.
    segments
        seller_id -> segment, as of `middle_sixty`.
    within
        seller_id -> tier: differences are taken within tiers, so that a segment full of newcomers does not pass for
        one that lacks skill; none: all together.
    minimum
        People with a figure that both segments need.

    Raises
    ------
    InputError
        A measure is no number, a person comes twice, or nobody has a segment.

    Notes
    -----
    Difference of means, within tiers weighted by ``n1 n2 / (n1 + n2)``; interval by Welch's t. False discovery rate of
    10 % over all differences (Benjamini & Hochberg 1995).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> ids = [f"s{i:02d}" for i in range(50)]
    >>> place = pd.Series(["top"] * 10 + ["middle"] * 30 + ["bottom"] * 10, index=ids)
    >>> table = pd.DataFrame({"visits": [50.0] * 10 + [40.0] * 30 + [39.0] * 10, "skill": 3.0}, index=ids)
    >>> found = growth_path(table + rng.normal(0, 1, table.shape), place)
    >>> found.step("middle")["measure"].tolist()
    ['visits']
    """
    if measures.index.has_duplicates or segments.index.has_duplicates:
        raise InputError("a seller comes twice", where="measures or segments")
    if minimum < 3 or not 0.5 <= coverage < 1:
        raise InputError(f"minimum == {minimum}, coverage == {coverage:g}, must be at least 3 and from 0.5 below 1")
    for column in measures.columns:
        if not pd.api.types.is_numeric_dtype(measures[column]):
            raise InputError(f"measure {column!r} holds no numbers", fix=known_choices(str(column), [
                str(c) for c in measures.columns if pd.api.types.is_numeric_dtype(measures[c])]))
    place = segments.reindex(measures.index)
    if place.isna().all():
        raise InputError("nobody of the measures has a segment", where="segments")
    tier = pd.Series("", measures.index) if within is None else within.reindex(measures.index).fillna("").astype(str)
    rows = [
        {"from_segment": low, "to_segment": high, "measure": str(column),
         **_difference(measures[column], place, tier, low, high, minimum, coverage)}
        for low, high in steps for column in measures.columns
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    table["p_adjusted"] = false_discovery(table.pop("p_value").to_numpy(float))
    table["verdict"] = [
        INSUFFICIENT if np.isnan(d) else ALIKE if not p <= RATE else SEPARATES if d > 0 else OTHER_WAY
        for d, p in zip(table["difference_value"], table["p_adjusted"], strict=True)
    ]  # fmt: skip
    order = {step: i for i, step in enumerate(steps)}
    rank = np.array([order[a, b] for a, b in zip(table["from_segment"], table["to_segment"], strict=True)])
    key = np.lexsort((-table["standard_value"].abs().fillna(-1).to_numpy(), rank))
    notes = ({"msgid": NOT_A_RECIPE, "details": {}},
             {"msgid": FALSE_SHARE, "details": {"n": int(table["difference_value"].notna().sum()), "false_share": RATE}})
    return GrowthPath(table=table.iloc[key].reset_index(drop=True), coverage=coverage, notes=notes)


def _difference(
    values: pd.Series, place: pd.Series, tier: pd.Series, low: str, high: str, minimum: int, coverage: float
) -> dict[str, Any]:
    """Mean difference within tiers, with Welch's interval."""
    from scipy.special import stdtr, stdtrit

    known = values.notna()
    below, above = known & (place == low), known & (place == high)
    row: dict[str, Any] = {"n_from": int(below.sum()), "n_to": int(above.sum()), "from_value": np.nan, "to_value": np.nan,
                           "difference_value": np.nan, "difference_value_lower": np.nan, "difference_value_upper": np.nan,
                           "standard_value": np.nan, "p_value": np.nan}  # fmt: skip
    if below.sum() < minimum or above.sum() < minimum:
        return row
    parts = []
    for one in sorted(tier[below].unique()):
        a, b = values[below & (tier == one)].to_numpy(float), values[above & (tier == one)].to_numpy(float)
        if len(a) and len(b):
            parts.append((len(a) * len(b) / (len(a) + len(b)), a, b))
    shared_a, shared_b = sum(len(a) for _, a, _ in parts), sum(len(b) for _, _, b in parts)
    if shared_a < minimum or shared_b < minimum:
        return row
    weight = np.array([w for w, _, _ in parts]) / sum(w for w, _, _ in parts)
    difference = float(weight @ [b.mean() - a.mean() for _, a, b in parts])
    # one spread a segment, pooled over tiers: single tiers may have one person
    spread_a = _pooled([a for _, a, _ in parts])
    spread_b = _pooled([b for _, _, b in parts])
    error_a = float(spread_a * (weight**2 @ [1 / len(a) for _, a, _ in parts]))
    error_b = float(spread_b * (weight**2 @ [1 / len(b) for _, _, b in parts]))
    variance = error_a + error_b
    free_a, free_b = max(shared_a - len(parts), 1), max(shared_b - len(parts), 1)
    row |= {"from_value": float(values[below].mean()), "to_value": float(values[above].mean()), "difference_value": difference}
    if variance > 0:
        free = variance**2 / (error_a**2 / free_a + error_b**2 / free_b)
        half = float(stdtrit(free, (1 + coverage) / 2)) * np.sqrt(variance)
        spread = np.sqrt((spread_a * free_a + spread_b * free_b) / (free_a + free_b))
        row |= {"difference_value_lower": difference - half, "difference_value_upper": difference + half,
                "standard_value": difference / spread, "p_value": 2 * float(stdtr(free, -abs(difference) / np.sqrt(variance)))}
    else:
        row |= {"difference_value_lower": difference, "difference_value_upper": difference,
                "p_value": 0.0 if difference else 1.0}  # fmt: skip
    return row


def _pooled(groups: list[np.ndarray]) -> float:
    """Variance within tiers."""
    free = sum(len(g) - 1 for g in groups)
    return float(sum(((g - g.mean()) ** 2).sum() for g in groups) / free) if free else 0.0

