"""`qiantai customers`: compute everybody's tiers, learn from their history, explain one customer."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from integrations.crm.bank.errors import BadBankData
from integrations.crm.customers import profiles, service
from integrations.crm.customers.churn import judge
from integrations.crm.customers.churn_model import (
    ChurnModel,
    ChurnModelMissing,
    ChurnModelUnusable,
    NotEnoughHistory,
    load_model,
)
from integrations.crm.customers.masking import mask_name
from integrations.crm.customers.periods import start_of, today
from integrations.crm.customers.tiering import DIMENSION_NAMES, name_of
from integrations.crm.customers.tiering_settings import read_tiering
from integrations.crm.database import Database
from integrations.crm.migrations.migrate import upgrade
from integrations.crm.models import Customer
from integrations.crm.recommendations.errors import BadInteractions
from integrations.crm.settings import SHANGHAI, get_settings
from integrations.gateway.cli.errors import CliError
from integrations.gateway.cli.progress import bar, working
from integrations.gateway.learning import CHURN_FILE, learn_churn, learn_recommendations

app = typer.Typer(no_args_is_help=True)
_CHANGES_SHOWN = 10


@app.command()
def recompute(
    resume: Annotated[
        bool, typer.Option(help="Only customers not computed today: go on where a run was stopped.")
    ] = False,
) -> None:
    """Compute figures and tiers of all customers, as happens every night. May be stopped at any time."""
    now = datetime.now(UTC)
    with _opened() as database:
        count = recompute_everybody(database, now, resume=resume)
    typer.echo(f"customers: {count}")


@app.command()
def learn() -> None:
    """Learn who may leave and what customers choose next, as happens every night; report how well."""
    settings, now = get_settings(), datetime.now(UTC)
    with _opened() as database:
        try:
            with working("学习流失与推荐 (minutes with many customers)"):
                report = learn_churn(database, now, settings.learned_folder).report
                learn_recommendations(database, now, settings.learned_folder)
        except (NotEnoughHistory, BadInteractions) as error:
            raise CliError(f"There is too little history to learn from: {error}") from error
    typer.echo("\n".join([report.words(), *report.lines()]))


@app.command()
def churn(
    number: Annotated[
        str | None, typer.Option(help="A customer number: how likely they leave as of now, and why.")
    ] = None,
) -> None:
    """Show how the churn model in use was judged, or what it says of one customer; nothing is written."""
    now = datetime.now(UTC)
    try:
        model = load_model(get_settings().learned_folder / CHURN_FILE)
    except (ChurnModelMissing, ChurnModelUnusable) as error:
        raise CliError(f"There is no churn model to be used: `qiantai customers learn` ({error}).") from error
    if number is None:
        typer.echo("\n".join([*_trained(model), *model.report.lines()]))
        return
    with _opened() as database, database.reading() as session:
        typer.echo("\n".join(_endangered(session, _found(session, number), now, model)))


@app.command()
def tier(number: Annotated[str, typer.Option(help="The customer number.")]) -> None:
    """Show a customer's tiers as they are now, the reason of each, and how they changed."""
    with _opened() as database, database.reading() as session:
        typer.echo("\n".join(_described(session, _found(session, number), datetime.now(UTC))))


def recompute_everybody(database: Database, now: datetime, *, resume: bool = False) -> int:
    """The work of `recompute` with its progress bar; how many were computed."""
    with bar("客户分层", 0) as progress:
        task = progress.task_ids[0]
        return profiles.recompute_all(
            database,
            now,
            lambda done, total: progress.update(task, completed=done, total=total),
            not_since=start_of(today(now)) if resume else None,
        )


def _found(session: Session, number: str) -> Customer:
    customer = service.find_by_number(session, number.strip())
    if customer is None:
        raise CliError(f"There is no customer with the number {number.strip()[:40]!r}.")
    return customer


def _trained(model: ChurnModel) -> Iterator[str]:
    yield f"trained: {model.trained_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    yield model.report.words()


def _endangered(session: Session, customer: Customer, now: datetime, model: ChurnModel) -> Iterator[str]:
    yield f"{customer.number} {mask_name(customer.name)}"
    yield from _trained(model)
    probability, reasons = judge(session, [customer.id], now, model).get(customer.id, (None, []))
    if probability is not None:
        yield f"90天内流失的可能：{probability:.0%}"
    yield from reasons


def _described(session: Session, customer: Customer, now: datetime) -> Iterator[str]:
    rules = read_tiering()
    yield f"{customer.number} {mask_name(customer.name)}"
    for dimension, placed in profiles.standing(session, customer.id, now).tiers.by_dimension().items():
        yield f"{DIMENSION_NAMES[dimension]}：{name_of(dimension, placed.code, rules)}（{placed.reason}）"
    for change in profiles.tier_history(session, customer.id, _CHANGES_SHOWN):
        codes = [name_of(change.dimension, code, rules) for code in (change.before, change.after) if code]
        day = today(change.at)
        yield f"{day} {DIMENSION_NAMES[change.dimension]}：{' → '.join(codes)}（{change.reason}）"


@contextmanager
def _opened() -> Iterator[Database]:
    """The migrated database; what an operator can mend is said in a sentence."""
    settings = get_settings()
    try:
        upgrade(settings.database_url)
        yield Database(settings.database_url, busy_seconds=settings.database_busy_seconds)
    except BadBankData as error:
        raise CliError(str(error)) from error
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or error).strip().splitlines()
        raise CliError(f"The database failed: {cause[0] if cause else type(error).__name__}") from error
