"""Pictures that customers send: fetched and re-encoded before their messages are stored."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import anyio.to_thread
import structlog
from sqlalchemy.orm import Session

from integrations.crm.conversations import attachments, outbox, repository
from integrations.crm.conversations.attachments import CleanImage
from integrations.crm.conversations.errors import ConversationError
from integrations.wechat import pushes
from integrations.wechat.api_errors import ApiError, Unreachable
from integrations.wechat.context import Messenger

log = structlog.get_logger()
_AT_ONCE = 4


@dataclass(frozen=True)
class Picture:
    """A re-encoded picture and the name of its file."""

    image: CleanImage
    file: str


Pictures = Mapping[str, Picture]
"""By the external id of the push that brought them."""


@asynccontextmanager
async def fetched(messenger: Messenger, items: Iterable[pushes.Push]) -> AsyncIterator[Pictures]:
    """The pictures of these items, fetched and written; the files that no message holds in the end go."""
    brought = {push.external_id: push for push in items if isinstance(push, pushes.Image)}
    found: dict[str, Picture] = {}
    slots = asyncio.Semaphore(_AT_ONCE)

    async def fetch(push: pushes.Image) -> None:
        async with slots:
            image = await _fetch_image(messenger, push)
            if image is not None:
                folder = messenger.app.upload_folder
                try:
                    file = await anyio.to_thread.run_sync(attachments.write_image, folder, image)
                except OSError as error:
                    # A full disk must not cost the customer's words as well.
                    log.error("wechat.image_not_written", channel=messenger.channel, reason=error.strerror)
                    return
                found[push.external_id] = Picture(image, file)

    try:
        await asyncio.gather(*map(fetch, brought.values()))
        yield found
    except asyncio.CancelledError:
        # The transaction may still commit: better a file too many than a message without its picture.
        found.clear()
        raise
    finally:
        for id_, picture in found.items():
            if not await messenger.database.read(partial(_is_held, messenger, brought[id_], picture)):
                attachments.discard_image(messenger.app.upload_folder, picture.file, picture.image)


async def _fetch_image(messenger: Messenger, push: pushes.Image) -> CleanImage | None:
    """The picture, re-encoded; None where WeChat doesn't give it in time or it is none."""
    account = (messenger.channel, messenger.account)
    if await messenger.database.read(lambda session: outbox.is_known(session, *account, push.external_id)):
        return None
    try:
        with anyio.fail_after(messenger.media_seconds):
            data = await messenger.api.media(push.media_id)
        return await anyio.to_thread.run_sync(attachments.clean_image, data)
    except (ApiError, Unreachable, ConversationError, TimeoutError) as error:
        log.warning("wechat.image_lost", channel=messenger.channel, reason=type(error).__name__)
        return None


def _is_held(messenger: Messenger, push: pushes.Push, picture: Picture, session: Session) -> bool:
    account = (messenger.channel, messenger.account)
    conversation = repository.latest_of_visitor(session, *account, push.openid)
    return conversation is not None and attachments.exists(session, conversation, picture.file)
