"""What requests hold and keep: the memory graph of each case, its lines, and its allocations by layer."""

from __future__ import annotations

from collections.abc import Sequence

from bench.analysis.run.heap import AllocationLine
from bench.model.heap import Heaps
from bench.report import cells
from bench.report.document import (
    Block,
    Bullets,
    Cell,
    Column,
    Document,
    Figure,
    Panel,
    Panels,
    Prose,
    Row,
    Section,
    Table,
)
from bench.report.figures.flame_graph import layer_legend
from bench.report.figures.heap_graph import payload
from bench.report.templates import anchor
from bench.report.words.heap import Heap
from bench.text.numbers import count, share

_SHOWN = 12
_STANDINGS = {"invalid": "is INVALID", "skipped": "is incomplete"}


def document(heaps: Heaps, found: Sequence[Heap]) -> Document:
    """What the heaps of a run say; `found` are those that could be measured."""
    versions = heaps.stack.packages
    fastapi = f"FastAPI {versions['fastapi']}" if "fastapi" in versions else "A stack"
    alone = len(found) == 1
    sections = (_held(found), _missing(heaps))
    return Document(
        title=f"Memory of {fastapi} on Python {heaps.stack.python}",
        headline=tuple(found[0].sentences if alone else [" ".join(one.sentences) for one in found]),
        subtitle=("memory of one request by line", heaps.host.cpu_model, f"run {heaps.id}"),
        sections=tuple(section for section in sections if section is not None),
        version=heaps.harness_version,
        id=heaps.id,
    )


def _held(found: Sequence[Heap]) -> Section | None:
    if not found:
        return None
    said = Prose(
        "Every byte that was live at the peak of one request, measured in fresh processes under memray and "
        "grouped by the callers of the line that allocated it. Width is bytes, colour is the layer. Sizes are "
        "as requested from the allocator, and include Python's own allocator and native code."
    )
    return Section("What holds memory", (said, Panels("Case", tuple(map(_panel, found)))), "flames", shown="page")


def _panel(heap: Heap) -> Panel:
    sample = heap.sample
    blocks: list[Block] = [Figure(html=layer_legend(heap.shares), payload=payload(heap))]
    if heap.held:
        blocks.append(_lines(heap.held, sample.peak_bytes, 1000, "kB", "Lines that hold memory at the peak."))
    if heap.kept:
        kept, requests = sum(line.size for line in heap.kept), _requests(heap)
        blocks.append(
            _lines(heap.kept, kept, requests, "B per request", "Lines that allocated what was never released.")
        )
    if heap.allocations:
        blocks.append(_allocations(heap))
    return Panel(sample.case, f"profile-{anchor(sample.case)}", tuple(blocks))


def _requests(heap: Heap) -> int:
    """Of one launch, while memory was watched for growth."""
    return (heap.sample.block_requests or 1) * (len(heap.sample.live_bytes[0]) - 1)


def _lines(found: Sequence[AllocationLine], whole: int, per: float, unit: str, caption: str) -> Table:
    columns = (
        Column("line", words=True, code=True, wrap=True),
        Column("layer", words=True),
        Column("called by", words=True, code=True),
        Column(unit),
        Column("share"),
    )
    rows = (
        Row(
            (
                Cell(line.name),
                Cell(line.layer),
                Cell("" if line.by_itself else line.caller),
                cells.plain(line.size / per),
                Cell(share(line.size / whole), sort=line.size),
            )
        )
        for line in found[:_SHOWN]
    )
    return Table(columns, tuple(rows), caption)


def _allocations(heap: Heap) -> Table:
    rows = (
        Row((Cell(layer), Cell(count(allocs), sort=allocs), Cell(count(size), sort=size)))
        for layer, allocs, size in heap.allocations
    )
    return Table(
        (Column("layer", words=True), Column("allocations"), Column("bytes")),
        tuple(rows),
        "Allocations of one request by layer, with garbage collection off. The driver's are those of sending the "
        "request.",
    )


def _missing(heaps: Heaps) -> Section | None:
    if not heaps.absences:
        return None
    said = Bullets(tuple(f"`{one.case}` {_STANDINGS[one.kind]}: {one.reason}" for one in heaps.absences), "warn")
    return Section("Invalid or missing", (said,), "missing")
