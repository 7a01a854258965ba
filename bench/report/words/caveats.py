"""What limits the figures of a run: of this run, and of the methods that it used."""

from __future__ import annotations

from collections.abc import Iterator

from bench.analysis.run.figures import Summary
from bench.model.load import LoadSample
from bench.report.words.answers import checked
from bench.report.words.run import ADDITIVE, worst_residual
from bench.text.numbers import number, share

BUSY_SHARE = 0.01
FEW_LAUNCHES = 5


def of_this_run(summary: Summary) -> Iterator[str]:
    """Sentences about this run only, names of cases in backticks."""
    run = summary.run
    stolen = max((noise.stolen_share for noise in run.noise), default=0.0)
    if stolen > BUSY_SHARE:
        yield (
            f"Other processes used up to {share(stolen)} of a core before or after this run: wall times and latencies "
            "may be too high."
        )
    if summary.slowed_share is not None and summary.slowed_share > BUSY_SHARE:
        yield (
            f"The measured core was slower by more than 10% for {share(summary.slowed_share)} of the time. Windows "
            "from that time are left out, and server CPU time under load is corrected for it. Rates and latencies are "
            "not corrected."
        )
    if run.host.virtualised:
        yield "The machine is virtual: the load of other machines on the same host can't be seen."
    launches = [case.timing.value.cpu_us.n for case in summary.cases.values() if case.timing.value]
    if launches and min(launches) < FEW_LAUNCHES:
        yield f"Some cases have only {min(launches)} launches: their intervals are wide, or missing for one launch."
    if any(set(sample.server_cores) & set(sample.client_cores) for sample in _served(summary)):
        yield "Server and client shared a core under load: rates and latencies include both."
    if any(sample.server_elsewhere and sample.server is None for sample in _served(summary)):
        yield "The server under load was started elsewhere: its CPU time, target and versions are unknown."
    unsteady = [id_ for id_, c in summary.cases.items() if c.allocations.value and not c.allocations.value.agree]
    if unsteady:
        yield f"Launches counted different allocations for {_listed(unsteady)}. The mean is shown, marked ≈."
    yield from checked(run.cases)
    worst = worst_residual(summary)
    if worst is not None and abs(worst.residual_share) > ADDITIVE:
        off = number(worst.residual_us)
        yield f"The layers of `{worst.steps[-1].case.id}` don't add up: {off} µs are unexplained."


def of_the_method(summary: Summary) -> Iterator[str]:
    """Sentences about the methods that this run used."""
    kinds = {sample.kind for sample in summary.run.samples}
    yield from (sentence for kind, sentence in _OF_THE_METHOD if kind in kinds)


def _served(summary: Summary) -> list[LoadSample]:
    return [sample for sample in summary.run.samples if isinstance(sample, LoadSample)]


def _listed(cases: list[str]) -> str:
    return ", ".join(f"`{case}`" for case in cases)


_OF_THE_METHOD = (
    ("timing", "Times in process exclude the server, its HTTP parser and the kernel. Figures under load include them."),
    (
        "timing",
        "A reference loop next to every window shows how fast the core ran. Windows on a core slower by more than 10% "
        "are left out. A core that was slower all the time looks undisturbed.",
    ),
    (
        "timing",
        "The cost of a layer is the difference between two targets. This assumes that layers add up. The cost is "
        "negative where a target does the work of its parent faster.",
    ),
    ("timing", "Intervals are Student t over launches on one machine. They don't apply to another machine."),
    (
        "timing",
        "CPU time is the median window of a launch, garbage collection is the mean. A collection in few windows counts "
        "in the garbage collection, but not in the CPU time.",
    ),
    (
        "load",
        "The closed model waits for each answer before the next request. A server that stalls gets fewer requests, so "
        "its percentiles look too good.",
    ),
    (
        "connections",
        "Memory of a connection is the server process's. The kernel's own, a few kB per socket, is not in it.",
    ),
    ("profile", "A profiler slows down code with many small calls most. Use the shares of a profile, not its times."),
)
