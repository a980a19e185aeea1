"""`qiantai run`: everything from a fresh database to two watched processes."""

import os
import signal
import time
from datetime import UTC, datetime
from types import FrameType

from sqlalchemy import func, select

from integrations.crm.database import Database
from integrations.crm.migrations.migrate import upgrade
from integrations.crm.models import Customer
from integrations.crm.settings import Settings, get_settings
from integrations.crm.staff.service import ensure_first_admin
from integrations.gateway.cli.processes import Service, app_service, bot_service, check_port
from integrations.gateway.cli.progress import console, working
from integrations.gateway.cli.seeding import seed_demo
from integrations.gateway.cli.training import train_knowledge, train_model

_READY_SECONDS = 180
_DEMO_CUSTOMERS = 2000
_CALM_SECONDS = 60
"""A process that lived this long is restarted at once, another after a growing pause."""


def run_system(*, demo: bool) -> None:
    """Prepare, start and watch both processes until Ctrl-C or SIGTERM. Raises CliError."""
    os.umask(0o077)  # databases, uploads and logs are for the owner alone
    if demo:
        os.environ["QIANTAI_DEMO"] = "true"
    get_settings.cache_clear()
    settings = get_settings()
    check_port(settings.host, settings.port, "app", "QIANTAI_PORT")
    check_port("127.0.0.1", settings.bot_port, "bot", "QIANTAI_BOT_PORT")
    model = train_model()
    train_knowledge(settings)
    admin_password = _prepare_database(settings)
    services = [bot_service(settings, model), app_service(settings)]
    stop = _stop_on_signals()
    try:
        with working("启动服务"):
            for service in services:
                service.start()
            for service in services:
                service.wait_ready(_READY_SECONDS)
        _print_addresses(settings, admin_password)
        _watch(services, stop)
    except KeyboardInterrupt:
        console.print()
    finally:
        for service in reversed(services):
            service.stop()
    console.print("已停止。")


def _prepare_database(settings: Settings) -> str | None:
    """Migrate, seed the demo if empty, make the first admin; returns the password if made now."""
    upgrade(settings.database_url)
    database = Database(settings.database_url, busy_seconds=settings.database_busy_seconds)
    with database.reading() as session:
        empty = session.scalar(select(func.count(Customer.id))) == 0
    if settings.demo and empty:
        seed_demo(_DEMO_CUSTOMERS)
    with database.transaction() as session:
        return ensure_first_admin(session, datetime.now(UTC))


def _print_addresses(settings: Settings, admin_password: str | None) -> None:
    base = settings.public_url or f"http://{settings.host}:{settings.port}"
    console.print(f"\n[bold]{settings.bank_name}前台已就绪[/]")
    console.print(f"  客户聊天  {base}/")
    if settings.demo:
        console.print(f"  演示网银  {base}/demo")
        console.print(f"  短信验证码（演示）写入 {settings.demo_sms_file}")
    console.print(f"  坐席工作台 {base}/console")
    if admin_password:
        console.print(f"  管理员账号 admin，一次性密码 [bold]{admin_password}[/]（只显示这一次）")
    console.print("按 Ctrl-C 停止。\n")


class _Stop:
    """What the signal handler tells the watching loop."""

    asked = False
    watching = False


def _stop_on_signals() -> _Stop:
    stop = _Stop()

    def ask(_number: int, _frame: FrameType | None) -> None:
        # While starting there is no loop to notice the wish: leave at once through `finally`.
        if not stop.watching:
            raise KeyboardInterrupt
        stop.asked = True

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    return stop


def _watch(services: list[Service], stop: _Stop) -> None:
    """Restart what ended, until asked to stop: the desk is open around the clock."""
    started = {service.name: time.monotonic() for service in services}
    pause = 1.0
    stop.watching = True
    while not stop.asked:
        for service in services:
            if service.running():
                continue
            lived = time.monotonic() - started[service.name]
            pause = 1.0 if lived > _CALM_SECONDS else min(pause * 2, 30)
            console.print(f"[yellow]{service.name} 已退出，{pause:.0f} 秒后重启[/]")
            time.sleep(pause)
            service.start()
            started[service.name] = time.monotonic()
        time.sleep(0.3)
