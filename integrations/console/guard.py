"""Stands before everything under /console: session, role, origin, size, and security headers."""

from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from integrations.console import access, wording
from integrations.console.context import Console
from integrations.console.rendering import page
from integrations.crm.models import Staff

MAX_BODY = 64 * 1024
"""Longest form in bytes."""
_PUBLIC = ("/console/sign-in", "/console/assets/", "/console/_nicegui/")
_SOCKET = "/console/_nicegui_ws/"
_ACCOUNT = ("/console/password", "/console/totp", "/console/sign-out")
_HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Content-Security-Policy": (
        # Vue compiles templates in the browser, hence eval; every text of ours is escaped.
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; "
        "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    ),
}


class ConsoleGuard:
    """ASGI middleware; paths outside /console pass untouched."""

    def __init__(self, app: ASGIApp, console: Console) -> None:
        self._app = app
        self._console = console

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or answer it."""
        path: str = scope.get("path", "")
        inside = path == "/console" or path.startswith("/console/")
        if scope["type"] not in ("http", "websocket") or not inside:
            await self._app(scope, receive, send)
            return
        refusal = self._refuse_origin(scope) or await self._refuse_person(scope, path)
        if scope["type"] == "websocket":
            if refusal is None:
                await self._app(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": 1008})
            return
        target: ASGIApp = refusal or self._app
        await target(scope, receive, _with_headers(send, cacheable=path.startswith(_PUBLIC[1:])))

    def _refuse_origin(self, scope: Scope) -> Response | None:
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            return None
        headers = Headers(scope=scope)
        # Browsers send Origin with every POST and WebSocket; SameSite=Strict is the second wall.
        own = {headers.get("host", "")}
        if self._console.settings.public_url:
            own.add(urlsplit(self._console.settings.public_url).netloc)
        origin = urlsplit(headers.get("origin", "")).netloc
        if not origin or origin not in own:
            return PlainTextResponse(wording.CROSS_SITE, 403)
        if scope["type"] == "http" and not scope["path"].startswith(_SOCKET):
            length = headers.get("content-length", "")
            if not length.isdecimal() or int(length) > MAX_BODY:
                return PlainTextResponse("", 413)
        return None

    async def _refuse_person(self, scope: Scope, path: str) -> Response | None:
        if path.startswith(_PUBLIC):
            return None
        token = read_token(scope)
        now = self._console.clock()
        try:
            staff = await self._console.database.read(lambda session: access.signed_in(session, token, now))
        except access.NotSignedIn:
            return _to_sign_in(scope, path)
        scope.setdefault("state", {})["staff"] = staff
        return None if path.startswith((_SOCKET, *_ACCOUNT)) else self._refuse_role(staff, path)

    def _refuse_role(self, staff: Staff, path: str) -> Response | None:
        step = access.setup_step(staff, self._console.settings)
        if step:
            return RedirectResponse(f"/console/{step}", 303)
        roles = access.ROOMS.get(path.removeprefix("/console").strip("/").split("/")[0])
        if roles is not None and staff.role not in roles:
            return page("forbidden.html", status_code=403, home=access.home_of(staff))
        return None


def read_token(scope: Scope) -> str | None:
    """The session token of the request's cookie."""
    cookie = SimpleCookie()
    try:
        cookie.load(Headers(scope=scope).get("cookie", ""))
    except CookieError:
        return None
    morsel = cookie.get(access.COOKIE)
    return morsel.value if morsel else None


def _to_sign_in(scope: Scope, path: str) -> Response:
    if path.startswith((_SOCKET, "/console/images/")) or scope["type"] == "websocket":
        return PlainTextResponse("", 401)
    query = scope["query_string"].decode("latin-1")
    wanted = quote(path + (f"?{query}" if query else ""), safe="")
    asked = "" if path in ("/console", "/console/") else f"?next={wanted}"
    return RedirectResponse(f"/console/sign-in{asked}", 303)


def _with_headers(send: Send, *, cacheable: bool) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            if not cacheable:
                headers["Cache-Control"] = "no-store"
        await send(message)

    return wrapped
