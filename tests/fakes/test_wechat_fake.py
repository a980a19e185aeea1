"""The fake of WeChat judges as WeChat does: pushes and replies."""

import asyncio
import base64
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from wechatpy.crypto import WeChatCrypto

from tests.fakes import wechat_messages as messages
from tests.fakes.clock import Clock
from tests.fakes.running import serve
from tests.fakes.wechat_account import Account, Mode
from tests.fakes.wechat_crypto import sign
from tests.fakes.wechat_phone import UNAVAILABLE
from tests.fakes.wechat_server import FakeWeChat

CUSTOMER = "oCustomer-1"
ACCOUNT = Account(mode="plain")
NOW = 1_772_442_000
Answer = Callable[[dict[str, str]], str]


def reply(push: dict[str, str], content: str = "收到", **fields: str) -> str:
    """A good text reply, with fields changed."""
    tags = {"ToUserName": push["FromUserName"], "FromUserName": push["ToUserName"], "CreateTime": str(NOW)}
    tags |= {"MsgType": "text", "Content": content} | fields
    return "<xml>" + "".join(f"<{name}>{value}</{name}>" for name, value in tags.items()) + "</xml>"


class Webhook:
    """An integration as small as can be: `answer` makes the plain body from the push's fields."""

    def __init__(self, account: Account, answer: Answer = reply) -> None:
        self.account = account
        self.answer = answer
        self.pushes: list[dict[str, str]] = []
        self.bodies: list[str] = []
        self.seal = self._seal
        self.status = 200
        self.delays: list[float] = []

    @property
    def app(self) -> Starlette:
        return Starlette(routes=[Route("/wechat", self._serve, methods=["GET", "POST"])])

    async def _serve(self, request: Request) -> Response:
        query = request.query_params
        if request.method == "GET":
            right = sign(self.account.token, query["timestamp"], query["nonce"]) == query["signature"]
            return PlainTextResponse(query["echostr"] if right else "no")
        self.bodies.append((await request.body()).decode())
        push = self._opened(self.bodies[-1], query)
        self.pushes.append(push)
        if self.delays:
            await asyncio.sleep(self.delays.pop(0))
        answer = self.answer(push)
        sealed = self.seal(answer) if self.account.encrypted and answer.startswith("<xml>") else answer
        return PlainTextResponse(sealed, self.status)

    def _opened(self, body: str, query: Any) -> dict[str, str]:
        if self.account.encrypted:
            given = (query["msg_signature"], query["timestamp"], query["nonce"])
            body = self._crypto().decrypt_message(body, *given)
        return {tag.tag: tag.text or "" for tag in ElementTree.fromstring(body)}

    def _seal(self, answer: str) -> str:
        return str(self._crypto().encrypt_message(answer, "12345", str(NOW)))

    def _crypto(self) -> Any:
        return WeChatCrypto(self.account.token, self.account.encoding_aes_key, self.account.appid)


@contextlib.contextmanager
def running(
    account: Account = ACCOUNT, answer: Answer = reply, patience: float = 5.0
) -> Iterator[tuple[FakeWeChat, Webhook]]:
    webhook = Webhook(account, answer)
    with serve(webhook.app) as site:
        yield FakeWeChat(replace(account), f"{site.base}/wechat", Clock(), patience), webhook


def run(*work: Awaitable[Any]) -> Any:
    """The result of the last."""

    async def all_of_it() -> Any:
        return [await one for one in work][-1]

    return asyncio.run(all_of_it())


def test_fakes_do_not_import_what_they_judge() -> None:
    for path in Path(__file__).parent.glob("*.py"):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert not [line for line in lines if line.startswith(("import integr", "from integr"))], path


def test_handshake() -> None:
    with running() as (fake, _):
        assert run(fake.verify()).accepted
        assert not run(fake.verify(token="another")).accepted


@pytest.mark.parametrize("mode", ["plain", "compat", "safe"])
def test_good_reply_is_shown(mode: Mode) -> None:
    with running(replace(ACCOUNT, mode=mode)) as (fake, webhook):
        delivery = run(fake.say(CUSTOMER, "你好]]>"))
        body = webhook.bodies[0]
    assert delivery.delivered and delivery.attempts[0].outcome == "reply"
    assert webhook.pushes[0]["Content"] == "你好]]>"
    assert ("<Content>" in body, "<Encrypt>" in body) == (mode != "safe", mode != "plain")
    shown = fake.phone(CUSTOMER).shown
    assert [(one.kind, one.content, one.how) for one in shown] == [("text", "收到", "passive")]
    assert not fake.service_faults


@pytest.mark.parametrize("body", ["", "success"])
def test_silent_answer_is_accepted(body: str) -> None:
    with running(replace(ACCOUNT, mode="safe"), lambda _: body) as (fake, _):
        assert run(fake.say(CUSTOMER, "你好")).attempts[0].outcome == "silent"
    assert not fake.phone(CUSTOMER).shown


def test_compat_takes_a_plain_reply_and_safe_does_not() -> None:
    outcomes: dict[Mode, str] = {"compat": "reply", "safe": "fault"}
    for mode, outcome in outcomes.items():
        with running(replace(ACCOUNT, mode=mode)) as (fake, webhook):
            webhook.seal = lambda answer: answer
            assert run(fake.say(CUSTOMER, "你好")).attempts[0].outcome == outcome


BAD: dict[str, Answer] = {
    "not swapped": lambda push: reply(push, ToUserName=push["ToUserName"], FromUserName=push["FromUserName"]),
    "JSON": lambda _: '{"errcode": 0}',
    "quoted success": lambda _: '"success"',
    "newline": lambda _: "success\n",
    "milliseconds": lambda push: reply(push, CreateTime=f"{NOW}000"),
    "empty": lambda push: reply(push, ""),
    "too long": lambda push: reply(push, "长" * 683),
    "unknown kind": lambda push: reply(push, MsgType="markdown"),
    "unknown image": lambda push: reply(push, MsgType="image", Image="<MediaId>none</MediaId>"),
    "no articles": lambda push: reply(push, MsgType="news", ArticleCount="1"),
    "not well-formed": lambda push: reply(push, "<br>"),
}


@pytest.mark.parametrize("answer", BAD.values(), ids=BAD)
def test_bad_reply_shows_the_notice(answer: Answer) -> None:
    with running(answer=answer) as (fake, _):
        delivery = run(fake.say(CUSTOMER, "你好"))
    assert [attempt.outcome for attempt in delivery.attempts] == ["fault"]
    assert fake.phone(CUSTOMER).notices() == [UNAVAILABLE]
    assert len(fake.service_faults) == 1 and fake.service_faults[0].reason


def wrong_padding(webhook: Webhook, answer: str) -> str:
    """Sealed right but for padding to 16 bytes."""
    account, data = webhook.account, answer.encode()
    key = base64.b64decode(account.encoding_aes_key + "=")
    plain = b"r" * 16 + len(data).to_bytes(4, "big") + data + account.appid.encode()
    count = 16 - len(plain) % 16
    cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    encrypt = base64.b64encode(cipher.update(plain + bytes([count]) * count)).decode()
    signature = sign(account.token, str(NOW), "1", encrypt)
    tags = {"Encrypt": encrypt, "MsgSignature": signature, "TimeStamp": str(NOW), "Nonce": "1"}
    return "<xml>" + "".join(f"<{name}>{value}</{name}>" for name, value in tags.items()) + "</xml>"


def test_wrong_envelopes() -> None:
    account = replace(ACCOUNT, mode="safe")
    with running(account) as (fake, webhook):
        # One of two lengths a block apart must come out at an odd number of blocks.
        webhook.seal = lambda answer: wrong_padding(webhook, answer)
        outcomes = []
        for content in ("x", "x" * 17):
            webhook.answer = partial(reply, content=content)
            attempt = run(fake.say(CUSTOMER, "你好")).attempts[0]
            outcomes.append(attempt.outcome)
        assert sorted(outcomes) == ["fault", "reply"]
        assert "padding" in fake.service_faults[0].reason
        for stranger in (replace(account, appid="wx0"), replace(account, token="no")):
            webhook.seal = Webhook(stranger)._seal
            assert run(fake.say(CUSTOMER, "你好")).attempts[0].outcome == "fault"
    assert "appid" in fake.service_faults[1].reason
    assert "MsgSignature" in fake.service_faults[2].reason


def test_slow_answers_are_tried_three_times() -> None:
    with running(replace(ACCOUNT, mode="safe"), patience=0.2) as (fake, webhook):
        webhook.delays = [1, 1]
        delivery = run(fake.say(CUSTOMER, "你好"))
    assert [attempt.outcome for attempt in delivery.attempts] == ["timeout", "timeout", "reply"]
    assert len({push["MsgId"] for push in webhook.pushes}) == 1
    assert len(set(webhook.bodies)) == 3
    assert len({attempt.request.params["nonce"] for attempt in delivery.attempts}) == 3
    assert fake.phone(CUSTOMER).texts() == ["收到"] and not fake.phone(CUSTOMER).notices()


def test_three_failures_stop_the_pushes_for_a_minute() -> None:
    with running() as (fake, webhook):
        webhook.status = 500
        assert [one.status for one in run(fake.say(CUSTOMER, "一")).attempts] == [500] * 3
        webhook.status = 200
        held = run(fake.say(CUSTOMER, "二"))
        assert held.stopped and not held.attempts and len(webhook.pushes) == 3
        fake.clock.advance(61)
        assert run(fake.say(CUSTOMER, "三")).delivered
    assert fake.phone(CUSTOMER).notices() == [UNAVAILABLE]
    assert [one.reason for one in fake.service_faults] == ["HTTP 500"] * 3 + ["MarkFail: not pushed"]


def test_no_server_is_refused() -> None:
    fake = FakeWeChat(replace(ACCOUNT), "http://127.0.0.1:9/wechat")
    assert [one.outcome for one in run(fake.say(CUSTOMER, "你好")).attempts] == ["refused"] * 3


def test_overlapping_duplicates_show_one_reply() -> None:
    with running() as (fake, webhook):
        webhook.delays = [0.3]
        delivery = run(fake.push(messages.text(CUSTOMER, "你好"), overlap=True))
    assert len(webhook.pushes) == 3 and len({push["MsgId"] for push in webhook.pushes}) == 1
    assert [attempt.outcome for attempt in delivery.attempts] == ["reply"] * 3
    assert fake.phone(CUSTOMER).texts() == ["收到"]


def test_what_a_customer_can_do() -> None:
    with running(answer=lambda _: "success") as (fake, webhook), fake.serving() as base:
        acts = [
            fake.picture(CUSTOMER, b"png"),
            messages.voice(CUSTOMER, "v", ""),
            messages.video(CUSTOMER, "v", "t"),
            messages.shortvideo(CUSTOMER, "v", "t"),
            messages.location(CUSTOMER, 31.2, 121.4, "上海"),
            messages.link(CUSTOMER, "标题", "说明", "https://example.com"),
            messages.subscribe(CUSTOMER, "branch-7"),
            messages.scan(CUSTOMER, "branch-7"),
            messages.click(CUSTOMER, "BALANCE"),
            messages.view(CUSTOMER, "https://example.com"),
            messages.reported_location(CUSTOMER, 31.2, 121.4),
            messages.unsubscribe(CUSTOMER),
        ]
        for act in acts:
            assert run(fake.push(act)).delivered
    kinds = [push.get("Event") or push["MsgType"] for push in webhook.pushes]
    assert kinds[:6] == ["image", "voice", "video", "shortvideo", "location", "link"]
    assert kinds[6:] == ["subscribe", "SCAN", "CLICK", "VIEW", "LOCATION", "unsubscribe"]
    assert webhook.pushes[0]["PicUrl"].startswith(f"{base}/pic/")
    assert webhook.pushes[6]["EventKey"] == "qrscene_branch-7" and "MsgId" not in webhook.pushes[6]
    assert not fake.phone(CUSTOMER).following
