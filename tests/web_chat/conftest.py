"""A running web chat for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web_chat.server import ChatServer


@pytest.fixture
def server(tmp_path: Path, sqlite_url: str, request: pytest.FixtureRequest) -> Iterator[ChatServer]:
    """The server; parametrise indirectly with changed settings."""
    started = ChatServer(tmp_path, changes={"database_url": sqlite_url, **getattr(request, "param", {})})
    yield started
    started.close()
