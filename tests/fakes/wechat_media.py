"""Media by id: what customers sent, and what the account uploaded."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.datastructures import UploadFile
from starlette.responses import Response

from tests.fakes.api_server import Call
from tests.fakes.clock import Clock
from tests.fakes.wechat_errors import ApiError

LIFE = timedelta(days=3)
LIMITS = {"image": 10 << 20, "voice": 2 << 20, "video": 10 << 20, "thumb": 64 << 10}
"""Bytes an upload may have."""
ENDINGS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "audio/amr": "amr",
    "video/mp4": "mp4",
}


@dataclass(frozen=True)
class Medium:
    """One file."""

    data: bytes
    media_type: str
    expires: datetime


class MediaStore:
    """Keeps files for three days."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._media: dict[str, Medium] = {}

    def add(self, data: bytes, media_type: str) -> str:
        """Keep a file; its media_id."""
        media_id = secrets.token_urlsafe(48)
        self._media[media_id] = Medium(data, media_type, self._clock.now() + LIFE)
        return media_id

    def find(self, media_id: str) -> Medium | None:
        """The file, None where there is none of that id any more."""
        medium = self._media.get(media_id)
        return medium if medium is not None and self._clock.now() < medium.expires else None

    def known(self, media_id: str) -> bool:
        """Whether there is such a file."""
        return self.find(media_id) is not None

    async def upload(self, call: Call) -> dict[str, object]:
        """media/upload: multipart field `media`, query `type`."""
        kind = call.query.get("type", "")
        if kind not in LIMITS:
            raise ApiError(40004)
        async with call.request.form() as form:
            sent = form.get("media")
            if not isinstance(sent, UploadFile):
                raise ApiError(41005)
            data, media_type = await sent.read(), sent.content_type or ""
        if kind == "image" and not media_type.startswith("image/"):
            raise ApiError(40004)
        if not 0 < len(data) <= LIMITS[kind]:
            raise ApiError(40009)
        created = int(self._clock.now().timestamp())
        return {"type": kind, "media_id": self.add(data, media_type), "created_at": created}

    async def get(self, call: Call) -> Response:
        """media/get: the bytes."""
        medium = self.find(call.query.get("media_id", ""))
        if medium is None:
            raise ApiError(40007)
        return served(medium)


def served(medium: Medium) -> Response:
    """The file as a download."""
    name = f"media.{ENDINGS.get(medium.media_type, 'bin')}"
    headers = {"Content-disposition": f'attachment; filename="{name}"'}
    return Response(medium.data, media_type=medium.media_type, headers=headers)
