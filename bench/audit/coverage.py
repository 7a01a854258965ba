"""Whether a route of an app can be measured by what it answers, and why not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bench.analysis.audit.coverage import LOGIN, MAY_CHANGE, PATIENCE_S, REFUSED, kind_of_status
from bench.answers.app_response import AppResponse, undecodable
from bench.audit.openapi import names_in
from bench.audit.placeholders import header_may_be_login
from bench.model.app import ReasonKind, Route
from bench.model.workload import SAFE_METHODS
from bench.runner.agent_process import AgentEndedError, AgentError, AgentLateError
from bench.store.redaction import placeless
from bench.text.control import one_line
from bench.text.secrets import masked

_QUOTED = 120
_WHERE_SAID = ("detail", "message", "error", "title")
_NOT_HTTP: dict[str, tuple[ReasonKind, str]] = {
    "websocket": ("not http", "a WebSocket"),
    "static": ("opaque", "static files; name one in a request of the requests file"),
    "asgi": ("opaque", "a mounted ASGI app; name a path of it in a request of the requests file"),
    "wsgi": ("opaque", "a mounted WSGI app; name a path of it in a request of the requests file"),
    "redirect": ("status", "redirects to the path with or without a slash"),
}
SAFE = SAFE_METHODS


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


def login_step(headers: Iterable[str], described: str) -> str:
    """What to do about a login that is wanted: `headers` are the names of those that were sent, `described` is how the
    schema wants it sent, or ""."""
    return REFUSED if any(map(header_may_be_login, headers)) else described or LOGIN


def wrong(route: Route, answer: AppResponse | AgentError, expected: int | None, login: str) -> Wrong | None:
    """How an answer isn't the one that is expected (None: any that isn't an error), or None where it is. `login` is the
    step to take where it wants one."""
    if isinstance(answer, AgentError):
        return _failed(answer)
    if expected is None and answer.status < 400 and (to := _login_page(answer)):
        return Wrong("token", f"redirects to {printable(to)}; {login}")
    if answer.status == expected or (expected is None and 200 <= answer.status < 400):
        return Wrong("server error", found) if (found := undecodable(answer)) else None
    return _unexpected(route, answer, expected, login)


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
    reason = kind_of_status(status)
    if reason == "id" and not names_in(route.path):
        reason = "status"
    wanted = f", expected {expected}" if expected is not None else ""
    detail = f"; {login}" if reason == "token" else _detail(answer)
    printed = f"it printed: {printable(placeless(answer.printed))}" if status >= 500 and answer.printed else ""
    return Wrong(reason, f"answers {status}{wanted}{detail}", when=printed)


def _detail(answer: AppResponse) -> str:
    """What the answer says was wrong."""
    try:
        said = _said(answer.document)
    except ValueError:
        return ""
    return f": {printable(placeless(said))}" if said else ""


def _said(found: Any) -> str:
    """As FastAPI has it, problem+json, or `{"error": {"message": "…"}}`; or ""."""
    match found:
        case str():
            return found
        case [{"msg": msg, **more}, *_]:
            loc = more.get("loc")
            return f"{'.'.join(map(str, loc))}: {msg}" if isinstance(loc, list) else str(msg)
        case dict():
            return next(filter(None, (_said(found.get(name)) for name in _WHERE_SAID)), "")
    return ""


def _login_page(answer: AppResponse) -> str:
    to = answer.headers.get("location", "")
    return (
        to if 300 <= answer.status < 400 and any(word in to.lower() for word in ("login", "signin", "sign-in")) else ""
    )


def printable(text: str) -> str:
    """Words of an app on one line, and no more of them than a line holds: nothing that a terminal would obey, and no
    secret."""
    plain = one_line(masked(text))
    return plain if len(plain) <= _QUOTED else f"{plain[: _QUOTED - 1]}…"
