"""Messages over REST: once, in order, one's own only, and never an unclear error."""

import httpx
import pytest

from tests.web_chat.client import Rest
from tests.web_chat.server import ChatServer


def test_a_message_is_stored_and_answered(server: ChatServer) -> None:
    with Rest(server, server.session()) as chat:
        response = chat.say("m-1", "你好")
        assert (response.status_code, response.json()) == (202, {"seq": 1, "duplicate": False})
        while len(found := chat.after()) < 2:
            pass
    assert [(m["from"], m["text"], m["reply_to"]) for m in found] == [
        ("customer", "你好", None),
        ("bot", "收到：你好", 1),
    ]
    assert found[0]["id"] == "m-1"
    assert found[0]["at"].endswith("Z")


def test_twenty_requests_with_one_id_are_one_message(server: ChatServer) -> None:
    server.answer = None
    with Rest(server, server.session()) as chat:
        answers = [chat.say("same", "你好").json() for _ in range(20)]
        assert answers[0] == {"seq": 1, "duplicate": False}
        assert answers[1:] == [{"seq": 1, "duplicate": True}] * 19
        assert len(chat.after()) == 1


def test_two_visitors_may_use_the_same_id(server: ChatServer) -> None:
    with Rest(server, server.session()) as one, Rest(server, server.session()) as other:
        assert one.say("same", "甲").json()["duplicate"] is False
        assert other.say("same", "乙").json()["duplicate"] is False
        assert other.after()[0]["text"] == "乙"


def test_a_visitor_cannot_take_the_id_of_a_reply(server: ChatServer) -> None:
    with Rest(server, server.session()) as chat:
        # reply:1:0 is what the bot's first reply is stored under; as a message id it is refused.
        assert chat.say("reply:1:0", "你好").status_code == 422
        chat.say("reply-1-0", "你好")
        while len(found := chat.after()) < 2:
            pass
    assert found[1]["from"] == "bot"


def test_anothers_conversation_is_not_found(server: ChatServer) -> None:
    mine, theirs = server.session(), server.session()
    with Rest(server, {**theirs, "token": mine["token"]}) as chat:
        for response in (
            chat.say("m-1", "你好"),
            chat.http.get(f"{chat.path}/messages"),
            chat.upload(b"x"),
            chat.http.get(f"{chat.path}/images/{'0' * 32}"),
        ):
            assert (response.status_code, response.json()["error"]) == (404, "conversation_not_found")


def test_a_bank_customer_is_kept_from_a_visitors_conversation(server: ChatServer) -> None:
    theirs = server.session()
    with Rest(server, {**theirs, "token": server.bank_token()}) as chat:
        assert chat.say("m-1", "你好").status_code == 404


def test_without_a_token_nothing_is_shown(server: ChatServer) -> None:
    session = server.session()
    path = f"{server.base}/chat/conversations/{session['conversation']}/messages"
    for headers in ({}, {"Authorization": "Basic abc"}, {"Authorization": "Bearer"}):
        response = httpx.get(path, headers=headers, trust_env=False)
        assert (response.status_code, response.json()["error"]) == (401, "token_missing")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty_message"),
        ("  \n ", "empty_message"),
        ("\u200b\u200d\u2060", "empty_message"),
        ("\u202e\u2066", "empty_message"),
        ("\ud800", "empty_message"),
        ("长" * 10_001, "message_too_long"),
    ],
)
def test_texts_that_are_refused(server: ChatServer, text: str, code: str) -> None:
    with Rest(server, server.session()) as chat:
        response = chat.say("m-1", text)
        assert (response.status_code, response.json()["error"]) == (422, code)
        assert chat.after() == []


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("😀👍🏻", "😀👍🏻"),
        ("<script>alert(1)</script><img src=x onerror=alert(1)>",) * 2,
        ("'; DROP TABLE messages; --",) * 2,
        ('/restart{"a":1}',) * 2,
        ("مرحبا שלום",) * 2,
        ("a\ud800b", "ab"),
        ("余\u200b额\u202e", "余额"),
        ("长" * 10_000,) * 2,
    ],
)
def test_odd_texts_are_messages_like_any_other(server: ChatServer, text: str, stored: str) -> None:
    server.answer = None
    with Rest(server, server.session()) as chat:
        assert chat.say("m-1", text).status_code == 202
        assert chat.after()[0]["text"] == stored


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b'{"id": 5, "text": "a"}',
        b'{"id": "m-1"}',
        b'{"id": "m-1", "text": null}',
        b'{"id": "m-1", "text": ["a"]}',
        b'{"id": "has space", "text": "a"}',
        b'{"id": "' + b"a" * 65 + b'", "text": "a"}',
        b'{"id": "\\ud800", "text": "a"}',
        b"[" * 30_000,
    ],
)
def test_malformed_bodies_are_named(server: ChatServer, body: bytes) -> None:
    with Rest(server, server.session()) as chat:
        response = chat.http.post(f"{chat.path}/messages", content=body)
        assert response.status_code == 422
        assert response.json() == {"error": "bad_request", "message": "请求的格式不正确。"}


def test_a_body_over_64_kilobytes_is_cut_off(server: ChatServer) -> None:
    with Rest(server, server.session()) as chat:
        sized = chat.http.post(f"{chat.path}/messages", content=b"x" * 70_000)
        chunked = chat.http.post(f"{chat.path}/messages", content=iter([b"x" * 7000] * 10))
    assert [(r.status_code, r.json()["error"]) for r in (sized, chunked)] == [(413, "body_too_big")] * 2


@pytest.mark.parametrize("server", [{"messages_per_minute": 5}], indirect=True)
def test_a_flood_is_stopped_and_others_are_unharmed(server: ChatServer) -> None:
    server.answer = None
    with Rest(server, server.session()) as flood, Rest(server, server.session()) as other:
        answers = [flood.say(f"m-{i}", "你好") for i in range(8)]
        assert [a.status_code for a in answers] == [202] * 5 + [429] * 3
        assert answers[-1].json()["error"] == "too_fast"
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
        assert other.say("m-1", "你好").status_code == 202


@pytest.mark.parametrize("after", ["-5", "99999999999999999999", "0"])
def test_any_number_may_be_asked_for(server: ChatServer, after: str) -> None:
    with Rest(server, server.session()) as chat:
        assert chat.http.get(f"{chat.path}/messages", params={"after": after}).status_code == 200
        assert chat.http.get(f"{chat.path}/messages", params={"after": "x"}).status_code == 422


def test_other_origins_may_call(server: ChatServer) -> None:
    headers = {"Origin": "https://bank.example", "Access-Control-Request-Method": "POST"}
    preflight = httpx.options(f"{server.base}/chat/sessions", headers=headers, trust_env=False)
    refused = httpx.post(f"{server.base}/chat/sessions", content=b"{", headers=headers, trust_env=False)
    assert preflight.status_code == 204
    assert "Authorization" in preflight.headers["access-control-allow-headers"]
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (422, "*")


def test_the_page_is_strict_about_where_its_parts_come_from(server: ChatServer) -> None:
    page = httpx.get(server.base, trust_env=False)
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"
    script = httpx.get(f"{server.base}/chat/widget.js", trust_env=False)
    assert script.headers["content-type"].startswith("text/javascript")
    for path in ("chat/static/..%2froutes.py", "chat/static/chat.html", "chat/static/none.js"):
        assert httpx.get(f"{server.base}/{path}", trust_env=False).status_code in (404, 422)
