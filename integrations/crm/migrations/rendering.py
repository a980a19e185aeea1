"""How Alembic compares our tables and writes their types into a migration."""

from typing import Any, Literal

from integrations.crm.models.base import UtcDateTime


def compared() -> dict[str, Any]:
    """Options of a comparison; the drift check and `--autogenerate` must use the same."""
    return {"compare_type": True, "compare_server_default": True}


def render_item(kind: str, item: Any, _autogenerate: Any) -> str | Literal[False]:
    """Write our own column type as the plain one: a migration must not depend on today's models."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False
