"""Faults 4 to 6 that people report: the quota, its window, and texts that are too long."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from integrations.crm.conversations.errors import CannotSend
from integrations.crm.conversations.service import Reply
from tests.wechat.conftest import Start
from tests.wechat.messenger_server import eventually
from tests.wechat.server import WeChatServer
from tests.wechat.test_faults import SEND, late, say, texts

# 4. and 5. Quota and window.


def test_the_bot_leaves_one_message_of_the_quota(start: Start) -> None:
    server = start(passive_seconds=0.1)
    server.answer = lambda turn: [Reply("长" * 600) for _ in range(7)]
    late(server)
    say(server, "一")
    eventually(lambda: server.statuses() == ["shown"] * 4 + ["held"] * 3)
    assert server.wechat.quota("o-1") == 1
    state = server.sending()
    assert (state.remaining, state.undelivered, state.undelivered_reason) == (1, 3, "quota_spent")


def test_a_text_longer_than_the_quota_goes_on_with_the_next_message(start: Start) -> None:
    server = start(passive_seconds=0.1)
    long = "请带身份证到网点办理。" * 350  # 11,550 bytes: six parts
    server.answer = lambda turn: [Reply(long), Reply("完")] if turn.text == "一" else [Reply("短")]
    late(server)
    say(server, "一")
    eventually(lambda: "held" in server.statuses())
    say(server, "二")
    eventually(lambda: server.statuses() == ["shown"] * 3, 15)
    assert "".join(texts(server)).startswith(long[:3000]) and texts(server)[-1].endswith("短")


def test_what_was_held_back_comes_with_the_next_message(start: Start) -> None:
    server = start(passive_seconds=0.1)
    server.answer = lambda turn: [Reply("长" * 600) for _ in range(5)] if turn.text == "一" else [Reply("短")]
    late(server)
    say(server, "一")
    eventually(lambda: "held" in server.statuses())
    say(server, "二")
    eventually(lambda: server.statuses() == ["shown"] * 6, 15)
    assert texts(server)[-1].endswith("短") and len("".join(texts(server))) >= 3001


def test_an_agent_sees_the_window_and_is_told_why_it_is_closed(server: WeChatServer) -> None:
    say(server, "一")
    conversation = server.conversation()
    server.take(conversation)
    eventually(lambda: server.api_sends() == 1)  # 「客服已接入」
    for number in range(4):
        server.agent_says(conversation, f"第{number}句", f"message-{number}")
        eventually(lambda n=number: server.api_sends() == n + 2)
    with pytest.raises(CannotSend) as spent:
        server.agent_says(conversation, "第五句", "message-9")
    assert spent.value.data == {"reason": "quota_spent"}
    server.advance(timedelta(hours=49).total_seconds())
    with pytest.raises(CannotSend) as closed:
        server.agent_says(conversation, "在吗", "message-10")
    assert closed.value.data == {"reason": "window_closed"}
    say(server, "我回来了")
    assert server.sending().remaining == 5
    server.agent_says(conversation, "您好", "message-11")
    eventually(lambda: texts(server)[-1] == "您好")


@pytest.mark.parametrize(("code", "reason"), [(45015, "window_closed"), (45047, "quota_spent")])
def test_wechat_knows_better_than_our_ledger(start: Start, code: int, reason: str) -> None:
    server = start(passive_seconds=0.1)
    late(server)
    server.wechat.inject(SEND, code)
    say(server, "一")
    eventually(lambda: server.statuses() == ["held"])
    assert server.sending().undelivered_reason == reason
    say(server, "二")
    eventually(lambda: server.statuses() == ["shown"] * 2)


def test_who_left_can_be_sent_nothing_and_comes_back_to_nothing_old(server: WeChatServer) -> None:
    say(server, "一")
    conversation = server.conversation()
    server.take(conversation)
    eventually(lambda: server.api_sends() == 1)
    server.answer = None
    asyncio.run(server.wechat.unfollow("o-1"))
    assert (server.sending().remaining, server.sending().reason) == (0, "closed")
    with pytest.raises(CannotSend):
        server.agent_says(conversation, "还在吗", "message-1")
    asyncio.run(server.wechat.follow("o-1"))
    eventually(lambda: server.sending().remaining == server.wechat.quota("o-1") == 3)


def test_what_waited_for_somebody_who_left_is_not_sent_later(start: Start) -> None:
    server = start(passive_seconds=0.1)
    server.answer = lambda turn: [Reply("长" * 600) for _ in range(5)]
    late(server)
    say(server, "一")
    eventually(lambda: server.statuses() == ["shown"] * 4 + ["held"])
    asyncio.run(server.wechat.unfollow("o-1"))
    assert server.statuses()[-1] == "failed" and server.sending().undelivered_reason == "not_following"
    asyncio.run(server.wechat.follow("o-1"))
    eventually(lambda: server.statuses()[-1] == "shown")
    welcome = server.person().texts()[-1]
    assert "欢迎关注" in welcome and "长" not in welcome


def test_what_is_answered_to_somebody_who_has_left_is_not_sent_later(start: Start) -> None:
    server = start(passive_seconds=0.1)
    server.delay = 1.0
    say(server, "一")
    asyncio.run(server.wechat.unfollow("o-1"))
    eventually(lambda: server.statuses() in (["held"], ["failed"]))
    asyncio.run(server.wechat.follow("o-1"))
    eventually(lambda: server.statuses() == ["failed", "shown"])
    assert all("收到" not in text for text in server.person().texts())


# 6. Too long.


def test_what_wechat_finds_too_long_is_split_smaller(start: Start) -> None:
    server = start(passive_seconds=0.1)
    late(server)
    server.answer = lambda turn: [Reply("长" * 600)]
    server.wechat.inject(SEND, 45002)
    say(server, "一")
    eventually(lambda: server.statuses() == ["shown"])
    assert len(texts(server)) == 2 and "".join(texts(server)) == "长" * 600
    assert server.sending().remaining == server.wechat.quota("o-1") == 3


def test_what_breaks_between_the_smaller_parts_does_not_begin_again(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start(passive_seconds=0.1)
    late(server)
    server.answer = lambda turn: [Reply("长" * 600)]
    server.wechat.inject(SEND, 45002)
    phone = server.wechat.phone("o-1")
    show = phone.show

    def show_the_last(*shown: Any) -> None:
        show(*shown)
        if shown[0] == "text":
            server.wechat.world.quota.close("o-1")

    monkeypatch.setattr(phone, "show", show_the_last)
    say(server, "一")
    eventually(lambda: server.statuses() == ["unknown"])
    assert len(texts(server)) == 1


def test_2048_bytes_of_emoji_arrive_whole(start: Start) -> None:
    server = start(passive_seconds=0.1)
    late(server)
    family = "👨‍👩‍👧‍👦"  # one character to the eye, 25 bytes
    words = family * 81 + "😀" * 5 + "abc"
    assert len(words.encode()) == 2048
    server.answer = lambda turn: [Reply(words)]
    say(server, "一")
    eventually(lambda: server.statuses() == ["shown"])
    assert "".join(texts(server)) == words
    assert all(len(one.encode()) <= 2000 and not one.startswith("\u200d") for one in texts(server))
