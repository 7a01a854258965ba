"""A package index that wants a login, with what is on a shelf."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

USER, PASSWORD = "user", "pa55word"
_LOGIN = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


@contextmanager
def private_index(shelf: Path) -> Iterator[str]:
    """Its address, `127.0.0.1:PORT`; the pages of packages are below `/simple`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, content, kind = self._found()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            if status == 401:
                self.send_header("WWW-Authenticate", "Basic")
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        do_HEAD = do_GET  # noqa: N815  its name there

        def _found(self) -> tuple[int, bytes, str]:
            if self.headers.get("Authorization") != _LOGIN:
                return 401, b"", "text/plain"
            name = self.path.strip("/").rpartition("/")[2]
            if name.endswith(".whl"):
                return 200, (shelf / name).read_bytes(), "application/octet-stream"
            wheels = "".join(f'<a href="/files/{one.name}">{one.name}</a>\n' for one in shelf.glob(f"{name}-*.whl"))
            return (200, wheels.encode(), "text/html") if wheels else (404, b"", "text/plain")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name there
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
