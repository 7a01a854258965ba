"""The coverage of an app as JSON."""

from __future__ import annotations

from bench.analysis.audit.coverage import counted
from bench.model.app import RequestsFile, RouteCoverage
from bench.model.audit_figures import CoverageFigures
from bench.model.base import Record


class CoverageExport(Record):
    """What `bench requests --json` prints. `gone` are routes that the file has and the app has not."""

    app: str
    file: str
    coverage: CoverageFigures
    routes: tuple[RouteCoverage, ...]
    gone: tuple[str, ...]


def json_text(requests: RequestsFile, coverage: tuple[RouteCoverage, ...], *, file: str, gone: tuple[str, ...]) -> str:
    """One JSON object."""
    found = CoverageExport(app=requests.app, file=file, coverage=counted(coverage), routes=coverage, gone=gone)
    return found.model_dump_json(indent=1)
