"""The messengers that the settings switch on."""

from collections.abc import Callable
from datetime import datetime

from integrations.crm.database import Database
from integrations.crm.settings import Settings
from integrations.wechat.channel import OfficialAccountChannel
from integrations.wechat.settings import wechat_settings
from knowledge_base.search import Search


def make_channel(
    settings: Settings, database: Database, search: Search, clock: Callable[[], datetime]
) -> OfficialAccountChannel | None:
    """The Official Account; None where no appid is set. Raises pydantic.ValidationError."""
    account = wechat_settings()
    if account is None:
        return None
    titles = {article.id: article.title for article in search.articles.values()}
    return OfficialAccountChannel(account, settings, database, clock, titles)
