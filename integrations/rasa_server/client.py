"""Client of the bot process: one turn in, replies and what was understood out."""

from dataclasses import dataclass
from typing import Any

import httpx

TURN_PATH = "/webhooks/qiantai/turn"
HEALTH_PATH = "/webhooks/qiantai/health"


class BotError(Exception):
    """The bot gave no answer to a turn. `retry` tells whether the same turn may be put again:
    the bot keeps nothing of a failed turn. `answered`: the bot is there and said that it failed."""

    def __init__(self, reason: str, *, retry: bool, answered: bool = False) -> None:
        super().__init__(reason)
        self.retry = retry
        self.answered = answered


@dataclass(frozen=True)
class BotAnswer:
    """What the bot said to a turn; shapes as in docs/api.md."""

    replies: list[dict[str, Any]]
    understood: dict[str, Any]  # intent, confidence, ranking, entities, action, article, ms


class BotClient:
    """Speaks the contract of `bot/channels/qiantai.py`."""

    def __init__(self, address: str, secret: str) -> None:
        self._http = httpx.AsyncClient(
            base_url=address,
            headers={"Authorization": f"Bearer {secret}"},
            # The app limits turns in flight itself; a pool limit here would hide that as a timeout.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
            trust_env=False,
        )

    async def turn(self, *, sender: str, text: str, metadata: dict[str, Any], timeout: float) -> BotAnswer:
        """Put one message. `timeout` in seconds. Raises BotError."""
        body = {"sender": sender, "message_id": metadata["message_id"], "text": text, "metadata": metadata}
        try:
            response = await self._http.post(TURN_PATH, json=body, timeout=timeout)
        except httpx.TimeoutException as error:
            raise BotError("timeout", retry=True) from error
        except httpx.TransportError as error:
            raise BotError("unreachable", retry=True) from error
        if response.status_code != 200:
            raise BotError(_reason(response), retry=response.status_code >= 500, answered=True)
        return _answer(response.json())

    async def ready(self) -> bool:
        """Whether the bot answers and has its model loaded."""
        try:
            response = await self._http.get(HEALTH_PATH, timeout=3)
        except httpx.TransportError:
            return False
        return response.status_code == 200

    async def close(self) -> None:
        """Give back the connections."""
        await self._http.aclose()


def _answer(body: dict[str, Any]) -> BotAnswer:
    intent = body.get("intent") or {}
    understood = {
        "intent": intent.get("name"),
        "confidence": intent.get("confidence"),
        "ranking": body.get("ranking", []),
        "entities": body.get("entities", []),
        "action": body.get("action"),
        "article": body.get("article"),
        "ms": body.get("ms"),
    }
    return BotAnswer(body.get("replies", []), understood)


def _reason(response: httpx.Response) -> str:
    try:
        body = response.json()
    except ValueError:
        return f"http_{response.status_code}"
    parts = [str(body.get(key)) for key in ("error", "action") if body.get(key)]
    return ":".join(parts) or f"http_{response.status_code}"
