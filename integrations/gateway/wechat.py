"""The messengers that the settings switch on."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from fastapi import APIRouter

from integrations.crm.database import Database
from integrations.crm.settings import Settings
from integrations.wechat.channel import OfficialAccountChannel
from integrations.wechat.kf_channel import KfChannel
from integrations.wechat.kf_settings import kf_settings
from integrations.wechat.settings import wechat_settings
from knowledge_base.search import Search


class Channel(Protocol):
    """A messenger: routes for the app, and what runs beside it."""

    router: APIRouter

    async def run(self) -> None:
        """Serve until cancelled."""


def make_channels(
    settings: Settings, database: Database, search: Search, clock: Callable[[], datetime]
) -> list[Channel]:
    """The Official Account where an appid is set, 微信客服 where a corp id is. Raises ValidationError."""
    titles = {article.id: article.title for article in search.articles.values()}
    channels: list[Channel] = []
    account, company = wechat_settings(), kf_settings()
    if account is not None:
        channels.append(OfficialAccountChannel(account, settings, database, clock, titles))
    if company is not None:
        channels.append(KfChannel(company, settings, database, clock, titles))
    return channels
