"""What can be wrong with something that claims to come from WeChat."""


class EnvelopeError(Exception):
    """A push that is not to be believed or cannot be read.

    `code` is a stable machine word and all there is to know: neither it nor the message holds anything of
    the push, so that both may be logged. Codes: `undecipherable` (whatever the reason, so that nobody can
    tell a wrong key from a wrong padding), `not_sealed`, `too_big`, `encoding`, `xml`, `shape`, `field`.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
