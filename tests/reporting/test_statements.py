"""Statements: one file a person and format, true figures, nobody else in them, escaped, the same every time."""

import re
from html import escape, unescape
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InputError, ParameterError
from salesplan.kpis.kpi_sets import KpiSet
from salesplan.kpis.library import load_library
from salesplan.kpis.score_people import score_people
from salesplan.kpis.small_ratings import has_few_scores, hide_small_ratings, is_confidential
from salesplan.reporting.kpi_figures import number_format, said_figure, said_period
from salesplan.reporting.statement_facts import StatementMaker
from salesplan.reporting.statement_html import statement_html
from salesplan.reporting.statements import export_statements, statement_names
from tests.reporting.scored_sellers import IDS, card, figures, scheme, sellers


def maker(language: str = "en", **options) -> StatementMaker:
    return StatementMaker(options.pop("of", card()), language, profiles=sellers(), source="crm", **options)


def shown(page: str) -> str:
    """What a reader sees of a page: text without style and tags."""
    return unescape(re.sub(r"<[^>]+>", "\n", re.sub(r"<style>.*?</style>", "", page, flags=re.S)))


def test_each_person_gets_a_page_and_a_workbook(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    files = export_statements(card(), tmp_path / "out", language="en", profiles=sellers(), progress=lambda *at: seen.append(at))
    assert len(files) == 2 * len(IDS) and all(f.exists() for f in files)
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == sorted(f.name for f in files)
    assert seen == [(at, len(IDS)) for at in range(1, len(IDS) + 1)]
    assert "E0002_李娜.html" in {f.name for f in files}


def test_only_some_people_and_formats_are_written(tmp_path: Path) -> None:
    files = export_statements(card(), tmp_path, sellers=["李娜", "E0005"], formats=["html"])
    assert [f.name for f in files] == ["E0002_李娜.html", "E0005_王芳.html"]
    with pytest.raises(InputError, match="pdf"):
        export_statements(card(), tmp_path, formats=["pdf"])
    with pytest.raises(InputError, match="E0042, E0099"):
        export_statements(card(), tmp_path, sellers=["张伟"])


def decimals(printed: str) -> int:
    return len(printed.rstrip("%").partition(".")[2])


def number(printed: str) -> float:
    plain = float(printed.rstrip("%").replace(",", "").replace("−", "-"))
    return plain / 100 if printed.endswith("%") else plain


def agree(by_hand: float, printed: str) -> bool:
    return abs(by_hand - number(printed)) <= 0.5 * 10.0 ** -decimals(printed) + 2e-9


def by_hand(formula: str) -> tuple[float, str]:
    """What a reader computes from the formula as printed, and the result printed behind it."""
    left, _, result = formula.rpartition(" = ")
    plain = re.sub(r" (days|hours)", "", left.replace(",", ""))
    plain = re.sub(r"([\d.]+)%", r"(\1/100)", plain).replace("×", "*").replace("÷", "/").replace("−", "-")
    return eval(plain), result


def check_page(statement) -> int:
    """Every line and the total of a page, computed again from nothing but what is printed; lines with a formula."""
    page = statement_html(statement)
    cells = re.findall(r'class="num( points)?" data-label="(Score|Weight|Weighted points)">(?:<b>)?([^<]+)', page)
    columns = {label: [value for _, name, value in cells if name == label] for label in ("Score", "Weight", "Weighted points")}
    *points, total = columns["Weighted points"]
    counted = [at for at, value in enumerate(points) if value != "–"]
    assert agree(sum(number(points[at]) for at in counted), total)
    for at in counted:
        assert agree(number(columns["Score"][at]) * number(columns["Weight"][at]), points[at])
    shown_formulas = [line for line in statement.lines if " = " in line.formula and "Grade" not in line.formula]
    for line in shown_formulas:
        value, result = by_hand(line.formula)
        before = re.search(rf">{re.escape(escape(line.name))}<.*?before limits ([-\d.,]+)", page.split("</tbody>")[
            [one.kpi for one in statement.lines].index(line.kpi)], re.S)
        wanted = before[1] if before else columns["Score"][[one.kpi for one in statement.lines].index(line.kpi)]
        assert agree(value, wanted), line.formula
        assert abs(number(result) - number(wanted)) < 1e-9, line.formula
    return len(shown_formulas)


@pytest.mark.parametrize("who", IDS)
def test_a_reader_comes_to_every_printed_figure_by_hand(who: str) -> None:
    assert check_page(maker("en").of(who)) >= 1


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), weight=st.integers(1, 17))
def test_any_persons_arithmetic_comes_out_by_hand(seed: int, weight: int) -> None:
    rng = np.random.default_rng(seed)
    scale = {"sales_amount": 1e5, "receipts": 9e4, "days_to_pay": 30, "orders": 40, "visits": 20, "crm_completeness": 3}
    odd = figures().assign(actual=[value if isinstance(value, str) or kpi not in scale else scale[kpi] * rng.uniform(0.2, 1.6)
                                   for kpi, value in zip(figures()["kpi"], figures()["actual"], strict=True)])
    odd["target"] = [t * rng.uniform(0.9, 1.1) if kpi in scale else t for kpi, t in zip(odd["kpi"], odd["target"], strict=True)]
    uneven = score_people(odd, scheme().restricted_to([*list(scheme().kpis)[: 3 + weight % 9]]), sellers(), period="2026-10")
    of = StatementMaker(uneven, "en", profiles=sellers())
    assert sum(check_page(of.of(who)) for who in IDS) > 8


def test_the_same_card_gives_the_same_bytes(tmp_path: Path) -> None:
    one, two = (export_statements(card(), tmp_path / name, language="zh", profiles=sellers()) for name in "ab")
    assert [f.read_bytes() for f in one] == [f.read_bytes() for f in two]


def test_file_names_are_safe_and_never_alike() -> None:
    odd = pd.Series({"a/b": "x", "a_b": "x", "A_B": "x", "CON": "", "..": "..", "E1": "名" * 300, "1": "=cmd|' /C'!A0"})
    stems = statement_names(odd)
    assert len({stem.casefold() for stem in stems.values()}) == len(odd)
    assert all(re.fullmatch(r"[\w\-]+", stem) and len(stem.encode()) < 200 for stem in stems.values())
    twins = statement_names(pd.Series({"E0018": "张伟 (E0018)", "E0042": "张伟（E0042）", "E3": "张伟 (North)"}))
    assert twins == {"E0018": "E0018_张伟", "E0042": "E0042_张伟", "E3": "E3_张伟_North"}
    assert stems["CON"] != "CON" and stems["a_b"] == "a_b_x" != stems["a/b"]
    assert statement_names(card().totals["name"]) == statement_names(card().totals["name"])


@pytest.mark.parametrize("who", IDS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_statement_holds_the_persons_own_figures_and_nobody_elses(who: str, language: str) -> None:
    page = shown(statement_html(maker(language).of(who)))
    totals = card().totals
    assert f"{totals.loc[who, 'score']:.2f}" in page and str(totals.loc[who, "name"]) in page
    others = totals.drop(who)
    assert not [name for name in others["name"] if name in page] and not [i for i in others.index if i in page.split()]
    assert not [score for score in others["score"] if f"{score:.2f}" in page]


def test_notes_that_name_people_stay_out() -> None:
    luck = pd.DataFrame(card().totals["score"].to_numpy()[:, None] + np.random.default_rng(1).normal(0, 3, (len(IDS), 200)),
                        index=card().totals.index)
    luck.loc["E0005"] = np.nan
    one = card(bands=False).with_draws(luck)
    assert any("王芳" in str(note["details"]) for note in one.notes)
    assert "王芳" not in statement_html(maker("zh", of=one).of("E0002"))
    alone = maker("en", of=one).of("E0005")
    assert alone.band == "" and any("luck is not known" in sentence for sentence in alone.standing)


def test_names_are_escaped_and_nothing_is_fetched() -> None:
    page = statement_html(maker("en").of("E0003"))
    assert "<script" not in page and "&lt;script&gt;alert(1)" in page
    assert not re.search(r"https?:|src=|@import|url\(", page)
    assert "O&#39;Brien &amp; Sons" in statement_html(maker("en").of("CON"))

    class Check(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.opened: list[str] = []

        def handle_starttag(self, tag: str, attrs: list) -> None:
            if tag not in ("meta", "link"):
                self.opened.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert self.opened.pop() == tag

    check = Check()
    check.feed(page)
    assert not check.opened


def test_every_step_of_the_arithmetic_is_said() -> None:
    statement = maker("en").of("E0002")
    lines = {line.kpi: line for line in statement.lines}
    sales = lines["sales_amount"]
    assert sales.formula == "100 × 150,000.00 ÷ 100,000.00 = 150.0" and sales.said_actual == "150.0K"
    assert any("above the cap" in remark for remark in sales.remarks) and "not above 120 points" in sales.scored_by
    assert sales.target_from == "Target table" and lines["receipts"].target_from.startswith("Colleagues")
    assert any("50.0% of the working days" in remark for remark in lines["orders"].remarks)
    page = shown(statement_html(statement))
    for words in ("Version of the rules", "0f1e2d3c4b5a", scheme().rule_version, "crm", "before limits 150.00",
                  "Target table", "Everybody"):
        assert words in page
    assert any(caveat.startswith("Receipts: the target follows") for caveat in statement.caveats)
    assert any("Record completeness counts as it is" in caveat for caveat in statement.caveats)


def test_a_kpi_left_out_says_why_and_where_its_weight_goes() -> None:
    statement = maker("en").of("E0005")
    out = [line for line in statement.lines if not line.is_counted]
    assert {line.kpi for line in out} == {"days_to_pay", "orders", "win_rate"}
    assert all(any("left out" in remark for remark in line.remarks) and line.weight == 0 for line in out)
    assert "goes to the others in proportion" in " ".join(statement.caveats)
    assert sum(line.weight for line in statement.lines) == pytest.approx(1)
    page = statement_html(statement)
    assert page.count('<tbody class="out">') == 3 and "agreed 20%" in page


def test_the_standing_counts_those_who_cannot_be_told_apart() -> None:
    total = card().totals.loc["E0002"]
    said = maker("en").of("E0002").standing
    alike = int(total["rank_upper"] - total["rank_lower"])
    assert said[2] == f"This score cannot be told apart from those of {alike} {'other' if alike == 1 else 'others'}."
    assert said[1].startswith(f"Place {total['rank']} of 8 under the same KPI set; the true place lies between {total['rank_lower']} and")
    assert maker("en").of("E0003").standing[2] == "Everybody else can be told apart from this score."


def test_a_company_place_stands_beside_only_where_sets_are_comparable() -> None:
    again = scheme()["all"].to_dict()
    weights = [0.1, 0.2, *[item["weight"] for item in again["items"][2:]]]
    items = [{**item, "weight": weight} for item, weight in zip(again["items"], weights, strict=True)]
    juniors = {**again, "code": "juniors", "applies_to": {"tier": ["新人"]}, "items": items}
    split = sellers().assign(tier=["新人"] * 3 + ["骨干"] * 5)
    both = score_people(figures(), scheme().with_set(KpiSet.model_validate(juniors)), split, period="2026-10")
    total = both.totals.loc["E0002"]
    for language, place, company in (
        ("en", f"Place {total['rank']} of 3 under the same KPI set.", f"Among all 8 scored by the same KPIs and rules, "
         f"whatever the weights: place {total['company_rank']}."),
        ("zh", f"同指标组3人中第{total['rank']}名。", f"全部8人中（权重可不同）：第{total['company_rank']}名。"),
    ):
        standing = StatementMaker(both, language, profiles=split).of("E0002").standing
        assert standing[0] == place and company in standing[1]
    assert not any("Among all" in sentence for sentence in maker("en").of("E0002").standing)


def test_without_any_score_there_is_still_a_statement(tmp_path: Path) -> None:
    table = figures().assign(actual=lambda f: f["actual"].astype(object).where(f["seller_id"] != "E0002", np.nan))
    table = table[~((table["seller_id"] == "E0002") & table["kpi"].isin(["sales_cycle_days", "crm_completeness"]))]
    small = scheme().without_item("all", "sales_cycle_days").without_item("all", "crm_completeness")
    one = score_people(table, small, sellers(), period="2026-10")
    statement = maker("en", of=one).of("E0002")
    assert np.isnan(statement.score) and "no score and no rank" in statement.standing[0]
    assert all(f.stat().st_size for f in export_statements(one, tmp_path, sellers=["E0002"]))


def ratings(rows: int) -> pd.DataFrame:
    table = figures()
    mine = (table["seller_id"] == "E0002") & (table["kpi"] == "teamwork_rating")
    return table.assign(evidence_rows=table["evidence_rows"].where(~mine, rows))


def test_what_one_or_two_people_said_is_never_shown(tmp_path: Path) -> None:
    two = score_people(ratings(2), scheme(), sellers(), period="2026-10")
    with pytest.raises(InputError, match=r"teamwork_rating rests on 2 scores.*E0002"):
        export_statements(two, tmp_path)
    hidden = score_people(hide_small_ratings(ratings(2), load_library()), scheme(), sellers(), period="2026-10")
    line = next(x for x in maker("en", of=hidden).of("E0002").lines if x.kpi == "teamwork_rating")
    assert not line.is_counted and line.said_actual == "–" and line.formula == ""
    assert line.remarks == ("Too few people gave a score: not counted, so that nobody learns who said what."
                            " Its weight of 5.0% goes to the other KPIs.",)
    assert export_statements(score_people(ratings(3), scheme(), sellers(), period="2026-10"), tmp_path)


def test_scores_of_people_whose_answer_is_no_secret_are_not_confidential() -> None:
    library = load_library()
    assert is_confidential(library["teamwork_rating"]) and is_confidential(library["leadership_rating"])
    assert not is_confidential(library["customer_satisfaction"]), "customers answer under their name"
    boss = library["teamwork_rating"].model_copy(update={
        part: library["teamwork_rating"].numerator.model_copy(update={"where": "by_role = 'manager' AND score01 IS NOT NULL"})
        for part in ("numerator", "denominator")})  # fmt: skip
    assert is_confidential(boss) and not is_confidential(boss, named=["manager"]), "a manager alone is known to the rated"
    frame = pd.DataFrame({"kpi": ["leadership_rating", "visits", "leadership_rating"], "evidence_rows": [2, 1, 0]})
    assert has_few_scores(frame, library).tolist() == [True, False, False]
    with pytest.raises(InputError, match="minimum"):
        has_few_scores(frame, library, minimum=0)


@pytest.mark.parametrize(("value", "unit", "language", "said"), [
    (1_234_567.0, "money", "zh", "123.5万"), (1_234_567.0, "money", "en", "1.23M"), (0.85, "percent", "zh", "85.0%"),
    (12.0, "count", "en", "12"), (9.5, "count", "en", "9.50"), (3.25, "days", "zh", "3.2天"), (2.0, "hours", "en", "2 hours"),
    (4.25, "", "en", "4.25"), ("优秀", "percent", "en", "优秀"), (None, "money", "zh", "–"),
])  # fmt: skip
def test_a_figure_is_said_in_its_unit(value, unit: str, language: str, said: str) -> None:
    assert said_figure(value, unit, language) == said
    assert number_format(value, unit)


def test_periods_are_named() -> None:
    assert [said_period(p, "zh") for p in ("2026-10", "2026Q3", "2026-W05", "2026")] == [
        "2026年10月", "2026年第3季度", "2026年第5周", "2026年"]


def test_unknown_people_and_languages_are_refused() -> None:
    with pytest.raises(InputError, match="nobody"):
        maker("en").of("nobody")
    with pytest.raises(ParameterError, match="Known: en, zh"):
        maker("cn")
