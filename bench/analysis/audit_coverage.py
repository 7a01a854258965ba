"""How many routes of an app were measured, and why the others weren't. Pure functions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from bench.model.app import ReasonKind
from bench.model.audit import Audit, route_id
from bench.model.audit_figures import CoverageFigures
from bench.model.run import MissingSample
from bench.model.workload import Pass

_STATUS = re.compile(r"\bstatus (\d{3})\b")
_KINDS: Mapping[int, ReasonKind] = {
    400: "input",
    401: "token",
    403: "token",
    404: "id",
    422: "input",
    429: "rate limit",
}


def coverage(audit: Audit) -> CoverageFigures:
    """A route is measured if one of its requests was; what failed only while it was measured has its reason, too."""
    found: Counter[ReasonKind] = Counter()
    failed = failures(audit)
    requests = [(route_id(case.request), case.id) for case in audit.cases]
    measured = 0
    for one in audit.coverage:
        cases = [case for route, case in requests if route == one.route]
        if not one.measured:
            found[one.reason or "skipped"] += 1
        elif cases and all(case in failed for case in cases):
            found[reason_kind(failed[cases[0]].reason)] += 1
        elif cases:
            measured += 1
        else:
            found["skipped"] += 1
    return CoverageFigures(routes=len(audit.coverage), measured=measured, reasons=dict(sorted(found.items())))


def failures(audit: Audit) -> dict[str, MissingSample]:
    """The cases that couldn't be measured at all, the first failure of each."""
    found: dict[str, MissingSample] = {}
    for absence in audit.absences:
        if absence.kind == "invalid" and absence.during is Pass.TIMING:
            found.setdefault(absence.case, absence)
    return found


def reason_kind(reason: str) -> ReasonKind:
    """The kind of a failure, by the words that an agent used for it."""
    if status := _STATUS.search(reason):
        number = int(status[1])
        return _KINDS.get(number, "server error" if number >= 500 else "status")
    return "slow" if "did not answer" in reason else "server error"
