"""What the next step of money would close, beside what a step has closed on average so far."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from salesplan.coaching.course_plan import CoursePlan


@dataclass(frozen=True, kw_only=True, eq=False)
class ShadowValue:
    """What the next step of money would buy, beside what a step has bought so far.

    ``extra_share`` is the share of the need closed more when the plan is solved again with ``step`` more: it moves in jumps,
    because seats and runs are whole, and may be below nought where some people are preferred and the money goes to them.
    ``average_share`` is what ``step`` of the money spent closes on average (missing where nothing is spent).
    ``is_exact`` when both plans are proven.
    """

    step: float
    extra_share: float
    average_share: float
    is_exact: bool

    @classmethod
    def between(cls, now: "CoursePlan", then: "CoursePlan", *, step: float) -> "ShadowValue":
        """From the plans of two budgets that are ``step`` apart."""
        need = now.need_value
        return cls(step=step, extra_share=(then.covered_value - now.covered_value) / need if need > 0 else 0.0,
                   average_share=now.covered_share * step / now.spent if need > 0 and now.spent > 0 else float("nan"),
                   is_exact=now.is_proven and then.is_proven)
