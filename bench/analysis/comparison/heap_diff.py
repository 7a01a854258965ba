"""Allocations and peak memory by function and layer, base against head."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.model.diff import HeapPair
from bench.model.heap import HeapSample
from bench.profiles.diff import Difference
from bench.profiles.folded import LAYERS, Stack, owners, without_line


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


def largest_lines(launches: Sequence[Mapping[Stack, int]]) -> dict[str, str]:
    """By function, the line that holds most for it."""
    held: dict[str, Counter[str]] = {}
    for one in launches:
        for stack, size in one.items():
            held.setdefault(owners(without_line(stack))[-1], Counter())[stack[-1]] += size
    return {name: by.most_common(1)[0][0] for name, by in held.items()}


def _mean(launches: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {layer: sum(one.get(layer, 0.0) for one in launches) / len(launches) for layer in LAYERS}


def counts_by_layer(sample: HeapSample) -> tuple[tuple[str, float, float], ...]:
    allocs, sizes = sample.allocs or {}, sample.alloc_bytes or {}
    return tuple(sorted((layer, number, sizes[layer]) for layer, number in allocs.items()))
