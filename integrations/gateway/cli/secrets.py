"""The secrets between the parts, made at the first start and kept readable by the owner alone."""

import os
import secrets

from integrations.gateway.cli.paths import VAR

_NAMES = ("CUSTOMER_TOKEN_SECRET", "BOT_SECRET", "ACTION_SECRET")


def ensure_secrets() -> None:
    """Write `var/secrets.env` once; a value in the environment or in `.env` wins over it."""
    path = VAR / "secrets.env"
    if path.exists():
        return
    VAR.mkdir(exist_ok=True)
    lines = [f"QIANTAI_{name}={secrets.token_urlsafe(36)}\n" for name in _NAMES]
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.writelines(lines)
