"""Two stacks' heaps, case by case: what a request holds at its highest on either, and what it allocates by layer.

Bytes as they were asked for, which repeat: what is left of the interval over launches is what a hash seed or a socket
brings. How far the resident memory of a process rises is for `bench memory` of one stack to say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bench import heap, store, two_stacks
from bench.difference import Difference, difference
from bench.engine.arms import Arms
from bench.engine.launch import AgentError
from bench.frames import LAYERS, Stack, owners, without_line
from bench.heap import HeapSample
from bench.model import Case, Noun, Pass
from bench.recording import Recording
from bench.run import Progress
from bench.samples import Absence
from bench.store import HEAP_PAIRS_FILE
from bench.two_stacks import Asked, TwoStacks

SCHEMA_VERSION = 1
LAUNCHES = 3
# A fresh process for each of two looks at either stack.
_LAUNCH_S = 8.0


class HeapPair(Noun):
    """One launch's heaps of a case on both stacks, with one hash seed."""

    case: str
    launch: int
    head_first: bool
    base: HeapSample
    head: HeapSample


class HeapPairs(TwoStacks):
    """Every heap of two stacks on one host."""

    kind: Literal["heaps"] = "heaps"
    schema_version: int = SCHEMA_VERSION
    samples: tuple[HeapPair, ...] = ()


@dataclass(frozen=True)
class Counted:
    """Allocations of one request in a layer and their bytes, a mean over launches; of base and head."""

    layer: str
    allocs: tuple[float, float]
    sizes: tuple[float, float]


@dataclass(frozen=True)
class HeapDifference:
    """One case's peaks on two stacks, in kB.

    `lines` has by function the line that holds most for it, before and after: its own, or one of the standard library
    below it; "" on a side that has none. `counted` is by layer, none of a case whose answers are too large for that;
    `exact` says that all launches counted the same.
    """

    found: Difference
    lines: Mapping[str, tuple[str, str]]
    counted: tuple[Counted, ...]
    exact: bool


def begin(asked: Asked, folder: Path, project: Path) -> Recording[HeapPairs]:
    """Nothing seen yet, in `folder`. Raises StoreError."""
    return two_stacks.begin(HeapPairs, asked, folder / HEAP_PAIRS_FILE, project)


def load(path: Path) -> HeapPairs:
    """The heaps of a file, or of the folder that holds it. Raises StoreError."""
    return store.read_as(path / HEAP_PAIRS_FILE if path.is_dir() else path, HeapPairs, SCHEMA_VERSION)


def measure(recording: Recording[HeapPairs], arms: Arms, progress: Progress) -> None:
    """The heaps of every case of `arms` that both stacks answer alike, launch by launch.

    What was seen when it is interrupted is kept. Raises StoreError and KeyboardInterrupt.
    """
    expected_s = _LAUNCH_S * len(arms.base.cases) * LAUNCHES
    with two_stacks.looking(recording, arms, progress, Pass.MEMORY, expected_s) as failed:
        for launch in range(LAUNCHES):
            for case in arms.base.cases:
                if case.id not in failed and not _observe(recording, arms, launch, case):
                    failed.add(case.id)
                progress.observed(Pass.MEMORY, case.id, _LAUNCH_S)


def differences(pairs: HeapPairs, folder: Path) -> list[HeapDifference]:
    """Of every case with heaps in `folder`, in the order in which they were taken. Raises StoreError."""
    return [_difference(case, seen, folder) for case, seen in two_stacks.by_case(pairs.samples).items()]


def by_function(held: Mapping[Stack, int]) -> dict[Stack, int]:
    """The same without lines, which move from release to release."""
    found: Counter[Stack] = Counter()
    for stack, size in held.items():
        found[without_line(stack)] += size
    return dict(found)


def counted(pairs: Sequence[HeapPair]) -> tuple[Counted, ...]:
    """By layer, in the order of layers; none where a launch wasn't counted."""
    sides = [one.base for one in pairs], [one.head for one in pairs]
    if any(sample.allocs is None for side in sides for sample in side):
        return ()
    allocs = [_mean([sample.allocs or {} for sample in side]) for side in sides]
    sizes = [_mean([sample.alloc_bytes or {} for sample in side]) for side in sides]
    return tuple(
        Counted(layer, (allocs[0][layer], allocs[1][layer]), (sizes[0][layer], sizes[1][layer]))
        for layer in LAYERS
        if allocs[0][layer] or allocs[1][layer]
    )


def _difference(case: str, pairs: Sequence[HeapPair], folder: Path) -> HeapDifference:
    base = [store.stacks(folder, one.base.peak_file) for one in pairs]
    head = [store.stacks(folder, one.head.peak_file) for one in pairs]
    found = difference(case, list(map(by_function, base)), list(map(by_function, head)))
    lines = _largest(base), _largest(head)
    return HeapDifference(
        found,
        {one.name: (lines[0].get(one.name, ""), lines[1].get(one.name, "")) for one in found.functions},
        counted(pairs),
        len({(_counts(one.base), _counts(one.head)) for one in pairs}) == 1,
    )


def _observe(recording: Recording[HeapPairs], arms: Arms, launch: int, case: Case) -> bool:
    """Whether the case could be looked at on both stacks; if not, the reason is kept."""
    head_first = launch % 2 == 1
    seen: dict[str, heap.Observed] = {}
    for arm, plan in (("head", arms.head), ("base", arms.base))[:: 1 if head_first else -1]:
        try:
            seen[arm] = heap.observe(plan, case, launch, f"heap/{case.target}.{case.request}.{arm}.{launch}")
        except AgentError as error:
            reason = f"{arm}: {error}"
            two_stacks.missing(recording, Absence(case=case.id, during=Pass.MEMORY, kind="invalid", reason=reason))
            return False
    for one in seen.values():
        for name, folded in one.files.items():
            store.write_atomically(recording.folder / name, folded)
    pair = HeapPair(
        case=case.id, launch=launch, head_first=head_first, base=seen["base"].sample, head=seen["head"].sample
    )
    recording.change(samples=(*recording.document.samples, pair))
    return True


def _largest(launches: Sequence[Mapping[Stack, int]]) -> dict[str, str]:
    """By function, the line that holds most for it."""
    held: dict[str, Counter[str]] = {}
    for one in launches:
        for stack, size in one.items():
            held.setdefault(owners(without_line(stack))[-1], Counter())[stack[-1]] += size
    return {name: by.most_common(1)[0][0] for name, by in held.items()}


def _mean(launches: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {layer: sum(one.get(layer, 0.0) for one in launches) / len(launches) for layer in LAYERS}


def _counts(sample: HeapSample) -> tuple[tuple[str, float, float], ...]:
    allocs, sizes = sample.allocs or {}, sample.alloc_bytes or {}
    return tuple(sorted((layer, number, sizes[layer]) for layer, number in allocs.items()))
