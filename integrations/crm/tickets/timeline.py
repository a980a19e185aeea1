"""A ticket's status is what its timeline says. Pure."""

from collections.abc import Iterable

ENDED = ("resolved", "withdrawn")
_STATUS_AFTER = {
    "created": "open",
    "assigned": "in_progress",
    "responded": "in_progress",
    "resolved": "resolved",
    "withdrawn": "withdrawn",
}


def status_after(event_kinds: Iterable[str]) -> str:
    """The status after these events in order; kinds that change nothing (added, extended) are passed over."""
    status = "open"
    for kind in event_kinds:
        status = _STATUS_AFTER.get(kind, status)
    return status
