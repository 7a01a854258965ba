"""Asks one request again and again: an answer that is right once may be refused the tenth time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from bench.analysis.audit.coverage import ONCE
from bench.answers.app_response import AppResponse
from bench.answers.comparing import found
from bench.audit.coverage import SAFE, Wrong, wrong
from bench.model.app import FrozenRequest, Route
from bench.runner.agent_process import AgentError

_TIMES, _BUDGET_S = 20, 1.0
_CHANGING_TIMES = 2


@dataclass(frozen=True)
class Repetition:
    """How an answer was wrong at last, or whether the right ones vary in more than how they are written."""

    wrong: Wrong | None = None
    varies: bool = False


def repeated(
    ask: Callable[[], AppResponse | AgentError],
    route: Route,
    request: FrozenRequest,
    before: AppResponse | None,
    login: str,
) -> Repetition:
    """Of twenty answers or a second of them, and of what came `before`; at least two. `login` is the step to take where
    one is wanted."""
    safe = route.method in SAFE or not route.method
    most = _TIMES if safe else _CHANGING_TIMES
    answers = [before] if before is not None else []
    end_s = time.monotonic() + _BUDGET_S
    for count in range(1, most + 1):
        answer = ask()
        if amiss := wrong(route, answer, request.expect.status, login):
            return Repetition(_later(amiss, count, safe))
        if isinstance(answer, AppResponse) and answer not in answers:
            answers.append(answer)
        if count > 1 and time.monotonic() > end_s:
            break
    return Repetition(varies=found(answers)[0] in ("shape", "type"))


def _later(amiss: Wrong, count: int, safe: bool) -> Wrong:
    """What was right at first depends on what was asked since, or on the process."""
    when = "; ".join(filter(None, (f"request {count} {ONCE}" if count > 1 else "in another process", amiss.when)))
    if safe or amiss.reason in ("slow", "rate limit", "server error"):
        return replace(amiss, when=when)
    answers = amiss.says.partition("; ")[0]  # what follows is the step for a request that was never right
    return Wrong("state", answers, when)
