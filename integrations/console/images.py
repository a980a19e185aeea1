"""Customers' images, for signed-in staff who may see the conversation."""

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, PlainTextResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from integrations.console import access, desk
from integrations.console.context import Console
from integrations.console.guard import read_token
from integrations.crm.conversations.attachments import StoredImage, read_image
from integrations.crm.conversations.errors import ConversationError, ConversationNotFound
from integrations.crm.models import Attachment, Conversation
from integrations.crm.staff.errors import Forbidden


def image_router(console: Console) -> APIRouter:
    """GET /console/images/{attachment}: 404 for anything this person may not see."""
    router = APIRouter(include_in_schema=False)

    @router.get("/console/images/{attachment}", response_model=None)
    async def image(request: Request, attachment: str) -> Response:
        token, now = read_token(request.scope), console.clock()

        def find(session: Session) -> StoredImage:
            staff = access.allowed(session, token, now, console.settings, "desk")
            conversation = session.scalar(
                select(Conversation).join(Attachment).where(Attachment.public_id == attachment)
            )
            if conversation is None:
                raise ConversationNotFound
            if staff.role == "agent":
                desk.visible(session, staff, conversation.public_id)
            return read_image(session, conversation, attachment, console.settings.upload_folder)

        try:
            found = await console.database.read(find)
        except (ConversationError, Forbidden, access.NotSignedIn, access.SetupNeeded):
            return PlainTextResponse("", 404)
        return FileResponse(found.path, media_type=found.media_type)

    return router
