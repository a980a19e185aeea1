"""A customer with a phone, whichever messenger is on it: what they can do on any, and what they see."""

import asyncio
import re
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from typing import Any

from tests.fakes import wechat_messages as messages
from tests.fakes.messenger import FakeMessenger
from tests.fakes.wechat_server import FakeWeChat
from tests.fakes.wechat_xml import Message
from tests.fakes.wecom_kf import FakeKf

_LINE = re.compile(r'<a href="weixin://bizmsgmenu\?msgmenucontent=[^"&]*&msgmenuid=(\d+)">([^<]*)</a>')


def links(text: str) -> dict[str, str]:
    """Titles of the lines of a text that can be tapped, with their ids."""
    return {title: id_ for id_, title in _LINE.findall(text)}


class MessengerCustomer(ABC):
    """`user` is their id with the account."""

    def __init__(self, fake: FakeMessenger[Any], user: str) -> None:
        self.fake = fake
        self.user = user
        self.phone = fake.phone(user)

    def say(self, text: str) -> None:
        """Write."""
        _do(self.fake.say(self.user, text))

    def tap(self, title: str) -> None:
        """Tap the choice of this title, the latest of that title."""
        self.tap_item(self.choices()[title], title)

    def tap_item(self, id_: str, title: str) -> None:
        """Tap a choice by its id, whosoever phone it was shown on."""
        _do(self.fake.say(self.user, title, id_))

    @abstractmethod
    def arrive(self, scene: str | None = None) -> None:
        """Come to the account for the first time, maybe through the QR code of `scene`."""

    @abstractmethod
    def send_picture(self, data: bytes) -> None:
        """Send a picture."""

    @abstractmethod
    def send_place(self, latitude: float, longitude: float, label: str) -> None:
        """Send where one is."""

    @abstractmethod
    def send_speech(self) -> None:
        """Send speech of which nothing is recognised."""

    @abstractmethod
    def send_video(self) -> None:
        """Send a video."""

    @abstractmethod
    def send_link(self, title: str, url: str) -> None:
        """Share a page."""

    def texts(self) -> list[str]:
        """What was said to them, in order; of a menu the words above it."""
        shown = [one for one in self.phone.shown if one.kind in ("text", "msgmenu")]
        return [one.content if one.kind == "text" else one.content["head_content"] for one in shown]

    def choices(self) -> dict[str, str]:
        """Ids of all that can be tapped, by their titles."""
        found = {title: id_ for id_, title in self.phone.menu_items().items()}
        for text in self.phone.texts():
            found |= links(text)
        return found


class Follower(MessengerCustomer):
    """A customer of an Official Account."""

    def __init__(self, fake: FakeWeChat, user: str) -> None:
        super().__init__(fake, user)
        self._wechat = fake

    def push(self, message: Message) -> None:
        """Do anything else that only this messenger knows."""
        _do(self._wechat.push(message))

    def arrive(self, scene: str | None = None) -> None:
        _do(self._wechat.follow(self.user, scene))

    def send_picture(self, data: bytes) -> None:
        self.push(self._wechat.picture(self.user, data))

    def send_place(self, latitude: float, longitude: float, label: str) -> None:
        self.push(messages.location(self.user, latitude, longitude, label))

    def send_speech(self) -> None:
        self.push(self._wechat.recording(self.user, b"amr"))

    def send_video(self) -> None:
        self.push(messages.video(self.user, "media", "thumb"))

    def send_link(self, title: str, url: str) -> None:
        self.push(messages.link(self.user, title, "", url))


class KfCustomer(MessengerCustomer):
    """A customer of 微信客服."""

    def __init__(self, fake: FakeKf, user: str) -> None:
        super().__init__(fake, user)
        self._kf = fake

    def arrive(self, scene: str | None = None) -> None:
        _do(self._kf.enter(self.user, scene or ""))

    def send_picture(self, data: bytes) -> None:
        _do(self._kf.send_picture(self.user, data))

    def send_place(self, latitude: float, longitude: float, label: str) -> None:
        self._send("location", latitude=latitude, longitude=longitude, name="", address=label)

    def send_speech(self) -> None:
        self._send("voice", media_id="media")

    def send_video(self) -> None:
        self._send("video", media_id="media")

    def send_link(self, title: str, url: str) -> None:
        self._send("link", title=title, desc="", url=url)

    def _send(self, kind: str, **content: Any) -> None:
        _do(self._kf.send(self.user, kind, content))


def _do(work: Coroutine[Any, Any, Any]) -> None:
    asyncio.run(work)
