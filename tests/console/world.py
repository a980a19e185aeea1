"""A console on a real server with a migrated database, and builders that use the domain's own calls."""

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from sqlalchemy.orm import Session

from integrations.console.access import COOKIE
from integrations.console.pages import mount
from integrations.crm.conversations import handoff, repository, service, turns
from integrations.crm.conversations.attachments import add_attachment, clean_image, write_image
from integrations.crm.conversations.service import Reply, Visitor
from integrations.crm.database import Database
from integrations.crm.migrations.migrate import upgrade
from integrations.crm.models import ContactPoint, Customer, Staff, Ticket
from integrations.crm.settings import Settings
from integrations.crm.staff import service as staff_service
from integrations.crm.staff import sign_in
from tests.system import make_settings

PASSWORD = "Liushui-2026-qingchen"
_numbers = itertools.count(1)
UNDERSTOOD = {
    "intent": "balance",
    "confidence": 0.973,
    "ranking": [{"name": "balance", "confidence": 0.973}],
    "entities": [{"entity": "card_tail", "value": "8821", "start": 0, "end": 4}],
    "action": "action_balance",
    "article": None,
    "ms": 12,
}


class Clock:
    """The real time plus what a test has added."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class World:
    """The running console and everything a test puts into it."""

    settings: Settings
    database: Database
    clock: Clock
    base: str = ""
    clients: list[httpx.Client] = field(default_factory=list)

    def staff(self, role: str, name: str = "小李", *, fresh: bool = False) -> Staff:
        """An account with PASSWORD; a fresh one still has to change it and carries it as `one_time`."""
        username = f"{role}{next(_numbers)}"
        with self.database.transaction() as session:
            staff, password = staff_service.create_staff(
                session, username=username, display_name=name, role=role, actor="system", now=self.clock()
            )
            if fresh:
                staff.one_time = password  # type: ignore[attr-defined]
                return staff
            staff_service.change_password(session, staff, current=password, new=PASSWORD, now=self.clock())
        return staff

    def client(self, staff: Staff | None = None) -> httpx.Client:
        """An HTTP client, signed in as `staff`."""
        client = httpx.Client(base_url=self.base, headers={"Origin": self.base}, timeout=20, trust_env=False)
        self.clients.append(client)
        if staff is not None:
            with self.database.transaction() as session:
                opened = sign_in.sign_in(session, staff.username, PASSWORD, now=self.clock())
            assert opened.token is not None
            client.cookies.set(COOKIE, opened.token, domain="127.0.0.1", path="/console")
        return client

    def customer(self, name: str = "林晓雯", tier: str = "standard") -> Customer:
        """A customer with a phone number."""
        number = next(_numbers)
        customer = Customer(
            number=f"C{number:08d}",
            name=name,
            gender="female",
            birth_date=date(1988, 3, 12),
            id_number=f"53010219880312{number:04d}",
            city="昆明",
            tier=tier,
            joined_on=date(2016, 5, 4),
            created_at=self.clock(),
        )
        customer.contact_points = [ContactPoint(kind="phone", value=f"1390000{number:04d}", is_primary=True)]
        with self.database.transaction() as session:
            session.add(customer)
        return customer

    def conversation(self, *texts: str, customer: Customer | None = None, channel: str = "web") -> str:
        """A conversation with the customer's texts, each answered by the bot; its public id."""
        with self.database.transaction() as session:
            visitor = Visitor(
                channel, "default", f"visitor-{next(_numbers)}", customer.id if customer else None
            )
            public_id = service.open_conversation(session, visitor, self.clock()).public_id
        for text in texts:
            self.says(public_id, text)
            self.bot_answers(public_id, Reply("您好，我是云川银行智能助手，请问有什么可以帮您？"))
        return public_id

    def says(self, public_id: str, text: str, picture: bytes | None = None) -> None:
        """The customer writes."""
        with self.database.transaction() as session:
            conversation = repository.lock_conversation(session, public_id)
            attachment = None
            if picture is not None:
                image = clean_image(picture)
                name = write_image(self.settings.upload_folder, image)
                attachment = add_attachment(session, conversation, name, image, self.clock())
            service.receive(
                session,
                conversation,
                external_id=f"m{next(_numbers)}",
                text=text,
                now=self.clock(),
                settings=self.settings,
                attachment=attachment,
            )

    def bot_answers(self, public_id: str, *replies: Reply, understood: dict[str, Any] | None = None) -> None:
        """The bot's turn for the oldest waiting message."""
        with self.database.transaction() as session:
            turn = turns.claim(session, public_id, self.clock(), self.settings)
            assert turn is not None
            turns.complete(session, turn, turns.Answer(list(replies), understood or UNDERSTOOD), self.clock())

    def bot_fails(self, public_id: str) -> None:
        """The bot's turn ends in an error."""
        with self.database.transaction() as session:
            turn = turns.claim(session, public_id, self.clock(), self.settings)
            assert turn is not None
            turns.fail(session, turn, Reply("抱歉，系统暂时没能处理您的消息。"), "timeout", self.clock())

    def wants_person(self, public_id: str, reason: str = "requested", minutes_ago: int = 0) -> None:
        """The conversation waits for a person."""
        with self.database.transaction() as session:
            conversation = repository.lock_conversation(session, public_id)
            since = self.clock() - timedelta(minutes=minutes_ago)
            handoff.request_person(session, conversation, reason, since, self.settings)

    def verified(self, public_id: str) -> None:
        """Who writes has proven who they are, for the usual time."""
        with self.database.transaction() as session:
            conversation = repository.lock_conversation(session, public_id)
            conversation.level = "verified"
            conversation.verified_until = self.clock() + timedelta(
                minutes=self.settings.verification_idle_minutes
            )

    def taken(self, public_id: str, staff: Staff) -> None:
        """An agent holds it."""
        with self.database.transaction() as session:
            handoff.take(session, public_id, session.get_one(Staff, staff.id), self.clock())

    def ticket(self, customer: Customer, title: str) -> None:
        """A complaint of the customer."""
        with self.database.transaction() as session:
            number = next(_numbers)
            session.add(
                Ticket(
                    number=f"TS20261122{number:04d}",
                    source_key=f"test:{number}",
                    kind="complaint",
                    customer_id=customer.id,
                    title=title,
                    created_at=self.clock(),
                )
            )

    def look(self) -> Session:
        """A session to look into the database; close it."""
        return Session(self.database.engine)


@contextmanager
def running_world(folder: Path) -> Iterator[World]:
    """A world whose console listens on the loopback."""
    settings = make_settings(folder)
    upgrade(settings.database_url)
    clock = Clock()
    database = Database(settings.database_url)
    app = FastAPI(openapi_url=None)
    mount(app, database, settings, clock)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host="127.0.0.1",
            port=settings.port,
            log_level="warning",
            lifespan="on",
            ws="websockets-sansio",
        )
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.02)
    world = World(settings, database, clock, f"http://127.0.0.1:{settings.port}")
    try:
        yield world
    finally:
        for client in world.clients:
            client.close()
        server.should_exit = True
        thread.join(15)
        database.engine.dispose()
