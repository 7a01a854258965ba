"""The differences that a stored pair of profiles or heaps holds, case by case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.analysis.comparison.heap_diff import HeapDifference, by_function, counted, counts_by_layer, largest_lines
from bench.model import diff
from bench.model.diff import HeapDiff, HeapPair, ProfileDiff
from bench.model.run import ProfileSample
from bench.profiles.diff import Difference, Thousandths, difference
from bench.profiles.folded import Stack
from bench.store import documents
from bench.store.stacks import stacks

FLAMES_FOLDER = "flames"
"""Where a comparison's folder has the profiles of what changed."""
FLAMES_PAGE = Path(FLAMES_FOLDER, "flame.html")
"""Where it has their flame graphs."""


def profiles_beside(folder: Path) -> ProfileDiff | None:
    """Those of the comparison in `folder`; None of one without any. Raises StoreError."""
    flames = folder / FLAMES_FOLDER
    return documents.FLAMES.load(flames) if (flames / documents.FLAMES.file).exists() else None


def differences_beside(folder: Path) -> list[Difference]:
    """Of every profiled case of the comparison in `folder`. Raises StoreError."""
    flames = profiles_beside(folder)
    return profile_differences(flames, folder / FLAMES_FOLDER) if flames else []


def profile_differences(flames: ProfileDiff, folder: Path) -> list[Difference]:
    """Of every case with profiles in `folder`, in the order in which they were taken. Raises StoreError."""
    return [
        difference(case, [_spent(folder, one.base) for one in pairs], [_spent(folder, one.head) for one in pairs])
        for case, pairs in diff.by_case(flames.samples).items()
    ]


def _spent(folder: Path, sample: ProfileSample) -> Thousandths:
    """Nanoseconds a request."""
    return per_request(sample, stacks(folder, sample.file).items())


def heap_differences(pairs: HeapDiff, folder: Path) -> list[HeapDifference]:
    """Of every case with heaps in `folder`, in the order in which they were taken. Raises StoreError."""
    return [_heap_difference(case, seen, folder) for case, seen in diff.by_case(pairs.samples).items()]


def _heap_difference(case: str, pairs: Sequence[HeapPair], folder: Path) -> HeapDifference:
    base = [stacks(folder, one.base.peak_file) for one in pairs]
    head = [stacks(folder, one.head.peak_file) for one in pairs]
    found = difference(case, list(map(by_function, base)), list(map(by_function, head)))
    lines = largest_lines(base), largest_lines(head)
    return HeapDifference(
        found,
        {one.name: (lines[0].get(one.name, ""), lines[1].get(one.name, "")) for one in found.functions},
        counted(pairs),
        len({(counts_by_layer(one.base), counts_by_layer(one.head)) for one in pairs}) == 1,
    )


def per_request(sample: ProfileSample, spent: Iterable[tuple[Stack, int]]) -> dict[Stack, int]:
    """Nanoseconds a request, whole ones so that sums are exact, of the microseconds of a whole profile."""
    return {stack: round(us * 1e3 / sample.requests) for stack, us in spent}
