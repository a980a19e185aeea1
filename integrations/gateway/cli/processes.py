"""The two processes: started, watched, restarted and ended by their own ids."""

import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from integrations.crm.settings import PROJECT, Settings
from integrations.gateway.cli.errors import CliError
from integrations.gateway.cli.paths import APP_PYTHON, BOT_PYTHON, LOGS
from integrations.gateway.cli.training import rasa_environment

_STOP_SECONDS = 10
_LONGEST_FRAME = 256 * 1024  # above the web chat's own limit, which names the error


@dataclass
class Service:
    """One process of the system; its output goes to `var/log/<name>.log`."""

    name: str
    command: list[str]
    environment: dict[str, str]
    health: str
    logs: Path = LOGS
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return self.logs / f"{self.name}.log"

    def start(self) -> None:
        """Start it in a process group of its own: Ctrl-C reaches only the supervisor."""
        self.logs.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                cwd=PROJECT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def running(self) -> bool:
        """Whether the process lives."""
        return self.process is not None and self.process.poll() is None

    def ready(self) -> bool:
        """Whether it answers and has loaded everything."""
        try:
            return httpx.get(self.health, timeout=3, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def wait_ready(self, seconds: float) -> None:
        """Return when it is ready. Raises CliError when it ends or the time is over."""
        deadline = time.monotonic() + seconds
        while not self.ready():
            if not self.running():
                raise CliError(f"The {self.name} did not start: {self._last_words()}")
            if time.monotonic() > deadline:
                raise CliError(
                    f"The {self.name} was not ready within {seconds:.0f} s; see {self._log_name()}"
                )
            time.sleep(0.2)

    def stop(self) -> None:
        """Ask it to end, and end it if it does not."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _last_words(self) -> str:
        lines = [line.strip() for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        return f"{lines[-1] if lines else 'no output'} (whole output: {self._log_name()})"

    def _log_name(self) -> str:
        return os.path.relpath(self.log, PROJECT)


def bot_service(settings: Settings, model: Path) -> Service:
    """The bot process for these settings, with exactly this model."""
    command = [str(BOT_PYTHON), "-m", "rasa", "run", "--model", str(model), "--port", str(settings.bot_port)]
    command += [
        "--interface",
        "127.0.0.1",
        "--endpoints",
        "endpoints.yml",
        "--credentials",
        "credentials.yml",
    ]
    environment = rasa_environment() | {
        "QIANTAI_BOT_SECRET": settings.bot_secret.get_secret_value(),
        "QIANTAI_ACTION_SECRET": settings.action_secret.get_secret_value(),
        "QIANTAI_ACTION_URL": settings.action_address,
        "QIANTAI_TRACKER_DB": str(settings.tracker_database),
        "QIANTAI_BOT_MODEL": model.name,
    }
    return Service("bot", command, environment, f"{settings.bot_address}/webhooks/qiantai/health")


def app_service(settings: Settings) -> Service:
    """The app process for these settings."""
    command = [str(APP_PYTHON), "-m", "uvicorn", "--factory", "integrations.gateway.app:create_app"]
    command += ["--host", settings.host, "--port", str(settings.port), "--no-access-log"]
    command += ["--ws", "websockets-sansio", "--ws-max-size", str(_LONGEST_FRAME)]
    command += ["--timeout-graceful-shutdown", "5", "--log-level", "warning"]
    environment = os.environ | settings.as_environment()
    environment |= {
        "PYTHONPATH": str(PROJECT),
        "OMP_NUM_THREADS": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_OFFLINE": os.environ.get("HF_HUB_OFFLINE", "1" if settings.encoder == "bundled" else "0"),
    }
    return Service("app", command, environment, f"http://{_local(settings.host)}:{settings.port}/live")


def check_port(host: str, port: int, what: str, setting: str) -> None:
    """Raise CliError where something listens already."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CliError(
                f"Port {port} for the {what} is already in use; stop what listens there or set {setting}."
            ) from error


def _local(host: str) -> str:
    return "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104 - compared, not bound
