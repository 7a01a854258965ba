"""Why routes of an app can't be measured or weren't, in words, and the step to take."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_args

from bench.analysis.audit.coverage import LOGIN, MAY_CHANGE, NOT_CHOSEN, ONCE, PATIENCE_S, REFUSED
from bench.model.app import ReasonKind, RouteCoverage

Forms = tuple[str, str]
"""Of one route and of several."""
REASONS: dict[ReasonKind, tuple[Forms, str]] = {
    "token": (("wants a login", "want a login"), LOGIN),
    "state": (("may change state", "may change state"), "send it with --writes, on data that may change"),
    "id": (("needs an id", "need an id"), "write a request with one into the requests file, or use --har"),
    "input": (("needs other values", "need other values"), "write a request into the requests file, or use --har"),
    "status": (("answers another status", "answer another status"), "correct `expect` in the requests file"),
    "server error": (("fails", "fail"), "fix the app, or skip them in the requests file"),
    "rate limit": (("limits requests", "limit requests"), "switch the limit off for the measurement"),
    "order": (("is never reached", "are never reached"), "move the declaration before the route that answers"),
    "slow": (("takes too long", "take too long"), f"answer within {PATIENCE_S:g} s, or skip them"),
    "not http": (("is a WebSocket", "are WebSockets"), ""),
    "opaque": (("can't be looked into", "can't be looked into"), "write a request into the requests file"),
    "skipped": (("is skipped", "are skipped"), "see `skip` in the requests file"),
}
_ONCE: tuple[Forms, str] = (
    ("works once in a process", "work once in a process"),
    "write a request that can be repeated, or skip it",
)
_RESET: tuple[Forms, str] = (("depends on earlier requests", "depend on earlier requests"), "reset it with --before")
_REFUSED: Forms = ("refuses the login", "refuse the login")
_LEFT_OUT: tuple[Forms, str] = (("is not named by --case", "are not named by --case"), "")
_SAY_THE_STEP: tuple[ReasonKind, ...] = ("token", "opaque")
"""What is said of such a route ends with the step, after a semicolon."""


@dataclass(frozen=True)
class Unmeasured:
    """Routes that aren't measured for one reason, with one step to take; `step` may be empty."""

    reason: ReasonKind
    forms: Forms
    step: str
    routes: tuple[RouteCoverage, ...]

    @property
    def words(self) -> str:
        """`want a login`."""
        return self.forms[len(self.routes) > 1]

    @property
    def headline(self) -> str:
        """`12 routes want a login: --header 'Authorization: …'`."""
        many = "1 route" if len(self.routes) == 1 else f"{len(self.routes)} routes"
        return ": ".join(filter(None, (f"{many} {self.words}", self.step)))

    @property
    def evidence(self) -> str:
        """What was seen of them: of one of them where they differ, and empty where the words tell it all."""
        first, *others = dict.fromkeys(_said(one) for one in self.routes)
        if first in self.forms[0]:
            return ""
        return f"e.g. {first}" if others else first


def unmeasured(coverage: Iterable[RouteCoverage]) -> list[Unmeasured]:
    """The routes that aren't measured, by reason and step: those of most routes first."""
    found: dict[tuple[ReasonKind, Forms, str], list[RouteCoverage]] = {}
    kinds = list(get_args(ReasonKind))
    for one in sorted(coverage, key=lambda one: kinds.index(one.reason or "skipped")):
        if not one.measured:
            found.setdefault(_group(one), []).append(one)
    groups = (Unmeasured(*group, tuple(routes)) for group, routes in found.items())
    return sorted(groups, key=lambda group: -len(group.routes))


def _group(one: RouteCoverage) -> tuple[ReasonKind, Forms, str]:
    reason = one.reason or "skipped"
    forms, step = REASONS[reason]
    if reason == "state" and one.says != MAY_CHANGE:
        forms, step = _ONCE if ONCE in one.says else _RESET
    elif one.says == NOT_CHOSEN:
        forms, step = _LEFT_OUT
    elif reason in _SAY_THE_STEP:
        step = one.says.partition("; ")[2] or step
        forms = _REFUSED if step.startswith(REFUSED) else forms
    return reason, forms, step


def _said(one: RouteCoverage) -> str:
    return one.says.partition("; ")[0] if one.reason in _SAY_THE_STEP or one.says == MAY_CHANGE else one.says
