"""One case's difference in time or memory, with all that is said of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bench.analysis.comparison.heap_diff import Counted, HeapDifference
from bench.model.diff import ProfileDiff, by_case
from bench.model.run import ProfileSample
from bench.profiles.diff import Difference, Function, culprit
from bench.report.words.diff_kinds import MEMORY, TIME
from bench.report.words.profile_diff import below, fits, sentences, sides
from bench.text.numbers import count, number, signed

ALL = "total"
"""What a table of layers calls their sum."""


@dataclass(frozen=True)
class DiffNarrative:
    """`remarks` say how reliable it is. Of memory only: `lines` has by function the line that holds most for
    it, before and after, and `counted` what a request allocates by layer, and in all."""

    found: Difference
    sentences: tuple[str, ...]
    remarks: tuple[str, ...]
    lines: Mapping[str, str] = field(default_factory=dict)
    counted: tuple[Counted, ...] = ()


def of_time(flames: ProfileDiff, found: Sequence[Difference]) -> list[DiffNarrative]:
    """Of these cases of two stacks' profiles."""
    pairs, names = by_case(flames.samples), sides(flames)
    narratives = []
    for one in found:
        profiles = [pair.base for pair in pairs[one.case]], [pair.head for pair in pairs[one.case]]
        taxed = "; ".join(f"{name}: {_profiled(side)}" for name, side in zip(names, profiles, strict=True))
        narratives.append(DiffNarrative(one, tuple(sentences(one, TIME)), (fits(one, TIME), f"{taxed}.")))
    return narratives


def of_memory(found: Sequence[HeapDifference]) -> list[DiffNarrative]:
    """Of these cases of two stacks' heaps."""
    return [
        DiffNarrative(
            one.found,
            tuple(_sentences(one)),
            (fits(one.found, MEMORY),),
            {name: between(name, *lines) for name, lines in one.lines.items()},
            (*one.counted, _total(one.counted)) if one.counted else (),
        )
        for one in found
    ]


def between(function: str, base: str, head: str) -> str:
    """`231 → 245`, or `245` where there is no other: lines of the function itself by their numbers alone."""
    before, after = (line.removeprefix(f"{function}:") for line in (base, head))
    return f"{before} → {after}" if before and after and before != after else after or before


def _profiled(samples: Sequence[ProfileSample]) -> str:
    """How much was profiled, and by how much that slowed it down."""
    requests, duration_s = sum(one.requests for one in samples), sum(one.duration_s for one in samples)
    tax = sum(one.tax for one in samples) / len(samples)
    slower = f"{number(tax, 1)}× slower than without the profiler"  # noqa: RUF001 - a times sign
    return f"{count(requests)} requests in {number(duration_s)} s, {slower}"


def _sentences(one: HeapDifference) -> Iterator[str]:
    whole, *there = sentences(one.found, MEMORY)
    first = culprit(one.found)
    yield whole
    if there and first is not None:
        yield f"{there[0].removesuffix('.')}{_place(one, first)}."
    if one.counted:
        total = _total(one.counted)
        (allocs, more_allocs), (sizes, more_bytes) = map(_and_change, (total.allocs, total.sizes))
        exactly = "identical in every launch" if one.exact else "a mean, since launches differ slightly"
        yield f"A request makes {allocs} allocations ({more_allocs}) of {sizes} B ({more_bytes}), {exactly}."


def _place(one: HeapDifference, first: Function) -> str:
    """The line that holds most of what changed: the function's own, or that of a new or removed one below it."""
    changed, names = below(one.found, first)
    name = names[0] if names and abs(changed) > abs(first.change.mean) / 2 else first.name
    line = between(name, *one.lines[name])
    return f"; mostly at line {line} of `{name}`" if line else ""


def _and_change(pair: tuple[float, float]) -> tuple[str, str]:
    """What the head takes, and by how much more than the base."""
    changed = pair[1] - pair[0]
    return count(pair[1]), signed(changed, 0 if changed.is_integer() else 1)


def _total(counted: Sequence[Counted]) -> Counted:
    return Counted(
        ALL,
        (sum(one.allocs[0] for one in counted), sum(one.allocs[1] for one in counted)),
        (sum(one.sizes[0] for one in counted), sum(one.sizes[1] for one in counted)),
    )
