"""What an operator reads when a command can't do what it was asked."""

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from unittest.mock import patch

import pytest

from integrations.gateway.cli.main import main


def refused(*arguments: str) -> str:
    """Run `qiantai` with these arguments: exit status 1, one sentence, no figures and no traceback."""
    output, errors = io.StringIO(), io.StringIO()
    with (
        patch.object(sys, "argv", ["qiantai", *arguments]),
        redirect_stdout(output),
        redirect_stderr(errors),
        pytest.raises(SystemExit) as stopped,
    ):
        main()
    assert stopped.value.code == 1
    assert "Traceback" not in errors.getvalue()
    assert ": " not in output.getvalue()
    lines = [line for line in errors.getvalue().splitlines() if line.strip()]
    assert len(lines) == 1, lines
    return lines[0]
