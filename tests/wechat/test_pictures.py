"""Pictures that come slowly, or not at all."""

import asyncio
import time

import pytest

from integrations.crm.conversations import attachments
from integrations.wechat import wording
from tests.fakes.api_server import Fault
from tests.wechat.conftest import Start
from tests.wechat.messenger_server import eventually
from tests.wechat.server import WeChatServer, picture
from tests.wechat.test_faults import texts


def test_a_slow_picture_does_not_keep_the_push_open_for_longer(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start(patience=4.0, passive_seconds=1.5)
    server.delay = 1.0
    media = server.wechat.world.media
    find = media.find

    def find_slowly(media_id: str) -> object:
        time.sleep(0.9)
        return find(media_id)

    monkeypatch.setattr(media, "find", find_slowly)
    delivery = asyncio.run(server.wechat.push(server.wechat.picture("o-1", picture())))
    assert [one.outcome for one in delivery.attempts] == ["silent"]
    eventually(lambda: texts(server) == ["收到：［图片］"])


@pytest.mark.parametrize("fault", ["hang", "reset", "http502", "not_json", 40007, 45009])
def test_a_picture_that_does_not_come_is_owned_up_to(start: Start, fault: Fault) -> None:
    server = start(passive_seconds=4.5)
    server.wechat.inject("media/get", fault)
    delivery = asyncio.run(server.wechat.push(server.wechat.picture("o-1", picture())))
    assert delivery.reply is not None and delivery.reply.content == wording.IMAGE_LOST
    assert server.received() == ["［图片］"]


def test_a_full_disk_costs_the_picture_alone(server: WeChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(attachments, "write_image", full)
    delivery = asyncio.run(server.wechat.push(server.wechat.picture("o-1", picture())))
    assert delivery.reply is not None and delivery.reply.content == wording.IMAGE_LOST
