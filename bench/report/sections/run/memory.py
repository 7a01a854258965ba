"""A run's peaks of memory: how far one request raises what a fresh process holds."""

from __future__ import annotations

from collections.abc import Iterator

from bench.analysis.run.figure_text import STANDINGS, peak
from bench.analysis.run.figures import LEAST_MB, Summary
from bench.report import cells
from bench.report.document import Block, Bullets, Cell, Column, Figure, Prose, Row, Section, Table
from bench.report.figures.memory_bars import MemoryPicture, memory_picture
from bench.report.figures.palette import case_classes
from bench.report.templates import anchor, render
from bench.text.numbers import number, size, within


def section(summary: Summary) -> Section | None:
    """None of a run that didn't look at memory."""
    picture = memory_picture(summary)
    if picture == MemoryPicture((), (), ()):
        return None
    blocks: list[Block] = [Prose("How far one request raises the peak of a fresh process above what it held before.")]
    blocks += _bars(summary, picture)
    blocks.append(_short(picture))
    if picture.measured:
        blocks.append(Section("Every peak", (_all(picture),), "peaks", shown="page"))
    if picture.holes:
        said = (f"`{case.id}` {STANDINGS[one.standing]}: {'; '.join(one.reasons)}" for case, one in picture.holes)
        blocks.append(Bullets(tuple(said), shown="page"))
    return Section("Peak memory of one request", tuple(blocks), "memory", "Memory")


def _bars(summary: Summary, picture: MemoryPicture) -> Iterator[Section]:
    classes = case_classes(summary.run.cases)
    for index, group in enumerate(picture.groups):
        bars = [
            {
                "case": case,
                "body": size(memory.body_bytes),
                "peak": peak(memory),
                "resolved": memory.resolved,
                "peak_mb": memory.peak_mb,
                "css": classes[case.adds],
            }
            for case, memory in group.peaks
        ]
        html = render("figures/memory_bars.html", bars=bars, scale=group.scale)
        caption = "" if index else "The short line below the end of a bar is its 95% interval over launches."
        figure = Figure(html=html, caption=caption)
        yield Section(group.request, (figure,), f"memory-{anchor(group.request)}", shown="page")


def _short(picture: MemoryPicture) -> Table:
    heads = ("peak", "before", "body", "first byte", "last byte")
    made = [
        Row(
            (
                Cell(case.id),
                Cell(peak(memory), within(memory.peak_mb) if memory.resolved else ""),
                Cell(f"{number(memory.before_mb.mean)} MB"),
                Cell(size(memory.body_bytes)),
                Cell(f"{number(memory.first_byte_ms.mean)} ms"),
                Cell(f"{number(memory.elapsed_ms.mean)} ms"),
            )
        )
        for group in picture.groups
        for case, memory in group.peaks
    ]
    if picture.small:
        many = f"{len(picture.small)} {'others' if made else 'cases'}"
        named = picture.small[0].id if len(picture.small) == 1 else many
        made.append(Row((Cell(named), Cell(f"< {LEAST_MB} MB"))))
    return Table((Column("case", words=True, code=True), *map(Column, heads)), tuple(made), shown="brief")


def _all(picture: MemoryPicture) -> Table:
    made = []
    for case, memory in picture.measured:
        least = Cell(f"< {LEAST_MB}", sort=memory.peak_mb.mean)
        made.append(
            Row(
                (
                    cells.case(case.id),
                    Cell(size(memory.body_bytes), sort=memory.body_bytes),
                    cells.plain(memory.before_mb.mean),
                    cells.estimate(memory.peak_mb) if memory.resolved else least,
                    *map(cells.estimate, (memory.first_byte_ms, memory.elapsed_ms, memory.cpu_ms, memory.stall_ms)),
                )
            )
        )
    heads = ("body", "MB before", "peak MB", "first byte ms", "last byte ms", "CPU ms", "longest stall ms")
    caption = (
        "One request to the app alone, without a server: means over launches ± half of their 95% intervals. First "
        "and last byte are of the body. A stall is the longest time for which nothing else could run on the event "
        f"loop. Less than {LEAST_MB} MB can't be distinguished from the allocator's rounding."
    )
    return Table((Column("case", words=True, code=True), *map(Column, heads)), tuple(made), caption)
