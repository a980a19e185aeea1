"""Carries pushes to a webhook with WeChat's patience."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

import httpx


@dataclass(frozen=True)
class Answer:
    """What came back; `status` is None where nothing did, and `error` tells why. `elapsed` in seconds."""

    status: int | None
    body: bytes
    elapsed: float
    error: str = ""

    @property
    def text(self) -> str:
        """The body, for people."""
        return self.body.decode(errors="replace")


class Postman:
    """Each request has a connection of its own, dropped after `patience` seconds without a whole answer."""

    def __init__(self, url: str, patience: float, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.url = url
        self.patience = patience
        self._transport = transport

    async def get(self, params: Mapping[str, str]) -> Answer:
        """A handshake."""
        return await self._send("GET", params, None)

    async def post(self, params: Mapping[str, str], body: str) -> Answer:
        """A push."""
        return await self._send("POST", params, body.encode())

    async def _send(self, method: str, params: Mapping[str, str], body: bytes | None) -> Answer:
        url = httpx.URL(self.url).copy_merge_params(params)
        headers = {"Content-Type": "text/xml", "User-Agent": "Mozilla/4.0"}
        began = time.monotonic()
        client = httpx.AsyncClient(trust_env=False, timeout=None, transport=self._transport)
        try:
            async with asyncio.timeout(self.patience):
                answer = await client.request(method, url, content=body, headers=headers)
        except TimeoutError:
            return Answer(None, b"", time.monotonic() - began, "timeout")
        except httpx.TransportError as error:
            return Answer(None, b"", time.monotonic() - began, str(error) or type(error).__name__)
        finally:
            await client.aclose()
        return Answer(answer.status_code, answer.content, time.monotonic() - began)
