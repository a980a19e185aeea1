"""Composition root of the app process: builds the parts and wires them; nobody imports it."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

import anyio.to_thread
import structlog
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from sqlalchemy import text

from actions.context import Services, configure
from integrations.console.pages import mount as mount_console
from integrations.crm.conversations import turns
from integrations.crm.customers.directory import CustomerDirectory
from integrations.crm.customers.directory_choice import make_directory
from integrations.crm.database import Database
from integrations.crm.events import make_bus
from integrations.crm.migrations.migrate import upgrade
from integrations.crm.recommendations import model_file
from integrations.crm.settings import Settings, get_settings
from integrations.gateway import action_endpoint, demo
from integrations.gateway.code_sender import make_code_sender
from integrations.gateway.data_files import check_data_files
from integrations.gateway.knowledge import load_search
from integrations.gateway.logging import configure_logging
from integrations.gateway.nightly import run_nightly
from integrations.gateway.turn_runner import TurnRunner
from integrations.gateway.wechat import make_channels
from integrations.rasa_server.client import BotClient
from integrations.web_chat.routes import make_router
from knowledge_base.search import Search

_WORKER_THREADS = 60
Job = Callable[[], Coroutine[Any, Any, None]]
log = structlog.get_logger()


def utc_now() -> datetime:
    """The clock of the running system."""
    return datetime.now(UTC)


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the app for these settings (default: the environment's). Migrates the database."""
    configure_logging()
    settings = settings or get_settings()
    check_data_files()
    upgrade(settings.database_url)
    bus = make_bus(settings.redis_url)
    database = Database(settings.database_url, bus, busy_seconds=settings.database_busy_seconds)
    search = load_search(settings)
    bot = BotClient(settings.bot_address, settings.bot_secret.get_secret_value())
    directory = make_directory(settings, utc_now)
    configure(Services(database, settings, search, make_code_sender(settings), utc_now, directory))
    model_file.keep_in(settings.learned_folder)
    runner = TurnRunner(database, bot, settings, utc_now)

    channels = make_channels(settings, database, search, utc_now)
    nightly = partial(run_nightly, database, utc_now, settings.learned_folder)
    background: list[Job] = [runner.run, nightly, *(channel.run for channel in channels)]
    app = FastAPI(
        title="前台 Qiantai",
        lifespan=_lifespan(database, bot, background, directory),
        docs_url=None,
        redoc_url=None,
    )
    app.include_router(action_endpoint.make_router(settings.action_secret.get_secret_value()))
    app.include_router(make_router(database, settings, utc_now, directory=directory))
    for channel in channels:
        app.include_router(channel.router)
    if settings.demo:
        app.include_router(demo.make_router(database, settings))
    _add_health(app, database, bot, search)
    mount_console(app, database, settings, utc_now)
    return app


def _lifespan(
    database: Database, bot: BotClient, background: Sequence[Job], directory: CustomerDirectory
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = _WORKER_THREADS
        if database.is_sqlite:
            # One app process only: a lease left from before a crash would only delay its turn.
            await database.run(turns.release_leases)
        running = [asyncio.create_task(job()) for job in background]
        for task in running:
            task.add_done_callback(_end_if_failed)
        yield
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await bot.close()
        directory.close()

    return lifespan


def _end_if_failed(task: asyncio.Task[None]) -> None:
    """A process whose background work has died would look well and answer nobody: it is restarted instead."""
    if not task.cancelled() and task.exception() is not None:
        log.critical("background.failed", exc_info=task.exception())
        signal.raise_signal(signal.SIGTERM)


def _add_health(app: FastAPI, database: Database, bot: BotClient, search: Search) -> None:
    @app.get("/live")
    async def live() -> dict[str, str]:
        """Whether this process has loaded everything and serves."""
        return {"status": "ok"}

    @app.get("/health")
    async def health() -> JSONResponse:
        """Whether customers can be served: database and bot answer."""
        await database.read(lambda session: session.execute(text("SELECT 1")))
        bot_ready = await bot.ready()
        status = {
            "status": "ok" if bot_ready else "degraded",
            "bot": bot_ready,
            "articles": len(search.articles),
        }
        return JSONResponse(status, 200 if bot_ready else 503)
