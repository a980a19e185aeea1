"""The HTTP contract between the bot process and the app (docs: the bot channel contract).

``POST /webhooks/qiantai/turn`` handles one message and answers with the replies and with what was
understood, or with an HTTP error when anything failed. ``GET /webhooks/qiantai/health`` says whether
the expected model is loaded and the tracker store answers.
"""

from __future__ import annotations

import hmac
import logging
import pathlib
import traceback
from typing import Any, Awaitable, Callable

from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels import event_types, log_privacy, remote_action
from bot.channels.failures import TrackerStoreUnavailable, TurnAborted
from bot.channels.tracker_store import StrictSqlTrackerStore
from bot.channels.turn import run_turn
from bot.channels.turn_request import BadRequest, parse_turn_request

logger = logging.getLogger(__name__)
MINIMUM_SECRET_LENGTH = 16


class QiantaiChannel(InputChannel):  # type: ignore[misc]  # Rasa ships no type information
    """The only input channel of the bot."""

    def __init__(self, secret: str, expected_model: str | None = None) -> None:
        """Take the bearer secret and the file name of the model that must be loaded (None: any).

        Raises:
            ValueError: the secret is missing or too short to be one.
        """
        if len(secret) < MINIMUM_SECRET_LENGTH:
            raise ValueError(f"QIANTAI_BOT_SECRET needs at least {MINIMUM_SECRET_LENGTH} characters")
        self._secret = secret.encode()
        self._expected_model = pathlib.PurePath(expected_model).name if expected_model else None
        remote_action.install()
        event_types.install()
        log_privacy.install()

    @classmethod
    def name(cls) -> str:
        """Return the path segment under /webhooks/."""
        return "qiantai"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> QiantaiChannel:
        """Read ``secret`` and the optional ``expected_model`` from credentials.yml."""
        values = credentials or {}
        return cls(str(values.get("secret") or ""), values.get("expected_model") or None)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the routes; Rasa's own message handler is not used because it hides failures."""
        routes = Blueprint("qiantai_webhook")

        @routes.get("/health")
        async def health(request: Request) -> HTTPResponse:
            """Readiness: 200 only when a turn could be served by the expected model."""
            agent = _agent(request)
            problem = self.problem(agent)
            if problem is not None or agent is None:
                return response.json({"status": "unavailable", "reason": problem}, status=503)
            return response.json({"status": "ok", "model": agent.processor.model_filename})

        @routes.post("/turn")
        async def turn(request: Request) -> HTTPResponse:
            """Handle one message of a customer."""
            return await self.answer(request)

        return routes

    def problem(self, agent: Agent | None) -> str | None:
        """Return why the bot cannot serve turns, None when it can.

        ``rasa run -m missing.tar.gz`` silently loads the newest model it finds, so the file name is
        compared; an unknown tracker store class silently becomes a store in memory, so it is checked.
        """
        if agent is None or not agent.is_ready():
            return "model_not_loaded"
        if self._expected_model is not None and agent.processor.model_filename != self._expected_model:
            return "wrong_model"
        store = getattr(agent.tracker_store, "_tracker_store", agent.tracker_store)
        if not isinstance(store, StrictSqlTrackerStore):
            return "wrong_tracker_store"
        try:
            store.ping()
        except TrackerStoreUnavailable:
            return "tracker_store_unavailable"
        return None

    async def answer(self, request: Request) -> HTTPResponse:
        """Authenticate, check, run the turn and map every failure to a status."""
        given = (request.headers.get("authorization") or "").encode()
        if not hmac.compare_digest(given, b"Bearer " + self._secret):
            return response.json({"error": "unauthorized"}, status=401)
        try:
            turn_request = parse_turn_request(request.json)
        except (BadRequest, SanicException) as error:
            message = str(error) if isinstance(error, BadRequest) else "the body is not JSON"
            return response.json({"error": "bad_request", "message": message}, status=400)
        agent = _agent(request)
        if agent is None or not agent.is_ready():
            return response.json({"error": "internal"}, status=500)
        try:
            result = await run_turn(agent, turn_request)
        except TurnAborted as aborted:
            logger.error("Turn aborted: %s failed (%s)", aborted.action, aborted.reason)
            return response.json({"error": "action_failed", "action": aborted.action}, status=502)
        except TrackerStoreUnavailable as unavailable:
            logger.error("Turn refused: tracker store unavailable (%s)", unavailable.reason)
            return response.json({"error": "internal"}, status=500)
        except Exception as error:  # noqa: BLE001 - the edge: whatever failed, the app gets an honest 500
            logger.error("Turn failed: %s at %s", type(error).__name__, _frames(error))
            return response.json({"error": "internal"}, status=500)
        return response.json(result.as_json(), ensure_ascii=False)


def _agent(request: Request) -> Agent | None:
    """Return the loaded agent, None while the server is still starting."""
    return getattr(request.app.ctx, "agent", None)


def _frames(error: BaseException) -> str:
    """Describe where an error came from without its message, which may quote the customer."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    return " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
