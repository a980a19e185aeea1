"""The chat page at `/`, the widget's script, and their static files (no build step)."""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

from integrations.web_chat.errors import ChatError

_STATIC = Path(__file__).resolve().parent / "static"
_MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_PAGE_HEADERS = {
    # blob: shows images that were fetched with the customer's token.
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'"
    ),
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-cache",
}
_FILE_HEADERS = {"Cache-Control": "no-cache"}  # revalidated by ETag: a new version is seen at once


def add_routes(router: APIRouter) -> None:
    """The page, the script tag's target and the files both load."""
    files = {path.name: path for path in _STATIC.iterdir() if path.suffix in _MEDIA_TYPES}

    @router.get("/", response_class=FileResponse, include_in_schema=False)
    async def chat_page() -> FileResponse:
        return FileResponse(_STATIC / "chat.html", media_type="text/html", headers=_PAGE_HEADERS)

    @router.get("/chat/widget.js", response_class=FileResponse, include_in_schema=False)
    async def widget() -> FileResponse:
        return _serve(files["widget.js"])

    @router.get("/chat/static/{name}", response_class=FileResponse, include_in_schema=False)
    async def static(name: str) -> FileResponse:
        if name not in files:
            raise ChatError("bad_request")
        return _serve(files[name])


def _serve(path: Path) -> FileResponse:
    return FileResponse(path, media_type=_MEDIA_TYPES[path.suffix], headers=_FILE_HEADERS)
