"""A run on a terminal: the sentences, the cake, load, memory, and what may not be believed. 100 columns are enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bench.claims.judge import judge
from bench.figures import Endpoint, Hole, Load, Search, Standing, Summary
from bench.memory import LEAST_MB
from bench.report.cake import Cake, Row, cakes
from bench.report.caveats import of_this_run
from bench.report.judged import claims_found, named
from bench.report.pictures import MemoryPicture, memory_picture
from bench.report.verdicts import rate, search_sentence, verdicts
from bench.report.witnesses import biases, flags, heading
from bench.report.witnesses_terminal import witnesses_table
from bench.samples import Run
from bench.summary import summarise
from bench.testimony import attributions
from bench.witnesses import Attribution
from bench.wording import DASH, STANDINGS, added, listed, mean, number, peak, percentile, size, within

INDENT = 2
NUMBERS = 40
"""Columns that the figures beside a bar take; the bar gets the rest, within reason."""
SHORTEST_BAR, LONGEST_BAR = 8, 36
MOST_CAKES = 5
_HELD = {True: ("held", "green"), False: ("not held", "yellow"), None: ("says nothing", "dim")}
PARENT, LAYER, SAVED = "░", "█", "▒"


def print_run(console: Console, run: Run, page: str | None = None, profiles: Mapping[str, str] | None = None) -> None:
    """Print what the run says; `page` is where its report lies, for the last line, `profiles` are folded stacks by
    file."""
    summary = summarise(run)
    console.print()
    console.print(Text(_title(run), style="bold"))
    for sentence in verdicts(summary):
        console.print(_item(sentence))
    shown, others = _telling(cakes(summary))
    for cake in shown:
        _section(console, f"{cake.request}: CPU of one request in process, µs", _cake_table(cake, console.width))
    if others:
        console.print(_item(f"As many figures again for {listed(others)} are in the report."))
    if claims := claims_found(judge(summary), run.effort):
        _section(console, "Claims; the numbers behind them are in the report", claims)
    _print_served(console, summary)
    for attributed in attributions(summary, profiles or {}):
        _section(console, "Where one served request goes, by several witnesses", _witnesses(attributed))
    memory = memory_picture(summary)
    if memory.groups or memory.small:
        _section(console, "Peak memory that one request adds to a fresh process", _memory_table(memory))
    if summary.holes:
        _section(console, "Not to be believed, or not there", _holes(summary))
    if caveats := list(of_this_run(summary)):
        _section(console, "Where these figures mislead", Group(*(_item(caveat) for caveat in caveats)))
    if page is not None:
        console.print()
        console.print(Text.assemble("The whole report: ", (page, "bold")))


def _print_served(console: Console, summary: Summary) -> None:
    if any(case.loads for case in summary.cases.values()):
        _section(console, "Under load: latency in ms, server CPU of one request in µs", _load_table(summary))
    if searches := [(case.case.id, case.search.value) for case in summary.cases.values() if case.search.value]:
        _section(console, "How fast it may be asked: the highest rate that keeps what is promised", _searches(searches))


def _witnesses(one: Attribution) -> Group:
    """The whole, the table, what is flagged, and each witness's bias."""
    said = [*flags(one), *(f"{name}: {bias}" for name, bias in biases(one))]
    return Group(named(heading(one)), witnesses_table(one), *map(_item, said))


def _title(run: Run) -> str:
    packages = [f"{name} {run.stack.packages[name]}" for name in ("fastapi", "starlette") if name in run.stack.packages]
    return " · ".join([*packages, f"Python {run.stack.python}", run.host.cpu_model, f"{run.effort} effort"])


def _item(sentence: str) -> RenderableType:
    """One bullet, its continuation lines indented; names in backticks stand out without them."""
    grid = Table.grid(padding=(0, 1))
    grid.add_row("•", named(sentence))
    return grid


def _section(console: Console, title: str, body: RenderableType) -> None:
    console.print()
    console.print(Text(title, style="bold underline"))
    console.print(Padding(body, (0, 0, 0, INDENT)))


def _table(*columns: str, words: int = 1) -> Table:
    """Plain columns, the first `words` of them text, the others numbers."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for index, column in enumerate(columns):
        table.add_column(column, justify="left" if index < words else "right", no_wrap=True)
    return table


def _cake_table(cake: Cake, width: int) -> Table:
    names = [" " * (2 * row.depth) + cake.name(row.summary.case) for row in cake.rows]
    cells = min(LONGEST_BAR, max(SHORTEST_BAR, width - NUMBERS - max(len(name) for name in names)))
    table = _table("target", "adds", "", "in all", "")
    table.add_column(f"0 to {number(cake.scale.most)} µs", no_wrap=True)
    for name, row in zip(names, cake.rows, strict=True):
        timing, layer = row.summary.timing, row.summary.added_us.value
        if timing.value is None:
            table.add_row(name, "", "", _standing(timing.standing))
            continue
        cost = timing.value.cpu_us
        adds = (added(layer), Text(within(layer), style="dim")) if layer else ("", "")
        table.add_row(name, *adds, mean(cost), Text(within(cost), style="dim"), _bar(cake, row, cells))
    return table


def _bar(cake: Cake, row: Row, length: int) -> Text:
    """The parent's part, then the layer's own; what a layer saves is shaded at the end of the parent's part."""
    if not row.segments:
        return Text("")

    def cells(value_us: float) -> int:
        return round(cake.scale.percent(value_us) / 100 * length)

    own = row.segments[-1]
    left, right = cells(own.left_us), cells(own.left_us + own.width_us)
    bar = Text(PARENT * left, style="dim")
    bar.append((SAVED if own.saves else LAYER) * max(right - left, 1), style="green" if own.saves else "cyan")
    return bar.append(" …") if cake.scale.cuts(row.longest_us) else bar


def _load_table(summary: Summary) -> Table:
    shown = (0.5, 0.99)
    table = _table("case", "requests/s", *(percentile(q) for q in shown), "longest", "server CPU")
    for case in summary.cases.values():
        for scenario, figure in case.loads.items():
            if figure.value is None:
                table.add_row(", ".join(filter(None, (case.case.id, scenario))), _standing(figure.standing))
                continue
            load, cpu = figure.value, figure.value.server_cpu_us
            server = DASH if cpu is None else number(cpu.mean, 1)
            parts = load.endpoints if len(load.endpoints) > 1 else {}
            whole = f"{case.case.id}, {load.scenario}" if parts or load.rate else case.case.id
            table.add_row(whole, number(load.rps.mean, 0), *_latencies(load, shown), server)
            if load.service_ms is not None:
                table.add_row("  from its send", "", *(_ms(load.service_ms[q]) for q in shown))
            for name, endpoint in parts.items():
                table.add_row(f"  {name}", number(load.rps_of(endpoint), 0), *_latencies(endpoint, shown))
    return table


def _latencies(seen: Load | Endpoint, shown: tuple[float, ...]) -> list[str]:
    return [*(_ms(seen.latency_ms[q]) for q in shown), number(seen.longest_ms, 2)]


def _ms(latency: float | None) -> str:
    return DASH if latency is None else number(latency, 2)


def _searches(searches: Sequence[tuple[str, Search]]) -> Group:
    """For each a sentence, and every rate that was tried."""
    parts: list[RenderableType] = []
    for case, search in searches:
        parts.append(_item(search_sentence(case, search)))
        shown = dict.fromkeys((0.5, search.objective.q))
        table = _table("asked", "answered", *(percentile(q) for q in shown), "")
        for step in sorted(search.steps, key=lambda step: step.rate):
            latencies = [_ms(step.latency_ms[q]) for q in shown]
            answered = DASH if step.rps is None else f"{rate(step.rps)}/s"
            table.add_row(f"{rate(step.rate)}/s", answered, *latencies, Text(*_HELD[step.held]))
        parts.append(Padding(table, (0, 0, 0, INDENT)))
    return Group(*parts)


def _memory_table(picture: MemoryPicture) -> Table:
    table = _table("case", "peak", "", "before", "body", "first byte", "last byte")
    for group in picture.groups:
        for case, memory in group.peaks:
            spread = Text(within(memory.peak_mb) if memory.resolved else "", style="dim")
            table.add_row(
                case.id,
                peak(memory),
                spread,
                f"{number(memory.before_mb.mean)} MB",
                size(memory.body_bytes),
                f"{number(memory.first_byte_ms.mean)} ms",
                f"{number(memory.elapsed_ms.mean)} ms",
            )
    if picture.small:
        table.add_row(f"{len(picture.small)} others", f"< {LEAST_MB} MB")
    return table


def _holes(summary: Summary) -> Table:
    """A row for each cause, with the reason of the first of its cases."""
    causes: dict[tuple[Standing, tuple[str, ...], str], list[Hole]] = {}
    for hole in summary.holes:
        causes.setdefault((hole.standing, hole.passes, hole.reasons[0].partition(":")[0]), []).append(hole)
    table = _table("case", "part", "", "why", words=4)
    table.columns[-1].no_wrap = False
    for (standing, passes, _), holes in causes.items():
        more = f" and {len(holes) - 1} more" if len(holes) > 1 else ""
        table.add_row(holes[0].case + more, ", ".join(passes), _standing(standing), "; ".join(holes[0].reasons))
    return table


def _telling(found: Sequence[Cake]) -> tuple[list[Cake], list[str]]:
    """The cakes to print, and the requests of the others: all of a few, else the first and the one with most rows."""
    if len(found) <= MOST_CAKES:
        return list(found), []
    largest = max(found[1:], key=lambda cake: len(cake.rows))
    return [found[0], largest], [cake.request for cake in found[1:] if cake is not largest]


def _standing(standing: Standing) -> Text:
    return Text(STANDINGS[standing], style="bold red" if standing is Standing.INVALID else "yellow")
