"""The starts of a run in a sentence: the longest of them, and what a further route adds."""

from __future__ import annotations

from collections.abc import Iterator

from bench.analysis.run.figures import Summary
from bench.analysis.run.startup import per_route
from bench.analysis.run.startup_figures import Startup
from bench.text.numbers import interval, mean, measured, number


def startup(summary: Summary) -> Iterator[str]:
    """Nothing of a run that started nothing."""
    found = [(one.startup.value, one.case.target) for one in summary.cases.values() if one.startup.value]
    if not found:
        return
    longest, target = max(found, key=lambda one: one[0].start_ms.mean)
    yield (
        f"Starting `{target}` takes {mean(longest.start_ms)} ms of CPU ({interval(longest.start_ms)})"
        f"{_steps(longest)}; its process holds {number(longest.rest_mb.mean)} MB at rest."
    )
    for one in per_route(summary.cases.values()):
        if one.build_us is not None and one.rest_kb is not None:
            yield (
                f"A further route adds {measured(one.build_us, 'µs')} of CPU to building the app, and "
                f"{measured(one.rest_kb, 'kB')} at rest."
            )


def _steps(found: Startup) -> str:
    if found.libraries_ms is None or found.build_ms is None:
        return ""
    return f": {mean(found.libraries_ms)} importing libraries, {mean(found.build_ms)} building the app"
