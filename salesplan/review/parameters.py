"""What is set for a monthly review: one flat list, the same in the app, the YAML and the notebook."""

from typing import ClassVar, Literal

from pydantic import Field, field_validator

from salesplan.notebook_parameters import NotebookParameters, check_month
from salesplan.text import mark


class ReviewParameters(NotebookParameters):
    """Parameters of the monthly review; ratios are fractions, money is in currency units.

    Names, order and defaults are those of ``params/monthly_review.yaml`` and of the parameters cell of
    ``notebooks/monthly_review.ipynb``.

    Raises
    ------
    ParameterError
        From `read`, for an unknown name or a value outside its rule; the name, the value and the rule are in
        the message.

    Examples
    --------
    >>> ReviewParameters(period="2026-10").coverage
    0.8
    >>> ReviewParameters.read({"period": "October"})
    Traceback (most recent call last):
    ...
    salesplan.errors.ParameterError: period == 'October': must be a month such as '2026-10'. ...
    """

    subject: ClassVar[str] = mark("monthly review")

    workspace: str = Field("", description=mark("folder of the imported data; empty: $SALESPLAN_WORKSPACE"))
    language: Literal["zh", "en"] = Field("zh", description=mark("zh or en"))
    period: str = Field("", description=mark("month reviewed, such as 2026-10; empty: the last complete month"))
    unit: str = Field("", description=mark("unit reviewed, by id; empty: the whole of what the reader may see"))
    false_alarms: float = Field(
        0.1, gt=0, le=0.5, description=mark("share of warnings that may be false alarms")
    )
    adjust_cap: float = Field(0.05, ge=0, le=0.5, description=mark("most a month's target may move in an adjustment"))
    external_trigger: str = Field("", description=mark("agreed outside reason for an adjustment, in a few words; empty: none"))
    trigger_change: float = Field(
        0.0, ge=-0.5, le=0.5, description=mark("what the outside reason changes the rest of the year's target by")
    )
    coverage: float = Field(0.8, ge=0.5, le=0.99, description=mark("probability that intervals claim"))
    seed: int = Field(7, ge=0, description=mark("seed of every bootstrap and simulation"))

    @field_validator("period")
    @classmethod
    def _one_month(cls, period: str) -> str:
        return check_month(period)
