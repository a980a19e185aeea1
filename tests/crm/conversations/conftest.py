"""A conversation with a known clock, on the real migrated database."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from integrations.crm.conversations import handoff, repository, service, turns, verification
from integrations.crm.conversations.service import Receipt, Reply, Visitor
from integrations.crm.conversations.turns import Answer, Turn
from integrations.crm.database import Database
from integrations.crm.models import Conversation, Customer, Message, Staff
from integrations.crm.settings import Settings
from tests.system import make_settings

NOON = datetime(2026, 11, 20, 14, 0, tzinfo=UTC).replace(hour=6)  # 14:00 in Shanghai


@dataclass
class Desk:
    """The room's services with transactions of their own and a clock the test moves."""

    database: Database
    settings: Settings
    now: datetime = NOON

    def later(self, **span: float) -> None:
        """Move the clock on."""
        self.now += timedelta(**span)

    def conversation(self, user: str = "visitor", customer_id: int | None = None) -> str:
        with self.database.transaction() as session:
            visitor = Visitor("web", "default", user, customer_id)
            return service.open_conversation(session, visitor, self.now).public_id

    def receive(self, public_id: str, text: str, external_id: str | None = None) -> Receipt:
        with self.database.transaction() as session:
            conversation = repository.lock_conversation(session, public_id)
            key = external_id or f"{public_id}:{conversation.last_seq + 1}"
            return service.receive(
                session, conversation, external_id=key, text=text, now=self.now, settings=self.settings
            )

    def claim(self, public_id: str) -> Turn | None:
        with self.database.transaction() as session:
            return turns.claim(session, public_id, self.now, self.settings)

    def complete(self, turn: Turn, *texts: str) -> None:
        with self.database.transaction() as session:
            answer = Answer([Reply(text) for text in texts], {"intent": "greet", "confidence": 0.9})
            turns.complete(session, turn, answer, self.now)

    def request_person(
        self, public_id: str, reason: str = "requested", *, note: str | None = None
    ) -> handoff.QueuePlace:
        with self.database.transaction() as session:
            conversation = repository.lock_conversation(session, public_id)
            return handoff.request_person(session, conversation, reason, self.now, self.settings, note=note)

    def challenge(self, public_id: str, customer_id: int) -> str:
        with self.database.transaction() as session:
            conversation = repository.lock_conversation(session, public_id)
            return verification.start_challenge(session, conversation, customer_id, self.now, self.settings)

    def challenge_status(self, public_id: str) -> str | None:
        with self.database.reading() as session:
            found = repository.latest_challenge(session, repository.get_conversation(session, public_id).id)
            return found.status if found else None

    def level(self, public_id: str) -> str:
        return verification.level_of(self.get(public_id), self.now)

    def get(self, public_id: str) -> Conversation:
        with self.database.reading() as session:
            conversation = repository.get_conversation(session, public_id)
            session.expunge_all()
            return conversation

    def messages(self, public_id: str) -> list[Message]:
        with self.database.reading() as session:
            conversation = repository.get_conversation(session, public_id)
            found = list(repository.messages_after(session, conversation.id))
            session.expunge_all()
            return found

    def staff(self, username: str, role: str = "agent") -> Staff:
        with self.database.transaction() as session:
            person = Staff(
                username=username,
                display_name=f"坐席{username}",
                role=role,
                password_hash="x",
                created_at=self.now,
                must_change_password=False,
                failed_sign_ins=0,
                active=True,
            )
            session.add(person)
            return person

    def customer(self, number: str = "C1", tier: str = "standard") -> int:
        with self.database.transaction() as session:
            person = Customer(
                number=number,
                name="测试客户",
                gender="female",
                birth_date=date(1990, 3, 7),
                id_number=f"1101011990030{number[-1]}0038",
                city="上海",
                tier=tier,
                joined_on=date(2020, 1, 1),
                created_at=self.now,
            )
            session.add(person)
            session.flush()
            return person.id


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    """The desk at 14:00 in Shanghai, open from 08:30 to 12:00 and from 13:00 to 21:00."""
    return Desk(database, make_settings(tmp_path, service_hours="08:30-12:00,13:00-21:00"))
