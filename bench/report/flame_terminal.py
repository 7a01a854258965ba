"""Profiles on a terminal: whose a request's time is, and what the profiler made of it."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console

from bench.report.flame import Flame, flames
from bench.report.judged import named
from bench.report.palette import layer_name
from bench.samples import Run
from bench.summary import summarise
from bench.wording import listed, number, share


def print_flames(console: Console, run: Run, profiles: Mapping[str, str]) -> None:
    """Print some sentences for each profile; `profiles` are folded stacks by file."""
    for found in flames(summarise(run), profiles):
        console.print()
        console.print(named(_sentences(found)))


def _sentences(found: Flame) -> str:
    sample = found.sample
    layers = listed([f"{layer_name(layer)} {share(part)}" for layer, part in found.shares])
    said = f"`{found.name}`: {layers} of a request's time"
    if found.hottest:
        said += f", the most of it in `{found.hottest[0].frame}` ({share(found.hottest[0].share)})"
    taken = "as much CPU" if sample.where == "served" else "as long"
    said += f". Profiled, a request took {number(sample.tax, 1)} times {taken}"
    if sample.kernel_share is not None:
        said += f"; unprofiled, the kernel used about {number(sample.kernel_share * 100, 0)}% of its process's CPU"
    return f"{said}."
