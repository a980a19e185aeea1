"""Which customer a user of a channel is, and showing personal data to staff."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from integrations.crm.audit.service import record
from integrations.crm.customers import repository
from integrations.crm.customers.errors import ReasonRequired
from integrations.crm.customers.service import get_customer
from integrations.crm.models import ChannelIdentity


def find_identity(session: Session, channel: str, account: str, external_user: str) -> ChannelIdentity | None:
    """The user of a channel; `customer_id` is None while nobody is bound."""
    return repository.identity(session, channel, account, external_user)


def bound_customer_id(session: Session, channel: str, account: str, external_user: str) -> int | None:
    """The customer this user of a channel is bound to."""
    found = find_identity(session, channel, account, external_user)
    return found.customer_id if found else None


def bind_identity(
    session: Session,
    channel: str,
    account: str,
    external_user: str,
    *,
    customer_id: int | None,
    now: datetime,
    actor: str = "customer",
) -> ChannelIdentity:
    """Bind the user to a customer (None: unbind, or just remember the user); audited where it changes.

    Binding to the same customer again changes nothing, also when two requests do it at once.
    """
    found = find_identity(session, channel, account, external_user) or _add_identity(
        session,
        ChannelIdentity(channel=channel, account=account, external_user=external_user, created_at=now),
    )
    if found.customer_id == customer_id:
        return found
    record(
        session,
        at=now,
        actor=actor,
        action="identity.bind" if customer_id else "identity.unbind",
        target_kind="customer",
        target_id=customer_id or found.customer_id or "",
        data={"channel": channel, "account": account, "previous": found.customer_id},
    )
    found.customer_id = customer_id
    found.bound_at = now if customer_id else None
    return found


def reveal(session: Session, customer_id: int, *, reason: str, actor: str, now: datetime) -> dict[str, str]:
    """The customer's unmasked name, ID number, phone and e-mail, with an audit record of who and why.

    JR/T 0171-2020: unmasking C2 data needs a reason. Raises ReasonRequired and CustomerNotFound; the
    caller has checked the role.
    """
    if len(reason.strip()) < 2:
        raise ReasonRequired
    customer = get_customer(session, customer_id)
    record(
        session,
        at=now,
        actor=actor,
        action="customer.reveal",
        target_kind="customer",
        target_id=customer_id,
        data={"reason": reason.strip()},
    )
    return {
        "name": customer.name,
        "id_number": customer.id_number,
        "phone": repository.contact(session, customer_id, "phone") or "",
        "email": repository.contact(session, customer_id, "email") or "",
    }


def _add_identity(session: Session, identity: ChannelIdentity) -> ChannelIdentity:
    try:
        with session.begin_nested():
            session.add(identity)
    except IntegrityError:
        # Another request added it between our look and our write.
        found = repository.identity(session, identity.channel, identity.account, identity.external_user)
        if found is None:
            raise
        return found
    return identity
