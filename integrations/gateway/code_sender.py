"""How one-time codes reach the customer. A bank puts its SMS gateway behind the same port."""

import json
from pathlib import Path

import structlog

log = structlog.get_logger()


class LogCodeSender:
    """The demo's adapter: writes the code to a file that stands for the customer's phone."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def send(self, phone: str, code: str) -> None:
        """Append one JSON line `{"phone", "code"}`; the log tells only that it was done."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"phone": phone, "code": code}) + "\n")
        log.info("verification.code_sent", phone=f"{phone[:3]}****{phone[-4:]}", inbox=str(self._path))
