"""What WeChat's API answers instead of success, and what follows from it."""

from typing import Literal

Consequence = Literal[
    "renew", "again", "closed", "spent", "state", "gone", "forbidden", "setup", "tired", "long", "refused"
]

CONSEQUENCES: dict[int, Consequence] = {
    40001: "renew",  # the token was replaced or is wrong
    40014: "renew",
    42001: "renew",  # the token has expired
    -1: "again",  # WeChat is busy
    45015: "closed",  # more than 48 h since the customer's last message
    45047: "spent",  # no message left in the window
    43004: "gone",  # the customer doesn't follow us
    40003: "gone",  # no such customer
    48001: "forbidden",  # this kind of account may not do that
    40164: "setup",  # our address is not in the account's list
    40200: "setup",
    40013: "setup",  # wrong appid
    40125: "setup",  # wrong secret
    45009: "tired",  # the day's calls are used up
    45002: "long",
    # WeCom alone
    95001: "spent",
    95002: "closed",
    95013: "state",  # the conversation has ended
    95018: "state",  # the conversation is a person's, or waits for one, in WeCom's own client
    95016: "state",  # somebody took the conversation just then
    40096: "gone",  # no such customer
    60020: "setup",  # our address is not in the app's list
    48002: "setup",  # the app may not manage the customer service accounts
    95000: "setup",  # wrong open_kfid
}
"""Error codes of the global lists (全局返回码说明, of WeChat and of WeCom); any other is `refused`."""


class ApiError(Exception):
    """WeChat refused. `consequence` is what to do; the message is WeChat's own and names no customer."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message
        self.consequence: Consequence = CONSEQUENCES.get(code, "refused")


class Unreachable(Exception):
    """No answer. `arrived` is False where the request surely did not reach WeChat, None where it may have."""

    def __init__(self, reason: str, *, arrived: bool | None) -> None:
        super().__init__(reason)
        self.arrived = arrived
