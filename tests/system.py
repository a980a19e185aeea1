"""The whole system on spare ports and throw-away files: real bot, real app, seeded database."""

import json
import os
import signal
import socket
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx

from integrations.crm.conversations.ledger import Ledger, take_ledger
from integrations.crm.database import Database
from integrations.crm.migrations.migrate import upgrade
from integrations.crm.seed import seed
from integrations.crm.settings import Settings
from integrations.gateway.cli.processes import Service, app_service, bot_service
from integrations.gateway.cli.training import train_model
from tests.fakes.clock import RunningClock
from tests.fakes.running import Served
from tests.fakes.wechat_account import Account
from tests.fakes.wechat_server import FakeWeChat
from tests.fakes.wecom_kf import FakeKf
from tests.fakes.wecom_world import KfAccount

SECRET = "only-for-tests-" + "x" * 32
CUSTOMERS = 150
ALWAYS_OPEN = "00:00-23:59"
_READY_SECONDS = 120


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_settings(folder: Path, **changes: object) -> Settings:
    """Settings that touch nothing outside `folder`."""
    values: dict[str, object] = {
        "demo": True,
        "port": free_port(),
        "bot_port": free_port(),
        "database_url": f"sqlite:///{folder / 'crm.db'}",
        "tracker_database": folder / "tracker.db",
        "upload_folder": folder / "uploads",
        "learned_folder": folder / "learned",
        "demo_sms_file": folder / "sms.jsonl",
        "service_hours": ALWAYS_OPEN,
        "messages_per_minute": 600,
        "customer_token_secret": SECRET,
        "bot_secret": SECRET + "bot",
        "action_secret": SECRET + "action",
    }
    return Settings(_env_file=None, **(values | changes))  # type: ignore[arg-type, call-arg]


def wechat_environment(account: Account, api_url: str) -> dict[str, str]:
    """What connects the app to a fake of WeChat."""
    return {
        "QIANTAI_WECHAT_APPID": account.appid,
        "QIANTAI_WECHAT_SECRET": account.secret,
        "QIANTAI_WECHAT_TOKEN": account.token,
        "QIANTAI_WECHAT_MODE": account.mode,
        "QIANTAI_WECHAT_AES_KEY": account.encoding_aes_key,
        "QIANTAI_WECHAT_API_URL": api_url,
    }


def wecom_environment(account: KfAccount, api_url: str) -> dict[str, str]:
    """What connects the app to a fake of WeCom's 微信客服."""
    return {
        "QIANTAI_WECOM_CORP_ID": account.corpid,
        "QIANTAI_WECOM_SECRET": account.secret,
        "QIANTAI_WECOM_TOKEN": account.token,
        "QIANTAI_WECOM_AES_KEY": account.encoding_aes_key,
        "QIANTAI_WECOM_OPEN_KFID": account.open_kfid,
        "QIANTAI_WECOM_API_URL": api_url,
    }


@dataclass
class System:
    """Started with `start`, ended with `stop`; either process may be killed and started again."""

    folder: Path
    settings: Settings
    database: Database = field(init=False)
    bot: Service = field(init=False)
    app: Service = field(init=False)
    http: httpx.Client = field(init=False, repr=False)
    wechat: FakeWeChat = field(init=False, repr=False)
    wechat_api: Served = field(init=False, repr=False)
    wecom: FakeKf = field(init=False, repr=False)
    wecom_api: Served = field(init=False, repr=False)

    def start(self) -> None:
        """Migrate, seed, start both processes and wait until they are ready."""
        upgrade(self.settings.database_url)
        self.database = Database(self.settings.database_url)
        self.http = httpx.Client(base_url=self.base, timeout=40, trust_env=False)
        seed(self.database, customers=CUSTOMERS, now=datetime.now(UTC), progress=None)
        self.bot = bot_service(self.settings, train_model())
        self.app = app_service(self.settings)
        self.bot.logs = self.app.logs = self.folder / "log"
        self.wechat = FakeWeChat(Account(), f"{self.base}/wechat", RunningClock())
        self.wechat_api = Served(self.wechat.app)
        self.wechat.base_url = self.wechat_api.base
        self.app.environment |= wechat_environment(self.wechat.account, self.wechat_api.base)
        self.wecom = FakeKf(KfAccount(), f"{self.base}/wecom", RunningClock())
        self.wecom_api = Served(self.wecom.app)
        self.app.environment |= wecom_environment(self.wecom.account, self.wecom_api.base)
        try:
            self.bot.start()
            self.app.start()
            self.wait_ready()
        except BaseException:
            self.stop()
            raise

    def wait_ready(self) -> None:
        """Return when both answer."""
        self.app.wait_ready(_READY_SECONDS)
        self.bot.wait_ready(_READY_SECONDS)

    def stop(self) -> None:
        """End both processes."""
        self.http.close()
        self.wechat_api.close()
        self.wecom_api.close()
        self.app.stop()
        self.bot.stop()
        self.database.engine.dispose()

    def kill(self, service: Service) -> None:
        """End a process the hard way (SIGKILL)."""
        assert service.process is not None
        os.kill(service.process.pid, signal.SIGKILL)
        service.process.wait()

    @property
    def base(self) -> str:
        """The app's address."""
        return f"http://127.0.0.1:{self.settings.port}"

    def last_code(self, phone: str, seconds: float = 5) -> str:
        """The newest one-time code sent to a phone."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.settings.demo_sms_file.exists():
                lines = self.settings.demo_sms_file.read_text(encoding="utf-8").splitlines()
                codes = [row["code"] for row in map(json.loads, lines) if row["phone"] == phone]
                if codes:
                    return str(codes[-1])
            time.sleep(0.05)
        raise AssertionError(f"no code was sent to {phone}")

    def ledger(self) -> Ledger:
        """What the database says about everything sent so far."""
        with self.database.reading() as session:
            return take_ledger(session)
