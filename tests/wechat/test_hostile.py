"""Ten thousand envelopes that nobody sane would send: no crash, no 5xx, nothing stored."""

import asyncio
import random
import socket
import string
from collections import Counter
from dataclasses import replace

import httpx
import pytest

from integrations.crm.models import Conversation
from integrations.wechat.inbound import MAX_PUSH
from tests.fakes import wechat_messages as messages
from tests.fakes.wechat_account import Account
from tests.fakes.wechat_push import PushRequest
from tests.wechat.conftest import Start
from tests.wechat.server import WeChatServer

ENVELOPES = 10_000
_OTHER_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


def spoiled(request: PushRequest, dice: random.Random) -> PushRequest:
    """The same push with something wrong with it."""
    params, body = dict(request.params), request.body
    match dice.randrange(9):
        case 0:
            body = body[: dice.randrange(len(body))]
        case 1:
            place = dice.randrange(len(body))
            body = body[:place] + dice.choice(string.printable) + body[place + 1 :]
            params["msg_signature"] = params["msg_signature"][::-1]
        case 2:
            params.pop(dice.choice(["msg_signature", "timestamp", "nonce"]))
        case 3:
            params["nonce"] = "".join(dice.choices("一\x00%&<>'\"0", k=30))
        case 4:
            body = "<xml>" + "<a>" * dice.randrange(2000) + body
        case 5:
            body = '<!DOCTYPE x [<!ENTITY a "aaaa">]>' + body
        case 6:
            body = "x" * dice.choice([0, 1, MAX_PUSH, MAX_PUSH * 3])
        case 7:
            body = body.replace("Encrypt", dice.choice(["encrypt", "Encryp", "Encrypt/", "!ENTITY"]))
        case _:
            params["msg_signature"] = dice.choice(["", "0" * 40, "é", "a" * 5000])
    return PushRequest(params, body)


async def send_all(server: WeChatServer, requests: list[PushRequest]) -> Counter[int]:
    async with httpx.AsyncClient(base_url=server.base, trust_env=False, timeout=30) as http:
        gate = asyncio.Semaphore(20)

        async def send(request: PushRequest) -> int:
            async with gate:
                content = request.body.encode("utf-8", "surrogatepass")
                return (await http.post("/wechat", params=request.params, content=content)).status_code

        return Counter(await asyncio.gather(*map(send, requests)))


@pytest.mark.timeout(900)  # a minute and a half on two free cores
def test_ten_thousand_envelopes(server: WeChatServer) -> None:
    dice = random.Random(20261128)
    pusher = server.wechat.pusher
    genuine = [pusher.request(pusher.complete(messages.text("o-1", f"{n}"))) for n in range(50)]
    statuses = asyncio.run(send_all(server, [spoiled(dice.choice(genuine), dice) for _ in range(ENVELOPES)]))
    assert set(statuses) <= {200, 403} and statuses[403] > ENVELOPES * 0.8
    assert server.count(Conversation) == 0
    asyncio.run(server.wechat.say("o-1", "还在"))
    assert server.wechat.phone("o-1").texts() == ["收到：还在"]


@pytest.mark.parametrize("mode", ["compat", "safe"])
def test_a_push_under_another_key_or_for_another_account(start: Start, mode: str) -> None:
    server = start(Account(mode=mode))  # type: ignore[arg-type]
    for change in ({"encoding_aes_key": _OTHER_KEY}, {"appid": "wx0000000000000000"}, {"token": "other"}):
        foreign = replace(server.account, **change)  # type: ignore[arg-type]
        pusher = type(server.wechat.pusher)(
            foreign, server.wechat.postman, server.wechat.clock, server.wechat.phone, {}.get, 1
        )
        request = pusher.request(pusher.complete(messages.text("o-1", "假的")))
        assert set(asyncio.run(send_all(server, [request]))) <= {200, 403}
    assert server.count(Conversation) == 0


def test_the_plain_body_of_the_compat_mode_alone_is_not_believed(start: Start) -> None:
    """Whoever learns one signed query could otherwise write anything."""
    server = start(Account(mode="compat"))
    pusher = server.wechat.pusher
    request = pusher.request(pusher.complete(messages.text("o-1", "真的")))
    forged = request.body.replace("真的", "假的")
    before, _, after = forged.partition("<Encrypt>")
    without = before + after.partition("</Encrypt>")[2]
    statuses = asyncio.run(send_all(server, [PushRequest(request.params, without)]))
    assert statuses == {403: 1} and server.count(Conversation) == 0
    asyncio.run(send_all(server, [PushRequest(request.params, forged)]))
    assert server.received() == ["真的"]


def test_a_key_that_was_replaced_still_opens(start: Start) -> None:
    account = Account()
    server = start(account, aes_key=_OTHER_KEY, previous_aes_key=account.encoding_aes_key)
    delivery = asyncio.run(server.wechat.say("o-1", "查余额"))
    assert delivery.reply is not None and delivery.reply.content == "收到：查余额"
    account.encoding_aes_key = _OTHER_KEY
    assert asyncio.run(server.wechat.say("o-1", "查明细")).reply is not None


def test_who_hangs_up_in_the_middle_of_a_body_leaves_no_trace(
    server: WeChatServer, caplog: pytest.LogCaptureFixture
) -> None:
    query = "msg_signature=x&timestamp=1&nonce=2"
    head = f"POST /wechat?{query} HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\n<xml>"
    with socket.create_connection(("127.0.0.1", server.port)) as line:
        line.sendall(head.encode())
    asyncio.run(server.wechat.say("o-1", "还在"))
    assert server.wechat.phone("o-1").texts() == ["收到：还在"]
    assert not [record for record in caplog.records if record.exc_info]


def test_signed_and_unreadable_is_acknowledged_and_stored_nowhere(server: WeChatServer) -> None:
    pusher = server.wechat.pusher
    for broken in ({"MsgType": "text"}, {"MsgType": "image", "MsgId": 1}, {"MsgType": "event"}):
        request = pusher.request(
            {"ToUserName": "gh_x", "FromUserName": "o-1", "CreateTime": 1_772_442_000, **broken}
        )
        assert asyncio.run(send_all(server, [request])) == {200: 1}
    assert server.count(Conversation) == 0
