"""A comparison whose blocks are pretended: what they find, and how long they take by a clock of their own."""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from comparisons import comparison, pair
from virtual_time import VirtualTime

from bench.model.comparison import Comparison
from bench.model.pair_samples import PairSample, Stage
from bench.model.run import MissingSample
from bench.model.selftest import Injection
from bench.model.workload import Case
from bench.runner.streams import CoreStream
from bench.store import documents
from bench.store.recording import Recording
from bench.workflows.comparison.stages import ComparisonStages

LAUNCH_S, CASE_S = 0.1, 0.5


@dataclass(frozen=True)
class Spent:
    """When a block of these targets began on a core, and when it ended."""

    core: int | None
    begun_s: float
    ended_s: float
    targets: list[str]


class Pretended:
    """Blocks with known ratios; each case takes half a second of a clock that nothing else moves, if not `case_s`, and
    seems to take as long, if not `seeming_s`. Those that are to be `alone` need quiet."""

    def __init__(
        self,
        ratios: dict[str, float],
        spread: float | dict[str, float] = 0.005,
        case_s: dict[str, float] | None = None,
        seeming_s: dict[str, float] | None = None,
        alone: Collection[str] = (),
        launch_s: float = LAUNCH_S,
    ) -> None:
        self.launch_s = launch_s
        self.case_s = case_s or {}
        self.seeming_s = seeming_s or self.case_s
        self.time = VirtualTime()
        self.failed: set[str] = set()
        self.injected: dict[str, Injection] = {}
        self.ratios = ratios
        self.spread = spread if isinstance(spread, dict) else dict.fromkeys(ratios, spread)
        self.alone = alone
        self.spent: list[Spent] = []
        self.blocks: list[tuple[Stage, list[str]]] = []

    @property
    def now_s(self) -> float:
        return self.time.now_s

    def expected_s(self, cases: Sequence[Case]) -> float:
        return self.launch_s + sum(self.seeming_s.get(case.target, CASE_S) for case in cases)

    def waited_s(self, _: CoreStream) -> float:
        return 0.0

    def needs_quiet(self, case: Case) -> bool:
        return case.target in self.alone

    def block(
        self, number: int, stage: Stage, cases: Sequence[Case], stream: CoreStream
    ) -> Generator[PairSample | MissingSample]:
        targets = [case.target for case in cases]
        self.blocks.append((stage, targets))
        begun_s, slowed = self.now_s, self.slowed(stream.core)
        self.time.spend(slowed * self.launch_s)
        for case in cases:
            self.time.spend(slowed * self.case_s.get(case.target, CASE_S))
            if self.ratios[case.target] < 0:
                yield MissingSample(case=case.id, during="timing", kind="invalid", reason="head: it fails")
            else:
                yield pair(case.target, number, stage, self.ratios[case.target], self.spread[case.target])
        self.spent.append(Spent(stream.core, begun_s, self.now_s, targets))

    def slowed(self, _: int | None) -> float:
        """How many times as long a core takes."""
        return 1.0

    def count(self, stage: Stage, target: str) -> int:
        return sum(one == stage and target in targets for one, targets in self.blocks)


class Nobody:
    def __init__(self) -> None:
        self.expected_s: list[float] = []
        self.steps: list[tuple[str, str]] = []

    def expects(self, total_s: float) -> None:
        self.expected_s.append(total_s)

    def reached(self, doing: str, subject: str, spent_s: float) -> None:
        self.steps.append((doing, subject))


def compared(
    pretended: Pretended,
    folder: Path,
    budget_s: float = 300.0,
    listener: Nobody | None = None,
    seed: int = 7,
    cores: Sequence[int | None] = (None,),
    *,
    confirms: bool = True,
) -> Comparison:
    recording = _recording(pretended, folder, budget_s, seed=seed, confirms=confirms)
    stages = ComparisonStages(recording, pretended, listener or Nobody(), pretended.time.clock)
    stages.spread_over(cores)
    stages.fit()
    stages.run()
    recording.flush()
    return documents.COMPARISON.load(folder / recording.document.id)


def stages_of(pretended: Pretended, folder: Path, budget_s: float) -> ComparisonStages:
    """Before anything is measured."""
    return ComparisonStages(_recording(pretended, folder, budget_s), pretended, Nobody(), pretended.time.clock)


def _recording(
    pretended: Pretended, folder: Path, budget_s: float, seed: int = 7, *, confirms: bool = True
) -> Recording[Comparison]:
    update = {"seed": seed, "confirms": confirms}
    begun = comparison(*pretended.ratios, budget_s=budget_s).model_copy(update=update)
    return Recording(begun, folder, lambda document: documents.COMPARISON.save(document, folder))
