"""The address that WeCom calls: the handshake, and the news that there is something to read."""

from collections.abc import Callable, Mapping

import structlog
from fastapi import APIRouter, Request, Response

from integrations.wechat.errors import EnvelopeError
from integrations.wechat.gate import NotFromWeChat, check_query, read_body
from integrations.wechat.inbound import read_fields, read_sealed
from integrations.wechat.kf_messages import KFID
from integrations.wechat.kf_settings import KfSettings
from integrations.wechat.signature import is_signed

log = structlog.get_logger()

PATH = "/wecom"
_SUCCESS = Response("success", media_type="text/plain")
_NEWS = "kf_msg_or_event"

Hear = Callable[[str | None, str | None], None]
"""Called with the account (None: any of them) and the callback's token; must return at once."""


def make_router(settings: KfSettings, hear: Hear) -> APIRouter:
    """The company's two routes."""
    router = APIRouter()

    @router.get(PATH, include_in_schema=False)
    async def handshake(request: Request) -> Response:
        """WeCom asks whether this is our address: the answer is what `echostr` holds."""
        try:
            check_query(request.query_params, "msg_signature")
            inside = _open(settings, request.query_params, request.query_params.get("echostr", ""))
        except (NotFromWeChat, EnvelopeError):
            return Response(status_code=403)
        return Response(inside, media_type="text/plain")

    @router.post(PATH, include_in_schema=False)
    async def callback(request: Request) -> Response:
        """Something happened."""
        try:
            check_query(request.query_params, "msg_signature")
            sealed = read_sealed(await read_body(request))
        except (NotFromWeChat, EnvelopeError):
            # What is signed is the sealed part: without one nobody has shown that it is WeCom's.
            return Response(status_code=403)
        try:
            _tell(_open(settings, request.query_params, sealed), hear)
        except NotFromWeChat:
            return Response(status_code=403)
        except EnvelopeError as error:
            log.warning("kf.unreadable", code=error.code)
        return _SUCCESS

    return router


def _open(settings: KfSettings, query: Mapping[str, str], sealed: str) -> bytes:
    """What is inside. Raises NotFromWeChat and EnvelopeError."""
    token = settings.token.get_secret_value()
    signed = (token, query.get("timestamp", ""), query.get("nonce", ""), sealed)
    if not is_signed(query.get("msg_signature", ""), *signed):
        raise NotFromWeChat
    return settings.cipher.decrypt(sealed).message


def _tell(inside: bytes, hear: Hear) -> None:
    fields = read_fields(inside)
    account, token = fields.get("OpenKfId", ""), fields.get("Token", "")
    if fields.get("Event") == _NEWS and (not account or KFID.fullmatch(account)):
        hear(account or None, token or None)
