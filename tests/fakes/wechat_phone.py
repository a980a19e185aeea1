"""One customer's chat with the account, as the phone shows it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from tests.fakes.clock import Clock

UNAVAILABLE = "该公众号暂时无法提供服务，请稍后再试"
Kind = Literal["text", "msgmenu", "image", "voice", "video", "music", "news", "link", "notice", "typing"]
How = Literal["passive", "custom", "system", "own"]
Outcome = TypeVar("Outcome")


@dataclass(frozen=True)
class Shown:
    """One thing in the chat.

    `kind` is a Kind, or for what the customer did the MsgType or Event of its push. `content` is the text for
    a text or notice, the media_id for an image, voice or video, the list of articles for news, the JSON
    object for a msgmenu, "Typing" or "CancelTyping" for typing. `how` is `own` for what the customer did (its
    content being the push's fields), `system` for what WeChat itself says.
    """

    time: datetime
    kind: str
    content: Any
    how: How


class Phone(Generic[Outcome]):
    """`say` writes as this customer: openid, words, id of the tapped item or None."""

    def __init__(
        self, openid: str, clock: Clock, say: Callable[[str, str, str | None], Awaitable[Outcome]]
    ) -> None:
        self.openid = openid
        self.following = True
        self.history: list[Shown] = []
        self._clock = clock
        self._say = say

    @property
    def shown(self) -> list[Shown]:
        """What came from the account or from WeChat, in order."""
        return [one for one in self.history if one.how != "own"]

    def texts(self) -> list[str]:
        """The words of the account's text messages, in order."""
        return [str(one.content) for one in self.shown if one.kind == "text"]

    def notices(self) -> list[str]:
        """What WeChat itself said, in order."""
        return [str(one.content) for one in self.shown if one.kind == "notice"]

    def menu_items(self) -> dict[str, str]:
        """Words of each tappable item by its id, the latest of an id."""
        menus = [one.content for one in self.shown if one.kind == "msgmenu"]
        items = [item for menu in menus for item in menu["list"] if "id" in item]
        return {str(item["id"]): str(item["content"]) for item in items}

    def show(self, kind: Kind, content: Any, how: How) -> None:
        """Add to the end of the chat."""
        self.history.append(Shown(self._clock.now(), kind, content, how))

    def record_own(self, kind: str, content: Any) -> None:
        """Add what the customer did."""
        self.history.append(Shown(self._clock.now(), kind, content, "own"))

    async def say(self, content: str) -> Outcome:
        """Write a message; what became of its push."""
        return await self._say(self.openid, content, None)

    async def tap_menu_item(self, item: str) -> Outcome:
        """Tap the item of a msgmenu: its words go out as the customer's. Raises KeyError where none shows."""
        return await self._say(self.openid, self.menu_items()[item], item)
