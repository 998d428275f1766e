"""Scores with the rater's severity taken out, and how far their means can err."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from salesplan.errors import InputError
from salesplan.ratings.comparable import FORM, TOO_FEW_GROUPS, may_tell_spread, split_groups
from salesplan.ratings.design import check_connected, rating_components
from salesplan.ratings.forms import rating_forms
from salesplan.ratings.ratings_table import NAMED_RELATIONS
from salesplan.ratings.severity import UNLINKED, fit_forms, severity_notes
from salesplan.ratings.severity_fit import TwoWayFit
from salesplan.text import mark

UNADJUSTED = mark(
    "{n} ratings stand as they were given: too few of the group's raters rated others as well, so nothing tells how"
    " severe they are."
)
LEFT_OUT = mark(
    "{n} ratings by people who rated nobody else were left out of groups whose other raters can be compared: mixing both"
    " in one mean would not be anonymous."
)
NO_REPEATS = mark("No group has two raters, so the scores have no interval.")


@dataclass(frozen=True, kw_only=True, eq=False)
class SeverityFree:
    """Ratings with ``clean`` points, and what is needed to say how far a mean of them errs.

    ``table`` is the ratings with ``clean`` (points less the rater's effect) and ``form`` (place of its form among the
    fitted ones, -1 when it was not fitted). ``df`` is zero where no error may or can be told.
    """

    table: pd.DataFrame
    fit: TwoWayFit | None
    n_fitted: int
    loose_variance: float
    df: float
    notes: tuple[dict[str, Any], ...]

    def error_variance(self, rows: np.ndarray, mean: np.ndarray, weight: np.ndarray, n_means: int) -> np.ndarray:
        """Error variance of weighted means of clean points; entry i gives row ``rows[i]`` a weight in a mean."""
        from scipy.sparse import coo_array

        if self.df <= 0:
            return np.full(n_means, np.nan)
        chosen = self.table.iloc[rows].assign(_mean=mean, _weight=weight)
        by_form = chosen.groupby(["_mean", *FORM], sort=False).agg(w=("_weight", "sum"), form=("form", "first"))
        by_form = by_form.reset_index(level="_mean")
        loose = by_form[by_form["form"] < 0]
        variance = np.bincount(loose["_mean"], loose["w"] ** 2, minlength=n_means) * self.loose_variance
        fitted = by_form[by_form["form"] >= 0]
        if self.fit is not None and len(fitted):
            weights = coo_array((fitted["w"], (fitted["form"], fitted["_mean"])), shape=(self.n_fitted, n_means))
            variance = variance + self.fit.error_variance(weights.tocsc())
        return variance


def remove_severity(
    table: pd.DataFrame, *, method: str, minimum: int, exempt: Collection[str] = NAMED_RELATIONS
) -> SeverityFree:
    """Take each rater's effect out of checked ratings of which small groups are already gone.

    ``none`` leaves the points as they are. ``fixed`` compares raters who rated at least two people (which must be
    linked); an anonymous group is adjusted as a whole or not at all, see `split_groups`. ``mixed`` uses all raters.
    Self-ratings are never adjusted. The error is told only where `may_tell_spread`.

    Notes
    -----
    Why means after ``fixed`` give no single answer away, to somebody who knows all of them, who rated whom and what the
    managers said: every such mean sums ``score - effect`` over a whole group. In any combination of means, the
    weights on one rater's answers less the weights that come in through his estimated effect add up to the same
    constant for every rater. A combination that is one rater's answer alone would need one for him and zero for
    everybody else. The effects of ``mixed`` are drawn to zero and the argument does not hold for them.
    """
    others = table[table["relation"] != "self"]
    if method == "none" or not len(others):
        variance, df = _within_groups(others)
        notes = () if df > 0 else ({"msgid": NO_REPEATS, "details": {}},)
        if df > 0 and not may_tell_spread(others, minimum=minimum, exempt=exempt):
            variance, df, notes = np.nan, 0.0, ({"msgid": TOO_FEW_GROUPS, "details": {"n_least": minimum}},)
        return SeverityFree(table=table.assign(clean=table["points"], form=-1), fit=None, n_fitted=0,
                            loose_variance=variance, df=df, notes=notes)
    notes_found: list[dict[str, Any]] = []
    used = others
    if method == "fixed":
        before = _count(table)
        table, fitted = split_groups(table, minimum=minimum, exempt=exempt)
        used = table[fitted]
        if not len(used):
            raise InputError("no group has raters who rated several people, must have some for severity to be told",
                             where="columns rater_id and ratee_id", fix="Use severity='none' or 'mixed'.")
        check_connected(used)
        loose = _count(table[~fitted & (table["relation"] != "self").to_numpy()])
        for n, msgid in ((loose, UNADJUSTED), (before - _count(table), LEFT_OUT)):
            notes_found += [{"msgid": msgid, "details": {"n": n}}] if n else []
    else:
        n_groups = len(rating_components(used))
        if n_groups > 1:
            notes_found.append({"msgid": UNLINKED, "details": {"n": n_groups}})
    forms = rating_forms(used)
    fit, _ = fit_forms(forms, method)
    effects = forms.table[FORM].assign(effect=fit.form_effects(), form=np.arange(len(forms.table)))
    joined = table.merge(effects, on=FORM, how="left", validate="many_to_one")
    known = joined["form"].notna()
    joined["clean"] = joined["points"] - joined["effect"].where(known, 0.0)
    joined["form"] = joined["form"].where(known, -1).astype(int)
    notes_found += severity_notes(forms, fit, np.bincount(fit.system.design.rater))
    is_told = may_tell_spread(used, minimum=minimum, exempt=exempt)
    notes_found += [] if is_told else [{"msgid": TOO_FEW_GROUPS, "details": {"n_least": minimum}}]
    return SeverityFree(table=joined.drop(columns="effect"), fit=fit, n_fitted=len(forms.table),
                        loose_variance=fit.residual_variance + _rater_spread(fit), df=fit.df if is_told else 0.0,
                        notes=tuple(notes_found))


def _count(table: pd.DataFrame) -> int:
    return len(table.drop_duplicates(FORM))


def _rater_spread(fit: TwoWayFit) -> float:
    """Variance of rater effects: what an unadjusted score errs by on top of its residual."""
    if fit.is_mixed:
        return fit.rater_variance + float(np.var(fit.form_effects()) if len(fit.fixed) > 1 else 0.0)
    effect, variance = fit.rater_effects(np.zeros((0, len(fit.rater))))
    return max(0.0, float(np.var(effect, ddof=1) - variance.mean())) if len(effect) > 1 else 0.0


def _within_groups(table: pd.DataFrame) -> tuple[float, float]:
    """Variance of forms within a person's group, pooled over all groups of two raters and more."""
    if not len(table):
        return np.nan, 0.0
    forms = table.groupby(["ratee_id", "round", "relation", "rater_id"])["points"].mean()
    grouped = forms.groupby(level=["ratee_id", "round", "relation"])
    df = float((grouped.size() - 1).sum())
    squares = float(((forms - grouped.transform("mean")) ** 2).sum())
    return (squares / df if df > 0 else np.nan), df
