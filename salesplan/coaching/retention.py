"""How long people stay, by group: curves, yearly rates and ratios, never a score of one person."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from salesplan.coaching.career_spells import UNKNOWN_KIND, career_spells
from salesplan.coaching.cox import cox_regression
from salesplan.coaching.cumulative_incidence import cumulative_incidence
from salesplan.coaching.small_groups import COMPLEMENT, INSUFFICIENT, SHOWN, group_status
from salesplan.coaching.survival import SurvivalCurve, kaplan_meier, logrank, number_at_risk, restricted_mean
from salesplan.errors import InputError, known_choices
from salesplan.text import mark

_FEW_FOR_WALD = 20
"""With fewer leavers in a group bounds come from the penalised profile likelihood."""
_LEAST_IN_COMMON = 1.0
"""Information on the logarithm of a ratio: with less of it even ratios of 1 and 5 cannot be told apart."""

EVERYBODY = mark("Everybody")
OTHERS = mark("Other groups")
NOT_KNOWN = mark("Not known")

POOLED = mark("{n} groups are too small to be shown alone (fewer than {n_least} people); they stand together as other groups.")
HIDDEN = mark("{n} groups are hidden: fewer than {n_least} people, or with them a small group could be worked out.")
LATE_CURVE = mark(
    "{groups_msgid}: shares are of those who reached the month the curve starts at; before it too few people were watched"
    " (fewer than {n_least} at some time)."
)
MOVED = mark("People who changed group count in each of them, with the time spent there: who rose late is no early senior.")
APART = mark(
    "{groups_msgid}: hardly anybody was watched there at the same months since joining as in {against_msgid}; a ratio"
    " would compare early months with late ones, not the groups."
)
NO_LEAVERS = mark("Nobody left in {groups_msgid}; that few people stayed for a while proves little.")
FEW_LEAVERS = mark("Only {n} people left; rates and ratios rest on few cases.")
NO_SCORE = mark("Figures are of groups. They say nothing of one person, and no score of persons is made.")


@dataclass(frozen=True, kw_only=True, eq=False)
class Retention:
    """Retention of groups of at least ``minimum`` people.

    ``table``: group, status (``ok``, or why there are no figures), n (people ever there), n_left (who left from there),
    person_years, leaving_rate (a year) with lower and upper, from_month (since hire, at which the curve starts),
    retained_share (of those there in that month, ``horizon`` months on) with lower and upper, median_months, mean_months
    (within the horizon; both from hire only). ``curves``: group, months, n_at_risk, survival with lower and upper, as far
    as ``minimum`` are watched. ``ratios``: group, against, hazard_ratio with lower and upper, p_value, status. ``exits``:
    kind, months, incidence with lower and upper (everybody). ``p_value`` of the log-rank test over the groups shown that
    were watched at common months.
    """

    table: pd.DataFrame
    curves: pd.DataFrame
    ratios: pd.DataFrame
    exits: pd.DataFrame
    p_value: float
    by: str
    as_of: pd.Timestamp
    horizon: float
    minimum: int
    coverage: float
    notes: tuple[dict[str, Any], ...] = ()

    def __post_init__(self) -> None:
        for name in ("table", "curves", "ratios", "exits"):
            object.__setattr__(self, name, getattr(self, name).copy())
        shown = self.table["status"] == SHOWN
        if (self.table.loc[shown, "n"] < self.minimum).any() or self.table.loc[~shown, "n_left"].notna().any():
            raise InputError(f"groups below {self.minimum} people must show no figure", where="Retention")
        if (self.curves["n_at_risk"] < self.minimum).any():
            raise InputError(f"curves must end where fewer than {self.minimum} people are watched", where="Retention")

    def to_frame(self) -> pd.DataFrame:
        """One row a group."""
        return self.table.copy()

    def summary(self) -> pd.DataFrame:
        """Share retained and yearly rate of the groups shown."""
        columns = ["group", "n", "n_left", "leaving_rate", "from_month", "retained_share", "retained_share_lower",
                   "retained_share_upper"]
        return self.table.loc[self.table["status"] == SHOWN, columns].reset_index(drop=True)


def retention(
    careers: pd.DataFrame,
    *,
    by: str | None = None,
    as_of: pd.Timestamp | str,
    minimum: int = 5,
    horizon: float = 12.0,
    history_start: pd.Timestamp | str | None = None,
    coverage: float = 0.9,
) -> Retention:
    """How many stay, how long, and in which groups they leave sooner.

    Parameters
    ----------
    careers
        Everybody ever employed, one row for each spell in one group: seller_id, hire_date, start_date, end_date (missing:
        still running), left (the spell ended by leaving), leave_kind (regretted, managed, or empty), and the column ``by``.
        Time counts where it was spent: by the group of the last day, whoever rose could not have left early.
    by
        Column of groups; missing: everybody together.
    as_of
        Last day watched.
    minimum
        Fewest people of a group that is shown. Smaller ones are put together, or hidden with enough others that no total
        gives them away; a curve ends where fewer than these are still watched.
    horizon
        Months after which the share retained is told, counted from the first month at which ``minimum`` are watched.
    history_start
        First day from which leavers are on record; missing: estimated, see `career_spells`.

    Raises
    ------
    InputError
        A missing column, dates that contradict, fewer people than ``minimum``.

    Notes
    -----
    Kaplan-Meier with delayed entry and log-log bounds, in a group people enter later as a share of those who got there;
    yearly rate as leavers over person-years with the exact Poisson interval (Garwood 1936); ratios by Cox with rows from
    entry to exit (Andersen & Gill 1982), at the same months since hire, against the group with most leavers (Firth's
    penalty and profile bounds where fewer than 20 left), told only for groups with ``minimum`` leavers that were watched
    at common months; exits by cause after Aalen & Johansen. Groups differ in more than their name: a ratio is no cause.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> hired = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 400, 60), "D")
    >>> stay = pd.to_timedelta(rng.exponential(np.where(np.arange(60) < 30, 200, 1200)).round(), "D")
    >>> careers = pd.DataFrame({"seller_id": range(60), "hire_date": hired, "start_date": hired,
    ...                         "end_date": hired + stay, "left": True, "region": ["north"] * 30 + ["south"] * 28 + ["west"] * 2})
    >>> found = retention(careers, by="region", as_of="2025-12-31")
    >>> found.table[["group", "status", "n"]].fillna(0).values.tolist()
    [['Other groups', 'ok', 30], ['north', 'ok', 30]]
    >>> bool(found.ratios["hazard_ratio"].iloc[0] < 0.6)
    True
    """
    when = pd.Timestamp(as_of)
    if minimum < 2:
        raise InputError(f"minimum == {minimum}, must be at least 2; one person is no group")
    if not 0 < coverage < 1 or horizon <= 0:
        raise InputError(f"coverage == {coverage:g} and horizon == {horizon:g}, must be a fraction and positive")
    if by is not None and by not in careers:
        raise InputError(f"by == {by!r}, must be a column of the careers", fix=known_choices(by, list(map(str, careers))))
    begin = None if history_start is None else pd.Timestamp(history_start)
    spells, notes = career_spells(careers, as_of=when, history_start=begin)
    people = spells["seller_id"].nunique()
    if people < minimum:
        raise InputError(f"{people} people were watched, must be at least {minimum} to tell anything", where="careers")
    label, hidden, pooled = _groups(spells, by, minimum)
    if pooled:
        notes.append({"msgid": POOLED, "details": {"n": pooled, "n_least": minimum}})
    if hidden:
        notes.append({"msgid": HIDDEN, "details": {"n": len(hidden), "n_least": minimum}})
    rows, curves, late = [], [], []
    shown = sorted(set(label[label != ""]))
    for group in shown:
        own = spells[label == group]
        start, end = _stretch(own, minimum, horizon)
        curve = _watched_curve(own, start, coverage)
        late += [group] if start > 0 else []
        curves.append(_monthly(own, curve, group, start, end))
        rows.append(_row(own, group, curve, curves[-1], horizon, coverage))
    rows += [{"group": group, "status": status} for group, status in hidden]
    if late:
        notes.append({"msgid": LATE_CURVE, "details": {"groups_msgid": late, "n_least": minimum}})
    table = pd.DataFrame(rows).reindex(columns=list(_COLUMNS)).astype({"n": "Int64", "n_left": "Int64"})
    known = spells[label != ""].assign(group=label[label != ""])
    ratios, p_value, apart = _ratios(known, minimum, coverage)
    if known.groupby("seller_id")["group"].nunique().gt(1).any():
        notes.append({"msgid": MOVED, "details": {}})
    if apart:
        notes.append({"msgid": APART, "details": {"groups_msgid": apart, "against_msgid": ratios["against"].iloc[0]}})
    empty = [str(g) for g, n in known.groupby("group")["left"].sum().items() if n == 0]
    if empty:
        notes.append({"msgid": NO_LEAVERS, "details": {"groups_msgid": empty}})
    if 0 < int(spells["left"].sum()) < 20:
        notes.append({"msgid": FEW_LEAVERS, "details": {"n": int(spells["left"].sum())}})
    notes.append({"msgid": NO_SCORE, "details": {}})
    return Retention(
        table=table, curves=pd.concat(curves, ignore_index=True), ratios=ratios, exits=_exits(spells, minimum, horizon, coverage),
        p_value=p_value, by=by or "", as_of=when, horizon=horizon, minimum=minimum, coverage=coverage, notes=tuple(notes),
    )  # fmt: skip


_COLUMNS = ("group", "status", "n", "n_left", "person_years", "leaving_rate", "leaving_rate_lower", "leaving_rate_upper",
            "from_month", "retained_share", "retained_share_lower", "retained_share_upper", "median_months", "mean_months")


def _groups(spells: pd.DataFrame, by: str | None, minimum: int) -> tuple[np.ndarray, list[tuple[str, str]], int]:
    """Label of each spell ("" where hidden), hidden groups with their status, number of groups put together."""
    if by is None:
        return np.full(len(spells), EVERYBODY, object), [], 0
    names = spells[by].astype(object).where(spells[by].notna(), NOT_KNOWN).astype(str)
    who = spells["seller_id"]
    n = who.groupby(names).nunique().sort_index()
    status = dict(zip(n.index, map(str, group_status(pd.DataFrame({by: n.index}), np.asarray(n, np.int64), minimum=minimum)),
                      strict=True))
    # The same few people may stand in several small groups.
    while any(s != SHOWN for s in status.values()) and any(s == SHOWN for s in status.values()):
        if who[names.map(status) != SHOWN].nunique() >= minimum:
            break
        status[n[[status[g] == SHOWN for g in n.index]].idxmin()] = COMPLEMENT
    out = [g for g in n.index if status[g] != SHOWN]
    label = names.to_numpy(object)
    if len(out) >= 2 and who[names.isin(out)].nunique() >= minimum:
        return np.where(names.isin(out), OTHERS, label), [], len(out)
    label[names.isin(out)] = ""
    return label, [(str(g), status[g]) for g in out], 0


def _stretch(own: pd.DataFrame, minimum: int, horizon: float) -> tuple[float, float]:
    """Months from and to which enough people are watched throughout: the first stretch as long as the horizon, else the
    longest; nowhere: an empty one."""
    entry, months = np.sort(own["entry"].to_numpy(float)), np.sort(own["months"].to_numpy(float))
    turns = np.unique(np.concatenate([entry, months]))
    watched = np.searchsorted(entry, turns, side="right") - np.searchsorted(months, turns, side="right")
    enough = np.concatenate([[False], watched >= minimum, [False]])
    begin, end = np.flatnonzero(enough[1:] & ~enough[:-1]), np.flatnonzero(~enough[1:] & enough[:-1])
    spans = [(float(np.ceil(turns[i])), float(turns[j])) for i, j in zip(begin, end, strict=True) if np.ceil(turns[i]) < turns[j]]
    return next((span for span in spans if span[1] - span[0] >= horizon),
                max(spans, key=lambda span: span[1] - span[0], default=(0.0, -1.0)))


def _watched_curve(own: pd.DataFrame, start: float, coverage: float) -> SurvivalCurve:
    """The curve of those who are there in a month, from that month on."""
    own = own[own["months"] > start] if start > 0 else own
    return kaplan_meier(own["months"], own["left"], entry=own["entry"].clip(lower=start), coverage=coverage)


def _monthly(own: pd.DataFrame, curve: SurvivalCurve, group: str, start: float, end: float) -> pd.DataFrame:
    """The curve at the whole months at which enough people are watched; single leaving days are not told."""
    months = np.arange(start, np.floor(end) + 1)
    entry, last = own["entry"].to_numpy(float), own["months"].to_numpy(float)
    risk = number_at_risk(months, last, entry).astype(int)
    risk[:1] = ((entry <= start) & (last > start)).sum()
    survival, lower = curve.at(months), curve.at(months, "survival_lower")
    # Nobody left yet: the share that all these people would still have met with the chance of the bound.
    lower = np.where((survival >= 1) & (months > start), ((1 - curve.coverage) / 2) ** (1 / np.maximum(risk, 1)), lower)
    return pd.DataFrame({"group": group, "months": months, "n_at_risk": risk, "survival": survival, "survival_lower": lower,
                         "survival_upper": curve.at(months, "survival_upper")})


def _row(
    own: pd.DataFrame, group: str, curve: SurvivalCurve, monthly: pd.DataFrame, horizon: float, coverage: float
) -> dict[str, Any]:
    from scipy.special import chdtri

    n_left, years = int(own["left"].sum()), float((own["months"] - own["entry"]).sum() / 12)
    tail = (1 - coverage) / 2
    lower = float(chdtri(2 * n_left, 1 - tail)) / 2 if n_left else 0.0
    upper = float(chdtri(2 * n_left + 2, tail)) / 2
    row: dict[str, Any] = {"group": group, "status": SHOWN, "n": own["seller_id"].nunique(), "n_left": n_left, "person_years": years}
    if years > 0:
        row |= {"leaving_rate": n_left / years, "leaving_rate_lower": lower / years, "leaving_rate_upper": upper / years}
    if monthly.empty:
        return row
    begin, reach = float(monthly["months"].iloc[0]), float(monthly["months"].iloc[-1])
    row["from_month"] = begin
    if reach >= begin + horizon:
        for column in ("survival", "survival_lower", "survival_upper"):
            row[column.replace("survival", "retained_share")] = float(curve.at([begin + horizon], column)[0])
        if row["retained_share"] == 1:
            row["retained_share_lower"] = float(monthly.loc[monthly["months"] <= begin + horizon, "survival_lower"].iloc[-1])
        if begin == 0:
            row["mean_months"] = restricted_mean(curve, horizon).mean_time
    if begin == 0 and curve.median <= reach:
        row["median_months"] = curve.median
    return row


def _ratios(known: pd.DataFrame, minimum: int, coverage: float) -> tuple[pd.DataFrame, float, list[str]]:
    """Ratios, p of the log-rank test, and groups that were watched at other months than the one compared with."""
    columns = ["group", "against", "hazard_ratio", "hazard_ratio_lower", "hazard_ratio_upper", "p_value", "proportional_p",
               "status"]
    left = known.groupby("group")["left"].sum()
    if len(left) < 2 or left.sum() == 0:
        return pd.DataFrame(columns=columns), np.nan, []
    together = known[known["group"].isin([g for g in left.index if _in_common(known, known["group"] == g)[0] >= _LEAST_IN_COMMON])]
    test = np.nan
    if len(together["group"].unique()) > 1 and together["left"].any():
        test = logrank(together["months"], together["left"], together["group"], entry=together["entry"]).p_value
    base = str(left.idxmax())
    enough = [str(g) for g in left.index if g != base and min(left[g], left[base]) >= minimum]
    beside = {g: _in_common(pair, pair["group"] == g) for g in enough for pair in [known[known["group"].isin([base, g])]]}
    able = [g for g in enough if beside[g][0] >= _LEAST_IN_COMMON]
    rows = [{"group": str(g), "against": base, "status": INSUFFICIENT} for g in left.index if g not in able and g != base]
    if able:
        inside = known[known["group"].isin([base, *able])]
        dummies = pd.DataFrame({g: (inside["group"] == g).astype(float) for g in able})
        fit = cox_regression(inside["months"], inside["left"], dummies, entry=inside["entry"], coverage=coverage,
                             penalty="firth" if min(beside[g][1] for g in able) < _FEW_FOR_WALD else "none")
        rows += [{"group": r["predictor"], "against": base, "status": SHOWN, **{c: r[c] for c in columns[2:-1]}}
                 for r in fit.table.to_dict("records")]
    table = pd.DataFrame(rows, columns=columns).sort_values("group", ignore_index=True)
    return table, test, [g for g in enough if g not in able]


def _in_common(spells: pd.DataFrame, own: pd.Series) -> tuple[float, int]:
    """What the spells tell of the ratio of a group to the rest: information, each leaver by how evenly both are watched at
    that month, and the leavers at months at which both are, of the side with fewer."""
    gone = spells["left"].to_numpy(bool)
    times = spells["months"].to_numpy(float)[gone]
    here, there = (number_at_risk(times, side["months"].to_numpy(float), side["entry"].to_numpy(float))
                   for side in (spells[own], spells[~own]))
    share = here / (here + there)
    both = (share > 0) & (share < 1)
    mine = own.to_numpy(bool)[gone]
    return float((share * (1 - share)).sum()), int(min((both & mine).sum(), (both & ~mine).sum()))


def _exits(spells: pd.DataFrame, minimum: int, horizon: float, coverage: float) -> pd.DataFrame:
    """Share gone by cause, at whole months; for everybody, where enough people left."""
    columns = ["kind", "months", "incidence", "incidence_lower", "incidence_upper"]
    kinds = sorted(set(spells.loc[spells["left"], "kind"]))
    if int(spells["left"].sum()) < minimum or kinds in ([], [UNKNOWN_KIND]):
        return pd.DataFrame(columns=columns)
    start, end = _stretch(spells, minimum, horizon)
    months = np.arange(start, np.floor(end) + 1)
    kept = spells[spells["months"] > start] if start > 0 else spells
    state = kept["kind"].map({kind: i + 1 for i, kind in enumerate(kinds)}).fillna(0).astype(int)
    if not (state > 0).any() or not len(months):
        return pd.DataFrame(columns=columns)
    found = cumulative_incidence(kept["months"], state, entry=kept["entry"].clip(lower=start), coverage=coverage)
    parts = [
        pd.DataFrame({"kind": kinds[cause - 1], "months": months, "incidence": found.at(months, cause),
                      "incidence_lower": found.at(months, cause, "incidence_lower"),
                      "incidence_upper": found.at(months, cause, "incidence_upper")})
        for cause in found.causes
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)
