import datetime as dt

import pytest

from salesplan.errors import InputError
from salesplan.findings import SALES_DIRECTOR, Finding, sort_findings, to_frame


@pytest.fixture
def findings():
    return [
        Finding(key="fine", status="ok", message="{n_nodes} units", details={"n_nodes": 2}),
        Finding(
            key="bad", status="act", message="Gap of {gap}", details={"gap": 1.2e6}, action="Close {gap}",
            owner=SALES_DIRECTOR, due=dt.date(2027, 1, 31), node_id="co|*",
        ),
        Finding(key="hm", status="unknown", message="No evidence"),
        Finding(key="look", status="watch", message="{share} are late", details={"share": 0.25}),
    ]  # fmt: skip


def test_the_most_urgent_come_first(findings):
    assert [f.key for f in sort_findings(findings)] == ["bad", "look", "hm", "fine"]


def test_words_are_filled_by_the_name_of_each_detail(findings):
    frame = to_frame(findings, "en")
    assert frame["message"].tolist() == ["Gap of 1.20M", "25.0% are late", "No evidence", "2 units"]
    assert frame.loc[0, ["action", "owner", "status"]].tolist() == ["Close 1.20M", "Sales director", "Act"]
    assert frame["due"].tolist() == [dt.date(2027, 1, 31), None, None, None]


def test_raw_findings_keep_their_numbers(findings):
    frame = to_frame(findings)
    assert frame.loc[0, "details"] == {"gap": 1.2e6}
    assert frame.loc[0, "status"] == "act"


def test_no_findings_make_an_empty_table_with_its_columns():
    assert to_frame([], "zh").columns.tolist() == ["key", "status", "message", "action", "owner", "due", "node_id"]


def test_details_are_copied_in():
    details = {"gap": 1.0}
    finding = Finding(key="k", status="ok", message="{gap}", details=details)
    details["gap"] = 2.0
    assert finding.details == {"gap": 1.0}


def test_names_with_braces_cannot_break_a_sentence():
    finding = Finding(key="k", status="ok", message="{name} is late", details={"name": "{0.__class__}"})
    assert finding.text("en") == "{0.__class__} is late"


def test_unknown_status_is_named():
    with pytest.raises(InputError, match="status == 'atc'"):
        Finding(key="k", status="atc", message="")
