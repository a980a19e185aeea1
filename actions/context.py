"""What every action needs, set once by the composition root (integrations/gateway) or by a test."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from integrations.crm.conversations.verification import CodeSender
from integrations.crm.database import Database
from integrations.crm.settings import Settings
from knowledge_base import Library


class NotConfigured(RuntimeError):
    """`configure` was not called before the first action ran."""


@dataclass(frozen=True)
class Services:
    """The outside world of the actions.

    `clock` gives an aware datetime; `library` answers questions from the knowledge base.
    """

    database: Database
    settings: Settings
    library: Library
    code_sender: CodeSender
    clock: Callable[[], datetime]


_configured: list[Services] = []


def configure(services: Services) -> None:
    """Use these services from now on; a later call replaces them."""
    _configured[:] = [services]


def services() -> Services:
    """The services in use. Raises NotConfigured."""
    if not _configured:
        raise NotConfigured
    return _configured[0]
