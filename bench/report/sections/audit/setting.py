"""How an app starts, how far the figures of its audit can be trusted, and where they come from."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bench.analysis.audit.weighted_routes import weighted_routes
from bench.model.audit import Audit, PartSample, PeelSample
from bench.model.audit_figures import AuditFigures, StartupFigures
from bench.report.document import Block, Bullets, Cell, Column, Facts, Prose, Row, Section, Table
from bench.report.sections.provenance import again, host_facts, made_at, made_by, noise, packages
from bench.text.numbers import cores, counted, duration, listed, number, share

_METHOD = (
    "CPU time is of one process, in process: without server and kernel. Served figures include the server.",
    "A part's figure by timers and the one by leaving it out differ where a part makes others dearer: middleware that "
    "replaces the body's stream, say.",
    "Waiting is measured with one request at a time: under load requests wait for each other as well.",
    "Each figure is of the frozen request in `layercake.json`: another id or a larger page costs something else.",
    "Prices of findings come from leaving a middleware out or from its timers; what takes its place costs as well.",
)
_CLOSED = 0.1
"""Of the whole request; what is left unexplained beyond it is said."""


def startup(figures: AuditFigures) -> Section | None:
    """None where no start was measured."""
    found = figures.startup
    times = (
        ("interpreter", found.interpreter_cpu_ms),
        *_imports(found),
        ("lifespan", found.lifespan_cpu_ms),
        ("start (import and lifespan)", found.startup_cpu_ms),
        ("first request", found.first_request_cpu_ms),
        ("OpenAPI schema", found.openapi_cpu_ms),
    )
    pairs = [(name, f"{number(ms)} ms of CPU") for name, ms in times if ms is not None]
    if found.rest_mb is not None:
        pairs.append(("memory at rest", f"{number(found.rest_mb)} MB"))
    return Section("Start-up", (Facts(tuple(pairs)),), "startup") if pairs else None


def _imports(found: StartupFigures) -> tuple[tuple[str, float | None], ...]:
    """Importing the app in two steps, as far as they are known."""
    if found.libraries_cpu_ms is None:
        return (("import", found.import_cpu_ms),)
    return ("importing libraries", found.libraries_cpu_ms), ("building the app", found.build_cpu_ms)


def validity(audit: Audit, figures: AuditFigures) -> Section:
    """What is invalid or missing, how well the parts add up, and what limits the figures."""
    blocks: list[Block] = [*_invalid(audit, figures)]
    if closing := list(_closing(figures)):
        blocks.append(Bullets(tuple(closing)))
    own = _by_text((said, route.route) for route in figures.routes if route.valid for said in route.limitations)
    limits: list[Block] = [Bullets(tuple(f"{_places(routes)}: {said}." for said, routes in own.items()))] if own else []
    limits.append(Bullets(_METHOD, shown="page"))
    blocks.append(Section("Limitations", tuple(limits), "limitations"))
    return Section("Validity", tuple(blocks), "validity")


def setting(audit: Audit) -> Section:
    """Everything that the figures depend on."""
    remark = f"On the host above; another host measures other figures. `{audit.id}` holds every window."
    blocks = (
        Facts(tuple(_facts(audit))),
        *noise(audit.noise),
        again([shlex.join(["bench", *audit.command])], remark),
        packages(f"All {len(audit.stack.packages)} packages", list(audit.stack.packages.items())),
    )
    return Section("App and host", blocks, "setting", shown="page")


def _invalid(audit: Audit, figures: AuditFigures) -> Iterator[Block]:
    """By cause. What is missing of a valid route is not repeated where its limitations say it."""
    broken = _by_text(
        ("; ".join(one.reasons) or "no reason is known", one.route) for one in figures.routes if one.failed
    )
    said = {one.route: " ".join(one.limitations) for one in figures.routes if one.valid}
    missing = _by_text(
        (f"{one.during}: {one.reason}", one.case)
        for one in audit.absences
        if one.case in said and one.reason not in said[one.case]
    )
    rows = [*_rows(broken, Cell("INVALID", tone="bad")), *_rows(missing, Cell("not measured", tone="warn"))]
    if not rows and not said:
        yield Prose("No figures: no route was measured.")
        return
    if not rows:
        complete = not any(one.limitations for one in figures.routes)
        yield Prose(f"All figures passed their checks{', and none is missing' if complete else ''}.")
        return
    columns = (
        Column("routes", words=True, wrap=True),
        Column("standing", words=True),
        Column("why", words=True, wrap=True),
    )
    yield Table(columns, tuple(rows))


def _by_text(said: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Routes by what is said of them, each once."""
    found: dict[str, dict[str, None]] = {}
    for text, route in said:
        found.setdefault(text, {})[route] = None
    return {text: list(routes) for text, routes in found.items()}


def _rows(found: Mapping[str, list[str]], standing: Cell) -> Iterator[Row]:
    for why, routes in found.items():
        yield Row((Cell(_places(routes)), standing, Cell(why)))


def _closing(figures: AuditFigures) -> Iterator[str]:
    """The largest residual, in process and served."""
    routes = [route.figures for route in weighted_routes(figures)]
    kinds = (
        ("In process", "residual_us", "cpu_us"),
        ("Served", "served_residual_us", "served_us"),
    )
    for where, residual, whole in kinds:
        found = [
            (abs(getattr(one, residual)) / getattr(one, whole), one.route)
            for one in routes
            if getattr(one, residual) is not None and getattr(one, whole)
        ]
        if not found:
            continue
        worst, route = max(found)
        open_ = sum(one > _CLOSED for one, _ in found)
        said = f"{where}, the parts add up to within {share(worst)} of the whole request (worst: `{route}`)"
        if open_:
            said += (
                f". More than {share(_CLOSED)} of {open_} {'route is' if open_ == 1 else 'routes is'} unexplained: a "
                "quiet machine or more launches (--full) usually explain more"
            )
        yield f"{said}."


def _places(routes: list[str]) -> str:
    return listed([f"`{route}`" for route in routes], 2)


def _facts(audit: Audit) -> Iterator[tuple[str, str]]:
    yield from host_facts(audit.host)
    yield "app", f"`{audit.app.name}`, a `{audit.app.type}` with {counted(len(audit.app.routes), 'route')}"
    yield "stack", f"Python {audit.stack.python}, {len(audit.stack.packages)} packages"
    yield "server", f"`{audit.server.words}`"
    yield "audit", f"`{audit.id}`, {made_at(audit.started_at)}, {audit.effort} effort, seed {audit.seed}"
    yield made_by(audit)
    if found := _cores(audit):
        yield "launches", _launched_on(found)
    if audit.elapsed_s:
        yield "took", duration(audit.elapsed_s)


def _cores(audit: Audit) -> list[int]:
    samples = (one for one in audit.samples if isinstance(one, PeelSample | PartSample))
    return sorted({one.core for one in samples if one.core is not None})


def _launched_on(found: Sequence[int]) -> str:
    return f"one at a time{', on' if len(found) == 1 else ' on each of the'} {cores(found)}"
