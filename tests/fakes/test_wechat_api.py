"""The fake of WeChat's API answers as WeChat does: tokens, quota, messages, faults."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.fakes import wechat_messages as messages
from tests.fakes.wechat_account import Account
from tests.fakes.wechat_server import FakeWeChat

CUSTOMER = "oCustomer-1"


class Server:
    """The account's server: calls the API with a token of its own."""

    def __init__(self, fake: FakeWeChat, base: str) -> None:
        self.fake = fake
        self.http = httpx.Client(base_url=base, trust_env=False, timeout=5)
        self.token = self.stable()["access_token"]

    def credentials(self, **more: Any) -> dict[str, Any]:
        account = self.fake.account
        return {
            "grant_type": "client_credential",
            "appid": account.appid,
            "secret": account.secret,
            **more,
        }

    def stable(self, **more: Any) -> dict[str, Any]:
        return dict(self.http.post("/cgi-bin/stable_token", json=self.credentials(**more)).json())

    def classic(self) -> dict[str, Any]:
        return dict(self.http.get("/cgi-bin/token", params=self.credentials()).json())

    def call(self, path: str, body: Any = None, token: str | None = None, **query: str) -> dict[str, Any]:
        params = {"access_token": token or self.token, **query}
        if body is None:
            return dict(self.http.get(f"/cgi-bin/{path}", params=params).json())
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        return dict(self.http.post(f"/cgi-bin/{path}", params=params, content=raw).json())

    def code(self, path: str, body: Any = None, **query: str) -> int:
        return int(self.call(path, body, **query).get("errcode", 0))

    def send(self, content: str = "您好", to: str = CUSTOMER) -> int:
        text = {"touser": to, "msgtype": "text", "text": {"content": content}}
        return self.code("message/custom/send", text)


@pytest.fixture
def server() -> Iterator[Server]:
    # Nothing listens at the webhook: these tests are of the API, and an act counts even when undelivered.
    fake = FakeWeChat(Account(mode="plain"), "http://127.0.0.1:9/wechat", attempts=1)
    with fake.serving() as base:
        started = Server(fake, base)
        yield started
        started.http.close()


def act(server: Server, message: Any) -> None:
    asyncio.run(server.fake.push(message))


def test_stable_and_classic_tokens_are_isolated(server: Server) -> None:
    first = server.classic()["access_token"]
    second = server.classic()["access_token"]
    assert first != second and server.stable()["access_token"] == server.token
    assert server.call("getcallbackip", token=first)["ip_list"]
    server.fake.clock.advance(301)
    assert server.call("getcallbackip", token=first)["errcode"] == 40001
    assert server.call("getcallbackip", token=second)["ip_list"]
    assert server.stable() == {"access_token": server.token, "expires_in": 6899}
    server.fake.api.tokens.invalidate("stable")
    assert server.code("getcallbackip") == 40001
    assert server.call("getcallbackip", token=second)["ip_list"]
    assert server.stable()["access_token"] != server.token


def test_stable_token_is_renewed_five_minutes_early(server: Server) -> None:
    server.fake.clock.advance(6901)
    renewed = server.stable()
    assert renewed["access_token"] != server.token and renewed["expires_in"] == 7200
    assert server.code("getcallbackip") == 0
    server.fake.clock.advance(299)
    assert server.code("getcallbackip") == 42001
    assert server.call("getcallbackip", token="nonsense")["errcode"] == 40014


def test_forced_refresh_has_limits(server: Server) -> None:
    forced = server.stable(force_refresh=True)["access_token"]
    assert forced != server.token and server.code("getcallbackip") == 40001
    assert server.stable(force_refresh=True)["access_token"] == forced
    for _ in range(19):
        server.fake.clock.advance(30)
        assert server.stable(force_refresh=True)["access_token"]
    server.fake.clock.advance(30)
    assert server.stable(force_refresh=True)["errcode"] == 45009


def test_credentials_and_callers(server: Server) -> None:
    assert server.stable(secret="x")["errcode"] == 40125
    assert server.stable(appid="x")["errcode"] == 40013
    assert server.http.get("/cgi-bin/stable_token").json()["errcode"] == 43002
    server.fake.account.allowed_ips = frozenset({"203.0.113.7"})
    refused = server.stable()
    assert refused["errcode"] == 40164 and "127.0.0.1" in refused["errmsg"]


def test_a_message_earns_five_for_48_hours(server: Server) -> None:
    assert server.send() == 40003
    server.fake.phone(CUSTOMER)
    assert server.send() == 45015
    act(server, messages.text(CUSTOMER, "你好"))
    assert [server.send() for _ in range(6)] == [0, 0, 0, 0, 0, 45047]
    act(server, messages.text(CUSTOMER, "在吗"))
    assert server.send() == 0
    server.fake.clock.advance(48 * 3600)
    server.token = server.stable()["access_token"]
    assert server.send() == 45015
    assert server.fake.phone(CUSTOMER).texts() == ["您好"] * 6


def test_what_ends_first_is_spent_first(server: Server) -> None:
    act(server, messages.text(CUSTOMER, "你好"))
    act(server, messages.click(CUSTOMER, "BALANCE"))
    assert server.fake.quota(CUSTOMER) == 8
    assert [server.send() for _ in range(2)] == [0, 0]
    server.fake.clock.advance(60)
    assert server.fake.quota(CUSTOMER) == 5


def test_a_second_message_may_start_the_five_again(server: Server) -> None:
    server.fake.account.allowances_add_up = False
    act(server, messages.text(CUSTOMER, "你好"))
    act(server, messages.text(CUSTOMER, "在吗"))
    assert server.fake.quota(CUSTOMER) == 5


def test_a_tapped_menu_item_earns_three_for_a_minute(server: Server) -> None:
    menu = {"head_content": "满意吗", "list": [{"id": "101", "content": "满意"}], "tail_content": ""}
    act(server, messages.click(CUSTOMER, "RATE"))
    body = {"touser": CUSTOMER, "msgtype": "msgmenu", "msgmenu": menu}
    assert server.code("message/custom/send", body) == 0
    server.fake.clock.advance(60)
    delivery = asyncio.run(server.fake.phone(CUSTOMER).tap_menu_item("101"))
    assert (delivery.message["Content"], delivery.message["bizmsgmenuid"]) == ("满意", 101)
    assert [server.send() for _ in range(4)] == [0, 0, 0, 45047]
    menu["list"] = [{"id": "yes", "content": "满意"}]
    assert server.code("message/custom/send", body) == 47001


def test_who_left_gets_nothing(server: Server) -> None:
    act(server, messages.text(CUSTOMER, "你好"))
    act(server, messages.unsubscribe(CUSTOMER))
    assert server.send() == 43004
    assert server.call("user/info", openid=CUSTOMER)["subscribe"] == 0
    act(server, messages.subscribe(CUSTOMER))
    assert server.fake.quota(CUSTOMER) == 3


def test_bodies_are_read_as_wechat_reads_them(server: Server) -> None:
    act(server, messages.text(CUSTOMER, "你好"))
    escaped = json.dumps({"touser": CUSTOMER, "msgtype": "text", "text": {"content": "您\\n\n"}}).encode()
    assert server.code("message/custom/send", escaped) == 0
    assert server.fake.phone(CUSTOMER).texts() == ["\\u60a8\\n\n"]
    assert server.code("message/custom/send", "{您}".encode("gbk")) == 40033
    assert server.code("message/custom/send", b"{") == 47001
    assert server.send("长" * 682) == 0
    assert server.send("长" * 683) == 45002
    button = {"button": [{"type": "click", "name": "余额", "key": "B"}]}
    assert server.code("menu/create", json.dumps(button).encode()) == 40033
    assert server.call("menu/get")["errcode"] == 46003
    assert server.code("menu/create", button) == 0
    assert server.call("menu/get") == {"menu": button}
    assert server.call("get_current_selfmenu_info")["is_menu_open"] == 1


def test_typing(server: Server) -> None:
    body = {"touser": CUSTOMER, "command": "Typing"}
    server.fake.phone(CUSTOMER)
    assert server.code("message/custom/typing", body) == 45080
    act(server, messages.text(CUSTOMER, "你好"))
    codes = [server.code("message/custom/typing", one) for one in (body, body, {**body, "command": "x"})]
    assert codes == [0, 45081, 45072]
    server.fake.clock.advance(15)
    assert server.code("message/custom/typing", body) == 0
    assert server.send() == 0 and not server.fake.api.custom.is_typing(CUSTOMER)
    server.fake.clock.advance(16)
    assert server.code("message/custom/typing", body) == 45080


def test_an_unverified_account_sends_nothing(server: Server) -> None:
    server.fake.account.may_custom_send = False
    assert server.send() == 48001
    assert server.code("customservice/getkflist") == 48001
    assert server.code("get_current_selfmenu_info") == 0


def test_media_go_both_ways(server: Server) -> None:
    message = server.fake.picture(CUSTOMER, b"\x89PNG")
    params = {"access_token": server.token, "media_id": str(message["MediaId"])}
    found = server.http.get("/cgi-bin/media/get", params=params)
    assert (found.content, found.headers["content-type"]) == (b"\x89PNG", "image/png")
    assert server.http.get(str(message["PicUrl"])).content == b"\x89PNG"
    assert server.code("media/get", media_id="none") == 40007
    query = {"access_token": server.token, "type": "image"}
    files = {"media": ("a.png", b"\x89PNG", "image/png")}
    kept = server.http.post("/cgi-bin/media/upload", params=query, files=files).json()
    act(server, messages.text(CUSTOMER, "你好"))
    body = {"touser": CUSTOMER, "msgtype": "image", "image": {"media_id": kept["media_id"]}}
    assert server.code("message/custom/send", body) == 0
    assert server.code("message/custom/send", {**body, "image": {"media_id": "none"}}) == 40007
    scene = {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "branch-7"}}}
    assert server.fake.api.scenes[server.call("qrcode/create", scene)["ticket"]] == "branch-7"


def test_injected_faults(server: Server) -> None:
    act(server, messages.text(CUSTOMER, "你好"))
    for code in (-1, 40001, 42001, 45009, 40164):
        server.fake.inject("message/custom/send", code)
        assert server.send() == code
    server.fake.inject("message/custom/send", "reset")
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        server.send()
    server.fake.inject("message/custom/send", "http502")
    server.fake.inject("message/custom/send", "not_json")
    for _ in range(2):
        with pytest.raises(ValueError):
            server.send()
    server.fake.inject("/cgi-bin/message/custom/send", "hang")
    server.http.timeout = httpx.Timeout(0.2)
    with pytest.raises(httpx.ReadTimeout):
        server.send()
    server.http.timeout = httpx.Timeout(5)
    assert server.send() == 0
    results = [call.result for call in server.fake.api.calls_to("message/custom/send")]
    assert results[5:9] == ["reset", "http502", "not_json", "hang"]
    assert server.fake.api.calls_to("message/custom/send")[-1].errcode == 0


def test_the_page_plays_a_customer(server: Server) -> None:
    assert "/demo/state" in server.http.get("/").text
    asked = {"openid": CUSTOMER, "act": "text", "text": "你好"}
    assert server.http.post("/demo/act", json=asked).is_success
    state = server.http.get("/demo/state", params={"openid": CUSTOMER}).json()
    assert state["name"] == "云川银行" and state["quota"]["left"] == 5
    assert state["history"][0]["content"] == {"Content": "你好"}
