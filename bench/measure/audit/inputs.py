"""What every pass of an audit is given, and what the passes learn for each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from bench.analysis.run.figures import LEAST_MB
from bench.measure.audit.effort import AuditEffort
from bench.model.app import AppDescription
from bench.model.audit import route_id
from bench.model.exchange import RightAnswer
from bench.model.workload import Case
from bench.runner.core_speed import CoreSpeedMonitor
from bench.runner.plan import Plan
from bench.runner.streams import CoreStream

Without = tuple[int, ...]
"""Middlewares that are left out: indexes into the app's."""


@dataclass(frozen=True)
class AuditInputs:
    """`right` are the answers of each case, found before; `launch_s` is what it takes until a fresh process has asked
    every case once, and `before_s` what finding the routes and asking them has taken.

    On each of the `cores` is a stream of launches, the best first, and `core` is that of the stream which is given
    this. `failed` are the cases that aren't asked any more, `alloc_bytes` what a request of a case allocates, `calls`
    how many fill a window, and `speeds` what is known of each core: they grow, and all streams share them.
    """

    plan: Plan
    app: AppDescription
    effort: AuditEffort
    right: Mapping[str, RightAnswer]
    launch_s: float
    before_s: float = 0.0
    cores: tuple[int | None, ...] = (None,)
    core: int | None = None
    failed: set[str] = field(default_factory=set, compare=False)
    alloc_bytes: dict[str, float] = field(default_factory=dict, compare=False)
    calls: dict[str, int] = field(default_factory=dict, compare=False)
    speeds: dict[int | None, CoreSpeedMonitor] = field(default_factory=dict, compare=False)

    def large(self, case: Case) -> bool:
        """Whether the peak of a case may stand out, by what it allocates; none that isn't known does."""
        return self.alloc_bytes.get(case.id, 0.0) >= LEAST_MB * 1e6

    @property
    def share_a_process(self) -> bool:
        """Whether all cases' peaks are looked at in one process, where what they leave behind is looked at after that:
        it saves a start of the app."""
        return not any(map(self.large, self.plan.cases))

    @property
    def cases(self) -> list[Case]:
        """Those that are still asked."""
        return [case for case in self.plan.cases if case.id not in self.failed]

    def on(self, stream: CoreStream) -> AuditInputs:
        """The same where a stream works."""
        return replace(self, plan=self.plan.on(stream), core=stream.core)

    def only(self, cases: Iterable[Case]) -> AuditInputs:
        """The same with some of its cases only."""
        ids = {case.id for case in cases}
        others_s = sum(self.plan.costs.call_s(case.id) for case in self.plan.cases if case.id not in ids)
        plan = replace(self.plan, cases=tuple(case for case in self.plan.cases if case.id in ids))
        return replace(self, plan=plan, launch_s=max(0.0, self.launch_s - others_s))

    def peels(self, case: Case) -> list[Without]:
        """What is left out of a case: each middleware on its route's way, if there is time for that, and all of them
        if there are several."""
        ways = self.middleware(case)
        each = ways if self.effort.peel_each or len(ways) == 1 else ()
        return [*((index,) for index in each), *([ways] if len(ways) > 1 else [])]

    def middleware(self, case: Case) -> Without:
        """All on its route's way."""
        routes = {route.id: route for route in self.app.routes}
        route = routes.get(route_id(case.request))
        return tuple(route.middleware) if route else ()

    def windows(self, case: Case, most: int) -> int:
        """How many windows of a case one launch has time for: fewer of a slow one, but never fewer than three."""
        return max(3, min(most, int(self.effort.slow_case_s / self.window_s(case))))

    def window_s(self, case: Case) -> float:
        """How long a window of a case takes, as far as is known."""
        return self.effort.window_s(self.plan.costs.call_s(case.id))

    def call_s(self, calls: float) -> float:
        """What so many calls of each case take together, in s."""
        return calls * sum(self.plan.costs.call_s(case.id) for case in self.cases)

    def windows_s(self, windows: int, sides: float = 1.0) -> float:
        """What so many windows of each case and of each of its `sides` take together, in s."""
        return sum(sides * self.windows(case, windows) * self.window_s(case) for case in self.cases)
