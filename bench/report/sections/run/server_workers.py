"""How a server's requests spread over its workers, launch by launch."""

from __future__ import annotations

from collections.abc import Sequence

from bench.analysis.load.figures import Load
from bench.analysis.load.quantities import worker_shares
from bench.analysis.run.figures import CheckedFigure
from bench.model.workload import Case
from bench.report import cells
from bench.report.document import Cell, Column, Prose, Row, Section, Table
from bench.text.numbers import share

_ABOUT = (
    "The share of the requests that each worker of the server answered, by launch. A connection stays with the worker "
    "that accepted it, so few connections that stay open can leave a worker idle. CPU and memory are those of all "
    "processes of the server; memory that they share is counted in each."
)


def section(loads: Sequence[tuple[Case, str, CheckedFigure[Load]]]) -> Section | None:
    """None where no server had several."""
    made = []
    for case, scenario, figure in loads:
        shares = [worker_shares(sample) for sample in figure.value.samples] if figure.value else []
        if any(shares):
            spread = "; ".join(" + ".join(map(share, launch)) for launch in shares)
            made.append(Row((cells.case(case.id), Cell(scenario), Cell(str(max(map(len, shares)))), Cell(spread))))
    if not made:
        return None
    columns = (
        Column("case", words=True, code=True),
        Column("scenario", words=True),
        Column("workers"),
        Column("requests by worker", words=True),
    )
    return Section(
        "Workers of the server", (Prose(_ABOUT, "soft", shown="page"), Table(columns, tuple(made))), "workers"
    )
