"""How requests spread over a server's workers."""

from __future__ import annotations

from dataclasses import replace

from bench.analysis.run.summary import summarise
from bench.model.load import LoadSample
from bench.report.document import Table
from bench.report.sections.run import server_workers
from tests.factories import synthetic_run


def test_a_launch_in_which_no_worker_counted_anything_hides_no_worker_of_the_others() -> None:
    summary = summarise(synthetic_run())
    case, scenario, figure = next(
        (case.case, name, figure) for case in summary.cases.values() for name, figure in case.loads.items()
    )
    assert figure.value is not None
    sample: LoadSample = figure.value.samples[0]
    launches = tuple(sample.model_copy(update={"server_workers": counts}) for counts in ((0, 0), (30, 10)))
    found = server_workers.section([(case, scenario, replace(figure, value=replace(figure.value, samples=launches)))])
    assert found is not None
    (table,) = (block for block in found.blocks if isinstance(block, Table))
    (row,) = table.rows
    assert row.cells[2].text == "2"
