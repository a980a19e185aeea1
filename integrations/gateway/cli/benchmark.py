"""`qiantai benchmark`: figures of the running system, one `name: value` a line."""

import time
from pathlib import Path
from typing import Annotated

import psutil
import typer

from integrations.crm.settings import PROJECT, get_settings
from integrations.gateway.cli.benchmark_nlu import NluOptions, benchmark_nlu
from integrations.gateway.cli.benchmark_questions import benchmark_questions
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


@app.command()
def nlu(
    train: Annotated[
        Path | None, typer.Option(help="Train on this file: JSON lines with utt and intent.")
    ] = None,
    test: Annotated[Path | None, typer.Option(help="Ask this file, of the same form.")] = None,
    per_intent: Annotated[
        int | None, typer.Option(help="Train on so many random examples of each intent only.")
    ] = None,
    folds: Annotated[int, typer.Option(help="Without files: parts of the cross-validation.")] = 5,
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 0,
    plot: Annotated[Path | None, typer.Option(help="Draw the confused intents into this .png.")] = None,
) -> None:
    """How often the pipeline of config.yml names the right intent: of our own data, or of any other."""
    _show(benchmark_nlu(NluOptions(train, test, per_intent, folds, seed, plot)))


@app.command()
def encoder(
    pairs: Annotated[Path, typer.Option(help="Question, question and 1 (same) or 0 a line, between tabs.")],
) -> None:
    """How well the sentence encoder tells whether two questions mean the same."""
    # Imported where it is needed: torch takes seconds, and no other command needs it.
    from integrations.gateway.cli.benchmark_encoder import benchmark_encoder

    _show(benchmark_encoder(pairs, get_settings()))


@app.command()
def search(
    sizes: Annotated[str, typer.Option(help="Numbers of articles, growing.")] = "1000,10000",
    seed: Annotated[int, typer.Option(help="Of the generated articles and the questions.")] = 0,
) -> None:
    """Milliseconds for finding an article once the question is encoded, and how they grow."""
    from integrations.gateway.cli.benchmark_search import benchmark_search  # as above

    _show(benchmark_search(sizes, seed, get_settings()))


@app.command()
def questions(
    labels: Annotated[Path, typer.Option(help="What a good answer is, by question id; JSON lines.")],
    questions: Annotated[Path, typer.Option(help="The questions, one a line.")] = PROJECT
    / "../shared/real_questions/dev.txt",
    own_bank: Annotated[
        str | None, typer.Option(help="The bank they were put to, taken for ours (农业银行).")
    ] = None,
    parallel: Annotated[int, typer.Option(min=1, max=32, help="Questions in flight.")] = 4,
    plot: Annotated[
        Path | None,
        typer.Option(help="Draw the verdicts by topic into this .png, and by confidence beside it."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write every answer here, JSON lines.")] = None,
) -> None:
    """How the running system answers labelled questions of real customers."""
    _show(benchmark_questions(labels, questions, own_bank, parallel, plot, out))


@app.command()
def churn(
    train: Annotated[Path, typer.Option(help="A CSV file to learn from.")],
    test: Annotated[Path, typer.Option(help="A CSV file of the same columns to judge by.")],
    target: Annotated[str, typer.Option(help="The column that tells who left (Attrition_Flag).")],
    positive: Annotated[
        str | None, typer.Option(help="Its value for those who left (default: the rarer one).")
    ] = None,
) -> None:
    """How well the way of learning churn does on any table, against logistic regression."""
    from integrations.gateway.cli.benchmark_churn import benchmark_churn  # as above, scikit-learn

    _show(benchmark_churn(train, test, target, positive))


@app.command()
def recommendations(
    interactions: Annotated[
        Path | None, typer.Option(help="User, item, rating and time a line, between tabs; default: the CRM.")
    ] = None,
) -> None:
    """How well recommendations foretell later choices, against popularity and chance."""
    from integrations.gateway.cli.benchmark_recommendations import benchmark_recommendations  # as above

    _show(benchmark_recommendations(interactions, get_settings()))


@app.command()
def crm(
    sizes: Annotated[str, typer.Option(help="Numbers of customers, growing.")] = "10000,100000,1000000",
    server: Annotated[
        str | None, typer.Option(help="URL of any database of a PostgreSQL server (default: the settings').")
    ] = None,
    products: Annotated[int, typer.Option(help="Fill the catalogue up to so many.")] = 500,
    calls: Annotated[int, typer.Option(help="How many of each kind to time.")] = 1000,
    recompute: Annotated[
        bool, typer.Option(help="Also compute everybody's figures and tiers, as every night.")
    ] = False,
    plot: Annotated[Path | None, typer.Option(help="Draw the growth into this .png.")] = None,
) -> None:
    """Milliseconds for finding a customer and for a recommendation, and how they grow with the bank."""
    from integrations.gateway.cli.benchmark_crm import benchmark_crm  # as above

    figures = benchmark_crm(
        sizes,
        get_settings(),
        server=server,
        products=products,
        calls=calls,
        recompute=recompute,
        plot=plot,
    )
    _show(figures)


def _show(figures: list[str]) -> None:
    typer.echo("\n".join(figures))


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
