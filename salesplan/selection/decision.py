"""A decision between systems as it is written down: criteria, scores with their source, must-haves, costs."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Literal

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from salesplan.errors import InputError, Sentence, known_choices
from salesplan.selection.claims import COLUMNS, check_claims
from salesplan.text.value_rules import broken_rule


class Criterion(BaseModel):
    """What systems are judged by.

    Parameters
    ----------
    zh, en
        What it is called.
    direction
        1: more is better; -1: less is better.
    weight
        Its weight; the weights of a decision are brought to 1.
    scale
        Lowest and highest possible score, where there is a scale.
    overall
        True for a score that already sums up the others: shown and compared, never weighed a second time.
    from_costs
        True for the criterion that takes its values from the costs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: str
    en: str
    direction: Literal[1, -1] = 1
    weight: float = Field(0.0, ge=0)
    scale: tuple[float, float] | None = None
    overall: bool = False
    from_costs: bool = False

    @model_validator(mode="after")
    def _one_role(self) -> "Criterion":
        if self.overall and (self.weight > 0 or self.from_costs):
            raise ValueError("an overall score must have no weight: it would count the others twice")
        if self.from_costs and self.direction == 1:
            raise ValueError("direction must be -1 for a criterion from costs")
        return self


class Decision(BaseModel):
    """Which systems, by what, on which evidence.

    Raises
    ------
    InputError
        From :meth:`read`; the entry and the rule are in the message.

    Examples
    --------
    >>> decision = articles_decision()
    >>> decision.systems[:2], len(decision.claims)
    (['简道云', '用友T+'], 29)
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: dict[str, str] = Field(default_factory=dict)
    criteria: dict[str, Criterion]
    claims: list[dict[str, Any]]
    must_haves: list[dict[str, Any]] = Field(default_factory=list)
    costs: list[dict[str, Any]] = Field(default_factory=list)
    users: tuple[float, float, float] = (50, 50, 50)
    years: int = Field(3, ge=1, le=10)
    indifference: dict[str, float] = Field(default_factory=dict)
    preference: dict[str, float] = Field(default_factory=dict)

    @field_validator("claims", mode="before")
    @classmethod
    def _short_rows(cls, rows: Any) -> Any:
        if not isinstance(rows, list):
            return rows
        return [dict(zip(COLUMNS, row, strict=False)) if isinstance(row, list | tuple) else row for row in rows]

    @model_validator(mode="after")
    def _fits_together(self) -> "Decision":
        weighed = [n for n, c in self.criteria.items() if not c.overall]
        if not weighed or sum(self.criteria[n].weight for n in weighed) <= 0:
            raise ValueError(Sentence("criteria must have at least one weight above 0 that is not an overall score"))
        for at, claim in enumerate(self.claims, 1):
            name = claim.get("criterion")
            if name not in self.criteria:
                raise ValueError(f"claim {at} ({claim.get('system')}): criterion == {name!r} is not known; "
                                 f"{known_choices(name, list(self.criteria))}")
            if self.criteria[name].from_costs:
                raise ValueError(f"claim {at} ({claim.get('system')}): {name} comes from the costs, must have no claims")
        for threshold in {*self.indifference, *self.preference} - set(self.criteria):
            raise ValueError(f"threshold of {threshold!r}, must be of a criterion")
        return self

    @classmethod
    def read(cls, values: Mapping[str, Any], *, where: str = "decision") -> "Decision":
        """Read a decision from YAML's plain values and check every score in it."""
        if not isinstance(values, Mapping):
            raise InputError(f"decision is a {type(values).__name__}, must be a mapping with criteria and claims", where=where)
        try:
            decision = cls.model_validate(dict(values))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            fault = first.get("ctx", {}).get("error")
            told = fault.args[0] if isinstance(fault, ValueError) and fault.args else broken_rule(first)
            if first["type"] in ("missing", "extra_forbidden"):
                told = (Sentence("{field} is missing, must be given", field=place) if first["type"] == "missing"
                        else Sentence("{field} is not a field the kit knows", field=place))
            raise InputError(told, where=f"{where}: {place}" if place else where,
                             fix=Sentence("Compare with the packaged example.")) from error
        decision.claims_frame()
        return decision

    @property
    def systems(self) -> list[str]:
        """All systems named by a score, a must-have or a cost, in the order they appear."""
        named = [str(c.get("system")) for c in self.claims]
        named += [str(s) for gate in self.must_haves for s in (gate.get("met") or {})]
        named += [str(item["system"]) for item in self.costs if item.get("system")]
        return list(dict.fromkeys(named))

    def claims_frame(self) -> pd.DataFrame:
        """The scores as a checked frame."""
        frame = pd.DataFrame(self.claims, columns=list(COLUMNS))
        checked = [frame.iloc[:0]]
        for name, criterion in self.criteria.items():
            low, high = criterion.scale or (None, None)
            own = frame[frame["criterion"] == name]
            if len(own):
                checked.append(check_claims(own, lowest=low, highest=high))
        return pd.concat(checked, ignore_index=True)

    def names(self, language: str) -> dict[str, str]:
        """Criterion -> what it is called."""
        return {name: getattr(c, language) for name, c in self.criteria.items()}


def articles_decision() -> Decision:
    """The packaged example: what articles claim about sales systems, contradictions and all."""
    text = files("salesplan.selection").joinpath("articles.yaml").read_text(encoding="utf-8")
    return Decision.read(yaml.safe_load(text), where="articles.yaml")
