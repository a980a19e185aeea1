"""How many messages a messenger still takes for one customer.

Rule (WeChat 客服消息; WeCom 微信客服 has its first half): after a message of the customer 5 messages within
48 hours; after a menu click, subscribing, scanning or a tap in a msgmenu 3 within a minute. Whether WeChat
adds up what several interactions of one kind earn is not documented; here the newest counts alone, so we
never promise more than there is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Kind = Literal["message", "click", "left"]
Reason = Literal["open", "spent", "closed"]
EARNED: dict[Kind, tuple[int, timedelta]] = {
    "message": (5, timedelta(hours=48)),
    "click": (3, timedelta(minutes=1)),
}
"""What an interaction earns: so many messages, within so long. Who leaves takes all of it away."""


@dataclass(frozen=True, slots=True)
class Interaction:
    """Something the customer did; `at`: when its push reached us.

    `click` is all that earns what a tap does; `left`: they no longer follow.
    """

    at: datetime
    kind: Kind


@dataclass(frozen=True, slots=True)
class Allowance:
    """What may be sent now. `reason` is open, spent (its window lasts on) or closed (no window).

    `closes_at`: when the last of the `remaining` goes, or the spent window closes; None without a window.
    """

    remaining: int
    closes_at: datetime | None
    reason: Reason


@dataclass(slots=True)
class _Window:
    left: int
    ends: datetime


def allowance(
    interactions: Iterable[Interaction], sent_times: Iterable[datetime], now: datetime
) -> Allowance:
    """What is left at `now`; all times aware. What lies after `now` doesn't count.

    A message sent takes from the window that ends first. One sent at the very time of an interaction takes
    from what that earned.
    """
    windows: dict[Kind, _Window] = {}
    for at, kind in _history(interactions, sent_times):
        if at > now:
            break
        if kind is None:
            _spend(windows, at)
        elif kind == "left":
            windows.clear()
        else:
            count, life = EARNED[kind]
            windows[kind] = _Window(count, at + life)
    open_now = [window for window in windows.values() if window.ends > now]
    if not open_now:
        return Allowance(0, None, "closed")
    usable = [window for window in open_now if window.left]
    remaining = sum(window.left for window in usable)
    closes_at = max(window.ends for window in usable or open_now)
    return Allowance(remaining, closes_at, "open" if usable else "spent")


def _history(
    interactions: Iterable[Interaction], sent_times: Iterable[datetime]
) -> list[tuple[datetime, Kind | None]]:
    happened: list[tuple[datetime, Kind | None]] = [(done.at, done.kind) for done in interactions]
    happened += [(at, None) for at in sent_times]
    return sorted(happened, key=lambda entry: (entry[0], entry[1] is None))


def _spend(windows: dict[Kind, _Window], at: datetime) -> None:
    usable = [window for window in windows.values() if window.left and window.ends > at]
    if usable:
        min(usable, key=lambda window: window.ends).left -= 1
