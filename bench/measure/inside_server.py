"""Passes that look inside the server while it serves: they need it in one process, the agent's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bench.model.run import MissingSample
from bench.model.workload import Case, Pass
from bench.runner.plan import Plan


def not_inside(plan: Plan, cases: Iterable[Case], during: Pass) -> Iterator[MissingSample]:
    """One for each case where the server isn't such a process; none where it is."""
    if plan.server.in_agent:
        return
    reason = f"needs uvicorn in one process to look inside, not {plan.server.words}"
    for case in cases:
        yield MissingSample(case=case.id, during=during, kind="skipped", reason=reason, this_pass_only=True)
