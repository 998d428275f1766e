"""A KPI scheme: the sets of a company with exact weights, a version of its own, and what is doubtful about it."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from salesplan.errors import InputError, SalesplanError, Sentence, known_choices
from salesplan.kpis.kpi_sets import KpiSet, SchemeItem
from salesplan.kpis.kpi_weights import check_sum, keep_some, on_step, put_item, share_weight, weigh
from salesplan.kpis.library import TYPE_WORDS, KpiLibrary, fault_of, load_library
from salesplan.kpis.scheme_notes import Note, dropped_notes, said_sources, set_notes, unreadable_notes
from salesplan.kpis.set_choice import fitting_codes, fitting_set, month_numbers, said_person, tie
from salesplan.text import say
from salesplan.weighting.weights import Weights, count_steps


class KpiScheme(BaseModel):
    """Which KPIs, weights, scoring rules and targets hold for whom.

    Parameters
    ----------
    name
        Name of the scheme.
    step
        Every weight is a multiple of it, and the weights of a set add up to exactly 1 (checked in whole steps). A
        set that lost KPIs without data may lie off the step, where equal weights could not stay equal on it.
    result_share
        What results are meant to weigh together; a set may state its own.
    sets
        The KPI sets; for each person and month the one with the most conditions holds.
    named_raters
        Relations (``manager``) whose ratings are given under the rater's name. Nobody's are unless they stand here:
        groups of too few raters, a single manager among them, are then hidden and count for nothing.
    dropped
        Set -> KPIs left out because they have no data; see `restricted_to`.

    Raises
    ------
    InputError
        Weights off the step or not adding up to 1, a KPI twice in a set, a set code twice, two sets that are
        equally specific for the same people; the set and the KPI are named.

    Examples
    --------
    >>> item = {"kpi": "visits", "weight": 0.9, "rule": {"function": "achievement_rate"}, "target": {"value": 20}}
    >>> KpiScheme(name="s", sets=[{"code": "all", "name": {"zh": "全员", "en": "All"}, "items": [item]}])
    Traceback (most recent call last):
    ...
    salesplan.errors.InputError: weights of set all add up to 90 %, must add up to 100 %. Where: visits 90 %. ...
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str = Field(min_length=1)
    step: float = 0.05
    result_share: float = Field(0.7, ge=0, le=1)
    sets: tuple[KpiSet, ...] = Field(min_length=1)
    named_raters: tuple[Literal["manager", "customer", "peer", "report"], ...] = ()
    dropped: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            first = error.errors()[0]
            fault, spot = first.get("ctx", {}).get("error"), _spot(first["loc"], values)
            where = _place(str(values.get("name", "")), spot)
            if not isinstance(fault, SalesplanError):
                raise InputError(fault_of(error, within=2 * len(spot)), where=where) from error
            if not spot:
                raise fault from None
            raise InputError(fault.what, where=where, fix=fault.fix) from error

    @field_validator("step")
    @classmethod
    def _step_divides_one(cls, step: float) -> float:
        count_steps(step)
        return step

    @model_validator(mode="after")
    def _sets_fit(self) -> "KpiScheme":
        object.__setattr__(self, "sets", tuple(
            check_sum(one) if one.code in self.dropped else on_step(one, step=self.step) for one in self.sets))
        codes = self.codes
        for at, one in enumerate(self.sets):
            if codes.index(one.code) != at:
                raise InputError(Sentence("set {set} stands twice, must be there once", set=one.code),
                                 where=_place(self.name))
            for other in self.sets[:at]:
                if one.applies_to.overlaps(other.applies_to):
                    raise tie(other, one, Sentence("the same people"))
        return self

    @classmethod
    def from_dict(cls, given: Mapping[str, Any], *, library: KpiLibrary | None = None) -> "KpiScheme":
        """Read a scheme as it stands in YAML or JSON; with a library its KPIs are checked as well.

        Raises
        ------
        InputError
            As for the class, or an unknown KPI.
        """
        if not isinstance(given, Mapping):
            raise InputError(Sentence("scheme == {given}, must be a mapping", given=type(given).__name__))
        scheme = cls(**{str(name): value for name, value in given.items()})
        return scheme if library is None else scheme.check(library)

    def to_dict(self) -> dict[str, Any]:
        """The scheme as plain JSON values; `from_dict` gives the same scheme back."""
        entry: dict[str, Any] = {"name": self.name, "step": self.step, "result_share": self.result_share,
                                 "sets": [one.to_dict() for one in self.sets]}
        if self.named_raters:
            entry["named_raters"] = list(self.named_raters)
        return {**entry, "dropped": {k: list(v) for k, v in self.dropped.items()}} if self.dropped else entry

    @property
    def rule_version(self) -> str:
        """First 12 hex digits of the SHA-256 of the scheme's JSON (sorted keys, no spaces, UTF-8)."""
        text = json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8")).hexdigest()[:12]

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of its sets, in order."""
        return tuple(one.code for one in self.sets)

    @property
    def kpis(self) -> tuple[str, ...]:
        """Codes of all its KPIs, each once."""
        return tuple(dict.fromkeys(kpi for one in self.sets for kpi in one.kpis))

    def __getitem__(self, code: str) -> KpiSet:
        for one in self.sets:
            if one.code == code:
                return one
        raise InputError(Sentence("set == {given}, must be a set of scheme {name}", given=repr(code), name=self.name),
                         fix=known_choices(code, self.codes))

    def comparable_sets(self) -> dict[str, str]:
        """Set -> the first set with the same KPIs and scoring rules: their scores mean the same, whatever the weights."""
        by_content: dict[str, str] = {}
        return {one.code: by_content.setdefault(_scored_by(one), one.code) for one in self.sets}

    def readable_sets(self, library: KpiLibrary) -> tuple[KpiSet, ...]:
        """Sets without a KPI whose definition cannot be read: nobody is scored under the others."""
        return tuple(one for one in self.sets if not library.unreadable.keys() & set(one.kpis))

    def check(self, library: KpiLibrary) -> "KpiScheme":
        """The scheme itself when every KPI is known and scored in its own direction.

        Sets with a KPI that the library could not read are passed over; see `readable_sets`.

        Raises
        ------
        InputError
            An unknown KPI, or a rule that pays more for the worse figure; set and KPI are named.
        """
        for one in self.readable_sets(library):
            for item in one.items:
                where = _place(self.name, [Sentence("set {code}", code=one.code), Sentence("kpi {code}", code=item.kpi)])
                if item.kpi not in library:
                    raise InputError(Sentence("kpi == {code}, must be a KPI of the library", code=repr(item.kpi)), where=where,
                                     fix=known_choices(item.kpi, library.codes))
                kpi = library[item.kpi]
                if item.rule.direction != kpi.direction:
                    raise InputError(
                        Sentence("rule == {function}, direction {direction}, must fit {kpi}, where lower is better"
                                 if kpi.direction == "lower" else
                                 "rule == {function}, direction {direction}, must fit {kpi}, where higher is better",
                                 function=item.rule.function, direction=item.rule.direction, kpi=item.kpi), where=where,
                        fix=Sentence("Use lower_is_better_reciprocal, lower_is_better_linear or direction: lower."
                                     if kpi.direction == "lower" else "Use achievement_rate or capped."))
        return self

    def notes(self, library: KpiLibrary | None = None) -> list[Note]:
        """What a reader should doubt about the sets: too many or too few KPIs, light weights, an odd mix of results
        and process, gaming that no counter-KPI shows, targets that follow colleagues, KPIs left out without data.

        Parameters
        ----------
        library
            Library the KPIs come from; the packaged one by default.
        """
        known = load_library() if library is None else library
        self.check(known)
        found = [*unreadable_notes(known), *dropped_notes(self.dropped, self.sets, known)]
        for one in self.readable_sets(known):
            found += set_notes(one, known, agreed_share=self.result_share)
        return found

    def set_for(self, profile: Mapping[str, Any] | pd.Series, month: Any) -> KpiSet:
        """The set that holds for one person: of those that fit, the one with the most conditions.

        Parameters
        ----------
        profile
            role, tier, product_line, customer_type as far as known (``*`` or missing: none in particular).
        month
            A number from 1 to 12, or a period such as ``2026-10`` or ``2026Q3``; a seasonal set must hold in all
            its months.

        Raises
        ------
        InputError
            No set fits, or two fit equally well; both are named.

        Examples
        --------
        >>> from salesplan.kpis.default_scheme import default_scheme
        >>> default_scheme().set_for({"tier": "新人"}, "2026-10").code
        'newcomer'
        """
        found = fitting_set(self.sets, dict(profile), month_numbers(month))
        if found is None:
            raise InputError(Sentence("no KPI set fits, must be one for everybody"), where=said_person(dict(profile)),
                             fix=Sentence("Add a set without conditions."))
        return found

    def sets_of(self, profiles: pd.DataFrame, period: Any) -> pd.Series:
        """Code of the set that holds for each person; missing for whom none fits.

        Parameters
        ----------
        profiles
            One row a person, as for `set_for`.

        Raises
        ------
        InputError
            Two sets fit a person equally well.
        """
        return fitting_codes(self.sets, profiles, period)

    def without_data(self, kpis: Iterable[str]) -> tuple[str, ...]:
        """KPIs of the scheme that are not among those with data."""
        there = set(kpis)
        return tuple(kpi for kpi in self.kpis if kpi not in there)

    def restricted_to(self, kpis: Iterable[str]) -> "KpiScheme":
        """The scheme for the KPIs that have data: the others go, and the rest of their set shares the weight.

        The weights that stay are the whole steps nearest to their old proportions that keep equal weights equal and
        heavier ones heavier; where there are none the proportions are kept, off the step (`kpi_weights.keep_some`).
        What was left out stands in ``dropped`` and in `notes`; a set of which nothing is left goes as a whole.

        Parameters
        ----------
        kpis
            Codes of the KPIs with data.

        Raises
        ------
        InputError
            Nothing is left.

        Examples
        --------
        >>> from salesplan.kpis.default_scheme import default_scheme
        >>> small = default_scheme().restricted_to(["sales_amount", "orders"])
        >>> small["senior"].weights, small.dropped["senior"][0]
        ({'sales_amount': 1.0}, 'receipts')
        """
        there = set(kpis)
        dropped = {code: list(codes) for code, codes in self.dropped.items()}
        sets = []
        for one in self.sets:
            if gone := [kpi for kpi in one.kpis if kpi not in there]:
                dropped[one.code] = [*dropped.get(one.code, []), *gone]
            if left := [item for item in one.items if item.kpi in there]:
                sets.append(one if len(left) == len(one.items) else keep_some(one, left, step=self.step))
        if not sets:
            raise InputError(Sentence("none of the KPIs of scheme {name} has data, must leave at least one", name=self.name),
                             where=", ".join(self.kpis), fix=Sentence("Import the tables they need, or choose other KPIs."))
        return self._with(sets=sets, dropped=dropped)

    def with_weights(self, set_code: str, weights: Mapping[str, float] | pd.Series | Weights) -> "KpiScheme":
        """The scheme with other weights in one set, rounded to the step; every KPI keeps at least one step.

        Parameters
        ----------
        weights
            A weight for each KPI of the set, adding up to 1.

        Raises
        ------
        InputError
            A KPI of the set has no weight, or a weight belongs to no KPI of it.

        Examples
        --------
        >>> from salesplan.kpis.default_scheme import default_scheme
        >>> scheme = default_scheme()
        >>> shares = dict(zip(scheme["senior"].kpis, [0.41, 0.22, 0.16, 0.11, 0.1]))
        >>> list(scheme.with_weights("senior", shares)["senior"].weights.values())
        [0.4, 0.25, 0.15, 0.1, 0.1]
        """
        return self.with_set(weigh(self[set_code], weights, step=self.step))

    def with_item(self, set_code: str, item: SchemeItem | Mapping[str, Any]) -> "KpiScheme":
        """The scheme with a KPI put into a set, or one of its KPIs changed; the others share what weight is left.

        Examples
        --------
        >>> from salesplan.kpis.default_scheme import default_scheme
        >>> visits = {"kpi": "visits", "weight": 0.2, "rule": {"function": "achievement_rate"}, "target": {"value": 9}}
        >>> default_scheme().with_item("senior", visits)["senior"].weights["visits"]
        0.2
        """
        return self.with_set(put_item(self[set_code], item, step=self.step))

    def without_item(self, set_code: str, kpi: str) -> "KpiScheme":
        """The scheme with a KPI taken out of a set; the others share its weight."""
        one = self[set_code]
        if kpi not in one.kpis:
            raise InputError(Sentence("kpi == {given}, must be a KPI of set {set}", given=repr(kpi), set=set_code),
                             fix=known_choices(kpi, one.kpis))
        left = [item for item in one.items if item.kpi != kpi]
        if not left:
            raise InputError(Sentence("{kpi} is the only KPI of set {set}, must leave one", kpi=kpi, set=set_code))
        return self.with_set(share_weight(one, left, step=self.step))

    def with_set(self, changed: KpiSet) -> "KpiScheme":
        """The scheme with one set put in place of that of the same code, or added."""
        kept = [changed if one.code == changed.code else one for one in self.sets]
        return self._with(sets=kept if changed.code in self.codes else [*kept, changed])

    def _with(self, **changes: Any) -> "KpiScheme":
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self)(**{**fields, **changes})

    def to_frame(self, language: str = "zh", *, library: KpiLibrary | None = None) -> pd.DataFrame:
        """One row a KPI of a set, in a reader's language.

        Returns
        -------
        DataFrame with set (code), set_name, kpi, kpi_name, kpi_type, weight, scoring and targets_from (in words).
        """
        known = load_library() if library is None else library
        return pd.DataFrame([
            {
                "set": one.code,
                "set_name": one.name.said(language),
                "kpi": item.kpi,
                "kpi_name": known.title(item.kpi, language),
                "kpi_type": say(TYPE_WORDS[known[item.kpi].type], language) if item.kpi in known else "–",
                "weight": item.weight,
                "scoring": say(item.rule.formula, language),
                "targets_from": said_sources(item, language),
            }
            for one in self.sets for item in one.items
        ])


def _scored_by(one: KpiSet) -> str:
    """KPIs and rules of a set as one text, in whatever order they stand."""
    return json.dumps(sorted((item.kpi, item.rule.to_dict()) for item in one.items), sort_keys=True)


def _place(scheme: str, spot: Sequence[Sentence] = ()) -> Sentence:
    """The scheme and the spot in it, for messages."""
    return Sentence("scheme {name}, {spot}", name=scheme, spot=list(spot)) if spot else Sentence("scheme {name}", name=scheme)


def _spot(path: Sequence[int | str], values: Any) -> list[Sentence]:
    """The set and the KPI a fault lies in, by their codes, as far as it lies in one."""
    spot: list[Sentence] = []
    for list_name, code in (("sets", "code"), ("items", "kpi")):
        if len(path) < 2 or path[0] != list_name or not isinstance(path[1], int):
            break
        values = values[list_name][path[1]] if isinstance(values, Mapping) else {}
        told = values.get(code, path[1] + 1) if isinstance(values, Mapping) else path[1] + 1
        spot.append(Sentence("kpi {code}" if spot else "set {code}", code=told))
        path = path[2:]
    return spot
