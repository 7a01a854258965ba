"""What a request costs as it is, and what each middleware costs when it is left out. Pure functions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from bench.model.audit import PeelSample
from bench.stats.intervals import Estimate, estimate
from bench.stats.windows import enough_undisturbed, launch_cost, launch_difference, undisturbed_mask

Without = tuple[int, ...]


@dataclass(frozen=True)
class Peeling:
    """One case: its CPU per request, None where the core was disturbed for too long; what it costs less without each
    middleware; and what is left without any.

    `changed` are those without which the answer is another one: no cost follows.
    """

    whole_us: Estimate | None
    saved_us: dict[Without, Estimate] = field(default_factory=dict)
    bare_us: Estimate | None = None
    changed: frozenset[Without] = frozenset()
    undisturbed_launches: int = 0
    launches: int = 0


def peeling(samples: Iterable[PeelSample], undisturbed: Mapping[int | None, float]) -> Peeling:
    """Of all samples of one case; the launch is the replicate. `undisturbed` is what the reference work takes on each
    core."""
    by_without: dict[Without, list[PeelSample]] = defaultdict(list)
    wholes: dict[int, float | None] = {}
    for sample in samples:
        by_without[sample.without].append(sample)
        if sample.whole.cpu_us and wholes.get(sample.launch) is None:
            wholes[sample.launch] = _whole(sample, undisturbed[sample.core])
    changed = frozenset(left_out for left_out, found in by_without.items() if not all(one.same_answer for one in found))
    saved: dict[Without, Estimate] = {}
    bare = None
    for left_out, found in by_without.items():
        if not left_out or left_out in changed:
            continue
        if (cost := _over(len(found), [_saved(one, undisturbed[one.core]) for one in found])) is not None:
            saved[left_out] = cost
    every = max(by_without, key=len, default=())
    if every and every not in changed:
        bare = _over(len(by_without[every]), [_peeled(one, undisturbed[one.core]) for one in by_without[every]])
    values = list(wholes.values())
    return Peeling(
        whole_us=_over(len(values), values),
        saved_us=saved,
        bare_us=bare,
        changed=changed,
        undisturbed_launches=sum(value is not None for value in values),
        launches=len(values),
    )


def _over(launches: int, values: Sequence[float | None]) -> Estimate | None:
    """Over the launches that say something; None where those are fewer than half."""
    known = [value for value in values if value is not None]
    return estimate(known) if known and 2 * len(known) >= launches else None


def _whole(sample: PeelSample, undisturbed: float) -> float | None:
    mask = undisturbed_mask(sample.whole.reference_us, undisturbed)
    return launch_cost(np.asarray(sample.whole.cpu_us)[mask]) if enough_undisturbed(mask) else None


def _saved(sample: PeelSample, undisturbed: float) -> float | None:
    """Of rounds in which both windows were undisturbed."""
    mask = _both(sample, undisturbed)
    if not enough_undisturbed(mask):
        return None
    return launch_difference(np.asarray(sample.whole.cpu_us)[mask], np.asarray(sample.peeled.cpu_us)[mask])


def _peeled(sample: PeelSample, undisturbed: float) -> float | None:
    mask = _both(sample, undisturbed)
    return launch_cost(np.asarray(sample.peeled.cpu_us)[mask]) if enough_undisturbed(mask) else None


def _both(sample: PeelSample, undisturbed: float) -> np.ndarray:
    whole = undisturbed_mask(sample.whole.reference_us, undisturbed)
    both: np.ndarray = whole & undisturbed_mask(sample.peeled.reference_us, undisturbed)
    return both
