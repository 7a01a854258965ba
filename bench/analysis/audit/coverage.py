"""How many routes of an app were measured, and why the others weren't. Pure functions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import get_args

from bench.model.app import ReasonKind, RouteCoverage
from bench.model.audit import Audit, route_id
from bench.model.audit_figures import CoverageFigures
from bench.model.run import MissingSample
from bench.model.workload import Pass

NOT_CHOSEN = "not named by --case"
MAY_CHANGE = "may change state; --writes asks it too"
ONCE = "of a process"
"""Ends what is said of a route that a second request of the same process gets no right answer from."""
LOGIN = "--header 'Authorization: Bearer ${TOKEN}'"
"""What to add where the schema doesn't say how a token is sent."""
REFUSED = "check the value of that header, and what its user may do"
"""What to do where a login was sent already."""
PATIENCE_S = 10.0
"""A route that takes longer to answer isn't measured."""
_STATUS = re.compile(r"\bstatus (\d{3})\b")
_KINDS: Mapping[int, ReasonKind] = {
    401: "token", 403: "token", 407: "token",
    404: "id", 410: "id",
    400: "input", 406: "input", 411: "input", 413: "input", 414: "input", 415: "input", 422: "input",
    429: "rate limit",
}  # fmt: skip


def counted(coverage: Iterable[RouteCoverage]) -> CoverageFigures:
    """Counted by reason."""
    routes = tuple(coverage)
    kinds = Counter(one.reason for one in routes if one.reason is not None)
    return CoverageFigures(
        routes=len(routes),
        measured=sum(one.measured for one in routes),
        reasons={kind: kinds[kind] for kind in get_args(ReasonKind) if kind in kinds},
    )


def measured_coverage(audit: Audit) -> tuple[RouteCoverage, ...]:
    """Every route of the app as the audit left it: measured if one of its requests was; what failed only while it was
    measured has its reason, too."""
    failed = failures(audit)
    cases: dict[str, list[str]] = {}
    for case in audit.cases:
        cases.setdefault(route_id(case.request), []).append(case.id)
    return tuple(_measured(one, cases.get(one.route, ()), failed) for one in audit.coverage)


def _measured(one: RouteCoverage, cases: Iterable[str], failed: Mapping[str, MissingSample]) -> RouteCoverage:
    if not one.measured:
        return one if one.reason else one.model_copy(update={"reason": "skipped"})
    asked = list(cases)
    if not asked:
        return RouteCoverage(route=one.route, measured=False, reason="skipped", says=NOT_CHOSEN)
    if all(case in failed for case in asked):
        why = failed[asked[0]].reason
        return RouteCoverage(route=one.route, measured=False, reason=reason_kind(why), says=why)
    return one


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
        return kind_of_status(int(status[1]))
    return "slow" if "did not answer" in reason else "server error"


def kind_of_status(status: int) -> ReasonKind:
    """Why a route can't be measured that answers this status unexpectedly."""
    return _KINDS.get(status, "server error" if status >= 500 else "status")
