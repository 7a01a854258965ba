"""Requests of a recording: HAR 1.2, as browsers and proxies export it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.audit.matching import RouteTable
from bench.audit.placeholders import Placeholders
from bench.model.app import AppDescription, FrozenRequest
from bench.model.errors import UsageError
from bench.model.workload import Expect
from bench.serving import headers

SOURCE = "recorded"
_MOST = 3
"""Requests of one route: more of them tell no more of its cost."""
_LEFT_OUT = (
    "host", "accept-encoding", "user-agent", "referer", "te", "priority", "dnt", "pragma", "cache-control",
    "if-none-match", "if-modified-since",
)  # fmt: skip
"""Of a browser, and of no use to the app; so are those that begin with `sec-`, and HTTP/2's with ":"."""

_Entry = Mapping[str, Any]


def recorded(file: Path, description: AppDescription, placeholders: Placeholders) -> dict[str, list[FrozenRequest]]:
    """By route id, what was recorded of each, in its order and each once; logins become `${NAME}`.

    Of several hosts only the one that most requests of the app's routes went to. Raises UsageError.
    """
    found: dict[str, list[FrozenRequest]] = defaultdict(list)
    for route, entry in _of_one_host(_entries(file), description):
        request = _frozen(entry, placeholders)
        if request is not None and request not in found[route] and len(found[route]) < _MOST:
            found[route].append(request)
    return {route: requests for route, requests in found.items() if requests}


def _entries(file: Path) -> list[_Entry]:
    try:
        read = json.loads(file.read_bytes())
        entries = read["log"]["entries"]
    except OSError as error:
        raise UsageError(f"--har {file}: can't be read ({error.strerror})") from error
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        wrong = "isn't a HAR file (JSON with log.entries)"
        raise UsageError(f"--har {file}: {wrong}; export one from the network panel of a browser") from error
    return [one for one in entries if _is_request(one)] if isinstance(entries, list) else []


def _is_request(entry: Any) -> bool:
    request = entry.get("request") if isinstance(entry, dict) else None
    return isinstance(request, dict) and isinstance(request.get("url"), str) and isinstance(request.get("method"), str)


def _of_one_host(entries: list[_Entry], description: AppDescription) -> Iterator[tuple[str, _Entry]]:
    table = RouteTable(description)
    matched: list[tuple[str, str, _Entry]] = []
    for entry in entries:
        try:
            url = urlsplit(entry["request"]["url"])
        except ValueError:
            continue
        route = table.route_of(entry["request"]["method"].upper(), url.path or "/", url.netloc)
        if route is not None and _status(entry) < 400:
            matched.append((url.netloc, route.id, entry))
    hosts = Counter(host for host, _, _ in matched)
    for host, route_id, entry in matched:
        if host == max(hosts, key=lambda one: hosts[one]):
            yield route_id, entry


def _frozen(entry: _Entry, placeholders: Placeholders) -> FrozenRequest | None:
    """None for a body that isn't text."""
    request = entry["request"]
    url = urlsplit(request["url"])
    post = request.get("postData") if isinstance(request.get("postData"), dict) else {}
    if post.get("encoding") == "base64" or (post.get("params") and not post.get("text")):
        return None
    kind, text = str(post.get("mimeType", "")), post.get("text")
    fields: dict[str, Any] = {}
    if isinstance(text, str) and text:
        fields = _body(text, kind, placeholders)
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    return FrozenRequest(
        path=placeholders.path(path),
        headers=dict(_headers(request, placeholders, json_body="json" in fields)),
        expect=Expect(status=_status(entry) or 200),
        source=SOURCE,
        **fields,
    )


def _body(text: str, kind: str, placeholders: Placeholders) -> dict[str, Any]:
    if "json" in kind:
        try:
            if (value := json.loads(text)) is not None:
                return {"json": placeholders.json(value)}
        except (ValueError, RecursionError):
            pass  # sent as it stands: the app may answer that too
    return {"body": placeholders.form(text) if "urlencoded" in kind else placeholders.json(text)}


def _headers(request: Mapping[str, Any], placeholders: Placeholders, *, json_body: bool) -> Iterator[tuple[str, str]]:
    listed = request.get("headers")
    for one in listed if isinstance(listed, list) else ():
        if not isinstance(one, dict):
            continue
        name, value = str(one.get("name", "")).lower(), str(one.get("value", ""))
        if name in _LEFT_OUT or name.startswith((":", "sec-")) or (json_body and name == "content-type"):
            continue
        try:
            headers.parse(f"{name}: {value}")
        except ValueError:
            continue
        yield name, placeholders.header(name, value)


def _status(entry: _Entry) -> int:
    response = entry.get("response")
    status = response.get("status") if isinstance(response, dict) else None
    if status == 304:
        return 200  # of what the browser had already
    return status if isinstance(status, int) and 100 <= status <= 599 else 0
