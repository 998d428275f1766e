"""View of the KPI panel and its versions, without a browser."""

import asyncio
import base64
import io
import re
import threading
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from openpyxl import load_workbook

from salesplan.apps.beside import Beside
from salesplan.apps.kpi_judgements import position_of
from salesplan.apps.kpi_pairwise_card import BETWEEN_STEPS
from salesplan.apps.kpi_panel import KpiPanel, kpi_panel
from salesplan.apps.kpi_quality_card import stability_html
from salesplan.apps.kpi_versions import SCREEN, SchemeVersions
from salesplan.data.scheme_store import SchemeStore
from salesplan.errors import InputError
from salesplan.kpis.scheme import KpiScheme
from salesplan.reporting.params_yaml import read_params
from tests.apps.kpi_company import make_kpi_data, make_library, make_parameters, make_scheme, make_scheme_off_step

DATA = make_kpi_data()


def open_panel(language: str = "zh", store: Any = None, data: Any = DATA, **changes: Any) -> KpiPanel:
    return kpi_panel(data, make_scheme(), make_parameters(**changes), make_library(), language=language, store=store)


@pytest.fixture
def panel() -> KpiPanel:
    return open_panel()


def table(panel: KpiPanel) -> list[list[str]]:
    cells = re.findall(r"<tr[^>]*>(.*?)</tr>", panel.scores.board.figures.value)[1:]
    return [[re.sub("<.*?>", " ", cell).split() for cell in re.findall(r"<td.*?>(.*?)</td>", row)] for row in cells]


def test_a_slider_a_pair_tells_its_judgement_in_words(panel: KpiPanel) -> None:
    sliders = panel.pairwise.sliders
    assert len(sliders) == 6 and panel.direct.layout.display == "none"
    told = panel.pairwise.words["sales_amount", "receipts"].value
    assert "销售额的重要性是回款额的 2.45 倍（介于两档之间，滑块停在 2 倍）" in told
    before = panel.weights.weights.value
    sliders["sales_amount", "receipts"].value = 4
    assert "回款额的重要性是销售额的 5 倍" in panel.pairwise.words["sales_amount", "receipts"].value
    assert panel.weights.weights.value != before and panel.banner.value == ""
    assert panel.model.comparison.ratio("sales_amount", "receipts") == pytest.approx(0.2)


def test_a_move_shows_scores_at_once_and_bands_at_rest(panel: KpiPanel) -> None:
    panel.rest.now()
    assert "sp-k-wait" not in panel.scores.board.figures.value and "第 1 档" in panel.scores.board.figures.value
    before = table(panel)
    panel.pairwise.sliders["sales_amount", "visits"].value = 8
    assert table(panel) != before and panel.scores.board.figures.value.count("sp-k-wait") == 20
    assert "sp-waiting" in panel.quality._dom_classes
    panel.rest.now()
    assert "sp-k-wait" not in panel.scores.board.figures.value and "sp-waiting" not in panel.quality._dom_classes
    assert "sp-k-room" in panel.quality.stability.value and panel.quality.firsts.value.count("sp-k-first") == 11
    assert "sp-findings" not in panel.quality.found.value
    panel.quality.later.now()
    assert "sp-finding " in panel.quality.found.value


def test_contradictions_are_told_and_mended_by_a_button(panel: KpiPanel) -> None:
    panel.pairwise.sliders["sales_amount", "visits"].value = 8
    assert "判断前后矛盾" in panel.pairwise.consistency.value and "Saaty" in panel.pairwise.consistency.value
    assert "请复核" in panel.pairwise.consistency.value and "拜访量的重要性是销售额的 9 倍" in panel.pairwise.consistency.value
    worst = panel.model.ahp.worst_triad if panel.model.ahp else None
    panel.pairwise.apply.click()
    assert worst is not None and "判断前后一致" in panel.pairwise.consistency.value
    slider = panel.pairwise.sliders["sales_amount", "visits"]
    assert slider.value == position_of(1 / worst.suggested) and "钱总监 (A01)" in panel.pairwise.judges.value


def test_one_judge_can_be_looked_at(panel: KpiPanel) -> None:
    labels = [label for label, _ in panel.pairwise.start.options]
    assert labels == ["全体评判者汇总", "现行权重", "钱总监 (A01)", "孙总监 (A02)"]
    panel.pairwise.start.value = "A02"
    assert panel.pairwise.sliders["sales_amount", "win_rate"].value == 2
    assert panel.model.ahp is not None and panel.model.ahp.cr > 0.1 and "sp-poor" in panel.pairwise.consistency.value


def test_weights_set_directly_keep_their_sum(panel: KpiPanel) -> None:
    panel.switch.click()
    assert panel.method.value == "direct" and panel.switch.description == "两两比较"
    assert panel.pairwise.layout.display == "none" and panel.direct.layout.display is None
    panel.direct.sliders["visits"].value = 0.5
    assert {kpi: s.value for kpi, s in panel.direct.sliders.items()} == panel.model.scheme["senior"].weights
    assert "<b>100%</b>" in panel.weights.weights.value
    assert "sp-k-off" in panel.weights.weights.value
    panel.rest.now()
    assert "结果指标合计权重" in panel.weights.doubts.value


def test_a_measured_method_shows_its_caveat_and_no_slider(panel: KpiPanel) -> None:
    panel.method.value = "entropy"
    panel.rest.now()
    assert panel.pairwise.layout.display == panel.direct.layout.display == "none" and panel.measured.value
    assert "该方法的局限" in panel.weights.doubts.value and "离散程度" in panel.weights.doubts.value
    assert 'class=sp-k-chosen><th scope="row">熵权法' in panel.weights.methods.value


def test_best_and_worst_are_judged_in_the_panel_and_go_into_the_parameters_and_the_scheme(panel: KpiPanel) -> None:
    card, model = panel.best_worst, panel.model
    assert card.layout.display == "none" and "best_worst" not in model.compared()
    panel.to_best_worst.click()
    assert card.layout.display is None and panel.pairwise.layout.display == panel.direct.layout.display == "none"
    assert panel.method.value == "best_worst" and (card.best.value, card.worst.value) == ("sales_amount", "win_rate")
    assert len(card.sliders) == 3 + 2 and "判断前后一致" in card.consistency.value
    card.sliders["best_to_others", "win_rate"].value = 8
    card.sliders["best_to_others", "receipts"].value = 7
    assert "销售额的重要性是赢单率的 8 倍" in card.words["best_to_others", "win_rate"].value
    card.sliders["others_to_worst", "receipts"].value = 9  # above the best against the worst: held there, and said so
    assert card.sliders["others_to_worst", "receipts"].value == 8 and "已到上限" in card.words["others_to_worst", "receipts"].value
    assert {(s.min, s.max, s.disabled) for s in card.sliders.values()} == {(1, 9, False)}
    assert "判断前后矛盾" in card.consistency.value and "回款额" in card.consistency.value and panel.banner.value == ""
    before = model.scheme["senior"].weights
    card.worst.value = "visits"
    assert model.answers["worst"] == "visits" and model.answers["others_to_worst"]["visits"] == 1
    card.best.value = "visits"  # the two change places
    assert (card.best.value, card.worst.value) == ("visits", "sales_amount") and panel.banner.value == ""
    assert model.scheme["senior"].weights != before and model.weights["visits"] > model.weights["sales_amount"]
    assert model.parameters.best_worst == model.answers and model.parameters.method == "best_worst"
    panel.method.value = "best_worst_nonlinear"
    assert card.layout.display is None and model.best_worst is not None and model.best_worst.model == "nonlinear"
    panel.rest.now()
    assert "sp-waiting" not in panel.quality._dom_classes and "best_worst" in model.compared()


def test_another_set_brings_its_own_kpis(panel: KpiPanel) -> None:
    panel.kpi_set.value = "newcomer"
    assert panel.method.value == "direct" and list(panel.direct.sliders) == ["sales_amount", "visits", "customer_satisfaction"]
    assert panel.scores.kpi_set.value == "newcomer" and len(table(panel)) == 15
    panel.method.value = "ahp"
    assert len(panel.pairwise.sliders) == 3 and panel.pairwise.judges.value == ""


def test_names_are_buttons_and_markup_is_text(panel: KpiPanel) -> None:
    names = [button.description for button in panel.scores.board.names.children]
    assert len(names) == 20 and any(name.startswith("<b>赵敏") for name in names)
    panel.scores.search.value = "赵敏"
    assert len(panel.scores.board.names.children) < 20
    panel.rest.now()
    panel.scores.board.names.children[0].click()
    assert "&lt;b&gt;赵敏&lt;/b&gt;" in panel.scores.person.value and "<b>赵敏" not in panel.scores.person.value
    assert "<b>赵敏" not in panel.snapshot()


def test_the_arithmetic_opens_right_below_the_row_and_moves_into_sight_once(panel: KpiPanel) -> None:
    scores = panel.scores
    panel.rest.now()
    who = [b.description for b in scores.board.names.children]
    scores.board.names.children[6].click()
    order = list(scores.children)
    assert order.index(scores.board) + 1 == order.index(scores.person) == order.index(scores.below) - 1
    shown = [b.description for board in (scores.board, scores.below) for b in board.names.children]
    assert shown == who and len(scores.board.names.children) == 7 and "data-sp-show" in scores.person.value
    for board, rows in ((scores.board, 7), (scores.below, 13)):
        head, _, folded = board.figures.value.partition("sp-k-folded")
        assert head.count("<tr") == rows + 1 and folded.count("<tr") == 20 - rows
    scores.below.names.children[0].click()
    assert len(scores.board.names.children) == 8 and "data-sp-show" in scores.person.value
    panel.pairwise.sliders["sales_amount", "visits"].value = 1
    panel.rest.now()
    assert scores.person.value and "data-sp-show" not in scores.person.value
    scores.board.names.children[-1].click()
    assert scores.person.value == "" and scores.below.layout.display == "none" and len(scores.board.names.children) == 20


def test_a_person_opens_into_the_arithmetic(panel: KpiPanel) -> None:
    panel.rest.now()
    first = panel.scores.board.names.children[0]
    first.click()
    who = panel.model.people.person
    points = panel.model.card().lines.set_index("seller_id").loc[who, "points"]
    assert f"{points.sum():.2f} 分，第 1 名；按现行方案为" in panel.scores.person.value
    assert "100 × " in panel.scores.person.value and "合计" in panel.scores.person.value
    first.click()
    assert panel.scores.person.value == "" and panel.model.people.person == ""


def test_pages_turn_and_filters_begin_anew(panel: KpiPanel) -> None:
    panel.scores.ahead.click()
    assert "第 2 / 3 页 · 共 45 人" in panel.scores.page.value and table(panel)[0][0][0] == "21"
    panel.scores.unit.value = "T000"
    assert panel.model.people.page == 0 and panel.scores.back.disabled
    panel.scores.search.value = "nobody"
    assert "没有符合条件的人员" in panel.scores.board.figures.value and panel.scores.board.names.children == ()


def content_of(panel: KpiPanel, kind: str) -> tuple[str, bytes]:
    card = panel.children[2].children[0].children[-1].children[1]
    next(button for button in card.children if kind in button._dom_classes).click()
    name = re.search('download="(.*?)"', panel.links.value)
    coded = re.search("base64,(.*?)\"", panel.links.value)
    assert name and coded, panel.banner.value
    return name[1], base64.b64decode(coded[1])


def test_files_are_of_the_scheme_on_the_screen(panel: KpiPanel) -> None:
    panel.pairwise.sliders["sales_amount", "visits"].value = 3
    name, content = content_of(panel, "sp-get-yaml")
    written = read_params(content.decode())
    assert name == "kpi_weighting.yaml" and written["judgments"]["panel"]["sales_amount/visits"] == "1/4"
    name, content = content_of(panel, "sp-get-xlsx")
    assert name == "考核表_2026-10.xlsx" and load_workbook(io.BytesIO(content)).sheetnames
    panel.scores.board.names.children[0].click()
    who = panel.model.people.person
    name, content = content_of(panel, "sp-get-statement")
    score = panel.model.card().totals.loc[who, "score"]
    assert name == f"个人考核单_{who}_2026-10.html" and f"{score:.2f}" in content.decode()
    name, content = content_of(panel, "sp-get-statement-xlsx")
    assert name.endswith(".xlsx") and load_workbook(io.BytesIO(content)).sheetnames


def test_a_statement_of_nobody_is_told_and_logged(panel: KpiPanel) -> None:
    with pytest.raises(AssertionError, match="请先在表中点开一个人"):
        content_of(panel, "sp-get-statement")


def test_a_failing_move_keeps_the_scheme_and_says_so(panel: KpiPanel) -> None:
    scheme = panel.model.scheme
    panel.model._weighings["senior"].weights["entropy"] = None  # type: ignore[index]
    panel.method.value = "entropy"
    assert "sp-banner" in panel.banner.value and "sp-stale" in panel._dom_classes and panel.model.scheme is scheme
    panel.method.value = "direct"
    assert panel.banner.value == "" and "sp-stale" not in panel._dom_classes


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_snapshot_is_whole_and_still(language: str) -> None:
    panel = open_panel(language)
    page = panel.snapshot()
    assert page.count("<tr") > 30 and "<button" not in page and 'class="sp-k-wait"' not in page
    assert page == panel.snapshot() and "Saaty 1980" in page
    heading = {"zh": "各方法对照", "en": "Methods side by side"}[language]
    assert heading in page and "text/html" in panel._repr_mimebundle_()
    if language == "zh":
        text = re.sub(r"<style>.*?</style>|<[^>]*>", " ", page, flags=re.DOTALL)
        text = text.replace("<demo>", "")
        assert set(re.findall(r"[a-zA-Z]{4,}", text)) <= {"Saaty", "CRITIC", "MEREC"}


TODAY = datetime(2026, 11, 10)


def test_months_offered_are_never_over(tmp_path: Path) -> None:
    later = SchemeStore(tmp_path / "plan.db", today=datetime(2027, 3, 2))
    assert SchemeVersions(later, name="s", period="2026-10").months[0] == "2027-03"


def test_versions_are_saved_compared_and_approved_for_months_to_come(tmp_path: Path) -> None:
    store = SchemeStore(tmp_path / "plan.db", today=TODAY)
    panel = open_panel(store=store, scheme_reason="试行")
    panel.rest.now()
    card = panel.versions
    assert card is not None and "尚未保存过版本" in card.listed.value
    assert card.reason.value == "试行" and card.month.value == "2026-11"
    save, approve = card.children[1].children[-1], card.approval.children[0].children[-1]
    save.click()
    assert panel.banner.value == "" and "需要填写保存人和原因" in card.told.value and "role=\"alert\"" in card.told.value
    panel.pairwise.sliders["sales_amount", "visits"].value = 6
    card.author.value, card.reason.value = "王总监", "<新权重>"
    save.click()
    assert panel.banner.value == "" and "已保存为第 1 版（草稿）" in card.told.value and "两者内容相同" in card.difference.value
    assert KpiScheme.from_dict(store.read("kpi_scheme", 1).scheme) == panel.model.scheme
    assert store.in_force("kpi_scheme", "2026-11") is None and "&lt;新权重&gt;" in card.listed.value
    panel.pairwise.sliders["sales_amount", "visits"].value = -6
    panel.rest.now()
    assert "权重" in card.difference.value and "修改" in card.difference.value
    approve.click()
    assert "批准需要填写批准人和原因" in card.told.value and panel.banner.value == "" and not approve.disabled
    card.who.value, card.why.value = "刘总", "<同意>"
    approve.click()
    assert "第 1 版已批准。它自" not in card.told.value and "自2026年11月起适用" in card.told.value
    assert approve.disabled and card.which.value == 1 and "第 1 版已批准：刘总，2026-11-10" in card.decided.value
    assert "&lt;同意&gt;" in card.listed.value and "刘总，2026-11-10" in card.listed.value
    kept = store.in_force("kpi_scheme", "2026-11")
    assert kept is not None and kept.version == 1 and store.in_force("kpi_scheme", "2026-10") is None


def test_an_approved_version_is_not_approved_again_and_a_draft_can_be(tmp_path: Path) -> None:
    store = SchemeStore(tmp_path / "plan.db", today=TODAY)
    for reason in ("r", "s"):
        store.save("kpi_scheme", make_scheme().to_dict(), valid_from="2026-12", author="a", reason=reason)
    store.approve("kpi_scheme", 1, who="b", why="c")
    panel = open_panel("en", store=store)
    panel.rest.now()
    card = panel.versions
    assert card is not None and card.which.value == 2 and not card.approve_button.disabled and card.decided.value == ""
    card.which.value = 1
    assert card.approve_button.disabled and card.why.disabled and "Version 1 is approved: b, 2026-11-10" in card.decided.value
    with pytest.raises(InputError, match="approved already"):
        card.versions.approve(1, who="b", why="c")
    assert "in place of another" not in card.listed.value and "Replaced" not in card.listed.value
    card.versions.approve(2, who="b", why="c")
    card.refresh()
    assert "Approved, in place of another" in card.listed.value and "Replaced by version 2" in card.listed.value
    assert "version 2 is the newest" in card.decided.value and card.approve_button.disabled
    in_force = store.in_force("kpi_scheme", "2026-12")
    assert in_force is not None and in_force.version == 2


def test_a_version_never_counts_for_months_that_are_over(tmp_path: Path) -> None:
    store = SchemeStore(tmp_path / "plan.db", today=TODAY)
    store.save("kpi_scheme", make_scheme().to_dict(), valid_from="2026-10", author="a", reason="r")
    versions = SchemeVersions(store, name="kpi_scheme", period="2026-10")
    assert versions.months[0] == "2026-11" and len(versions.months) == 6
    with pytest.raises(InputError, match="one of these months on: 2026-11"):
        versions.save(make_scheme(), author="a", reason="r", valid_from="2026-10")
    with pytest.raises(InputError, match="must begin after 2026-10"):
        versions.approve(1, who="b", why="c")
    assert SchemeVersions(store, name="s", period="2026Q4").months[0] == "2027-01"


def test_a_stale_save_is_refused_and_two_versions_are_compared(tmp_path: Path) -> None:
    versions = SchemeVersions(SchemeStore(tmp_path / "plan.db", today=TODAY), name="kpi_scheme", period="2026-10")
    other = make_scheme().with_weights("senior", {"sales_amount": 0.5, "receipts": 0.2, "win_rate": 0.1, "visits": 0.2})
    entry = {"author": "a", "reason": "r", "valid_from": "2026-11"}
    assert versions.save(make_scheme(), **entry, seen=0) == 1 and versions.save(other, **entry, seen=1) == 2
    with pytest.raises(InputError, match="newest version 2"):
        versions.save(other, **entry, seen=1)
    wanted = [("senior", "sales_amount", "weight", 0.4, 0.5), ("senior", "receipts", "weight", 0.3, 0.2)]
    for table in (versions.compared(other, 1, 2), versions.compared(other, 1, SCREEN)):
        assert list(table[["set", "kpi", "field", "old", "new"]].itertuples(index=False, name=None)) == wanted
    with pytest.raises(InputError, match="two different versions"):
        versions.compared(other, 1, 1)


def test_whoever_sees_a_part_only_proposes(tmp_path: Path) -> None:
    versions = SchemeVersions(SchemeStore(tmp_path / "plan.db", today=TODAY), name="kpi_scheme", period="2026-10", user="M001")
    assert versions.save(make_scheme(), author="somebody", reason="r", valid_from="2026-11") == 1
    assert versions.listed()["author"].tolist() == ["M001"]
    with pytest.raises(InputError, match="proposal"):
        versions.approve(1, who="M001", why="c")
    assert SchemeVersions(tmp_path / "plan.db", name="kpi_scheme", period="2026-11").in_force() is None


def test_a_managers_page_names_nobody_else() -> None:
    panel = open_panel(data=DATA.scoped_to("M001"), method="direct")
    panel.rest.now()
    panel.quality.later.now()
    pages = [widget.value for widget in (panel.scores.board.figures, panel.scores.foot, panel.quality.stability, panel.quality.firsts,
                                         panel.quality.found, panel.headline, panel.pairwise.judges)]
    page = panel.snapshot() + " ".join(pages) + " ".join(b.description for b in panel.scores.board.pool)
    hidden = DATA.profiles.loc[DATA.profiles["org_id"] != "T001", "seller_id"]
    mine = DATA.profiles.loc[DATA.profiles["org_id"] == "T001", "seller_id"]
    assert not [who for who in hidden if who in page] and any(who in page for who in mine)
    _, content = content_of(panel, "sp-get-xlsx")
    cells = {str(cell.value) for sheet in load_workbook(io.BytesIO(content)) for row in sheet.iter_rows() for cell in row}
    assert not [who for who in hidden if any(who in cell for cell in cells)] and set(mine) & cells


def test_work_beside_the_page_runs_in_another_thread_and_is_dropped_when_asked_again() -> None:
    where: list[int] = []
    shown: list[Any] = []
    begun = threading.Event()

    def work() -> int:
        where.append(threading.get_ident())
        begun.set()
        return len(where)

    async def page() -> None:
        job = Beside(work, lambda result: shown.append(result()), seconds=0.0)
        job.ask()
        while not shown:
            await asyncio.sleep(0.005)
        begun.clear()
        job.ask()
        await asyncio.sleep(0.01)
        begun.wait(5)
        job.ask()  # what has begun is no longer wanted
        while len(where) < 3 or shown[-1] != 3:
            await asyncio.sleep(0.005)
        job.ask()
        job.now()
        assert where[-1] == threading.get_ident() and not job.is_waiting

    own = threading.Thread(target=lambda: asyncio.run(page()))
    own.start()
    own.join(30)
    assert not own.is_alive() and shown[0] == 1 and shown[-1] == 4 and len(set(where)) == 2


def test_an_error_beside_the_page_reaches_the_person(panel: KpiPanel) -> None:
    def fail(*args: Any) -> pd.DataFrame:
        raise InputError("no such points")

    panel.model.card = fail  # type: ignore[assignment, method-assign]
    panel.rest.now()
    assert "no such points" in panel.banner.value


def test_consistency_is_shown_only_where_weights_come_from_judged_pairs(panel: KpiPanel) -> None:
    cr = f"{panel.model.ahp.cr:.3f}"
    assert cr in panel.headline.value and "并非来自两两比较" not in panel.headline.value
    for method in ("direct", "entropy"):
        panel.method.value = method
        assert cr not in panel.headline.value and "并非来自两两比较" in panel.headline.value
    panel.method.value = "combined"
    assert cr in panel.headline.value
    nobody = open_panel("en", data=replace(DATA, judgments=DATA.judgments.iloc[:0]), method="direct")
    assert "come from no judged pairs" in nobody.headline.value
    nobody.method.value = "combined"
    assert "come from no judged pairs" in nobody.headline.value


@pytest.mark.parametrize("language", ["en", "zh"])
def test_shares_of_first_places_add_up_and_say_their_error(language: str) -> None:
    _, firsts = stability_html(open_panel(language).model, language)
    widths = [float(text) for text in re.findall(r"width:([\d.]+)%", firsts)]
    assert len(widths) == 11 and sum(widths) == pytest.approx(100, abs=0.6)
    told = re.sub("<[^>]+>", " ", firsts)
    assert ("all others" if language == "en" else "其余人员") in told
    error = re.search(r"moves it by ([\d.]+)%" if language == "en" else r"抽样误差至多([\d.]+)%", told)
    assert error and 0.5 < float(error[1]) < 1.5


def test_sliders_of_a_set_that_lost_a_kpi_stand_on_its_weights() -> None:
    scheme = make_scheme_off_step()
    panel = kpi_panel(DATA, scheme, make_parameters(method="direct"), make_library(), language="en")
    sliders = panel.direct.sliders
    assert {kpi: slider.value for kpi, slider in sliders.items()} == pytest.approx(scheme["senior"].weights, abs=0.0005)
    assert {slider.step for slider in sliders.values()} == {BETWEEN_STEPS} and panel.model.scheme is panel.model.in_force
    sliders["visits"].value += 0.0004  # as a page does that puts values on a grid of its own
    assert panel.model.scheme is panel.model.in_force
    sliders["visits"].value = 0.29
    assert panel.model.scheme["senior"].weights["visits"] == sliders["visits"].value == 0.3
    assert {slider.step for slider in sliders.values()} == {0.05}
