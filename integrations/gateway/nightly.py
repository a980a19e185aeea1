"""The nightly job from 02:30 in Shanghai: all figures and tiers, then what is learnt from them."""

import time as clocks
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, time, timedelta
from functools import partial
from pathlib import Path

import anyio
import anyio.to_thread
import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from integrations.crm.customers import profiles
from integrations.crm.customers.tiering_settings import read_tiering
from integrations.crm.database import Database
from integrations.crm.settings import SHANGHAI
from integrations.gateway.learning import learn_apart

log = structlog.get_logger()

START = time(2, 30)
"""Asia/Shanghai: when few customers write."""
_LONGEST_SLEEP = timedelta(minutes=10)
"""The clock is looked at again at least this often: it may be set, and the machine may have slept."""
_LOCK = 7_302_300_230
"""PostgreSQL's advisory lock of this job."""


async def run_nightly(database: Database, clock: Callable[[], datetime], learned: Path) -> None:
    """Compute all profiles once a night, for ever; whoever a killed or missed night left out, at once.

    Afterwards the models in the folder `learned` are made anew and churn is scored.

    A failure is logged and tried again ten minutes later. On a cluster one process works, the others wait
    for the next night (or for the next look, should that process die).
    """
    finished: datetime | None = None
    while True:
        due = last_due(clock())
        if finished != due:
            try:
                if await _run_night(database, clock, due, learned):
                    finished = due
            except Exception:
                # One bad night must not end all others.
                log.exception("nightly.failed")
        await anyio.sleep(min(next_due(clock()) - clock(), _LONGEST_SLEEP).total_seconds())


def last_due(now: datetime) -> datetime:
    """The newest 02:30 in Shanghai that has come."""
    local = now.astimezone(SHANGHAI)
    start = datetime.combine(local.date(), START, SHANGHAI)
    return start if start <= local else start - timedelta(days=1)


def next_due(now: datetime) -> datetime:
    """The next 02:30 in Shanghai."""
    return last_due(now) + timedelta(days=1)


async def _run_night(database: Database, clock: Callable[[], datetime], due: datetime, learned: Path) -> bool:
    """Compute whoever has not been computed since `due`; True once nobody is left."""
    read_tiering()  # a settings file that is wrong is told before anything is locked
    async with _only_worker(database) as chosen:
        if not chosen:
            return False
        done, count = await _compute(database, clock(), due)
        if count:
            # Nobody was computed where a process was only started again: its models are of today.
            await learn_apart(database, clock(), learned)
        return done


async def _compute(database: Database, now: datetime, due: datetime) -> tuple[bool, int]:
    began, count, failed, last_id = clocks.monotonic(), 0, 0, 0
    while ids := await database.read(partial(_next_ids, last_id, due)):
        try:
            count += await database.run(partial(_recompute, ids, now))
        except Exception:
            # Data that cannot be computed must not keep the tiers of all who come after them.
            failed += len(ids)
            log.exception("nightly.portion_failed", first=ids[0], last=ids[-1])
        last_id = ids[-1]
    if count or failed:
        seconds = round(clocks.monotonic() - began, 1)
        log.info("nightly.profiles", customers=count, failed=failed, seconds=seconds)
    return not failed, count


def _next_ids(after_id: int, due: datetime, session: Session) -> Sequence[int]:
    return profiles.next_portion(session, after_id, due)


def _recompute(ids: Sequence[int], now: datetime, session: Session) -> int:
    return profiles.recompute(session, ids, now)


@asynccontextmanager
async def _only_worker(database: Database) -> AsyncIterator[bool]:
    """Whether this process may work. The lock lives with its connection: it ends when the process does."""
    if database.is_sqlite:
        yield True  # one app process only
        return
    connection = await anyio.to_thread.run_sync(database.engine.connect)
    try:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.detach()  # its own session at the server, which closing ends
        lock = select(func.pg_try_advisory_lock(_LOCK))
        yield bool(await anyio.to_thread.run_sync(connection.scalar, lock))
        # Not left to the end of the connection, which the server may notice a moment later.
        await anyio.to_thread.run_sync(connection.scalar, select(func.pg_advisory_unlock_all()))
    finally:
        connection.close()
