"""A PostgreSQL database of its own for a measurement, gone at the end."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from integrations.gateway.cli.errors import CliError


@contextmanager
def scratch_database(server: str) -> Iterator[str]:
    """The URL of a new empty database on the server of the URL `server`; dropped whatever happens.

    Raises CliError where there is no such server, or it may not be used so.
    """
    try:
        url = make_url(server)
    except ArgumentError as error:
        raise CliError(
            f"{server} is no database URL such as postgresql+psycopg://127.0.0.1/postgres."
        ) from error
    if url.get_backend_name() != "postgresql":
        raise CliError("This is measured on PostgreSQL: name a server with --server postgresql+psycopg://…")
    name = f"qiantai_scratch_{uuid4().hex[:12]}"
    _run(server, f"CREATE DATABASE {name}")
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        _run(server, f"DROP DATABASE {name} WITH (FORCE)")


def _run(server: str, statement: str) -> None:
    try:
        engine = create_engine(server, isolation_level="AUTOCOMMIT", hide_parameters=True)
        try:
            with engine.connect() as connection:
                connection.execute(text(statement))
        finally:
            engine.dispose()
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()
        raise CliError(
            f"{statement.split(' ')[0]} DATABASE failed: {reason[0] if reason else error}"
        ) from error
