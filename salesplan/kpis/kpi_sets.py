"""KPI sets: which KPIs, weights, rules and targets hold for which people and in which months."""

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from salesplan.errors import Sentence
from salesplan.kpis.library import Words
from salesplan.kpis.scoring_rules import ScoringRule
from salesplan.kpis.target_rules import TargetRule

PEOPLE = ("role", "tier", "product_line", "customer_type")
"""Columns of a profile by which a set may choose its people."""


class AppliesTo(BaseModel):
    """Whom and when a set is for; an empty list stands for all.

    Examples
    --------
    >>> newcomers = AppliesTo(tier=["新人"], months=[1, 2])
    >>> newcomers.matches({"tier": "新人"}, [2]), newcomers.matches({"tier": "骨干"}, [2]), newcomers.n_conditions
    (True, False, 2)
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    role: tuple[str, ...] = ()
    tier: tuple[str, ...] = ()
    months: tuple[int, ...] = ()
    product_line: tuple[str, ...] = ()
    customer_type: tuple[str, ...] = ()

    @field_validator("months")
    @classmethod
    def _calendar_months(cls, months: tuple[int, ...]) -> tuple[int, ...]:
        if any(not 1 <= month <= 12 for month in months):
            raise ValueError(Sentence("months must be numbers from 1 to 12"))
        return months

    @property
    def conditions(self) -> tuple[str, ...]:
        """Names of the conditions that are set."""
        return tuple(name for name in type(self).model_fields if getattr(self, name))

    @property
    def n_conditions(self) -> int:
        """How many conditions are set: the more, the more specific."""
        return len(self.conditions)

    def matches(self, profile: Mapping[str, Any], months: Collection[int]) -> bool:
        """Whether a person falls under every condition, in all the months; what is unknown never matches."""
        if self.months and not set(months) <= set(self.months):
            return False
        return all(
            not getattr(self, name) or (pd.notna(profile.get(name)) and str(profile.get(name)) in getattr(self, name))
            for name in PEOPLE
        )

    def overlaps(self, other: "AppliesTo") -> bool:
        """Whether both have the same conditions and share a value in each: nothing decides between them."""
        return self.conditions == other.conditions and all(
            set(getattr(self, name)) & set(getattr(other, name)) for name in self.conditions
        )

    def to_dict(self) -> dict[str, Any]:
        """The conditions that are set."""
        return self.model_dump(mode="json", exclude_defaults=True)


class SchemeItem(BaseModel):
    """One KPI of a set: its weight (a fraction), how it is scored, where its targets come from."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kpi: str
    weight: float = Field(gt=0, le=1)
    rule: ScoringRule
    target: TargetRule | None = None

    @model_validator(mode="after")
    def _knows_its_target(self) -> "SchemeItem":
        if self.rule.needs_target and self.target is None:
            raise ValueError(Sentence("target of {kpi} is missing, must be given for {function}", kpi=self.kpi,
                                      function=self.rule.function))
        return self

    def to_dict(self) -> dict[str, Any]:
        """The item as plain JSON values."""
        entry: dict[str, Any] = {"kpi": self.kpi, "weight": self.weight, "rule": self.rule.to_dict()}
        return entry if self.target is None else {**entry, "target": self.target.to_dict()}


class KpiSet(BaseModel):
    """The KPIs of one group of people.

    Parameters
    ----------
    code, name
        Name in tables, and for people.
    applies_to
        Whom and when the set is for.
    items
        The KPIs with their weights, which add up to 1; none stands twice.
    result_share
        What results are meant to weigh in this set, where it differs from the scheme's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    code: str = Field(min_length=1)
    name: Words
    applies_to: AppliesTo = AppliesTo()
    items: tuple[SchemeItem, ...] = Field(min_length=1)
    result_share: float | None = Field(None, ge=0, le=1)

    @model_validator(mode="after")
    def _each_kpi_once(self) -> "KpiSet":
        codes = self.kpis
        for code in codes:
            if codes.count(code) > 1:
                raise ValueError(Sentence("kpi {code} stands twice in set {set}, must be there once", code=code, set=self.code))
        return self

    @property
    def kpis(self) -> tuple[str, ...]:
        """Codes of its KPIs, in order."""
        return tuple(item.kpi for item in self.items)

    @property
    def weights(self) -> dict[str, float]:
        """Weight of each KPI."""
        return {item.kpi: item.weight for item in self.items}

    def item(self, kpi: str) -> SchemeItem | None:
        """The item of one KPI, or nothing."""
        return next((item for item in self.items if item.kpi == kpi), None)

    def to_dict(self) -> dict[str, Any]:
        """The set as plain JSON values."""
        entry: dict[str, Any] = {"code": self.code, "name": self.name.model_dump()}
        if self.applies_to.n_conditions:
            entry["applies_to"] = self.applies_to.to_dict()
        if self.result_share is not None:
            entry["result_share"] = self.result_share
        return {**entry, "items": [item.to_dict() for item in self.items]}
