"""The calls of 微信客服 that read: the token, the accounts, and what customers wrote."""

from dataclasses import dataclass
from typing import Any

import httpx
import structlog

from integrations.wechat.api import WeChatApi, request
from integrations.wechat.api_errors import ApiError, Unreachable
from integrations.wechat.kf_context import Kf
from integrations.wechat.kf_messages import KFID, Item, read_item
from integrations.wechat.kf_settings import KfSettings

log = structlog.get_logger()

_PAGE = 50
"""Messages asked for at once (1000 are allowed): their pictures are in memory together."""
_MOST_ACCOUNTS = 100  # of one kf/account/list
_IN_THE_PAST = "past "
"""Before a cursor: the three days are not read to their end. WeCom's cursors have no blank."""
_WRONG_SECRET = 40001
_OLD_CALLBACK_TOKEN = 95007
_WRONG_PARAMETER = 40058


class KfToken:
    """Fetches tokens from /cgi-bin/gettoken: it gives the same one until that ends or was withdrawn."""

    def __init__(self, settings: KfSettings) -> None:
        # A client of its own, so that the secret goes along with this call and no other.
        self.http = httpx.AsyncClient(
            base_url=settings.api_url,
            timeout=settings.api_seconds,
            trust_env=False,
            params={"corpid": settings.corp_id, "corpsecret": settings.secret.get_secret_value()},
        )

    async def fetch(self, *, force: bool) -> dict[str, Any]:
        """See `token.TokenSource`; nothing can be forced."""
        try:
            answer = await request(self.http, "GET", "/cgi-bin/gettoken")
        except ApiError as error:
            if error.code == _WRONG_SECRET:
                error.consequence = "setup"  # elsewhere this code is about the token
            raise
        if not isinstance(answer.get("access_token"), str) or not isinstance(answer.get("expires_in"), int):
            raise Unreachable("token_shape", arrived=True)
        return answer


@dataclass(frozen=True)
class Page:
    """Some messages and events in their order; `place` is where to go on from.

    `past`: they belong to the three days that WeCom gives to whoever reads without a cursor.
    """

    items: list[Item]
    place: str
    more: bool
    past: bool = False


async def read_page(kf: Kf, place: str | None, token: str | None) -> Page:
    """What came after `place` (None: all of the last three days). Raises ApiError and Unreachable.

    `token` is that of a callback; without one WeCom allows few calls. A place or token that WeCom doesn't
    know any more is left out: what we have already is recognised.
    """
    past = place is None or place.startswith(_IN_THE_PAST)
    cursor = place.removeprefix(_IN_THE_PAST) if place else None
    body = {"open_kfid": kf.account, "limit": _PAGE}
    body |= {name: value for name, value in (("cursor", cursor), ("token", token)) if value}
    try:
        answer = await kf.api.call("/cgi-bin/kf/sync_msg", body)
    except ApiError as error:
        if error.code == _OLD_CALLBACK_TOKEN and token:
            return await read_page(kf, place, None)
        if error.code == _WRONG_PARAMETER and cursor:
            log.warning("kf.cursor_refused", account=kf.account)
            return await read_page(kf, None, token)
        raise
    found, following = answer.get("msg_list"), answer.get("next_cursor")
    if not isinstance(found, list) or not isinstance(following, str):
        raise Unreachable("sync_shape", arrived=True)
    now = kf.clock()
    read = [read_item(one, kf.account, now) for one in found]
    more = answer.get("has_more") == 1
    place = _IN_THE_PAST + following if past and more else following
    return Page([one for one in read if one is not None], place, more, past)


async def list_accounts(api: WeChatApi) -> list[str]:
    """Open_kfids of the accounts that the secret may manage. Raises ApiError and Unreachable."""
    known: list[str] = []
    while True:
        body = {"offset": len(known), "limit": _MOST_ACCOUNTS}
        answer = await api.call("/cgi-bin/kf/account/list", body)
        found = answer.get("account_list")
        if not isinstance(found, list):
            raise Unreachable("accounts_shape", arrived=True)
        ids = [str(one.get("open_kfid", "")) for one in found if isinstance(one, dict)]
        known += [one for one in ids if KFID.fullmatch(one)]
        if len(found) < _MOST_ACCOUNTS:
            return known
