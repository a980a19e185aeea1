"""The custom menu is checked before WeChat sees it, and published as a whole."""

import asyncio
from pathlib import Path

import httpx
import pytest

from integrations.wechat.menu import MenuError, publish, read_menu
from tests.wechat.server import WeChatServer


def write(folder: Path, text: str) -> Path:
    path = folder / "menu.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_our_menu_is_published_and_its_lines_say_what_the_assistant_knows(server: WeChatServer) -> None:
    menu = read_menu()

    async def run() -> None:
        fresh = type(server.channel)(
            server.channel.wechat.settings, server.settings, server.database, server.clock, {}
        )
        await publish(fresh.wechat.api, menu)
        await fresh.close()

    asyncio.run(run())
    published = server.wechat.api.menu.buttons
    assert [entry["name"] for entry in published] == ["查询办理", "咨询投诉", "人工"]
    assert published[0]["sub_button"][0] == {"type": "click", "name": "查余额", "key": "查询余额"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("menu: []", "menu: "),
        (
            "menu: [{title: 查, say: 查}, {title: 查, say: 查}, {title: 查, say: 查}, {title: 查, say: 查}]",
            "menu: ",
        ),
        ("menu: [{title: 查}]", "exactly one"),
        ("menu: [{title: 查, say: 查, url: 'https://example.com'}]", "exactly one"),
        ("menu: [{title: 查, url: 'javascript:alert(1)'}]", "menu.0.url"),
        ("menu: [{title: 一二三四五六, say: 查}]", "too long a title"),
        ("menu: [{title: 查, items: [{title: 查, items: [{title: 查, say: 查}]}]}]", "below lines"),
        (f"menu: [{{title: 查, say: {'查' * 50}}}]", "too long a say"),
        ("menu: [{title: 查, say: 查, key: x}]", "menu.0.key"),
        ("- x", "menu.yml"),
        ("menu: [", "cannot be read"),
    ],
)
def test_a_menu_that_wechat_would_refuse_is_refused_here(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(MenuError, match=problem):
        read_menu(write(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MenuError, match=r"nowhere\.yml"):
        read_menu(tmp_path / "nowhere.yml")


def test_the_handshake_does_not_echo_to_strangers(server: WeChatServer) -> None:
    query = {"signature": "0" * 40, "timestamp": "1", "nonce": "2", "echostr": "<script>"}
    answer = httpx.get(f"{server.base}/wechat", params=query, trust_env=False)
    assert (answer.status_code, answer.text) == (403, "")
