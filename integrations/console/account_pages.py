"""Signing in and out, one's own password and second factor: plain forms, no live connection."""

from typing import Annotated
from urllib.parse import urlsplit

import segno
from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from integrations.console import access, wording
from integrations.console.context import Console
from integrations.console.guard import read_token
from integrations.console.rendering import page, precise
from integrations.console.sign_in_limit import SignInLimit, make_sign_in_limit
from integrations.crm.models import Staff
from integrations.crm.staff import service, sign_in, totp
from integrations.crm.staff.errors import WeakPassword, WrongPassword, WrongTotp

Field = Annotated[str, Form()]
_LONGEST = 200


def account_router(console: Console) -> APIRouter:
    """The routes of this module, for the app that carries the console."""
    router = APIRouter(include_in_schema=False)
    pages = _AccountPages(console, make_sign_in_limit(console.settings))
    for path, form, submit in (
        ("/console/sign-in", pages.sign_in_form, pages.sign_in),
        ("/console/password", pages.password_form, pages.change_password),
        ("/console/totp", pages.totp_form, pages.enrol_totp),
    ):
        router.add_api_route(path, form, methods=["GET"], response_model=None)
        router.add_api_route(path, submit, methods=["POST"], response_model=None)
    router.add_api_route("/console/sign-out", pages.sign_out, methods=["POST"], response_model=None)
    for path in ("/console", "/console/"):
        router.add_api_route(path, pages.home, methods=["GET"], response_model=None)
    return router


class _AccountPages:
    """Handlers; the guard has put the signed-in person on `request.state.staff`."""

    def __init__(self, console: Console, limit: SignInLimit) -> None:
        self._console = console
        self._limit = limit

    async def home(self, request: Request) -> Response:
        """To the first page of one's role."""
        return RedirectResponse(access.home_of(request.state.staff), 303)

    async def sign_in_form(self, next: str = "", note: str = "") -> Response:
        """The form; `note` is a known word, never text from the address."""
        notes = {"out": wording.SIGNED_OUT, "ended": wording.SESSION_ENDED}
        return page("sign_in.html", next=_inside(next), note=notes.get(note, ""), error="", username="")

    async def sign_in(
        self,
        request: Request,
        username: Field = "",
        password: Field = "",
        totp_code: Field = "",
        next: Field = "",
    ) -> Response:
        """Check and open a session."""
        username = username.strip()[:_LONGEST]
        address = request.client.host if request.client else ""
        if not await self._limit.allows(address, username):
            return self._refused(wording.SIGN_IN_TOO_OFTEN, username, next, 429)
        now = self._console.clock()
        result = await self._console.database.run(
            lambda session: sign_in.sign_in(
                session, username, password, now=now, totp_code=totp_code.strip()[:20] or None
            )
        )
        if result.status != "ok" or result.token is None:
            return self._refused(_why(result), username, next, 401)
        response = RedirectResponse(_inside(next) or access.HOME, 303)
        self._set_cookie(request, response, result.token)
        return response

    async def sign_out(self, request: Request) -> Response:
        """End the session."""
        token = read_token(request.scope) or ""
        now = self._console.clock()
        await self._console.database.run(lambda session: sign_in.sign_out(session, token, now=now))
        response = RedirectResponse("/console/sign-in?note=out", 303)
        response.delete_cookie(access.COOKIE, path="/console", httponly=True, samesite="strict")
        return response

    async def password_form(self, request: Request) -> Response:
        """The form for a new password."""
        return self._password(request.state.staff, "")

    async def change_password(
        self, request: Request, current: Field = "", new: Field = "", repeated: Field = ""
    ) -> Response:
        """Set it and end one's other sessions."""
        staff: Staff = request.state.staff
        if new != repeated:
            return self._password(staff, wording.PASSWORD_DIFFERS, 422)
        token, now = read_token(request.scope), self._console.clock()

        def work(session: Session) -> None:
            service.change_password(session, staff, current=current, new=new, now=now, keep_token=token)

        try:
            await self._console.database.run(work)
        except WrongPassword:
            return self._password(staff, wording.PASSWORD_WRONG, 422)
        except WeakPassword as error:
            return self._password(staff, wording.PASSWORD_WEAK[error.data["reason"]], 422)
        return page("done.html", title=wording.PASSWORD_TITLE, text=wording.PASSWORD_SAVED)

    async def totp_form(self, request: Request) -> Response:
        """A fresh secret with its QR code, or that it is on already."""
        return self._totp(request.state.staff, totp.new_secret(), "")

    async def enrol_totp(self, request: Request, secret: Field = "", code: Field = "") -> Response:
        """Turn it on once a code proves that the phone holds the secret."""
        staff: Staff = request.state.staff
        if staff.totp_secret is not None:
            return self._totp(staff, "", "", 409)
        secret = secret if len(secret) == 32 and secret.isalnum() and secret.isascii() else totp.new_secret()
        now = self._console.clock()
        try:
            await self._console.database.run(
                lambda session: service.enrol_totp(session, staff, secret=secret, code=code[:20], now=now)
            )
        except (WrongTotp, ValueError):  # ValueError: letters that no base32 secret has
            return self._totp(staff, totp.new_secret(), wording.TOTP_WRONG, 422)
        return page("done.html", title=wording.TOTP_TITLE, text=wording.TOTP_DONE)

    def _password(self, staff: Staff, error: str, status: int = 200) -> Response:
        return page(
            "password.html", status_code=status, forced=staff.must_change_password, error=error, staff=staff
        )

    def _totp(self, staff: Staff, secret: str, error: str, status: int = 200) -> Response:
        uri = (
            totp.provisioning_uri(secret, staff.username, self._console.settings.bank_name) if secret else ""
        )
        return page(
            "totp.html",
            status_code=status,
            enrolled=staff.totp_secret is not None,
            required=self._console.settings.totp_required,
            secret=secret,
            uri=uri,
            qr=segno.make(uri, error="m").svg_data_uri(scale=5, border=2) if uri else "",
            error=error,
        )

    def _refused(self, error: str, username: str, wanted: str, status: int) -> Response:
        return page(
            "sign_in.html", status_code=status, next=_inside(wanted), note="", error=error, username=username
        )

    def _set_cookie(self, request: Request, response: Response, token: str) -> None:
        public = self._console.settings.public_url or str(request.url)
        response.set_cookie(
            access.COOKIE,
            token,
            max_age=access.COOKIE_SECONDS,
            path="/console",
            secure=urlsplit(public).scheme == "https",
            httponly=True,
            samesite="strict",
        )


def _why(result: sign_in.SignIn) -> str:
    if result.status == "locked" and result.locked_until is not None:
        return wording.SIGN_IN_LOCKED.format(until=precise(result.locked_until)[11:16])
    return wording.SIGN_IN_TOTP if result.status == "totp_required" else wording.SIGN_IN_FAILED


def _inside(path: str) -> str:
    # Only ever back into the console: anything else would let a link choose where people land.
    parts = urlsplit(path)
    local = not parts.scheme and not parts.netloc and parts.path.startswith("/console/")
    return path if local and "\\" not in path and path.isprintable() else ""
