"""A KPI of the company's own that cannot be read keeps its own sets from being scored, and no others."""

import pandas as pd
import pytest

from salesplan.errors import InputError
from salesplan.kpis.library import load_library
from salesplan.kpis.score_notes import NO_SCORE, NOT_SCORED
from salesplan.kpis.score_people import score_people
from salesplan.kpis.target_rules import resolve_targets
from salesplan.kpis.weighing import largest_set
from salesplan.text.wording import say_details
from tests.kpis.schemes import kpi_set, scheme

LIBRARY = load_library({"samples": {"type": "process"}}, file="kpis.yaml", skip_faulty=True)
SCHEME = scheme(kpi_set("own", {"sales_amount": 0.5, "samples": 0.5}, applies_to={"tier": ["a"]}),
                kpi_set("all", {"sales_amount": 0.7, "visits": 0.3}))
PEOPLE = pd.DataFrame({"seller_id": ["p1", "p2", "p3", "p4"], "name": ["A", "B", "C", "D"], "org_id": "o",
                       "tier": ["a", "a", "a", "b"], "working_share": 1.0})
FIGURES = pd.DataFrame({"seller_id": ["p1", "p2", "p3", "p4", "p4"], "kpi": [*["sales_amount"] * 4, "visits"],
                        "actual": [9.0, 8.0, 7.0, 10.0, 5.0], "target": 10.0})


def test_people_of_other_sets_are_scored_and_those_of_the_set_are_not():
    card = score_people(FIGURES, SCHEME, PEOPLE, period="2026-10", library=LIBRARY)
    assert card.totals["score"].dropna().to_dict() == {"p4": pytest.approx(85.0)}
    assert card.totals["set"].tolist() == ["own", "own", "own", "all"], "nobody falls under another set instead"
    assert set(card.lines["seller_id"]) == {"p4"}
    told = {note["msgid"]: note["details"] for note in card.notes}
    assert told[NOT_SCORED]["n_sellers"] == 3 and told[NOT_SCORED]["kpis"] == ["samples"]
    assert NO_SCORE not in told
    with pytest.raises(InputError, match="under set own, which is not scored"):
        card.explain("p1")


def test_targets_and_checks_pass_over_the_set():
    targets = resolve_targets(SCHEME, PEOPLE, period="2026-10", library=LIBRARY)
    assert set(targets["seller_id"]) == {"p4"}
    assert SCHEME.check(LIBRARY) is SCHEME
    told = [say_details(note["msgid"], note["details"], lang) for lang in ("en", "zh") for note in SCHEME.notes(LIBRARY)]
    assert any("name is missing" in text for text in told) and any("缺少 name" in text for text in told)
    assert SCHEME.to_frame("en", library=LIBRARY).query("kpi == 'samples'")["kpi_type"].tolist() == ["–"]


def test_the_set_most_people_are_scored_under_is_weighed():
    class Data:
        profiles, label = PEOPLE, "2026-10"

    assert largest_set(Data, SCHEME, LIBRARY) == "all"
    assert largest_set(Data, SCHEME, load_library()) == "own"


def test_nothing_but_unreadable_sets_is_refused_with_the_fault():
    only = scheme(kpi_set("own", {"sales_amount": 0.5, "samples": 0.5}))
    with pytest.raises(InputError, match=r"name is missing.*kpis\.yaml, kpi samples"):
        score_people(FIGURES, only, PEOPLE, period="2026-10", library=LIBRARY)
