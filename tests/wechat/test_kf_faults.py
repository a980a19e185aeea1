"""微信客服: nothing is lost or doubled, whatever breaks between WeCom and us."""

import asyncio
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from integrations.crm.conversations import channel_accounts
from integrations.crm.conversations.channel_accounts import account_row
from integrations.crm.models import Conversation, Message
from integrations.wechat import kf_intake, kf_puller
from integrations.wechat.kf_api import Page
from integrations.wechat.kf_channel import KfChannel
from tests.fakes.api_server import Fault
from tests.fakes.wecom_world import KfAccount
from tests.wechat.conftest import StartKf
from tests.wechat.kf_server import CUSTOMER, KfServer, kf_settings_for
from tests.wechat.messenger_server import eventually
from tests.wechat.server import picture


def test_many_pages(start_kf: StartKf) -> None:
    kf = start_kf(before=tuple(f"问题{n}" for n in range(7)))
    kf.wecom.world.max_page = 2
    kf.say("问题7")
    eventually(lambda: kf.received() == [f"问题{n}" for n in range(8)])
    eventually(lambda: "\n\n".join(kf.texts()) == "\n\n".join(f"收到：问题{n}" for n in range(8)))
    kf.all_is_well(8)


def test_a_lost_callback_is_found_out(start_kf: StartKf) -> None:
    kf = start_kf(poll_seconds=0.4)
    eventually(lambda: kf.account_row().cursor)
    kf.wecom.postman.url = "http://127.0.0.1:9/wecom"
    assert not kf.say("查余额").accepted
    assert eventually(kf.texts) == ["收到：查余额"]
    kf.all_is_well(1)


def test_a_message_from_before_the_start_is_answered(start_kf: StartKf) -> None:
    kf = start_kf(before=("在吗",))
    assert eventually(kf.texts) == ["收到：在吗"]
    kf.all_is_well(1)


@pytest.mark.parametrize("at_once", [1, 2, 1000])
def test_what_is_long_past_at_the_first_start_is_kept_and_not_answered(
    start_kf: StartKf, at_once: int
) -> None:
    kf = start_kf(before=("我的卡丢了", "\u200b", "在吗"), ago=3600, poll_seconds=0.2)
    kf.wecom.world.max_page = at_once
    eventually(lambda: kf.received() == ["［历史消息］我的卡丢了", "［历史消息］在吗"])
    stored = kf.messages(kf.conversation())
    assert {one.turn for one in stored} == {"human"}
    assert all(timedelta(minutes=59) < kf.clock() - one.created_at < timedelta(hours=2) for one in stored)
    closes = kf.sending().closes_at  # the desk may still write to them
    assert closes is not None and closes - kf.clock() < timedelta(hours=47, minutes=1)
    kf.say("还在吗")
    assert eventually(kf.texts) == ["收到：还在吗"]
    kf.all_is_well(3)


def test_a_picture_of_the_past_is_kept(start_kf: StartKf) -> None:
    kf = start_kf(before=("证据",), ago=3600)
    eventually(lambda: kf.account_row().cursor)
    kf.stop()
    asyncio.run(kf.wecom.send_picture(CUSTOMER, picture()))
    asyncio.run(kf.wecom.send(CUSTOMER, "video", {"media_id": "m"}))
    kf.act(lambda s: setattr(account_row_of(s), "cursor", "of-another-time"))
    kf.advance(3600)
    kf.start()
    eventually(lambda: kf.received()[1:] == ["［历史消息］［图片］", "［历史消息］［视频］"])
    assert kf.messages(kf.conversation())[1].payload["attachment"] and kf.texts() == []


def test_what_came_while_we_were_away_is_answered(kf: KfServer) -> None:
    kf.say("一")
    eventually(lambda: kf.texts() == ["收到：一"])
    kf.stop()
    kf.say("二")
    kf.advance(3600)
    kf.start()
    eventually(lambda: kf.texts() == ["收到：一", "收到：二"])


def test_callbacks_that_overlap_make_one_message(kf: KfServer) -> None:
    eventually(lambda: kf.account_row().cursor)
    kf.wecom.postman.url = "http://127.0.0.1:9/wecom"
    kf.say("查余额")
    kf.wecom.postman.url = f"{kf.base}/wecom"

    async def come_together() -> list[int | None]:
        requests = [kf.wecom.request() for _ in range(3)]
        posts = (kf.wecom.postman.post(one.params, one.body) for one in requests * 2)
        return [answer.status for answer in await asyncio.gather(*posts)]

    assert asyncio.run(come_together()) == [200] * 6
    assert eventually(kf.texts) == ["收到：查余额"]
    kf.all_is_well(1)


@pytest.mark.parametrize("cursor", [None, "of-another-time"])
def test_three_days_again_double_nothing(kf: KfServer, cursor: str | None) -> None:
    for text in ("一", "二"):
        kf.say(text)
        eventually(lambda text=text: f"收到：{text}" in kf.texts())
    kf.all_is_well(2)

    def forget(session: Session) -> None:
        account_row(session, "wecom", kf.account.open_kfid).cursor = cursor

    kf.act(forget)
    kf.say("三")
    eventually(lambda: kf.texts() == ["收到：一", "收到：二", "收到：三"])
    kf.all_is_well(3)
    assert kf.received() == ["一", "二", "三"]


def test_a_restart_goes_on_where_it_was(kf: KfServer) -> None:
    kf.say("一")
    eventually(lambda: kf.statuses() == ["shown"])
    kf.stop()
    kf.say("二")
    kf.start()
    eventually(lambda: kf.texts() == ["收到：一", "收到：二"])
    kf.all_is_well(2)


def race(kf: KfServer) -> None:
    """Two more processes read the account while the customer writes."""
    settings = kf_settings_for(kf.account, kf.api.base, poll_seconds=0.1)

    async def read_and_write() -> None:
        channels = [KfChannel(settings, kf.settings, kf.database, kf.clock, {}) for _ in range(2)]
        running = [asyncio.create_task(one.run()) for one in channels]
        for n in range(5):
            await kf.wecom.say(CUSTOMER, f"第{n}句")
            await asyncio.sleep(0.2)
        await asyncio.sleep(0.5)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    asyncio.run(read_and_write())
    eventually(lambda: "\n\n".join(kf.texts()) == "\n\n".join(f"收到：第{n}句" for n in range(5)))
    kf.all_is_well(5)


@pytest.mark.parametrize("mannerly", [True, False])
def test_several_processes_read_one_account(
    kf: KfServer, monkeypatch: pytest.MonkeyPatch, mannerly: bool
) -> None:
    if not mannerly:
        # As if the lease ran out each time: what one has stored the others must not.
        monkeypatch.setattr(kf_puller.Puller, "_begin", lambda self, session: bool(account_row_of(session)))
    race(kf)


def account_row_of(session: Session) -> object:
    return account_row(session, "wecom", KfAccount().open_kfid)


def test_several_processes_on_postgresql(tmp_path: Path, postgresql_url: str) -> None:
    kf = KfServer(tmp_path, changes={"database_url": postgresql_url})
    try:
        race(kf)
    finally:
        kf.stop()
        pool = kf.database.engine.pool
        eventually(lambda: pool.checkedout() == 0)  # transactions under way give their connections back
        kf.close()


def test_a_page_that_another_process_has_stored_is_left(kf: KfServer) -> None:
    cursor = eventually(lambda: kf.account_row().cursor)
    account = kf.channel._pullers[kf.account.open_kfid]._kf
    page = Page([], "further-on", more=False)
    with pytest.raises(kf_intake.Overtaken):
        kf.act(lambda s: kf_intake.store_page(account, page, "before-that", {}, s))
    assert kf.account_row().cursor == cursor


def test_a_page_is_stored_whole_or_not_at_all(kf: KfServer, monkeypatch: pytest.MonkeyPatch) -> None:
    eventually(lambda: kf.account_row().cursor)
    move_cursor, failures = (
        channel_accounts.move_cursor,
        [OperationalError("", None, Exception("killed"))] * 2,
    )

    def fail_at_first(session: Session, *given: Any, **more: Any) -> bool:
        if failures:
            assert session.scalar(select(func.count(Message.id))) == 2
            raise failures.pop()
        return move_cursor(session, *given, **more)

    monkeypatch.setattr(channel_accounts, "move_cursor", fail_at_first)
    kf.wecom.postman.url = "http://127.0.0.1:9/wecom"
    kf.say("证据如下")
    kf.wecom.postman.url = f"{kf.base}/wecom"
    asyncio.run(kf.wecom.send_picture(CUSTOMER, picture()))
    eventually(lambda: kf.received() == ["证据如下", "［图片］"])
    kf.all_is_well(2)
    assert not failures and len(list(kf.settings.upload_folder.iterdir())) == 1


@pytest.mark.parametrize("spoil", ["expire", "invalidate"])
def test_a_token_that_ends_is_replaced(kf: KfServer, spoil: str) -> None:
    kf.say("一")
    eventually(lambda: kf.statuses() == ["shown"])
    before = len(kf.wecom.api.calls_to("gettoken"))
    getattr(kf.wecom.api.tokens, spoil)()
    kf.say("二")
    eventually(lambda: kf.texts() == ["收到：一", "收到：二"])
    assert len(kf.wecom.api.calls_to("gettoken")) == before + 1
    kf.all_is_well(2)


@pytest.mark.parametrize("path", ["kf/sync_msg", "kf/send_msg"])
@pytest.mark.parametrize("fault", [-1, "hang", "reset", "http502", "not_json", 42001, 40014])
def test_what_breaks_once_is_tried_again(kf: KfServer, path: str, fault: Fault) -> None:
    eventually(lambda: kf.account_row().cursor)
    kf.wecom.inject(path, fault)
    assert kf.say("查余额").accepted
    assert eventually(kf.texts) == ["收到：查余额"]
    kf.all_is_well(1)


def test_an_answer_that_gets_lost_is_not_sent_twice(kf: KfServer, monkeypatch: pytest.MonkeyPatch) -> None:
    phone = kf.wecom.phone(CUSTOMER)
    show, delays = phone.show, [1.5]  # longer than we wait for an answer

    def show_slowly(*shown: Any) -> None:
        show(*shown)
        if delays:
            time.sleep(delays.pop())

    monkeypatch.setattr(phone, "show", show_slowly)
    kf.say("查余额")
    eventually(lambda: kf.statuses() == ["shown"])
    assert kf.texts() == ["收到：查余额"]
    assert [call.errcode for call in kf.wecom.api.calls_to("kf/send_msg")] == [0, 40058]
    assert kf.sending().remaining == kf.wecom.quota(CUSTOMER) == 4


def test_a_wrong_secret_is_the_operators(start_kf: StartKf) -> None:
    kf = start_kf(secret="wrong")
    problem = str(eventually(lambda: kf.account_row().problem))
    assert "secret 不正确" in problem and "40001" in problem
    assert kf.say("在吗").accepted


def test_wrong_callbacks_store_nothing_and_are_no_fault(kf: KfServer) -> None:
    eventually(lambda: kf.account_row().cursor)
    pulls = len(kf.wecom.api.calls_to("kf/sync_msg"))
    request = kf.wecom.request()
    wrong = request.params | {"msg_signature": "0" * 40}
    cases: list[tuple[dict[str, str], bytes]] = [
        (wrong, request.body.encode()),
        ({}, request.body.encode()),
        (request.params, request.body.encode()[:60]),
        (request.params, b"x" * 300_000),
        (request.params, b""),
        (request.params, b"{}"),
        (request.params, b"\xff\xfe\x00"),
        (request.params, b"<!DOCTYPE x [<!ENTITY a 'b'>]><xml><Encrypt>&a;</Encrypt></xml>"),
        (request.params, b"<xml><Encrypt>AAAA</Encrypt></xml>"),
        (request.params | {"nonce": "n" * 1000}, request.body.encode()),
    ]
    with httpx.Client(trust_env=False) as client:
        for params, body in cases:
            assert client.post(f"{kf.base}/wecom", params=params, content=body).status_code == 403
        for params in ({}, wrong, wrong | {"echostr": "x"}):
            assert client.get(f"{kf.base}/wecom", params=params).status_code == 403
        for inside in (
            "<xml>",
            "no xml",
            "<xml><Event>kf_msg_or_event</Event><OpenKfId>../x</OpenKfId></xml>",
        ):
            sealed = kf.wecom._request(inside)
            body_ = f"<xml><Encrypt>{sealed.body}</Encrypt></xml>".encode()
            answer = client.post(f"{kf.base}/wecom", params=sealed.params, content=body_)
            assert (answer.status_code, answer.text) == (200, "success")
    assert kf.count(Message) == 0 and kf.count(Conversation) == 0
    assert len(kf.wecom.api.calls_to("kf/sync_msg")) == pulls


def test_strange_items_harm_nothing(kf: KfServer) -> None:
    theirs = {"origin": 3, "msgtype": "text", "external_userid": CUSTOMER, "send_time": 2 * 10**9}
    event = {"origin": 4, "msgtype": "event", "send_time": 2 * 10**9}
    kf.wecom.world.log += [
        theirs | {"external_userid": "x" * 200, "text": {"content": "谁"}},
        theirs | {"msgtype": ["text"]},
        theirs | {"origin": 5, "text": {"content": "同事写的"}},
        theirs | {"open_kfid": "wkOther", "text": {"content": "给别的账号"}},
        event | {"event": {"event_type": "servicer_status_change"}},
        event | {"event": {"event_type": "session_status_change", "external_userid": CUSTOMER}},
        event | {"event": {"event_type": "msg_send_fail", "external_userid": CUSTOMER, "fail_type": "x"}},
        theirs | {"msgid": "m" * 500, "text": {"content": "有\x00字"}},
    ]
    kf.say("查余额")
    eventually(lambda: kf.received() == ["［暂不支持的消息］", "有字", "查余额"])
    kf.all_is_well(3)
