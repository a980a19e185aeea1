"""The page on which somebody plays a WeChat customer, and what it asks for."""

import asyncio
import base64
import binascii
import struct
import zlib
from collections.abc import Awaitable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from tests.fakes import wechat_messages as messages
from tests.fakes.wechat_push import Delivery
from tests.fakes.wechat_xml import Message, to_xml

if TYPE_CHECKING:
    from tests.fakes.wechat_server import FakeWeChat

PAGE = Path(__file__).with_name("wechat_demo.html")
SAMPLE_VOICE = b"#!AMR\n" + bytes(64)


class Demo:
    """Routes of the page; each act answers at once and is seen in the state."""

    def __init__(self, fake: "FakeWeChat") -> None:
        self._fake = fake
        self._under_way: set[asyncio.Task[Any]] = set()

    def routes(self) -> list[Route]:
        """The page, /demo/state and /demo/act."""
        return [
            Route("/", self._page),
            Route("/demo/state", self._state),
            Route("/demo/act", self._act, methods=["POST"]),
        ]

    async def _page(self, _request: Request) -> Response:
        return FileResponse(PAGE, media_type="text/html")

    async def _state(self, request: Request) -> Response:
        fake, openid = self._fake, request.query_params["openid"]
        phone, now = fake.phone(openid), fake.clock.now()
        end, stopped = fake.world.quota.window_end(openid, now), fake.pusher.stopped_until
        pushes = [one for one in fake.deliveries if one.message["FromUserName"] == openid]
        state = {
            "name": fake.account.name,
            "mode": fake.account.mode,
            "now": now.isoformat(),
            "following": phone.following,
            "typing": fake.api.custom.is_typing(openid),
            "history": [{**asdict(one), "time": one.time.isoformat()} for one in phone.history],
            "menu": fake.api.menu.buttons or [],
            "quota": {"left": fake.quota(openid), "end": end.isoformat() if end else None},
            "stopped": stopped.isoformat() if stopped and now < stopped else None,
            "push": _described(pushes[-1]) if pushes else None,
            "faults": [_fault(one) for one in fake.service_faults[-8:]],
            "calls": [
                {"path": one.path, "body": one.body, "result": _short(one.result)}
                for one in fake.api.calls[-8:]
            ],
        }
        return JSONResponse(state)

    async def _act(self, request: Request) -> Response:
        asked = await request.json()
        if asked["act"] == "advance":
            self._fake.clock.advance(float(asked["seconds"]))
        elif asked["act"] == "tap":
            self._start(self._fake.phone(asked["openid"]).tap_menu_item(asked["id"]))
        else:
            self._start(self._fake.push(self._message(asked)))
        return JSONResponse({})

    def _message(self, asked: dict[str, Any]) -> Message:
        openid, text = str(asked["openid"]), str(asked.get("text", ""))
        match asked["act"]:
            case "text":
                return messages.text(openid, text, asked.get("menu"))
            case "image":
                data = base64.b64decode(asked["data"]) if asked.get("data") else sample_picture()
                return self._fake.picture(openid, data, asked.get("type") or "image/png")
            case "voice":
                return self._fake.recording(openid, SAMPLE_VOICE, text or None)
            case "location":
                return messages.location(openid, 31.2304, 121.4737, "上海市黄浦区人民大道200号")
            case "follow":
                return messages.subscribe(openid, text or None)
            case "unfollow":
                return messages.unsubscribe(openid)
            case "click":
                return messages.click(openid, text)
        return messages.view(openid, text)

    def _start(self, work: Awaitable[Delivery]) -> None:
        task = asyncio.ensure_future(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)


def sample_picture() -> bytes:
    """A small PNG: something like a slip of paper."""
    width, height = 240, 160
    rows = b"".join(b"\0" + b"".join(_pixel(x, y) for x in range(width)) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def _pixel(x: int, y: int) -> bytes:
    line = 24 < x < 200 - y % 48 and y % 24 in (10, 11, 12) and y > 40
    head = y < 30
    return b"\x1f\x5f\xa8" if head else b"\x99\x99\x99" if line else b"\xfa\xf8\xf2"


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", binascii.crc32(name + data))


def _described(delivery: Delivery) -> dict[str, Any]:
    attempts = [
        {
            "outcome": one.outcome,
            "status": one.status,
            "reason": one.reason,
            "elapsed": round(one.elapsed, 2),
            "params": one.request.params,
            "body": one.request.body,
            "answer": one.answer,
        }
        for one in delivery.attempts
    ]
    return {"plain": to_xml(delivery.message), "attempts": attempts, "stopped": delivery.stopped}


def _fault(fault: Any) -> dict[str, str]:
    return {"time": fault.time.isoformat(), "reason": fault.reason}


def _short(result: Any) -> str:
    if not isinstance(result, dict):
        return str(result)
    return f"{result['errcode']} {result['errmsg']}" if result.get("errcode") else "ok"
