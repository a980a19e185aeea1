"""`qiantai`: what operators do from a shell."""

from integrations.gateway.cli.main import main

__all__ = ["main"]
