"""A running Official Account, both its sides, for each test."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.wechat_account import Account
from tests.wechat.server import WeChatServer

Start = Callable[..., WeChatServer]


@pytest.fixture
def start(tmp_path: Path, sqlite_url: str) -> Iterator[Start]:
    """Start a server: start(account, patience=…, **options of the channel)."""
    started: list[WeChatServer] = []

    def begin(account: Account | None = None, *, patience: float = 5.0, **options: Any) -> WeChatServer:
        server = WeChatServer(
            tmp_path,
            changes={"database_url": sqlite_url},
            account=account or Account(),
            patience=patience,
            options=options,
        )
        started.append(server)
        return server

    yield begin
    for server in started:
        server.close()


@pytest.fixture
def server(start: Start) -> WeChatServer:
    """A verified account in the safe mode."""
    return start()
