"""What a development sheet tells one person and their manager: skills, what holds results back, the plan, the next talk."""

from dataclasses import dataclass

from salesplan.errors import InputError


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class SkillLine:
    """One skill of the profile: levels for computing, words for reading.

    ``level`` and what goes with it is missing (nan) where nobody has assessed the skill.
    """

    skill: str
    name: str
    required: float
    level: float
    level_lower: float
    level_upper: float
    gap: float
    importance: float
    frequency: float
    assessed: str
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class StepLine:
    """One step of the plan, in the order in which it is to be taken; ``done`` says what counts as done."""

    what: str
    how: str
    skills: str
    hours: float
    due: str
    why: str = ""
    done: str = ""


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class GoalLine:
    """A goal that was agreed before."""

    skill: str
    target: float
    due: str
    status: str
    note: str = ""


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Talk:
    """The next talk between manager and person: where to look first, what to ask.

    ``focus`` are sentences on the figure to talk about and on what changed; ``questions`` are asked, not answered by the kit;
    ``agreement`` is what to agree on.
    """

    focus: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    agreement: str = ""


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class DevelopmentSheet:
    """The development sheet of one person, in one language.

    ``facts`` and ``origin`` are pairs of a name and a value; ``evidence``, ``mentor`` and ``caveats`` are sentences;
    ``scale`` are the ends of the scale of levels. Nothing about anybody else is in it but the mentor's name.
    """

    seller_id: str
    name: str
    language: str
    period: str
    scale: tuple[float, float]
    facts: tuple[tuple[str, str], ...]
    verdict: str
    verdict_kind: str
    evidence: tuple[str, ...]
    next_step: str
    skills: tuple[SkillLine, ...]
    steps: tuple[StepLine, ...]
    goals: tuple[GoalLine, ...]
    mentor: tuple[str, ...]
    talk: Talk
    caveats: tuple[str, ...]
    origin: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        low, high = self.scale
        if not low < high:
            raise InputError(f"scale == ({low:g}, {high:g}), must rise", where=f"development sheet of {self.seller_id}")
        for line in self.skills:
            if abs(max(0.0, line.required - line.level) - line.gap) > 1e-6:
                raise InputError(f"gap == {line.gap:g}, must be required minus present level, {line.required - line.level:g}",
                                 where=f"seller {self.seller_id}, skill {line.skill}")
