"""Two stacks behind their servers: both serve on one core, and are asked in short windows that alternate.

A load of seconds on the one and then on the other takes three times as long, and its blocks differ six times as much: a
core changes its speed in between (docs/pairing.md).
"""

from __future__ import annotations

import random
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter, sleep

from bench.host.procfs import ProcessGoneError, tree_cpu_s
from bench.load.batch import BatchClient, BatchTime, BatchUsers
from bench.measure.paired_core import PairSpeed, head_goes_first
from bench.model.pair_samples import PairedLatencies, PairSample, Stage
from bench.model.run import MissingSample, Windows
from bench.model.selftest import Injection
from bench.model.workload import Case, Pass
from bench.runner.agent_pair import PairedPlan, named
from bench.runner.agent_process import Agent, AgentError
from bench.runner.core_speed import FIRST_REFERENCES
from bench.runner.plan import Plan
from bench.runner.streams import CoreStream
from bench.serving.errors import LoadError
from bench.serving.expected import reference
from bench.serving.readiness import await_right_answer, patience_s
from bench.serving.server import LocalServer, served_by
from bench.stats.histogram import LatencyCounter

USERS = 16
PAIRS = 20
WINDOW_S = 0.04
_FEWEST_PAIRS = 5
# Windows of slow requests are longer: a block has fewer of them, and of requests slower than _QUICK_S fewer at once.
_LONGEST_S = 4.0
_PER_USER, _QUICK_S = 2, 0.01
_REFERENCES = 9
# The first answers of a connection cost more, and so does what the server does after the last.
_WARM, _AFTER_S = 20, 0.002
_LAUNCH_S, _BESIDE_S, _ASKED_BEFORE = 1.1, 0.006, 2
BLOCK_S = _LAUNCH_S + 2 * PAIRS * (WINDOW_S + _BESIDE_S)
"""What a block of one case takes, about, if its requests are quick."""
_WAIT_BUDGET_S = 20.0
# A server counts a request when its app has ended, which may be after the answer.
_COUNTED_WITHIN_S = 2.0


class PairedServing:
    """Blocks over two stacks; a block is one launch of both servers, and the replicate.

    `failed` are the ids of cases that are left out from now on. Nothing is slowed on purpose here.
    """

    def __init__(self, paired: PairedPlan) -> None:
        self._paired = paired
        self._speed: PairSpeed | None = None
        self._requests: dict[str, int] = {}
        self.failed: set[str] = set()
        self.injected: dict[str, Injection] = {}

    def expected_s(self, cases: Sequence[Case]) -> float:
        """How long a block of these cases takes, about."""
        return sum(self._launch_s(case) + self._windows_s(case) for case in cases)

    def _launch_s(self, case: Case) -> float:
        """Of both sides, one after the other, each with a lifespan more for its server; and the requests before the
        windows: to know the right answer, to get it from the server, to warm up, and to fit the windows."""
        starts_s = self._paired.starts_s(alone=False)
        lifespans_s = sum(plan.costs.lifespan_s for plan in (self._paired.base, self._paired.head))
        asked = 2 * (_ASKED_BEFORE + (1 + _PER_USER) * self._users(case))
        return max(_LAUNCH_S, starts_s + lifespans_s) + asked * self._served_s(case)

    def _windows_s(self, case: Case) -> float:
        pair_s = 2 * (max(WINDOW_S, _PER_USER * self._users(case) * self._served_s(case)) + _BESIDE_S)
        return max(_FEWEST_PAIRS * pair_s, min(PAIRS * pair_s, _LONGEST_S))

    def _served_s(self, case: Case) -> float:
        """What one request takes on the slower side."""
        return max(plan.costs.served_s(case.id) for plan in (self._paired.base, self._paired.head))

    def _users(self, case: Case) -> int:
        """Fewer for slow requests, which would wait for each other."""
        return max(1, round(USERS * min(1.0, _QUICK_S / max(self._served_s(case), 1e-9))))

    def waited_s(self, _stream: CoreStream) -> float:
        """How long blocks have waited for an undisturbed core."""
        return self._speed.waited_s if self._speed else 0.0

    def needs_quiet(self, _case: Case) -> bool:
        """Servers, client and database have cores of their own."""
        return True

    def block(
        self, number: int, stage: Stage, cases: Sequence[Case], _stream: CoreStream
    ) -> Generator[PairSample | MissingSample]:
        """A sample for each case, in an order of the block's own."""
        order = [case for case in cases if case.id not in self.failed]
        self._paired.base.random("cases", number).shuffle(order)
        for case in order:
            try:
                yield self._pair(number, stage, case)
            except (AgentError, LoadError, OSError, ProcessGoneError) as error:
                self.failed.add(case.id)
                yield MissingSample.invalid(case.id, Pass.LOAD, error)

    def _pair(self, number: int, stage: Stage, case: Case) -> PairSample:
        """Raises AgentError, LoadError, OSError and ProcessGoneError."""
        chance = self._paired.base.random("arms", number)
        plans = [("base", self._paired.base), ("head", self._paired.head)]
        chance.shuffle(plans)
        with ExitStack() as running:
            users = self._users(case)
            sides = {name: running.enter_context(_serving(name, plan, case, number, users)) for name, plan in plans}
            base, head = sides["base"], sides["head"]
            requests = self._fitting_requests(case.id, base, head, _PER_USER * users)
            head_first = self._windows(base, head, requests, chance)
            for side in (base, head):
                side.check()
        return PairSample(
            case=case.id,
            block=number,
            stage=stage,
            core=next(iter(base.cores), None),
            hash_seed=self._paired.base.hash_seed(number),
            base=base.windows(requests),
            head=head.windows(requests),
            head_first=tuple(head_first),
            latencies=PairedLatencies(
                base=base.latencies.histogram(),
                head=head.latencies.histogram(),
                client_busy_share=round((base.client_s + head.client_s) / (base.elapsed_s + head.elapsed_s), 4),
            ),
        )

    def _fitting_requests(self, case: str, base: _Side, head: _Side, fewest: int) -> int:
        """How many fill a window: as many on both sides, and in every block."""
        if case not in self._requests:
            one_s = min(side.ask(fewest).elapsed_s / fewest for side in (base, head))
            self._requests[case] = max(fewest, round(WINDOW_S / one_s))
        return self._requests[case]

    def _windows(self, base: _Side, head: _Side, requests: int, chance: random.Random) -> list[bool]:
        """Windows side by side; how many depends on their length alone."""
        if self._speed is None:
            self._speed = PairSpeed(_WAIT_BUDGET_S, *(side.references(FIRST_REFERENCES) for side in (base, head)))
        speed, head_first, orders = self._speed, list[bool](), head_goes_first(chance)
        limits_us = speed.quiet_us()
        begin_s = perf_counter()
        while len(head_first) < PAIRS and (len(head_first) < _FEWEST_PAIRS or perf_counter() - begin_s < _LONGEST_S):
            head_first.append(next(orders))
            speed.wait_for_undisturbed_core(base.agent, head.agent, limits_us, head_first=head_first[-1])
            for side in (head, base) if head_first[-1] else (base, head):
                side.window(requests)
            speed.saw(base.reference_us[-1:], head.reference_us[-1:])
        return head_first


@dataclass
class _Side:
    """A server that is up, the connections to it, and its windows so far; each figure is per request."""

    name: str
    agent: Agent
    cores: tuple[int, ...]
    client: BatchClient
    batch: BatchUsers
    counted_before: int
    cpu_us: list[float] = field(default_factory=list)
    wall_us: list[float] = field(default_factory=list)
    reference_us: list[float] = field(default_factory=list)
    latencies: LatencyCounter = field(default_factory=LatencyCounter)
    elapsed_s: float = 0.0
    client_s: float = 0.0

    def references(self, count: int) -> list[float]:
        with named(self.name):
            found: list[float] = self.agent.call("references", count=count)
        return found

    def ask(self, requests: int) -> BatchTime:
        """Raises LoadError that names the side."""
        try:
            return self.client.ask(self.batch, requests)
        except OSError as error:
            raise LoadError(f"{self.name}: {error}") from error

    def window(self, requests: int) -> None:
        self.reference_us.append(round(median(self.references(_REFERENCES)), 3))
        before_s = tree_cpu_s(self.agent.pid)
        taken = self.ask(requests)
        sleep(_AFTER_S)
        self.cpu_us.append(round((tree_cpu_s(self.agent.pid) - before_s) / requests * 1e6, 4))
        self.wall_us.append(round(taken.elapsed_s / requests * 1e6, 4))
        self.latencies.add(taken.latencies_ns)
        self.elapsed_s += taken.elapsed_s
        self.client_s += taken.client_cpu_s

    def check(self) -> None:
        """Raises LoadError where an answer was wrong, or not counted on both sides."""
        served_by(self.agent)
        tally = self.client.tally
        if tally.errors:
            raise LoadError(f"{self.name}: {tally.wrong}")
        until_s = perf_counter() + _COUNTED_WITHIN_S
        while (counted := self._counted()) < tally.requests and perf_counter() < until_s:
            sleep(_AFTER_S)
        if counted != tally.requests:
            raise LoadError(f"{self.name}: the server counted {counted:,} requests, the client {tally.requests:,}")

    def _counted(self) -> int:
        return int(self.agent.call("counted")) - self.counted_before

    def windows(self, requests: int) -> Windows:
        return Windows(
            calls=requests,
            cpu_us=tuple(self.cpu_us),
            wall_us=tuple(self.wall_us),
            gc_us=(),
            reference_us=tuple(self.reference_us),
        )


@contextmanager
def _serving(name: str, plan: Plan, case: Case, number: int, users: int) -> Iterator[_Side]:
    """A side with warm connections of so many users. Raises AgentError, LoadError and OSError, which name the side."""
    with ExitStack() as running:
        try:
            with named(name):
                agent = running.enter_context(plan.launch(number))
                exchange = reference(plan, case, agent)
                server = LocalServer(plan, case.target, 0, agent)
                agent.call("only_serve")  # no reference work beside requests: it is done between windows
            await_right_answer(exchange, server.url, patience_s=patience_s(plan.costs.served_s(case.id)))
            before = int(agent.call("counted"))
            client = running.enter_context(BatchClient(exchange, users, plan.cores.client))
            batch = running.enter_context(client.connect(server.url))
            client.ask(batch, _WARM * users if users == USERS else users)
        except (LoadError, OSError) as error:
            raise LoadError(f"{name}: {error}") from error
        yield _Side(name, agent, tuple(plan.cores.server or plan.cores.measured or ()), client, batch, before)
