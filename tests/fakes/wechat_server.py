"""A fake of WeChat for one Official Account: customers' phones, pushes to the webhook, and the API.

`python -m tests.fakes.wechat_server` runs it alone, with a page to play a customer on.
"""

import argparse
import asyncio
import sys
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.fakes import wechat_messages as messages
from tests.fakes.clock import Clock, RunningClock
from tests.fakes.messenger import FakeMessenger
from tests.fakes.running import configuration
from tests.fakes.wechat_account import Account
from tests.fakes.wechat_api import WeChatApi
from tests.fakes.wechat_demo import Demo
from tests.fakes.wechat_media import MediaStore, served
from tests.fakes.wechat_push import Delivery, Handshake, Pusher, ServiceFault
from tests.fakes.wechat_world import World
from tests.fakes.wechat_xml import Message


class FakeWeChat(FakeMessenger[Delivery]):
    """WeChat's side. See `FakeMessenger`; `base_url` is part of a picture's address."""

    def __init__(
        self,
        account: Account,
        webhook: str,
        clock: Clock | None = None,
        patience: float = 5.0,
        attempts: int = 3,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(webhook, clock, patience, transport)
        self.account = account
        self.world: World = World(account=account, clock=self.clock, media=MediaStore(self.clock))
        self.api: WeChatApi = WeChatApi(self.world)
        known = self.world.media.known
        self.pusher = Pusher(account, self.postman, self.clock, self.phone, known, attempts)

    @property
    def deliveries(self) -> list[Delivery]:
        """Each push, in order, those under way too."""
        return self.pusher.deliveries

    @property
    def service_faults(self) -> list[ServiceFault]:
        """Each failed attempt, in order."""
        return self.pusher.service_faults

    async def verify(self, token: str | None = None) -> Handshake:
        """The handshake, signed with the account's token unless another is given."""
        return await self.pusher.verify(token)

    async def push(self, message: Message, *, overlap: bool = False) -> Delivery:
        """A customer acts: allowances open, then the webhook is told."""
        complete = self.pusher.complete(message)
        self.phone(str(complete["FromUserName"]))
        self.world.interact(complete)
        return await self.pusher.push(complete, overlap=overlap)

    async def say(self, user: str, content: str, menu_id: str | None = None) -> Delivery:
        """A customer writes; `menu_id` where a tap on a msgmenu wrote it."""
        return await self.push(messages.text(user, content, menu_id))

    async def follow(self, openid: str, scene: str | None = None) -> Delivery:
        """A customer follows, by the QR code of `scene` or without."""
        return await self.push(messages.subscribe(openid, scene))

    async def unfollow(self, openid: str) -> Delivery:
        """A customer leaves."""
        return await self.push(messages.unsubscribe(openid))

    def picture(self, openid: str, data: bytes, media_type: str = "image/png") -> Message:
        """A customer's picture, kept for media/get and at its PicUrl; to be pushed."""
        media_id = self.world.media.add(data, media_type)
        return messages.image(openid, media_id, f"{self.base_url}/pic/{media_id}")

    def recording(self, openid: str, data: bytes, recognition: str | None = None) -> Message:
        """A customer's voice message, kept for media/get; to be pushed."""
        return messages.voice(openid, self.world.media.add(data, "audio/amr"), recognition)

    @property
    def app(self) -> Starlette:
        """The API, the pictures and the page."""
        pictures = Route("/pic/{media_id}", self._show_picture)
        return Starlette(routes=[*self.api.routes, pictures, *Demo(self).routes()])

    async def _show_picture(self, request: Request) -> Response:
        medium = self.world.media.find(str(request.path_params["media_id"]))
        return Response(status_code=404) if medium is None else served(medium)


def main(arguments: list[str] | None = None) -> None:
    """Run alone on loopback until stopped."""
    options = _options(arguments)
    given = {"appid": options.appid, "secret": options.secret, "token": options.token, "mode": options.mode}
    account = Account(
        original_id=options.original_id,
        encoding_aes_key=options.aes_key,
        may_custom_send=not options.passive_only,
        **given,
    )
    fake = FakeWeChat(account, options.webhook, RunningClock(), options.patience)
    fake.base_url = f"http://127.0.0.1:{options.port}"
    sys.stdout.write(f"{_settings(account)}\n{fake.base_url}/\n")
    sys.stdout.flush()
    server = uvicorn.Server(configuration(fake.app, host="127.0.0.1", port=options.port))
    asyncio.run(server.serve())


def _options(arguments: list[str] | None) -> Any:
    usual = Account()
    parser = argparse.ArgumentParser(description="A fake of WeChat with a page to play a customer on.")
    parser.add_argument("--port", type=int, default=8790)
    parser.add_argument("--webhook", default="http://127.0.0.1:8000/wechat")
    parser.add_argument("--mode", choices=("plain", "compat", "safe"), default=usual.mode)
    parser.add_argument("--appid", default=usual.appid)
    parser.add_argument("--secret", default=usual.secret)
    parser.add_argument("--original-id", default=usual.original_id)
    parser.add_argument("--token", default=usual.token)
    parser.add_argument("--aes-key", default=usual.encoding_aes_key)
    parser.add_argument("--patience", type=float, default=5.0, help="seconds until a push is dropped")
    parser.add_argument("--passive-only", action="store_true", help="custom/send answers 48001")
    return parser.parse_args(arguments)


def _settings(account: Account) -> str:
    names = ("appid", "secret", "original_id", "token", "encoding_aes_key", "mode")
    return "\n".join(f"{name}={getattr(account, name)}" for name in names)


if __name__ == "__main__":
    main()
