"""What an analyst sets to weight KPIs and score people: one flat list, the same in the app, the YAML and the notebook."""

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from salesplan.calendars.period import read_period
from salesplan.notebook_parameters import NotebookParameters
from salesplan.text import mark
from salesplan.weighting.weights import SUM_TOLERANCE, count_steps

Method = Literal[
    "direct", "ahp", "ahp_geometric", "best_worst", "best_worst_nonlinear", "importance", "entropy", "critic",
    "standard_deviation", "variation", "merec", "pca", "combined",
]  # fmt: skip
ObjectiveMethod = Literal["entropy", "critic", "standard_deviation", "variation", "merec", "pca"]
Ratio = float | str

MOST_OBJECTIVE = 0.3
"""Weights from the spread of the data can be moved by the people they pay; more than this is refused."""
_BEST_WORST = {"best", "worst", "best_to_others", "others_to_worst"}


class KpiParameters(NotebookParameters):
    """Parameters of KPI weighting and scoring; ratios are fractions.

    Names, order and defaults are those of ``params/kpi_weighting.yaml`` and of the parameters cell of
    ``notebooks/kpi_weighting.ipynb``.

    Raises
    ------
    ParameterError
        From `read`, for an unknown name or a value outside its rule; the name, the value and the rule are in
        the message.

    Examples
    --------
    >>> KpiParameters(period="2026-10").result_share
    0.7
    >>> KpiParameters.read({"objective_share": 0.5})
    Traceback (most recent call last):
    ...
    salesplan.errors.ParameterError: objective_share == 0.5, must be at most 0.3. ...
    """

    subject: ClassVar[str] = mark("KPI weighting")

    workspace: str = Field("", description=mark("folder of the imported data; empty: $SALESPLAN_WORKSPACE"))
    language: Literal["zh", "en"] = Field("zh", description=mark("zh or en"))
    period: str = Field("", description=mark("2026-10, 2026Q3, 2026-W41 or 2026; empty: the last complete month"))
    scheme_name: str = Field("kpi_scheme", min_length=1, description=mark("scheme in the plan store"))
    kpi_set: str = Field("", description=mark("KPI set to weight; empty: the one most people are under"))
    method: Method = Field("direct", description=mark("how the weights are found: direct, ahp, best_worst, combined, …"))
    weights: dict[str, float] = Field(
        default_factory=dict, description=mark("KPI: fraction, adding up to 1 (method: direct); empty: those of the scheme")
    )
    judgments: dict[str, dict[str, Ratio]] = Field(
        default_factory=dict, description="judge: {sales_amount/visits: 3 or 1/3}; empty: those of the workspace"
    )
    group_aggregation: Literal["aij", "aip"] = Field("aij", description=mark("aij: judgments first; aip: weights first"))
    best_worst: dict[str, Any] = Field(
        default_factory=dict, description="best, worst, best_to_others {KPI: 1 to 9}, others_to_worst {KPI: 1 to 9}"
    )
    importance_outcome: str = Field("sales_amount", min_length=1, description=mark("result that process KPIs should explain"))
    importance_method: Literal["lmg", "johnson"] = Field("lmg", description=mark("lmg or johnson"))
    process_kpis: list[str] = Field(default_factory=list, description=mark("KPIs to explain it by; empty: all with data"))
    objective_method: ObjectiveMethod = Field("critic", description=mark("weights from the spread of the data"))
    objective_share: float = Field(0.2, ge=0, le=MOST_OBJECTIVE, description=mark("their part in method: combined"))
    result_share: float = Field(0.7, ge=0, le=1, description=mark("what result KPIs are meant to weigh together"))
    result_rule: Literal["advise", "hold"] = Field(
        "advise", description=mark("advise: say when results weigh otherwise; hold: scale results and process to it")
    )
    weight_step: float = Field(0.05, description=mark("weights are multiples of it"))
    coverage: float = Field(0.9, ge=0.5, le=0.99, description=mark("probability that intervals and bands claim"))
    forced_distribution: dict[str, float] = Field(
        default_factory=lambda: {"A": 0.2, "B": 0.7, "C": 0.1}, description=mark("share of each grade, best first")
    )
    min_group: int = Field(3, ge=2, le=50, description=mark("smaller groups of raters are not shown"))
    history_months: int = Field(12, ge=3, le=60, description=mark("months of history for weights"))
    scheme_reason: str = Field("", description=mark("why the scheme is saved, for the plan store"))
    seed: int = Field(7, ge=0, description=mark("seed of every bootstrap and simulation"))

    @field_validator("period")
    @classmethod
    def _readable_period(cls, period: str) -> str:
        if period:
            read_period(period)
        return period

    @field_validator("weight_step")
    @classmethod
    def _step_divides_one(cls, step: float) -> float:
        count_steps(step)
        return step

    @field_validator("weights", "forced_distribution")
    @classmethod
    def _fractions_of_one(cls, shares: dict[str, float]) -> dict[str, float]:
        for name, share in shares.items():
            if not 0 <= share <= 1:
                raise ValueError(f"{name} == {share:g}, must be a fraction between 0 and 1")
        if shares and abs(math.fsum(shares.values()) - 1) > SUM_TOLERANCE:
            raise ValueError(f"adds up to {math.fsum(shares.values()):g}, must add up to 1")
        return shares

    @field_validator("judgments")
    @classmethod
    def _pairs_of_kpis(cls, judgments: dict[str, dict[str, Ratio]]) -> dict[str, dict[str, Ratio]]:
        for judge, pairs in judgments.items():
            for pair, given in pairs.items():
                parts = [part.strip() for part in pair.split("/")]
                if len(parts) != 2 or not all(parts) or parts[0] == parts[1]:
                    raise ValueError(f"{judge}: {pair!r} must name two different KPIs as a/b")
                if ratio_of(given) is None:
                    shown = repr(given) if isinstance(given, str) else f"{given:g}"
                    raise ValueError(f"{judge}, {pair} == {shown}, must be a ratio above 0 such as 3 or 1/3")
        return judgments

    @field_validator("best_worst")
    @classmethod
    def _whole_best_worst(cls, given: dict[str, Any]) -> dict[str, Any]:
        if not given:
            return given
        if set(given) != _BEST_WORST:
            raise ValueError(f"must hold exactly {', '.join(sorted(_BEST_WORST))}")
        if given["best"] == given["worst"]:
            raise ValueError("best and worst must be two KPIs")
        for name in ("best_to_others", "others_to_worst"):
            if not isinstance(given[name], Mapping):
                raise ValueError(f"{name} must be a mapping of KPI to a number from 1 to 9")
            for kpi, value in given[name].items():
                if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value <= 9:
                    raise ValueError(f"{name}, {kpi} == {value!r}, must be a number from 1 to 9")
        return given

    @model_validator(mode="after")
    def _method_has_its_input(self) -> "KpiParameters":
        if self.method.startswith("best_worst") and not self.best_worst:
            raise ValueError(f"best_worst must be given when method == {self.method!r}")
        if self.importance_outcome in self.process_kpis:
            raise ValueError(f"process_kpis holds the outcome {self.importance_outcome}, must not explain it by itself")
        return self


def ratio_of(given: Ratio) -> float | None:
    """A judged ratio as a number: 3, "1/3" and "1:3" are read; nothing where it is none above 0.

    Examples
    --------
    >>> ratio_of(3), ratio_of("1/4"), ratio_of("1:4"), ratio_of(0)
    (3.0, 0.25, 0.25, None)
    """
    try:
        ratio = float(Fraction(given.replace(":", "/").replace(" ", ""))) if isinstance(given, str) else float(given)
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    return ratio if math.isfinite(ratio) and ratio > 0 else None
