"""The address that WeChat calls: the handshake, and every push."""

from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from fastapi import APIRouter, Request, Response
from sqlalchemy.exc import IntegrityError
from starlette.background import BackgroundTask

from integrations.wechat import answering, inbox
from integrations.wechat.context import WeChat
from integrations.wechat.courier import Courier
from integrations.wechat.crypto import EncodingKey
from integrations.wechat.errors import EnvelopeError
from integrations.wechat.gate import NotFromWeChat, check_query, read_body
from integrations.wechat.inbound import read_push, read_sealed
from integrations.wechat.outgoing import Outgoing
from integrations.wechat.pushes import Inbound
from integrations.wechat.reply import sealed_reply, text_reply
from integrations.wechat.signature import is_signed

log = structlog.get_logger()

PATH = "/wechat"
_SUCCESS = Response("success", media_type="text/plain")


@dataclass(frozen=True)
class _Opened:
    """A push, and the key that a sealed one was opened with."""

    push: Inbound
    key: EncodingKey | None


def make_router(wechat: WeChat, courier: Courier) -> APIRouter:
    """The account's two routes."""
    router = APIRouter()

    @router.get(PATH, include_in_schema=False)
    async def handshake(request: Request) -> Response:
        """WeChat asks whether this is our address."""
        try:
            _check_signature(wechat, request.query_params)
        except NotFromWeChat:
            return Response(status_code=403)
        return Response(request.query_params.get("echostr", ""), media_type="text/plain")

    @router.post(PATH, include_in_schema=False)
    async def push(request: Request) -> Response:
        """A message or an event."""
        try:
            _check(wechat, request.query_params)
            opened = _open(wechat, request.query_params, await read_body(request))
        except NotFromWeChat:
            return Response(status_code=403)
        except EnvelopeError as error:
            # Signed and yet unreadable: an answer other than success would show the customer a fault.
            log.warning("wechat.unreadable", code=error.code)
            return _SUCCESS
        return await _answer(wechat, courier, request, opened)

    return router


def _check_signature(wechat: WeChat, query: Mapping[str, str]) -> None:
    """Of the handshake and of what isn't sealed. Raises NotFromWeChat."""
    check_query(query, "signature", "timestamp", "nonce")
    token = wechat.settings.token.get_secret_value()
    if not is_signed(query["signature"], token, query["timestamp"], query["nonce"]):
        raise NotFromWeChat


def _check(wechat: WeChat, query: Mapping[str, str]) -> None:
    """What can be said before the body is read. Raises NotFromWeChat."""
    if wechat.settings.mode == "plain":
        _check_signature(wechat, query)
    else:
        check_query(query, "msg_signature", "timestamp", "nonce")


def _open(wechat: WeChat, query: Mapping[str, str], body: bytes) -> _Opened:
    """The push inside. Raises NotFromWeChat and EnvelopeError."""
    cipher = wechat.settings.cipher
    if wechat.settings.mode == "plain" or cipher is None:
        return _Opened(read_push(body), None)
    try:
        sealed = read_sealed(body)
    except EnvelopeError as error:
        # What is signed is the sealed part: without one nobody has shown that it is WeChat's.
        raise NotFromWeChat from error
    token = wechat.settings.token.get_secret_value()
    if not is_signed(query["msg_signature"], token, query["timestamp"], query["nonce"], sealed):
        raise NotFromWeChat
    opened = cipher.decrypt(sealed)
    return _Opened(read_push(opened.message), opened.key)


async def _answer(wechat: WeChat, courier: Courier, request: Request, opened: _Opened) -> Response:
    try:
        taken = await inbox.take(wechat, opened.push)
    except IntegrityError:
        # The same push came in twice at once, and the other one has it.
        taken = await inbox.take(wechat, opened.push)
    reply = await answering.await_reply(wechat, taken, request.is_disconnected)
    if reply is None:
        typing = BackgroundTask(courier.show_typing, taken.conversation) if taken.until else None
        return Response("success", media_type="text/plain", background=typing)
    confirmed = BackgroundTask(
        wechat.database.run, lambda session: answering.confirm(wechat, taken, reply, session)
    )
    content = _reply_xml(wechat, request.query_params, opened, reply)
    return Response(content, media_type="application/xml", background=confirmed)


def _reply_xml(wechat: WeChat, query: Mapping[str, str], opened: _Opened, reply: Outgoing) -> bytes:
    now = wechat.clock()
    xml = text_reply(opened.push, reply.text, now)
    cipher = wechat.settings.cipher
    if opened.key is None or cipher is None:
        return xml
    return sealed_reply(
        xml,
        cipher,
        opened.key,
        token=wechat.settings.token.get_secret_value(),
        timestamp=int(now.timestamp()),
        nonce=query.get("nonce", ""),
    )
