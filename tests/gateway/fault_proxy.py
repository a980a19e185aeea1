"""Stands between the bot and the action endpoint and breaks it on demand."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

HANG_SECONDS = 12


class FaultProxy:
    """`mode` is `pass`, `fail` (500), `hang` (answers too late) or `garbage` (not an action's answer)."""

    def __init__(self, port: int, target: str) -> None:
        self.mode = "pass"
        self.calls = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler(target))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> "FaultProxy":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self, target: str) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                proxy.calls += 1
                if proxy.mode == "hang":
                    time.sleep(HANG_SECONDS)
                if proxy.mode in ("fail", "hang"):
                    return self._answer(500, b'{"error": "broken"}')
                if proxy.mode == "garbage":
                    return self._answer(200, b'{"events": "no list"}')
                headers = {
                    k: v for k, v in self.headers.items() if k.lower() not in ("host", "content-length")
                }
                answer = httpx.post(target, content=body, headers=headers, timeout=30, trust_env=False)
                return self._answer(answer.status_code, answer.content)

            def _answer(self, status: int, content: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_args: Any) -> None:
                """Say nothing."""

        return Handler
