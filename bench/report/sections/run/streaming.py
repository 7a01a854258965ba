"""A run's exports: one body as a string against the same body streamed."""

from __future__ import annotations

from bench.analysis.run.figures import Summary
from bench.report.document import Block, Figure, Prose, Section
from bench.report.figures.palette import case_classes
from bench.report.figures.streaming import CANARY, streaming
from bench.report.templates import render


def section(summary: Summary) -> Section | None:
    """None where no body was made both ways, or only at one size."""
    classes = case_classes(summary.run.cases)
    found = streaming(summary, classes)
    if found is None:
        return None
    no_cpu = "" if found.looked_at_cpu else " This run did not measure the CPU of a single large export."
    caption = (
        "Further right is a larger body; both axes are logarithmic. A level line does not depend on the size of the "
        f"body; a line from corner to corner grows with it. A hollow point is below the resolution.{no_cpu} The table "
        "of peaks has every point."
    )
    blocks: list[Block] = [
        *map(Prose, found.sentences),
        Figure(html=render("figures/streaming.html", streaming=found), caption=caption),
    ]
    if found.waits:
        about = (
            f"Requests to `/{CANARY}` while others export: the bar ends at the 99th percentile, the line below it at "
            "the longest. The table of endpoints has more percentiles."
        )
        drawn = Figure(html=render("figures/canary_waits.html", streaming=found, classes=classes))
        blocks.append(Section("How long every other request waits", (Prose(about, "soft"), drawn), "canary"))
    return Section("Streaming against one string", tuple(blocks), "streaming", "Streaming", shown="page")
