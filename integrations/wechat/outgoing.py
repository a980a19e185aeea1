"""Packs what waits for a customer into as few messages as WeChat's quota asks for. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from integrations.crm.conversations.outbox import Parcel
from integrations.wechat.rendering import Choice, Rendered, choice_lines, inline, render
from integrations.wechat.text import LIMIT, split

MENU_HEAD_LIMIT = 1000
"""Longest text above a msgmenu, in bytes of UTF-8; WeCom takes 1024."""
# Nothing is cut off: what the quota doesn't take goes on after the customer's next message.
_ANY_NUMBER = 100


@dataclass(frozen=True, slots=True)
class Progress:
    """After this message so many parts of the parcel have gone; `whole` where none is left."""

    item_id: int
    parts_sent: int
    whole: bool


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to WeChat; `choices` make it a msgmenu."""

    text: str
    choices: tuple[Choice, ...] = ()
    progress: tuple[Progress, ...] = field(default=())

    def as_text(self) -> Outgoing:
        """The same as a text message whose lines can be tapped."""
        lines = choice_lines(self.choices)
        return Outgoing("\n".join([self.text, *lines]).strip(), progress=self.progress)


def pack(parcels: Sequence[Parcel], limit: int = LIMIT) -> list[Outgoing]:
    """All of it, in order, merged into as few messages of at most `limit` bytes as there can be."""
    packed: list[Outgoing] = []
    for parcel in parcels:
        for unit in _units(parcel, limit):
            merged = _merged(packed[-1], unit, limit) if packed else None
            if merged is None:
                packed.append(unit)
            else:
                packed[-1] = merged
    return packed


def _units(parcel: Parcel, limit: int) -> list[Outgoing]:
    """The parts of a message that have not gone yet."""
    shown = render(parcel.message_id, parcel.text, parcel.payload)
    if len(shown.text.encode()) > MENU_HEAD_LIMIT and len(inline(shown).encode()) <= limit:
        # Too long above a menu: lines to tap save a second message.
        shown = Rendered(inline(shown))
    texts = _parts(shown, limit)
    last = len(texts) - 1
    return [
        Outgoing(
            text,
            shown.choices if place == last else (),
            (Progress(parcel.item_id, place + 1, place == last),),
        )
        for place, text in enumerate(texts)
        if place >= parcel.parts_sent
    ]


def _parts(shown: Rendered, limit: int) -> list[str]:
    room = min(limit, MENU_HEAD_LIMIT) if shown.choices else limit
    parts = split(shown.text, limit, _ANY_NUMBER) or [""]
    if len(parts[-1].encode()) > room:
        # The menu stands below a text of its own.
        parts.append("")
    return parts


def _merged(first: Outgoing, second: Outgoing, limit: int) -> Outgoing | None:
    """Both in one message, the first one's choices as lines; None where that is too long."""
    above = first.as_text().text
    text = "\n\n".join(part for part in (above, second.text) if part)
    room = min(limit, MENU_HEAD_LIMIT) if second.choices else limit
    if len(text.encode()) > room:
        return None
    return Outgoing(text, second.choices, (*first.progress, *second.progress))


def pack_passive(parcels: Sequence[Parcel], limit: int = LIMIT) -> Outgoing | None:
    """As much as one passive reply, a text, can hold; None where there is nothing."""
    reply: Outgoing | None = None
    for parcel in parcels:
        for unit in _units(parcel, limit):
            flat = unit.as_text()
            if len(flat.text.encode()) > limit:
                flat = Outgoing(_without_choices(unit, limit), progress=unit.progress)
            text = flat.text if reply is None else "\n\n".join((reply.text, flat.text))
            if len(text.encode()) > limit:
                return reply
            before = reply.progress if reply else ()
            reply = Outgoing(text, progress=(*before, *flat.progress))
    return reply


def _without_choices(unit: Outgoing, limit: int) -> str:
    """A menu too long for a text: as many of its lines as fit."""
    kept = list(unit.choices)
    while kept:
        kept.pop()
        text = "\n".join([unit.text, *choice_lines(kept)]).strip()
        if len(text.encode()) <= limit:
            return text
    return unit.text
