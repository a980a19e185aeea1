"""Migrations make exactly the tables of the models, and can be undone and repeated."""

import threading

import pytest
from sqlalchemy import inspect, text

from integrations.crm.database import Database
from integrations.crm.migrations.migrate import downgrade, drift, is_current, upgrade
from integrations.crm.models import Base

both = pytest.mark.parametrize("empty_url", ["sqlite", "postgresql"], indirect=True)


def _tables(url: str) -> set[str]:
    engine = Database(url).engine
    try:
        return set(inspect(engine).get_table_names())
    finally:
        engine.dispose()


@both
def test_upgrade_makes_the_models_tables(empty_url: str) -> None:
    upgrade(empty_url)
    assert drift(empty_url) == []
    assert is_current(empty_url)
    assert _tables(empty_url) == set(Base.metadata.tables) | {"alembic_version"}


@both
def test_upgrade_again_keeps_what_is_there(empty_url: str) -> None:
    upgrade(empty_url)
    engine = Database(empty_url).engine
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE kept (id INTEGER)"))
    engine.dispose()
    upgrade(empty_url)
    assert "kept" in _tables(empty_url)


@both
def test_downgrade_leaves_nothing(empty_url: str) -> None:
    upgrade(empty_url)
    downgrade(empty_url)
    assert _tables(empty_url) == {"alembic_version"}
    assert not is_current(empty_url)
    upgrade(empty_url)
    assert is_current(empty_url)


@both
def test_drift_names_what_differs(empty_url: str) -> None:
    upgrade(empty_url)
    engine = Database(empty_url).engine
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE customers ADD COLUMN nickname VARCHAR(20)"))
        connection.execute(text("DROP INDEX ix_cards_tail_customer"))
    engine.dispose()
    found = " ".join(drift(empty_url))
    assert "nickname" in found
    assert "ix_cards_tail_customer" in found


@both
def test_several_processes_may_start_at_once(empty_url: str) -> None:
    errors: list[Exception] = []

    def start() -> None:
        try:
            upgrade(empty_url)
        except Exception as error:  # noqa: BLE001 - reported below
            errors.append(error)

    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert drift(empty_url) == []
