"""Figures of the connections pass: per launch, then over launches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from bench.analysis.run.connection_figures import ConnectionCosts, HeldCost
from bench.model.connections import ConnectionLevel, ConnectionSample, RequestWindows
from bench.model.run import Check
from bench.stats.intervals import Estimate, estimate
from bench.stats.windows import enough_undisturbed, launch_cost, launch_difference, undisturbed_mask, undisturbed_us

Windows = Callable[[ConnectionSample], RequestWindows]


def connection_costs(samples: Sequence[ConnectionSample]) -> ConnectionCosts:
    """Times are of windows in which the core was as fast as it usually was in these launches."""
    first = samples[0]
    usual = _usual_us(samples)
    limited = first.levels[-1].wanted < first.asked
    return ConnectionCosts(
        holds=first.holds,
        levels=tuple(_level(samples, at, usual) for at in range(len(first.levels))),
        kept_us=_over_launches([_cost(one.kept, usual) for one in samples]),
        fresh_us=_over_launches([_cost(one.fresh, usual) for one in samples]),
        fresh_added_us=_over_launches([_paired(one, usual) for one in samples]),
        asked=first.asked,
        file_limit=first.file_limit if limited else None,
        samples=tuple(samples),
    )


def none_lost(sample: ConnectionSample) -> Check:
    """Figures per connection need as many as they are divided by, on both sides."""
    for level in sample.levels:
        if level.client_open == level.server_open == level.wanted:
            continue
        why = ", ".join(f"{count} times: {reason}" for reason, count in level.lost.items())
        said = f"of {level.wanted:,}, the client had {level.client_open:,} open and the server {level.server_open:,}"
        return Check(name=_COUNTED, passed=False, evidence=f"{said}{f': {why}' if why else ''}")
    most = max(level.wanted for level in sample.levels)
    return Check(name=_COUNTED, passed=True, evidence=f"{most:,} on both sides, none lost")


_COUNTED = "connections counted on both sides"


def right_beside(sample: ConnectionSample) -> Check:
    """A server that fails at requests does less than one that answers them."""
    wrong = ", ".join(f"{count} times: {reason}" for reason, count in sample.errors.items())
    asked = bool(sample.kept.cpu_us)
    said = wrong or (f"{sample.verified} compared, all like the app's own" if asked else "no requests beside them")
    return Check(name="right responses beside connections", passed=not sample.errors, evidence=said)


def _level(samples: Sequence[ConnectionSample], at: int, usual: float) -> HeldCost:
    levels = [sample.levels[at] for sample in samples]
    pairs = list(zip(samples, levels, strict=True))
    return HeldCost(
        connections=levels[0].wanted,
        each_kb=estimate([_each_kb(level) for level in levels]),
        idle_cpu_ms_per_s=estimate([_idle_ms_per_s(sample, level) for sample, level in pairs]),
        busy_us=_over_launches([_cost(level.busy, usual) for level in levels]),
        busy_added_us=_over_launches([_added(sample, level, usual) for sample, level in pairs]),
    )


def _each_kb(level: ConnectionLevel) -> float:
    return (level.rss_mb - level.rss_from_mb) * 1e3 / (level.wanted - level.rss_from)


def _idle_ms_per_s(sample: ConnectionSample, level: ConnectionLevel) -> float:
    return (level.idle_cpu_s / level.idle_s - sample.idle_cpu_s / sample.idle_s) * 1e3


def _added(sample: ConnectionSample, level: ConnectionLevel, usual: float) -> float | None:
    """Windows without held connections are from before and after those with them: a drift cancels out."""
    busy, alone = _cost(level.busy, usual), _cost(sample.alone, usual)
    return None if busy is None or alone is None else busy - alone


def _usual_us(samples: Sequence[ConnectionSample]) -> float:
    """What the reference work took between windows, when nobody slowed the core; 0 where there were none."""
    seen = [us for windows in _all_windows(samples) for us in windows.reference_us]
    return undisturbed_us(seen) if seen else 0.0


def _all_windows(samples: Sequence[ConnectionSample]) -> Iterator[RequestWindows]:
    for sample in samples:
        yield from (sample.kept, sample.fresh, sample.alone, *(level.busy for level in sample.levels))


def _cost(windows: RequestWindows, usual: float) -> float | None:
    mask = undisturbed_mask(windows.reference_us, usual)
    return launch_cost(np.asarray(windows.cpu_us)[mask].tolist()) if enough_undisturbed(mask) else None


def _paired(sample: ConnectionSample, usual: float) -> float | None:
    fresh, kept = sample.fresh, sample.kept
    mask = undisturbed_mask(fresh.reference_us, usual) & undisturbed_mask(kept.reference_us, usual)
    if not enough_undisturbed(mask):
        return None
    ones, others = (np.asarray(cpu_us)[mask].tolist() for cpu_us in (fresh.cpu_us, kept.cpu_us))
    return launch_difference(ones, others)


def _over_launches(values: Sequence[float | None]) -> Estimate | None:
    """None where fewer than half of the launches say anything."""
    known = [value for value in values if value is not None]
    return estimate(known) if known and 2 * len(known) >= len(values) else None
