"""The errors of WeChat's APIs, answered with HTTP 200."""

from typing import Any

WORDS = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40004: "invalid media type",
    40007: "invalid media_id",
    40008: "invalid message type",
    40009: "invalid image size",
    40013: "invalid appid",
    40014: "invalid access_token",
    40016: "invalid button size",
    40017: "invalid button type",
    40018: "invalid button name size",
    40019: "invalid button key size",
    40020: "invalid button url size",
    40033: "invalid charset. please check your request, if include \\uxxxx will create fail!",
    40053: "invalid action info",
    40058: "invalid Request Parameter",
    40096: "invalid external userid",
    40125: "invalid appsecret",
    40164: "invalid ip {ip} ipv6 ::ffff:{ip}, not in whitelist",
    40200: "invalid account type",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41005: "media data missing",
    42001: "access_token expired",
    43001: "require GET method",
    43002: "require POST method",
    43004: "require subscribe",
    44002: "empty post data",
    44004: "empty content",
    45002: "content size out of limit",
    45008: "article size out of limit",
    45009: "reach max api daily quota limit",
    45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit",
    45072: "invalid command",
    45080: "typing needs an interaction in the last 30 seconds",
    45081: "already typing",
    46003: "menu no exist",
    47001: "data format error",
    48001: "api unauthorized",
    95000: "invalid open_kfid",
    95001: "send msg count limit",
    95002: "send msg time limit",
    95007: "invalid msg token",
    95013: "conversation end",
    95016: "not allow to trans service state",
    95018: "send msg session status invalid",
}


class ApiError(Exception):
    """`code` is WeChat's errcode, `hint` an addition to its words."""

    def __init__(self, code: int, hint: str = "") -> None:
        super().__init__(f"{code} {hint}".strip())
        self.code = code
        self.hint = hint

    def body(self, caller: str) -> dict[str, Any]:
        """The JSON answered to a caller of this IP address."""
        words = WORDS.get(self.code, "unknown error").replace("{ip}", caller)
        hint = f": {self.hint}" if self.hint else ""
        return {"errcode": self.code, "errmsg": f"{words}{hint} rid: 65f0c2a1-3b1f7d52-5c6e8a90"}
