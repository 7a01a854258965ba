"""What the methods of a run say of a served request: the ladder of targets, boundary timers, and the profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bench.analysis.run.attribution import ROWS, Attribution, Layers, Method, attribution, with_rows
from bench.analysis.run.figures import CaseSummary, Chain, Summary
from bench.analysis.run.timer_cost import timers_ns
from bench.analysis.run.timing import undisturbed_reference
from bench.model.boundaries import BoundarySample
from bench.model.run import ProfileSample
from bench.profiles.folded import layers, stacks
from bench.stats.intervals import Estimate, difference, estimate, total
from bench.stats.windows import speed
from bench.text.numbers import number, share

_ROW_OF = {"pydantic": "pydantic, json", "json": "pydantic, json", "database": "handler"}
_NO_PART = ("driver", "kernel")
"""Of a profile in process: the stand-in for a server, and a loop that waits."""
_ABOVE: Layers = ("pydantic, json", "handler")


def attributions(summary: Summary, profiles: Mapping[str, str]) -> tuple[Attribution, ...]:
    """Every case whose boundaries were timed, and that another method knows; `profiles` are folded stacks by file.

    Raises ValueError for stacks that can't be read.
    """
    undisturbed = undisturbed_reference(summary.run)
    found = []
    for id_, case in summary.cases.items():
        if case.boundaries.value is None:
            continue
        timed = timers(case.boundaries.value, undisturbed)
        found_by = (_ladder(summary, case, undisturbed), timed, _profile(case, profiles, timed.whole_us))
        methods = [method for method in found_by if method is not None]
        if timed.whole_us is not None and len(methods) > 1:
            found.append(attribution(id_, timed.whole_us, methods))
    return tuple(found)


@dataclass(frozen=True)
class _TimedLaunch:
    """One launch, µs per request: rows with what timing added taken off, that tax, how many times what calls of nothing
    cost it is, and the untimed end to end."""

    rows_us: Mapping[str, float]
    tax_us: float
    factor: float
    whole_us: float
    crossings: float


def timers(samples: Sequence[BoundarySample], undisturbed: float) -> Method:
    """The boundary timers of one case, over launches, at the core's undisturbed speed."""
    launches = [_timed(sample, undisturbed) for sample in samples]
    rows = [row for row in ROWS if any(row in launch.rows_us for launch in launches)]
    whole_us = estimate([launch.whole_us for launch in launches])
    tax_us = estimate([launch.tax_us for launch in launches]).mean
    factor = estimate([launch.factor for launch in launches]).mean
    crossings = estimate([launch.crossings for launch in launches]).mean
    missing = sorted({name for sample in samples for name in sample.missing})
    without = f" ({', '.join(missing)} not found)" if missing else ""
    return Method(
        "boundary timers",
        with_rows({(row,): estimate([launch.rows_us.get(row, 0.0) for launch in launches]) for row in rows}),
        (
            "Reads the CPU clock of the thread at every call from one layer to another and back, "
            f"{number(crossings, 0)} calls per request. This adds {number(tax_us)} µs "
            f"({share(tax_us / whole_us.mean)}) compared with the windows without timers in between. The "
            "overhead is subtracted from each layer by its number of calls; it is "
            f"{number(factor, 1)} times that of calls of empty functions.",
            f"Code without a boundary of its own counts for the layer that calls it{without}: FastAPI's middleware and "
            "router, outside its route, count as Starlette. The kernel's time comes from its own accounting, in ticks, "
            "and is subtracted from the server's. System calls of the app are also part of the app's time, so the "
            "server's time is too low by them. Unexplained time was spent by threads that cross no boundary.",
        ),
        whole_us=whole_us,
    )


def _timed(sample: BoundarySample, undisturbed: float) -> _TimedLaunch:
    timed = sample.timed
    own_ns = timers_ns(sample.crossings, sample.timers, sample.layers_s)
    per_request = 1e6 * _speed(sample, undisturbed) / timed.requests
    kernel_us, user_us = _untimed_us(sample, undisturbed)
    whole_us = kernel_us + user_us
    tax_us = max(0.0, timed.cpu_s * per_request - whole_us)
    factor = tax_us / (sum(own_ns.values()) / 1e9 * per_request) if any(own_ns.values()) else 0.0
    met = {name for crossed in sample.crossings for name in (crossed.outer, crossed.inner)}
    met |= {"server", "pydantic", "handler", "gc"}  # what was never called took nothing; a library may not be there
    rows_us: dict[str, float] = {}
    for layer, spent_s in sample.layers_s.items():
        if layer in met:
            row = _ROW_OF.get(layer, layer)
            rows_us[row] = rows_us.get(row, 0.0) + (spent_s - factor * own_ns[layer] / 1e9) * per_request
    rows_us["kernel"] = kernel_us
    rows_us["server"] -= kernel_us
    return _TimedLaunch(
        rows_us,
        tax_us,
        factor,
        whole_us,
        sum(crossed.times for crossed in sample.crossings) / timed.requests,
    )


def _untimed_us(sample: BoundarySample, undisturbed: float) -> tuple[float, float]:
    """Of a request in the untimed windows: the kernel's time, and the rest."""
    plain = sample.plain
    per_request = 1e6 * _speed(sample, undisturbed) / plain.requests
    return plain.system_s * per_request, (plain.cpu_s - plain.system_s) * per_request


def _speed(sample: BoundarySample, undisturbed: float) -> float:
    """The core's, over both kinds of windows: they take turns, so that it was the same for both."""
    return speed((*sample.plain.reference_us, *sample.timed.reference_us), undisturbed)


def _ladder(summary: Summary, case: CaseSummary, undisturbed: float) -> Method | None:
    """None where a step or the served root wasn't measured."""
    chain = case.chain.value
    if chain is None or not chain.split or len(chain.steps) < 2:
        return None
    root = summary.cases[chain.steps[0].case.id]
    floor = _floor(root, undisturbed)
    garbage = [summary.cases[step.case.id].timing.value for step in chain.steps]
    if floor is None or any(timing is None for timing in garbage):
        return None
    gc_us = [timing.gc_us for timing in garbage if timing is not None]
    costs: dict[Layers, Estimate] = {("kernel",): floor[0], ("server",): floor[1]}
    costs[("gc",)] = difference(gc_us[-1], gc_us[0])
    for step, (below, own) in zip(chain.steps[1:], pairwise(gc_us), strict=True):
        rows = (step.case.adds.lower(),) if step.case.adds.lower() in ROWS else _ABOVE
        cost = difference(step.cost_us, difference(own, below))
        costs[rows] = total(costs[rows], cost) if rows in costs else cost
    return Method("ladder", with_rows(costs), _ladder_limitations(chain, root))


def _ladder_limitations(chain: Chain, root: CaseSummary) -> tuple[str, ...]:
    above = [step for step in chain.steps[1:] if step.case.adds.lower() not in ROWS]
    steps = " and ".join(f"`{step.case.adds}` {number(step.cost_us.mean)} µs" for step in above)
    return (
        f"Kernel and server are those of `{root.case.id}`, served, including its small handler. It answers faster and "
        "so gets more requests, and a server with more requests needs less CPU time for each. Every further layer is "
        "the difference between its target and the one below, in process, assuming that layers add up.",
        *((f"A difference includes everything that comes with a target: {steps}.",) if above else ()),
    )


def _floor(root: CaseSummary, undisturbed: float) -> tuple[Estimate, Estimate] | None:
    """Kernel and user time of the served root, under a closed load or else between the boundaries' windows."""
    for load in (figure.value for figure in root.loads.values()):
        if load is None or load.rate is not None or len(load.endpoints) > 1:
            continue
        if load.server_system_us is not None and load.server_user_us is not None:
            return load.server_system_us, load.server_user_us
    if root.boundaries.value is None:
        return None
    kernel_us, user_us = zip(*(_untimed_us(sample, undisturbed) for sample in root.boundaries.value), strict=True)
    return estimate(kernel_us), estimate(user_us)


def _profile(case: CaseSummary, profiles: Mapping[str, str], whole_us: Estimate | None) -> Method | None:
    """The served one where there is one; None where neither was taken."""
    served, inside, timing = case.served_profile.value, case.profile.value, case.timing.value
    if served is not None and served.file in profiles and whole_us is not None:
        return served_profile(served, profiles[served.file], whole_us)
    if inside is None or timing is None or inside.file not in profiles:
        return None
    return profile_in_process(inside, profiles[inside.file], timing.cpu_us)


def served_profile(sample: ProfileSample, folded: str, whole_us: Estimate) -> Method:
    """The whole request by the profile's shares of it.

    A system call is its caller's there, mostly the server's: what the kernel used is taken out of the server's part, or
    both are one where that isn't known.
    """
    spent = _spent(folded)
    everything = sum(spent.values()) or 1
    outside = sum(spent.pop(row, 0) for row in ("kernel", "server", "driver")) / everything
    shares: dict[Layers, float] = {(row,): value / everything for row, value in spent.items()}
    if sample.kernel_share is None:
        shares["kernel", "server"] = outside
    else:
        shares[("kernel",)], shares[("server",)] = sample.kernel_share, outside - sample.kernel_share
    costs = {rows: _alone(whole_us.mean * part) for rows, part in shares.items()}
    kernel = (
        "System calls count for their caller; the kernel's time, from its own accounting, is subtracted from the "
        "server. Where worker threads do much of the work, as with `def` endpoints, CPU time is sampled."
    )
    return Method("profile, served", with_rows(costs), (_sampled(sample), kernel), by_shares=True)


def profile_in_process(sample: ProfileSample, folded: str, cpu_us: Estimate) -> Method:
    """The layers above the server by the profile's shares of the CPU time in process."""
    spent = _spent(folded)
    everything = sum(spent.values()) or 1
    costs: dict[Layers, Estimate] = {
        (row,): _alone(cpu_us.mean * value / everything) for row, value in spent.items() if row not in _NO_PART
    }
    known = "In process there is no server and no kernel time; the shares are of the CPU time in process."
    return Method("profile, in process", with_rows(costs), (_sampled(sample), known), by_shares=True, whole=False)


def _sampled(sample: ProfileSample) -> str:
    return (
        f"Samples the running code every {sample.interval_s * 1e3:g} ms of wall time, so time that other processes "
        f"take counts for the code that was interrupted. The profiler made the request {number(sample.tax, 1)} times "
        "slower, most of all code with many calls; only its shares are used."
    )


def _spent(folded: str) -> dict[str, int]:
    """µs of all samples by row, without a loop that waits."""
    found: dict[str, int] = {"pydantic, json": 0, "handler": 0, "gc": 0}
    for stack, value in stacks(folded):
        if stack[-1] != "[idle]":
            layer = layers(stack)[-1]
            row = _ROW_OF.get(layer, layer)
            found[row] = found.get(row, 0) + value
    return found


def _alone(cost_us: float) -> Estimate:
    return Estimate(cost_us, None, None, 1)
