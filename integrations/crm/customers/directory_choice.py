"""Which directory the settings name."""

from collections.abc import Callable
from datetime import datetime

from integrations.crm.customers.directory import CustomerDirectory, SqlDirectory
from integrations.crm.customers.rest_client import CrmClient
from integrations.crm.customers.rest_directory import RestDirectory
from integrations.crm.settings import Settings


def make_directory(settings: Settings, clock: Callable[[], datetime]) -> CustomerDirectory:
    """The bank's CRM where QIANTAI_CRM_URL names one, else our own tables."""
    if settings.crm_url is None:
        return SqlDirectory()
    token = settings.crm_token.get_secret_value() if settings.crm_token else None
    return RestDirectory(CrmClient(settings.crm_url, token), clock)
