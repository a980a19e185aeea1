"""The staff console as part of a FastAPI app: everything under /console."""

from collections.abc import Callable
from datetime import datetime

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from nicegui import core, ui

from integrations.console import wording
from integrations.console.account_pages import account_router
from integrations.console.context import Console
from integrations.console.customers_page import register_customers
from integrations.console.desk_page import register_desk
from integrations.console.guard import ConsoleGuard
from integrations.console.images import image_router
from integrations.console.rendering import ASSETS
from integrations.console.review_page import register_audit, register_review
from integrations.console.staff_page import register_staff
from integrations.console.warnings_page import export_router, register_warnings
from integrations.crm.database import Database
from integrations.crm.settings import Settings

_RECONNECT_SECONDS = 30
"""A desk survives a network break of this length without losing what is open."""


def mount(app: FastAPI, database: Database, settings: Settings, clock: Callable[[], datetime]) -> Console:
    """Add the console to `app`. Call it once all other routes are there, before the app starts.

    NiceGUI has one application per process: a second call (tests) replaces the pages of the first.
    """
    console = Console(database, settings, clock)
    app.add_middleware(ConsoleGuard, console=console)
    app.include_router(account_router(console))
    app.include_router(image_router(console))
    app.include_router(export_router(console))
    app.mount("/console/assets", StaticFiles(directory=ASSETS), name="console-assets")
    # Starlette freezes middleware at the first request; NiceGUI adds its own at each mount.
    core.app.middleware_stack = None
    core.app.user_middleware.clear()
    register_desk(console)
    register_review(console)
    register_audit(console)
    register_staff(console)
    register_customers(console)
    register_warnings(console)
    ui.run_with(
        app,
        mount_path="/console",
        title=wording.PRODUCT,
        favicon=ASSETS / "icon.svg",
        language="zh-CN",
        tailwind=False,
        reconnect_timeout=_RECONNECT_SECONDS,
        message_history_length=200,
        show_welcome_message=False,
        # No storage secret: sessions are the console's own, nothing is kept in NiceGUI's storage.
    )
    return console
