"""Plain lists kept beside the code: one entry a line, # starts a comment line."""

from __future__ import annotations

from pathlib import Path

from knowledge_base.facts import read_text


def read_lines(path: Path) -> list[str]:
    """The entries of a list file, in order, without blanks and comments. Raises ArticleError."""
    lines = (line.strip() for line in read_text(path).splitlines())
    return [line for line in lines if line and not line.startswith("#")]
