"""Nearly best sets of courses are all found, and bounds hold even where the list is cut."""

from itertools import combinations

import numpy as np
import pytest

from salesplan.coaching import course_bundles
from salesplan.coaching.course_bundles import greedy_bundles, near_best_bundles
from salesplan.coaching.course_material import course_material
from salesplan.coaching.course_plan import plan_courses
from salesplan.coaching.course_pricing import SetPool
from tests.coaching.course_cases import make_case


def model_of(seed, **options):
    case = make_case(seed, people=8, skills=5, courses=7, **options)
    return course_material(case["needs"], case["courses"], case["course_skills"], hours_per_person=24.0, max_courses_per_person=4,
                           max_runs=1, taken=case["taken"], level_step=0.1).model


def every_set(model, person):
    """All sets one person may take, by trying them."""
    for size in range(model.n_courses + 1):
        for courses in combinations(range(model.n_courses), size):
            chosen = set(courses)
            fits = size <= model.most_courses and model.hours[list(courses)].sum() <= model.capacity[person] + 1e-9
            fits = fits and all(model.allowed[person, c] for c in courses)
            fits = fits and all(p in chosen or model.met[person, p] for c in courses for p in model.prerequisites[c])
            if fits and not any(o in chosen for c in courses for o in model.excluded[c]):
                taken = np.zeros((1, model.n_courses), bool)
                taken[0, list(courses)] = True
                yield courses, taken, float(model.points(np.array([person]), taken)[0])


@pytest.mark.parametrize("seed", range(6))
def test_the_best_set_and_all_close_to_it_are_found(seed):
    model = model_of(seed)
    rng = np.random.default_rng(seed)
    prices = rng.uniform(0, 1.2, model.n_courses) * np.maximum(model.alone, 1.0)
    slack = 15.0
    found = near_best_bundles(model, prices, slack=slack, allowed=model.allowed, reached=np.zeros(model.n_people))
    listed = {(int(p), tuple(np.flatnonzero(t))) for p, t in zip(found.bundles.person, found.bundles.taken, strict=True)}
    np.testing.assert_allclose(found.bundles.points, model.points(found.bundles.person, found.bundles.taken))
    for person in range(model.n_people):
        worth = {courses: points for courses, _, points in every_set(model, person)}
        nets = {courses: points - prices[person, list(courses)].sum() for courses, points in worth.items()}
        assert found.best[person] == pytest.approx(max(nets.values())) == pytest.approx(found.ceiling[person])
        near = [c for c, net in nets.items() if net >= max(nets.values()) - slack]
        for courses in near:
            idle = any(points == worth[courses] for less, points in worth.items() if set(less) < set(courses))
            assert idle or (person, courses) in listed


def test_no_course_is_worth_more_beside_others_than_alone():
    for seed in range(10):
        model = model_of(seed)
        rng = np.random.default_rng(seed)
        taken = rng.random((model.n_people, model.n_courses)) < 0.4
        for course in range(model.n_courses):
            rows = np.flatnonzero(~taken[:, course])
            assert (model.gained(rows, taken[rows], course) <= model.alone[rows, course] + 1e-9).all()


def test_many_courses_of_one_skill_are_counted_without_a_table():
    model = model_of(1)
    long = type(model.skill_values[0])
    for value in model.skill_values:
        taken = np.random.default_rng(0).random((model.n_people, len(value.courses))) < 0.5
        plain = long(courses=value.courses, gain=value.gain, ceiling=value.ceiling, start=value.start, required=value.required,
                     weight=value.weight)
        plain.__dict__["_table"] = None
        everyone = np.arange(model.n_people)
        np.testing.assert_allclose(plain.points(everyone, taken), value.points(everyone, taken))


def test_the_greedy_set_keeps_hours_and_pays():
    model = model_of(2)
    found = greedy_bundles(model, np.full(model.alone.shape, 5.0), model.allowed)
    assert (found.taken @ model.hours <= model.capacity + 1e-9).all()
    np.testing.assert_allclose(found.points, model.points(found.person, found.taken))
    assert (found.points - 5 * found.taken.sum(axis=1) >= -1e-9).all()


def test_the_pool_answers_like_a_fresh_search_whatever_was_asked_before():
    model = model_of(3)
    rng = np.random.default_rng(3)
    pool = SetPool(model)
    base = rng.uniform(0, 1, model.n_courses) * np.maximum(model.alone, 1.0)
    for _ in range(12):
        prices = np.maximum(0, base + rng.normal(0, 3.0, base.shape))
        allowed = model.allowed & (rng.random(model.n_courses) < 0.9)
        best, ceiling = pool.best(prices, allowed, slack=10.0)
        fresh = near_best_bundles(model, prices, slack=0.0, allowed=allowed, reached=np.zeros(model.n_people))
        np.testing.assert_allclose(best, fresh.best)
        np.testing.assert_allclose(ceiling, fresh.best)


def test_a_cut_list_raises_the_bound_and_claims_no_proof_it_has_not(monkeypatch):
    case = make_case(4, people=30, skills=6, courses=12, budget_share=0.5, hours=60.0)
    best = plan_courses(**case, level_step=0.1)
    monkeypatch.setattr(course_bundles, "MOST_SETS", 40)
    plan = plan_courses(**case, level_step=0.1, time_limit=3.0)
    assert plan.value <= best.value + 1e-9
    assert plan.bound_value >= best.value - 1e-9
