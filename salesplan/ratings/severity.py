"""How severe is each rater, and what would the people get from the average rater?"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError, known_choices
from salesplan.ratings.block_system import CrossedDesign
from salesplan.ratings.comparable import TOO_FEW_GROUPS, may_tell_spread, split_groups
from salesplan.ratings.design import check_connected, rating_components
from salesplan.ratings.forms import Forms, rating_forms
from salesplan.ratings.ratings_table import NAMED_RELATIONS, check_ratings, named_raters
from salesplan.ratings.severity_fit import TwoWayFit, fit_fixed, fit_mixed
from salesplan.ratings.suppression import suppress_small_groups
from salesplan.text import mark

LEAST_RATINGS = 10
"""With fewer ratings a rater's severity says little."""

SELF_LEFT_OUT = mark(
    "{n} self-ratings took no part in judging severity: who rates himself only cannot be compared with others."
)
FEW_RATINGS = mark(
    "{n_few} of {n_raters} raters gave fewer than {n_least} ratings; their severity is a rough guess."
)
NO_FREEDOM = mark("There are just as many unknowns as ratings; severities fit perfectly and have no error to show.")
UNLINKED = mark(
    "Raters fall into {n} groups without a person in common; between groups, severity and merit are told apart only by"
    " the assumption that groups are alike."
)
ITEM_BLOCKS = mark(
    "Items fall into {n} blocks that were never answered on one form; a block's ease cannot be told from its raters'"
    " severity."
)
NOT_PUBLISHED = mark(
    "Without groups of fewer than {n_least} raters, those left cannot be compared with each other; there are no adjusted"
    " means to hand on."
)
LEVEL_COLUMNS = ("adjusted_mean", "adjusted_se", "adjusted_lower", "adjusted_upper")
NO_SEVERITY = mark("Raters differ no more than chance would have them differ; nothing was adjusted.")


@dataclass(frozen=True, kw_only=True, eq=False)
class RaterSeverity:
    """Severity of raters and adjusted means of the people they rated.

    ``ratees``, ``raters`` and the variances come from all ratings, also where few rated: they are for whoever runs the
    round. What may be handed on is `to_frame`, computed anew without small groups of raters.

    ``ratees``: ratee_id, round, n_raters, n_anonymous, raw_mean, adjusted_mean with se, lower, upper.
    ``raters``: rater_id, relation (the most frequent), n_ratings (forms), severity (how far the rater stays below
    the average rater; positive is harsh) with se, lower, upper, is_few. ``relations``: the same by relation.
    ``unit`` is ``score`` (the ratings' own scale) or ``points`` (0-100, when items have different scales).
    """

    method: str
    unit: str
    ratees: pd.DataFrame
    raters: pd.DataFrame
    relations: pd.DataFrame
    item_effects: pd.Series
    reliability: float
    residual_variance: float
    ratee_variance: float
    rater_variance: float
    intercept: float
    coverage: float
    published: pd.DataFrame
    notes: tuple[dict[str, Any], ...]

    def __post_init__(self) -> None:
        for name in ("ratees", "raters", "relations", "item_effects", "published"):
            object.__setattr__(self, name, getattr(self, name).copy())
        if "raw_mean" in self.published:
            raise InputError("raw_mean stands beside adjusted_mean, must not: both together give single answers away",
                             where="RaterSeverity.published")

    def to_frame(self) -> pd.DataFrame:
        """Adjusted means by person that may be handed on: ratee_id, round, n_raters (text), adjusted_mean with se,
        lower, upper.

        Groups of raters (ratee, round, relation, and items within) below the minimum are left out before anything is
        fitted. Do not hand it on beside `ratees`, beside the same with another minimum or method, nor beside
        `rating_scores`: their differences can give single answers away.
        """
        return self.published.copy()

    def summary(self) -> pd.DataFrame:
        """One row: method, people, raters, spread of people, of raters and the rest, reliability."""
        return pd.DataFrame([{
            "method": self.method, "n_ratees": len(self.ratees), "n_raters": len(self.raters),
            "ratee_variance": self.ratee_variance, "rater_variance": self.rater_variance,
            "residual_variance": self.residual_variance, "reliability": self.reliability,
        }])  # fmt: skip


def rater_severity(
    frame: pd.DataFrame, *, method: Literal["fixed", "mixed"] = "fixed", coverage: float = 0.95, minimum: int = 3,
    exempt: Collection[str] = NAMED_RELATIONS,
) -> RaterSeverity:
    """Tell harsh raters from weak performance.

    Who happened to be rated by harsh colleagues has a low mean without being worse. Where raters are linked by people
    they rated in common, both can be estimated: every score is taken as the person's level plus the rater's
    habit plus chance.

    Parameters
    ----------
    frame
        Ratings as for `check_ratings`. Self-ratings are left out and counted in a note. One rater's items on one
        person count as one rating (form), items set against each other by `rating_forms`; a person in two rounds counts
        as two people, a rater as one.
    method
        ``fixed``: least squares, rater effects sum to zero, no shrinking; the design must be connected. ``mixed``: REML
        with crossed random ratees and raters, relations as fixed effects; effects of raters and people with few ratings
        are drawn to the mean, and an unconnected design is answered with a note.
    coverage
        Of the intervals.
    minimum
        Fewest anonymous raters of a group, and of an item within it, that count in what may be handed on.
    exempt
        Relations whose ratings are no secret; see `suppress_small_groups`.

    Returns
    -------
    RaterSeverity
        With the reliability of the adjusted means: the share of their variance that is not error, for differences
        between people.

    Raises
    ------
    InputError
        Bad ratings, no ratings by others, or (fixed) raters in separate groups.

    Notes
    -----
    Two-way additive model (Raymond & Viswesvaran 1993); mixed as in Bates, Maechler, Bolker & Walker (2015).
    Severity assumes that a rater is equally harsh to everybody; favouritism is in the residual.

    Examples
    --------
    >>> f = pd.DataFrame({"ratee_id": list("AABBC"), "rater_id": list("xyxyy"), "relation": "peer", "item": "i",
    ...                   "score": [4, 2, 5, 3, 3]})
    >>> r = rater_severity(f)
    >>> r.raters[["rater_id", "severity"]].values.tolist()
    [['x', -1.0], ['y', 1.0]]
    >>> r.ratees["adjusted_mean"].tolist()
    [3.0, 4.0, 4.0]
    """
    if method not in ("fixed", "mixed"):
        raise InputError(f"method == {method!r}, must be a known method", fix=known_choices(method, ("fixed", "mixed")))
    if not 0 < coverage < 1:
        raise InputError(f"coverage == {coverage:g}, must be a fraction between 0 and 1")
    table = check_ratings(frame)
    unit = "score" if len(table[["scale_min", "scale_max"]].drop_duplicates()) == 1 else "points"
    others = table[table["relation"] != "self"]
    notes = []
    if len(others) < len(table):
        own = table[table["relation"] == "self"].drop_duplicates(["ratee_id", "round"])
        notes.append({"msgid": SELF_LEFT_OUT, "details": {"n": len(own)}})
    components = check_connected(others) if method == "fixed" else rating_components(others)
    if len(components) > 1:
        notes.append({"msgid": UNLINKED, "details": {"n": len(components)}})
    if not len(others):
        raise InputError("ratings by others: none, must have some")
    forms = rating_forms(others, value=unit)
    fit, relations = fit_forms(forms, method)
    raters = _rater_table(forms, fit, relations, coverage)
    level, variance, reliability = fit.levels()
    published, publishing_notes = publish_levels(others, method=method, unit=unit, coverage=coverage, minimum=minimum,
                                                   exempt=exempt)
    return RaterSeverity(
        method=method,
        unit=unit,
        ratees=_ratee_table(forms, fit, level, variance, coverage, exempt),
        raters=raters,
        relations=_relation_table(forms, fit, relations, coverage),
        item_effects=forms.item_effects,
        reliability=reliability,
        residual_variance=fit.residual_variance,
        ratee_variance=fit.ratee_variance,
        rater_variance=fit.rater_variance,
        intercept=float(fit.fixed[0]) if fit.is_mixed else float(level.mean()),
        coverage=coverage,
        published=published,
        notes=(*notes, *severity_notes(forms, fit, raters["n_ratings"].to_numpy()), *publishing_notes),
    )


def fit_forms(forms: Forms, method: str) -> tuple[TwoWayFit, list[str]]:
    """Fit the forms; ratee codes follow the sorted (ratee, round), rater codes the sorted rater ids."""
    table = forms.table
    ratee = table.groupby(["ratee_id", "round"], sort=True).ngroup().to_numpy()
    rater = pd.factorize(table["rater_id"], sort=True)[0]
    score = table["score"].to_numpy(float)
    relations = sorted(set(table["relation"]))
    if method == "fixed":
        return fit_fixed(CrossedDesign(ratee=ratee, rater=rater, fixed=np.zeros((len(table), 0))), score), relations
    columns = _deviation_codes(pd.Categorical(table["relation"], categories=relations).codes, len(relations))
    fixed = np.column_stack([np.ones(len(table)), columns])
    return fit_mixed(CrossedDesign(ratee=ratee, rater=rater, fixed=fixed), score), relations


def publish_levels(
    others: pd.DataFrame, *, method: str, unit: str, coverage: float, minimum: int, exempt: Collection[str] = NAMED_RELATIONS
) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """Adjusted means from a fit without small groups, and with ``fixed`` without raters who cannot be compared.

    A person of whom no rating is left has no figure; if the raters left are no longer linked, nobody has.
    """
    keys = ["ratee_id", "round"]
    people = others[keys].drop_duplicates().sort_values(keys, ignore_index=True)
    nothing = people.assign(n_raters=f"<{minimum}", **dict.fromkeys(LEVEL_COLUMNS, np.nan))
    used = suppress_small_groups(others, minimum=minimum, by=[*keys, "relation", "item"], exempt=exempt).kept
    if method == "fixed" and len(used):
        table, fitted = split_groups(used, minimum=minimum, exempt=exempt)
        used = table[fitted]
    if not len(used) or (method == "fixed" and len(rating_components(used)) > 1):
        return nothing, [{"msgid": NOT_PUBLISHED, "details": {"n_least": minimum}}]
    try:
        forms = rating_forms(used, value=unit)
        fit, _ = fit_forms(forms, method)
    except InputError:
        return nothing, [{"msgid": NOT_PUBLISHED, "details": {"n_least": minimum}}]
    level, variance, _ = fit.levels()
    is_told = may_tell_spread(used, minimum=minimum, exempt=exempt)
    levels = _ratee_table(forms, fit, level, variance if is_told else np.full(len(level), np.nan), coverage, exempt)
    named = used.assign(_named=named_raters(used["rater_id"])).groupby(keys)["_named"].nunique().clip(lower=1)
    published = people.merge(levels[[*keys, *LEVEL_COLUMNS]], on=keys, how="left")
    published = published.merge(named.astype(str).rename("n_raters").reset_index(), on=keys, how="left")
    published["n_raters"] = published["n_raters"].fillna(f"<{minimum}")
    published = published[[*keys, "n_raters", *LEVEL_COLUMNS]]
    return published, [] if is_told else [{"msgid": TOO_FEW_GROUPS, "details": {"n_least": minimum}}]


def severity_notes(forms: Forms, fit: TwoWayFit, n_ratings: NDArray[Any]) -> list[dict[str, Any]]:
    """What a reader of severities has to keep in mind."""
    notes: list[dict[str, Any]] = []
    few = int((n_ratings < LEAST_RATINGS).sum())
    if few:
        notes.append({"msgid": FEW_RATINGS,
                      "details": {"n_few": few, "n_raters": len(n_ratings), "n_least": LEAST_RATINGS}})
    if fit.df <= 0:
        notes.append({"msgid": NO_FREEDOM, "details": {}})
    if forms.n_item_blocks > 1:
        notes.append({"msgid": ITEM_BLOCKS, "details": {"n": forms.n_item_blocks}})
    if fit.is_mixed and fit.rater_variance <= 1e-8 * fit.residual_variance and len(fit.fixed) == 1:
        notes.append({"msgid": NO_SEVERITY, "details": {}})
    return notes


def half_width(fit: TwoWayFit, coverage: float) -> float:
    """Standard errors that an interval reaches to each side."""
    from scipy.special import stdtrit

    return float(stdtrit(fit.df, (1 + coverage) / 2)) if fit.df > 0 else np.nan


def _deviation_codes(code: NDArray[Any], k: int) -> NDArray[np.float64]:
    """Effect coding: the effects of k relations sum to zero."""
    return np.vstack([np.eye(k - 1), -np.ones((1, k - 1))])[code] if k > 1 else np.zeros((len(code), 0))


def _rater_table(forms: Forms, fit: TwoWayFit, relations: list[str], coverage: float) -> pd.DataFrame:
    code = fit.system.design.rater
    n = np.bincount(code)
    weights = np.zeros((len(fit.fixed), len(n)))
    for row in range(1, len(fit.fixed)):
        weights[row] = np.bincount(code, fit.system.design.fixed[:, row]) / n
    effect, variance = fit.rater_effects(weights)
    grouped = forms.table.groupby("rater_id", sort=True)["relation"]
    raters = pd.DataFrame({"rater_id": sorted(set(forms.table["rater_id"])),
                           "relation": grouped.agg(_most_frequent).to_numpy(),
                           "n_ratings": n})
    return _with_interval(raters, "severity", -effect, variance, fit, coverage).assign(is_few=n < LEAST_RATINGS)


def _most_frequent(relations: pd.Series) -> str:
    return str(relations.value_counts().sort_index().idxmax())


def _ratee_table(
    forms: Forms, fit: TwoWayFit, level: NDArray[np.float64], variance: NDArray[np.float64], coverage: float,
    exempt: Collection[str],
) -> pd.DataFrame:
    table = forms.table.assign(_anonymous=~forms.table["relation"].isin(list(exempt)))
    ratees = table.groupby(["ratee_id", "round"], sort=True).agg(
        n_raters=("rater_id", "nunique"), n_anonymous=("_anonymous", "sum"), raw_mean=("raw", "mean")
    )
    return _with_interval(ratees.reset_index(), "adjusted", level, variance, fit, coverage, value="adjusted_mean")


def _relation_table(forms: Forms, fit: TwoWayFit, relations: list[str], coverage: float) -> pd.DataFrame:
    """Severity by relation: the relation's effect, or the mean of its raters' effects weighted by their forms."""
    design = fit.system.design
    code = pd.Categorical(forms.table["relation"], categories=relations).codes
    counts = np.zeros((design.n_raters, len(relations)))
    np.add.at(counts, (design.rater, code), 1.0)
    fixed = np.zeros((len(fit.fixed), len(relations)))
    if fit.is_mixed:
        fixed[1:] = _deviation_codes(np.arange(len(relations)), len(relations)).T
        raters = np.zeros_like(counts)
    else:
        raters = counts / counts.sum(axis=0) - 1 / design.n_raters
    effect, variance = fit.contrast(raters, fixed)
    table = pd.DataFrame({"relation": relations, "n_raters": (counts > 0).sum(axis=0),
                          "n_ratings": counts.sum(axis=0).astype(int)})
    return _with_interval(table, "severity", -effect, variance, fit, coverage)


def _with_interval(
    frame: pd.DataFrame, stem: str, estimate: NDArray[np.float64], variance: NDArray[np.float64], fit: TwoWayFit,
    coverage: float, *, value: str = "",
) -> pd.DataFrame:  # fmt: skip
    se = np.sqrt(variance)
    half = half_width(fit, coverage) * se
    return frame.assign(**{value or stem: estimate, f"{stem}_se": se, f"{stem}_lower": estimate - half,
                           f"{stem}_upper": estimate + half})
