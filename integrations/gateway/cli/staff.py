"""`qiantai staff`: make accounts and reset passwords."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from integrations.crm.database import Database
from integrations.crm.migrations.migrate import upgrade
from integrations.crm.settings import get_settings
from integrations.crm.staff import service
from integrations.crm.staff.errors import StaffError
from integrations.gateway.cli.errors import CliError

app = typer.Typer(no_args_is_help=True)


@app.command()
def create(
    username: Annotated[str, typer.Argument(help="Name to sign in with.")],
    name: Annotated[str, typer.Option(help="Name that customers and colleagues see.")],
    role: Annotated[str, typer.Option(help="agent, supervisor or admin.")] = "agent",
) -> None:
    """Create an account and print its one-time password."""
    with _database().transaction() as session:
        try:
            _, password = service.create_staff(
                session, username=username, display_name=name, role=role, now=datetime.now(UTC), actor="cli"
            )
        except StaffError as error:
            raise CliError(f"Could not create {username}: {_words(error)}.") from error
    typer.echo(f"{username}: one-time password {password}")


@app.command()
def reset(username: Annotated[str, typer.Argument(help="Whose password to reset.")]) -> None:
    """Set a new one-time password and print it; open sessions end."""
    with _database().transaction() as session:
        try:
            person = service.get_staff(session, username)
            password = service.reset_password(session, person, now=datetime.now(UTC), actor="cli")
        except StaffError as error:
            raise CliError(f"Could not reset {username}: {_words(error)}.") from error
    typer.echo(f"{username}: one-time password {password}")


def _database() -> Database:
    settings = get_settings()
    upgrade(settings.database_url)
    return Database(settings.database_url, busy_seconds=settings.database_busy_seconds)


def _words(error: StaffError) -> str:
    return error.code.replace("_", " ")
