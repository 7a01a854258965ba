"""A run under load: rate, latency, server CPU, the highest rate that meets an objective, and what serving adds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.analysis.load.figures import EndpointFigures, Load, Search
from bench.analysis.load.summary import PERCENTILES
from bench.analysis.run.figures import CheckedFigure, Summary
from bench.model.load import LoadSample
from bench.model.workload import Case
from bench.report import cells
from bench.report.document import Block, Cell, Column, Prose, Row, Section, Shown, Table, Tone
from bench.report.document import Figure as Picture
from bench.report.figures.load_charts import Knee, ServedGroup, knees, latency_charts, served_groups
from bench.report.figures.palette import case_classes
from bench.report.sections.run import server_workers, service
from bench.report.templates import anchor, render
from bench.report.words.run import rate, scenario_in_words, search_sentence
from bench.text.numbers import DASH, count, number, percentile, share

_ABOUT = (
    "The server, loaded by Locust. Closed model: each user sends the next request when the last "
    "is answered; latency is from send to last byte. Open model: requests arrive at a fixed rate, and latency counts "
    "from the scheduled send, so it includes the wait behind a stall; the time the server itself took is the service "
    "time. A server that is idle between requests runs on a colder core, so the same request costs more CPU in an open "
    "load. A percentile that too few requests support is left out. The database runs in processes of its own, on the "
    "client's core where there are only two."
)
_SERVING = (
    "Server CPU of a served request minus its CPU in process: the server, its parser, its loop and the kernel. This "
    "subtracts two kinds of measurement, so small differences of large figures are rough."
)
_SHORT = (0.5, 0.99)
"""Percentiles for where space is short."""
_HELD: dict[bool | None, Cell] = {
    True: Cell("met", tone="good"),
    False: Cell("not met", tone="warn"),
    None: Cell("not valid", tone="soft"),
}


def section(summary: Summary) -> Section | None:
    """Under load; None of a run in which nothing was served."""
    loads = [(case.case, name, figure) for case in summary.cases.values() for name, figure in case.loads.items()]
    found = knees(summary)
    if not loads and not found:
        return None
    blocks: list[Block] = [Prose(_ABOUT, shown="page")]
    if loads:
        blocks += [_short(loads), _all(summary, loads), *service.sections(summary.run, loads)]
        spread = server_workers.section(loads)
        blocks += [spread] if spread else []
    blocks += _searches(found)
    blocks += _endpoints(loads)
    blocks += _charts(summary)
    blocks += _serving(served_groups(summary))
    return Section("Under load", tuple(blocks), "load")


def _short(loads: Sequence[tuple[Case, str, CheckedFigure[Load]]]) -> Table:
    """Latency in ms and server CPU in µs, with each endpoint of a scenario of several."""
    heads = ["requests/s", *(f"{percentile(q)} ms" for q in _SHORT), "longest ms", "server CPU µs"]
    made: list[Row] = []
    for case, scenario, figure in loads:
        if figure.value is None:
            made.append(Row((Cell(f"{case.id}, {scenario}" if scenario else case.id), cells.missing(figure))))
            continue
        load = figure.value
        parts = load.endpoints if len(load.endpoints) > 1 else {}
        name = f"{case.id}, {load.scenario}" if parts or load.rate else case.id
        server = Cell(DASH if load.server_cpu_us is None else number(load.server_cpu_us.mean, 1))
        made.append(Row((Cell(name), Cell(rate(load.rps.mean)), *_latencies(load, _SHORT), server)))
        if load.service_ms is not None:
            service = [cells.plain(load.service_ms[q], 2) for q in _SHORT]
            made.append(Row((Cell("service time"), Cell(), *service), depth=1))
        for endpoint, seen in parts.items():
            answered = Cell(rate(load.rps_of(seen)))
            made.append(Row((Cell(endpoint), answered, *_latencies(seen, _SHORT)), depth=1))
    columns = (Column("case", words=True), *map(Column, heads))
    return Table(columns, tuple(made), shown="brief")


def _latencies(seen: Load | EndpointFigures, shown: Sequence[float]) -> list[Cell]:
    return [*(cells.latency(seen.latency_ms[q], seen.longest_ms, 2) for q in shown), cells.plain(seen.longest_ms, 2)]


def _all(summary: Summary, loads: Sequence[tuple[Case, str, CheckedFigure[Load]]]) -> Table:
    scenarios = {s.scenario: scenario_in_words(s) for s in summary.run.samples if isinstance(s, LoadSample)}
    made: list[Row] = []
    for case, scenario, figure in loads:
        name = cells.case(case.id)
        labelled = Cell(name.text, scenario if len(scenarios) > 1 else "", name.sort, href=name.href)
        if figure.value is None:
            made.append(Row((labelled, cells.missing(figure))))
            continue
        load = figure.value
        made.append(Row((labelled, *_figures(load))))
        if load.service_ms is not None:
            service = Cell(name.text, f"{scenario}, service time", name.sort, href=name.href)
            made.append(Row((service, Cell(), Cell(), Cell(), *(cells.plain(load.service_ms[q]) for q in PERCENTILES))))
    named = " ".join(f"Scenario `{name}`: {words}." for name, words in scenarios.items())
    cpu = ("server CPU", "user", "system", "database CPU", "client CPU")
    heads = ("requests", "requests/s", "failed", *map(percentile, PERCENTILES), "longest", *cpu, "server MB")
    columns = (Column("case", words=True, code=True), *map(Column, heads))
    caption = f"{named} Latency in ms; CPU in µs per completed request."
    return Table(columns, tuple(made), caption, shown="page")


def _figures(load: Load) -> Iterator[Cell]:
    yield Cell(count(load.requests), sort=load.requests)
    yield Cell(rate(load.rps.mean), sort=load.rps.mean)
    yield Cell(share(load.failed_share) if load.failed_share else "0", sort=load.failed_share, tone=_tone(load))
    yield from (cells.latency(load.latency_ms[q], load.longest_ms) for q in PERCENTILES)
    yield cells.plain(load.longest_ms)
    for cpu_us in (
        load.server_cpu_us,
        load.server_user_us,
        load.server_system_us,
        load.database_cpu_us,
        load.client_cpu_us,
    ):
        yield cells.plain(cpu_us.mean if cpu_us else None)
    yield cells.plain(load.server_rss_mb)


def _tone(load: Load) -> Tone:
    return "warn" if load.failed_share else ""


def _searches(found: Sequence[Knee]) -> Iterator[Section]:
    for index, knee in enumerate(found):
        caption = (
            "The dashed lines are the objective, and the rate that the server reaches in a closed load. Where the "
            "curves rise, requests queue: a little more load costs a lot of latency."
        )
        html = render("figures/charts.html", legend=knee.legend, charts=knee.svg)
        yield Section(
            f"The highest rate of `{knee.case.id}`, {knee.search.scenario}",
            (
                Prose(search_sentence(knee.case.id, knee.search)),
                Picture(html=html, caption="" if index else caption),
                _steps(knee.search, (0.5, knee.search.objective.q), "brief"),
                _steps(knee.search, knee.percentiles, "page"),
            ),
            f"knee-{anchor(knee.case.id)}",
        )


def _steps(search: Search, percentiles: Sequence[float], shown: Shown) -> Table:
    """Every rate that was tried, the lowest first."""
    qs = tuple(dict.fromkeys(percentiles))
    made = []
    for step in sorted(search.steps, key=lambda one: one.rate):
        held = _HELD[step.held]
        refused = Cell(f"{held.text}: {step.refused}", tone=held.tone) if step.refused else held
        answered = cells.NOTHING if step.rps is None else Cell(rate(step.rps), sort=step.rps)
        latencies = [cells.latency(step.latency_ms.get(q)) for q in qs]
        tried = cells.plain(step.duration_s, 0)
        made.append(Row((Cell(rate(step.rate), sort=step.rate), tried, answered, *latencies, refused)))
    heads = ("requests/s sent", "for s", "answered", *(f"{percentile(q)} ms" for q in qs))
    columns = (*map(Column, heads), Column("objective", words=True))
    return Table(columns, tuple(made), shown=shown)


def _endpoints(loads: Sequence[tuple[Case, str, CheckedFigure[Load]]]) -> Iterator[Section]:
    made = [
        Row(
            (
                cells.case(case.id),
                Cell(load.scenario),
                Cell(name),
                Cell(count(endpoint.requests), sort=endpoint.requests),
                cells.plain(load.rps_of(endpoint)),
                *(cells.latency(endpoint.latency_ms[q], endpoint.longest_ms) for q in PERCENTILES),
                cells.plain(endpoint.longest_ms),
            )
        )
        for case, _, figure in loads
        if (load := figure.value) is not None and len(load.endpoints) > 1
        for name, endpoint in load.endpoints.items()
    ]
    if made:
        words = (Column("case", words=True, code=True), Column("scenario", words=True), Column("endpoint", words=True))
        heads = ("requests", "requests/s", *map(percentile, PERCENTILES), "longest")
        caption = (
            "For scenarios with more than one request. Latency in ms. `health` during an `export` is the canary: how "
            "long every other request waits."
        )
        table = Table((*words, *map(Column, heads)), tuple(made), caption)
        yield Section("Endpoints of a scenario", (table,), "endpoints", shown="page")


def _charts(summary: Summary) -> Iterator[Section]:
    for index, chart in enumerate(latency_charts(summary, case_classes(summary.run.cases))):
        caption = (
            "Further right is rarer, each step towards the tail by a factor of ten. A line that rises steeply has a "
            "long tail. The table above has every point."
        )
        html = render("figures/charts.html", legend=chart.legend, charts=chart.svg)
        yield Section(
            f"Latency by percentile, {chart.request}, {chart.scenario}",
            (Picture(html=html, caption="" if index else caption),),
            f"latency-{anchor(chart.scenario)}-{anchor(chart.request)}",
            shown="page",
        )


def _serving(groups: Sequence[ServedGroup]) -> Iterator[Section]:
    if not groups:
        return
    bars: list[Block] = [
        Section(group.request, (Picture(html=render("figures/served_bars.html", group=group)),)) for group in groups
    ]
    yield Section("What serving adds", (Prose(_SERVING, "soft"), *bars), "server-layer", shown="page")
