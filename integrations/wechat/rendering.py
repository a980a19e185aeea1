"""What WeChat shows of our messages: plain text, and the choices that a customer may tap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from integrations.wechat.text import plain, xml_safe

CHOOSE = "您可以点击或回复："
NOTHING = "…"
"""In place of a message of which nothing can be shown."""
_PLACES = 100  # an id is the message's, times this, plus the choice's place


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to tap; its numeric id leads back to what it says."""

    id: int
    title: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message as text with choices."""

    text: str
    choices: tuple[Choice, ...] = ()


def render(message_id: int, text: str, payload: Mapping[str, Any]) -> Rendered:
    """The message with its card as lines; `payload` as `Reply.payload` stores it."""
    card = payload.get("card")
    parts = [plain(text), *([_card(card)] if card else [])]
    buttons = (payload.get("buttons") or [])[:_PLACES]
    choices = tuple(
        Choice(message_id * _PLACES + place, str(one["title"])) for place, one in enumerate(buttons)
    )
    shown = "\n\n".join(part for part in parts if part)
    if not shown.strip() and not choices:
        # Nothing but marks: as it was written, since an empty message is malformed.
        shown = xml_safe(text).strip() or NOTHING
    return Rendered(shown, choices)


def message_of(choice_id: str) -> tuple[int, int] | None:
    """Message id and place that a tapped choice's id stands for; None for an id that isn't ours."""
    if not choice_id.isascii() or not choice_id.isdecimal() or len(choice_id) > 18:
        return None
    return divmod(int(choice_id), _PLACES)


def inline(rendered: Rendered) -> str:
    """Text and choices in one text message: a tap on a line sends it, as in a msgmenu."""
    return "\n".join(part for part in (rendered.text, *choice_lines(rendered.choices)) if part)


def choice_lines(choices: Sequence[Choice]) -> list[str]:
    """The choices as tappable lines of a text message, with an introduction."""
    if not choices:
        return []
    links = [
        f'<a href="weixin://bizmsgmenu?msgmenucontent={quote(one.title)}&msgmenuid={one.id}">{_label(one.title)}</a>'
        for one in choices
    ]
    return ["", CHOOSE, *links]


def _label(title: str) -> str:
    return title.replace("<", "＜").replace(">", "＞")


def _card(card: Mapping[str, Any]) -> str:
    rows = [f"{label}：{value}" for label, value in card.get("rows", [])]
    head = [str(card[name]) for name in ("title", "subtitle") if card.get(name)]
    lines = [f"【{head[0]}】", *head[1:]] if head else []
    note = [str(card["note"])] if card.get("note") else []
    return "\n".join([*lines, *rows, *note])
