"""What every page of the console works with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from integrations.console.read_marks import ReadMarks
from integrations.crm.database import Database
from integrations.crm.settings import Settings


@dataclass(frozen=True)
class Console:
    """The parts handed to `mount`, and what agents of this process have read."""

    database: Database
    settings: Settings
    clock: Callable[[], datetime]
    marks: ReadMarks = field(default_factory=ReadMarks)
