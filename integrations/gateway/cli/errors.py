"""A failure an operator can act on."""


class CliError(Exception):
    """Its text is the one sentence the operator reads."""
