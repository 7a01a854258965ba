"""The flame graphs of a run, by layer."""

from __future__ import annotations

from collections.abc import Mapping

from bench.analysis.run.figures import Summary
from bench.model.run import ProfileSample
from bench.report import cells
from bench.report.document import Block, Cell, Column, Figure, Fold, Panel, Panels, Prose, Row, Section, Table
from bench.report.figures.flame_graph import Flame, flames, layer_legend, payload, profile_name
from bench.report.templates import anchor
from bench.report.words.run import headline
from bench.text.numbers import count, number, share


def section(summary: Summary, profiles: Mapping[str, str]) -> Section | None:
    """The flame graphs of a run; `profiles` are folded stacks by file."""
    found = flames(summary, profiles)
    if not found:
        return None
    first = headline(summary)
    chosen = next((one for one in found if first and one.sample.case == first.case.id), found[0])
    said = Prose(
        "Where a request spends its time, from separate profiler passes: in process, where only the request runs, and "
        "served under load, which includes the server and its event loop. Width is time per request, callers are above "
        "what they call, and colour is the layer. Profiling slows a request down: use the shares here, and take the "
        "costs from the layer cake."
    )
    panels = Panels("Case", tuple(map(_panel, found)), profile_anchor(chosen.sample))
    return Section("Flame graphs", (said, panels), "flames", shown="page")


def _panel(found: Flame) -> Panel:
    blocks: list[Block] = [
        Prose(_how(found.sample), "soft"),
        Figure(html=layer_legend(found.shares), payload=payload(found)),
        Fold("Hottest frames", (_hottest(found),)),
    ]
    if found.own:
        files = tuple(Row((Cell(file, href=f"./{file}"),)) for file in found.own)
        blocks.append(Fold("Files of pyinstrument", (Table((Column("", words=True),), files, sortable=False),)))
    return Panel(found.name, profile_anchor(found.sample), tuple(blocks))


def _how(sample: ProfileSample) -> str:
    """How it was profiled, and by how much that slowed it down."""
    by = " in CPU per request" if sample.where == "served" else ""
    said = (
        f"This profile ran {number(sample.tax, 1)}× slower{by} than without the profiler: "  # noqa: RUF001
        f"{count(sample.requests)} requests in {number(sample.duration_s)} s, a sample every "
        f"{number(sample.interval_s * 1000)} ms."
    )
    if sample.server:
        said += f" Served by {sample.server}; `[loop]` is the event loop's own work, `[idle]` is the loop waiting."
    if sample.kernel_share is not None:
        said += (
            f" Without the profiler, the kernel used about {number(sample.kernel_share * 100, 0)}% of its CPU; here "
            "that time belongs to the frame that called it."
        )
    return said


def _hottest(found: Flame) -> Table:
    columns = (
        Column("frame", words=True, code=True, wrap=True),
        Column("layer", words=True),
        Column("own µs"),
        Column("share"),
    )
    rows = (
        Row((Cell(hot.frame), Cell(hot.layer), cells.plain(hot.self_us), Cell(share(hot.share), sort=hot.share)))
        for hot in found.hottest
    )
    return Table(columns, tuple(rows), "Own time of a frame, without what it calls, in µs per request while profiled.")


def profile_anchor(sample: ProfileSample) -> str:
    """Where a page shows a profile."""
    return f"profile-{anchor(profile_name(sample))}"
