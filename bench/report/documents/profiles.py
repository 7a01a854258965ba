"""The profiles of a run for a terminal: a sentence about each."""

from __future__ import annotations

from collections.abc import Mapping

from bench.analysis.run.figures import Summary
from bench.report.document import Document
from bench.report.figures.flame_graph import Flame, flames
from bench.report.figures.palette import layer_name
from bench.text.numbers import listed, number, share


def document(summary: Summary, profiles: Mapping[str, str]) -> Document | None:
    """What a terminal shows of the profiles of a run; None of a run without any."""
    found = flames(summary, profiles)
    if not found:
        return None
    profiled = "1 profile" if len(found) == 1 else f"{len(found)} profiles"
    return Document(
        title="Profiles",
        headline=(f"Where the time of a request goes, by layer, in {profiled}:", *map(_sentence, found)),
        version=summary.run.harness_version,
    )


def _sentence(found: Flame) -> str:
    sample = found.sample
    layers = listed([f"{layer_name(layer)} {share(part)}" for layer, part in found.shares])
    said = f"`{found.name}`: {layers} of the time of a request"
    if found.hottest:
        said += f". Hottest frame: `{found.hottest[0].frame}` ({share(found.hottest[0].share)})"
    taken = "as much CPU" if sample.where == "served" else "as long"
    said += f". With the profiler, a request took {number(sample.tax, 1)} times {taken}"
    if sample.kernel_share is not None:
        said += f"; without it, the kernel used about {number(sample.kernel_share * 100, 0)}% of the process's CPU"
    return f"{said}."
