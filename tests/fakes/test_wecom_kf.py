"""The fake of 微信客服 answers as WeCom does."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from wechatpy.crypto import PrpCrypto, WeChatCrypto

from tests.fakes.running import serve
from tests.fakes.wechat_crypto import sign
from tests.fakes.wecom_kf import FakeKf
from tests.fakes.wecom_world import BOT, ENDED, HUMAN, WAITING, KfAccount

CUSTOMER = "wmCustomer-0001"
ACCOUNT = KfAccount()


class Callback:
    """An integration's webhook as small as can be, and its calls."""

    def __init__(self) -> None:
        self.events: list[dict[str, str]] = []
        self.body = "success"
        self.delays: list[float] = []
        self.app = Starlette(routes=[Route("/kf", self._serve, methods=["GET", "POST"])])
        self.crypto = WeChatCrypto(ACCOUNT.token, ACCOUNT.encoding_aes_key, ACCOUNT.corpid)

    async def _serve(self, request: Request) -> Response:
        query = request.query_params
        if request.method == "GET":
            given = (ACCOUNT.token, query["timestamp"], query["nonce"], query["echostr"])
            if sign(*given) != query["msg_signature"]:
                return PlainTextResponse("no", 403)
            return PlainTextResponse(PrpCrypto(self.crypto.key).decrypt(query["echostr"], ACCOUNT.corpid))
        body = (await request.body()).decode()
        given_too = (query["msg_signature"], query["timestamp"], query["nonce"])
        inside = self.crypto.decrypt_message(body, *given_too)
        self.events.append({tag.tag: tag.text or "" for tag in ElementTree.fromstring(inside)})
        if self.delays:
            await asyncio.sleep(self.delays.pop(0))
        return PlainTextResponse(self.body)


class Server:
    """The company's server and the fake it calls."""

    def __init__(self, fake: FakeKf, callback: Callback, base: str) -> None:
        self.fake = fake
        self.callback = callback
        self.http = httpx.Client(base_url=base, trust_env=False, timeout=5)
        self.token = self.gettoken()["access_token"]

    def gettoken(self, **changes: str) -> dict[str, Any]:
        params = {"corpid": ACCOUNT.corpid, "corpsecret": ACCOUNT.secret} | changes
        return dict(self.http.get("/cgi-bin/gettoken", params=params).json())

    def call(self, path: str, **body: Any) -> dict[str, Any]:
        params = {"access_token": self.token}
        return dict(self.http.post(f"/cgi-bin/kf/{path}", params=params, json=body).json())

    def sync(self, **body: Any) -> dict[str, Any]:
        return self.call("sync_msg", open_kfid=ACCOUNT.open_kfid, **body)

    def send(self, content: str = "hello", **more: str) -> int:
        target = {"touser": CUSTOMER, "open_kfid": ACCOUNT.open_kfid}
        body = {"msgtype": "text", "text": {"content": content}}
        return int(self.call("send_msg", **target, **body, **more)["errcode"])

    def trans(self, state: int, **more: str) -> dict[str, Any]:
        target = {"open_kfid": ACCOUNT.open_kfid, "external_userid": CUSTOMER}
        return self.call("service_state/trans", **target, service_state=state, **more)


@contextmanager
def running(patience: float = 5.0) -> Iterator[Server]:
    callback = Callback()
    with serve(callback.app) as site:
        fake = FakeKf(KfAccount(), f"{site.base}/kf", patience=patience)
        with fake.serving() as base:
            server = Server(fake, callback, base)
            yield server
            server.http.close()


@pytest.fixture
def server() -> Iterator[Server]:
    with running() as started:
        yield started


def test_handshake_and_token(server: Server) -> None:
    assert asyncio.run(server.fake.verify()).accepted
    assert not asyncio.run(server.fake.verify(token="another")).accepted
    assert server.gettoken()["access_token"] == server.token
    assert server.gettoken(corpsecret="x")["errcode"] == 40001


def test_callback_then_sync(server: Server) -> None:
    fake = server.fake
    for content in ("一", "二", "三"):
        assert asyncio.run(fake.say(CUSTOMER, content)).accepted
    event = server.callback.events[0]
    assert (event["Event"], event["OpenKfId"]) == ("kf_msg_or_event", ACCOUNT.open_kfid)
    first = server.sync(token=event["Token"], limit=2)
    assert [one["text"]["content"] for one in first["msg_list"]] == ["一", "二"]
    rest = server.sync(token=event["Token"], cursor=first["next_cursor"])
    assert (first["has_more"], rest["has_more"], len(rest["msg_list"])) == (1, 0, 1)
    assert not server.sync(cursor=rest["next_cursor"])["msg_list"]
    assert len(server.sync()["msg_list"]) == 3
    assert server.sync(limit=1001)["errcode"] == 40058
    assert server.call("sync_msg", open_kfid="wkOther")["errcode"] == 95000
    fake.clock.advance(601)
    assert server.sync(token=event["Token"])["errcode"] == 95007
    fake.clock.advance(3 * 86400)
    server.token = server.gettoken()["access_token"]
    assert not server.sync()["msg_list"]


def test_five_messages_for_48_hours(server: Server) -> None:
    server.fake.phone(CUSTOMER)
    assert server.send() == 95002
    asyncio.run(server.fake.say(CUSTOMER, "你好"))
    assert [server.send() for _ in range(6)] == [0, 0, 0, 0, 0, 95001]
    asyncio.run(server.fake.say(CUSTOMER, "在吗"))
    assert server.send("x" * 2049) == 45002
    assert [server.send(msgid="once"), server.send(msgid="once")] == [0, 40058]
    assert server.send(msgid="x" * 33) == 40058
    server.fake.clock.advance(48 * 3600)
    server.token = server.gettoken()["access_token"]
    assert server.send() == 95002


def test_states(server: Server) -> None:
    asyncio.run(server.fake.say(CUSTOMER, "你好"))
    assert server.trans(BOT)["errcode"] == 0 and server.send() == 0
    assert server.trans(WAITING)["msg_code"] and server.send() == 95018
    assert server.trans(HUMAN)["errcode"] == 40058
    assert server.trans(HUMAN, servicer_userid="linxiao")["errcode"] == 0
    target = {"open_kfid": ACCOUNT.open_kfid, "external_userid": CUSTOMER}
    found = server.call("service_state/get", **target)
    assert (found["service_state"], found["servicer_userid"]) == (HUMAN, "linxiao")
    assert server.trans(ENDED)["errcode"] == 0 and server.send() == 95013
    assert server.trans(BOT)["errcode"] == 95016
    asyncio.run(server.fake.say(CUSTOMER, "还有一个问题"))
    assert server.fake.conversation(CUSTOMER).state == 0 and server.send() == 0


def test_events_and_menus(server: Server) -> None:
    fake = server.fake
    asyncio.run(fake.enter(CUSTOMER, "branch"))
    event = server.sync()["msg_list"][0]["event"]
    item = {"type": "click", "click": {"id": "101", "content": "查余额"}}
    menu = {"msgtype": "msgmenu", "msgmenu": {"head_content": "您好", "list": [item]}}
    assert server.call("send_msg_on_event", code=event["welcome_code"], **menu)["errcode"] == 0
    assert server.call("send_msg_on_event", code=event["welcome_code"], **menu)["errcode"] == 40058
    asyncio.run(fake.phone(CUSTOMER).tap_menu_item("101"))
    assert server.sync()["msg_list"][1]["text"] == {"content": "查余额", "menu_id": "101"}
    asyncio.run(fake.fail_message(CUSTOMER, "m1", 5))
    assert server.sync()["msg_list"][2]["event"]["fail_msgid"] == "m1"
    asyncio.run(fake.enter(CUSTOMER))
    assert "welcome_code" not in server.sync()["msg_list"][3]["event"]
    found = server.call("customer/batchget", external_userid_list=[CUSTOMER, "wmNobody"])
    assert found["invalid_external_userid"] == ["wmNobody"] and len(found["customer_list"]) == 1


def test_slow_and_wrong_callbacks() -> None:
    with running(patience=0.2) as server:
        server.callback.delays = [1]
        delivery = asyncio.run(server.fake.say(CUSTOMER, "你好"))
        assert [one.error for one in delivery.answers] == ["timeout", ""] and delivery.accepted
        server.callback.body = '{"ok": true}'
        assert not asyncio.run(server.fake.say(CUSTOMER, "你好")).accepted
        assert len(server.fake.service_faults) == 2


def test_injected_faults(server: Server) -> None:
    server.fake.inject("kf/sync_msg", -1)
    server.fake.inject("kf/sync_msg", "reset")
    assert server.sync()["errcode"] == -1
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        server.sync()
    assert server.sync()["errcode"] == 0
