"""A small company's month under review, in a workspace of its own: what the panel's tests look into and decide about."""

import shutil
from pathlib import Path

from salesplan.apps.review_model import ReviewModel
from salesplan.reporting.review_period import open_review_period
from salesplan.review.monthly_review import MonthlyReview
from salesplan.review.parameters import ReviewParameters
from tests.data.companies import make_workspace, small_tables

PERIOD, EARLIER = "2026-09", "2026-08"
TAG = "林<script>alert(1)</script>"
REASON = {"external_trigger": "tender cancelled", "trigger_change": -0.1}
"""An agreed outside reason, so that an adjustment is proposed."""


def company_files(folder: Path) -> Path:
    """The company: the manager E5 leads the East (teams One and Two); E2, E3 and E7 only sell; one name is markup."""
    tables = small_tables()
    tables["rep"].loc[tables["rep"]["rep_id"].eq("r3"), "name"] = TAG
    return make_workspace(folder / "company", tables, fiscal_start_month=4).path


def opened(folder: Path | str, **given: object) -> MonthlyReview:
    """The month, with an adjustment proposed for an outside reason unless told otherwise."""
    return open_review_period(folder, ReviewParameters(**{"period": PERIOD, **REASON, **given}))  # type: ignore[arg-type]


def as_seen(review: MonthlyReview, user: str) -> MonthlyReview:
    """The same month as somebody may see it, with what has been worked out already."""
    return MonthlyReview(data=review.data.scoped_to(user), company=review.company, parameters=review.parameters,
                         earlier_actions=review.earlier_actions)


def of_unit(review: MonthlyReview, unit: str) -> MonthlyReview:
    """The same month of one unit."""
    return MonthlyReview(data=review.data.for_unit(unit), company=review.company, parameters=review.parameters.with_changes(unit=unit),
                         earlier_actions=review.earlier_actions)


def without_reason(review: MonthlyReview) -> MonthlyReview:
    """The same month without an outside reason to adjust anything."""
    return MonthlyReview(data=review.data, company=review.company, earlier_actions=review.earlier_actions,
                         parameters=review.parameters.with_changes(external_trigger="", trigger_change=0.0))


def copied(workspace: Path, folder: Path) -> Path:
    """The workspace again, for a test that writes into it."""
    return Path(shutil.copytree(workspace, folder / "copy"))


def model_of(review: MonthlyReview, workspace: Path | None = None, *, user: str | None = None, language: str = "en") -> ReviewModel:
    """The panel's model as the app makes it."""
    return ReviewModel(review, language, workspace=workspace, user=user, is_live=True)


def settled(model: ReviewModel) -> ReviewModel:
    """The model with all that its view shows worked out."""
    while (job := model.job()) is not None:
        model.finish(job, job.work())
    return model
