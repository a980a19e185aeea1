"""Engine, transactions, and events that leave only after the commit."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from integrations.crm.events import Event, EventBus, LocalEvents

T = TypeVar("T")


class Database:
    """The CRM database: short transactions opened at the edges.

    `url` is SQLite (embedded) or PostgreSQL (cluster); `busy_seconds` is how long a write waits
    for another writer before `sqlalchemy.exc.OperationalError`.
    """

    def __init__(self, url: str, events: EventBus | None = None, *, busy_seconds: float = 20) -> None:
        self.events: EventBus = events or LocalEvents()
        self.engine = _make_engine(url, busy_seconds)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        # SQLite admits one writer; waiting here is fair, its own busy handler is not.
        self._writer = threading.Lock()
        self._busy_seconds = busy_seconds
        # Writers that wait for each other must not take the threads that readers need.
        self._writers = anyio.CapacityLimiter(4 if self.is_sqlite else 20)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One unit of work: commit at the end, then publish what `notify` collected."""
        if self.is_sqlite:
            # A timeout falls through to SQLite itself, whose error names the lock.
            locked = self._writer.acquire(timeout=self._busy_seconds)
        try:
            with Session(self.engine, expire_on_commit=False) as session:
                session.info["write"] = True
                with session.begin():
                    session.connection(execution_options={"qiantai_write": True})
                    yield session
                pending: list[Event] = session.info.pop("events", [])
        finally:
            if self.is_sqlite and locked:
                self._writer.release()
        for item in pending:
            self.events.publish(item)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads; nothing is committed."""
        with Session(self.engine) as session:
            yield session

    async def run(self, work: Callable[[Session], T]) -> T:
        """Run `work(session)` in a transaction on a worker thread."""

        def in_transaction() -> T:
            with self.transaction() as session:
                return work(session)

        return await anyio.to_thread.run_sync(in_transaction, limiter=self._writers)

    async def read(self, work: Callable[[Session], T]) -> T:
        """Run `work(session)` on a worker thread without writing."""

        def reading() -> T:
            with self.reading() as session:
                return work(session)

        return await anyio.to_thread.run_sync(reading)


def notify(session: Session, **event_fields: Any) -> None:
    """Publish an event once this session's transaction is committed."""
    session.info.setdefault("events", []).append(event_fields)


def _make_engine(url: str, busy_seconds: float) -> Engine:
    # An error message of SQLAlchemy, and so the log, would otherwise carry what customers wrote.
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, pool_size=20, hide_parameters=True)
    engine = create_engine(
        url,
        connect_args={"timeout": busy_seconds, "check_same_thread": False, "isolation_level": None},
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        # IMMEDIATE: a transaction that will write never fails half way for the lock.
        write = connection.get_execution_options().get("qiantai_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine
