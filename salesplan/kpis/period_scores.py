"""From loaded data to the scorecard of a period: targets, points, and what is luck."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from salesplan.errors import InputError, Sentence
from salesplan.kpis.default_scheme import default_scheme
from salesplan.kpis.library import KpiLibrary
from salesplan.kpis.parameters import KpiParameters
from salesplan.kpis.scheme import KpiScheme
from salesplan.kpis.scheme_notes import unused_target_notes
from salesplan.kpis.score_draws import score_draws
from salesplan.kpis.score_people import score_people
from salesplan.kpis.scorecard import Scorecard
from salesplan.kpis.small_ratings import LEAST_SCORES, hide_small_ratings
from salesplan.kpis.target_rules import resolve_targets

DRAWS = 400


def agreed_scheme(
    library: KpiLibrary, parameters: KpiParameters, *, stored: Mapping[str, Any] | None = None
) -> KpiScheme:
    """The scheme as it was agreed, whatever data there are: the stored one that is in force, else the packaged one.

    Parameters
    ----------
    stored
        Content of the scheme version in force, from the plan store.

    Raises
    ------
    InputError
        The stored scheme cannot be read.
    """
    if stored is None:
        return default_scheme(library, name=parameters.scheme_name)
    return KpiScheme.from_dict(stored, library=library)


def with_data_only(scheme: KpiScheme, data: Any, library: KpiLibrary) -> KpiScheme:
    """The scheme that people are scored by: KPIs without data are left out and named in its notes.

    Those that the library could not read stay: nobody is scored under their sets.

    Parameters
    ----------
    data
        ``actuals`` and ``history``: which KPIs have data.

    Raises
    ------
    InputError
        Nothing of the scheme has data.
    """
    return scheme.restricted_to([*kpis_with_data(data), *library.unreadable])


def kpis_with_data(data: Any) -> list[str]:
    """KPIs for which anybody has a figure in the period or the months before."""
    frames = [frame.loc[frame["actual"].notna(), "kpi"] for frame in (data.actuals, data.history) if len(frame)]
    if not frames:
        raise InputError(Sentence("no KPI has data, must have at least one"), fix=Sentence("Import orders, activities or ratings first."))
    return sorted(pd.concat(frames).unique())


def country_of(data: Any) -> str:
    """ISO code of the country whose working days count for the data: the workspace's."""
    return str(getattr(getattr(data, "settings", None), "country", "CN"))


def score_period(
    data: Any,
    scheme: KpiScheme,
    *,
    library: KpiLibrary,
    coverage: float = 0.9,
    seed: int = 0,
    with_bands: bool = True,
    rule_version: str = "",
    min_group: int = LEAST_SCORES,
) -> Scorecard:
    """Everybody's score in the data's period, with bands.

    In a scoped view everybody is scored, so that places are those of the whole company, and the card then holds the
    people shown alone.

    Parameters
    ----------
    data
        ``profiles``, ``actuals``, ``daily``, ``history``, ``targets``, ``label``, ``fingerprint``.
    scheme
        KPI sets, weights and rules.
    with_bands
        Also compute what is luck; without it the scores come in a fraction of the time.
    min_group
        Averages of fewer confidential scores than this do not count; see `hide_small_ratings`.
    """
    figures = period_figures(data, scheme, library=library, min_group=min_group)
    card = score_people(figures, scheme, data.profiles, period=str(data.label), coverage=coverage, library=library,
                        fingerprint=data.fingerprint, rule_version=rule_version, country=country_of(data))
    unused = unused_target_notes(scheme, data.profiles, data.targets, period=str(data.label), library=library)
    card = replace(card, notes=(*card.notes, *unused))
    if with_bands:
        card = card.with_draws(score_draws(data.daily, card, n=DRAWS, seed=seed), coverage=coverage)
    return card if "is_shown" not in data.profiles else card.restricted_to(data.shown)


def period_figures(
    data: Any, scheme: KpiScheme, *, library: KpiLibrary, min_group: int = LEAST_SCORES
) -> pd.DataFrame:
    """What everybody was to reach and reached, KPI by KPI of their set; the weights of the sets do not matter.

    Parameters
    ----------
    data, scheme, min_group
        As for `score_period`.

    Returns
    -------
    DataFrame
        seller_id, kpi, target, target_source, full_target, working_share, actual, evidence_rows.
    """
    targets = resolve_targets(scheme, data.profiles, table_targets=data.targets, history=data.history,
                              period=str(data.label), library=library, country=country_of(data))
    actuals = hide_small_ratings(data.actuals, library, minimum=min_group, named=scheme.named_raters)
    return targets.merge(actuals[["seller_id", "kpi", "actual", "evidence_rows"]], on=["seller_id", "kpi"], how="left")
