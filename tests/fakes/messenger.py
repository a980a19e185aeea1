"""What the fakes of WeChat and WeCom have in common."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import httpx
from starlette.applications import Starlette

from tests.fakes.api_server import ApiServer, Fault
from tests.fakes.clock import Clock
from tests.fakes.postman import Postman
from tests.fakes.running import serve
from tests.fakes.wechat_media import MediaStore
from tests.fakes.wechat_phone import Phone
from tests.fakes.wechat_quota import QuotaLedger

Outcome = TypeVar("Outcome")


@dataclass
class MessengerWorld(Generic[Outcome]):
    """The state behind both sides of a fake."""

    clock: Clock
    media: MediaStore
    quota: QuotaLedger = field(default_factory=QuotaLedger)
    phones: dict[str, Phone[Outcome]] = field(default_factory=dict)


class FakeMessenger(ABC, Generic[Outcome]):
    """A messenger's side of one account: its customers' phones, the webhook it calls, its API.

    `patience` is in seconds of the real time, all other times are of `clock`. `transport` takes the place of
    the network, for example httpx.ASGITransport. `base_url` is where `app` is served.
    """

    world: MessengerWorld[Outcome]
    api: ApiServer

    def __init__(
        self, webhook: str, clock: Clock | None, patience: float, transport: httpx.AsyncBaseTransport | None
    ) -> None:
        self.clock = clock or Clock()
        self.postman = Postman(webhook, patience, transport)
        self.base_url = ""

    @abstractmethod
    async def say(self, user: str, content: str, menu_id: str | None = None) -> Outcome:
        """A customer writes; `menu_id` where a tap on a choice wrote it."""

    @property
    @abstractmethod
    def app(self) -> Starlette:
        """The API."""

    def phone(self, user: str) -> Phone[Outcome]:
        """A customer's phone, made at first sight."""
        if user not in self.world.phones:
            self.world.phones[user] = Phone(user, self.clock, self.say)
        return self.world.phones[user]

    def quota(self, user: str) -> int:
        """Messages that may still be sent to this customer."""
        return self.world.quota.remaining(user, self.clock.now())

    def inject(self, path: str, fault: Fault, times: int = 1) -> None:
        """Break the next calls of an API path."""
        self.api.inject(path, fault, times)

    @contextmanager
    def serving(self, port: int = 0) -> Iterator[str]:
        """Serve `app` on loopback for the block; its URL."""
        with serve(self.app, port) as site:
            self.base_url = site.base
            yield site.base
