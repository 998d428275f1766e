"""What units and people are called on the pages of a review."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from salesplan.text import check_language, say


@dataclass(frozen=True, kw_only=True, eq=False)
class ReviewNames:
    """Names by id, in one language; an id without a name stands for itself.

    Examples
    --------
    >>> names = ReviewNames(language="en", nodes={"D10": "East"})
    >>> names.node("D10"), names.node("D99")
    ('East', 'D99')
    """

    language: str
    nodes: Mapping[str, str]

    def __post_init__(self) -> None:
        check_language(self.language)
        object.__setattr__(self, "nodes", dict(self.nodes))

    @classmethod
    def of(cls, data: Any, language: str) -> "ReviewNames":
        """Names of the units and people of loaded review data; leaves of former staff are told apart by their unit."""
        check_language(language)
        called = {str(unit): str(name) for unit, name in zip(data.units["unit_id"], data.units["name"], strict=True)}
        for unit, parent, level in zip(data.units["unit_id"], data.units["parent_id"], data.units["level"], strict=True):
            if level == "former":
                called[str(unit)] = say("Former staff of {unit}", language, unit=called.get(str(parent), str(parent)))
            elif str(unit) in ("company", "unassigned"):
                called[str(unit)] = say(called[str(unit)], language)
        return cls(language=language, nodes=called)

    def node(self, node_id: Any) -> str:
        """Name of a unit or a person."""
        return self.nodes.get(str(node_id), str(node_id))
