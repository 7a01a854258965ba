"""Puts into the wheel what a checkout has beside the package: see `bench/workspace.py`."""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# By where they lie in a checkout. The groups of requirements that a stack is made of stand in pyproject.toml alone.
INCLUDED = {
    "targets": "bench/_data/targets",
    "scenarios": "bench/_data/scenarios",
    "requirements.lock": "bench/_data/requirements.lock",
    "record.toml": "bench/_data/record.toml",
    "pyproject.toml": "bench/_data/pyproject.toml",
    "results/schema": "bench/_data/results/schema",
}


class IncludeData(BuildHookInterface):
    """An editable install has the checkout itself: a copy in its environment would only grow old."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "editable":
            build_data["force_include"].update(INCLUDED)
