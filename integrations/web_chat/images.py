"""Routes for the images a customer sends."""

import uuid
from functools import partial
from typing import Any

import anyio
import anyio.to_thread
from fastapi import APIRouter, Request
from fastapi.responses import FileResponse
from pydantic import TypeAdapter, ValidationError
from sqlalchemy.orm import Session
from starlette.datastructures import UploadFile

from integrations.crm.conversations import attachments, service, wording
from integrations.crm.conversations.attachments import CleanImage, StoredImage
from integrations.crm.conversations.repository import find_message
from integrations.crm.models import Conversation
from integrations.web_chat.context import Chat, Taken, lock_own
from integrations.web_chat.errors import ChatError
from integrations.web_chat.frames import MessageId
from integrations.web_chat.http import bearer, bounded
from integrations.web_chat.limiter import check_rate
from integrations.web_chat.repository import own_conversation
from integrations.web_chat.views import stored_id

_CHUNK = 64 * 1024
_FORM_OVERHEAD = 16 * 1024  # bytes of a multipart body that are not the file
_DECODING_AT_ONCE = 2
_ID: TypeAdapter[str] = TypeAdapter(MessageId)


def add_routes(router: APIRouter, chat: Chat) -> None:
    """Upload and view."""
    decoding = anyio.CapacityLimiter(_DECODING_AT_ONCE)

    @router.post("/chat/conversations/{conversation}/images", status_code=202)
    async def upload(conversation: str, request: Request) -> dict[str, Any]:
        """Take an image (multipart: `file`, and `id` as for messages); it becomes a message."""
        visitor = chat.holder(bearer(request)).external_user
        await check_rate(chat.limiter, visitor)
        await chat.database.read(lambda session: own_conversation(session, conversation, visitor))
        message_id, data = await _read_form(request, chat.settings.upload_limit_bytes)
        image = await anyio.to_thread.run_sync(partial(attachments.clean_image, data), limiter=decoding)
        taken = await anyio.to_thread.run_sync(
            partial(_store, chat, visitor, conversation, message_id, image)
        )
        return {"seq": taken.seq, "duplicate": taken.duplicate}

    @router.get("/chat/conversations/{conversation}/images/{attachment}", response_class=FileResponse)
    async def view(conversation: str, attachment: str, request: Request) -> FileResponse:
        """An image of the visitor's own conversation."""
        visitor = chat.holder(bearer(request)).external_user

        def work(session: Session) -> StoredImage:
            found = own_conversation(session, conversation, visitor)
            return attachments.read_image(session, found, attachment, chat.settings.upload_folder)

        image = await chat.database.read(work)
        headers = {"Cache-Control": "private, max-age=86400", "Content-Disposition": "inline"}
        return FileResponse(image.path, media_type=image.media_type, headers=headers)


async def _read_form(request: Request, limit: int) -> tuple[str, bytes]:
    """Message id and file of the form. Raises ChatError 413 over `limit` bytes, 422 for another form."""
    spoken = f"{limit / 1024 / 1024:g}MB"
    limited = bounded(request, limit + _FORM_OVERHEAD, "image_too_big", limit=spoken)
    async with limited.form(max_files=1, max_fields=4, max_part_size=1024) as form:
        file, message_id = form.get("file"), form.get("id", uuid.uuid4().hex)
        if not isinstance(file, UploadFile):
            raise ChatError("bad_request")
        data = bytearray()
        while chunk := await file.read(_CHUNK):
            data += chunk
            if len(data) > limit:
                raise ChatError("image_too_big", limit=spoken)
    try:
        return _ID.validate_python(message_id, strict=True), bytes(data)
    except ValidationError as error:
        raise ChatError("bad_request") from error


def _store(chat: Chat, visitor: str, conversation: str, message_id: str, image: CleanImage) -> Taken:
    """The file first, then one transaction; a file without a message is removed again."""
    folder = chat.settings.upload_folder
    public_id = attachments.write_image(folder, image)
    taken = None
    try:
        with chat.database.transaction() as session:
            locked = lock_own(session, conversation, visitor)
            taken = _receive(session, chat, locked, stored_id(conversation, message_id), image, public_id)
    finally:
        if taken is None or taken.duplicate:
            attachments.discard_image(folder, public_id, image)
    return taken


def _receive(
    session: Session, chat: Chat, locked: Conversation, external_id: str, image: CleanImage, public_id: str
) -> Taken:
    known = find_message(session, locked.channel, locked.account, external_id)
    if known is not None:
        return Taken(known.seq, duplicate=True)
    now = chat.clock()
    receipt = service.receive(
        session,
        locked,
        external_id=external_id,
        text=wording.IMAGE,
        now=now,
        settings=chat.settings,
        attachment=attachments.add_attachment(session, locked, public_id, image, now),
    )
    return Taken(receipt.message.seq, receipt.duplicate)
