"""What a comparison's blocks say: of every case a log ratio a block, ln(head/base), or why a block says nothing.

Pure functions. Which blocks and windows count is never chosen by what they cost.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from bench.analysis.comparison.startup_blocks import DISTURBED, startup_logs
from bench.analysis.load.service import incomparable
from bench.analysis.load.summary import server_cpu_us
from bench.analysis.run.checks import checks
from bench.model.comparison import OF_A_START, Comparison, Metric
from bench.model.load import LoadSample
from bench.model.pair_samples import PairedLatencies, PairSample, ServedPair, Stage
from bench.stats.histogram import percentile
from bench.stats.two_stage import FEWEST, Change, change
from bench.stats.windows import enough_undisturbed, undisturbed_by_core, undisturbed_mask, undisturbed_us

_CLIENT_BUSY_MOST = 0.95
_TOO_FEW = "too few requests for this figure"
LATENCIES: dict[Metric, float] = {"latency_p50_ms": 0.5, "latency_p99_ms": 0.99}

# Of the pairs of one block, at either end; of blocks: bench.stats.two_stage.TRIMMED.
_TRIMMED_PAIRS = 0.2


@dataclass(frozen=True)
class Blocks:
    """One case's log ratios, a block each, by stage; `left_out` has a reason for each block that says nothing."""

    pilot: tuple[float, ...]
    further: tuple[float, ...]
    confirmation: tuple[float, ...]
    left_out: tuple[str, ...]

    @property
    def every(self) -> tuple[float, ...]:
        return (*self.pilot, *self.further, *self.confirmation)

    @property
    def found(self) -> Change | None:
        """The first finding, before any confirmation; None of too few blocks."""
        return change(self.pilot, self.further) if len(self.pilot) >= FEWEST else None

    @property
    def confirmed(self) -> Change | None:
        """The finding of fresh blocks alone: no case was selected by them."""
        return change(self.confirmation) if len(self.confirmation) >= FEWEST else None

    @property
    def whole(self) -> Change:
        """All blocks together, as they are reported. Raises ValueError for a pilot of fewer than two."""
        return change(self.pilot, (*self.further, *self.confirmation))


def blocks(comparison: Comparison, metric: Metric) -> dict[str, Blocks]:
    """Every case's blocks, in the order of the cases; without those that were never paired."""
    read = _read(comparison, metric)
    found: dict[str, list[tuple[Stage, float | str]]] = {}
    for case, stage, log in read:
        found.setdefault(case, []).append((stage, log))

    def of(case: str, wanted: Stage) -> tuple[float, ...]:
        return tuple(log for stage, log in found[case] if stage == wanted and isinstance(log, float))

    return {
        case.id: Blocks(
            pilot=of(case.id, "pilot"),
            further=of(case.id, "further"),
            confirmation=of(case.id, "confirmation"),
            left_out=tuple(log for _, log in found[case.id] if isinstance(log, str)),
        )
        for case in comparison.cases
        if case.id in found
    }


def log_ratio(sample: PairSample, undisturbed: tuple[float, float]) -> float | str:
    """A block's ln(head/base): the mean of its quiet pairs less a fifth at either end; or why not, of too few of them.

    Which pairs count is chosen by the reference work beside them, never by what they cost. docs/pairing.md has the
    experiment behind this way of summing up.
    """
    costs = _quiet_costs(sample, undisturbed)
    if costs is None:
        return DISTURBED
    logs = np.log(costs[1]) - np.log(costs[0])
    cut = int(_TRIMMED_PAIRS * logs.size)
    return float(np.sort(logs)[cut : logs.size - cut].mean())


def mean_changes(comparison: Comparison) -> dict[str, float]:
    """By case, ln(head/base) of the mean quiet window, none left out, averaged over blocks: what is rare and dear is in
    it, which the trimmed mean can't see."""
    pairs = [sample for sample in comparison.samples if isinstance(sample, PairSample)]
    if not pairs:
        return {}
    limits = undisturbed_by_side(pairs)
    logs: dict[str, list[float]] = {}
    for one in pairs:
        if (costs := _quiet_costs(one, limits[one.core])) is not None:
            logs.setdefault(one.case, []).append(math.log(costs[1].mean() / costs[0].mean()))
    return {case: float(np.mean(found)) for case, found in logs.items()}


_Read = Iterable[tuple[str, Stage, float | str]]


def _read(comparison: Comparison, metric: Metric) -> _Read:
    if comparison.gate in OF_A_START:
        return startup_logs(comparison, metric)
    if any(isinstance(sample, ServedPair) for sample in comparison.samples):
        return _served(comparison, metric)
    return _latencies(comparison, LATENCIES[metric]) if metric in LATENCIES else _paired(comparison)


def _paired(comparison: Comparison) -> _Read:
    pairs = [sample for sample in comparison.samples if isinstance(sample, PairSample)]
    if not pairs:
        return []
    limits = undisturbed_by_side(pairs)
    return [(one.case, one.stage, log_ratio(one, limits[one.core])) for one in pairs]


def _latencies(comparison: Comparison, share: float) -> _Read:
    """Of the windows of two servers, all of a block together."""
    for one in comparison.samples:
        if isinstance(one, PairSample) and one.latencies is not None:
            yield one.case, one.stage, _log_latency(one.latencies, share)


def _log_latency(found: PairedLatencies, share: float) -> float | str:
    if found.client_busy_share > _CLIENT_BUSY_MOST:
        return f"the client was at work for {found.client_busy_share:.0%} of the time: the latency is its own"
    base, head = (percentile(side, share) for side in (found.base, found.head))
    return math.log(head / base) if base and head else _TOO_FEW


def _served(comparison: Comparison, metric: Metric) -> _Read:
    """Of servers that were loaded one after the other, as older comparisons did."""
    pairs = [sample for sample in comparison.samples if isinstance(sample, ServedPair)]
    if not pairs:
        return []
    if metric in LATENCIES:
        share = LATENCIES[metric]
        return [(one.case, one.stage, _log(one, *[lambda arm: percentile(arm.latency, share)] * 2)) for one in pairs]
    base_us, head_us = _idle_us(comparison, pairs)
    return [
        (
            one.case,
            one.stage,
            _log(one, lambda arm: server_cpu_us(arm, base_us), lambda arm: server_cpu_us(arm, head_us)),
        )
        for one in pairs
    ]


def _idle_us(comparison: Comparison, pairs: Sequence[ServedPair]) -> tuple[float, float]:
    """What the reference takes on the undisturbed core, for either arm: the same where both have the same Python, for a
    difference of luck between the arms would stand in every block, and so in no interval."""
    base = [us for one in pairs for us in one.base.idle_reference_us]
    head = [us for one in pairs for us in one.head.idle_reference_us]
    if comparison.base.stack.python == comparison.head.stack.python:
        return (both := undisturbed_us([*base, *head])), both
    return undisturbed_us(base), undisturbed_us(head)


_Figure = Callable[[LoadSample], float | None]


def _log(sample: ServedPair, of_base: _Figure, of_head: _Figure) -> float | str:
    """ln(head/base) of a figure of both loads, if every safeguard of either passed, and their requests were all alike;
    otherwise why not."""
    for arm, load in (("base", sample.base), ("head", sample.head)):
        for check in checks(load):
            if not check.passed:
                return f"{arm}: {check.name}: {check.evidence}"
        if (reason := incomparable(load)) is not None:
            return f"{arm}: {reason}"
    base, head = of_base(sample.base), of_head(sample.head)
    return math.log(head / base) if base and head else _TOO_FEW


def _quiet_costs(sample: PairSample, undisturbed: tuple[float, float]) -> tuple[np.ndarray, np.ndarray] | None:
    """What base and head cost in the pairs of which both windows were quiet; None of too few."""
    mask = undisturbed_mask(sample.base.reference_us, undisturbed[0]) & undisturbed_mask(
        sample.head.reference_us, undisturbed[1]
    )
    if not enough_undisturbed(mask):
        return None
    return np.asarray(sample.base.cpu_us)[mask], np.asarray(sample.head.cpu_us)[mask]


def undisturbed_by_side(pairs: Sequence[PairSample]) -> dict[int | None, tuple[float, float]]:
    """What the reference takes on each undisturbed core, by the interpreter of either arm."""
    base = undisturbed_by_core((one.core, one.base.reference_us) for one in pairs)
    head = undisturbed_by_core((one.core, one.head.reference_us) for one in pairs)
    return {core: (base[core], head[core]) for core in base}
