"""What every action needs, set once by the composition root (integrations/gateway) or by a test."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from integrations.crm.conversations.verification import CodeSender
from integrations.crm.customers.directory import CustomerDirectory, SqlDirectory
from integrations.crm.database import Database
from integrations.crm.settings import Settings
from knowledge_base.articles import Article
from knowledge_base.decision import Answer, Hit
from knowledge_base.other_brands import OtherBrands


class NotConfigured(RuntimeError):
    """`configure` was not called before the first action ran."""


class KnowledgeBase(Protocol):
    """What the actions use of `knowledge_base.search.Search`; callable from several threads."""

    articles: dict[str, Article]
    brands: OtherBrands

    def related(self, article: Article) -> list[Article]:
        """The articles it refers to."""

    def ask(self, text: str) -> Answer:
        """Search and decide what to do with a question."""

    def search(self, text: str, k: int = 5) -> list[Hit]:
        """The best articles, best first."""


@dataclass(frozen=True)
class Services:
    """The outside world of the actions; `clock` gives an aware datetime."""

    database: Database
    settings: Settings
    search: KnowledgeBase
    code_sender: CodeSender
    clock: Callable[[], datetime]
    directory: CustomerDirectory = field(default_factory=SqlDirectory)


_configured: list[Services] = []


def configure(services: Services) -> None:
    """Use these services from now on; a later call replaces them."""
    _configured[:] = [services]


def services() -> Services:
    """The services in use. Raises NotConfigured."""
    if not _configured:
        raise NotConfigured
    return _configured[0]
