"""A server on the loopback whose answer comes byte by byte and never ends; not even its head does."""

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_BYTES = 1_000
_PAUSE = 0.05  # seconds after each


class DrippingServer(socketserver.ThreadingTCPServer):
    """Begins with `answer` as soon as anything is asked; `broken_off` counts callers who hung up."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, answer: bytes) -> None:
        self.answer, self.broken_off = answer, threading.Semaphore(0)
        super().__init__(("127.0.0.1", 0), _Drip)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])


class _Drip(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        server = self.server
        assert isinstance(server, DrippingServer)
        self.request.recv(4096)
        try:
            for place in range(_BYTES):
                self.request.sendall(server.answer[place : place + 1] or b"x")
                time.sleep(_PAUSE)
        except OSError:
            server.broken_off.release()


@contextmanager
def dripping(answer: bytes) -> Iterator[DrippingServer]:
    """Run one for as long as the block."""
    with DrippingServer(answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
