"""What every journey needs: a browser, and for the widget a server of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.widget_pages import answer
from tests.web_chat.server import ChatServer

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def server(tmp_path: Path, sqlite_url: str) -> Iterator[ChatServer]:
    """The web chat, answered by the stand-in of `widget_pages`."""
    started = ChatServer(tmp_path, changes={"database_url": sqlite_url}, answer=answer)
    yield started
    started.close()
