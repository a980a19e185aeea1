"""How much one visitor may send."""

import asyncio
from pathlib import Path

import pytest

from integrations.web_chat.errors import ChatError
from integrations.web_chat.limiter import Limiter, check_rate, make_limiter
from tests.web_chat.server import chat_settings


async def _hits(limiter: Limiter, visitor: str, times: int) -> list[int]:
    return [await limiter.wait(visitor) for _ in range(times)]


def test_each_visitor_has_an_own_minute(tmp_path: Path) -> None:
    limiter = make_limiter(chat_settings(tmp_path, messages_per_minute=3))

    async def both() -> tuple[list[int], list[int]]:
        return await _hits(limiter, "one", 4), await _hits(limiter, "other", 3)

    one, other = asyncio.run(both())
    assert one[:3] == other == [0, 0, 0]
    assert 1 <= one[3] <= 60


def test_the_refusal_says_when_to_try_again(tmp_path: Path) -> None:
    limiter = make_limiter(chat_settings(tmp_path, messages_per_minute=1))

    async def twice() -> None:
        await check_rate(limiter, "one")
        await check_rate(limiter, "one")

    with pytest.raises(ChatError) as refused:
        asyncio.run(twice())
    assert (refused.value.code, refused.value.status_code) == ("too_fast", 429)
    assert 1 <= int((refused.value.headers or {})["Retry-After"]) <= 60


def test_without_redis_nobody_is_locked_out(tmp_path: Path) -> None:
    # Port 1 refuses connections at once.
    limiter = make_limiter(chat_settings(tmp_path, redis_url="redis://127.0.0.1:1/0", messages_per_minute=1))
    assert asyncio.run(_hits(limiter, "one", 3)) == [0, 0, 0]
