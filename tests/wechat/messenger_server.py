"""The web chat's test server with a messenger beside it: what its database holds, in short."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from integrations.crm.conversations import repository
from integrations.crm.conversations.channel_accounts import account_row
from integrations.crm.conversations.ledger import Ledger, take_ledger
from integrations.crm.conversations.sending import Sending, sending_state
from integrations.crm.models import ChannelAccount, Message, OutboxItem
from tests.fakes.customers import MessengerCustomer
from tests.fakes.running import Served
from tests.web_chat.server import ChatServer


@dataclass
class MessengerServer(ChatServer):
    """`messenger`, `account_name` and `customer` are those of conversations; `api` serves the fake."""

    options: dict[str, Any] = field(default_factory=dict)
    messenger: str = ""
    account_name: str = ""
    customer: str = ""
    api: Served = field(init=False)

    def close(self) -> None:
        super().close()
        self.api.close()

    def person(self, user: str | None = None) -> MessengerCustomer:
        """A customer and their phone."""
        raise NotImplementedError

    def all_is_well(self, received: int) -> None:
        """So many messages came; everything is stored once, answered, shown."""

        def settled() -> Ledger | None:
            ledger = self.ledger()
            done = not ledger.waiting and not ledger.unanswered and set(self.statuses()) == {"shown"}
            return ledger if done else None

        ledger = eventually(settled)
        assert (ledger.received, ledger.without_outbox, ledger.gaps) == (received, 0, 0)

    def ledger(self) -> Ledger:
        return self.act(take_ledger)  # type: ignore[no-any-return]

    def conversation(self, user: str | None = None) -> str:
        """Public id of the customer's conversation."""

        def find(session: Session) -> str:
            known = (self.messenger, self.account_name, user or self.customer)
            found = repository.latest_of_visitor(session, *known)
            assert found is not None
            return found.public_id

        return self.act(find)  # type: ignore[no-any-return]

    def account_row(self, name: str | None = None) -> ChannelAccount:
        known = (self.messenger, name or self.account_name)
        return self.act(lambda s: account_row(s, *known))  # type: ignore[no-any-return]

    def sending(self, user: str | None = None) -> Sending:
        """What the desk is told."""
        public_id = self.conversation(user)
        found = self.act(lambda s: sending_state(s, repository.get_conversation(s, public_id), self.clock()))
        assert found is not None
        return found  # type: ignore[no-any-return]

    def received(self) -> list[str]:
        """Texts of all customers' messages."""
        said = select(Message.text).where(Message.sender == "customer").order_by(Message.id)
        return self.act(lambda s: list(s.scalars(said)))  # type: ignore[no-any-return]

    def statuses(self) -> list[str]:
        """Of every message to customers, in order."""
        known = select(OutboxItem.status).order_by(OutboxItem.id)
        return self.act(lambda s: list(s.scalars(known)))  # type: ignore[no-any-return]

    def count(self, model: type) -> int:
        return self.act(lambda s: s.scalar(select(func.count()).select_from(model)))  # type: ignore[no-any-return]


def eventually(true: Callable[[], Any], seconds: float = 10) -> Any:
    """What the callable returns once that is true; fails after a while."""
    deadline = time.monotonic() + seconds
    while not (value := true()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
    return value
