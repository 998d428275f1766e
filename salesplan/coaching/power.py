"""Before the course: how large must its effect be to be seen, and how many people would it take?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from salesplan.errors import InputError, known_choices
from salesplan.text import mark

PowerMethod = Literal["ancova", "did", "post_only"]
METHODS: tuple[PowerMethod, ...] = ("ancova", "did", "post_only")

TEAMS_NOTE = mark(
    "Whole teams are trained and {icc_share} of the differences lie between teams: {n} people count like {n_effective}."
)
SMALLEST_SHARE_NOTE = mark(
    "With {n_trained} trained and {n_comparison} beside them, drawn by lot, an effect of {smallest_share} is missed with"
    " probability {p_missed}, a smaller one more often; when people are not drawn by lot it takes more."
)
SMALLEST_NOTE = mark(
    "With {n_trained} trained and {n_comparison} beside them, drawn by lot, an effect of {smallest_value} is missed with"
    " probability {p_missed}, a smaller one more often; when people are not drawn by lot it takes more."
)


@dataclass(frozen=True, kw_only=True, eq=False)
class PowerTable:
    """What could be seen with how many people.

    ``table``: method, n_trained, n_comparison, n_teams (0: people are trained one by one), smallest_effect (seen with
    ``power``), smallest_share (of the mean, where it is known), and one row for each number of people.
    """

    table: pd.DataFrame
    sd: float
    icc: float
    correlation: float
    coverage: float
    power: float
    notes: tuple[dict[str, Any], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", self.table.copy())

    def to_frame(self) -> pd.DataFrame:
        """One row a method and number of people."""
        return self.table.copy()

    def summary(self) -> pd.DataFrame:
        """Smallest effect by method, people across."""
        return self.table.pivot_table(index="n_trained", columns="method", values="smallest_effect").reset_index()


def effect_power(
    effect: float, *, sd: float, n_trained: int, n_comparison: int, correlation: float = 0.0,
    method: PowerMethod = "ancova", team_size: float = 1.0, team_size_variation: float = 0.0, icc: float = 0.0,
    coverage: float = 0.95,
) -> float:  # fmt: skip
    """Chance that an effect of this size is called one.

    Parameters
    ----------
    effect, sd
        In one unit; ``sd`` between people at one time.
    correlation
        Between a person's figures before and after. It shrinks the variance by 1 - r² in ANCOVA and turns it into 2 (1 - r)
        in a comparison of changes, which is worse than no pre-measure below r = .5.
    team_size, team_size_variation, icc
        People a team (more than 1: whole teams are trained), sd of the size over its mean, and the share of what is left
        that lies between teams.

    Raises
    ------
    InputError
        Fewer than 2 people or teams on a side, a share outside 0-1, an sd that is not positive.

    Notes
    -----
    Noncentral t with people (teams) - 2 degrees of freedom; design effect ``1 + ((cv² + 1) m - 1) icc`` (Eldridge,
    Ashby & Kerry 2006, International Journal of Epidemiology 35).

    Examples
    --------
    >>> round(effect_power(7.18, sd=6, n_trained=12, n_comparison=12, method="post_only"), 2)
    0.8
    """
    from scipy.special import chdtri, ndtr, stdtrit

    se, degrees = _error(sd, n_trained, n_comparison, correlation, method, team_size, team_size_variation, icc)
    if not 0 < coverage < 1:
        raise InputError(f"coverage == {coverage:g}, must be a fraction")
    bound, shift = float(stdtrit(degrees, (1 + coverage) / 2)), abs(effect) / se
    # Averaged over the estimated spread, which stays exact where library routines of the noncentral t give up.
    spread = np.sqrt(chdtri(degrees, 1 - (np.arange(4000) + 0.5) / 4000) / degrees)
    return float((ndtr(shift - bound * spread) + ndtr(-shift - bound * spread)).mean())


def smallest_effect(
    *, sd: float, n_trained: int, n_comparison: int, correlation: float = 0.0, method: PowerMethod = "ancova",
    team_size: float = 1.0, team_size_variation: float = 0.0, icc: float = 0.0, coverage: float = 0.95, power: float = 0.8,
) -> float:  # fmt: skip
    """Smallest effect that would be seen with the given chance; parameters as in `effect_power`.

    Examples
    --------
    >>> round(smallest_effect(sd=6, n_trained=12, n_comparison=12, method="post_only"), 1)
    7.2
    >>> round(smallest_effect(sd=6, n_trained=12, n_comparison=12, correlation=0.7), 1)
    5.1
    """
    from scipy.optimize import brentq

    if not 0 < power < 1 or power <= 1 - coverage:
        raise InputError(f"power == {power:g}, must be a fraction above 1 - coverage")
    given: dict[str, Any] = {
        "sd": sd, "n_trained": n_trained, "n_comparison": n_comparison, "correlation": correlation, "method": method,
        "team_size": team_size, "team_size_variation": team_size_variation, "icc": icc,
    }  # fmt: skip
    se, _ = _error(**given)
    upper = 5 * se
    while effect_power(upper, coverage=coverage, **given) < power:
        upper *= 2
    return float(brentq(lambda e: effect_power(e, coverage=coverage, **given) - power, 0.0, upper, xtol=1e-9 * upper))


def people_needed(
    effect: float, *, sd: float, correlation: float = 0.0, method: PowerMethod = "ancova", team_size: float = 1.0,
    team_size_variation: float = 0.0, icc: float = 0.0, coverage: float = 0.95, power: float = 0.8, most: int = 100_000,
) -> int:  # fmt: skip
    """People to train, with as many beside them, until an effect of this size would be seen; whole teams rounded up.

    Examples
    --------
    >>> people_needed(5, sd=10)
    64
    >>> people_needed(5, sd=10, team_size=8, icc=0.1)
    120
    """
    if effect == 0 or not np.isfinite(effect):
        raise InputError(f"effect == {effect:g}, must be different from zero to be seen")
    step = max(1, int(np.ceil(team_size)))

    def enough(blocks: int) -> bool:
        n = blocks * step
        return effect_power(effect, sd=sd, n_trained=n, n_comparison=n, correlation=correlation, method=method, icc=icc,
                            team_size=team_size, team_size_variation=team_size_variation, coverage=coverage) >= power

    low, high = 1, 2
    while not enough(high):
        low, high = high, 2 * high
        if high * step > most:
            raise InputError(f"an effect of {effect:g} would need more than {most:,} people on each side",
                             fix="Look for a larger effect, or a figure that varies less.")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high * step


def power_table(
    people: Sequence[int], *, sd: float, mean: float | None = None, comparison_per_trained: float = 1.0,
    correlation: float = 0.5, team_size: float = 1.0, team_size_variation: float = 0.0, icc: float = 0.0,
    methods: Sequence[PowerMethod] = METHODS, coverage: float = 0.95, power: float = 0.8,
) -> PowerTable:  # fmt: skip
    """Smallest effect that could be seen, by number of people trained and way of judging.

    Parameters
    ----------
    people
        Numbers of trained people to try.
    mean
        Usual figure, to say effects as a share of it.
    comparison_per_trained
        People beside each trained person.

    Examples
    --------
    >>> t = power_table([12, 24], sd=6, mean=100, correlation=0.7).table
    >>> t.loc[t["n_trained"] == 12, ["method", "smallest_effect"]].round(1).values.tolist()
    [['ancova', 5.1], ['did', 5.6], ['post_only', 7.2]]
    """
    if not len(people):
        raise InputError("people is empty, must hold one number of trained people or more")
    if comparison_per_trained <= 0 or (mean is not None and mean <= 0):
        raise InputError("comparison_per_trained and mean must be positive")
    rows, notes = [], []
    for n in people:
        beside = max(1, round(n * comparison_per_trained))
        for method in methods:
            found = smallest_effect(sd=sd, n_trained=n, n_comparison=beside, correlation=correlation, method=method, icc=icc,
                                    team_size=team_size, team_size_variation=team_size_variation, coverage=coverage,
                                    power=power)
            rows.append({"method": method, "n_trained": n, "n_comparison": beside,
                         "n_teams": 0 if team_size <= 1 else int((n + beside) // team_size), "smallest_effect": found,
                         "smallest_effect_share": found / mean if mean else np.nan})
    if team_size > 1 and icc > 0:
        n = 2 * people[-1]
        notes.append({"msgid": TEAMS_NOTE, "details": {"icc_share": icc, "n": n, "n_effective":
                                                       round(n / _inflation(team_size, team_size_variation, icc))}})
    first = rows[0]
    told = {"smallest_share": first["smallest_effect_share"]} if mean else {"smallest_value": first["smallest_effect"]}
    notes.append({"msgid": SMALLEST_SHARE_NOTE if mean else SMALLEST_NOTE, "details": {
        "n_trained": first["n_trained"], "n_comparison": first["n_comparison"], "p_missed": 1 - power, **told}})
    return PowerTable(table=pd.DataFrame(rows), sd=sd, icc=icc, correlation=correlation, coverage=coverage, power=power,
                      notes=tuple(notes))


def _inflation(team_size: float, variation: float, icc: float) -> float:
    return 1 + ((variation**2 + 1) * team_size - 1) * icc if team_size > 1 else 1.0


def _error(
    sd: float, n_trained: int, n_comparison: int, correlation: float, method: str, team_size: float,
    team_size_variation: float, icc: float,
) -> tuple[float, float]:  # fmt: skip
    if method not in METHODS:
        raise InputError(f"method == {method!r}", fix=known_choices(method, METHODS))
    if not sd > 0 or not -1 < correlation < 1 or not 0 <= icc < 1:
        raise InputError(f"sd == {sd:g}, correlation == {correlation:g}, icc == {icc:g}, must be positive, between -1 and 1,"
                         " and a fraction")
    if team_size < 1 or team_size_variation < 0:
        raise InputError(f"team_size == {team_size:g}, must be at least 1 and its variation not negative")
    units = [n_trained / team_size, n_comparison / team_size]
    # Among people the pre-measure costs one degree of freedom; between teams it is told from people inside them.
    spent = 2 + int(method == "ancova" and correlation != 0 and team_size <= 1)
    if min(units) < 1 or sum(units) <= spent:
        raise InputError(f"{n_trained} trained and {n_comparison} beside them in teams of {team_size:g}, must be more than one"
                         " person or team on each side")
    variance = sd**2 * {"ancova": 1 - correlation**2, "did": 2 * (1 - correlation), "post_only": 1.0}[method]
    variance *= _inflation(team_size, team_size_variation, icc)
    return float(np.sqrt(variance * (1 / n_trained + 1 / n_comparison))), sum(units) - spent
