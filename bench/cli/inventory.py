"""`bench list`: everything that can be measured, and everything that is stored."""

from __future__ import annotations

from bench.audit.targets import known_targets
from bench.cli.options import AsJson, ResultsFolder, Targets
from bench.cli.output import print_json, show
from bench.cli.own_app import with_app
from bench.model.app_options import AppOptions
from bench.report import stored
from bench.report.documents import inventory
from bench.workspace import RESULTS, SCENARIOS, TARGETS, Results


@with_app
def list_command(
    targets: Targets = TARGETS,
    as_json: AsJson = False,
    results: ResultsFolder = RESULTS,
    app: AppOptions | None = None,
) -> None:
    """List targets, cases, scenarios and stored results."""
    found = stored.inventory(known_targets(targets, app), SCENARIOS, Results(results))
    if as_json:
        print_json(found.model_dump_json(indent=1))
    else:
        show(inventory.document(found))
