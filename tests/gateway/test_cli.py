"""The command line: clear sentences instead of tracebacks."""

import os
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from integrations.crm.database import Database
from integrations.crm.models import Customer
from integrations.crm.settings import PROJECT
from integrations.gateway.cli.paths import APP_PYTHON
from tests.system import free_port, make_settings


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Settings that touch only the test's folder."""
    return os.environ | make_settings(tmp_path).as_environment()


def qiantai(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(APP_PYTHON), "-m", "integrations.gateway.cli", *arguments]
    return subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=170, check=False
    )


def one_sentence(result: subprocess.CompletedProcess[str]) -> str:
    """What the operator reads: no traceback, one line, exit status 1."""
    assert result.returncode == 1
    assert "Traceback" not in result.stdout + result.stderr
    lines = [line for line in result.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, result.stderr
    return lines[0]


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield int(listener.getsockname()[1])


@pytest.mark.parametrize("setting", ["QIANTAI_PORT", "QIANTAI_BOT_PORT"])
def test_a_port_in_use_is_named(environment: dict[str, str], taken_port: int, setting: str) -> None:
    sentence = one_sentence(qiantai(environment | {setting: str(taken_port)}, "run", "--demo"))
    assert str(taken_port) in sentence and setting in sentence


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("QIANTAI_PORT", "eighty"),
        ("QIANTAI_PORT", "99999"),
        ("QIANTAI_BOT_SECRET", "short"),
        ("QIANTAI_SERVICE_HOURS", "9am-5pm"),
        ("QIANTAI_SERVICE_HOURS", "12:00-08:30"),
        ("QIANTAI_ACTION_SECONDS", "60"),
    ],
)
def test_a_wrong_setting_is_named(environment: dict[str, str], name: str, value: str) -> None:
    sentence = one_sentence(qiantai(environment | {name: value}, "seed"))
    assert name in sentence or "settings" in sentence


def test_ask_needs_a_readable_file_and_a_running_system(environment: dict[str, str], tmp_path: Path) -> None:
    out = str(tmp_path / "answers.jsonl")
    missing = one_sentence(qiantai(environment, "ask", "--file", str(tmp_path / "none.txt"), "--out", out))
    assert "none.txt" in missing
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9\n")
    assert "UTF-8" in one_sentence(
        qiantai(environment, "ask", "--file", str(tmp_path / "latin.txt"), "--out", out)
    )
    (tmp_path / "empty.txt").write_text("\n\n")
    assert "is empty" in one_sentence(
        qiantai(environment, "ask", "--file", str(tmp_path / "empty.txt"), "--out", out)
    )
    (tmp_path / "one.txt").write_text("余额\n", encoding="utf-8")
    nobody = qiantai(
        environment | {"QIANTAI_PORT": str(free_port())},
        "ask",
        "--file",
        str(tmp_path / "one.txt"),
        "--out",
        out,
    )
    assert "qiantai run" in one_sentence(nobody)


def test_load_needs_a_running_system(environment: dict[str, str]) -> None:
    assert "qiantai run" in one_sentence(qiantai(environment, "load", "--customers", "2", "--seconds", "5"))


def test_seeding_twice_adds_nothing(environment: dict[str, str]) -> None:
    for _ in range(2):
        assert qiantai(environment, "seed", "--customers", "8").returncode == 0
    database = Database(environment["QIANTAI_DATABASE_URL"])
    with database.reading() as session:
        assert session.scalar(select(func.count(Customer.id))) == 8


def test_staff_are_created_and_reset_with_one_time_passwords(environment: dict[str, str]) -> None:
    made = qiantai(environment, "staff", "create", "xiaoli", "--name", "小李", "--role", "agent")
    again = qiantai(environment, "staff", "reset", "xiaoli")
    passwords = [re.search(r"one-time password (\S+)", result.stdout) for result in (made, again)]
    assert all(passwords)
    assert passwords[0] and passwords[1] and passwords[0][1] != passwords[1][1]
    one_sentence(qiantai(environment, "staff", "create", "xiaoli", "--name", "小李"))
    one_sentence(qiantai(environment, "staff", "create", "boss", "--name", "王", "--role", "king"))
    one_sentence(qiantai(environment, "staff", "reset", "nobody"))
