"""Which routes of an app can be measured, and why each of the others can't, with the step to take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import get_args

from bench.answers.app_response import AppResponse, undecodable
from bench.audit.asking import PATIENCE_S
from bench.audit.openapi import names_in
from bench.model.app import ReasonKind, Route, RouteCoverage
from bench.model.audit_figures import CoverageFigures
from bench.runner.agent_process import AgentEndedError, AgentError, AgentLateError
from bench.store.redaction import placeless
from bench.text.secrets import masked

LOGIN = "--header 'Authorization: Bearer ${TOKEN}'"
"""Where the schema doesn't say how a token is sent."""
_QUOTED = 120
_STATUSES: dict[int, ReasonKind] = {
    401: "token", 403: "token", 407: "token",
    404: "id", 410: "id",
    400: "input", 406: "input", 411: "input", 413: "input", 414: "input", 415: "input", 422: "input",
    429: "rate limit",
}  # fmt: skip
_NOT_HTTP: dict[str, tuple[ReasonKind, str]] = {
    "websocket": ("not http", "a WebSocket"),
    "static": ("opaque", "static files; name one in a request of the requests file"),
    "asgi": ("opaque", "a mounted ASGI app; name a path of it in a request of the requests file"),
    "wsgi": ("opaque", "a mounted WSGI app; name a path of it in a request of the requests file"),
    "redirect": ("status", "redirects to the path with or without a slash"),
}
MAY_CHANGE = "may change state; --writes asks it too"
SAFE = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Wrong:
    """Why a request isn't answered as it should be, in words; `when` is what differs from run to run."""

    reason: ReasonKind
    says: str
    when: str = ""

    def __str__(self) -> str:
        return f"{self.says} ({self.when})" if self.when else self.says


def unasked(route: Route, *, writes: bool) -> Wrong | None:
    """Why a route without a request of its own isn't asked at all, or None."""
    if route.kind in _NOT_HTTP:
        return Wrong(*_NOT_HTTP[route.kind])
    if route.method not in SAFE and not writes:
        return Wrong("state", MAY_CHANGE)
    return None


def wrong(route: Route, answer: AppResponse | AgentError, expected: int | None, login: str = "") -> Wrong | None:
    """How an answer isn't the one that is expected (None: any that isn't an error), or None where it is."""
    if isinstance(answer, AgentError):
        return _failed(answer)
    if expected is None and answer.status < 400 and (to := _login_page(answer)):
        return Wrong("token", f"redirects to {printable(to)}; {login or LOGIN}")
    if answer.status == expected or (expected is None and 200 <= answer.status < 400):
        return Wrong("server error", found) if (found := undecodable(answer)) else None
    return _unexpected(route, answer, expected, login)


def figures(coverage: Iterable[RouteCoverage]) -> CoverageFigures:
    """Counted by reason."""
    routes = tuple(coverage)
    counted = Counter(one.reason for one in routes if one.reason is not None)
    return CoverageFigures(
        routes=len(routes),
        measured=sum(one.measured for one in routes),
        reasons={kind: counted[kind] for kind in get_args(ReasonKind) if kind in counted},
    )


def grouped(coverage: Iterable[RouteCoverage]) -> list[tuple[ReasonKind, tuple[RouteCoverage, ...]]]:
    """The routes that can't be measured, by reason: that of most routes first."""
    routes = [one for one in coverage if not one.measured]
    groups = [(kind, tuple(one for one in routes if one.reason == kind)) for kind in get_args(ReasonKind)]
    return sorted(((kind, found) for kind, found in groups if found), key=lambda group: -len(group[1]))


def headline(kind: ReasonKind, routes: Sequence[RouteCoverage]) -> str:
    """`12 routes want a token: --header 'Authorization: …'`."""
    one = len(routes) == 1
    says, step = _SAID[kind]
    if kind == "state" and not any(one.says == MAY_CHANGE for one in routes):
        says, step = ("depends on what was asked before", "depend on what was asked before"), "reset it with --before"
    if kind == "token":
        step = next((one.says.partition("; ")[2] for one in routes if "; " in one.says), step)
    counted = f"1 route {says[0]}" if one else f"{len(routes)} routes {says[1]}"
    return f"{counted}: {step}" if step else counted


_SAID: dict[ReasonKind, tuple[tuple[str, str], str]] = {
    "token": (("wants a token", "want a token"), LOGIN),
    "state": (("may change state", "may change state"), "ask with --writes, on data that may change"),
    "id": (("needs an id", "need an id"), "write a request with one into the requests file, or use --har"),
    "input": (("needs other values", "need other values"), "write a request into the requests file, or use --har"),
    "status": (("answers another status", "answer another status"), "correct `expect` in the requests file"),
    "server error": (("fails", "fail"), "fix the app, or skip them in the requests file"),
    "rate limit": (("limits requests", "limit requests"), "switch the limit off for the measurement"),
    "order": (("is never reached", "are never reached"), "move the declaration before the route that answers"),
    "slow": (("takes too long", "take too long"), f"answer within {PATIENCE_S:g} s, or skip them"),
    "not http": (("is a WebSocket", "are WebSockets"), ""),
    "opaque": (("is a mount", "are mounts"), "write a request into the requests file"),
    "skipped": (("is skipped", "are skipped"), "see `skip` in the requests file"),
}


def _failed(error: AgentError) -> Wrong:
    match error:
        case AgentLateError():
            where = f"; it stands at {printable(placeless(error.where))}" if error.where else ""
            return Wrong("slow", f"doesn't answer within {PATIENCE_S:g} s{where}")
        case AgentEndedError():
            return Wrong("server error", f"fails: the process {error.ending}{printable(placeless(error.said))}")
    return Wrong("server error", f"fails: {printable(placeless(str(error)))}")


def _unexpected(route: Route, answer: AppResponse, expected: int | None, login: str) -> Wrong:
    status = answer.status
    reason = _STATUSES.get(status, "server error" if status >= 500 else "status")
    if reason == "id" and not names_in(route.path):
        reason = "status"
    wanted = f", expected {expected}" if expected is not None else ""
    detail = f"; {login or LOGIN}" if reason == "token" else _detail(answer)
    return Wrong(reason, f"answers {status}{wanted}{detail}")


def _detail(answer: AppResponse) -> str:
    """What the answer says was wrong, as FastAPI or problem+json has it; or how it begins."""
    try:
        document = answer.document
    except ValueError:
        return ""
    said = (
        document.get("detail", document.get("message", document.get("title"))) if isinstance(document, dict) else None
    )
    if isinstance(said, list) and said and isinstance(said[0], dict):
        where = ".".join(map(str, said[0].get("loc") or ()))
        said = f"{where}: {said[0].get('msg', '')}"
    return f": {printable(placeless(said))}" if isinstance(said, str) and said else ""


def _login_page(answer: AppResponse) -> str:
    to = answer.headers.get("location", "")
    return (
        to if 300 <= answer.status < 400 and any(word in to.lower() for word in ("login", "signin", "sign-in")) else ""
    )


def printable(text: str) -> str:
    """Words of an app on one line, and no more of them than a line holds: nothing that a terminal would obey, and no
    secret."""
    plain = "".join(one if one.isprintable() else " " for one in masked(text))
    return plain if len(plain) <= _QUOTED else f"{plain[: _QUOTED - 1]}…"
