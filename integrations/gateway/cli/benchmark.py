"""`qiantai benchmark`: figures of the running system, one `name: value` a line."""

import time

import psutil
import typer

from integrations.crm.settings import get_settings
from integrations.gateway.cli.errors import CliError
from integrations.gateway.cli.paths import VAR
from integrations.gateway.cli.processes import Service, bot_service, check_port
from integrations.gateway.cli.progress import working
from integrations.gateway.cli.training import train_model

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Measure; the figures in docs/benchmarks.md come from these commands."""


@app.command()
def footprint() -> None:
    """Resident memory of the two running processes, as the system reports it, in MB."""
    settings = get_settings()
    for name, port in (("app", settings.port), ("bot", settings.bot_port)):
        process = _listening_on(port)
        if process is None:
            raise CliError(f"The {name} is not running on port {port}: start it with `qiantai run`.")
        typer.echo(f"{name}_rss_mb: {process.memory_info().rss / 2**20:.0f}")


@app.command()
def startup(runs: int = 3) -> None:
    """Seconds from the start of a bot process until it is ready, median of several starts on a spare port."""
    settings = get_settings().model_copy(
        update={
            "bot_port": get_settings().bot_port + 90,
            "bot_url": None,
            "tracker_database": VAR / "benchmark-tracker.db",
        }
    )
    check_port("127.0.0.1", settings.bot_port, "measured bot", "QIANTAI_BOT_PORT")
    model = train_model()
    times = []
    with working(f"{runs} starts"):
        for _ in range(runs):
            service = bot_service(settings, model)
            times.append(_time_to_ready(service))
    typer.echo(f"bot_ready_seconds: {sorted(times)[len(times) // 2]:.1f}")


def _time_to_ready(service: Service) -> float:
    start = time.perf_counter()
    service.start()
    try:
        service.wait_ready(180)
        return time.perf_counter() - start
    finally:
        service.stop()


def _listening_on(port: int) -> psutil.Process | None:
    for connection in psutil.net_connections("tcp"):
        if (
            connection.status == psutil.CONN_LISTEN
            and getattr(connection.laddr, "port", None) == port
            and connection.pid
        ):
            return psutil.Process(connection.pid)
    return None
