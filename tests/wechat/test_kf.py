"""微信客服: messages and events of a customer, what their phone shows, and what may go wrong between."""

import asyncio
import io
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from integrations.crm.conversations.channel_accounts import account_row
from integrations.crm.conversations.service import Reply
from integrations.crm.conversations.turns import Turn
from integrations.crm.models import Conversation, Message
from integrations.wechat import kf_intake, kf_puller, wording
from integrations.wechat.kf_channel import KfChannel
from integrations.wechat.kf_sending import message_id, read_message_id
from integrations.wechat.outgoing import Progress
from tests.fakes.api_server import Fault
from tests.fakes.wecom_world import BOT, ENDED, HUMAN, WAITING, KfAccount
from tests.wechat.kf_server import CUSTOMER, KfServer, kf_settings_for
from tests.wechat.server import eventually

Start = Callable[..., KfServer]


@pytest.fixture
def start(tmp_path: Path, sqlite_url: str) -> Iterator[Start]:
    """Start a server: start(before=…, listed=…, **options of the channel)."""
    started: list[KfServer] = []

    def begin(*, before: list[str] | None = None, listed: bool = True, **options: Any) -> KfServer:
        changes = {"database_url": sqlite_url}
        server = KfServer(tmp_path, changes=changes, options=options, before=before or [], listed=listed)
        started.append(server)
        return server

    yield begin
    for server in started:
        server.close()


@pytest.fixture
def server(start: Start) -> KfServer:
    return start()


def all_is_well(server: KfServer, received: int) -> None:
    """Everything stored once, answered, shown."""
    eventually(lambda: set(server.statuses()) == {"shown"})
    ledger = server.ledger()
    assert ledger.received == received
    assert (ledger.waiting, ledger.unanswered, ledger.without_outbox, ledger.gaps) == (0, 0, 0, 0)


def test_handshake(server: KfServer) -> None:
    assert asyncio.run(server.kf.verify()).accepted
    refused = asyncio.run(server.kf.verify(token="wrong"))
    assert not refused.accepted and refused.status == 403


def test_a_question_is_answered_by_send_msg(server: KfServer) -> None:
    delivery = server.say("查余额")
    assert delivery.accepted and delivery.answers[0].body == b"success"
    assert eventually(server.texts) == ["收到：查余额"]
    all_is_well(server, 1)
    assert server.sending().remaining == server.kf.quota(CUSTOMER) == 4
    sent = server.kf.api.calls_to("kf/send_msg")[0].body
    assert sent is not None and len(sent["msgid"]) <= 32
    # In the state 0 the API may send: nobody has to be moved.
    assert server.kf.conversation(CUSTOMER).state == 0


def test_choices_are_a_menu_and_lead_back_to_what_they_say(server: KfServer) -> None:
    buttons = [{"title": "本月", "payload": "查本月的明细"}, {"title": "上月", "payload": "查上月的明细"}]
    server.answer = lambda turn: [Reply("哪段时间？", buttons=buttons)]
    server.say("查明细")
    menu = eventually(server.kf.phone(CUSTOMER).menu_items)
    assert list(menu.values()) == ["本月", "上月"]
    asyncio.run(server.kf.phone(CUSTOMER).tap_menu_item(next(iter(menu))))
    eventually(lambda: server.received() == ["查明细", "查本月的明细"])
    # Here a tap opens the same window as a message.
    eventually(lambda: server.kf.quota(CUSTOMER) == 4 and server.sending().remaining == 4)


def test_more_choices_than_a_menu_has_room_for(server: KfServer) -> None:
    buttons = [{"title": f"选项{n}", "payload": f"要{n}"} for n in range(12)]
    server.answer = lambda turn: [Reply("请选择", buttons=buttons)]
    server.say("有什么")
    shown = eventually(lambda: server.kf.phone(CUSTOMER).shown)[0].content
    assert len(shown["list"]) == 10 and shown["tail_content"] == "也可以回复：选项10、选项11"


def test_texts_hold_no_elements(server: KfServer) -> None:
    server.answer = lambda turn: [
        Reply("**哪张卡？**", buttons=[{"title": "储蓄卡", "payload": "储蓄卡"}]),
        Reply("详见[费率表](https://bank.example/fees)。"),
    ]
    server.say("费率")
    assert eventually(server.texts) == [
        "哪张卡？\n\n您可以回复：\n· 储蓄卡\n\n详见费率表 https://bank.example/fees 。"
    ]


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "PNG")
    return out.getvalue()


def test_a_picture_becomes_evidence(server: KfServer) -> None:
    asyncio.run(server.kf.send_picture(CUSTOMER, picture()))
    eventually(lambda: server.received() == ["［图片］"])
    stored = server.messages(server.conversation())[0]
    assert stored.kind == "image" and stored.payload["attachment"]
    assert len(list(server.settings.upload_folder.iterdir())) == 1


def test_what_is_no_picture_is_owned_up_to(server: KfServer) -> None:
    asyncio.run(server.kf.send_picture(CUSTOMER, b"not a picture"))
    assert eventually(server.texts) == [wording.IMAGE_LOST]
    all_is_well(server, 1)


def test_a_place_goes_to_the_bot_with_its_coordinates(server: KfServer) -> None:
    seen: list[Turn] = []
    server.answer = lambda turn: [Reply(str(seen.append(turn)))]
    place = {"latitude": 30.66, "longitude": 104.08, "name": "春熙路", "address": "成都市锦江区"}
    asyncio.run(server.kf.send(CUSTOMER, "location", place))
    eventually(lambda: seen)
    assert seen[0].metadata["location"] == {"lat": 30.66, "lon": 104.08}
    assert "成都市锦江区 春熙路" in seen[0].text


def test_what_nobody_can_read_is_kept_and_owned_up_to(server: KfServer) -> None:
    things: list[tuple[str, dict[str, Any], str]] = [
        ("voice", {"media_id": "m"}, wording.VOICE_UNREAD),
        ("video", {"media_id": "m"}, wording.VIDEO_UNREAD),
        ("file", {"media_id": "m"}, wording.UNKNOWN_UNREAD),
        ("business_card", {"userid": "linxiao"}, wording.UNKNOWN_UNREAD),
        ("link", {"title": "中奖了", "desc": "", "url": "http://evil.example/x"}, wording.LINK_UNREAD),
        ("location", {"latitude": 1e999, "longitude": "x"}, wording.UNKNOWN_UNREAD),
        ("text", {}, wording.EMPTY),
    ]
    for place, (kind, content, _) in enumerate(things):
        asyncio.run(server.kf.send(CUSTOMER, kind, content))
        eventually(lambda place=place: len(server.texts()) > place)
    assert server.texts() == [answer for *_, answer in things]
    all_is_well(server, 6)


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
        server.close()


def test_a_page_is_stored_whole_or_not_at_all(server: KfServer, monkeypatch: pytest.MonkeyPatch) -> None:
    eventually(lambda: server.account_row().cursor)
    advance, failures = kf_intake._advance, [OperationalError("", None, Exception("killed"))] * 2

    def fail_at_first(*given: Any) -> None:
        if failures:
            assert given[1].scalar(select(func.count(Message.id))) == 2
            raise failures.pop()
        advance(*given)

    monkeypatch.setattr(kf_intake, "_advance", fail_at_first)
    server.kf.postman.url = "http://127.0.0.1:9/wecom"
    server.say("证据如下")
    server.kf.postman.url = f"{server.base}/wecom"
    asyncio.run(server.kf.send_picture(CUSTOMER, picture()))
    eventually(lambda: server.received() == ["证据如下", "［图片］"])
    all_is_well(server, 2)
    assert not failures and len(list(server.settings.upload_folder.iterdir())) == 1


def test_the_fifth_message_is_left_to_people(server: KfServer) -> None:
    long = "请带身份证到网点办理。" * 60  # 1,980 bytes: two of them are two messages
    server.answer = lambda turn: [Reply(long) for _ in range(6)]
    server.say("怎么办")
    eventually(lambda: server.statuses() == ["shown"] * 4 + ["held"] * 2)
    assert len(server.texts()) == 4 and server.kf.quota(CUSTOMER) == 1
    assert server.sending().undelivered_reason == "quota_spent"
    server.take(server.conversation())
    eventually(lambda: len(server.texts()) == 5)
    assert server.kf.quota(CUSTOMER) == 0 and server.sending().remaining == 0


def test_the_window_opens_when_the_customer_wrote(start: Start) -> None:
    server = start()
    eventually(lambda: server.account_row().cursor)
    server.stop()
    server.say("在吗")
    server.advance(47 * 3600)
    server.start()
    assert eventually(server.texts) == ["收到：在吗"]
    closes = server.sending().closes_at
    assert closes is not None and (closes - server.clock()).total_seconds() < 3601


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
    assert "40001" in str(eventually(lambda: server.account_row().problem))
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


def test_a_message_that_does_not_arrive_after_all_is_shown_as_such(server: KfServer) -> None:
    server.say("查余额")
    eventually(lambda: server.statuses() == ["shown"])
    sent = server.kf.api.calls_to("kf/send_msg")[0].body
    assert sent is not None
    for strange in ("", "MSGID", "00000000-1-0-1-1", sent["msgid"] + "x"):
        asyncio.run(server.kf.fail_message(CUSTOMER, strange, 10))
    asyncio.run(server.kf.fail_message(CUSTOMER, sent["msgid"], 10))
    eventually(lambda: server.statuses() == ["failed"])
    state = server.sending()
    assert (state.undelivered, state.undelivered_reason) == (1, "wecom_fail_10")


def test_ids_lead_back_to_what_was_sent() -> None:
    first, last = Progress(10**14, 2, whole=True), Progress(10**14 + 40, 5, whole=False)
    id_ = message_id("0123456789abcdef" * 2, [first, last])
    assert len(id_) <= 32 and read_message_id(id_) == ("01234567", 10**14, 10**14 + 40)
    assert read_message_id("something-else") is None


def test_a_customer_who_comes_is_welcomed_once(server: KfServer) -> None:
    asyncio.run(server.kf.enter(CUSTOMER, "branch-B001"))
    welcome = eventually(server.texts)
    assert "欢迎咨询云川银行" in welcome[0] and "云川银行成都锦江支行" in welcome[0]
    eventually(lambda: server.statuses() == ["shown"])
    menu = server.kf.phone(CUSTOMER).menu_items()
    card = next(id_ for id_, title in menu.items() if title == "查余额")
    asyncio.run(server.kf.phone(CUSTOMER).tap_menu_item(card))
    eventually(lambda: server.received() == ["查询余额"])
    eventually(lambda: server.kf.quota(CUSTOMER) == 4)
    asyncio.run(server.kf.enter(CUSTOMER))  # without a code: they wrote a moment ago
    server.say("再问")
    eventually(lambda: server.texts()[1:] == ["收到：查询余额", "收到：再问"])
    all_is_well(server, 2)


def test_a_welcome_that_comes_too_late_is_left_out(server: KfServer) -> None:
    server.stop()
    asyncio.run(server.kf.enter(CUSTOMER))
    server.advance(21)
    server.start()
    server.say("在吗")
    assert eventually(server.texts) == ["收到：在吗"]
    assert not server.kf.api.calls_to("kf/send_msg_on_event")


def test_a_welcome_that_is_refused_is_no_obstacle(server: KfServer) -> None:
    server.kf.inject("kf/send_msg_on_event", 40058)
    asyncio.run(server.kf.enter(CUSTOMER))
    eventually(lambda: server.statuses() == ["failed"])
    server.say("在吗")
    assert eventually(server.texts) == ["收到：在吗"]


def test_an_agent_takes_over(server: KfServer) -> None:
    server.say("转人工")
    eventually(lambda: server.texts() == ["收到：转人工"])
    server.take(server.conversation())
    eventually(lambda: "林晓" in server.texts()[-1])
    server.say("我的卡丢了")
    eventually(lambda: server.received()[-1] == "我的卡丢了")
    server.agent_says(server.conversation(), "马上为您挂失。", "a-1")
    eventually(lambda: server.texts()[-1] == "马上为您挂失。")
    eventually(lambda: set(server.statuses()) == {"shown"})
    assert server.kf.conversation(CUSTOMER).state in (0, BOT)


@pytest.mark.parametrize("state", [WAITING, HUMAN, ENDED])
def test_what_a_state_forbids_waits_for_the_next_message(server: KfServer, state: int) -> None:
    server.delay = 0.6
    server.say("一")
    eventually(lambda: server.received() == ["一"])
    server.kf.conversation(CUSTOMER).state = state
    eventually(lambda: server.statuses() == ["held"])
    assert server.sending().undelivered_reason == "wecom_state"
    server.kf.conversation(CUSTOMER).state = ENDED
    server.say("二")
    eventually(lambda: server.statuses() == ["shown"] * 2)
    assert "\n\n".join(server.texts()) == "收到：一\n\n收到：二"


def test_a_new_conversation_is_made_the_assistants_where_that_is_needed(server: KfServer) -> None:
    server.kf.inject("kf/send_msg", 95018)
    server.say("在吗")
    assert eventually(server.texts) == ["收到：在吗"]
    assert server.kf.conversation(CUSTOMER).state == BOT
    all_is_well(server, 1)


def test_all_accounts_of_the_company(start: Start) -> None:
    server = start(open_kfid=None, poll_seconds=0.3, before=["在吗"])
    assert eventually(server.texts) == ["收到：在吗"]
    assert server.account_row().cursor and server.account_row(server.account.corpid).token


def test_an_account_that_is_not_listed_comes_with_its_callback(start: Start) -> None:
    server = start(open_kfid=None, listed=False)
    server.say("在吗")
    assert eventually(server.texts) == ["收到：在吗"]
    all_is_well(server, 1)


def test_another_account_is_none_of_our_business(start: Start) -> None:
    server = start(open_kfid="wkOther")
    assert server.say("在吗").accepted
    assert server.count(Message) == 0


@pytest.mark.parametrize("missing", ["secret", "token", "aes_key"])
def test_settings_are_whole(missing: str) -> None:
    with pytest.raises(ValueError, match=missing.upper()):
        kf_settings_for(KfAccount(), "http://127.0.0.1:9", **{missing: ""})
