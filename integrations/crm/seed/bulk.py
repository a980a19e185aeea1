"""Writes very many rows: COPY on PostgreSQL, batches on SQLite."""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import sql
from psycopg.types.json import JsonDumper
from sqlalchemy import Connection, insert

from integrations.crm.models import Base

Rows = Mapping[str, Sequence[tuple[Any, ...]]]


def write(connection: Connection, columns: Mapping[str, tuple[str, ...]], rows: Rows) -> None:
    """Write the rows of each table, in the order of `columns`; the transaction is the caller's."""
    for table, names in columns.items():
        if rows.get(table):
            if connection.dialect.name == "postgresql":
                _copy(connection, table, names, rows[table])
            else:
                values = [dict(zip(names, row, strict=True)) for row in rows[table]]
                connection.execute(insert(Base.metadata.tables[table]), values)


def _copy(
    connection: Connection, table: str, names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> None:
    driver = connection.connection.driver_connection
    assert driver is not None
    with driver.cursor() as cursor:
        for kind in (dict, list):
            cursor.adapters.register_dumper(kind, JsonDumper)
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, names))
        )
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
