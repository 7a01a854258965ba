"""Brackets the highest rate at which a server meets an objective. Pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bench.analysis.load.checks import MAY_DELAY
from bench.analysis.load.objectives import judge
from bench.analysis.load.quantities import beyond_latencies, kept, of_a_core, server_cores
from bench.analysis.load.service import Limit, limit_of
from bench.model.load import LoadSample, SearchSample
from bench.model.scenario import Objective
from bench.stats.histogram import BEYOND, share_within

_FIRST_SHARES = (0.25, 0.5, 0.7, 0.85, 1.0)
_BELOW_ITS_LIMIT = (Limit.WAITING, Limit.USERS, Limit.TURNS)
CLOSE_ENOUGH = 1.04
"""The search ends when the lowest rate that failed is no more than this many times the highest that held."""
MOST_STEPS = 32
_MOST_VOID = 3
_HIGHER, _LOWER = 1.5, 0.25


@dataclass(frozen=True)
class Tried:
    """A rate, and whether the objective was met at it; None when that says nothing of the server. `long` trials confirm
    what short ones found."""

    rate: float
    held: bool | None
    long: bool = False


def first_rates(capacity: LoadSample) -> tuple[float, ...]:
    """What to try one after another until a rate fails, enough to draw the knee: shares of what a closed load reached.
    Where its server waited, what it reached, and then shares of what its cores would do if they were always busy."""
    reached = capacity.requests / capacity.duration_s
    if capacity.server_cpu_s and limit_of(capacity) in _BELOW_ITS_LIMIT:
        busy = reached * server_cores(capacity) / of_a_core(capacity.server_cpu_s, capacity)
        return (reached, *(share * busy for share in _FIRST_SHARES if share * busy > reached))
    return tuple(share * reached for share in _FIRST_SHARES)


def next_trial(tried: Sequence[Tried], first: Sequence[float]) -> tuple[float, bool] | None:
    """The rate to try next, and whether for long; None when the answer is known well enough. `first` is where to begin.

    Up through `first` until one fails, then the geometric middle between the highest that held and the lowest that
    failed. A rate that failed once is tried again before it counts: a neighbour's moment is not the server's limit; and
    once more where it held and failed as often. So is one that said nothing, but not for ever. What held may have had a
    good moment: the answer has to hold for long as well, and if it doesn't, the search goes on below with long trials.
    """
    if len(tried) >= MOST_STEPS:
        return None
    if tried:
        last = tried[-1]
        outcomes = [one.held for one in tried if (one.rate, one.long) == (last.rate, last.long)]
        if outcomes.count(None) >= _MOST_VOID:
            return None
        held, failed = outcomes.count(True), outcomes.count(False)
        if last.held is None or held == failed or failed == 1 > held:
            return last.rate, last.long
    long, short = _by_length(tried)
    if (rate := _of_bracket(short, first)) is not None:
        return rate, False
    return None if (rate := _of_long_bracket(long, short)) is None else (rate, True)


def _of_bracket(short: Sequence[Tried], first: Sequence[float]) -> float | None:
    """The next short trial; None once the limit is bracketed."""
    low, high = _bounds(short)
    if high is None:
        higher = [rate for rate in first if rate > low * CLOSE_ENOUGH]
        return _rounded(higher[0] if higher else low * _HIGHER)
    if low == 0.0:
        return _rounded(high * _LOWER)
    return None if close(low, high) else _rounded((low * high) ** 0.5)


def _of_long_bracket(long: Sequence[Tried], short: Sequence[Tried]) -> float | None:
    """The next long trial; None once the highest rate that held for long is known."""
    low, high = _bounds(long)
    if high is None:
        return None if low else max(_held(short))
    if not low:  # down in steps that double, as nobody knows by how much short trials overstate the limit
        return _rounded(high / CLOSE_ENOUGH**2 ** len(_failed(long)))
    return None if close(low, high) else _rounded((low * high) ** 0.5)


def bracket(tried: Sequence[Tried]) -> tuple[float, float | None]:
    """The highest rate that held more often than it failed, 0 when none did, and the lowest above it that didn't, if
    any failed. Short trials count below what failed for long, as long as nothing has held for long."""
    long, short = _by_length(tried)
    low, high = _bounds(long)
    if not low:
        low = max((rate for rate in _held(short) if high is None or rate < high), default=0.0)
    return low, min((rate for rate in _failed(long) | _failed(short) if rate > low), default=None)


def _by_length(tried: Sequence[Tried]) -> tuple[list[Tried], list[Tried]]:
    """Long and short ones."""
    return [one for one in tried if one.long], [one for one in tried if not one.long]


def _bounds(tried: Sequence[Tried]) -> tuple[float, float | None]:
    low = max(_held(tried), default=0.0)
    return low, min((rate for rate in _failed(tried) if rate > low), default=None)


def _held(tried: Sequence[Tried]) -> set[float]:
    """The rates that held more often than they failed."""
    return {rate for rate, balance in _balances(tried).items() if balance > 0}


def _failed(tried: Sequence[Tried]) -> set[float]:
    return {rate for rate, balance in _balances(tried).items() if balance <= 0}


def _balances(tried: Sequence[Tried]) -> Counter[float]:
    """By rate, how much more often it held than failed, of those that said anything."""
    found = Counter[float]()
    for one in tried:
        if one.held is not None:
            found[one.rate] += 1 if one.held else -1
    return found


def confirmed(tried: Sequence[Tried], rate: float) -> bool:
    """Whether a rate held for long."""
    return any(one.held and one.long and one.rate == rate for one in tried)


def close(low: float, high: float | None) -> bool:
    """Whether a bracket is so narrow that it is the answer."""
    return high is not None and high <= low * CLOSE_ENOUGH


def holds(step: LoadSample, objective: Objective) -> bool | None:
    """Whether requests were answered as fast as they fell due, as many of them within the limit, and whatever else the
    scenario requires was met.

    The share itself is compared, which needs no interpolation: of all that fell due, also those that failed or were
    never sent, which count as slower than the limit.
    None when too few fell due to tell, and when it didn't hold and a client or a neighbour may be to blame: what delays
    requests can make a server look slower than it is, never faster.
    """
    failed = beyond_latencies(step)
    if step.gave_up is None:
        if step.open is None or (step.latency.count + failed) * (1 - objective.q) < BEYOND - 1e-9:
            return None
        met = share_within(step.latency, objective.limit_ms, failed) >= objective.q - 1e-12
        if met and kept(step) and all(one.met is not False for one in judge([step])):
            return True
    found = (check(step) for check in MAY_DELAY)
    return None if any(one is not None and not one.passed for one in found) else False


def tries(sample: SearchSample) -> list[Tried]:
    """Every rate that was tried, with what came of it: the steps, then those at which the client gave up."""
    long_from = len(sample.steps) if sample.long_from is None else sample.long_from
    judged = [
        Tried(step.open.rate, holds(step, sample.objective), long=number >= long_from)
        for number, step in enumerate(sample.steps)
        if step.open is not None
    ]
    return [*judged, *(Tried(one.rate, False) for one in sample.refused)]


def _rounded(rate: float) -> float:
    return float(f"{rate:.3g}")
