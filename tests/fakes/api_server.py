"""What the APIs of WeChat and WeCom have in common: JSON calls, recorded, and broken on demand."""

import asyncio
import json
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Literal

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from tests.fakes.clock import Clock
from tests.fakes.running import drop
from tests.fakes.wechat_errors import ApiError
from tests.fakes.wechat_tokens import TokenStore

Fault = int | Literal["hang", "reset", "http502", "not_json"]
"""An errcode, or what befalls the connection."""
LONGEST_HANG = 60.0
_ESCAPE = re.compile(r"(?<!\\)((?:\\\\)*)\\u(?=[0-9a-fA-F]{4})")


class Call:
    """One request to an endpoint."""

    def __init__(self, request: Request, raw: bytes) -> None:
        self.request = request
        self.raw = raw
        self.query = dict(request.query_params)
        self.caller = request.client.host if request.client else ""

    def has_escapes(self) -> bool:
        """Whether the body writes characters as \\uXXXX."""
        return _ESCAPE.search(self.raw.decode(errors="replace")) is not None

    def json(self) -> dict[str, Any]:
        """The body. \\uXXXX stays as it is written, as WeChat leaves it.

        Raises ApiError 40033 for what is not UTF-8, 44002 for nothing, 47001 for what is no JSON object.
        """
        if not self.raw:
            raise ApiError(44002)
        try:
            text = self.raw.decode()
        except UnicodeDecodeError as error:
            raise ApiError(40033) from error
        try:
            found = json.loads(_ESCAPE.sub(r"\1\\\\u", text))
        except ValueError as error:
            raise ApiError(47001) from error
        if not isinstance(found, dict):
            raise ApiError(47001)
        return found


Work = Callable[[Call], Awaitable[dict[str, Any] | Response]]


@dataclass(frozen=True)
class ApiCall:
    """One call that was made: `body` is its JSON or None, `result` the JSON answered or what befell it."""

    time: datetime
    method: str
    path: str
    query: dict[str, str]
    body: dict[str, Any] | None
    result: Any

    @property
    def errcode(self) -> int:
        """WeChat's code, 0 for success."""
        return int(self.result.get("errcode", 0)) if isinstance(self.result, dict) else 0


class ApiServer:
    """Endpoints with their record and their faults."""

    def __init__(self, clock: Clock) -> None:
        self.calls: list[ApiCall] = []
        self.routes: list[Route] = []
        self._clock = clock
        self._faults: dict[str, list[Fault]] = defaultdict(list)

    def add(self, path: str, work: Work, methods: tuple[str, ...] = ("POST",)) -> None:
        """Serve `work` at `path`; another method gets 43001 or 43002."""
        endpoint = partial(self._serve, path, work, methods)
        self.routes.append(Route(path, endpoint, methods=["GET", "POST"]))

    def inject(self, path: str, fault: Fault, times: int = 1) -> None:
        """Break the next `times` calls of `path`, given with or without /cgi-bin."""
        self._faults[_full(path)] += [fault] * times

    def calls_to(self, path: str) -> list[ApiCall]:
        """The calls of one path, in order."""
        return [call for call in self.calls if call.path == _full(path)]

    async def _serve(self, path: str, work: Work, methods: tuple[str, ...], request: Request) -> Response:
        try:
            call = Call(request, await request.body())
        except ClientDisconnect:
            return Response()
        waiting = self._faults[path]
        fault = waiting.pop(0) if waiting else None
        if isinstance(fault, str):
            self._record(path, call, fault)
            return await _befall(fault, request)
        result = await self._result(call, work, methods, fault)
        self._record(path, call, result if isinstance(result, dict) else "bytes")
        return _json(result) if isinstance(result, dict) else result

    async def _result(
        self, call: Call, work: Work, methods: tuple[str, ...], fault: int | None
    ) -> dict[str, Any] | Response:
        try:
            if fault is not None:
                raise ApiError(fault)
            if call.request.method not in methods:
                raise ApiError(43002 if "POST" in methods else 43001)
            return await work(call)
        except ApiError as error:
            return error.body(call.caller)

    def _record(self, path: str, call: Call, result: Any) -> None:
        try:
            body = call.json()
        except ApiError:
            body = None
        made = ApiCall(self._clock.now(), call.request.method, path, call.query, body, result)
        self.calls.append(made)


class TokenApi(ApiServer):
    """Endpoints that take an access token of `tokens`."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.tokens = TokenStore(clock)

    def authorised(self, name: str, work: Work, method: str = "POST") -> None:
        """Serve `work` at /cgi-bin/`name` to whoever has a token that holds."""

        async def checked(call: Call) -> dict[str, Any] | Response:
            self.tokens.check(call.query.get("access_token"))
            return await work(call)

        self.add(f"/cgi-bin/{name}", checked, (method,))


def text_of(value: Any, code: int) -> str:
    """A non-empty string of a JSON body. Raises ApiError `code` for anything else."""
    if not isinstance(value, str) or not value:
        raise ApiError(code)
    return value


def _json(content: dict[str, Any]) -> Response:
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Response(body, media_type="application/json; encoding=utf-8")


def _full(path: str) -> str:
    return path if path.startswith("/cgi-bin/") else "/cgi-bin/" + path.strip("/")


async def _befall(fault: str, request: Request) -> Response:
    if fault == "hang":
        for _ in range(int(LONGEST_HANG / 0.05)):
            if await request.is_disconnected():
                break
            await asyncio.sleep(0.05)
        return Response(status_code=504)
    if fault == "reset":
        await drop(request.scope)
        return Response()
    if fault == "http502":
        return Response("<html><h1>502 Bad Gateway</h1></html>", 502, media_type="text/html")
    return Response("<html>系统维护中</html>", media_type="text/html")
