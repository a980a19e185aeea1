"""Images that customers send: checked by content, re-encoded without metadata, kept outside the web root."""

import hashlib
import io
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import filetype
from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy import select
from sqlalchemy.orm import Session

from integrations.crm.conversations.errors import ConversationError
from integrations.crm.models import Attachment, Conversation

MAX_PIXELS = 40_000_000
"""Larger images are refused by their header alone: decoding them is how a small file eats all memory."""
LONGEST_SIDE = 2560
"""Stored images are scaled down to this many pixels."""
_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
_SUFFIX = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp"}


class ImageTypeRefused(ConversationError):
    """By its content it is neither JPEG, PNG nor WebP."""

    code = "image_type"


class ImageBroken(ConversationError):
    """It cannot be decoded."""

    code = "image_broken"


class ImageDimensionsRefused(ConversationError):
    """More than MAX_PIXELS."""

    code = "image_dimensions"


class ImageNotFound(ConversationError):
    """No such image in this conversation."""

    code = "image_not_found"


@dataclass(frozen=True)
class CleanImage:
    """A re-encoded image: the pixels and nothing else."""

    media_type: str
    data: bytes


@dataclass(frozen=True)
class StoredImage:
    """Where an image lies and what it is."""

    media_type: str
    path: Path


def clean_image(data: bytes) -> CleanImage:
    """Decode and re-encode (EXIF, location, comments and anything appended are lost).

    What a file is called or claims to be counts for nothing. Raises ImageTypeRefused, ImageBroken,
    ImageDimensionsRefused. Takes CPU time: call it outside transactions and the event loop.
    """
    kind = filetype.guess(data)
    media_type = kind.mime if kind else ""
    if media_type not in _FORMATS:
        raise ImageTypeRefused
    try:
        _verify(data, _FORMATS[media_type])
        with Image.open(io.BytesIO(data), formats=[_FORMATS[media_type]]) as image:
            image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            encoded = _encode(image, _FORMATS[media_type])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageDimensionsRefused from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise ImageBroken from error
    return CleanImage(media_type, encoded)


def write_image(folder: Path, image: CleanImage) -> str:
    """Write the file under a new random name and return that name; the row comes with `add_attachment`."""
    public_id = uuid.uuid4().hex
    folder.mkdir(parents=True, exist_ok=True)
    _path(folder, public_id, image.media_type).write_bytes(image.data)
    return public_id


def discard_image(folder: Path, public_id: str, image: CleanImage) -> None:
    """Remove a written file whose message was not stored."""
    _path(folder, public_id, image.media_type).unlink(missing_ok=True)


def add_attachment(
    session: Session, conversation: Conversation, public_id: str, image: CleanImage, now: datetime
) -> Attachment:
    """The row of a written file; hand it to `service.receive` as the message's attachment."""
    attachment = Attachment(
        public_id=public_id,
        conversation_id=conversation.id,
        media_type=image.media_type,
        size=len(image.data),
        sha256=hashlib.sha256(image.data).hexdigest(),
        created_at=now,
    )
    session.add(attachment)
    return attachment


def read_image(session: Session, conversation: Conversation, public_id: str, folder: Path) -> StoredImage:
    """An image of this conversation; the caller has checked who may see the conversation.

    Raises ImageNotFound, also where the file is gone.
    """
    attachment = session.scalar(
        select(Attachment).where(
            Attachment.public_id == public_id, Attachment.conversation_id == conversation.id
        )
    )
    if attachment is None:
        raise ImageNotFound
    path = _path(folder, attachment.public_id, attachment.media_type)
    if not path.is_file():
        raise ImageNotFound
    return StoredImage(attachment.media_type, path)


def exists(session: Session, conversation: Conversation, public_id: str) -> bool:
    """Whether this conversation has such an image."""
    found = select(Attachment.id).where(
        Attachment.public_id == public_id, Attachment.conversation_id == conversation.id
    )
    return session.scalar(found) is not None


def _verify(data: bytes, format_name: str) -> None:
    with Image.open(io.BytesIO(data), formats=[format_name]) as image:
        if image.width * image.height > MAX_PIXELS:
            raise ImageDimensionsRefused
        image.verify()


def _encode(image: Image.Image, format_name: str) -> bytes:
    upright = ImageOps.exif_transpose(image)
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    opaque = format_name == "JPEG" or ("A" not in upright.getbands() and "transparency" not in upright.info)
    pixels = upright.convert("RGB" if opaque else "RGBA")
    # Encoders copy comments and profiles from here.
    pixels.info.clear()
    out = io.BytesIO()
    pixels.save(out, format_name, quality=85)
    return out.getvalue()


def _path(folder: Path, public_id: str, media_type: str) -> Path:
    return folder / f"{public_id}{_SUFFIX[media_type]}"
