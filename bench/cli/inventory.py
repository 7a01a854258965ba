"""`bench list`: everything that can be measured, and everything that is stored."""

from __future__ import annotations

from bench.cli.options import AsJson, ResultsFolder, Targets
from bench.cli.output import print_json, show
from bench.report import stored
from bench.report.documents import inventory
from bench.workspace import RESULTS, SCENARIOS, TARGETS, Results


def list_command(targets: Targets = TARGETS, as_json: AsJson = False, results: ResultsFolder = RESULTS) -> None:
    """List targets, cases, scenarios and stored results."""
    kept = Results(results)
    found = stored.take(targets, SCENARIOS, kept.runs, kept.comparisons, kept.sweeps, kept.looks)
    if as_json:
        print_json(found.model_dump_json(indent=1))
    else:
        show(inventory.document(found))
