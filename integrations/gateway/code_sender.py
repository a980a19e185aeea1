"""How one-time codes reach the customer: the bank's SMS gateway, or a file in the demo."""

import json
from pathlib import Path

import httpx
import structlog

from integrations.crm.conversations.verification import CodeSender
from integrations.crm.settings import Settings

log = structlog.get_logger()


class HttpCodeSender:
    """The bank's SMS gateway: `POST {"phone", "code"}` with a bearer token; 2xx means sent."""

    def __init__(self, url: str, token: str | None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(headers=headers, timeout=4, trust_env=False)
        self._url = url

    def send(self, phone: str, code: str) -> None:
        """Send, or raise httpx.HTTPError."""
        self._http.post(self._url, json={"phone": phone, "code": code}).raise_for_status()


class FileCodeSender:
    """The demo's adapter: a file stands for the customer's phone, one JSON line a message."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def send(self, phone: str, code: str) -> None:
        """Append `{"phone", "code"}`; the log tells only that it was done."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"phone": phone, "code": code}) + "\n")
        log.info("verification.code_written", phone=f"{phone[:3]}****{phone[-4:]}", file=str(self._path))


def make_code_sender(settings: Settings) -> CodeSender:
    """The adapter these settings name. Raises ValueError where there is none outside the demo."""
    if settings.sms_url:
        token = settings.sms_token.get_secret_value() if settings.sms_token else None
        return HttpCodeSender(settings.sms_url, token)
    if settings.demo:
        return FileCodeSender(settings.demo_sms_file)
    raise ValueError("QIANTAI_SMS_URL must name the bank's SMS gateway (or start the demo)")
