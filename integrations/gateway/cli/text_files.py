"""Text files of one example a line, as operators give them."""

from pathlib import Path

from integrations.gateway.cli.errors import CliError


def numbered_lines(file: Path) -> list[tuple[int, str]]:
    """The lines that are not blank, each with its number from 1. Raises CliError, also when there is none."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CliError(f"Could not read {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CliError(f"{file} is not UTF-8 (byte {error.start}).") from error
    # Not splitlines: it also breaks at characters that may stand inside a customer's text.
    lines = [
        (number, line.removesuffix("\r")) for number, line in enumerate(text.split("\n"), 1) if line.strip()
    ]
    if not lines:
        raise CliError(f"{file} is empty.")
    return lines
