"""A running messenger, both its sides, for each test."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.wechat_account import Account
from tests.wechat.kf_server import KfServer
from tests.wechat.messenger_server import MessengerServer
from tests.wechat.server import WeChatServer

Start = Callable[..., WeChatServer]
StartKf = Callable[..., KfServer]


@pytest.fixture
def begin(tmp_path: Path, sqlite_url: str) -> Iterator[Callable[..., Any]]:
    """Start a server of this class, with its fields; `options` are those of the channel."""
    started: list[MessengerServer] = []

    def begin(kind: type[MessengerServer], options: dict[str, Any], **fields: Any) -> MessengerServer:
        server = kind(tmp_path, changes={"database_url": sqlite_url}, options=options, **fields)
        started.append(server)
        return server

    yield begin
    for server in started:
        server.close()


@pytest.fixture
def start(begin: Callable[..., Any]) -> Start:
    """Start an Official Account: start(account, patience=…, **options of the channel)."""

    def start(account: Account | None = None, *, patience: float = 5.0, **options: Any) -> WeChatServer:
        found = begin(WeChatServer, options, account=account or Account(), patience=patience)
        assert isinstance(found, WeChatServer)
        return found

    return start


@pytest.fixture
def start_kf(begin: Callable[..., Any]) -> StartKf:
    """Start 微信客服: start_kf(before=…, ago=…, listed=…, **options of the channel)."""

    def start(
        *, before: tuple[str, ...] = (), ago: float = 0, listed: bool = True, **options: Any
    ) -> KfServer:
        found = begin(KfServer, options, before=before, ago=ago, listed=listed)
        assert isinstance(found, KfServer)
        return found

    return start


@pytest.fixture
def server(start: Start) -> WeChatServer:
    """A verified account in the safe mode."""
    return start()


@pytest.fixture
def kf(start_kf: StartKf) -> KfServer:
    """A customer service account."""
    return start_kf()


@pytest.fixture(params=["wechat", "wecom"])
def messenger(request: pytest.FixtureRequest) -> MessengerServer:
    """Either of them."""
    found = request.getfixturevalue({"wechat": "server", "wecom": "kf"}[request.param])
    assert isinstance(found, MessengerServer)
    return found
