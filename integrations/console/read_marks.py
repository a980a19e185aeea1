"""How far each agent has read a conversation: kept in memory, because losing it is harmless.

Without a mark (after a restart, in another process) whatever the customer wrote after the last
answer counts as unread, so a message is at worst shown as unread twice and never hidden.
"""


class ReadMarks:
    """The last `seq` an agent has seen, by staff and conversation id."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, int], int] = {}

    def seen(self, staff_id: int, conversation_id: int) -> int:
        """The last `seq` seen, 0 when unknown."""
        return self._seen.get((staff_id, conversation_id), 0)

    def mark(self, staff_id: int, conversation_id: int, seq: int) -> None:
        """The agent has seen everything up to `seq`; a mark never goes back."""
        self._seen[staff_id, conversation_id] = max(seq, self.seen(staff_id, conversation_id))

    def keep_only(self, staff_id: int, conversation_ids: set[int]) -> None:
        """Forget marks of conversations the agent no longer holds."""
        gone = [key for key in self._seen if key[0] == staff_id and key[1] not in conversation_ids]
        for key in gone:
            del self._seen[key]
