"""`qiantai wechat` as an operator runs it: real process, WeChat's servers faked."""

import os
import subprocess
from pathlib import Path

import pytest

from integrations.crm.settings import PROJECT
from integrations.gateway.cli.paths import APP_PYTHON
from tests.fakes.clock import RunningClock
from tests.fakes.running import Served
from tests.fakes.wechat_account import Account
from tests.fakes.wechat_server import FakeWeChat
from tests.system import make_settings, wechat_environment


def qiantai(folder: Path, *arguments: str, account: dict[str, str]) -> subprocess.CompletedProcess[str]:
    environment = os.environ | make_settings(folder).as_environment() | account
    command = [str(APP_PYTHON), "-m", "integrations.gateway.cli", "wechat", *arguments]
    return subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture
def fake() -> FakeWeChat:
    return FakeWeChat(Account(), "", RunningClock())


def test_the_menu_is_published_and_the_rights_are_told(tmp_path: Path, fake: FakeWeChat) -> None:
    served = Served(fake.app)
    try:
        account = wechat_environment(fake.account, served.base)
        published = qiantai(tmp_path, "menu", account=account)
        assert published.returncode == 0 and "菜单已发布" in published.stdout, published.stderr
        assert [entry["name"] for entry in fake.api.menu.buttons][-1] == "人工"
        assert "客服消息可用" in qiantai(tmp_path, "check", account=account).stdout
    finally:
        served.close()


def test_a_wrong_set_up_ends_in_one_sentence(tmp_path: Path, fake: FakeWeChat) -> None:
    fake.account.allowed_ips = frozenset({"203.0.113.9"})
    served = Served(fake.app)
    try:
        account = wechat_environment(fake.account, served.base)
        refused = qiantai(tmp_path, "menu", account=account)
        assert refused.returncode == 1 and "白名单" in refused.stderr and "Traceback" not in refused.stderr
        checked = qiantai(tmp_path, "check", account=account)
        assert checked.returncode == 1 and "40164" in checked.stdout
    finally:
        served.close()


@pytest.mark.parametrize(
    ("arguments", "account", "words"),
    [
        (["menu"], {}, "QIANTAI_WECHAT_APPID"),
        (["menu", "--file", "nowhere.yml"], {}, "nowhere.yml"),
        (["check"], {"QIANTAI_WECHAT_APPID": "wx1"}, "QIANTAI_WECHAT_SECRET"),
        (["check"], wechat_environment(Account(), "http://127.0.0.1:9"), "连接不上微信接口"),
    ],
)
def test_what_is_missing_is_named(
    tmp_path: Path, arguments: list[str], account: dict[str, str], words: str
) -> None:
    ended = qiantai(tmp_path, *arguments, account=account)
    assert ended.returncode == 1 and words in ended.stderr + ended.stdout
    assert "Traceback" not in ended.stderr
