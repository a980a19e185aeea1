"""What Alembic runs: inside `migrate.upgrade` on its connection, else on the settings' database."""

from alembic import context
from sqlalchemy import Connection

from integrations.crm.database import Database
from integrations.crm.migrations.rendering import compared, render_item
from integrations.crm.models import Base
from integrations.crm.settings import get_settings


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,  # SQLite cannot alter columns; batch mode rebuilds the table
        transactional_ddl=True,  # our SQLite engine begins its transactions itself, so DDL rolls back too
        render_item=render_item,
        **compared(),
    )
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    engine = Database(get_settings().database_url).engine
    with engine.connect().execution_options(qiantai_write=True) as opened, opened.begin():
        _run(opened)
    engine.dispose()
