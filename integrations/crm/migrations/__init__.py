"""Alembic migrations of the CRM; `migrate.upgrade` applies them."""
