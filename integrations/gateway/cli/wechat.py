"""`qiantai wechat`: publish the menu, and find out what the account may do."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from integrations.crm.database import Database
from integrations.crm.migrations.migrate import upgrade
from integrations.crm.settings import get_settings
from integrations.gateway.app import utc_now
from integrations.gateway.cli.errors import CliError
from integrations.wechat import menu as menu_module
from integrations.wechat import probe
from integrations.wechat.api_errors import ApiError, Unreachable
from integrations.wechat.channel import OfficialAccountChannel
from integrations.wechat.context import WeChat
from integrations.wechat.settings import wechat_settings

app = typer.Typer(no_args_is_help=True, help="The WeChat Official Account (公众号).")
T = TypeVar("T")


@app.command()
def menu(file: Annotated[Path, typer.Option(help="The menu to publish.")] = menu_module.MENU_FILE) -> None:
    """Publish the menu at the foot of the chat."""
    try:
        wanted = menu_module.read_menu(file)
    except menu_module.MenuError as error:
        raise CliError(str(error)) from error
    _with_account(lambda wechat: menu_module.publish(wechat.api, wanted))
    typer.echo("菜单已发布，客户手机上最迟24小时内更新（取消关注再关注可立即看到）。")


@app.command()
def check() -> None:
    """Say what the account may do and what is wrong with its setup."""
    rights = _with_account(probe.look)
    typer.echo(rights.spoken())
    if rights.problem:
        raise typer.Exit(1)


def _with_account(work: Callable[[WeChat], Awaitable[T]]) -> T:
    account = wechat_settings()
    if account is None:
        raise CliError("No Official Account: set QIANTAI_WECHAT_APPID and its secrets (docs/wechat.md).")
    settings = get_settings()
    upgrade(settings.database_url)
    database = Database(settings.database_url, busy_seconds=settings.database_busy_seconds)

    async def run() -> T:
        channel = OfficialAccountChannel(account, settings, database, utc_now, {})
        try:
            return await work(channel.wechat)
        finally:
            await channel.close()

    try:
        return asyncio.run(run())
    except ApiError as error:
        raise CliError(f"WeChat refused: {probe.advice(error)}") from error
    except Unreachable as error:
        raise CliError(f"WeChat cannot be reached: {error}") from error
