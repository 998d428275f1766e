"""Real-format survey and rating tables run through reliability: they end in sane findings or in clear messages."""

import numpy as np
import pandas as pd
import pytest

from salesplan.errors import InputError
from salesplan.ratings import (
    cronbach_alpha,
    halo_check,
    intraclass_correlation,
    krippendorff_alpha,
    mcdonald_omega,
    rater_severity,
    rating_scores,
    ratings_from_feedback,
)
from tests.shared import shared_path

ITEMS = ["rel", "fun", "clar", "home", "class", "fac"]
SUBSCALES = {"Ben": 3, "Work": 3, "Man": 3, "Car": 4}


@pytest.fixture(scope="module")
def survey() -> pd.DataFrame:
    return pd.read_csv(shared_path("data", "people_analytics", "employee_survey.csv"))


@pytest.fixture(scope="module")
def learning() -> pd.DataFrame:
    frame = pd.read_csv(shared_path("data", "people_analytics", "learning.csv"))
    return frame.assign(attendee=frame.groupby("idcode").cumcount())


@pytest.fixture(scope="module")
def sellers() -> pd.DataFrame:
    return pd.read_csv(shared_path("data", "people_analytics", "salespeople.csv"))


def as_ratings(learning: pd.DataFrame) -> pd.DataFrame:
    """Attendees rate their class; each attends one class, since the file does not say who they are."""
    long = learning.melt(id_vars=["idcode", "attendee"], value_vars=ITEMS, var_name="topic", value_name="score").dropna()
    return long.assign(rep_id=long["idcode"].astype(str), by_role="customer",
                       rater_id=long["idcode"].astype(str) + "/" + long["attendee"].astype(str))


@pytest.mark.parametrize("subscale", SUBSCALES)
def test_subscales_of_the_survey_are_reliable(survey, subscale):
    items = survey[[f"{subscale}{i + 1}" for i in range(SUBSCALES[subscale])]]
    alpha = cronbach_alpha(items)
    share = items.var().sum() / items.sum(axis=1).var()
    assert alpha.alpha == pytest.approx(items.shape[1] / (items.shape[1] - 1) * (1 - share))
    assert 0.65 < alpha.alpha_lower < alpha.alpha < alpha.alpha_upper < 0.85
    assert not alpha.items["is_against"].any()
    for extraction in ("ml", "minres"):
        omega = mcdonald_omega(items, extraction=extraction)
        assert alpha.alpha - 0.005 < omega.omega < alpha.alpha + 0.03


def test_the_whole_survey_has_a_high_alpha_but_is_not_one_thing(survey):
    items = survey.drop(columns="Happiness")
    assert cronbach_alpha(items).alpha > 0.8
    assert any("several things" in n["msgid"] and "unexplained" in n["msgid"] for n in mcdonald_omega(items).notes)


def test_gaps_in_the_class_ratings_are_named_or_counted(learning):
    with pytest.raises(InputError, match="854 rows lack an answer.*row 50, column class"):
        cronbach_alpha(learning[ITEMS])
    alpha = cronbach_alpha(learning[ITEMS], missing="drop")
    assert alpha.n == 4120 and 0.75 < alpha.alpha < 0.83
    assert {"n": 854, "n_rows": 4974} in [n["details"] for n in alpha.notes]
    assert 0.75 < mcdonald_omega(learning[ITEMS], missing="drop").omega < 0.85


@pytest.mark.parametrize("item", ["rel", "fac"])
def test_attendees_of_a_class_agree_a_little_each_and_well_together(learning, item):
    table = learning.pivot(index="idcode", columns="attendee", values=item)
    alpha = krippendorff_alpha(table, level="ordinal", bootstraps=200)
    assert 0.1 < alpha.alpha_lower < alpha.alpha < alpha.alpha_upper < 0.5
    with pytest.raises(InputError, match="krippendorff_alpha"):
        intraclass_correlation(table)
    full = table.loc[:, :19].dropna()
    icc = intraclass_correlation(full)
    assert icc["ICC(1,1)"] == pytest.approx(krippendorff_alpha(full, level="interval", bootstraps=0).alpha, abs=0.01)
    assert icc["ICC(1,1)"] < 0.45 and icc["ICC(1,k)"] > 0.75


def test_classes_get_scores_but_nobody_a_severity(learning):
    ratings = ratings_from_feedback(as_ratings(learning))
    with pytest.raises(InputError, match="groups without a person in common"):
        rater_severity(ratings)
    with pytest.raises(InputError, match="no group has raters who rated several people"):
        rating_scores(ratings)
    found = rating_scores(ratings, severity="none")
    means = ratings.groupby(["ratee_id", "item"])["points"].mean().groupby(level=0).mean()
    assert found.items["is_hidden"].sum() == (ratings.groupby(["ratee_id", "item"]).size() < 3).sum()
    whole = found.items.groupby("ratee_id")["is_hidden"].sum() == 0
    np.testing.assert_allclose(found.scores.loc[whole, "score"], means[whole])
    assert found.reliability > 0.7
    assert found.scores["is_renormalised"].all()
    assert (halo_check(ratings).raters["verdict"] == "unknown").all()


def test_the_seller_without_figures_is_named(sellers):
    voices = pd.DataFrame({"rep_id": [f"E{i:03d}" for i in sellers.index], "by_role": "customer", "rater_id": "survey",
                           "topic": "satisfaction", "score": sellers["customer_rate"]})
    with pytest.raises(InputError, match=r"score is empty, must be a number.*row 351 \(survey on E350"):
        ratings_from_feedback(voices)
    ratings = ratings_from_feedback(voices.dropna())
    assert len(ratings) == 350 and ratings["points"].between(0, 100).all()
    alone = rating_scores(ratings, severity="none")
    assert alone.groups["is_hidden"].all() and alone.scores["score"].isna().all()
    with pytest.raises(InputError, match="1 rows lack an answer.*row 350"):
        cronbach_alpha(sellers[["customer_rate", "performance"]])
    found = cronbach_alpha(sellers[["customer_rate", "performance"]], missing="drop")
    assert found.n == 350 and found.alpha < 0.7
