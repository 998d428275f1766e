"""What an analyst sets for choosing a system."""

from typing import ClassVar, Literal

from pydantic import Field

from salesplan.notebook_parameters import NotebookParameters
from salesplan.text import mark


class SelectionParameters(NotebookParameters):
    """Parameters of a choice between systems; the decision itself stands in a YAML file.

    Raises
    ------
    ParameterError
        From :meth:`read`, for an unknown name or a value outside its rule.

    Examples
    --------
    >>> SelectionParameters.read({"weightings": 50})
    Traceback (most recent call last):
    ...
    salesplan.errors.ParameterError: weightings == 50, must be at least 100. Where: system selection parameters...
    """

    subject: ClassVar[str] = mark("system selection")

    workspace: str = Field("", description=mark("folder that holds the decision file; empty: $SALESPLAN_WORKSPACE"))
    language: Literal["zh", "en"] = Field("zh", description=mark("zh or en"))
    decision_file: str = Field("", description=mark("YAML in the workspace; empty: the articles' claims, as an example"))
    weightings: int = Field(10_000, ge=100, le=1_000_000, description=mark("weightings drawn for the robustness"))
    seed: int = Field(7, ge=0, description=mark("seed of every simulation"))
