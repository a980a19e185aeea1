"""The push side: hands a customer's messages to the webhook and shows what comes back."""

import asyncio
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from tests.fakes.clock import Clock
from tests.fakes.postman import Answer, Postman
from tests.fakes.wechat_account import Account
from tests.fakes.wechat_crypto import Envelope, fresh_nonce, sign
from tests.fakes.wechat_judge import Judge, Reply
from tests.fakes.wechat_phone import UNAVAILABLE, Phone
from tests.fakes.wechat_xml import Message, to_xml

FAILURES_BEFORE_STOP = 3
STOP = timedelta(minutes=1)
SILENT_EVENTS = {"unsubscribe", "LOCATION"}
"""Events whose failure the customer is not told of."""


@dataclass(frozen=True)
class PushRequest:
    """One request to the webhook; a test may spoil it and send it itself."""

    params: dict[str, str]
    body: str


@dataclass
class Attempt:
    """One request and what came of it; `reason` tells what is wrong with a fault. `elapsed` in seconds."""

    request: PushRequest
    outcome: Literal["waiting", "reply", "silent", "fault", "timeout", "refused"] = "waiting"
    status: int | None = None
    answer: str = ""
    reason: str = ""
    elapsed: float = 0.0

    @property
    def good(self) -> bool:
        """Whether WeChat accepts it."""
        return self.outcome in ("reply", "silent")


@dataclass
class Delivery:
    """A push with all its attempts.

    `reply` is what the customer saw of it, None for nothing. `stopped` tells that MarkFail held it back.
    """

    message: Message
    attempts: list[Attempt] = field(default_factory=list)
    reply: Reply | None = None
    stopped: bool = False

    @property
    def delivered(self) -> bool:
        """Whether WeChat accepted an answer."""
        return any(attempt.good for attempt in self.attempts)


@dataclass(frozen=True)
class ServiceFault:
    """One failure WeChat would report to the account's owner."""

    time: datetime
    openid: str
    reason: str
    message: Message


@dataclass(frozen=True)
class Handshake:
    """The answer to the GET: `accepted` where WeChat would accept the URL."""

    accepted: bool
    status: int | None
    body: str


class Pusher:
    """Pushes for one account.

    Without an answer, or with a status other than 200, a push is tried again, `attempts` times in all. An
    answer of status 200 ends it, good or bad. Three failed attempts in a row stop all pushes for a minute.
    """

    def __init__(
        self,
        account: Account,
        postman: Postman,
        clock: Clock,
        phone: Callable[[str], Phone[Any]],
        known_media: Callable[[str], bool],
        attempts: int = 3,
    ) -> None:
        self.account = account
        self.postman = postman
        self.deliveries: list[Delivery] = []
        self.service_faults: list[ServiceFault] = []
        self.stopped_until: datetime | None = None
        self.attempts = attempts
        self._clock = clock
        self._phone = phone
        self._known_media = known_media
        self._failures = 0
        # An integration may keep the ids it saw: those of another run of the fake must differ.
        self._ids = itertools.count(time.time_ns())

    async def verify(self, token: str | None = None) -> Handshake:
        """The handshake of the console; signed with another token, a good webhook refuses it."""
        echo = fresh_nonce() + fresh_nonce()
        timestamp, nonce = self._timestamp(), fresh_nonce()
        signature = sign(token or self.account.token, timestamp, nonce)
        params = {"signature": signature, "timestamp": timestamp, "nonce": nonce, "echostr": echo}
        answer = await self.postman.get(params)
        return Handshake(answer.status == 200 and answer.text == echo, answer.status, answer.text)

    def complete(self, message: Message) -> Message:
        """The message with the fields WeChat adds."""
        head: dict[str, Any] = {
            "ToUserName": self.account.original_id,
            "FromUserName": message["FromUserName"],
            "CreateTime": int(self._clock.now().timestamp()),
        }
        numbered = message["MsgType"] == "event" or {"MsgId", "MsgID"} & set(message)
        return {**head, **message, **({} if numbered else {"MsgId": next(self._ids)})}

    def request(self, message: Message) -> PushRequest:
        """A fresh request for a complete message: another nonce and ciphertext at each call."""
        timestamp, nonce = self._timestamp(), fresh_nonce()
        params = {
            "signature": sign(self.account.token, timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
            "openid": str(message["FromUserName"]),
        }
        if not self.account.encrypted:
            return PushRequest(params, to_xml(message))
        envelope = self._envelope()
        encrypt = envelope.seal(to_xml(message))
        signature = envelope.signature(timestamp, nonce, encrypt)
        params |= {"encrypt_type": "aes", "msg_signature": signature}
        shown = message if self.account.mode == "compat" else {"ToUserName": message["ToUserName"]}
        return PushRequest(params, to_xml({**shown, "Encrypt": encrypt}))

    async def push(self, message: Message, *, overlap: bool = False) -> Delivery:
        """Deliver a complete message; with `overlap` all attempts are under way at once."""
        delivery = Delivery(message)
        self.deliveries.append(delivery)
        if self._stopped():
            delivery.stopped = True
            self._report(message, "MarkFail: not pushed")
            return delivery
        if overlap:
            await asyncio.gather(*(self._attempt(delivery) for _ in range(self.attempts)))
        else:
            await self._in_turn(delivery)
        if not delivery.delivered and message.get("Event") not in SILENT_EVENTS:
            self._phone(str(message["FromUserName"])).show("notice", UNAVAILABLE, "system")
        return delivery

    async def _in_turn(self, delivery: Delivery) -> None:
        for _ in range(self.attempts):
            attempt = await self._attempt(delivery)
            if attempt.status == 200 or self._stopped():
                return

    async def _attempt(self, delivery: Delivery) -> Attempt:
        attempt = Attempt(self.request(delivery.message))
        delivery.attempts.append(attempt)
        judge = Judge(self.account, self._envelope(), self._known_media)
        answer = await self.postman.post(attempt.request.params, attempt.request.body)
        settled = delivery.delivered
        reply = _judged(attempt, answer, judge, delivery.message)
        if attempt.good:
            self._failures = 0
        else:
            self._fail(delivery.message, attempt.reason)
        if reply is not None and not settled:
            delivery.reply = reply
            self._phone(str(delivery.message["FromUserName"])).show(reply.kind, reply.content, "passive")
        return attempt

    def _fail(self, message: Message, reason: str) -> None:
        self._report(message, reason)
        self._failures += 1
        if self._failures >= FAILURES_BEFORE_STOP:
            self._failures = 0
            self.stopped_until = self._clock.now() + STOP

    def _report(self, message: Message, reason: str) -> None:
        fault = ServiceFault(self._clock.now(), str(message["FromUserName"]), reason, message)
        self.service_faults.append(fault)

    def _stopped(self) -> bool:
        return self.stopped_until is not None and self._clock.now() < self.stopped_until

    def _envelope(self) -> Envelope:
        return Envelope(self.account.token, self.account.encoding_aes_key, self.account.appid)

    def _timestamp(self) -> str:
        return str(int(self._clock.now().timestamp()))


def _judged(attempt: Attempt, answer: Answer, judge: Judge, message: Message) -> Reply | None:
    attempt.status, attempt.answer, attempt.elapsed = answer.status, answer.text, answer.elapsed
    if answer.status is None:
        attempt.outcome = "timeout" if answer.error == "timeout" else "refused"
        attempt.reason = answer.error
        return None
    try:
        reply = judge.judge(message, answer.status, answer.body)
    except ValueError as error:
        attempt.outcome, attempt.reason = "fault", str(error)
        return None
    attempt.outcome = "silent" if reply is None else "reply"
    return reply
