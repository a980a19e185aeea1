"""What only 微信客服 has: send_msg, welcomes, states; see test_conversation.py for what is the same."""

import asyncio
from typing import Any

import pytest

from integrations.crm.conversations.service import Reply
from integrations.crm.models import Message
from integrations.wechat import wording
from integrations.wechat.kf_sending import message_id, read_message_id
from integrations.wechat.outgoing import Progress
from tests.fakes.wecom_world import BOT, ENDED, HUMAN, WAITING, KfAccount
from tests.wechat.conftest import StartKf
from tests.wechat.kf_server import CUSTOMER, KfServer, kf_settings_for
from tests.wechat.messenger_server import eventually


def test_handshake(kf: KfServer) -> None:
    assert asyncio.run(kf.wecom.verify()).accepted
    refused = asyncio.run(kf.wecom.verify(token="wrong"))
    assert not refused.accepted and refused.status == 403


def test_a_question_is_answered_by_send_msg(kf: KfServer) -> None:
    delivery = kf.say("查余额")
    assert delivery.accepted and delivery.answers[0].body == b"success"
    assert eventually(kf.texts) == ["收到：查余额"]
    kf.all_is_well(1)
    assert kf.sending().remaining == kf.wecom.quota(CUSTOMER) == 4
    sent = kf.wecom.api.calls_to("kf/send_msg")[0].body
    assert sent is not None and len(sent["msgid"]) <= 32
    # In the state 0 the API may send: nobody has to be moved.
    assert kf.wecom.conversation(CUSTOMER).state == 0


def test_a_tap_opens_the_same_window_as_a_message(kf: KfServer) -> None:
    kf.answer = lambda turn: [Reply("哪段时间？", buttons=[{"title": "本月", "payload": "查本月的明细"}])]
    customer = kf.person()
    customer.say("查明细")
    eventually(customer.choices)
    customer.tap("本月")
    eventually(lambda: kf.wecom.quota(CUSTOMER) == 4 and kf.sending().remaining == 4)


def test_more_choices_than_a_menu_has_room_for(kf: KfServer) -> None:
    buttons = [{"title": f"选项{n}", "payload": f"要{n}"} for n in range(12)]
    kf.answer = lambda turn: [Reply("请选择", buttons=buttons)]
    kf.say("有什么")
    shown = eventually(lambda: kf.wecom.phone(CUSTOMER).shown)[0].content
    assert len(shown["list"]) == 10 and shown["tail_content"] == "也可以回复：选项10、选项11"


def test_texts_hold_no_elements(kf: KfServer) -> None:
    kf.answer = lambda turn: [
        Reply("**哪张卡？**", buttons=[{"title": "储蓄卡", "payload": "储蓄卡"}]),
        Reply("详见[费率表](https://bank.example/fees)。"),
    ]
    kf.say("费率")
    assert eventually(kf.texts) == [
        "哪张卡？\n\n您可以回复：\n· 储蓄卡\n\n详见费率表 https://bank.example/fees 。"
    ]


def test_strange_things_are_kept_and_owned_up_to(kf: KfServer) -> None:
    things: list[tuple[str, dict[str, Any], str]] = [
        ("file", {"media_id": "m"}, wording.UNKNOWN_UNREAD),
        ("business_card", {"userid": "linxiao"}, wording.UNKNOWN_UNREAD),
        ("location", {"latitude": 1e999, "longitude": "x"}, wording.UNKNOWN_UNREAD),
        ("text", {}, wording.EMPTY),
    ]
    for place, (kind, content, _) in enumerate(things):
        asyncio.run(kf.wecom.send(CUSTOMER, kind, content))
        eventually(lambda place=place: len(kf.texts()) > place)
    assert kf.texts() == [answer for *_, answer in things]
    kf.all_is_well(3)


def test_the_fifth_message_is_left_to_people(kf: KfServer) -> None:
    long = "请带身份证到网点办理。" * 60  # 1,980 bytes: two of them are two messages
    kf.answer = lambda turn: [Reply(long) for _ in range(6)]
    kf.say("怎么办")
    eventually(lambda: kf.statuses() == ["shown"] * 4 + ["held"] * 2)
    assert len(kf.texts()) == 4 and kf.wecom.quota(CUSTOMER) == 1
    assert kf.sending().undelivered_reason == "quota_spent"
    kf.take(kf.conversation())
    eventually(lambda: len(kf.texts()) == 5)
    assert kf.wecom.quota(CUSTOMER) == 0 and kf.sending().remaining == 0


def test_the_window_opens_when_the_customer_wrote(start_kf: StartKf) -> None:
    kf = start_kf()
    eventually(lambda: kf.account_row().cursor)
    kf.stop()
    kf.say("在吗")
    kf.advance(47 * 3600)
    kf.start()
    assert eventually(kf.texts) == ["收到：在吗"]
    closes = kf.sending().closes_at
    assert closes is not None and (closes - kf.clock()).total_seconds() < 3601


def test_a_message_that_does_not_arrive_after_all_is_shown_as_such(kf: KfServer) -> None:
    kf.say("查余额")
    eventually(lambda: kf.statuses() == ["shown"])
    sent = kf.wecom.api.calls_to("kf/send_msg")[0].body
    assert sent is not None
    for strange in ("", "MSGID", "00000000-1-0-1-1", sent["msgid"] + "x"):
        asyncio.run(kf.wecom.fail_message(CUSTOMER, strange, 10))
    asyncio.run(kf.wecom.fail_message(CUSTOMER, sent["msgid"], 10))
    eventually(lambda: kf.statuses() == ["failed"])
    state = kf.sending()
    assert (state.undelivered, state.undelivered_reason) == (1, "wecom_fail_10")


def test_ids_lead_back_to_what_was_sent() -> None:
    first, last = Progress(10**14, 2, whole=True), Progress(10**14 + 40, 100, whole=False)
    id_ = message_id("0123456789abcdef" * 2, [first, last])
    assert len(id_) <= 32 and read_message_id(id_) == ("01234567", 10**14, 10**14 + 40)
    assert read_message_id("something-else") is None


def test_a_customer_who_comes_is_welcomed_once(kf: KfServer) -> None:
    asyncio.run(kf.wecom.enter(CUSTOMER, "branch-B001"))
    welcome = eventually(kf.texts)
    assert "欢迎咨询云川银行" in welcome[0] and "云川银行成都锦江支行" in welcome[0]
    eventually(lambda: kf.statuses() == ["shown"])
    menu = kf.wecom.phone(CUSTOMER).menu_items()
    card = next(id_ for id_, title in menu.items() if title == "查余额")
    asyncio.run(kf.wecom.phone(CUSTOMER).tap_menu_item(card))
    eventually(lambda: kf.received() == ["查询余额"])
    eventually(lambda: kf.wecom.quota(CUSTOMER) == 4)
    asyncio.run(kf.wecom.enter(CUSTOMER))  # without a code: they wrote a moment ago
    kf.say("再问")
    eventually(lambda: kf.texts()[1:] == ["收到：查询余额", "收到：再问"])
    kf.all_is_well(2)


def test_a_welcome_that_comes_too_late_is_left_out(kf: KfServer) -> None:
    kf.stop()
    asyncio.run(kf.wecom.enter(CUSTOMER))
    kf.advance(21)
    kf.start()
    kf.say("在吗")
    assert eventually(kf.texts) == ["收到：在吗"]
    assert not kf.wecom.api.calls_to("kf/send_msg_on_event")


def test_a_welcome_that_is_refused_is_no_obstacle(kf: KfServer) -> None:
    kf.wecom.inject("kf/send_msg_on_event", 40058)
    asyncio.run(kf.wecom.enter(CUSTOMER))
    eventually(lambda: kf.statuses() == ["failed"])
    kf.say("在吗")
    assert eventually(kf.texts) == ["收到：在吗"]


@pytest.mark.parametrize("state", [WAITING, HUMAN, ENDED])
def test_what_a_state_forbids_waits_for_the_next_message(kf: KfServer, state: int) -> None:
    kf.delay = 0.6
    kf.say("一")
    eventually(lambda: kf.received() == ["一"])
    kf.wecom.conversation(CUSTOMER).state = state
    eventually(lambda: kf.statuses() == ["held"])
    assert kf.sending().undelivered_reason == "wecom_state"
    kf.wecom.conversation(CUSTOMER).state = ENDED
    kf.say("二")
    eventually(lambda: kf.statuses() == ["shown"] * 2)
    assert "\n\n".join(kf.texts()) == "收到：一\n\n收到：二"


def test_a_new_conversation_is_made_the_assistants_where_that_is_needed(kf: KfServer) -> None:
    kf.wecom.inject("kf/send_msg", 95018)
    kf.say("在吗")
    assert eventually(kf.texts) == ["收到：在吗"]
    assert kf.wecom.conversation(CUSTOMER).state == BOT
    kf.all_is_well(1)


def test_all_accounts_of_the_company(start_kf: StartKf) -> None:
    kf = start_kf(open_kfid=None, poll_seconds=0.3, before=("在吗",))
    assert eventually(kf.texts) == ["收到：在吗"]
    assert kf.account_row().cursor and kf.account_row(kf.account.corpid).token


def test_an_account_that_is_not_listed_comes_with_its_callback(start_kf: StartKf) -> None:
    kf = start_kf(open_kfid=None, listed=False)
    kf.say("在吗")
    assert eventually(kf.texts) == ["收到：在吗"]
    kf.all_is_well(1)


def test_another_account_is_none_of_our_business(start_kf: StartKf) -> None:
    kf = start_kf(open_kfid="wkOther")
    assert kf.say("在吗").accepted
    assert kf.count(Message) == 0


@pytest.mark.parametrize("missing", ["secret", "token", "aes_key"])
def test_settings_are_whole(missing: str) -> None:
    with pytest.raises(ValueError, match=missing.upper()):
        kf_settings_for(KfAccount(), "http://127.0.0.1:9", **{missing: ""})
