"""What the entity rules return."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterable


@dataclass(frozen=True)
class Found:
    """An entity in a text: characters ``start`` to ``end`` (exclusive), value as the contract gives it."""

    entity: str
    value: Any
    start: int
    end: int

    def overlaps(self, start: int, end: int) -> bool:
        """Tell whether the span shares a character with ``start``–``end``."""
        return self.start < end and start < self.end


def is_free(taken: Iterable[Found], start: int, end: int) -> bool:
    """Tell whether no entity already covers part of ``start``–``end``."""
    return not any(item.overlaps(start, end) for item in taken)
