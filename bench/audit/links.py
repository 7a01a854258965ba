"""Where an answer leads: the links of a page, and the URLs in a JSON document."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import islice
from urllib.parse import urljoin, urlsplit

from bench.agent.requests.asgi_client import HOST
from bench.answers.app_response import AppResponse
from bench.runner.request_values import texts_of

_MOST = 500
"""Links of one answer: a page may have thousands to the same few routes."""
_ATTRIBUTES = ("href", "src")
_OURS = ("", HOST, "127.0.0.1", "localhost", "localhost:8000", "testserver")
"""Hosts by which an app that is asked by an agent calls itself."""


def links(answer: AppResponse, path: str) -> Iterator[str]:
    """Paths of the app, with their queries, that the answer to `path` names."""
    found = _in_page(answer) if answer.media_type == "text/html" else _in_document(answer)
    for link in islice(dict.fromkeys(found), _MOST):
        try:
            url = urlsplit(urljoin(path, link.strip()))
            ours = url.scheme in ("", "http", "https") and url.netloc in _OURS
        except ValueError:
            continue
        whole = f"{url.path}?{url.query}" if url.query else url.path
        if ours and whole.startswith("/") and whole.isascii() and whole.isprintable() and " " not in whole:
            yield whole


def _in_page(answer: AppResponse) -> Iterator[str]:
    page = _Page()
    page.feed(answer.content.decode(errors="replace"))
    yield from page.found


def _in_document(answer: AppResponse) -> Iterator[str]:
    if answer.is_json:
        yield from (text for text in texts_of(answer.document) if text.startswith(("/", "http://", "https://")))


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in _ATTRIBUTES and value and not value.startswith("#")]
