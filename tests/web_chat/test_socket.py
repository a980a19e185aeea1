"""The WebSocket: order, resuming, several tabs, acknowledgements, and frames nobody should send."""

import asyncio
import json
import time
from collections.abc import Callable

import pytest
from websockets.exceptions import ConnectionClosed

from integrations.crm.conversations.ledger import take_ledger
from integrations.crm.database import notify
from integrations.crm.models import Conversation
from integrations.web_chat import socket as socket_module
from integrations.web_chat.hub import Hub
from tests.web_chat.client import Rest, Socket
from tests.web_chat.server import ChatServer


def _soon(check: Callable[[], bool], seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if check():
            return True
        time.sleep(0.02)
    return False


def _shown(server: ChatServer) -> int:
    with server.database.reading() as session:
        return take_ledger(session).shown


def test_a_conversation(server: ChatServer) -> None:
    session = server.session()
    with Socket(server, session) as chat:
        assert chat.next() == {"type": "holder", "holder": "bot", "ahead": 0, "agent": None}
        assert chat.say("m-1", "你好") == {"type": "accepted", "id": "m-1", "seq": 1, "duplicate": False}
        assert chat.until("message", sender="bot")["text"] == "收到：你好"


def test_the_bot_is_shown_typing_until_it_answers(server: ChatServer) -> None:
    server.delay = 0.3
    with Socket(server, server.session()) as chat:
        chat.next()  # who answers: the line stands
        chat.send(type="message", id="m-1", text="你好")
        frames = [chat.next()]
        while frames[-1].get("from") != "bot" or frames[-1]["type"] != "message":
            frames.append(chat.next())
        kinds = [frame["type"] for frame in frames]
        assert kinds.count("message") == 2 and kinds.count("accepted") == 1
        assert "typing" in kinds[:-1]


def test_one_id_is_one_message_however_often_it_comes(server: ChatServer) -> None:
    server.answer = None
    with Socket(server, server.session()) as chat:
        accepted = [chat.say("same", "你好") for _ in range(20)]
        assert {frame["seq"] for frame in accepted} == {1}
        assert [frame["duplicate"] for frame in accepted] == [False] + [True] * 19


def test_coming_back_neither_misses_nor_repeats(server: ChatServer) -> None:
    session = server.session()
    with Socket(server, session) as chat:
        chat.say("m-1", "一")
        chat.until("message", reply_to=1)
    with Rest(server, session) as rest:
        rest.say("m-2", "二")
        assert _soon(lambda: len(rest.after()) == 4)
    with Socket(server, session, after=2) as chat:
        assert [m["seq"] for m in chat.messages(2)] == [3, 4]
        chat.say("m-3", "三")
        assert [m["seq"] for m in chat.messages(2)] == [5, 6]


def test_a_restart_of_the_server_loses_nothing(server: ChatServer) -> None:
    session = server.session()
    with Socket(server, session) as chat:
        chat.say("m-1", "一")
        chat.until("message", reply_to=1)
    server.stop()
    server.start()
    with Socket(server, session, after=1) as chat:
        assert chat.messages(1)[0]["seq"] == 2


def test_more_messages_than_a_page_come_in_order(server: ChatServer) -> None:
    server.answer = None
    session = server.session()
    with Rest(server, session) as rest:
        for number in range(230):
            rest.say(f"m-{number}", str(number))
    with Socket(server, session) as chat:
        assert [m["seq"] for m in chat.messages(230)] == list(range(1, 231))


def test_several_tabs_get_everything_with_one_subscription(server: ChatServer) -> None:
    session = server.session()
    tabs = [Socket(server, session) for _ in range(3)]
    tabs[0].say("m-1", "你好")
    for tab in tabs:
        assert tab.until("message", reply_to=1)["seq"] == 2
        tab.line.close()
    assert server.events.subscriptions == 1


def test_a_sixth_socket_of_one_visitor_is_refused(server: ChatServer) -> None:
    session = server.session()
    tabs = [Socket(server, session) for _ in range(5)]
    for tab in tabs:
        tab.until("holder")
    with Socket(server, session) as extra:
        assert extra.until("error")["code"] == "too_many_sockets"
        with pytest.raises(ConnectionClosed) as closed:
            extra.next()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4429
    with Socket(server, server.session()) as other:
        other.until("holder")
    tabs[0].line.close()
    with Socket(server, session) as replacement:
        replacement.until("holder")
    for tab in tabs[1:]:
        tab.line.close()


def test_acknowledged_messages_are_shown(server: ChatServer) -> None:
    with Socket(server, server.session()) as chat:
        chat.say("m-1", "你好")
        reply = chat.until("message", reply_to=1)
        chat.send(type="ack", seq=reply["seq"])
        assert _soon(lambda: _shown(server) == 1)


def test_what_was_not_sent_cannot_be_acknowledged(server: ChatServer) -> None:
    server.delay = 0.8
    with Socket(server, server.session()) as chat:
        chat.say("m-1", "你好")
        chat.send(type="ack", seq=2**31 - 1)
        time.sleep(0.6)
        chat.until("message", reply_to=1)
        time.sleep(0.6)
        assert _shown(server) == 0


def test_a_lost_acknowledgement_is_made_up_for_by_resuming(server: ChatServer) -> None:
    session = server.session()
    with Socket(server, session) as chat:
        chat.say("m-1", "你好")
        reply = chat.until("message", reply_to=1)
    with Socket(server, session, after=reply["seq"]):
        assert _soon(lambda: _shown(server) == 1)


def test_the_hub_is_told_in_its_own_loop(server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    session = server.session()
    with Socket(server, session) as chat:
        chat.say("m-1", "你好")
        reply = chat.until("message", sender="bot")
    loops: list[bool] = []
    acknowledge = Hub.acknowledge

    def watched(hub: Hub, conversation: Conversation, seq: int) -> None:
        # An asyncio.Event set from another thread wakes nobody, or breaks the loop.
        loops.append(asyncio._get_running_loop() is not None)
        acknowledge(hub, conversation, seq)

    monkeypatch.setattr(Hub, "acknowledge", watched)
    with Socket(server, session, after=reply["seq"]):
        assert _soon(lambda: _shown(server) == 1)
    assert loops and all(loops)


def test_an_agent_takes_over_types_and_answers(server: ChatServer) -> None:
    session = server.session()
    name = session["conversation"]
    with Socket(server, session) as chat:
        chat.until("holder", holder="bot")
        server.take(name)
        assert chat.until("holder")["agent"] == "林晓"
        server.act(lambda s: notify(s, conversation=name, kind="typing"))
        assert chat.until("typing")["from"] == "agent"
        server.agent_says(name, "您好", "a-1")
        assert chat.until("message", sender="agent")["agent"] == "林晓"
        chat.say("m-1", "在吗")
        assert server.messages(name)[-1].turn == "human"


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "{",
        "null",
        "[]",
        "5",
        '"hello"',
        '{"type": "unknown"}',
        '{"type": ["message"]}',
        '{"type": "message", "id": 7, "text": "a"}',
        '{"type": "message", "id": "m-1"}',
        '{"type": "ack", "seq": -1}',
        '{"type": "ack", "seq": "1"}',
        '{"type": "ack", "seq": 1e400}',
        '{"type": "hello", "token": "x", "conversation": "' + "0" * 32 + '"}',
        "[" * 20_000,
    ],
)
def test_malformed_frames_are_named_and_the_line_stays(server: ChatServer, raw: str) -> None:
    with Socket(server, server.session()) as chat:
        chat.line.send(raw)
        error = chat.until("error")
        assert (error["code"], error["message"]) == ("bad_frame", "消息的格式不正确。")
        assert chat.say("m-1", "你好")["seq"] == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "empty_message"), ("\u200b\u202e", "empty_message"), ("长" * 10_001, "message_too_long")],
)
def test_a_refused_text_is_named_with_its_id(server: ChatServer, text: str, code: str) -> None:
    with Socket(server, server.session()) as chat:
        chat.line.send(json.dumps({"type": "message", "id": "m-1", "text": text}, ensure_ascii=False))
        error = chat.until("error")
        assert (error["code"], error["id"]) == (code, "m-1")
        assert chat.say("m-2", "😀\ud83d")["seq"] == 1


def test_a_frame_over_64_kilobytes_ends_the_line(server: ChatServer) -> None:
    with Socket(server, server.session()) as chat:
        chat.until("holder")
        chat.send(type="message", id="m-1", text="长" * 30_000)
        assert chat.until("error")["code"] == "frame_too_big"
        with pytest.raises(ConnectionClosed) as closed:
            chat.next()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


def _first_frame(server: ChatServer, raw: str | bytes) -> tuple[str, int]:
    with Socket(server, {}, hello=False) as chat:
        chat.line.send(raw)
        code = chat.until("error")["code"]
        with pytest.raises(ConnectionClosed) as closed:
            chat.next()
        assert closed.value.rcvd is not None
        return code, closed.value.rcvd.code


def test_first_frames_that_open_nothing(server: ChatServer) -> None:
    mine, theirs = server.session(), server.session()
    hello = {"type": "hello", "token": mine["token"], "conversation": mine["conversation"]}
    expired = server.bank_token(hours=-1)
    assert _first_frame(server, "{") == ("bad_frame", 4400)
    assert _first_frame(server, b"\x00\x01") == ("bad_frame", 4400)
    assert _first_frame(server, '{"type": "ping"}') == ("hello_expected", 4400)
    assert _first_frame(server, json.dumps({**hello, "token": "x.y.z"})) == ("token_invalid", 4401)
    assert _first_frame(server, json.dumps({**hello, "token": expired})) == ("token_expired", 4401)
    others = {**hello, "conversation": theirs["conversation"]}
    assert _first_frame(server, json.dumps(others)) == ("conversation_not_found", 4404)


def test_who_says_nothing_is_not_kept(server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_module, "HELLO_SECONDS", 0.1)
    with Socket(server, {}, hello=False) as chat:
        assert chat.until("error")["code"] == "hello_timeout"


@pytest.mark.parametrize("server", [{"messages_per_minute": 4}], indirect=True)
def test_a_flood_is_named_with_a_time_and_others_are_unharmed(server: ChatServer) -> None:
    server.answer = None
    with Socket(server, server.session()) as flood, Socket(server, server.session()) as other:
        for number in range(6):
            flood.send(type="message", id=f"m-{number}", text="你好")
        error = flood.until("error")
        assert (error["code"], error["id"]) == ("too_fast", "m-4")
        assert 1 <= error["retry_after"] <= 60
        assert other.say("m-1", "你好")["seq"] == 1
        flood.send(type="ping")
        flood.until("pong")


def test_a_ping_finds_what_an_event_failed_to_tell(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = server.session()
    with Socket(server, session) as chat, Rest(server, session) as rest:
        chat.until("holder")
        monkeypatch.setattr(server.events, "publish", lambda event: None)
        rest.say("m-1", "你好")
        chat.send(type="ping")
        assert chat.until("message")["text"] == "你好"
