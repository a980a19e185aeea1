"""微信客服: messages and events of a customer, and what their phone shows."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from integrations.crm.conversations.service import Reply
from integrations.crm.conversations.turns import Turn
from integrations.crm.models import Message
from integrations.wechat import wording
from integrations.wechat.kf_sending import message_id, read_message_id
from integrations.wechat.outgoing import Progress
from tests.fakes.wecom_world import BOT, ENDED, HUMAN, WAITING, KfAccount
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
    first, last = Progress(10**14, 2, whole=True), Progress(10**14 + 40, 100, whole=False)
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
