"""A bank's own CRM that speaks the contract of docs/crm-port.md, and breaks on demand."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response

from tests.fakes.running import drop

Json = dict[str, Any]
_LONGER_THAN_PATIENCE = 1.5  # seconds


@dataclass
class Fault:
    """What befalls the next `times` requests."""

    kind: str  # status | hang | reset | body | drip
    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    times: int = 1


class FakeCrm:
    """Customers by number, and what was asked of it; `app` is for `tests.fakes.running.serve`."""

    def __init__(self, token: str) -> None:
        self.customers: dict[str, Json] = {}
        self.card_tails: dict[str, list[str]] = {}
        self.openids: dict[tuple[str, str], str] = {}  # (account, openid) → number
        self.asked: list[tuple[str, str, Json]] = []  # method, path with query, body
        self.faults: list[Fault] = []
        self._token = token
        self.app = FastAPI(openapi_url=None)
        self.app.middleware("http")(self._guard)
        self.app.get("/v1/customers/{number}")(self._customer)
        self.app.post("/v1/customers/search")(self._search)

    def forget(self) -> None:
        """Be as new."""
        for kept in (self.customers, self.card_tails, self.openids, self.asked, self.faults):
            kept.clear()

    def know(self, customer: Json, tails: tuple[str, ...] = (), openid: str | None = None) -> None:
        """Add or replace a customer."""
        number = customer["number"]
        self.customers[number] = customer
        self.card_tails[number] = list(tails)
        if openid is not None:
            self.openids["default", openid] = number

    async def _guard(self, request: Request, call_next: Any) -> Response:
        body = await request.json() if request.method == "POST" else {}
        self.asked.append((request.method, str(request.url.include_query_params()), body))
        fault = self.faults[0] if self.faults else None
        if fault is not None:
            fault.times -= 1
            if fault.times <= 0:
                self.faults.pop(0)
            return await _break(fault, request)
        if request.headers.get("Authorization") != f"Bearer {self._token}":
            return JSONResponse({"error": "unauthorized"}, 401)
        answer: Response = await call_next(request)
        return answer

    async def _customer(self, number: str) -> Response:
        if number not in self.customers:
            return JSONResponse({"error": "customer_not_found"}, 404)
        return JSONResponse(self.customers[number])

    async def _search(self, request: Request) -> Response:
        wanted = await request.json()
        found = [one for number, one in sorted(self.customers.items()) if self._fits(number, one, wanted)]
        return JSONResponse({"customers": found[: wanted["limit"]]})

    def _fits(self, number: str, customer: Json, wanted: Json) -> bool:
        text = wanted.get("text")
        checks = {
            "phone": lambda value: value in customer["phones"],
            "card_tail": lambda value: value in self.card_tails[number],
            "openid": lambda value: self.openids.get((wanted["account"], value)) == number,
            "text": lambda _: (
                customer["name"].startswith(text) or text == number or text in customer["phones"]
            ),
        }
        return all(check(wanted[name]) for name, check in checks.items() if name in wanted)


async def _break(fault: Fault, request: Request) -> Response:
    match fault.kind:
        case "hang":
            await asyncio.sleep(_LONGER_THAN_PATIENCE)
        case "reset":
            await drop(request.scope)
        case "drip":
            return _Drip(fault.body)
    status = 200 if fault.kind in ("body", "hang") else fault.status
    return Response(fault.body, status, fault.headers, "application/json")


class _Drip(Response):
    """Sends its body byte by byte, with pauses."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for byte in self.body:
            await send({"type": "http.response.body", "body": bytes([byte]), "more_body": True})
            await asyncio.sleep(0.05)
        await send({"type": "http.response.body", "body": b"", "more_body": False})
