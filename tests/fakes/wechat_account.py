"""The Official Account as its owner set it up in WeChat's console."""

from dataclasses import dataclass
from typing import Literal

Mode = Literal["plain", "compat", "safe"]


@dataclass
class Account:
    """Fields may be changed while the fake runs, as the owner may change them in the console.

    `original_id` is the gh_… name used in messages. `may_custom_send` is false for accounts that are not
    verified: they get 48001 from the customer service calls. `allowed_ips` is the allow-list of callers that
    may fetch tokens, None where it is not used. `allowances_add_up` tells whether a second message of the
    customer adds its five answers to what is left, or starts again at five.
    """

    appid: str = "wx5823bf96d3bd56c7"
    secret: str = "0123456789abcdef0123456789abcdef"
    original_id: str = "gh_7f083739789a"
    token: str = "QDG6eK"
    encoding_aes_key: str = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
    mode: Mode = "safe"
    may_custom_send: bool = True
    allowed_ips: frozenset[str] | None = None
    allowances_add_up: bool = True
    name: str = "云川银行"

    @property
    def encrypted(self) -> bool:
        """Whether pushes carry ciphertext."""
        return self.mode != "plain"
