"""The endpoint where the bot runs custom actions: rasa-sdk's executor inside the app."""

import hmac
import json
import zlib
from typing import Any

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import (
    ActionExecutionRejection,
    ActionMissingDomainException,
    ActionNotFoundException,
)

import actions

log = structlog.get_logger()

SECRET_HEADER = "X-Qiantai-Secret"
_MOST_BYTES = 20 * 1024 * 1024


def make_router(secret: str) -> APIRouter:
    """Routes that only the bot, which knows `secret`, may call."""
    executor = ActionExecutor()
    executor.register_package(actions)
    router = APIRouter()

    @router.post("/actions", include_in_schema=False)
    async def run_action(request: Request) -> JSONResponse:
        if not hmac.compare_digest(request.headers.get(SECRET_HEADER, "").encode(), secret.encode()):
            return JSONResponse({"error": "unauthorized"}, 401)
        try:
            call = _decode(await request.body(), request.headers.get("Content-Encoding"))
        except (ValueError, zlib.error):
            return JSONResponse({"error": "malformed_action_call"}, 400)
        return await _run(executor, call)

    return router


def _decode(body: bytes, encoding: str | None) -> dict[str, Any]:
    if encoding == "deflate":
        inflater = zlib.decompressobj()
        body = inflater.decompress(body, _MOST_BYTES)
        if inflater.unconsumed_tail:
            raise ValueError("inflated body is too large")
    call = json.loads(body)
    if not isinstance(call, dict) or not isinstance(call.get("next_action"), str):
        raise ValueError("not an action call")
    return call


async def _run(executor: ActionExecutor, call: dict[str, Any]) -> JSONResponse:
    """Rasa reads 400 as a rejection, 404 and 449 as configuration errors, anything else as a failure."""
    name = call["next_action"]
    try:
        result = await executor.run(call)
    except ActionExecutionRejection as error:
        return JSONResponse({"error": error.message, "action_name": error.action_name}, 400)
    except ActionNotFoundException as error:
        return JSONResponse({"error": error.message, "action_name": error.action_name}, 404)
    except ActionMissingDomainException as error:
        return JSONResponse({"error": error.message, "action_name": error.action_name}, 449)
    except TimeoutError:
        log.warning("actions.timeout", action=name)
        return JSONResponse({"error": "timeout", "action_name": name}, 504)
    except Exception:
        log.exception("actions.failed", action=name)
        return JSONResponse({"error": "action_failed", "action_name": name}, 500)
    return JSONResponse(result.model_dump() if result else {"events": [], "responses": []})
