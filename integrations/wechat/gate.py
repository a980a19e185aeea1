"""What is checked of every request before any work: most of what reaches an open address is a scanner's."""

from collections.abc import Mapping

from fastapi import Request
from starlette.requests import ClientDisconnect

from integrations.wechat.inbound import MAX_PUSH

_MAX_PARAMETER = 500  # characters; WeCom's echostr is the longest that is genuine
_MAX_BODY = 2 * MAX_PUSH  # sealed, a push is longer than what is inside


class NotFromWeChat(Exception):
    """The request isn't signed by whoever has our token."""


def check_query(query: Mapping[str, str], *needed: str) -> None:
    """Raises NotFromWeChat where a parameter is missing or longer than any genuine one."""
    if any(len(value) > _MAX_PARAMETER for value in query.values()) or not all(map(query.get, needed)):
        raise NotFromWeChat


async def read_body(request: Request) -> bytes:
    """The body. Raises NotFromWeChat for one that is longer than any genuine one, or is never finished."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > _MAX_BODY:
                raise NotFromWeChat
    except ClientDisconnect as error:
        raise NotFromWeChat from error
    return bytes(body)
