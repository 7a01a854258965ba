"""What each setting of a server adds to the bare one: a picture and a table of each case."""

from __future__ import annotations

from collections.abc import Iterator

from bench.analysis.run.figures import Summary
from bench.analysis.run.server_figures import ServerLayers, SettingCost
from bench.report import cells
from bench.report.document import Block, Bullets, Cell, Column, Figure, Prose, Row, Section, Table
from bench.report.figures.server_bars import server_bars
from bench.report.templates import anchor
from bench.stats.intervals import Estimate
from bench.text.numbers import number, times

_SAID = (
    "What uvicorn's settings add to a request. Each server has one setting changed, but for the row that says so. Most "
    "run side by side in one process on one core, and are asked in turn in short windows. asyncio and more workers "
    "have processes of their own; the last row has two cores."
)
_COLUMNS = (
    Column("setting", words=True),
    Column("added µs"),
    Column("CPU µs"),
    Column("times bare"),
    Column("one core, requests/s"),
    Column("settings", words=True, code=True, wrap=True, detail=True),
)
_CAPTION = (
    "CPU time of the server's processes for one request, the kernel's part included: means over launches ± half of "
    "their 95% intervals. The last figure is how many requests one core has time for, and no measured rate. The access "
    "log goes to a file. Requests carry no X-Forwarded headers. Connections are kept: TLS is without its handshake."
)


def section(summary: Summary) -> Section | None:
    """None of a run that didn't compare settings."""
    found = [(id_, case.server.value) for id_, case in summary.cases.items() if case.server.value]
    if not found:
        return None
    parts = [_case(id_, layers, first=index == 0) for index, (id_, layers) in enumerate(found)]
    return Section("Server settings", (Prose(_SAID, shown="page"), *parts), "server", "Server settings")


def _case(id_: str, layers: ServerLayers, *, first: bool) -> Section:
    blocks: list[Block] = [Prose(f"Bare: `{layers.bare}`, {layers.users} concurrent requests.", "soft", shown="page")]
    blocks.append(Figure(html=server_bars(layers)))
    blocks.append(Table(_COLUMNS, tuple(_rows(layers)), _CAPTION if first else ""))
    if layers.missing:
        blocks.append(Bullets(tuple(f"{name}: not measured; {why}" for name, why in layers.missing.items())))
    return Section(f"`{id_}`", tuple(blocks), f"server-{anchor(id_)}")


def _rows(layers: ServerLayers) -> Iterator[Row]:
    bare = layers.bare_us
    yield Row((Cell("bare server"), Cell(), cells.estimate(bare), Cell(), _rate(bare), Cell()), tone="strong")
    yield from map(_row, layers.settings.values())


def _row(one: SettingCost) -> Row:
    ratio = Cell(times(one.times).removesuffix(" times"), sort=one.times.mean)
    return Row(
        (
            Cell(one.name),
            cells.marginal(one.added_us),
            cells.estimate(one.cpu_us),
            ratio,
            _rate(one.cpu_us),
            Cell(one.changes),
        )
    )


def _rate(cpu_us: Estimate) -> Cell:
    per_s = 1e6 / cpu_us.mean
    return Cell(number(per_s, 0), sort=per_s)
