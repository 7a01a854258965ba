"""Access logs: how often each route of an app was asked, as weights of its requests.

Read are the common and the combined log format of Apache and nginx, and what uvicorn and gunicorn print: whatever has a
request line in quotes, `"GET /users/1 HTTP/1.1"`, with its status behind.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bench.model.app import Route
from bench.model.errors import UsageError
from bench.text.numbers import listed

RouteOf = Callable[[str, str], Route | None]
"""The route that answers a method and path, None where no route does."""

_REQUEST = re.compile(r'"(?P<method>[A-Z]+) (?P<target>\S+)(?: HTTP/[\d.]+)?"\s+(?P<status>\d{3})\b')
_ANSWERED = range(100, 400)
_SHOWN = 3


@dataclass(frozen=True)
class Traffic:
    """Requests by route id, the most frequent first; those of no route; those that failed, which count for no route
    since the frozen request of a route is one that is answered; and lines that hold no request."""

    counts: dict[str, int]
    unmatched: int = 0
    failed: int = 0
    unread: int = 0
    examples: tuple[str, ...] = ()

    @property
    def unused(self) -> str | None:
        """What of the log weighs nothing, as the end of a sentence; None where all of it does."""
        examples = f" ({', '.join(self.examples)})" if self.examples else ""
        parts = (
            (self.unmatched, "request", f" of no route{examples}"),
            (self.failed, "request", " that failed"),
            (self.unread, "line", " without a request"),
        )
        return listed([_counted(number, what) + which for number, what, which in parts if number]) or None

    @property
    def weights(self) -> dict[str, float]:
        """Shares of all requests that belong to a route; they sum to 1."""
        total = sum(self.counts.values())
        return {route: count / total for route, count in self.counts.items()}


def read(file: Path, route_of: RouteOf) -> Traffic:
    """Raises UsageError for a file that can't be read, or in which no request is of a route."""
    try:
        with file.open(encoding="utf-8", errors="replace") as lines:
            found = count(lines, route_of)
    except OSError as error:
        raise UsageError(f"--traffic {file}: can't be read ({error.strerror})") from error
    if not found.counts:
        raise UsageError(f"--traffic {file}: {_nothing(found)}")
    return found


def count(lines: Iterable[str], route_of: RouteOf) -> Traffic:
    """The traffic of a log, line by line: a log may be larger than memory."""
    asked: Counter[tuple[str, str]] = Counter()  # most paths come again, and finding a route takes long
    failed = unread = 0
    for line in lines:
        request = _REQUEST.search(line)
        if request is None:
            unread += bool(line.strip())
        elif int(request["status"]) in _ANSWERED:
            asked[request["method"], _path(request["target"])] += 1
        else:
            failed += 1
    counts: Counter[str] = Counter()
    others: Counter[str] = Counter()
    for (method, path), times in asked.items():
        route = route_of(method, path)
        if route is None:
            others[f"{method} {path}"] += times
        else:
            counts[route.id] += times
    examples = tuple(name for name, _ in others.most_common(_SHOWN))
    return Traffic(dict(counts.most_common()), others.total(), failed, unread, examples)


def _path(target: str) -> str:
    """Without its query; a proxy's log may have whole URLs."""
    try:
        return urlsplit(target).path or "/"
    except ValueError:
        return target.partition("?")[0]


def _nothing(found: Traffic) -> str:
    if found.unmatched:
        asked = _counted(found.unmatched, "request")
        return f"{asked}, none of a route of the app (e.g. {', '.join(found.examples)})"
    if found.failed:
        return f"{_counted(found.failed, 'request')}, all failed; use a log of requests that were answered"
    return 'no request in it; a line needs one such as "GET /users/1 HTTP/1.1" 200'


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
