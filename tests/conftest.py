"""Fixtures for every room: a really migrated database, new for each test, on SQLite and on PostgreSQL.

PostgreSQL is looked for at QIANTAI_TEST_POSTGRESQL (default: the local server, as the user of the system,
database `test`). Where it is missing its half is skipped, but in CI (CI=true or QIANTAI_REQUIRE_ALL=1) fails.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from integrations.crm.database import Database
from integrations.crm.migrations.migrate import upgrade
from tests.system import System, make_settings

POSTGRESQL = os.environ.get("QIANTAI_TEST_POSTGRESQL", "postgresql+psycopg://127.0.0.1/test")
REQUIRE_ALL = os.environ.get("CI") == "true" or os.environ.get("QIANTAI_REQUIRE_ALL") == "1"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty migrated database of this test's own."""
    opened = Database(request.getfixturevalue(f"{request.param}_url"))
    yield opened
    opened.engine.dispose()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated SQLite file."""
    path = tmp_path / "crm.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgresql_url(postgresql_template: str) -> Iterator[str]:
    """A migrated PostgreSQL database."""
    with _postgresql_database(f"TEMPLATE {make_url(postgresql_template).database}") as url:
        yield url


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without tables; parametrise indirectly with "sqlite" or "postgresql"."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    _need_postgresql()
    with _postgresql_database() as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrated once, copied for each test."""
    path = tmp_path_factory.mktemp("template") / "crm.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_template() -> Iterator[str]:
    """Migrated once, copied for each test by the server itself."""
    _need_postgresql()
    with _postgresql_database() as url:
        upgrade(url)
        yield url


def _need_postgresql() -> None:
    try:
        _on_server("SELECT 1")
    except OperationalError as error:
        if REQUIRE_ALL:
            raise
        pytest.skip(f"no PostgreSQL at {POSTGRESQL}: {error.orig}")


@contextmanager
def _postgresql_database(options: str = "") -> Iterator[str]:
    name = f"qiantai_test_{uuid4().hex[:12]}"
    _on_server(f"CREATE DATABASE {name} {options}")
    try:
        yield make_url(POSTGRESQL).set(database=name).render_as_string(hide_password=False)
    finally:
        _on_server(f"DROP DATABASE {name} WITH (FORCE)")


def _on_server(statement: str) -> None:
    engine = create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(statement))
    finally:
        engine.dispose()


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The whole system, started once for all tests that talk to it."""
    folder = tmp_path_factory.mktemp("system")
    running = System(folder, make_settings(folder))
    running.start()
    yield running
    running.stop()
