"""How many messages an account may still send to a customer who came to it."""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.fakes.wechat_xml import Message

MESSAGE = (5, timedelta(hours=48))
EVENT = (3, timedelta(minutes=1))
EARNING_EVENTS = {"subscribe", "SCAN", "CLICK", "scancode_push", "scancode_waitmsg"}


class WindowClosed(Exception):
    """No interaction of the customer is recent enough."""


class QuotaUsedUp(Exception):
    """Each open allowance is spent."""


@dataclass
class Allowance:
    """What one interaction earned: `left` messages until `ends`."""

    source: str
    left: int
    ends: datetime


def earned(message: Message) -> tuple[int, timedelta] | None:
    """Messages and time an interaction earns, None where it earns nothing."""
    if message["MsgType"] == "event":
        return EVENT if message["Event"] in EARNING_EVENTS else None
    return EVENT if "bizmsgmenuid" in message else MESSAGE


class QuotaLedger:
    """Open allowances by customer."""

    def __init__(self) -> None:
        self._open: dict[str, list[Allowance]] = {}
        self._lock = threading.Lock()

    def open(self, customer: str, now: datetime, size: tuple[int, timedelta], add_up: bool = True) -> None:
        """Add an allowance; without `add_up` it takes the place of one for the same time."""
        count, lasting = size
        source = f"{count} in {lasting}"
        with self._lock:
            kept = self._current(customer, now)
            if not add_up:
                kept = [one for one in kept if one.source != source]
            self._open[customer] = [*kept, Allowance(source, count, now + lasting)]

    def spend(self, customer: str, now: datetime) -> None:
        """Use one message of the allowance that ends first. Raises WindowClosed, QuotaUsedUp."""
        with self._lock:
            current = self._current(customer, now)
            if not current:
                raise WindowClosed
            usable = [one for one in current if one.left]
            if not usable:
                raise QuotaUsedUp
            min(usable, key=lambda one: one.ends).left -= 1

    def close(self, customer: str) -> None:
        """Forget all allowances: the customer left."""
        with self._lock:
            self._open.pop(customer, None)

    def remaining(self, customer: str, now: datetime) -> int:
        """Messages that may still be sent."""
        return sum(one.left for one in self._current(customer, now))

    def window_end(self, customer: str, now: datetime) -> datetime | None:
        """When the last open allowance ends, None where the window is closed."""
        return max((one.ends for one in self._current(customer, now)), default=None)

    def _current(self, customer: str, now: datetime) -> list[Allowance]:
        return [one for one in self._open.get(customer, []) if now < one.ends]
