"""A run as a claim reads it: figures by case. What is missing is said once, and what was read is remembered."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from bench.analysis.load.figures import EndpointFigures, Load
from bench.analysis.run.figures import CaseSummary, CheckedFigure, Memory, Standing, Summary, Timing
from bench.analysis.run.left_streams import LeftStream, left_stream
from bench.analysis.run.pieces import piece_costs
from bench.analysis.run.server_figures import ServerLayers, SettingCost
from bench.analysis.run.startup_figures import Startup
from bench.model.run import MemorySample
from bench.stats.intervals import Estimate, quotient, ratio

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

_NOT_SERVED: CheckedFigure[Load] = CheckedFigure(None, Standing.UNMEASURED, ("not loaded with this scenario",))

NOTICEABLE = 0.1
"""In every claim, "free" is what adds less than this share to the request that it is compared with."""


class NotMeasuredError(Exception):
    """A figure that a claim rests on isn't there: which one, and why."""


class Evidence:
    """One claim's view of a run. Every look-up raises NotMeasuredError for a figure that isn't there.

    `cases` are the ids of what has been read, `launches` how many launches the estimates among them rest on.
    """

    def __init__(self, summary: Summary) -> None:
        self.summary = summary
        self.cases: dict[str, None] = {}
        self.launches: set[int] = set()

    def timing(self, case: str) -> Timing:
        found = self._figure(case, lambda summary: summary.timing)
        self.launches.add(found.cpu_us.n)
        return found

    def cpu_us(self, case: str) -> Estimate:
        return self.timing(case).cpu_us

    def added_us(self, case: str) -> Estimate:
        """What the case adds to the one that it stands over."""
        return self._counted(self._figure(case, lambda summary: summary.added_us))

    def added_share(self, case: str) -> Estimate:
        """What the case adds, as a share of what its parent costs."""
        parent = self._case(case).case.parent_id
        if parent is None:
            raise NotMeasuredError(f"`{case}` has no parent case")
        return self.share(self.added_us(case), self.cpu_us(parent))

    def share(self, one: Estimate, other: Estimate) -> Estimate:
        """One figure as a share of another."""
        try:
            return quotient(one, other)
        except ValueError as error:
            raise NotMeasuredError(str(error)) from error

    def piece_us(self, target: str, name: str) -> Estimate:
        """What one more chunk, or message, of a target's requests of this name costs."""
        for cost in piece_costs(self.summary):
            if (cost.many.target, cost.name) == (target, name):
                for case in (cost.few, cost.many):
                    self.timing(case.id)
                if cost.cpu_us.value is None:
                    raise NotMeasuredError("; ".join(cost.cpu_us.reasons))
                return self._counted(cost.cpu_us.value)
        raise NotMeasuredError(f"`{target}` with few and with many: not part of this {self.summary.run.effort} run")

    def left(self, case: str) -> LeftStream:
        """What became of a stream whose client left."""
        found = left_stream(self._case(case).case, self._figure(case, lambda summary: summary.fact))
        if found is None:
            raise NotMeasuredError(f"`{case}` did not say what became of its stream")
        return found

    def ratio(self, one: str, other: str) -> Estimate:
        """How many times the other's CPU the one takes."""
        return self._ratio(one, self.timing(one).by_launch, other, self.timing(other).by_launch)

    def delay(self, one: str, other: str, of: Callable[[MemorySample], float]) -> Estimate:
        """How many times as long the one takes, to its first byte or in all, in fresh processes."""

        def by_launch(case: str) -> dict[int, float]:
            return {sample.launch: of(sample) for sample in self.memory(case).samples}

        return self._ratio(one, by_launch(one), other, by_launch(other))

    def memory(self, case: str) -> Memory:
        found = self._figure(case, lambda summary: summary.memory)
        self.launches.add(found.peak_mb.n)
        return found

    def startup(self, case: str) -> Startup:
        found = self._figure(case, lambda summary: summary.startup)
        self.launches.add(found.start_ms.n)
        return found

    def start_ratio(self, one: str, other: str) -> Estimate:
        """How many times the CPU of the other's start the one's takes."""
        return self._ratio(one, self.startup(one).by_launch, other, self.startup(other).by_launch)

    def known(self, case: str, figure: Estimate | None) -> Estimate:
        """A part of a figure that not every launch knows."""
        if figure is None:
            raise NotMeasuredError(f"`{case}`: no launch measured this part")
        return self._counted(figure)

    def server(self, case: str) -> ServerLayers:
        """The case behind the bare server, and behind others that differ in one setting each."""
        found = self._figure(case, lambda summary: summary.server)
        self.launches.add(found.bare_us.n)
        return found

    def setting(self, case: str, name: str) -> SettingCost:
        layers = self.server(case)
        if name not in layers.settings:
            raise NotMeasuredError(f"`{case}` with {name}: {layers.missing.get(name, 'not measured')}")
        return layers.settings[name]

    def loads(self) -> Iterator[tuple[str, Load]]:
        """Everything that was served, by case; none is no error."""
        for id_, case in self.summary.cases.items():
            yield from ((id_, figure.value) for figure in case.loads.values() if figure.value)

    def endpoint(self, case: str, scenario: str, name: str) -> EndpointFigures:
        """What one endpoint saw while the case was served under a scenario."""
        load = self._figure(case, lambda summary: summary.loads.get(scenario, _NOT_SERVED))
        if name not in load.endpoints:
            raise NotMeasuredError(f"`{case}` in {scenario} has no endpoint {name}")
        self.launches.add(load.rps.n)
        return load.endpoints[name]

    def fact(self, case: str, key: str, kind: type[T]) -> T:
        """A field of what the case answered when it was asked once."""
        answer: Any = self._figure(case, lambda summary: summary.fact).answer
        found = answer.get(key) if isinstance(answer, dict) else None
        if not isinstance(found, kind):
            raise NotMeasuredError(f"`{case}` did not return `{key}`")
        return found

    def fields(self, case: str) -> frozenset[str]:
        """The names in the object that the case answered."""
        answer = self._figure(case, lambda summary: summary.fact).answer
        if not isinstance(answer, dict):
            raise NotMeasuredError(f"`{case}` did not return an object")
        return frozenset(answer)

    def status(self, case: str) -> int:
        return self._figure(case, lambda summary: summary.fact).status

    def each(self, keys: Iterable[K], look: Callable[[K], T]) -> dict[K, T]:
        """What is there of several figures, by key; when none is, the first one's NotMeasuredError."""
        found: dict[K, T] = {}
        missing: list[NotMeasuredError] = []
        for key in keys:
            try:
                found[key] = look(key)
            except NotMeasuredError as error:
                missing.append(error)
        if missing and not found:
            raise missing[0]
        return found

    def _counted(self, estimate: Estimate) -> Estimate:
        self.launches.add(estimate.n)
        return estimate

    def _ratio(self, one: str, ones: Mapping[int, float], other: str, others: Mapping[int, float]) -> Estimate:
        try:
            found = ratio(ones, others)
        except ValueError as error:
            raise NotMeasuredError(f"`{one}` over `{other}`: {error}") from error
        if found is None:
            raise NotMeasuredError(f"`{one}` and `{other}` have no valid launch in common")
        return self._counted(found)

    def _case(self, case: str) -> CaseSummary:
        if case in self.summary.cases:
            return self.summary.cases[case]
        reasons = [reason for hole in self.summary.holes if hole.case == case for reason in hole.reasons]
        why = "; ".join(reasons) or f"not part of this {self.summary.run.effort} run"
        raise NotMeasuredError(f"`{case}`: {why}")

    def _figure(self, case: str, of: Callable[[CaseSummary], CheckedFigure[T]]) -> T:
        figure = of(self._case(case))
        if figure.value is None:
            raise NotMeasuredError(f"`{case}`: {'; '.join(figure.reasons)}")
        self.cases[case] = None
        return figure.value
