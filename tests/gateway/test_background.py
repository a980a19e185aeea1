"""Work in the background that dies takes the process along, so that it is restarted."""

import asyncio
import signal

import pytest

from integrations.gateway.app import _end_if_failed


@pytest.mark.parametrize("fails", [True, False])
def test_only_a_failure_ends_the_process(monkeypatch: pytest.MonkeyPatch, fails: bool) -> None:
    raised: list[int] = []
    monkeypatch.setattr(signal, "raise_signal", raised.append)

    async def job() -> None:
        if fails:
            raise ValueError("broken")
        await asyncio.sleep(60)

    async def run() -> None:
        task = asyncio.create_task(job())
        task.add_done_callback(_end_if_failed)
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run())
    assert raised == ([signal.SIGTERM] if fails else [])
