"""微信客服: nothing is lost or doubled, whatever breaks between WeCom and us."""

import asyncio
import time
from collections.abc import Iterator
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
from tests.wechat.kf_server import CUSTOMER, KfServer, Start, all_is_well, kf_settings_for, starting
from tests.wechat.messenger_server import eventually
from tests.wechat.server import picture


@pytest.fixture
def start(tmp_path: Path, sqlite_url: str) -> Iterator[Start]:
    """Start a server: start(before=…, listed=…, **options of the channel)."""
    with starting(tmp_path, sqlite_url) as begin:
        yield begin


@pytest.fixture
def server(start: Start) -> KfServer:
    return start()


def test_many_pages(start: Start) -> None:
    server = start(before=[f"问题{n}" for n in range(7)])
    server.kf.world.max_page = 2
    server.say("问题7")
    eventually(lambda: server.received() == [f"问题{n}" for n in range(8)])
    eventually(lambda: "\n\n".join(server.texts()) == "\n\n".join(f"收到：问题{n}" for n in range(8)))
    all_is_well(server, 8)


def test_a_lost_callback_is_found_out(start: Start) -> None:
    server = start(poll_seconds=0.4)
    eventually(lambda: server.account_row().cursor)
    server.kf.postman.url = "http://127.0.0.1:9/wecom"
    assert not server.say("查余额").accepted
    assert eventually(server.texts) == ["收到：查余额"]
    all_is_well(server, 1)


def test_a_message_from_before_the_start_is_answered(start: Start) -> None:
    server = start(before=["在吗"])
    assert eventually(server.texts) == ["收到：在吗"]
    all_is_well(server, 1)


@pytest.mark.parametrize("at_once", [1, 2, 1000])
def test_what_is_long_past_at_the_first_start_is_kept_and_not_answered(start: Start, at_once: int) -> None:
    server = start(before=["我的卡丢了", "\u200b", "在吗"], ago=3600, poll_seconds=0.2)
    server.kf.world.max_page = at_once
    eventually(lambda: server.received() == ["［历史消息］我的卡丢了", "［历史消息］在吗"])
    stored = server.messages(server.conversation())
    assert {one.turn for one in stored} == {"human"}
    assert all(timedelta(minutes=59) < server.clock() - one.created_at < timedelta(hours=2) for one in stored)
    closes = server.sending().closes_at  # the desk may still write to them
    assert closes is not None and closes - server.clock() < timedelta(hours=47, minutes=1)
    server.say("还在吗")
    assert eventually(server.texts) == ["收到：还在吗"]
    all_is_well(server, 3)


def test_a_picture_of_the_past_is_kept(start: Start) -> None:
    server = start(before=["证据"], ago=3600)
    eventually(lambda: server.account_row().cursor)
    server.stop()
    asyncio.run(server.kf.send_picture(CUSTOMER, picture()))
    asyncio.run(server.kf.send(CUSTOMER, "video", {"media_id": "m"}))
    server.act(lambda s: setattr(account_row_of(s), "cursor", "of-another-time"))
    server.advance(3600)
    server.start()
    eventually(lambda: server.received()[1:] == ["［历史消息］［图片］", "［历史消息］［视频］"])
    assert server.messages(server.conversation())[1].payload["attachment"] and server.texts() == []


def test_what_came_while_we_were_away_is_answered(server: KfServer) -> None:
    server.say("一")
    eventually(lambda: server.texts() == ["收到：一"])
    server.stop()
    server.say("二")
    server.advance(3600)
    server.start()
    eventually(lambda: server.texts() == ["收到：一", "收到：二"])


def test_callbacks_that_overlap_make_one_message(server: KfServer) -> None:
    eventually(lambda: server.account_row().cursor)
    server.kf.postman.url = "http://127.0.0.1:9/wecom"
    server.say("查余额")
    server.kf.postman.url = f"{server.base}/wecom"

    async def come_together() -> list[int | None]:
        requests = [server.kf.request() for _ in range(3)]
        posts = (server.kf.postman.post(one.params, one.body) for one in requests * 2)
        return [answer.status for answer in await asyncio.gather(*posts)]

    assert asyncio.run(come_together()) == [200] * 6
    assert eventually(server.texts) == ["收到：查余额"]
    all_is_well(server, 1)


@pytest.mark.parametrize("cursor", [None, "of-another-time"])
def test_three_days_again_double_nothing(server: KfServer, cursor: str | None) -> None:
    for text in ("一", "二"):
        server.say(text)
        eventually(lambda text=text: f"收到：{text}" in server.texts())
    all_is_well(server, 2)

    def forget(session: Session) -> None:
        account_row(session, "wecom", server.account.open_kfid).cursor = cursor

    server.act(forget)
    server.say("三")
    eventually(lambda: server.texts() == ["收到：一", "收到：二", "收到：三"])
    all_is_well(server, 3)
    assert server.received() == ["一", "二", "三"]


def test_a_restart_goes_on_where_it_was(server: KfServer) -> None:
    server.say("一")
    eventually(lambda: server.statuses() == ["shown"])
    server.stop()
    server.say("二")
    server.start()
    eventually(lambda: server.texts() == ["收到：一", "收到：二"])
    all_is_well(server, 2)


def race(server: KfServer) -> None:
    """Two more processes read the account while the customer writes."""
    settings = kf_settings_for(server.account, server.api.base, poll_seconds=0.1)

    async def read_and_write() -> None:
        channels = [KfChannel(settings, server.settings, server.database, server.clock, {}) for _ in range(2)]
        running = [asyncio.create_task(one.run()) for one in channels]
        for n in range(5):
            await server.kf.say(CUSTOMER, f"第{n}句")
            await asyncio.sleep(0.2)
        await asyncio.sleep(0.5)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    asyncio.run(read_and_write())
    eventually(lambda: "\n\n".join(server.texts()) == "\n\n".join(f"收到：第{n}句" for n in range(5)))
    all_is_well(server, 5)


@pytest.mark.parametrize("mannerly", [True, False])
def test_several_processes_read_one_account(
    server: KfServer, monkeypatch: pytest.MonkeyPatch, mannerly: bool
) -> None:
    if not mannerly:
        # As if the lease ran out each time: what one has stored the others must not.
        monkeypatch.setattr(kf_puller.Puller, "_begin", lambda self, session: bool(account_row_of(session)))
    race(server)


def account_row_of(session: Session) -> object:
    return account_row(session, "wecom", KfAccount().open_kfid)


def test_several_processes_on_postgresql(tmp_path: Path, postgresql_url: str) -> None:
    server = KfServer(tmp_path, changes={"database_url": postgresql_url})
    try:
        race(server)
    finally:
        server.stop()
        pool = server.database.engine.pool
        eventually(lambda: pool.checkedout() == 0)  # transactions under way give their connections back
        server.close()


def test_a_page_that_another_process_has_stored_is_left(server: KfServer) -> None:
    cursor = eventually(lambda: server.account_row().cursor)
    kf = server.channel._pullers[server.account.open_kfid]._kf
    page = Page([], "further-on", more=False)
    with pytest.raises(kf_intake.Overtaken):
        server.act(lambda s: kf_intake.store_page(kf, page, "before-that", {}, s))
    assert server.account_row().cursor == cursor


def test_a_page_is_stored_whole_or_not_at_all(server: KfServer, monkeypatch: pytest.MonkeyPatch) -> None:
    eventually(lambda: server.account_row().cursor)
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
    server.kf.postman.url = "http://127.0.0.1:9/wecom"
    server.say("证据如下")
    server.kf.postman.url = f"{server.base}/wecom"
    asyncio.run(server.kf.send_picture(CUSTOMER, picture()))
    eventually(lambda: server.received() == ["证据如下", "［图片］"])
    all_is_well(server, 2)
    assert not failures and len(list(server.settings.upload_folder.iterdir())) == 1


@pytest.mark.parametrize("spoil", ["expire", "invalidate"])
def test_a_token_that_ends_is_replaced(server: KfServer, spoil: str) -> None:
    server.say("一")
    eventually(lambda: server.statuses() == ["shown"])
    before = len(server.kf.api.calls_to("gettoken"))
    getattr(server.kf.api.tokens, spoil)()
    server.say("二")
    eventually(lambda: server.texts() == ["收到：一", "收到：二"])
    assert len(server.kf.api.calls_to("gettoken")) == before + 1
    all_is_well(server, 2)


@pytest.mark.parametrize("path", ["kf/sync_msg", "kf/send_msg"])
@pytest.mark.parametrize("fault", [-1, "hang", "reset", "http502", "not_json", 42001, 40014])
def test_what_breaks_once_is_tried_again(server: KfServer, path: str, fault: Fault) -> None:
    eventually(lambda: server.account_row().cursor)
    server.kf.inject(path, fault)
    assert server.say("查余额").accepted
    assert eventually(server.texts) == ["收到：查余额"]
    all_is_well(server, 1)


def test_an_answer_that_gets_lost_is_not_sent_twice(
    server: KfServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = server.kf.phone(CUSTOMER)
    show, delays = phone.show, [1.5]  # longer than we wait for an answer

    def show_slowly(*shown: Any) -> None:
        show(*shown)
        if delays:
            time.sleep(delays.pop())

    monkeypatch.setattr(phone, "show", show_slowly)
    server.say("查余额")
    eventually(lambda: server.statuses() == ["shown"])
    assert server.texts() == ["收到：查余额"]
    assert [call.errcode for call in server.kf.api.calls_to("kf/send_msg")] == [0, 40058]
    assert server.sending().remaining == server.kf.quota(CUSTOMER) == 4


def test_a_wrong_secret_is_the_operators(start: Start) -> None:
    server = start(secret="wrong")
    problem = str(eventually(lambda: server.account_row().problem))
    assert "secret 不正确" in problem and "40001" in problem
    assert server.say("在吗").accepted


def test_wrong_callbacks_store_nothing_and_are_no_fault(server: KfServer) -> None:
    eventually(lambda: server.account_row().cursor)
    pulls = len(server.kf.api.calls_to("kf/sync_msg"))
    request = server.kf.request()
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
            assert client.post(f"{server.base}/wecom", params=params, content=body).status_code == 403
        for params in ({}, wrong, wrong | {"echostr": "x"}):
            assert client.get(f"{server.base}/wecom", params=params).status_code == 403
        for inside in (
            "<xml>",
            "no xml",
            "<xml><Event>kf_msg_or_event</Event><OpenKfId>../x</OpenKfId></xml>",
        ):
            sealed = server.kf._request(inside)
            body_ = f"<xml><Encrypt>{sealed.body}</Encrypt></xml>".encode()
            answer = client.post(f"{server.base}/wecom", params=sealed.params, content=body_)
            assert (answer.status_code, answer.text) == (200, "success")
    assert server.count(Message) == 0 and server.count(Conversation) == 0
    assert len(server.kf.api.calls_to("kf/sync_msg")) == pulls


def test_strange_items_harm_nothing(server: KfServer) -> None:
    theirs = {"origin": 3, "msgtype": "text", "external_userid": CUSTOMER, "send_time": 2 * 10**9}
    event = {"origin": 4, "msgtype": "event", "send_time": 2 * 10**9}
    server.kf.world.log += [
        theirs | {"external_userid": "x" * 200, "text": {"content": "谁"}},
        theirs | {"msgtype": ["text"]},
        theirs | {"origin": 5, "text": {"content": "同事写的"}},
        theirs | {"open_kfid": "wkOther", "text": {"content": "给别的账号"}},
        event | {"event": {"event_type": "servicer_status_change"}},
        event | {"event": {"event_type": "session_status_change", "external_userid": CUSTOMER}},
        event | {"event": {"event_type": "msg_send_fail", "external_userid": CUSTOMER, "fail_type": "x"}},
        theirs | {"msgid": "m" * 500, "text": {"content": "有\x00字"}},
    ]
    server.say("查余额")
    eventually(lambda: server.received() == ["［暂不支持的消息］", "有字", "查余额"])
    all_is_well(server, 3)
