"""Fill an empty database with the demo bank."""

from datetime import UTC, datetime

from integrations.crm.database import Database
from integrations.crm.migrations.migrate import upgrade
from integrations.crm.seed import seed
from integrations.crm.settings import get_settings
from integrations.gateway.cli.progress import bar


def seed_demo(customers: int) -> None:
    """Migrate, then make the customers; does nothing where there are some already."""
    settings = get_settings()
    upgrade(settings.database_url)
    database = Database(settings.database_url, busy_seconds=settings.database_busy_seconds)
    with bar("演示数据", customers) as progress:
        task = progress.task_ids[0]
        seed(
            database,
            customers=customers,
            now=datetime.now(UTC),
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
