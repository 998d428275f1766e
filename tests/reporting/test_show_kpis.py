"""What a notebook shows about KPIs, weights and scores, in both languages."""

import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from salesplan.kpis.default_scheme import default_scheme
from salesplan.kpis.forced_distribution import forced_distribution
from salesplan.kpis.kpi_weights import are_on_step
from salesplan.kpis.library import load_library
from salesplan.kpis.parameters import KpiParameters
from salesplan.kpis.scheme import KpiScheme
from salesplan.kpis.weighing import METHOD_NAMES, Weighing, weigh_kpis
from salesplan.reporting.show_kpis import (
    kpi_provenance,
    named_notes,
    show_forced,
    show_judges,
    show_library,
    show_scores,
)
from salesplan.reporting.show_scheme import show_scheme
from salesplan.text import say
from tests.reporting.scored_sellers import card, figures, sellers

KPIS = {"sales_amount": 0.5, "receipts": 0.3, "visits": 0.2}
FITTING = {"sales_amount/receipts": 2, "receipts/visits": 2, "sales_amount/visits": 4}
CIRCULAR = {"sales_amount/receipts": 3, "receipts/visits": 3, "sales_amount/visits": "1/5"}
LIBRARY = load_library()


def text(fragment) -> str:
    return re.sub(r"<[^>]+>", " ", fragment.html)


def weighing(judgments: dict | None = None) -> Weighing:
    items = [{"kpi": kpi, "weight": weight, "rule": {"function": "achievement_rate"}, "target": {"value": 1}}
             for kpi, weight in KPIS.items()]
    scheme = KpiScheme(name="s", sets=[{"code": "all", "name": {"zh": "全员", "en": "All"}, "items": items}])
    rng = np.random.default_rng(2)
    months = pd.period_range("2026-01", periods=8, freq="M")
    rows = [(f"R{i:02d}", kpi, month, value := float(rng.uniform(5, 9)), value)
            for i in range(14) for kpi in KPIS for month in months]
    history = pd.DataFrame(rows, columns=["seller_id", "kpi", "month", "numerator", "actual"]).assign(denominator=np.nan)
    people = pd.DataFrame({"seller_id": [f"R{i:02d}" for i in range(14)], "name": "n", "tier": "t", "role": "sales",
                           "working_share": 1.0, "product_line": "*", "customer_type": "*", "tenure_months": 40})
    data = SimpleNamespace(profiles=people, history=history, judgments=None, label="2026-10", period="2026-10")
    parameters = KpiParameters.read({"method": "ahp" if judgments else "direct", "judgments": judgments or {}})
    return weigh_kpis(data, scheme, parameters, library=LIBRARY)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_library_shows_what_is_usual_in_each_unit(language: str) -> None:
    table = figures()
    numbers = table[~table["kpi"].isin(["teamwork_rating", "win_rate"])].assign(actual=lambda f: f["actual"].astype(float))
    page = text(show_library(LIBRARY, SimpleNamespace(actuals=numbers, profiles=sellers()), language))
    usual = numbers[numbers["kpi"] == "sales_amount"]["actual"].median()
    assert (f"{usual / 1e4:.1f}万" if language == "zh" else f"{usual / 1e3:.1f}K") in page
    assert LIBRARY.title("sales_amount", language) in page and LIBRARY.title("receipts", language) in page
    assert LIBRARY.title("training_hours", language) in page.split(LIBRARY.title("visits", language))[-1]
    assert "nan" not in page


def test_methods_that_share_a_caveat_share_its_line() -> None:
    found = weighing({"boss": FITTING, "team": CIRCULAR})
    page = text(show_judges(found, "en", LIBRARY))
    dispersion = next(c["msgid"] for c in found.caveats("entropy"))
    assert f"Entropy / {METHOD_NAMES['critic']}" in page and say(dispersion, "en")[:40] in page
    assert "sales_amount" not in page, "KPIs are called by their names"


def test_each_judge_is_told_which_judgement_to_look_at_again() -> None:
    page = text(show_judges(weighing({"boss": FITTING, "team": CIRCULAR}), "en", LIBRARY,
                            parameters=KpiParameters.read({"judgments": {"boss": FITTING, "team": CIRCULAR}})))
    assert "team:" in page and "boss:" not in page and "do not fit together" in page
    assert "Kendall" in page and "CR" in page
    agree = text(show_judges(weighing({"boss": FITTING}), "en", LIBRARY,
                             parameters=KpiParameters.read({"judgments": {"boss": FITTING}})))
    assert "No judge contradicts themselves." in agree
    assert "Nobody has compared" in text(show_judges(weighing(), "en", LIBRARY))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_scores_come_with_intervals_and_bands(language: str) -> None:
    page = text(show_scores(card(), language, top=3, names={"T1": "东区"}))
    assert "97.5" in page and "&lt;script&gt;" not in page and "东区" in page
    assert page.count("骨干") == 0 and ("全员" if language == "zh" else "Everybody") in page
    plain = text(show_scores(card(bands=False), "en", top=0))
    assert "王芳" not in plain and "97.5" in plain and "luck" in plain
    assert "Rank, from" not in text(show_scores(card(bands=False), "en", top=3))


def test_grades_by_quota_come_with_their_error() -> None:
    forced = forced_distribution(card().totals["score"], {"A": 20, "B": 70, "C": 10}, reliability=0.6, names=card().totals["name"])
    page = text(show_forced(forced, "en"))
    assert "wrong" in page and "20.0%" in page and "48%" in page


def test_the_origin_names_scheme_rules_and_period() -> None:
    data = SimpleNamespace(source="crm", fingerprint="0f1e", label="2026-10", profiles=sellers())
    said = kpi_provenance(data, KpiParameters.read({}), card(), language="zh").to_dict()
    assert said["period"] == "2026年10月" and said["fingerprint"] == "0f1e"
    assert ["规则版本", card().rule_version] in said["parameters"] and ["考核方案", "every rule"] in said["parameters"]
    assert kpi_provenance(data, language="en").to_dict()["period"] == "Oct 2026"


def test_codes_in_notes_become_names() -> None:
    note = {"msgid": "{names}", "details": {"names": ["visits", "no_kpi"], "n": 2}}
    assert named_notes([note], LIBRARY)[0]["details"] == {"names": [LIBRARY["visits"].name.model_dump(), "no_kpi"], "n": 2}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_weights_of_a_set_that_lost_a_kpi_add_up_as_printed(language: str) -> None:
    whole = default_scheme()
    opened = SimpleNamespace(scheme=whole.restricted_to([kpi for kpi in whole.kpis if kpi != "visits"]), library=LIBRARY,
                             version=None, notes=[], data=SimpleNamespace(notes=[], currency="CNY"))
    page = show_scheme(opened, language).html
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", page.split("</table>")[0], re.S)[1:]
    sums, code = {}, ""
    for row in rows:
        cells = [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.S)]
        code = cells[0] or code
        sums[code] = sums.get(code, 0) + round(float(next(c for c in cells if c.endswith("%"))[:-1]) * 10)
    assert len(sums) == len(whole.sets) and set(sums.values()) == {1000}
    assert all(are_on_step(one.weights, step=opened.scheme.step) for one in opened.scheme.sets)
