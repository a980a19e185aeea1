"""The night's job: at half past two in Shanghai, after a restart, on a cluster, and after failures."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from integrations.crm.customers import profiles
from integrations.crm.database import Database
from integrations.crm.models import CustomerProfile
from integrations.gateway import nightly
from tests.builders import make_customer

HALF_PAST_TWO = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)  # 22 November in Shanghai
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


class Stop(BaseException):
    """Ends the endless job."""


class Clock:
    """A clock that sleeping moves on; the job is stopped at `until`."""

    def __init__(self, now: datetime, until: datetime) -> None:
        self.now, self.until = now, until
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        assert 0 < seconds <= 600
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)
        if self.now > self.until:
            raise Stop


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Database, Clock], list[Any]]:
    def go(database: Database, clock: Clock) -> list[Any]:
        monkeypatch.setattr(nightly.anyio, "sleep", clock.sleep)
        with capture_logs() as logs, pytest.raises(Stop):
            asyncio.run(nightly.run_nightly(database, clock, tmp_path))
        return [line for line in logs if line["event"].startswith("nightly.")]

    return go


def customers(database: Database, count: int) -> list[int]:
    with database.transaction() as session:
        return [make_customer(session).id for _ in range(count)]


def computed(database: Database) -> dict[int, datetime]:
    with database.reading() as session:
        rows = session.execute(select(CustomerProfile.customer_id, CustomerProfile.computed_at))
        return {row[0]: row[1] for row in rows}


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (HALF_PAST_TWO, HALF_PAST_TWO),
        (HALF_PAST_TWO - SECOND, HALF_PAST_TWO - DAY),
        (HALF_PAST_TWO + DAY - SECOND, HALF_PAST_TWO),
        (datetime(2026, 11, 21, 16, 0, tzinfo=UTC), HALF_PAST_TWO - DAY),  # midnight in Shanghai
        (datetime(2028, 2, 29, 23, 0, tzinfo=UTC), datetime(2028, 2, 29, 18, 30, tzinfo=UTC)),
    ],
)
def test_half_past_two_in_shanghai(now: datetime, due: datetime) -> None:
    assert nightly.last_due(now) == due
    assert nightly.next_due(now) == due + DAY


def test_every_night(database: Database, run: Callable[[Database, Clock], list[Any]]) -> None:
    ids = customers(database, 3)
    clock = Clock(HALF_PAST_TWO - timedelta(hours=1), HALF_PAST_TWO + DAY + timedelta(hours=2))
    logs = run(database, clock)
    done = [line for line in logs if line["event"] == "nightly.profiles"]
    assert [(line["customers"], line["failed"]) for line in done] == [(3, 0)] * 3  # at once, and two nights
    assert computed(database) == dict.fromkeys(ids, HALF_PAST_TWO + DAY)


def test_a_restart_does_only_what_is_left(
    database: Database, run: Callable[[Database, Clock], list[Any]]
) -> None:
    done, left = customers(database, 1), customers(database, 2)
    with database.transaction() as session:
        profiles.recompute(session, done, HALF_PAST_TWO)
    now = HALF_PAST_TWO + timedelta(minutes=40)
    logs = run(database, Clock(now, now + SECOND))
    assert [line["customers"] for line in logs if line["event"] == "nightly.profiles"] == [2]
    assert computed(database) == dict.fromkeys(done, HALF_PAST_TWO) | dict.fromkeys(left, now)


def test_one_portion_that_fails_keeps_nobody_else(
    database: Database, run: Callable[[Database, Clock], list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = customers(database, 5)
    monkeypatch.setattr(profiles, "PORTION", 2)
    honest, failures = profiles.recompute, [1, 1]

    def sometimes(session: Session, wanted: Sequence[int], now: datetime) -> int:
        count = honest(session, wanted, now)
        if ids[2] in wanted and failures:
            failures.pop()
            raise ValueError("a row nobody can read")
        return count

    monkeypatch.setattr(profiles, "recompute", sometimes)
    logs = run(database, Clock(HALF_PAST_TWO, HALF_PAST_TWO + timedelta(minutes=29)))
    told = [(line["customers"], line["failed"]) for line in logs if line["event"] == "nightly.profiles"]
    assert told == [(3, 2), (0, 2), (2, 0)]  # tried again after ten minutes, and again
    failed = [line for line in logs if line["event"] == "nightly.portion_failed"]
    assert [(line["first"], line["last"]) for line in failed] == [(ids[2], ids[3])] * 2
    assert set(computed(database)) == set(ids)


def test_a_database_that_does_not_answer_is_asked_again(
    sqlite_url: str, run: Callable[[Database, Clock], list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(sqlite_url)
    ids = customers(database, 1)
    honest, refusals = database.read, [1, 1, 1]

    async def read(work: Callable[[Session], Any]) -> Any:
        if refusals:
            refusals.pop()
            raise OSError("gone")
        return await honest(work)

    monkeypatch.setattr(database, "read", read)
    logs = run(database, Clock(HALF_PAST_TWO, HALF_PAST_TWO + timedelta(minutes=35)))
    assert [line["event"] for line in logs] == ["nightly.failed"] * 3 + ["nightly.profiles"]
    assert set(computed(database)) == set(ids)
    database.engine.dispose()


def test_wrong_settings_are_told_and_the_job_lives(
    sqlite_url: str,
    run: Callable[[Database, Clock], list[Any]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    database = Database(sqlite_url)
    customers(database, 1)
    honest = nightly.read_tiering
    missing = tmp_path / "tiering.yml"
    monkeypatch.setattr(nightly, "read_tiering", lambda: honest(missing))
    logs = run(database, Clock(HALF_PAST_TWO, HALF_PAST_TWO + timedelta(minutes=15)))
    assert [line["event"] for line in logs] == ["nightly.failed"] * 2
    assert computed(database) == {}
    database.engine.dispose()


def test_of_several_processes_one_works(
    postgresql_url: str, run: Callable[[Database, Clock], list[Any]], tmp_path: Path
) -> None:
    first, second = Database(postgresql_url), Database(postgresql_url)
    ids = customers(first, 2)

    async def while_the_first_works() -> None:
        async with nightly._only_worker(first) as chosen:
            assert chosen
            async with nightly._only_worker(second) as other:
                assert not other
            assert not await nightly._run_night(second, lambda: HALF_PAST_TWO, HALF_PAST_TWO, tmp_path)
        async with nightly._only_worker(second) as chosen:
            assert chosen

    asyncio.run(while_the_first_works())
    assert computed(first) == {}
    logs = run(second, Clock(HALF_PAST_TWO, HALF_PAST_TWO + SECOND))
    assert [line["event"] for line in logs] == ["nightly.profiles"]
    assert set(computed(second)) == set(ids)
    for one in (first, second):
        one.engine.dispose()


def test_stopping_the_app_waits_for_no_more_than_a_portion(
    database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    customers(database, 4)
    monkeypatch.setattr(profiles, "PORTION", 1)
    honest, ended = profiles.recompute, threading.Event()

    async def stopped() -> None:
        job = asyncio.create_task(nightly.run_nightly(database, lambda: HALF_PAST_TWO, tmp_path))
        loop = asyncio.get_running_loop()

        def cancelling(session: Session, wanted: Sequence[int], now: datetime) -> int:
            event.listen(session, "after_commit", lambda _session: ended.set())
            loop.call_soon_threadsafe(job.cancel)
            return honest(session, wanted, now)

        monkeypatch.setattr(profiles, "recompute", cancelling)
        await asyncio.wait([job], timeout=20)
        assert job.cancelled()

    asyncio.run(stopped())
    assert ended.wait(20)  # what was begun is finished, and nothing else is begun
    assert len(computed(database)) == 1
