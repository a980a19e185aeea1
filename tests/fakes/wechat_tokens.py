"""The two kinds of access token, which know nothing of each other."""

import secrets
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Literal

from tests.fakes.clock import Clock
from tests.fakes.wechat_errors import ApiError

TokenKind = Literal["classic", "stable"]
LIFE = timedelta(seconds=7200)
OVERLAP = timedelta(minutes=5)
FORCE_GAP = timedelta(seconds=30)
DAILY_LIMITS = {"classic": 2000, "stable": 500_000, "forced": 20}
LENGTH = 512
"""The longest the documents ask callers to keep room for."""
_BEIJING = timezone(timedelta(hours=8))


@dataclass
class Token:
    """`replaced` is when another took its place, after which it is good until `expires` only."""

    value: str
    expires: datetime
    replaced: bool = False


class TokenStore:
    """/token gives a new one at each call and ends the last; /stable_token keeps to one while it is good."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._issued: dict[str, Token] = {}
        self._latest: dict[TokenKind, Token] = {}
        self._used: Counter[tuple[str, str]] = Counter()
        self._forced: datetime | None = None

    def classic(self) -> tuple[str, int]:
        """A new token and its seconds; the last stays good for five minutes. Raises ApiError 45009."""
        self._count("classic")
        self._replace("classic", self._clock.now() + OVERLAP)
        return self._issue("classic")

    def stable(self, force: bool = False) -> tuple[str, int]:
        """The current token and its seconds, a new one from five minutes before its end.

        `force` ends the current one at once, unless the last force was less than 30 s ago: then it changes
        nothing. Raises ApiError 45009.
        """
        self._count("stable")
        now, current = self._clock.now(), self._latest.get("stable")
        if force and (self._forced is None or now - self._forced >= FORCE_GAP):
            self._count("forced")
            self._forced = now
            self._replace("stable", now)
            return self._issue("stable")
        if current is None or current.replaced or current.expires - now <= OVERLAP:
            return self._issue("stable")
        return current.value, int((current.expires - now).total_seconds())

    def check(self, value: str | None) -> None:
        """Raises ApiError: 41001 missing, 40014 never issued, 40001 replaced, 42001 expired."""
        if not value:
            raise ApiError(41001)
        token = self._issued.get(value)
        if token is None:
            raise ApiError(40014)
        if self._clock.now() >= token.expires:
            raise ApiError(40001 if token.replaced else 42001)

    def invalidate(self, kind: TokenKind | None = None) -> None:
        """End the current tokens, of one kind or of both, as another fetcher or WeChat itself may: 40001."""
        for one in ("classic", "stable") if kind is None else (kind,):
            self._replace(one, self._clock.now())

    def expire(self) -> None:
        """Let every token's time run out: 42001."""
        for token in self._issued.values():
            token.expires = min(token.expires, self._clock.now())

    def _issue(self, kind: TokenKind) -> tuple[str, int]:
        token = Token(f"93_{secrets.token_urlsafe(LENGTH)}"[:LENGTH], self._clock.now() + LIFE)
        self._issued[token.value] = self._latest[kind] = token
        return token.value, int(LIFE.total_seconds())

    def _replace(self, kind: TokenKind, until: datetime) -> None:
        token = self._latest.get(kind)
        if token is not None:
            token.replaced = True
            token.expires = min(token.expires, until)

    def _count(self, name: str) -> None:
        day = self._clock.now().astimezone(_BEIJING).date().isoformat()
        self._used[name, day] += 1
        if self._used[name, day] > DAILY_LIMITS[name]:
            raise ApiError(45009)
