"""Where a run's figures mislead: what it shows of itself, then what holds for the method."""

from __future__ import annotations

from collections.abc import Iterator

from bench.figures import Summary
from bench.report.verdicts import ADDITIVE, worst_residual
from bench.samples import LoadSample
from bench.wording import number, share

BUSY_SHARE = 0.01
FEW_LAUNCHES = 5


def caveats(summary: Summary) -> list[str]:
    """Sentences, those about this run first, then the method's, where it was used; names of cases in backticks."""
    kinds = {sample.kind for sample in summary.run.samples}
    return [*of_this_run(summary), *(sentence for kind, sentence in _OF_THE_METHOD if kind in kinds)]


def of_this_run(summary: Summary) -> Iterator[str]:
    """Only what this run itself gives cause to say."""
    run = summary.run
    stolen = max((noise.stolen_share for noise in run.noise), default=0.0)
    if stolen > BUSY_SHARE:
        yield f"Others took up to {share(stolen)} of a core's time around this run: elapsed times and latencies suffer."
    if summary.slowed_share is not None and summary.slowed_share > BUSY_SHARE:
        yield (
            f"The measured core was slowed by more than a tenth for {share(summary.slowed_share)} of the time. Windows "
            "of then are left out, and server CPU under load is scaled by it; rates and latencies are as they were."
        )
    if run.host.virtualised:
        yield "The machine is virtual: what its neighbours did meanwhile can't be seen from inside."
    launches = [case.timing.value.cpu_us.n for case in summary.cases.values() if case.timing.value]
    if launches and min(launches) < FEW_LAUNCHES:
        yield f"Some cases rest on {min(launches)} launches: their intervals are wide, or missing for a single one."
    if any(set(sample.server_cores) & set(sample.client_cores) for sample in _served(summary)):
        yield "Server and client shared a core under load: rates and latencies are of both together."
    if any(sample.server_elsewhere and sample.server is None for sample in _served(summary)):
        yield "The server under load ran already, and has no meter: which target and versions it runs isn't known."
    unsteady = [id_ for id_, c in summary.cases.items() if c.allocations.value and not c.allocations.value.agree]
    if unsteady:
        yield f"Launches disagree on the allocations of {_listed(unsteady)}: shown is their mean, marked ≈."
    worst = worst_residual(summary)
    if worst is not None and abs(worst.residual_share) > ADDITIVE:
        off = number(worst.residual_us)
        yield f"The layers of `{worst.steps[-1].case.id}` leave {off} µs over: read its cake with that in mind."


def _served(summary: Summary) -> list[LoadSample]:
    return [sample for sample in summary.run.samples if isinstance(sample, LoadSample)]


def _listed(cases: list[str]) -> str:
    return ", ".join(f"`{case}`" for case in cases)


_OF_THE_METHOD = (
    (
        "timing",
        "Times in process leave out the server, its HTTP parser and the kernel; the figures under load hold them.",
    ),
    (
        "timing",
        "A reference loop beside every window tells how fast the core ran: windows on a core slowed by more than a "
        "tenth are left out. A core that was slowed all the time looks undisturbed.",
    ),
    (
        "timing",
        "A layer's cost is marginal, the difference between two targets: it supposes that layers add up, and it is "
        "negative where a target does its parent's work more cheaply.",
    ),
    ("timing", "Intervals are Student t over launches on one machine; they say nothing about another machine."),
    (
        "timing",
        "CPU is the median window of a launch, garbage collection the mean: a collection that strikes few windows is "
        "in the second, not in the first.",
    ),
    (
        "load",
        "The closed model waits for each answer before it asks again: a server that stalls is asked less, so its "
        "percentiles flatter it.",
    ),
    ("profile", "Profiles slow code with many small calls the most: read shares in them, never times."),
)
