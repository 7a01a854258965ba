"""Every case in process, and whether the layers add up."""

from __future__ import annotations

from bench.analysis.run.figure_text import allocations
from bench.analysis.run.figures import CaseSummary, Standing, Summary
from bench.report import cells
from bench.report.document import Cell, Column, Facts, Fold, Prose, Row, Section, Table
from bench.report.templates import anchor
from bench.text.numbers import number, share, signed, size

_COLUMNS = (
    Column("case", words=True, code=True),
    Column("CPU µs"),
    Column("added µs"),
    Column("wall µs"),
    Column("GC µs"),
    Column("database µs"),
    Column("launches"),
    Column("allocations"),
    Column("added"),
    Column("allocated"),
)
_CHAIN_COLUMNS = (
    Column("case", words=True, code=True),
    Column("layers"),
    Column("sum µs"),
    Column("end to end µs"),
    Column("residual µs"),
    Column("residual"),
)


def section(summary: Summary) -> Section:
    """For the page: a terminal has the layers."""
    said = Prose(
        "Every case in process: mean over launches ± half of its 95% interval. Allocations are counted, so they have "
        "no interval. The CPU time of the database's own processes is a separate column and in none of the others."
    )
    rows = tuple(_case(id_, case) for id_, case in summary.cases.items())
    targets = {case.target: case for case in summary.run.cases}
    facts = Facts(
        tuple(
            (target, case.description + (f" Its parent is `{case.over}`." if case.over else ""))
            for target, case in targets.items()
        )
    )
    blocks = (said, Table(_COLUMNS, rows), Fold("What the targets are", (facts,)), _chains(summary))
    return Section("Every case", blocks, "cases", "Cases", shown="page")


def _case(id_: str, case: CaseSummary) -> Row:
    return Row((cells.case(id_), *_timing(case), *_allocations(case)), anchor=f"case-{anchor(id_)}")


def _timing(case: CaseSummary) -> tuple[Cell, ...]:
    timing = case.timing.value
    if timing is None:
        return (cells.missing(case.timing), *(Cell() for _ in range(5)))
    return (
        cells.estimate(timing.cpu_us),
        cells.marginal(case.added_us.value),
        cells.estimate(timing.wall_us),
        cells.estimate(timing.gc_us) if timing.gc_us.mean else Cell("0", sort=0.0),
        cells.estimate(timing.database_us),
        Cell(str(timing.cpu_us.n)),
    )


def _allocations(case: CaseSummary) -> tuple[Cell, ...]:
    counted, added = case.allocations.value, case.added_allocs.value
    if counted is None:
        return (cells.missing(case.allocations), Cell(), Cell())
    return (
        Cell(allocations(counted), sort=counted.allocs),
        cells.NOTHING if added is None else Cell(signed(added, 0 if float(added).is_integer() else 1), sort=added),
        Cell(size(counted.alloc_bytes), sort=counted.alloc_bytes),
    )


def _chains(summary: Summary) -> Section:
    rows = [row for id_, case in summary.cases.items() if (row := _chain(id_, case)) is not None]
    caption = (
        "The sum of a case's layers (the cost of its root and what each layer above it adds) against the same case "
        "measured end to end."
    )
    return Section("Do the layers add up?", (Table(_CHAIN_COLUMNS, tuple(rows), caption),), "chains")


def _chain(id_: str, case: CaseSummary) -> Row | None:
    chain = case.chain.value
    if chain is None:
        unknown = case.chain.standing is Standing.UNMEASURED
        return None if unknown else Row((cells.case(id_), Cell(), cells.missing(case.chain)))
    if len(chain.steps) < 2:
        return None
    return Row(
        (
            cells.case(id_),
            Cell(str(len(chain.steps))),
            Cell(number(chain.sum_us), sort=chain.sum_us),
            cells.estimate(chain.whole_us),
            Cell(signed(chain.residual_us), sort=chain.residual_us),
            Cell(share(chain.residual_share), sort=chain.residual_share),
        )
    )
