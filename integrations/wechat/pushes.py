"""What a customer did, as the channels hand it on: whatever they read it from, XML or JSON."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypedDict

_FIRST_SECOND = 1_293_840_000  # 2011, the year of WeChat's first release
_LAST_SECOND = 4_102_444_800  # 2100


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """What every push says. `account`: our account's original id (gh_…), to which it was sent.

    `external_id` is the same for each try of one push and for no other: the message's id or, as the rules
    have it for events, sender, time, event and key (hashed, since keys are long): at most 70 characters.
    """

    openid: str
    account: str
    sent_at: datetime
    external_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Push):
    """A text, maybe empty; `menu_item` is the id of the msgmenu item that was tapped instead of typing."""

    content: str = field(repr=False)
    menu_item: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Image(Push):
    """A picture. The URL is WeChat's, as sent: whoever fetches it checks the host."""

    pic_url: str
    media_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice(Push):
    """Speech; `recognition` is what WeChat understood, None where it did not or is not switched on."""

    media_id: str
    recognition: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Video(Push):
    """A video or short video."""

    media_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Location(Push):
    """A place that the customer chose to send, in degrees."""

    latitude: float = field(repr=False)
    longitude: float = field(repr=False)
    label: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link(Push):
    """A shared page. The URL is as sent, of any scheme."""

    title: str
    description: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribed(Push):
    """The customer follows the account; `scene` is the key of the QR code that led here."""

    scene: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsubscribed(Push):
    """The customer no longer follows: nothing can be sent any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned(Push):
    """A follower scanned the QR code with this key."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clicked(Push):
    """A menu item with this key was tapped."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewed(Push):
    """A menu item that opens a page was tapped. Earns no messages."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported(Push):
    """WeChat reports where the customer is. Nobody asked for it: the place is not kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown(Push):
    """Anything else that is well formed; `kind` is its MsgType, or `event:` with the event's name."""

    kind: str


Message = Text | Image | Voice | Video | Location | Link
Event = Subscribed | Unsubscribed | Scanned | Clicked | Viewed | Reported
Inbound = Message | Event | Unknown


class Common(TypedDict):
    """The fields of a Push, for whoever builds one."""

    openid: str
    account: str
    sent_at: datetime
    external_id: str


def moment(seconds: int) -> datetime | None:
    """The time of a push, given in seconds since 1970; None for one at which nobody can have written."""
    return datetime.fromtimestamp(seconds, UTC) if _FIRST_SECOND <= seconds < _LAST_SECOND else None
