"""Runs an ASGI app on a loopback port in a thread of its own, for as long as a `with` block."""

import asyncio
import socket
import struct
import threading
import time
from types import TracebackType
from typing import Any, Self

import uvicorn
from starlette.types import ASGIApp, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

_lines: dict[tuple[Any, Any], asyncio.Transport] = {}


class DroppableProtocol(H11Protocol):
    """HTTP whose connection `drop` can cut."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        _lines[self.server, self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        _lines.pop((self.server, self.client), None)
        super().connection_lost(exc)


async def drop(scope: Scope) -> None:
    """Reset the connection of a request, so that its caller gets no answer at all.

    Raises KeyError where the app does not run by `serve`.
    """
    line = _lines[scope["server"], scope["client"]]
    # Without lingering, closing sends RST: what a caller sees when a load balancer gives up.
    line.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.abort()
    await asyncio.sleep(0.01)


class Served:
    """A running app; `base` is its URL. Starts when made, stops with `close` or at the end of `with`."""

    def __init__(self, app: ASGIApp, port: int = 0) -> None:
        self._socket = socket.create_server(("127.0.0.1", port))
        self.port = int(self._socket.getsockname()[1])
        self.base = f"http://127.0.0.1:{self.port}"
        self._server = uvicorn.Server(configuration(app))
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 20
        while not self._server.started and time.monotonic() < deadline:
            time.sleep(0.01)
        assert self._server.started

    def close(self) -> None:
        """Stop; requests under way are cut off after a second."""
        self._server.should_exit = True
        self._thread.join(10)
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.close)


def serve(app: ASGIApp, port: int = 0) -> Served:
    """Run `app` on 127.0.0.1, on a free port unless one is given; for `with` and `async with`."""
    return Served(app, port)


def configuration(app: ASGIApp, **changes: Any) -> uvicorn.Config:
    """Settings for a fake: its connections can be dropped, and callers are who they are."""
    values: dict[str, Any] = {
        "http": DroppableProtocol,
        "loop": "asyncio",
        "ws": "none",
        "lifespan": "off",
        "log_level": "error",
        "proxy_headers": False,
        "timeout_graceful_shutdown": 1,
    }
    return uvicorn.Config(app, **(values | changes))
