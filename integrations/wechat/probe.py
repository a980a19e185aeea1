"""What this account may do, asked at the start and by `qiantai wechat check`, and said plainly."""

from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session

from integrations.crm.conversations import channel_accounts as accounts
from integrations.wechat.api_errors import ApiError, Unreachable
from integrations.wechat.context import CHANNEL, WeChat

log = structlog.get_logger()

_TYPING = "/cgi-bin/message/custom/typing"
_NOBODY = "qiantai-probe"  # no openid: what is refused is the right, or else this


@dataclass(frozen=True)
class Rights:
    """`may_send` None: it could not be found out; `problem` says why, in words for an operator."""

    may_send: bool | None
    problem: str | None = None

    def spoken(self) -> str:
        """One line for the log and the command line."""
        words = {
            True: "客服消息可用：晚到的答复会主动发送",
            False: "客服消息不可用（未认证或个人账号）：晚到的答复等客户下次发消息时送达",
            None: "未能确认账号权限",
        }[self.may_send]
        return f"{words}（{self.problem}）" if self.problem else words


async def look(wechat: WeChat) -> Rights:
    """Find out, remember it for all processes, and log it."""
    rights = Rights(False) if wechat.settings.passive_only else await _ask(wechat)

    def keep(session: Session) -> None:
        row = accounts.account_row(session, CHANNEL, wechat.account)
        row.may_send = rights.may_send if rights.may_send is not None else row.may_send
        row.problem = rights.problem

    await wechat.database.run(keep)
    log.info("wechat.rights", rights=rights.spoken())
    return rights


async def _ask(wechat: WeChat) -> Rights:
    """Showing nobody that we type does no harm and needs the right to write to customers."""
    try:
        await wechat.api.call(_TYPING, {"touser": _NOBODY, "command": "Typing"})
    except ApiError as error:
        if error.consequence == "forbidden":
            return Rights(False)
        if error.consequence in ("setup", "tired", "renew", "again"):
            return Rights(None, advice(error))
    except Unreachable as error:
        return Rights(None, f"连接不上微信接口：{error}")
    return Rights(True)


def advice(error: ApiError) -> str:
    """What an operator has to do about it."""
    words = {
        40001: "secret 不正确，或有别的程序在更换令牌",
        40164: "请把本机出口IP加入公众号后台的IP白名单",
        40013: "appid 不正确",
        40125: "secret 不正确",
        40200: "账号类型不支持",
        45009: "今天的接口调用次数已用完",
        48001: "账号没有客服消息权限",
        48002: "请在企业微信后台允许该应用管理微信客服",
        60020: "请把本机出口IP加入企业微信后台该应用的可信IP",
        95000: "open_kfid 不正确",
    }.get(error.code, "微信接口返回错误")
    return f"{words}：{error.code} {error.message}"
