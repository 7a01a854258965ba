"""Records the heaps of two stacks in turn, case by case.

Bytes as they were asked for, which repeat: what is left of the interval over launches is what a hash seed or a socket
brings. How far the resident memory of a process rises is for `bench memory` of one stack to say.
"""

from __future__ import annotations

from pathlib import Path

from bench.measure import heap
from bench.model.diff import HeapDiff, HeapPair
from bench.model.run import MissingSample
from bench.model.workload import Case, Pass
from bench.runner.agent_pair import PairedPlan
from bench.runner.agent_process import AgentError
from bench.store.files import write_files
from bench.store.recording import Recording
from bench.text.file_names import file_stem
from bench.workflows.difference import diff
from bench.workflows.difference.diff import DiffRequest
from bench.workflows.run import RunListener

LAUNCHES = 3
# A fresh process for each of two looks at either stack.
_LAUNCH_S = 8.0
# Calls, of which two of either stack are tracked: that takes several times as long.
_SLOWED = 40.0


def begin(asked: DiffRequest, folder: Path, project: Path) -> Recording[HeapDiff]:
    """Nothing seen yet, in `folder`. Raises StoreError."""
    return diff.begin(HeapDiff, asked, folder, project)


def measure(recording: Recording[HeapDiff], paired: PairedPlan, progress: RunListener) -> None:
    """The heaps of every case of `paired` that both stacks answer alike, launch by launch.

    What was seen when it is interrupted is kept. Raises StoreError and KeyboardInterrupt.
    """
    cases = paired.base.cases

    def expected_s() -> float:
        return LAUNCHES * sum(_launch_s(paired, case) for case in cases)

    with diff.looking(recording, paired, progress, Pass.MEMORY, expected_s) as (known, failed):
        for launch in range(LAUNCHES):
            for case in known.base.cases:
                if case.id not in failed and not _observe(recording, known, launch, case):
                    failed.add(case.id)
                progress.observed(Pass.MEMORY, case.id, _launch_s(paired, case))


def _launch_s(paired: PairedPlan, case: Case) -> float:
    return _LAUNCH_S + _SLOWED * paired.call_s(case.id)


def _observe(recording: Recording[HeapDiff], paired: PairedPlan, launch: int, case: Case) -> bool:
    """Whether the case could be looked at on both stacks; if not, the reason is kept."""
    head_first = launch % 2 == 1
    seen: dict[str, heap.Observed] = {}
    for side, plan in (("head", paired.head), ("base", paired.base))[:: 1 if head_first else -1]:
        try:
            seen[side] = heap.observe(plan, case, launch, f"heap/{file_stem(case)}.{side}.{launch}")
        except AgentError as error:
            reason = f"{side}: {error}"
            diff.missing(recording, MissingSample.invalid(case.id, Pass.MEMORY, reason))
            return False
    for one in seen.values():
        write_files(recording.folder, one.files)
    pair = HeapPair(
        case=case.id, launch=launch, head_first=head_first, base=seen["base"].sample, head=seen["head"].sample
    )
    recording.change(samples=(*recording.document.samples, pair))
    return True
