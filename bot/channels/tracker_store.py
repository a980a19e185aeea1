"""A SQL tracker store that never falls back to memory.

Rasa wraps its store in ``FailSafeTrackerStore``: after a database error the conversation goes on from
an empty memory store and the history is lost. Here such an error ends the turn instead.
"""

from __future__ import annotations

import pathlib
from typing import Any, Iterable

import sqlalchemy
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.trackers import DialogueStateTracker

from bot.channels.failures import TrackerStoreUnavailable

BUSY_TIMEOUT_MS = 5000


class StrictSqlTrackerStore(SQLTrackerStore):  # type: ignore[misc]  # Rasa ships no type information
    """SQLite (WAL) or PostgreSQL; every error is a ``TrackerStoreUnavailable``."""

    def __init__(self, *args: Any, dialect: str = "sqlite", db: str = "rasa.db", **kwargs: Any) -> None:
        """Open the store; a SQLite file's folder is made if missing."""
        if dialect == "sqlite":
            pathlib.Path(db).parent.mkdir(parents=True, exist_ok=True)
        super().__init__(*args, dialect=dialect, db=db, **kwargs)
        # An error message of SQLAlchemy would otherwise carry the events, that is the customer's words.
        self.engine.hide_parameters = True
        if self.engine.dialect.name == "sqlite":
            sqlalchemy.event.listen(self.engine, "connect", _prepare_sqlite)

    def ping(self) -> None:
        """Raise ``TrackerStoreUnavailable`` when the database does not answer."""
        try:
            with self.session_scope() as session:
                session.query(self.SQLEvent.id).limit(1).all()
        except Exception as error:
            raise TrackerStoreUnavailable(type(error).__name__) from error

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Return the tracker of the current session, None if there is none."""
        try:
            return await super().retrieve(sender_id)
        except Exception as error:
            raise TrackerStoreUnavailable(type(error).__name__) from error

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """Return the tracker of all sessions, None if there is none."""
        try:
            return await super().retrieve_full_tracker(conversation_id)
        except Exception as error:
            raise TrackerStoreUnavailable(type(error).__name__) from error

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store the tracker's new events, all or none."""
        try:
            await super().save(tracker)
        except Exception as error:
            raise TrackerStoreUnavailable(type(error).__name__) from error

    async def keys(self) -> Iterable[str]:
        """Return the sender ids."""
        try:
            sender_ids: Iterable[str] = await super().keys()
        except Exception as error:
            raise TrackerStoreUnavailable(type(error).__name__) from error
        return sender_ids


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Let readers and one writer work side by side, and wait for a lock instead of failing."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.close()
