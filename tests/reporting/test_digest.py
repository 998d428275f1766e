"""Digests speak only of what their recipient may see, and go out once."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pandas as pd
import pytest

from salesplan.data.recipients import Recipient, read_recipients
from salesplan.data.workspace import Workspace
from salesplan.errors import InputError
from salesplan.reporting.delivery import deliver, deliveries_frame
from salesplan.reporting.digest import LONGEST, make_digests
from salesplan.text.spoken_errors import say_error

UNITS = pd.DataFrame({"unit_id": ["D00", "D10", "D11", "D20", "r1"], "parent_id": [None, "D00", "D10", "D00", "D11"],
                      "level": ["company", "region", "team", "region", "rep"],
                      "name": ["公司", "华东大区", "上海团队", "华南大区", "张伟"]})
PEOPLE = pd.DataFrame({"rep_id": ["m0", "m1", "m2", "r1"], "employee_no": ["E0", "E1", "E2", "E9"],
                       "name": ["总", "张伟", "李娜", "张伟"], "org_id": ["D00", "D10", "D20", "D11"],
                       "role": ["director", "manager", "manager", "rep"], "manager_rep_id": [None, "m0", "m0", "m1"]})


def _summary(unit, name, **more):
    action = {"action_id": f"{unit}-1", "status": "act", "action": f"{name}：补足拜访", "owner": "销售经理", "due": "2026-11-15"}
    return {"unit_id": unit, "name": name, "status": "act", "attainment": 0.912, "p_hit": 0.34, "actions": [action]} | more


SUMMARIES = [_summary("D00", "公司"), _summary("D10", "华东大区"), _summary("D11", "上海团队"), _summary("D20", "华南大区")]


@pytest.fixture
def files(tmp_path):
    made = {}
    for row in SUMMARIES:
        page = tmp_path / row["unit_id"] / "monthly_review.pdf"
        page.parent.mkdir()
        page.write_bytes(row["unit_id"].encode())
        made[row["unit_id"]] = {"pdf": page}
    return made


def _digests(recipients, files, summaries=SUMMARIES):
    return make_digests(recipients, summaries, label="2026-10", units=UNITS, people=PEOPLE, files=files).made


def test_a_manager_gets_own_units_only_in_text_and_files(files):
    digest = _digests([Recipient(user="E1", to=("env:BOT",), attach=("pdf",))], files)[0]
    assert digest.units == ("D10", "D11")
    assert "华南" not in digest.body
    assert "公司" not in digest.body
    assert [file.read_text() for file in digest.files] == ["D10", "D11"]
    assert "91.2%" in digest.body
    assert "华东大区" in digest.title


def test_each_action_is_told_once(files):
    rows = [_summary("D10", "华东大区", actions=SUMMARIES[2]["actions"]), SUMMARIES[2]]
    assert _digests([Recipient(user="E1", to=("x",))], files, rows)[0].body.count("补足拜访") == 1


@pytest.mark.parametrize(("recipient", "words"), [
    (Recipient(user="E1", to=("x",), units=("华南大区",)), "华南大区.*no unit E1 may see"),
    (Recipient(user="E7", to=("x",)), "must be the person id"),
    (Recipient(user="张伟", to=("x",)), "must be the person id"),
])
def test_nobody_is_sent_what_they_may_not_see(recipient, words, files):
    with pytest.raises(InputError, match=words):
        _digests([Recipient(user="E1", to=("x",)), recipient], files)


def test_each_action_says_whom_it_is_about(files):
    actions = [{"action_id": str(place), "status": "watch", "about": name, "action": "先与本人沟通。", "owner": "销售经理",
                "due": "2026-11-16"} for place, name in enumerate(("王芳", "李强", "上海团队"))]
    body = _digests([Recipient(user="E1", to=("x",))], files, [_summary("D11", "上海团队", actions=actions)])[0].body
    for line in ("1. 王芳：先与本人沟通。（上海团队，销售经理，2026-11-16）", "2. 李强：先", "3. 上海团队：先与本人沟通。（销售经理，"):
        assert line in body


def test_who_leads_no_reviewed_unit_is_left_out_and_the_others_get_theirs(files):
    people = [Recipient(user="E9", to=("x",), entry=1), Recipient(user="E1", to=("x",), entry=2),
              Recipient(user="E2", to=("x",), units=("华南大区",), entry=3)]
    found = make_digests(people, SUMMARIES[:3], label="2026-10", units=UNITS, people=PEOPLE, files=files)
    assert [digest.user for digest in found.made] == ["m1"]
    said = [say_error(error, "zh") for error in found.left_out]
    assert ["第1条" in said[0].replace(" ", ""), "第3条" in said[1].replace(" ", "")] == [True, True]
    assert all("没有做过复盘的单位" in one for one in said)


def test_the_same_person_and_address_twice_is_refused_however_written(files, tmp_path, monkeypatch):
    monkeypatch.setenv("BOT_HERE", "json://127.0.0.1:9/one")
    twice = [Recipient(user="E1", to=("json://127.0.0.1:9/one",), entry=2), Recipient(user="E2", to=("json://127.0.0.1:9/one",), entry=3),
             Recipient(user="m1", to=("env:BOT_HERE",), entry=5)]
    with pytest.raises(InputError, match="entries 2 and 5"):
        deliver(_digests(twice, files), folder=tmp_path)
    assert len(deliver(_digests(twice[:2], files), folder=tmp_path)) == 2


def test_a_group_robot_takes_the_message_of_a_large_company(files):
    many = [_summary(unit, unit * 40) for unit in ("D00", "D10", "D11", "D20")]
    assert len(_digests([Recipient(user="E0", to=("x",))], files, many)[0].body.encode()) <= LONGEST


@pytest.fixture
def channel():
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200 if "fails" not in self.path else 500)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"json://127.0.0.1:{server.server_port}", got
    server.shutdown()
    server.server_close()


def test_a_dry_run_sends_nothing_and_needs_no_keys(files, channel, tmp_path):
    address, got = channel
    digests = _digests([Recipient(user="E1", to=(f"{address}/one", "env:NOT_SET_HERE"), attach=("pdf",))], files)
    shown = deliveries_frame(deliver(digests, folder=tmp_path))
    assert shown["delivery"].tolist() == ["would_send", "would_fail"]
    assert shown["n_files"].tolist() == [2, 0] and shown["n_files_left_out"].tolist() == [0, 0]
    assert "NOT_SET_HERE is not set" in shown["reason"].iloc[1]
    assert got == []


def test_messages_go_out_once_with_their_files(files, channel, tmp_path):
    address, got = channel
    digests = _digests([Recipient(user="E1", to=(f"{address}/one",), attach=("pdf",))], files)
    assert [one.outcome for one in deliver(digests, folder=tmp_path, send=True)] == ["sent"]
    assert [one.outcome for one in deliver(digests, folder=tmp_path, send=True)] == ["already_sent"]
    assert len(got) == 1
    assert "华东大区" in got[0]["title"]
    assert len(got[0]["attachments"]) == 2
    assert [one.outcome for one in deliver(digests, folder=tmp_path, send=True, again=True)] == ["sent"]


def test_a_channel_that_fails_stops_no_other_and_is_tried_again(files, channel, tmp_path):
    address, got = channel
    digests = _digests([Recipient(user="E1", to=(f"{address}/fails", f"{address}/good"))], files)
    made = deliver(digests, folder=tmp_path, send=True)
    assert [one.outcome for one in made] == ["failed", "sent"]
    assert made[0].reason
    assert [one.outcome for one in deliver(digests, folder=tmp_path, send=True)] == ["failed", "already_sent"]
    assert len(got) == 3


def test_nothing_is_sent_when_one_address_is_wrong(files, channel, tmp_path):
    address, got = channel
    for wrong, words in (("env:NOT_SET_HERE", "NOT_SET_HERE"), ("pigeon//x", "no channel")):
        digests = _digests([Recipient(user="E1", to=(address,)), Recipient(user="E2", to=(wrong,))], files)
        with pytest.raises(InputError, match=words):
            deliver(digests, folder=tmp_path, send=True)
    assert got == []


def test_the_masked_address_hides_the_key(files, tmp_path):
    digests = _digests([Recipient(user="E1", to=("wecombot://abcdefghijklmnopqrstuvwx",))], files)
    assert "abcdefgh" not in str(deliveries_frame(deliver(digests, folder=tmp_path)).to_dict())


@pytest.mark.parametrize(("text", "words"), [
    ("- {user: E1}", "entry 1"),
    ("- {user: E1, to: x, unit: D10}", "did you mean 'units'"),
    ("- {user: E1, to: x}\n- {user: E2, to: x, attach: doc}", "entry 2"),
    ("user: [", "cannot be read"),
    ("{}", "no list"),
    ("- {user: E1, to: x, language: fr}", "zh or en"),
])
def test_faulty_recipient_files_are_refused_by_entry(text, words, tmp_path):
    space = Workspace(tmp_path / "w").create()
    (space.path / "recipients.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        read_recipients(space)
