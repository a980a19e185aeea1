"""What only an Official Account has: passive replies, modes, rights, menus; see test_conversation.py."""

import asyncio

import pytest

from integrations.crm.conversations.service import Reply
from tests.fakes import wechat_messages as messages
from tests.fakes.customers import links
from tests.fakes.wechat_account import Account
from tests.wechat.conftest import Start
from tests.wechat.messenger_server import eventually
from tests.wechat.server import WeChatServer


def say(server: WeChatServer, text: str, openid: str = "o-1") -> None:
    asyncio.run(server.wechat.say(openid, text))


def texts(server: WeChatServer, openid: str = "o-1") -> list[str]:
    return server.wechat.phone(openid).texts()


@pytest.mark.parametrize("mode", ["plain", "compat", "safe"])
def test_handshake_and_a_quick_answer_in_every_mode(start: Start, mode: str) -> None:
    server = start(Account(mode=mode))  # type: ignore[arg-type]
    shake = asyncio.run(server.wechat.verify())
    assert shake.accepted and not asyncio.run(server.wechat.verify(token="wrong")).accepted
    delivery = asyncio.run(server.wechat.say("o-1", "查余额"))
    assert delivery.reply is not None and delivery.reply.content == "收到：查余额"
    assert [one.how for one in server.wechat.phone("o-1").shown] == ["passive"]
    eventually(lambda: server.statuses() == ["shown"])
    assert server.wechat.service_faults == [] and server.api_sends() == 0


def test_a_late_answer_comes_by_itself(start: Start) -> None:
    server = start(passive_seconds=0.3)
    server.delay = 0.8
    delivery = asyncio.run(server.wechat.say("o-1", "查余额"))
    assert delivery.reply is None and delivery.delivered
    assert eventually(lambda: texts(server)) == ["收到：查余额"]
    assert [one.how for one in server.wechat.phone("o-1").shown if one.kind == "text"] == ["custom"]
    eventually(lambda: server.statuses() == ["shown"])
    # While the bot thinks the customer sees that somebody writes.
    assert server.wechat.api.calls_to("/cgi-bin/message/custom/typing")


def test_an_account_without_rights_keeps_the_late_answer_for_the_next_message(start: Start) -> None:
    server = start(Account(may_custom_send=False), passive_seconds=0.3, passive_only=True)
    server.delay = 0.8
    say(server, "查余额")
    eventually(lambda: server.statuses() == ["pending"])
    server.delay = 0
    say(server, "好了吗")
    assert texts(server) == ["收到：查余额\n\n收到：好了吗"]
    eventually(lambda: server.statuses() == ["shown", "shown"])
    assert server.api_sends() == 0


def test_rights_are_found_out_at_the_start(start: Start) -> None:
    server = start(Account(may_custom_send=False), passive_seconds=0.3)
    eventually(lambda: server.account_row().may_send is False)
    server.delay = 0.8
    say(server, "查余额")
    eventually(lambda: server.statuses() == ["pending"])
    server.delay = 0
    asyncio.run(server.wechat.push(messages.click("o-1", "好了吗")))
    assert "收到：查余额" in texts(server)[0]


def test_choices_are_lines_to_tap_in_a_reply_and_a_menu_otherwise(start: Start) -> None:
    server = start(passive_seconds=0.3)
    buttons = [{"title": "本月", "payload": "查本月的明细"}, {"title": "<上月>", "payload": "查上月的明细"}]
    server.answer = lambda turn: [Reply(f"收到：{turn.text}"), Reply("哪段时间？", buttons=buttons)]
    say(server, "查明细")
    shown = links(texts(server)[0])
    assert set(shown) == {"本月", "＜上月＞"} and all(id_.isdecimal() for id_ in shown.values())
    asyncio.run(server.wechat.say("o-1", "本月", shown["本月"]))
    assert server.received()[-1] == "查本月的明细"
    server.delay = 0.8
    say(server, "再查")
    menu = eventually(lambda: server.wechat.phone("o-1").menu_items())
    assert set(menu.values()) == {"本月", "<上月>"}
    assert server.wechat.api.calls_to("/cgi-bin/message/custom/send")[-1].body["msgmenu"]["head_content"] == (
        "收到：再查\n\n哪段时间？"
    )
    asyncio.run(server.wechat.phone("o-1").tap_menu_item(next(iter(menu))))
    assert server.received()[-1] == "查本月的明细"


def test_speech_that_wechat_recognised_is_understood(server: WeChatServer) -> None:
    asyncio.run(server.wechat.push(server.wechat.recording("o-1", b"amr", "查余额")))
    assert texts(server) == ["收到：查余额"] and server.received() == ["查余额"]


def test_following_scanning_and_menus(server: WeChatServer) -> None:
    asyncio.run(server.wechat.follow("o-1"))
    welcome = texts(server)[-1]
    assert "欢迎关注云川银行" in welcome and "人工" in links(welcome)
    asyncio.run(server.wechat.say("o-1", "查余额", links(welcome)["查余额"]))
    assert server.received() == ["查询余额"]
    asyncio.run(server.wechat.push(messages.scan("o-1", "branch-B001")))
    assert "云川银行成都锦江支行" in texts(server)[-1] and "95718 转 1001" in texts(server)[-1]
    server.advance(1)
    asyncio.run(server.wechat.push(messages.scan("o-1", "article-credit-annual-fee")))
    assert texts(server)[-1] == "收到：信用卡年费多少"
    asyncio.run(server.wechat.push(messages.click("o-1", "我要挂失")))
    assert texts(server)[-1] == "收到：我要挂失"
    before = len(texts(server))
    for quiet in (
        messages.view("o-1", "https://example.com"),
        messages.scan("o-1", "branch-X9"),
        messages.reported_location("o-1", 30, 104),
    ):
        asyncio.run(server.wechat.push(quiet))
    assert len(texts(server)) == before and server.wechat.service_faults == []


def test_long_answers_are_split_on_characters(start: Start) -> None:
    server = start(passive_seconds=0.3)
    long = "请带身份证到网点办理。" * 180  # 5,940 bytes
    server.answer = lambda turn: [Reply(long)]
    server.delay = 0.8
    say(server, "怎么办")
    eventually(lambda: server.statuses() == ["shown"])
    assert "".join(texts(server)) == long and len(texts(server)) == 3
    assert server.wechat.quota("o-1") == 2


def test_a_long_answer_of_a_passive_account_comes_piece_by_piece(start: Start) -> None:
    server = start(Account(may_custom_send=False), passive_only=True)
    long = "请带身份证到网点办理。" * 120  # 3,960 bytes
    server.answer = lambda turn: [Reply(long)] if turn.text == "怎么办" else [Reply("好的")]
    say(server, "怎么办")
    say(server, "继续")
    assert "".join(texts(server)).replace("\n\n好的", "") == long
    eventually(lambda: server.statuses() == ["shown", "shown"])
