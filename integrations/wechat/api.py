"""Client of WeChat's API: tokens, retries, and errors that say what to do."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx
import structlog

from integrations.wechat.api_errors import ApiError, Unreachable
from integrations.wechat.settings import WeChatSettings
from integrations.wechat.token import Tokens

log = structlog.get_logger()
T = TypeVar("T")

_PAUSES = (0.3, 1.0)  # seconds before the second and third try
_BUSY_GATEWAY = (502, 503, 504)
MAX_MEDIA = 12 * 1024 * 1024
"""Longest media file we fetch, in bytes; WeChat's pictures have 10 MB at most."""


class StableToken:
    """Fetches tokens from /cgi-bin/stable_token."""

    def __init__(self, settings: WeChatSettings, http: httpx.AsyncClient) -> None:
        self._settings = settings
        self._http = http

    async def fetch(self, *, force: bool) -> dict[str, Any]:
        """See `token.TokenSource`."""
        body = {
            "grant_type": "client_credential",
            "appid": self._settings.appid,
            "secret": self._settings.secret.get_secret_value(),
            "force_refresh": force,
        }
        answer = await request(self._http, "POST", "/cgi-bin/stable_token", body=body)
        if not isinstance(answer.get("access_token"), str) or not isinstance(answer.get("expires_in"), int):
            raise Unreachable("token_shape", arrived=True)
        return answer


class WeChatApi:
    """Calls with the account's token: renewed once where WeChat rejects it, repeated where it is busy."""

    def __init__(self, http: httpx.AsyncClient, tokens: Tokens) -> None:
        self._http = http
        self._tokens = tokens

    async def call(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """POST the body as JSON (GET without one). Raises ApiError and Unreachable."""
        return await self._with_token(lambda token: self._patiently(path, token, body))

    async def media(self, media_id: str) -> bytes:
        """A file that a customer sent. Raises ApiError and Unreachable."""
        return await self._with_token(lambda token: self._download(token, media_id))

    async def _with_token(self, work: Callable[[str], Awaitable[T]]) -> T:
        token = await self._tokens.get()
        try:
            return await work(token)
        except ApiError as error:
            if error.consequence != "renew":
                raise
        return await work(await self._tokens.get(rejected=token))

    async def _download(self, token: str, media_id: str) -> bytes:
        params = {"access_token": token, "media_id": media_id}
        try:
            async with self._http.stream("GET", "/cgi-bin/media/get", params=params) as response:
                data = bytearray()
                async for chunk in response.aiter_bytes():
                    data += chunk
                    if len(data) > MAX_MEDIA:
                        raise Unreachable("media_too_big", arrived=True)
        except httpx.RequestError as error:
            raise Unreachable(type(error).__name__, arrived=None) from error
        if "json" in response.headers.get("content-type", "") or response.status_code != 200:
            _checked(bytes(data))
            raise Unreachable("media", arrived=True)
        return bytes(data)

    async def _patiently(self, path: str, token: str, body: dict[str, Any] | None) -> dict[str, Any]:
        for pause in (*_PAUSES, None):
            try:
                return await request(
                    self._http, "GET" if body is None else "POST", path, token=token, body=body
                )
            except ApiError as error:
                if error.consequence != "again" or pause is None:
                    raise
            except Unreachable as error:
                if error.arrived is not False or pause is None:
                    raise
            await asyncio.sleep(pause)
        raise AssertionError("the last try returns or raises")


async def request(
    http: httpx.AsyncClient,
    method: str,
    path: str,
    *,
    token: str | None = None,
    body: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """One request and its JSON object. Raises ApiError for an errcode, Unreachable for no answer."""
    # Raw UTF-8: what is escaped as \\uXXXX customers would read as such.
    content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
    params = {"access_token": token} if token else {}
    try:
        response = await http.request(
            method, path, params=params, content=content, headers={"Content-Type": "application/json"}
        )
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise Unreachable(type(error).__name__, arrived=False) from error
    except httpx.RequestError as error:
        raise Unreachable(type(error).__name__, arrived=None) from error
    if response.status_code in _BUSY_GATEWAY:
        raise Unreachable(f"http_{response.status_code}", arrived=False)
    return _checked(response.content)


def _checked(content: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(content)
    except ValueError as error:
        # Some gateway's page, not WeChat's answer.
        raise Unreachable("not_json", arrived=False) from error
    if not isinstance(answer, dict):
        raise Unreachable("not_json", arrived=False)
    code = answer.get("errcode") or 0
    if not isinstance(code, int):
        raise Unreachable("errcode_shape", arrived=True)
    if code:
        raise ApiError(code, str(answer.get("errmsg", ""))[:200])
    return answer
