"""What comes back from WeChat's API in another shape than it should."""

import asyncio

import httpx
import pytest

from integrations.wechat.api import request
from integrations.wechat.api_errors import Unreachable
from tests.wechat.test_faults import SEND


@pytest.mark.parametrize("shape", ['{"errcode": "x"}', '{"errcode": [1]}', "[]", "7"])
def test_an_answer_of_a_strange_shape_is_no_crash(shape: str) -> None:
    with pytest.raises(Unreachable):
        ask(httpx.Response(200, content=shape))


def test_an_answer_that_cannot_be_unpacked_is_no_crash() -> None:
    with pytest.raises(Unreachable) as caught:
        ask(httpx.Response(200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(b"no gzip")))
    assert caught.value.arrived is None


def ask(response: httpx.Response) -> None:
    """A call that is answered so."""

    async def call() -> None:
        transport = httpx.MockTransport(lambda request: response)
        async with httpx.AsyncClient(transport=transport, base_url="http://wechat") as http:
            await request(http, "POST", SEND, body={})

    asyncio.run(call())
