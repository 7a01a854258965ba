"""The run in sentences: what a request costs, what it costs to serve, and whether to believe it.

Names of cases stand in backticks, so that a page may set them as code.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from bench.analysis.load.figures import Load, Search
from bench.analysis.run.figure_text import peak
from bench.analysis.run.figures import CaseSummary, Chain, Memory, Standing, Summary
from bench.model.load import LoadSample
from bench.report.words.startup import startup
from bench.stats.intervals import Estimate
from bench.text.numbers import added, counted, interval, mean, number, percentile, share
from bench.text.objectives import in_words

ADDITIVE = 0.1
"""How far, as a share of the whole, the sum of a chain's layers may miss it and still be called adding up."""


@dataclass(frozen=True)
class Layer:
    """What one target's layer adds, by request: the cheapest and the dearest that it answers."""

    target: str
    adds: str
    least: tuple[str, Estimate]
    most: tuple[str, Estimate]


def verdicts(summary: Summary) -> list[str]:
    """The sentences to read first, the most important at the front."""
    first = headline(summary)
    interrupted = [] if summary.run.complete else ["Interrupted: this is what was measured until then."]
    return [
        *interrupted,
        *_objectives(summary),
        *(_routes(summary) if first is not None and first.case.of_app else _cost(first)),
        *_served(first, summary),
        *_memory(summary),
        *startup(summary),
        *_additivity(summary),
        *_validity(summary),
    ]


def headline(summary: Summary) -> CaseSummary | None:
    """The main chain: the deepest target that another one stands over, in its headline request.

    Of the cases that were asked for; ancestors that came along for the pairing only count when there are no others.
    """
    whole = [case for case in summary.cases.values() if case.chain.value and case.chain.value.split]
    asked_for = [case for case in whole if not case.case.only] or whole
    carrying = {case.case.over for case in asked_for}
    chain = [case for case in asked_for if case.case.target in carrying] or asked_for

    def rank(case: CaseSummary) -> tuple[int, bool]:
        return (len(case.chain.value.steps) if case.chain.value else 0, case.case.headline)

    return max(chain, key=rank, default=None)


def layer_costs(summary: Summary) -> list[Layer]:
    """Every layer's marginal cost, in the run's order of targets."""
    found: dict[tuple[str, str], list[tuple[str, Estimate]]] = {}
    for case in summary.cases.values():
        if case.added_us.value is not None:
            found.setdefault((case.case.target, case.case.adds), []).append((case.case.request, case.added_us.value))

    def by_mean(cost: tuple[str, Estimate]) -> float:
        return cost[1].mean

    return [
        Layer(target, adds, min(costs, key=by_mean), max(costs, key=by_mean)) for (target, adds), costs in found.items()
    ]


def worst_residual(summary: Summary) -> Chain | None:
    """The chain whose layers miss its end-to-end cost by the largest share."""
    chains = [chain for case in summary.cases.values() if (chain := case.chain.value) and len(chain.steps) > 1]
    return max(chains, key=lambda chain: abs(chain.residual_share), default=None)


def _cost(first: CaseSummary | None) -> Iterator[str]:
    if first is None or first.chain.value is None:
        return
    chain, case = first.chain.value, first.case
    root, *layers = chain.steps
    parts = [f"{mean(root.cost_us)} {root.case.adds}", *(f"{added(step.cost_us)} {step.case.adds}" for step in layers)]
    yield (
        f"A `{case.request}` request to `{case.target}` costs {mean(chain.whole_us)} µs of CPU "
        f"({interval(chain.whole_us)}): {', '.join(parts)}."
    )


def _routes(summary: Summary) -> Iterator[str]:
    """Of somebody's own app, whose routes stand over nothing: the cheapest and the most expensive."""
    costs = {case.case.id: case.timing.value.cpu_us for case in summary.cases.values() if case.timing.value}
    most, least = (end(costs, key=lambda id_: costs[id_].mean) for end in (max, min))
    said = (
        f"`{most}` of `{summary.cases[most].case.target}` costs {mean(costs[most])} µs of CPU ({interval(costs[most])})"
    )
    others = f"; the cheapest of its {len(costs)} requests, `{least}`, costs {mean(costs[least])} µs"
    yield f"{said}{others if len(costs) > 1 else ''}."


def _objectives(summary: Summary) -> Iterator[str]:
    """Those that aren't met; else how many are."""
    judged = [
        (case.case.id, one)
        for case in summary.cases.values()
        for figure in case.loads.values()
        for one in (figure.value.objectives if figure.value else ())
    ]
    missed = [(id_, one) for id_, one in judged if one.met is False]
    for id_, one in missed:
        yield f"`{id_}` does not meet {in_words(one.requirement)}: {one.found}."
    if judged and not missed:
        met = sum(one.met is True for _, one in judged)
        yield "The objective is met." if met == len(judged) == 1 else f"{met} of {len(judged)} objectives are met."


def _served(first: CaseSummary | None, summary: Summary) -> Iterator[str]:
    """The first sentence's case under load; when it wasn't served, the first that was."""
    served: list[tuple[CaseSummary, Load]] = [
        (case, figure.value) for case in summary.cases.values() for figure in case.loads.values() if figure.value
    ]
    if not served:
        return
    case, load = next(((case, load) for case, load in served if case is first), served[0])
    p99 = load.latency_ms[0.99]
    tail = f", 99% of them within {number(p99)} ms" if p99 is not None and math.isfinite(p99) else ""
    tail += f"; {share(load.failed_share)} of requests failed" if load.failed_share else ""
    cost = f"takes {mean(load.server_cpu_us)} µs of server CPU per request and " if load.server_cpu_us else ""
    sent = f"sent {number(load.rate, 0)} requests/s" if load.rate else f"served to {load.users} users"
    yield f"`{case.case.id}`, {sent}, {cost}answers {rate(load.rps.mean)} requests/s{tail}."


def scenario_in_words(sample: LoadSample) -> str:
    """Who asked, how often, and from how many processes."""
    workers = f", from {sample.workers} processes" if sample.workers > 1 else ""
    if sample.open is None:
        return f"{sample.users} users, each sends its next request after the response{workers}"
    how = "random arrivals" if sample.open.arrivals == "poisson" else "evenly spaced"
    rate = number(sample.open.rate, 0)
    return f"{rate} requests per second, {how}, on up to {sample.users} connections{workers}"


def search_sentence(case: str, search: Search) -> str:
    """How fast a case may be asked, and where that ends."""
    promise = f"{percentile(search.objective.q)} ≤ {number(search.objective.limit_ms)} ms"
    closed = "" if search.capacity is None else f"; the closed model reaches {rate(search.capacity)}/s"
    ended = "" if search.close else f". The search stopped after {counted(len(search.steps), 'trial')}"
    if search.held is None:
        lowest = min((step.rate for step in search.steps), default=0.0)
        return f"`{case}` does not meet {promise} at any tested rate, down to {rate(lowest)}/s{closed}."
    end = f", not at {rate(search.failed)}" if search.failed else ", the highest rate with a valid result"
    return f"`{case}` meets {promise} up to {rate(search.held)} requests/s{end}{closed}{ended}."


def rate(value: float) -> str:
    """Requests a second: whole where that says enough."""
    return number(value, 0 if value >= 100 else None)


def _memory(summary: Summary) -> Iterator[str]:
    """The widest gap in peak memory among targets that answer the same request."""
    by_request: dict[str, list[tuple[str, Memory]]] = {}
    for case in summary.cases.values():
        if case.memory.value:
            by_request.setdefault(case.case.group, []).append((case.case.id, case.memory.value))
    ordered = [sorted(cases, key=lambda pair: pair[1].peak_mb.mean) for cases in by_request.values() if len(cases) > 1]
    if not ordered:
        return
    (low, least), *_, (high, most) = max(
        ordered, key=lambda cases: cases[-1][1].peak_mb.mean - cases[0][1].peak_mb.mean
    )
    if most.resolved:
        yield (
            f"One request to `{high}` raises the memory of its process by {peak(most)} at its peak; one to `{low}` "
            f"raises it by {peak(least)}."
        )


def _additivity(summary: Summary) -> Iterator[str]:
    worst = worst_residual(summary)
    if worst is None:
        return
    case, off = f"`{worst.steps[-1].case.id}`", share(abs(worst.residual_share))
    if abs(worst.residual_share) <= ADDITIVE:
        yield f"The layers add up: their sum is within {off} of the end-to-end cost for every case (worst: {case})."
    else:
        yield f"The layers of {case} don't add up: their sum differs from the end-to-end cost by {off}."


def _validity(summary: Summary) -> Iterator[str]:
    invalid = sum(hole.standing is Standing.INVALID for hole in summary.holes)
    skipped = len(summary.holes) - invalid
    if not summary.holes and summary.tallies:
        yield f"All figures passed their checks ({number(sum(t.looked_at for t in summary.tallies), 0)} checks)."
    if not summary.holes:
        return
    said = [f"{invalid} INVALID" if invalid else "", f"{skipped} skipped" if skipped else ""]
    yield f"Some figures are invalid or missing: {' and '.join(filter(None, said))}. The reasons are under Validity."
