import pandas as pd
import pytest

from salesplan.data.decision_file import read_decision_file
from salesplan.errors import DataError, InputError, ParameterError
from salesplan.selection import Decision, SelectionParameters, articles_decision, choose_system, review_choice
from salesplan.selection.claims import COLUMNS, check_claims
from salesplan.selection.costs import cost_ranges
from salesplan.selection.gates import check_gates
from salesplan.text.spoken_errors import say_error


def decision(**changes):
    values = {
        "criteria": {"ease": {"zh": "易用", "en": "Ease", "scale": [0, 10], "weight": 3},
                     "fit": {"zh": "匹配", "en": "Fit", "scale": [0, 10], "weight": 2},
                     "cost": {"zh": "三年费用", "en": "Cost", "direction": -1, "weight": 1, "from_costs": True}},
        "claims": [["A", "ease", 8, "tried", "pilot"], ["A", "ease", 10, "vendor_claim", "leaflet"],
                   ["A", "fit", 6, "measured", "test"], ["B", "ease", 7, "tried", "pilot"], ["B", "fit", 9, "tried", "pilot"],
                   ["C", "ease", 9, "vendor_claim", "leaflet"], ["C", "fit", 9, "vendor_claim", "leaflet"]],
        "costs": [{"system": s, "item": "licence", "low": low, "likely": low * 1.2, "high": low * 1.5, "per": "user_year"}
                  for s, low in (("A", 500), ("B", 800), ("C", 300))],
        "users": [40, 50, 60],
    }
    return Decision.read(values | changes)


def test_trial_beats_claim_and_every_system_shows_its_evidence():
    choice = choose_system(decision(), n=500)
    assert choice.matrix.loc["A", "ease"] == 8
    shares = choice.evidence.loc["A", ["measured_share", "tried_share", "vendor_claim_share"]]
    assert shares.tolist() == pytest.approx([2 / 6, 3 / 6, 1 / 6])
    assert choice.evidence.loc["C", "vendor_claim_share"] == pytest.approx(1)
    assert not choice.only_claims
    assert choice.explain("A")["criterion"].tolist() == ["ease", "fit", "cost"]
    assert "leaflet" in choice.explain("A").set_index("criterion").loc["ease", "source"]


def test_a_missed_must_have_puts_the_best_score_out_and_unknown_stays_open():
    gates = [{"name": "on premises", "met": {"A": True, "C": False}}]
    choice = choose_system(decision(must_haves=gates), n=500)
    assert list(choice.matrix.index) == ["A", "B"]
    assert choice.left_out["system"].tolist() == ["C"]
    keys = [f.key for f in review_choice(choice)]
    assert "gate_missed" in keys
    assert "gate_unknown" in keys


def test_articles_are_shown_as_claims_that_contradict_one_another():
    choice = choose_system(articles_decision(), n=500)
    said = choice.contradictions.set_index("system")
    assert said.loc["Salesforce", ["lowest_value", "highest_value"]].tolist() == [8, 9]
    assert said.loc["Zoho CRM", ["lowest_value", "highest_value"]].tolist() == [7.5, 8]
    findings = {f.key: f for f in review_choice(choice)}
    assert findings["only_vendor_claims"].status == "unknown"
    assert findings["claims_contradict"].status == "act"
    assert findings["dominates_all"].status == "unknown", "claims alone never make a system good"
    assert "Salesforce 8 / 9" in findings["claims_contradict"].text("en")


def test_costs_add_up_by_year_and_user():
    items = [{"system": "A", "item": "x", "low": 1, "likely": 2, "high": 3, "per": "year", "from_year": 2}]
    assert cost_ranges(items, users=(1, 1, 1)).loc[0, ["amount_lower", "amount", "amount_upper"]].tolist() == [2, 4, 6]
    with pytest.raises(InputError, match=r"in order.*cost 1 \(A, x\)"):
        cost_ranges([{**items[0], "low": 5}], users=(1, 1, 1))
    with pytest.raises(InputError, match="users"):
        cost_ranges(items, users=(3, 2, 1))


@pytest.mark.parametrize(("changes", "message"), [
    ({"claims": [["A", "ease", 11, "tried", "pilot"]]}, r"11, must be on the scale 0 to 10.*A, ease"),
    ({"claims": [["A", "eas", 8, "tried", "pilot"]]}, "did you mean 'ease'"),
    ({"claims": [["A", "ease", 8, "heard", "pilot"]]}, "evidence == 'heard'"),
    ({"claims": [["A", "ease", 8, "tried", ""]]}, "source is empty"),
    ({"claims": [["A", "ease", 8, "tried", "p"], ["A", "ease", 7, "tried", "p"]]}, "two different values"),
    ({"criteria": {"ease": {"zh": "x", "en": "x", "weight": 1, "overall": True}}}, "count the others twice"),
    ({"claims": []}, "must be at least two"),
])
def test_a_faulty_decision_is_refused_by_name(changes, message):
    with pytest.raises(InputError, match=message):
        choose_system(decision(**{"costs": [], **changes}), n=200)


def test_gates_name_unknown_systems_and_answers():
    with pytest.raises(InputError, match="system == 'D'"):
        check_gates([{"name": "x", "met": {"D": True}}], ["A"])
    with pytest.raises(InputError, match="met == 'maybe'"):
        check_gates([{"name": "x", "met": {"A": "maybe"}}], ["A"])


def test_a_decision_file_must_lie_in_the_workspace(tmp_path):
    (tmp_path / "ws").mkdir()
    (tmp_path / "out.yaml").write_text("{}", encoding="utf-8")
    (tmp_path / "ws" / "list.yaml").write_text("- 1", encoding="utf-8")
    with pytest.raises(InputError, match="must lie in the workspace"):
        read_decision_file(tmp_path / "ws", "../out.yaml")
    with pytest.raises(InputError, match=r"Known: list.yaml"):
        read_decision_file(tmp_path / "ws", "none.yaml")
    with pytest.raises(DataError, match="holds list"):
        read_decision_file(tmp_path / "ws", "list.yaml")


def test_parameters_are_checked():
    with pytest.raises(ParameterError, match="weightings"):
        SelectionParameters.read({"weighting": 100})
    assert SelectionParameters.from_notebook({"weightings": 200, "other": 1}).weightings == 200


def test_frames_are_copied():
    choice = choose_system(decision(), n=200)
    frame = choice.to_frame()
    frame.iloc[0, 0] = "changed"
    assert "changed" not in choice.to_frame()["system"].tolist()
    assert isinstance(choice.scores, pd.DataFrame)


def test_a_claim_on_costs_is_refused_and_years_are_whole():
    with pytest.raises(InputError, match="comes from the costs"):
        decision(claims=[*decision().claims, ["A", "cost", 3, "vendor_claim", "leaflet"]])
    item = {"system": "A", "item": "x", "low": 1, "likely": 1, "high": 1, "per": "year"}
    for wrong in (0, 2.9, True):
        with pytest.raises(InputError, match="from_year"):
            cost_ranges([{**item, "from_year": wrong}], users=(1, 1, 1))


def test_contradicting_claims_dominate_nothing():
    claims = [["A", "ease", 9, "tried", "p"], ["A", "ease", 6, "tried", "q"], ["B", "ease", 7.4, "tried", "p"],
              ["A", "fit", 5, "tried", "p"], ["B", "fit", 5, "tried", "p"]]
    criteria = {n: {"zh": n, "en": n, "scale": [0, 10], "weight": 1} for n in ("ease", "fit")}
    choice = choose_system(decision(claims=claims, costs=[], criteria=criteria), n=2000)
    assert choice.dominated.empty
    assert 0.3 < choice.first.loc["A", "saw_first_share"] < 0.7
    assert 0.01 < choice.first.loc["A", "mc_error_share"] < 0.05, "the doubt of the drawn tables counts"
    assert "dominates_all" not in [f.key for f in review_choice(choice)]


def test_a_measurement_is_not_contradicted_by_a_claim_it_sets_aside():
    claims = [["A", "ease", 6, "measured", "test"], ["A", "ease", 9, "vendor_claim", "leaflet"]]
    rest = [["B", "ease", 7, "tried", "p"], ["A", "fit", 5, "tried", "p"], ["B", "fit", 6, "tried", "p"]]
    choice = choose_system(decision(claims=[*claims, *rest], costs=[],
                                    criteria={n: {"zh": n, "en": n, "weight": 1} for n in ("ease", "fit")}), n=500)
    assert choice.contradictions["is_set_aside"].tolist() == [True]
    findings = {f.key: f for f in review_choice(choice)}
    assert findings["claims_set_aside"].status == "watch"
    assert "claims_contradict" not in findings


def test_first_places_by_promethee_use_the_decisions_thresholds():
    claims = [[s, c, v, "tried", "p"] for s, row in {"A": (8.1, 5), "B": (8.0, 8), "C": (7.9, 8.5)}.items()
              for c, v in zip(("ease", "fit"), row, strict=True)]
    choice = choose_system(decision(claims=claims, costs=[], indifference={"ease": 1, "fit": 1}, preference={"ease": 2, "fit": 2},
                                    criteria={n: {"zh": n, "en": n, "weight": 1} for n in ("ease", "fit")}), n=500)
    assert choice.first["promethee_first_share"].round(2).tolist() == [0, 0.5, 0.5]


@pytest.mark.parametrize(("act", "spoken"), [
    (lambda: cost_ranges([{"system": "A", "item": "x", "low": 3, "likely": 2, "high": 4, "per": "once"}], users=(1, 1, 1)),
     "low、likely、high 为 [3.0, 2.0, 4.0]，应不小于零且由低到高。位置：第 1 项费用（A，x）。"),
    (lambda: check_gates([{"name": "数据留在境内", "met": {"A": "maybe"}}], ["A"]),
     "met 为 'maybe'，应为 true、false 或留空。位置：必备条件 数据留在境内，A。"),
    (lambda: check_claims(pd.DataFrame([["A", "ease", -1, "tried", "pilot"]], columns=COLUMNS), lowest=0),
     "value 为 -1，应在量表 0 至 ∞ 之内。位置：第 1 行（A，ease）。"),
])  # fmt: skip
def test_what_is_wrong_with_a_decision_is_said_in_the_readers_language(act, spoken):
    with pytest.raises(InputError) as caught:
        act()
    assert say_error(caught.value, "zh") == spoken
