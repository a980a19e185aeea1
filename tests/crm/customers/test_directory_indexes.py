"""Every lookup has an index on PostgreSQL: with a million customers none may read a whole table."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from integrations.crm.customers.directory import SqlDirectory
from integrations.crm.database import Database
from integrations.crm.seed import seed_multitude
from tests.builders import NOW

DIRECTORY = SqlDirectory()
LOOKUPS: dict[str, Callable[[Session], object]] = {
    "phone": lambda session: DIRECTORY.by_phone(session, "13900000001"),
    "phone and tail": lambda session: DIRECTORY.by_phone_and_tail(session, "13900000001", "6688"),
    "number": lambda session: DIRECTORY.by_number(session, "6000000001"),
    "openid": lambda session: DIRECTORY.by_openid(session, "oLin") or True,
    "card tail": lambda session: DIRECTORY.by_card_tail(session, "6688"),
    "name": lambda session: DIRECTORY.search(session, "林晓雯"),
}


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_no_lookup_reads_a_whole_table(database: Database) -> None:
    seed_multitude(database, customers=300, now=NOW)
    asked: list[tuple[str, Any]] = []
    event.listen(database.engine, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
    for name, look in LOOKUPS.items():
        with database.reading() as session:
            # The planner reads a small table as a whole unless it must not.
            session.execute(text("SET LOCAL enable_seqscan = off"))
            asked.clear()
            assert look(session), name
            plans = [_plan(session, *one) for one in list(asked)]
        assert plans, name
        assert all("Seq Scan" not in plan for plan in plans), (name, plans)
    assert any("ix_customers_name" in plan and "Index Cond" in plan for plan in plans)


def _plan(session: Session, statement: str, parameters: Any) -> str:
    rows = session.connection().exec_driver_sql(f"EXPLAIN {statement}", parameters)
    return "\n".join(row[0] for row in rows)
