"""The web chat alone on a spare port: real routes, real SQLite, a stand-in that answers like a bot."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import uvicorn
from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse
from pydantic import SecretStr
from sqlalchemy.orm import Session

from integrations.crm.conversations import handoff, repository, turns
from integrations.crm.conversations.service import Reply
from integrations.crm.conversations.turns import Answer, Turn
from integrations.crm.database import Database
from integrations.crm.events import LocalEvents
from integrations.crm.migrations.migrate import is_current, upgrade
from integrations.crm.models import Customer, Message, Staff
from integrations.crm.settings import Settings
from integrations.web_chat.routes import make_router

SECRET = "only-for-tests-" + "x" * 32
CUSTOMER = "YC0001"


def _utc_now() -> datetime:
    return datetime.now(UTC)


def echo(turn: Turn) -> list[Reply]:
    """The stand-in's usual answer."""
    return [Reply(f"收到：{turn.text}")]


class CountingEvents(LocalEvents):
    """The in-process bus, which tells how often it was subscribed to."""

    subscriptions = 0

    def subscribe(self) -> Any:
        self.subscriptions += 1
        return super().subscribe()


def chat_settings(folder: Path, **changes: Any) -> Settings:
    """Settings that touch nothing outside `folder`."""
    secret = SecretStr(SECRET)
    values: dict[str, Any] = {
        "demo": True,
        "database_url": f"sqlite:///{folder / 'chat.db'}",
        "upload_folder": folder / "uploads",
        "learned_folder": folder / "learned",
        "messages_per_minute": 1000,
        "service_hours": "00:00-23:59",
        "customer_token_secret": secret,
        "bot_secret": secret,
        "action_secret": secret,
    }
    return Settings(_env_file=None, **(values | changes))  # type: ignore[call-arg]


@dataclass
class ChatServer:
    """A running server; `answer` decides what the stand-in says, None keeps it silent."""

    folder: Path
    changes: dict[str, Any] = field(default_factory=dict)
    answer: Callable[[Turn], list[Reply]] | None = echo
    delay: float = 0.0
    pages: dict[str, str] = field(default_factory=dict)
    port: int = 0
    clock: Callable[[], datetime] = _utc_now

    def __post_init__(self) -> None:
        self.settings = chat_settings(self.folder, **self.changes)
        if not is_current(self.settings.database_url):
            upgrade(self.settings.database_url)
        self.events = CountingEvents()
        self.database = Database(self.settings.database_url, self.events)
        with self.database.transaction() as session:
            session.add_all([_customer(), _agent()])
        self.port = self.port or _free_port()
        self.start()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        config = uvicorn.Config(
            self._app(), host="127.0.0.1", port=self.port, log_level="warning", timeout_graceful_shutdown=3
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 20
        while not self._server.started and time.monotonic() < deadline:
            time.sleep(0.02)
        assert self._server.started

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)

    def close(self) -> None:
        self.stop()
        self.database.engine.dispose()

    def messages(self, conversation: str) -> list[Message]:
        with self.database.reading() as session:
            found = repository.messages_after(session, repository.get_conversation(session, conversation).id)
            session.expunge_all()
            return list(found)

    def act(self, work: Callable[[Session], Any]) -> Any:
        """Do something a member of staff or the bank does."""
        with self.database.transaction() as session:
            return work(session)

    def take(self, conversation: str) -> None:
        """The agent takes the conversation."""
        self.act(lambda s: handoff.take(s, conversation, _the_agent(s), self.clock()))

    def agent_says(self, conversation: str, text: str, message_id: str) -> None:
        self.act(lambda s: handoff.answer(s, conversation, _the_agent(s), text, message_id, self.clock()))

    def session(self, **body: str) -> dict[str, Any]:
        return dict(
            httpx.post(f"{self.base}/chat/sessions", json=body, trust_env=False).raise_for_status().json()
        )

    def bank_token(self, number: str = CUSTOMER, hours: float = 1, key: str = SECRET, **claims: Any) -> str:
        expires = datetime.now(UTC) + timedelta(hours=hours)
        return jwt.encode({"sub": number, "aud": "qiantai", "exp": expires, **claims}, key, algorithm="HS256")

    def routers(self) -> list[APIRouter]:
        """What the server serves."""
        return [make_router(self.database, self.settings, self.clock)]

    def jobs(self) -> list[Coroutine[Any, Any, None]]:
        """What runs beside it."""
        return [self._bot()]

    def _app(self) -> FastAPI:
        routers = self.routers()

        @asynccontextmanager
        async def lifespan(_app: FastAPI):  # type: ignore[no-untyped-def]
            running = [asyncio.create_task(job) for job in self.jobs()]
            yield
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

        app = FastAPI(lifespan=lifespan)
        for router in routers:
            app.include_router(router)
        for path, page in self.pages.items():
            app.get(path, response_class=HTMLResponse)(lambda page=page: HTMLResponse(page))
        return app

    async def _bot(self) -> None:
        async with LocalEvents.subscribe(self.events) as events:
            while True:
                event = await events.get()
                if event["kind"] == "turn" and self.answer is not None:
                    await asyncio.sleep(self.delay)
                    await self._turn(event["conversation"])

    async def _turn(self, conversation: str) -> None:
        def work(session: Session) -> None:
            now = self.clock()
            turn = turns.claim(session, conversation, now, self.settings)
            if turn is not None and self.answer is not None:
                understood = {"intent": "greet", "confidence": 1.0}
                turns.complete(session, turn, Answer(self.answer(turn), understood), now)

        await self.database.run(work)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _the_agent(session: Session) -> Staff:
    return session.query(Staff).one()


def _agent() -> Staff:
    return Staff(
        username="xiaolin",
        display_name="林晓",
        role="agent",
        password_hash="x",
        must_change_password=False,
        failed_sign_ins=0,
        active=True,
        created_at=datetime.now(UTC),
    )


def _customer() -> Customer:
    return Customer(
        number=CUSTOMER,
        name="陈静",
        gender="female",
        birth_date=date(1990, 3, 7),
        id_number="110101199003070038",
        city="上海",
        tier="standard",
        joined_on=date(2020, 1, 1),
        created_at=datetime.now(UTC),
    )
