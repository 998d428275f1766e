"""What a trainer or manager sets to find training needs: one flat list, the same in the app, the YAML and the notebook."""

from typing import ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from salesplan.errors import Sentence
from salesplan.notebook_parameters import NotebookParameters, check_month
from salesplan.text import mark

DEFAULT_SOURCES = {"test": 0.4, "manager": 0.35, "peer": 0.1, "customer": 0.15}
"""How much each source of an assessment counts where all are there; self-ratings count only where nothing else is."""


Apart = Literal["effort", "territory", "ramp", "cannot_tell"]


def _no_course_mends() -> list[Apart]:
    return ["effort", "territory"]


class CoachingParameters(NotebookParameters):
    """Parameters of training needs and coaching; ratios are fractions, money is in currency units.

    Names, order and defaults are those of ``params/training_needs.yaml`` and of the parameters cell of
    ``notebooks/training_needs.ipynb``.

    Raises
    ------
    ParameterError
        From `read`, for an unknown name or a value outside its rule; the name, the value and the rule are in
        the message.

    Examples
    --------
    >>> CoachingParameters(budget=50_000).hours_per_person
    24.0
    >>> CoachingParameters.read({"budget": -1})
    Traceback (most recent call last):
    ...
    salesplan.errors.ParameterError: budget == -1, must be at least 0. ...
    """

    subject: ClassVar[str] = mark("training needs")

    workspace: str = Field("", description=mark("folder of the imported data; empty: $SALESPLAN_WORKSPACE"))
    language: Literal["zh", "en"] = Field("zh", description=mark("zh or en"))
    period: str = Field("", description=mark("month such as 2026-10 the needs are read at; empty: the last complete month"))
    budget: float = Field(100_000.0, ge=0, allow_inf_nan=False, description=mark("money for courses, currency units"))
    hours_per_person: float = Field(24.0, ge=0, le=400, description=mark("hours of training one person can take"))
    courses_per_person: int = Field(3, ge=0, le=20, description=mark("most courses for one person"))
    leave_out: list[Apart] = Field(
        default_factory=_no_course_mends, description=mark("verdicts that no course mends: not planned for")
    )
    sources: dict[str, float] = Field(
        default_factory=lambda: dict(DEFAULT_SOURCES), description=mark("how much each source of an assessment counts")
    )
    half_life_months: float = Field(12.0, gt=0, le=120, description=mark("age at which an assessment counts half"))
    driver_kpi: str = Field("sales_amount", min_length=1, description=mark("result that skills should move"))
    result_months: int = Field(6, ge=3, le=24, description=mark("months of results looked at"))
    result: Literal["auto", "sales", "attainment"] = Field(
        "auto", description=mark("what counts as result; auto: sales where territories are known, attainment else")
    )
    mentor_tiers: list[str] = Field(default_factory=lambda: ["骨干", "管理者"], description=mark("tiers that may mentor"))
    mentee_tiers: list[str] = Field(default_factory=lambda: ["新人"], description=mark("tiers that get a mentor"))
    mentor_capacity: int = Field(2, ge=1, le=20, description=mark("mentees at a time, where no other number is given"))
    mentor_hours: float = Field(2.0, gt=0, le=40, description=mark("hours a week one mentee takes"))
    mentor_months: int = Field(3, ge=1, le=24, description=mark("months a pair works together"))
    matching: Literal["optimal", "stable"] = Field("optimal", description=mark("which matching the plan follows"))
    effect_course: str = Field("", description=mark("course whose effect is judged; empty: the one with most to compare"))
    effect_kpi: str = Field("", description=mark("KPI the course should move; empty: the KPI of its skills, or their tests"))
    effect_months: int = Field(3, ge=1, le=12, description=mark("months before and after the course"))
    randomised: bool = Field(False, description=mark("true: who waited was drawn by lot"))
    retention_by: Literal["tier", "region"] = Field("tier", description=mark("groups of the retention curves"))
    coverage: float = Field(0.9, ge=0.5, le=0.99, description=mark("probability that intervals claim"))
    min_group: int = Field(5, ge=3, le=50, description=mark("smaller groups are not judged"))
    seed: int = Field(7, ge=0, description=mark("seed of every bootstrap and simulation"))

    @field_validator("period")
    @classmethod
    def _one_month(cls, period: str) -> str:
        return check_month(period)

    @field_validator("sources")
    @classmethod
    def _known_sources(cls, sources: dict[str, float]) -> dict[str, float]:
        known = (*DEFAULT_SOURCES, "self")
        for name, weight in sources.items():
            if name not in known:
                raise ValueError(Sentence("['{source}'] is no source, must be one of {known}", source=name, known=", ".join(known)))
            if not 0 <= weight <= 1:
                raise ValueError(Sentence("['{source}'] == {given}, must be a fraction between 0 and 1", source=name,
                                          given=f"{weight:g}"))
        if not sum(weight for name, weight in sources.items() if name != "self"):
            raise ValueError(Sentence("must give a source other than self some weight"))
        return sources

    @model_validator(mode="after")
    def _mentors_and_mentees_differ(self) -> "CoachingParameters":
        both = sorted(set(self.mentor_tiers) & set(self.mentee_tiers))
        if both:
            raise ValueError(f"mentor_tiers and mentee_tiers both name {', '.join(both)}, must not share a tier")
        return self


PARAMETERS = Sentence("{subject} parameters", subject=Sentence(CoachingParameters.subject))
"""Where a setting of training needs stands."""
