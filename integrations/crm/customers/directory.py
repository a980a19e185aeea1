"""The port behind which customers are looked up: our own tables, or the bank's CRM (docs/crm-port.md)."""

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy.orm import Session

from integrations.crm.customers import repository, service
from integrations.crm.customers.identity import find_identity
from integrations.crm.models import Customer

LARGEST_LIMIT = 50
"""So many customers at most are found at once."""


class CustomerDirectory(Protocol):
    """Finds customers. What is found has a row in `customers`, so that everything else can refer to it.

    `session` may be written to, and is committed by the caller. Implementations that ask another system
    raise DirectoryUnavailable, DirectoryRefused and BadDirectoryAnswer; they never guess.
    """

    def close(self) -> None:
        """Give back what it holds; it is not used afterwards."""

    def by_phone(self, session: Session, phone: str) -> Customer | None:
        """The one customer with this phone number; None for nobody, and for several who share it."""

    def by_phone_and_tail(self, session: Session, phone: str, tail: str) -> Customer | None:
        """The one customer with this phone number and a card ending in `tail` (four digits)."""

    def by_number(self, session: Session, number: str) -> Customer | None:
        """The customer with this customer number."""

    def by_openid(self, session: Session, openid: str, *, account: str = "default") -> Customer | None:
        """The customer bound to this user of a WeChat account."""

    def by_card_tail(self, session: Session, tail: str, limit: int = 20) -> Sequence[Customer]:
        """The first `limit` customers with a card ending in `tail`, always in the same order."""

    def search(self, session: Session, text: str, limit: int = 20) -> Sequence[Customer]:
        """For staff: by the beginning of the name, or the whole customer number or phone number."""


class SqlDirectory:
    """The customers of our own tables."""

    def close(self) -> None:
        """Nothing is held."""

    def by_phone(self, session: Session, phone: str) -> Customer | None:
        """See CustomerDirectory."""
        return service.find_by_phone(session, phone)

    def by_phone_and_tail(self, session: Session, phone: str, tail: str) -> Customer | None:
        """See CustomerDirectory."""
        return service.find_by_phone_and_tail(session, phone, tail)

    def by_number(self, session: Session, number: str) -> Customer | None:
        """See CustomerDirectory."""
        return service.find_by_number(session, number)

    def by_openid(self, session: Session, openid: str, *, account: str = "default") -> Customer | None:
        """See CustomerDirectory."""
        identity = find_identity(session, "wechat", account, openid)
        return session.get(Customer, identity.customer_id) if identity and identity.customer_id else None

    def by_card_tail(self, session: Session, tail: str, limit: int = 20) -> Sequence[Customer]:
        """See CustomerDirectory."""
        return repository.customers_by_card_tail(session, tail, within(limit))

    def search(self, session: Session, text: str, limit: int = 20) -> Sequence[Customer]:
        """See CustomerDirectory."""
        return service.search(session, text, within(limit))


def within(limit: int) -> int:
    """The limit, at least 1 and at most LARGEST_LIMIT."""
    return min(max(limit, 1), LARGEST_LIMIT)
