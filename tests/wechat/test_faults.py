"""The ten faults that people report of WeChat integrations (4 to 6, quota and length: test_quota.py)."""

import asyncio

import pytest

from integrations.crm.conversations.service import Reply
from tests.fakes import wechat_messages as messages
from tests.fakes.wechat_account import Account
from tests.wechat.conftest import Start
from tests.wechat.messenger_server import eventually
from tests.wechat.server import WeChatServer

SEND = "/cgi-bin/message/custom/send"
TOKEN = "/cgi-bin/stable_token"


def say(server: WeChatServer, text: str, openid: str = "o-1") -> None:
    asyncio.run(server.wechat.say(openid, text))


def late(server: WeChatServer) -> None:
    """From now on answers miss the passive reply."""
    server.delay = 2.0


def texts(server: WeChatServer, openid: str = "o-1") -> list[str]:
    return server.wechat.phone(openid).texts()


# 1. Slow bot, three replies.


def test_a_slow_bot_answers_once_though_the_push_comes_thrice(start: Start) -> None:
    server = start(patience=1.0, passive_seconds=4.0)
    server.delay = 2.5
    say(server, "查余额")
    assert len(server.wechat.deliveries[0].attempts) == 3
    assert eventually(lambda: texts(server)) == ["收到：查余额"]
    eventually(lambda: server.statuses() == ["shown"])
    assert server.received() == ["查余额"] and texts(server) == ["收到：查余额"]


def test_pushes_that_overlap_are_one_message_and_one_reply(server: WeChatServer) -> None:
    server.delay = 0.5
    message = messages.text("o-1", "查余额")
    asyncio.run(server.wechat.push(message, overlap=True))
    eventually(lambda: server.statuses() == ["shown"])
    assert server.received() == ["查余额"] and texts(server) == ["收到：查余额"]


def test_a_push_that_comes_again_much_later_changes_nothing(server: WeChatServer) -> None:
    message = server.wechat.pusher.complete(messages.text("o-1", "查余额"))
    asyncio.run(server.wechat.push(message))
    say(server, "查明细")
    again = asyncio.run(server.wechat.push(message))
    assert again.delivered and again.reply is None
    assert server.received() == ["查余额", "查明细"]


def test_the_same_event_again_is_not_welcomed_twice(server: WeChatServer) -> None:
    event = server.wechat.pusher.complete(messages.subscribe("o-1"))
    for _ in range(2):
        asyncio.run(server.wechat.push(event))
    assert len(texts(server)) == 1


def test_an_answer_for_a_request_that_was_hung_up_comes_by_itself(start: Start) -> None:
    server = start(patience=0.5, passive_seconds=4.0)
    server.delay = 1.0
    server.wechat.pusher.attempts = 1
    say(server, "查余额")
    assert eventually(lambda: texts(server)) == ["收到：查余额"]
    assert server.api_sends() == 1


# 2. Malformed replies.


@pytest.mark.parametrize("mode", ["plain", "compat", "safe"])
def test_no_reply_ever_shows_the_service_fault(start: Start, mode: str) -> None:
    server = start(Account(mode=mode))  # type: ignore[arg-type]
    nasty = ["]]>", "<xml>&amp;</xml>", "\x00\x0b坏\ud800字", "😀" * 400, "** **", "a" * 3000]
    server.answer = lambda turn: [Reply(nasty[int(turn.text)])]
    for number in range(len(nasty)):
        say(server, str(number))
    assert server.wechat.service_faults == [] and server.wechat.phone("o-1").notices() == []


@pytest.mark.parametrize("words", ["---", "```", "\u3000", "\x00"])
@pytest.mark.parametrize("ready", [True, False])
def test_words_of_which_nothing_is_left_are_shown_somehow(start: Start, words: str, ready: bool) -> None:
    server = start() if ready else start(passive_seconds=0.1)
    server.delay = 0 if ready else 1.0
    server.answer = lambda turn: [Reply(words)]
    say(server, "一")
    eventually(lambda: server.statuses() == ["shown"])
    assert len(texts(server)) == 1 and server.wechat.service_faults == []


# 3. Token races.


def test_many_sends_at_once_fetch_one_token(start: Start) -> None:
    server = start(passive_seconds=0.1)
    server.delay = 0.5  # of each: the stand-in answers one after another

    async def all_say() -> None:
        await asyncio.gather(*(server.wechat.say(f"o-{n}", "查余额") for n in range(8)))

    asyncio.run(all_say())
    eventually(lambda: server.statuses() == ["shown"] * 8, 20)
    assert len(server.wechat.api.calls_to(TOKEN)) == 1


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_rejected_token_is_renewed_once(start: Start, code: int) -> None:
    server = start(passive_seconds=0.1)
    late(server)
    say(server, "一")
    eventually(lambda: server.statuses() == ["shown"])
    server.wechat.inject(SEND, code)
    say(server, "二")
    eventually(lambda: server.statuses() == ["shown"] * 2, 15)
    assert texts(server) == ["收到：一", "收到：二"]


def test_a_token_that_somebody_else_replaced_is_fetched_anew(start: Start) -> None:
    server = start(passive_seconds=0.1)
    late(server)
    say(server, "一")
    eventually(lambda: server.statuses() == ["shown"])
    server.advance(60)
    server.wechat.api.tokens.invalidate("stable")
    say(server, "二")
    eventually(lambda: server.statuses() == ["shown"] * 2, 15)


def test_a_token_that_keeps_being_rejected_does_not_go_round_and_round(start: Start) -> None:
    server = start(passive_seconds=0.1)
    late(server)
    server.wechat.inject(SEND, 40001, times=50)
    say(server, "一")
    eventually(lambda: server.api_sends() == 2)
    assert eventually(lambda: server.statuses() == ["pending"])
    assert len(server.wechat.api.calls_to(TOKEN)) <= 3


# 7. \\uXXXX.


def test_chinese_arrives_as_chinese(start: Start) -> None:
    server = start(passive_seconds=0.1)
    late(server)
    server.answer = lambda turn: [Reply("余额😀", buttons=[{"title": "人工", "payload": "人工"}])]
    say(server, "一")
    menu = eventually(
        lambda: [one.content for one in server.wechat.phone("o-1").shown if one.kind == "msgmenu"]
    )
    assert menu[0]["head_content"] == "余额😀" and menu[0]["list"][0]["content"] == "人工"


# 8. and 9. Set-up and rights.


def test_an_address_that_is_not_listed_is_told_to_the_operator(start: Start) -> None:
    server = start(Account(allowed_ips=frozenset({"203.0.113.9"})), passive_seconds=0.1)
    problem = eventually(lambda: server.account_row().problem)
    assert "40164" in problem and "127.0.0.1" in problem and "白名单" in problem
    late(server)
    say(server, "一")
    assert eventually(lambda: server.statuses() == ["pending"])
    server.delay = 0
    # Replies to a push need no token.
    delivery = asyncio.run(server.wechat.say("o-1", "二"))
    assert delivery.delivered


def test_rights_that_go_away_turn_the_account_passive(start: Start) -> None:
    server = start(passive_seconds=1.0)
    eventually(lambda: server.account_row().may_send)
    server.account.may_custom_send = False
    late(server)
    say(server, "一")
    eventually(lambda: server.account_row().may_send is False)
    assert server.sending().remaining is None
    server.delay = 0
    eventually(lambda: server.statuses() == ["pending"])
    say(server, "二")
    eventually(lambda: "收到：一" in "".join(texts(server)))


@pytest.mark.parametrize("code", [43004, 40003])
def test_who_does_not_follow_gets_nothing_and_the_agent_knows(start: Start, code: int) -> None:
    server = start(passive_seconds=0.1)
    late(server)
    server.wechat.inject(SEND, code)
    say(server, "一")
    eventually(lambda: server.statuses() == ["failed"])
    assert server.sending().undelivered_reason == "not_following"


# Storms.


@pytest.mark.parametrize("fault", [-1, "http502", "not_json"])
def test_a_busy_wechat_is_asked_again(start: Start, fault: int | str) -> None:
    server = start(passive_seconds=0.1)
    late(server)
    server.wechat.inject(SEND, fault)  # type: ignore[arg-type]
    say(server, "一")
    eventually(lambda: server.statuses() == ["shown"], 20)
    assert texts(server) == ["收到：一"]


@pytest.mark.parametrize("fault", ["hang", "reset"])
def test_what_may_have_arrived_is_not_sent_twice(start: Start, fault: str) -> None:
    server = start(passive_seconds=0.1)
    late(server)
    server.wechat.inject(SEND, fault)  # type: ignore[arg-type]
    say(server, "一")
    eventually(lambda: server.statuses() == ["unknown"])
    state = server.sending()
    assert (state.undelivered, state.undelivered_reason) == (1, "unknown")


def test_the_days_calls_are_used_up(start: Start) -> None:
    server = start(passive_seconds=0.1)
    late(server)
    server.wechat.inject(SEND, 45009)
    say(server, "一")
    assert "接口调用次数已用完：45009" in eventually(lambda: server.account_row().problem)
    assert server.statuses() == ["pending"]
    server.advance(601)
    eventually(lambda: server.statuses() == ["shown"])
    assert server.account_row().problem is None
