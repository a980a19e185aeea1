"""Fill an empty database with the demo bank."""

from datetime import UTC, datetime

from integrations.crm.database import Database
from integrations.crm.migrations.migrate import upgrade
from integrations.crm.seed import seed, seed_multitude
from integrations.crm.seed.crowd import MOST_CUSTOMERS
from integrations.crm.settings import get_settings
from integrations.gateway.cli.errors import CliError
from integrations.gateway.cli.progress import bar


def seed_demo(customers: int, *, movements: bool = True) -> None:
    """Migrate, then make the customers; does nothing where there are some already.

    Without `movements` only the five named customers have a history: for very many customers.
    Raises CliError for more than there are numbers for.
    """
    if customers > MOST_CUSTOMERS:
        raise CliError(f"--customers must be at most {MOST_CUSTOMERS}, and {customers} is more.")
    settings = get_settings()
    upgrade(settings.database_url)
    database = Database(settings.database_url, busy_seconds=settings.database_busy_seconds)
    fill = seed if movements else seed_multitude
    try:
        with bar("演示数据", customers) as progress:
            task = progress.task_ids[0]
            fill(
                database,
                customers=customers,
                now=datetime.now(UTC),
                progress=lambda done, total: progress.update(task, completed=done, total=total),
            )
    finally:
        database.engine.dispose()
