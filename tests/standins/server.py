"""A local HTTP server whose answers a test writes down, down to the byte and the moment."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

Handler = Callable[["Exchange"], None]


class Exchange(BaseHTTPRequestHandler):
    """One request; `answer` and `drip` are what a test may do with it."""

    protocol_version = "HTTP/1.1"
    server: "StandIn"
    body: bytes

    def answer(self, status: int = 200, body: bytes = b"", **headers: str) -> None:
        """Send a whole answer; headers are written with underscores."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def drip(self, data: bytes, *, every: float) -> None:
        """Send bytes one by one, as they are, until the other side has had enough."""
        try:
            for byte in data:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(every)
        except OSError:
            pass
        self.close_connection = True

    def _serve(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen.append(self)
        try:
            self.server.handle_exchange(self)
        except OSError:
            self.close_connection = True  # the client has gone

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _serve

    def log_message(self, *args: Any) -> None:
        """Say nothing: a test looks at `seen`."""


class StandIn(ThreadingHTTPServer):
    """Serves on a free port of this machine; `seen` holds the requests in order."""

    daemon_threads = True
    # Threads that drip into a closed connection end by themselves.
    block_on_close = False

    def __init__(self, handler: Handler, *, port: int = 0, tls: tuple[Path, Path] | None = None) -> None:
        super().__init__(("127.0.0.1", port), Exchange)
        self.handle_exchange = handler
        self.seen: list[Exchange] = []
        self.scheme = "http"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.socket = context.wrap_socket(self.socket, server_side=True)
            self.scheme = "https"

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.server_port}{path}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of connections that break: clients of these tests break them on purpose."""


@contextmanager
def serving(handler: Handler, *, port: int = 0, tls: tuple[Path, Path] | None = None) -> Iterator[StandIn]:
    """Serve in a thread of its own for as long as the block lasts."""
    server = StandIn(handler, port=port, tls=tls)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
