"""How the processes are started: what docs/traps.md and .env.example promise."""

import subprocess
from pathlib import Path

import pytest
import yaml

from integrations.crm.settings import PROJECT, Settings
from integrations.gateway.cli.processes import app_service, bot_service
from integrations.gateway.cli.secrets import ensure_secrets
from tests.system import make_settings


def test_the_bot_listens_on_this_machine_only_with_exactly_one_model(tmp_path: Path) -> None:
    """Traps 9 and 10."""
    service = bot_service(make_settings(tmp_path), tmp_path / "abc.tar.gz")
    command = " ".join(service.command)
    assert f"--model {tmp_path / 'abc.tar.gz'}" in command and "--interface 127.0.0.1" in command
    assert "--enable-api" not in command
    assert service.environment["QIANTAI_BOT_MODEL"] == "abc.tar.gz"
    assert service.environment["RASA_TELEMETRY_ENABLED"] == "false"


def test_a_child_gets_exactly_these_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = make_settings(tmp_path)
    for name, value in app_service(settings).environment.items():
        monkeypatch.setenv(name, value)
    assert Settings(_env_file=None) == settings  # type: ignore[call-arg]


def test_sessions_of_the_bot_end(tmp_path: Path) -> None:
    """Trap 7: a turn's cost grows with the session."""
    domain = yaml.safe_load((PROJECT / "domain.yml").read_text(encoding="utf-8"))
    assert 0 < domain["session_config"]["session_expiration_time"] <= 120
    assert domain["session_config"]["carry_over_slots_to_new_session"] is False


@pytest.mark.parametrize("name", ["endpoints.yml", "endpoints.cluster.yml"])
def test_actions_get_the_whole_domain(name: str) -> None:
    """`enable_selective_domain: true` makes every action fail silently."""
    endpoint = yaml.safe_load((PROJECT / name).read_text(encoding="utf-8"))["action_endpoint"]
    assert "enable_selective_domain" not in endpoint


def test_every_setting_is_explained() -> None:
    text = (PROJECT / ".env.example").read_text(encoding="utf-8")
    missing = [name for name in Settings.model_fields if f"QIANTAI_{name.upper()}=" not in text]
    assert missing == []


def test_secrets_are_made_once_and_for_the_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.gateway.cli.secrets.VAR", tmp_path)
    ensure_secrets()
    first = (tmp_path / "secrets.env").read_text()
    ensure_secrets()
    assert (tmp_path / "secrets.env").read_text() == first
    assert (tmp_path / "secrets.env").stat().st_mode & 0o077 == 0
    assert all(len(line.split("=")[1]) >= 32 for line in first.splitlines())


def test_a_missing_interpreter_is_one_sentence() -> None:
    result = subprocess.run(
        ["scripts/environment", "nowhere", "3.99", "requirements.txt"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert len(result.stderr.strip().splitlines()) == 1
    assert "Python 3.99 is missing" in result.stderr
