"""What there is to measure with, and what was measured: targets, scenarios, and all stored results."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.model.scenario import Scenario
from bench.model.workload import Target
from bench.report.document import Block, Cell, Column, Document, Prose, Row, Section, Table
from bench.report.stored import (
    Inventory,
    StoredAudit,
    StoredBisection,
    StoredComparison,
    StoredDifference,
    StoredRecord,
    StoredRun,
    StoredSweep,
)
from bench.text.numbers import listed

_OWN = "the default stack"
_TREE = "A target stands below the one that it extends. Its main request comes first."


def document(inventory: Inventory) -> Document:
    """Targets with what they add and their requests, scenarios, and what is stored, oldest first."""
    found = inventory
    sections = [
        _section("Targets", "targets", _targets(found.targets), said=_TREE),
        _section("Scenarios", "scenarios", _scenarios(found.scenarios)),
        _section("Runs", "runs", _runs(found.runs), "No runs yet; `bench run` makes one."),
        _section(
            "Comparisons",
            "comparisons",
            _results("comparison", "base → head: verdict", map(_comparison, found.comparisons)),
            "No comparisons yet; `bench compare BASE HEAD` makes one.",
        ),
        _section("Sweeps", "sweeps", _results("sweep", "releases: largest change", map(_sweep, found.sweeps))),
        _section("Bisections", "bisections", _results("bisection", "of: result", map(_bisection, found.bisections))),
        _section("Profile and memory differences", "differences", _differences(found.differences)),
        _section("Audits", "audits", _results("audit", "app: routes", map(_audit, found.audits))),
        _section("Record", "records", _results("package", "releases: comparisons", map(_record, found.records))),
    ]
    return Document(
        title="Targets, scenarios and stored results",
        headline=(_counted(found),),
        sections=tuple(section for section in sections if section is not None),
    )


def _section(title: str, anchor: str, table: Table, otherwise: str = "", said: str = "") -> Section | None:
    """The table with what is said of it, or what to say where it is empty."""
    text = Prose(said if table.rows else otherwise)
    blocks: tuple[Block, ...] = (*((text,) if text.text else ()), *((table,) if table.rows else ()))
    return Section(title, blocks, anchor) if blocks else None


def _counted(found: Inventory) -> str:
    parts = (
        (len(found.targets), "target"),
        (len(found.cases), "case"),
        (len(found.scenarios), "scenario"),
        (len(found.runs), "run"),
        (len(found.comparisons), "comparison"),
        (len(found.sweeps), "sweep"),
        (len(found.bisections), "bisection"),
        (len(found.differences), "difference"),
        (len(found.audits), "audit"),
        (len(found.records), "record"),
    )
    return f"{listed([f'{many} {one}' if many == 1 else f'{many} {one}s' for many, one in parts if many])}."


def _targets(targets: Sequence[Target]) -> Table:
    """Each target below the one that it stands over, which comes before it."""
    columns = (
        Column("target", words=True),
        Column("adds", words=True, wrap=True),
        Column("requests", words=True, wrap=True),
    )
    depth: dict[str | None, int] = {None: -1}
    rows = []
    for target in targets:
        depth[target.name] = depth.get(target.over, -1) + 1
        cells = (Cell(target.name), Cell(target.adds), Cell(_listed(target.requests)))
        rows.append(Row(cells, depth=depth[target.name]))
    return Table(columns, tuple(rows), sortable=False)


def _listed(requests: Iterable[str]) -> str:
    """Names of an app's routes have blanks of their own."""
    names = tuple(requests)
    return (", " if any(" " in name for name in names) else " ").join(names)


def _scenarios(scenarios: Sequence[Scenario]) -> Table:
    columns = (
        Column("scenario", words=True),
        Column("model", words=True),
        Column("users"),
        Column("seconds"),
        Column("description", words=True, wrap=True),
    )
    rows = (
        Row(
            (
                Cell(one.name),
                Cell(one.model),
                Cell(str(one.users)),
                Cell(f"{one.duration_s:g}"),
                Cell(one.description),
            )
        )
        for one in scenarios
    )
    return Table(columns, tuple(rows))


def _runs(runs: Sequence[StoredRun]) -> Table:
    columns = (
        Column("run", words=True),
        Column("effort", words=True),
        Column("fastapi", words=True),
        Column("", words=True, wrap=True),
    )
    rows = []
    for run in runs:
        state = [run.problem or "interrupted"] if run.problem or not run.complete else []
        state += [f"memory line by line: {' '.join(run.heaps)}"] if run.heaps else []
        rows.append(Row((Cell(run.id), Cell(run.effort or ""), Cell(run.fastapi or ""), Cell("; ".join(state)))))
    return Table(columns, tuple(rows))


def _results(name: str, says: str, rows: map[tuple[str, str]]) -> Table:
    """The id of each result, and what it says."""
    columns = (Column(name, words=True), Column(says, words=True, wrap=True))
    return Table(columns, tuple(Row((Cell(id_), Cell(said))) for id_, said in rows))


def _comparison(one: StoredComparison) -> tuple[str, str]:
    said = f"{one.base or _OWN} → {one.head or _OWN}: {one.verdict or ''}"
    return one.id, _qualified(said, one.problem, bool(one.complete))


def _sweep(one: StoredSweep) -> tuple[str, str]:
    return one.id, _qualified(f"{one.of}: {one.said or ''}", one.problem, bool(one.complete))


def _bisection(one: StoredBisection) -> tuple[str, str]:
    return one.id, _qualified(f"{one.of}: {one.said or ''}", one.problem, bool(one.complete))


def _audit(one: StoredAudit) -> tuple[str, str]:
    return one.id, _qualified(f"{one.app}: {one.said}", one.problem, bool(one.complete))


def _record(one: StoredRecord) -> tuple[str, str]:
    return one.package, one.problem or f"{one.of}: {one.comparisons}; `bench report record` shows them"


def _differences(found: Sequence[StoredDifference]) -> Table:
    columns = (
        Column("difference", words=True),
        Column("of", words=True),
        Column("base → head: cases", words=True, wrap=True),
    )
    rows = (
        Row(
            (
                Cell(one.id),
                Cell(one.of),
                Cell(
                    _qualified(
                        f"{one.base or _OWN} → {one.head or _OWN}: {' '.join(one.cases)}",
                        one.problem,
                        bool(one.complete),
                    )
                ),
            )
        )
        for one in found
    )
    return Table(columns, tuple(rows))


def _qualified(said: str, problem: str | None, complete: bool) -> str:
    return problem or (said if complete else f"interrupted; {said}")
