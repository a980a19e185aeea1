"""The migrations make exactly the tables that the models describe."""

import sys
import tempfile
from pathlib import Path

from integrations.crm.migrations.migrate import drift, upgrade


def differences() -> list[str]:
    """What a migrated database lacks or has beyond the models."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'drift.db'}"
        upgrade(url)
        return drift(url)


if __name__ == "__main__":
    problems = differences()
    print("\n".join(problems) or "migrations and models agree")  # noqa: T201 - a command's output
    sys.exit(bool(problems))
