"""Events reach subscribers of this process and, through Redis, of others; a lost Redis is told."""

import asyncio
import os
from uuid import uuid4

import pytest
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from integrations.crm.database import Database, notify
from integrations.crm.events import EventBus, LocalEvents, RedisEvents, make_bus
from tests.conftest import REQUIRE_ALL

REDIS = os.environ.get("QIANTAI_TEST_REDIS", "redis://127.0.0.1:6379/15")


@pytest.fixture(params=["local", "redis"])
def bus(request: pytest.FixtureRequest) -> EventBus:
    if request.param == "local":
        return make_bus(None)
    need_redis()
    return make_bus(REDIS)


def need_redis() -> None:
    try:
        Redis.from_url(REDIS).ping()
    except RedisError:
        if REQUIRE_ALL:
            raise
        pytest.skip(f"no Redis at {REDIS}")


def test_two_subscribers_get_the_event(bus: EventBus) -> None:
    name = uuid4().hex

    async def scene() -> list[str]:
        async with bus.subscribe() as one, bus.subscribe() as two:
            await asyncio.to_thread(bus.publish, {"conversation": name, "kind": "turn"})
            return [(await asyncio.wait_for(s.get(), 5))["conversation"] for s in (one, two)]

    assert asyncio.run(scene()) == [name, name]


def test_an_event_leaves_only_after_the_commit(sqlite_url: str) -> None:
    events = LocalEvents()
    database = Database(sqlite_url, events)

    async def scene() -> bool:
        async with events.subscribe() as subscription:

            def work() -> None:
                with database.transaction() as session:
                    session.execute(text("SELECT 1"))
                    notify(session, conversation="rolled back", kind="message")
                    raise ValueError

            with pytest.raises(ValueError):
                await asyncio.to_thread(work)
            await database.run(lambda session: notify(session, conversation="kept", kind="message"))
            return (await asyncio.wait_for(subscription.get(), 5))["conversation"] == "kept"

    assert asyncio.run(scene())
    database.engine.dispose()


def test_a_lost_redis_ends_the_subscription() -> None:
    need_redis()
    client = Redis.from_url(REDIS)

    async def scene() -> None:
        async with RedisEvents(REDIS).subscribe() as subscription:
            await asyncio.sleep(0.1)
            await asyncio.to_thread(client.client_kill_filter, _type="pubsub")
            async with asyncio.timeout(5):
                while True:  # what other tests publish comes along too
                    await subscription.get()

    with pytest.raises((RedisError, ConnectionError)):
        asyncio.run(scene())


def test_a_commit_stands_without_redis(sqlite_url: str) -> None:
    database = Database(sqlite_url, RedisEvents("redis://127.0.0.1:1/0"))
    with database.transaction() as session:
        notify(session, conversation="kept", kind="message")
    database.engine.dispose()


def test_a_database_error_tells_nothing_of_what_was_written(database: Database) -> None:
    with pytest.raises(SQLAlchemyError) as raised, database.reading() as session:
        session.execute(text("SELECT :said FROM nowhere"), {"said": "我的身份证是110101199003070038"})
    assert "110101199003070038" not in str(raised.value)
