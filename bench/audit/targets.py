"""Targets of a folder, or of somebody's own app with the requests that are kept beside it."""

from __future__ import annotations

import shlex
from pathlib import Path

from bench.catalog.source import CatalogError
from bench.catalog.targets import read_targets
from bench.model.app_options import AppOptions
from bench.model.workload import Target


def known_targets(folder: Path, app: AppOptions | None) -> dict[str, Target]:
    """By name, in the order of their tree; an app is called as it was named. Nothing of it is run for that.

    Raises CatalogError, StoreError and UsageError.
    """
    return {app.spec: _target(app)} if app else read_targets(folder)


def _target(app: AppOptions) -> Target:
    from bench.audit import requests_file  # noqa: PLC0415  who names no app needn't wait for its records
    from bench.audit.workload import target_of  # noqa: PLC0415

    file = requests_file.of(app)
    if not file.exists():
        raise CatalogError(f"{file}: not there yet; `{requests_file.command(app)}` finds the routes and writes it")
    found = target_of(None, requests_file.of_app(file, app.spec))
    if not found.requests:
        raise CatalogError(f"{file}: has no request that isn't skipped; see `bench requests {shlex.quote(app.spec)}`")
    return found
