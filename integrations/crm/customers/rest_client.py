"""Asks the bank's CRM over HTTP (docs/crm-port.md): one short deadline, careful retries, discreet logs."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import structlog

from integrations.crm.customers.errors import (
    BadDirectoryAnswer,
    DirectoryError,
    DirectoryRefused,
    DirectoryUnavailable,
)
from integrations.crm.customers.rest_records import (
    CustomerRecord,
    FoundRecords,
    is_not_found,
    read_answer,
)

log = structlog.get_logger()
_Found = TypeVar("_Found")

CONNECT_SECONDS, SECONDS = 1.0, 3.0
"""To connect, and altogether with the second try: an action has eight seconds, and holds a transaction."""
LARGEST_ANSWER = 256 * 1024
"""Bytes; fifty customers have about twenty thousand."""
_TRIES = 2
_PAUSE = 0.2  # seconds before the second try
_MAY_BE_REPEATED = frozenset({429, 502, 503, 504})
_NEVER_ARRIVED = (httpx.ConnectError, httpx.ConnectTimeout)


class CrmClient:
    """The calls of the contract. Usable from several threads; `close` at the end.

    One thread runs all exchanges: there one that lasts too long is broken off wherever it is. The timeouts of
    blocking calls are for each read, and headers that come drop by drop would never end.
    """

    def __init__(self, url: str, token: str | None, *, seconds: float = SECONDS) -> None:
        """`url` is the base of the paths; `seconds` are for one call with all its tries."""
        # Not packed: a small answer must not unfold into a large one.
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"} | (
            {"Authorization": f"Bearer {token}"} if token else {}
        )
        timeout = httpx.Timeout(None, connect=CONNECT_SECONDS)
        # The environment's proxies are not for the bank's inner network; redirects are not followed.
        self._http = httpx.AsyncClient(base_url=url, headers=headers, timeout=timeout, trust_env=False)
        self._seconds, self._loop = seconds, asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="crm-client", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Give the connections back, after the calls that are under way."""
        self._run(self._finish())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def customer(self, number: str) -> CustomerRecord | None:
        """The customer with that number. Raises DirectoryError."""
        path = f"customers/{quote(number, safe='')}"
        return self._logged("GET", lambda: self._customer(path))

    def search(self, wanted: Mapping[str, str], limit: int) -> tuple[CustomerRecord, ...]:
        """Customers that fit everything wanted, at most `limit`. Raises DirectoryError.

        A POST, so that phone numbers stand in no address and no access log.
        """
        return self._logged("POST", lambda: self._search({**wanted, "limit": limit}))[:limit]

    def _customer(self, path: str) -> CustomerRecord | None:
        body = self._call("GET", path)
        return None if body is None else read_answer(body, CustomerRecord)

    def _search(self, wanted: dict[str, Any]) -> tuple[CustomerRecord, ...]:
        return read_answer(self._call("POST", "customers/search", wanted) or b"", FoundRecords).customers

    def _logged(self, method: str, work: Callable[[], _Found]) -> _Found:
        try:
            return work()
        except DirectoryError as error:
            # The path would name the customer.
            log.warning("crm.directory_failed", method=method, code=error.code, reason=error.data["reason"])
            raise

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> bytes | None:
        """The body of a 200; None where the CRM knows no such customer."""
        return self._run(self._in_time(method, path, body))

    def _run(self, work: Coroutine[Any, Any, _Found]) -> _Found:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _finish(self) -> None:
        # Each has its deadline, so this does not last.
        under_way = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*under_way, return_exceptions=True)
        await self._http.aclose()

    async def _in_time(self, method: str, path: str, body: dict[str, Any] | None) -> bytes | None:
        deadline = asyncio.get_running_loop().time() + self._seconds
        try:
            async with asyncio.timeout_at(deadline):
                return await self._tried(method, path, body, deadline)
        except TimeoutError as error:
            raise _unavailable("timeout") from error

    async def _tried(
        self, method: str, path: str, body: dict[str, Any] | None, deadline: float
    ) -> bytes | None:
        for attempt in range(1, _TRIES + 1):
            try:
                return await self._once(method, path, body)
            except DirectoryUnavailable as error:
                if attempt == _TRIES or not await self._again(method, error, deadline):
                    raise
        raise AssertionError("the last try returns or raises")

    async def _again(self, method: str, error: DirectoryUnavailable, deadline: float) -> bool:
        """Wait and say True where a second try is safe and still in time."""
        # A search that may have arrived is not repeated; one that was turned away did nothing.
        if method != "GET" and not error.data["untouched"]:
            return False
        pause = error.data["retry_after"] or _PAUSE
        if asyncio.get_running_loop().time() + pause >= deadline:
            return False
        await asyncio.sleep(pause)
        return True

    async def _once(self, method: str, path: str, body: dict[str, Any] | None) -> bytes | None:
        try:
            async with self._http.stream(method, path, json=body) as response:
                if response.status_code not in (200, 404):
                    raise _failure(response)
                answer = await _read(response)
                if response.status_code == 200:
                    return answer
                # A wrong base address must not look like an unknown customer.
                if method == "GET" and is_not_found(answer):
                    return None
                raise DirectoryRefused(reason="status_404")
        except _NEVER_ARRIVED as error:
            raise _unavailable("unreachable", untouched=True) from error
        except httpx.HTTPError as error:
            raise _unavailable("broken_connection") from error


async def _read(response: httpx.Response) -> bytes:
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise BadDirectoryAnswer(reason="encoding")
    found = bytearray()
    async for chunk in response.aiter_raw():
        found += chunk
        if len(found) > LARGEST_ANSWER:
            raise BadDirectoryAnswer(reason="too_large")
    return bytes(found)


def _failure(response: httpx.Response) -> DirectoryError:
    status = response.status_code
    reason = f"status_{status}"
    if status in _MAY_BE_REPEATED or status >= 500:
        untouched = status in (429, 503)
        return _unavailable(reason, untouched=untouched, retry_after=_retry_after(response))
    return DirectoryRefused(reason=reason)


def _unavailable(
    reason: str, *, untouched: bool = False, retry_after: float | None = None
) -> DirectoryUnavailable:
    """`untouched`: the CRM surely did nothing with the request."""
    return DirectoryUnavailable(reason=reason, untouched=untouched, retry_after=retry_after)


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds that the answer asks us to wait; dates are not used by the contract."""
    given = response.headers.get("Retry-After", "")
    return float(given) if given.isascii() and given.isdigit() and len(given) < 7 else None
