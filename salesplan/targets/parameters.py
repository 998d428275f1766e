"""What an analyst sets for a target plan: one flat list, the same in the app, the YAML and the notebook."""

from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from salesplan.errors import Sentence
from salesplan.notebook_parameters import NotebookParameters
from salesplan.text import mark


class TargetParameters(NotebookParameters):
    """Parameters of a target plan; ratios are fractions, amounts are currency units.

    Names, order and defaults are those of ``params/target_setting.yaml`` and of the parameters cell
    of ``notebooks/target_setting.ipynb``.

    Raises
    ------
    ParameterError
        From `read`, for an unknown name or a value outside its rule; the name, the value and the
        rule are in the message.

    Examples
    --------
    >>> TargetParameters(growth=0.1).growth
    0.1
    >>> TargetParameters.read({"grwth": 0.1})
    Traceback (most recent call last):
    ...
    salesplan.errors.ParameterError: grwth is not a parameter of target setting. Where: ...did you mean 'growth'? ...
    """

    subject: ClassVar[str] = mark("target setting")

    workspace: str = Field("", description=mark("folder of the imported data; empty: $SALESPLAN_WORKSPACE"))
    language: Literal["zh", "en"] = Field("zh", description=mark("zh or en"))
    plan_year: int | None = Field(None, ge=1990, le=2200, description=mark("fiscal year to plan; empty: the next one"))
    target_by: Literal["growth", "amount", "probability"] = Field("growth", description=mark("growth, amount or probability"))
    growth: float = Field(0.12, gt=-1, le=2, description=mark("fraction over the year before (target_by: growth)"))
    growth_basis: Literal["year_sum", "run_rate"] = Field(
        "year_sum", description=mark("year_sum: the year's total grows; run_rate: the last month grows, compounding")
    )
    target_amount: float | None = Field(None, gt=0, description=mark("currency units (target_by: amount)"))
    target_probability: float = Field(0.5, gt=0, lt=1, description=mark("chance to attain (target_by: probability)"))
    floor_by: Literal["share", "probability"] = Field("share", description=mark("share of the target, or probability"))
    floor_value: float = Field(0.9, gt=0, description=mark("0.9: 90 % of the target, or a 90 % chance"))
    stretch_by: Literal["share", "probability"] = Field("share", description=mark("share of the target, or probability"))
    stretch_value: float = Field(1.1, gt=0, description=mark("1.1: 110 % of the target; or 0.1: a 10 % chance"))
    forecast_anchor: float = Field(1.0, ge=0, le=1, description=mark("1: start from each forecast; 0: from the weights alone"))
    capacity_weight: float = Field(0.5, ge=0, description=mark("weight of capacity in sharing out the stretch"))
    potential_weight: float = Field(0.3, ge=0, description=mark("weight of market potential"))
    history_weight: float = Field(0.2, ge=0, description=mark("weight of last year's sales"))
    allocation: Literal["quadratic", "entropic"] = Field("quadratic", description=mark("quadratic or entropic"))
    min_growth: float | None = Field(-0.3, ge=-1, description=mark("floor of every full-year seller against last year"))
    max_growth: float | None = Field(0.6, gt=-1, description=mark("cap of every full-year seller against last year"))
    rules: list[dict[str, Any]] = Field(
        default_factory=list, description="pins, floors, caps: {unit, kind, amount or growth, reason}"
    )
    line_growth: dict[str, float] = Field(default_factory=dict, description=mark("growth held for a product line"))
    products: list[str] = Field(default_factory=list, description=mark("plan only these product lines; empty: all"))
    regions: list[str] = Field(default_factory=list, description=mark("plan only these units; empty: all"))
    unit: Literal["fen", "yuan", "thousand", "ten_thousand"] = Field("yuan", description=mark("every target is a multiple"))
    ramp: list[float] = Field(
        default_factory=lambda: [0.1, 0.25, 0.45, 0.65, 0.8, 0.9],
        description=mark("output of a newcomer in months 1, 2, …; full after the last"),
    )
    tier_productivity: dict[str, float] = Field(
        default_factory=lambda: {"新人": 1.0, "骨干": 1.0, "管理者": 0.6},
        description=mark("output of a fully ramped seller by tier; others 1"),
    )
    attrition_rate: float = Field(0.15, ge=0, lt=1, description=mark("share of sellers who leave in a year"))
    months_to_fill: float = Field(2.0, ge=0, le=24, description=mark("months until a vacancy is filled"))
    reconciliation: Literal["mint_shrink", "wls_var"] = Field("mint_shrink", description=mark("mint_shrink or wls_var"))
    coverage: float = Field(0.8, ge=0.5, le=0.99, description=mark("share of years the interval should hold"))
    scenario_b: dict[str, Any] = Field(default_factory=dict, description=mark("parameters of scenario B that differ"))
    seed: int = Field(7, ge=0, description=mark("seed of every simulation"))

    @field_validator("ramp")
    @classmethod
    def _ramp_is_a_fraction(cls, value: list[float]) -> list[float]:
        if any(not 0 <= r <= 1 for r in value):
            raise ValueError(Sentence("must be fractions between 0 and 1, one for each month since hire"))
        return value

    @model_validator(mode="after")
    def _together(self) -> "TargetParameters":
        if self.target_by == "amount" and self.target_amount is None:
            raise ValueError(Sentence("target_amount must be given when target_by == 'amount'"))
        if self.floor_by == "share" and self.floor_value > 1:
            raise ValueError(Sentence("floor_value == {given}, must be at most 1 when it is a share of the target", given=self.floor_value))
        if self.stretch_by == "share" and self.stretch_value < 1:
            raise ValueError(Sentence("stretch_value == {given}, must be at least 1 when it is a share of the target",
                                      given=self.stretch_value))
        for name in ("floor", "stretch"):
            if getattr(self, f"{name}_by") == "probability" and getattr(self, f"{name}_value") >= 1:
                raise ValueError(Sentence("{name} must be below 1 when it is a probability", name=f"{name}_value"))
        if self.capacity_weight + self.potential_weight + self.history_weight <= 0:
            raise ValueError(Sentence("capacity_weight, potential_weight and history_weight must not all be 0"))
        if self.min_growth is not None and self.max_growth is not None and self.min_growth > self.max_growth:
            raise ValueError(Sentence("min_growth == {low}, must not exceed max_growth == {high}",
                                      low=self.min_growth, high=self.max_growth))
        unknown = set(self.scenario_b) - set(type(self).model_fields)
        if unknown:
            raise ValueError(Sentence("scenario_b names unknown parameters: {names}", names=sorted(unknown)))
        return self

    def scenario(self) -> "TargetParameters | None":
        """Scenario B, or nothing when none is set."""
        return self.with_changes(**{**self.scenario_b, "scenario_b": {}}) if self.scenario_b else None

    @classmethod
    def fix_for(cls, name: str, value: object) -> str:
        """Ratios entered as percentages are the usual slip: say how to write them."""
        if name in FRACTIONS and isinstance(value, int | float) and abs(value) > 1:
            if name == "growth":
                return Sentence("Ratios are fractions: write {share} for {percent} %; set a larger target by amount.", **_both(value))
            return Sentence("Ratios are fractions: write {share} for {percent} %.", **_both(value))
        return super().fix_for(name, value)


FRACTIONS = ("growth", "min_growth", "max_growth", "target_probability", "attrition_rate", "coverage", "forecast_anchor")


def _both(value: float) -> dict[str, str]:
    """A percentage as the fraction it should be written as, and as it was written."""
    return {"share": f"{value / 100:g}", "percent": f"{value:g}"}
