"""A stub of GitHub's API for the comments of a pull request, in a real server that records what it was asked."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PULL = 7
BOT = {"login": "github-actions[bot]", "type": "Bot"}
Answer = tuple[int, dict[str, str], Any]
Fault = Callable[[str, str], Answer | None]
"""What a request, of a method and a path, is answered instead, or None."""


def no_fault(_method: str, _path: str) -> Answer | None:
    return None


@dataclass
class Comments:
    """The comments of one pull request. `write_first` does what a faulty answer then denies."""

    url: str = ""
    stored: list[dict[str, Any]] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)
    tokens: set[str | None] = field(default_factory=set)
    fault: Fault = no_fault
    write_first: bool = False

    def add(self, body: str, user: dict[str, str]) -> int:
        """The id of a comment that is there already."""
        self.stored.append({"id": 1000 + len(self.stored), "body": body, "user": user})
        return int(self.stored[-1]["id"])

    def written(self) -> list[str]:
        """The bodies of ours."""
        return [one["body"] for one in self.stored if one["user"] == BOT and "fastapi-layercake" in one["body"]]

    def answer(self, method: str, path: str, content: Any) -> Answer:
        self.calls.append((method, path))
        fault = self.fault(method, path)
        if fault is not None and not self.write_first:
            return fault
        return self._done(method, path, content) if fault is None else (self._done(method, path, content), fault)[1]

    def _done(self, method: str, path: str, content: Any) -> Answer:
        address = urlsplit(path)
        if method == "GET" and address.path == f"/repos/owner/service/issues/{PULL}/comments":
            asked = {name: int(values[0]) for name, values in parse_qs(address.query).items()}
            first = (asked["page"] - 1) * asked["per_page"]
            return 200, {}, self.stored[first : first + asked["per_page"]]
        if content is None:
            return 404, {}, {"message": "Not Found"}
        assert len(content["body"]) <= 65_536
        if method == "POST" and address.path == f"/repos/owner/service/issues/{PULL}/comments":
            self.add(content["body"], BOT)
            return 201, {}, {"html_url": "https://github.example/comment"}
        number = re.fullmatch(r"/repos/owner/service/issues/comments/(\d+)", address.path)
        found = [one for one in self.stored if number and one["id"] == int(number[1])]
        if method == "PATCH" and found:
            found[0]["body"] = content["body"]
            return 200, {}, {"html_url": "https://github.example/comment"}
        return 404, {}, {"message": "Not Found"}


@contextmanager
def comments_api() -> Iterator[Comments]:
    """The server, as long as it is needed."""
    comments = Comments()

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            comments.tokens.add(self.headers["Authorization"])
            status, headers, answer = comments.answer(self.command, self.path, json.loads(body) if body else None)
            sent = json.dumps(answer).encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(sent)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST = do_PATCH = _any  # noqa: N815

        def log_message(self, *_words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    comments.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield comments
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
