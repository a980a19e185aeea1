"""The commands; each does its work in a module of its own."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console

from integrations.crm.settings import get_settings
from integrations.gateway.cli import ask as ask_module
from integrations.gateway.cli import benchmark, customers, staff, wechat
from integrations.gateway.cli import load as load_module
from integrations.gateway.cli.errors import CliError
from integrations.gateway.cli.run import run_system
from integrations.gateway.cli.secrets import ensure_secrets
from integrations.gateway.cli.seeding import seed_demo
from integrations.gateway.cli.training import train_knowledge, train_model

app = typer.Typer(no_args_is_help=True, add_completion=False, help="前台 Qiantai: a bank's front desk.")
app.add_typer(staff.app, name="staff", help="People who work at the desk.")
app.add_typer(customers.app, name="customers", help="Customers' tiers: compute them, explain one.")
app.add_typer(wechat.app, name="wechat", help="The WeChat Official Account (公众号).")
app.add_typer(benchmark.app, name="benchmark", help="Measure; figures go to docs/benchmarks.md.")


@app.command()
def run(
    demo: Annotated[
        bool, typer.Option(help="Serve the demo bank: seed data, demo pages, codes in a file.")
    ] = False,
) -> None:
    """Train if needed, migrate, start the bot and the app, wait until both are ready. Ctrl-C stops both."""
    run_system(demo=demo)


@app.command()
def train(force: Annotated[bool, typer.Option(help="Train although nothing changed.")] = False) -> None:
    """Train the bot and index the knowledge base, where anything they are made of has changed."""
    typer.echo(train_model(force=force))
    train_knowledge(get_settings())


@app.command()
def seed(
    customers: Annotated[int, typer.Option(min=5, help="How many customers to make.")] = 2000,
    without_movements: Annotated[
        bool,
        typer.Option("--without-movements", help="For very many: only the five named ones have movements."),
    ] = False,
) -> None:
    """Fill an empty database with the demo bank."""
    seed_demo(customers, movements=not without_movements)


@app.command()
def ask(
    file: Annotated[Path, typer.Option(help="One question a line, UTF-8.")],
    out: Annotated[Path, typer.Option(help="Where to write the answers, one JSON object a line.")],
    parallel: Annotated[int, typer.Option(min=1, max=32, help="Questions in flight.")] = 4,
) -> None:
    """Put every line to the running system as a new customer's first message."""
    ask_module.ask(file, out, parallel)


@app.command()
def load(
    customers: Annotated[int, typer.Option(min=1, max=500, help="Customers at the same time.")] = 20,
    seconds: Annotated[int, typer.Option(min=5, max=3600, help="How long to measure.")] = 60,
    bare: Annotated[
        bool, typer.Option(help="Measure the bot process alone as well, in turns, and the ratio.")
    ] = False,
) -> None:
    """Simulate web customers holding conversations with the running system."""
    load_module.load(customers, seconds, bare=bare)


def main() -> None:
    """Entry point: expected failures end in one sentence, not in a traceback."""
    try:
        ensure_secrets()
        app()
    except CliError as error:
        _stop(str(error))
    except ValidationError as error:
        first = error.errors()[0]
        name = (
            "QIANTAI_" + "_".join(str(part) for part in first["loc"]).upper() if first["loc"] else "settings"
        )
        _stop(f"{name}: {first['msg']}")


def _stop(sentence: str) -> None:
    Console(stderr=True, highlight=False).print(f"[bold red]qiantai:[/] {sentence}", soft_wrap=True)
    raise SystemExit(1)
