"""Finds and reads scenario files, without importing them."""

from __future__ import annotations

from pathlib import Path

from bench.catalog.fields import checked_table, lists_as_tuples, python_files, validated, with_effort, wrong
from bench.catalog.source import Source
from bench.model.scenario import Requirement, Scenario
from bench.text.objectives import requirement
from bench.workspace import SCENARIOS

_SCENARIO_KEYS = ("cases", "model", "users", "rate", "arrivals", "duration_s", "effort", "require")


def read_scenarios(folder: Path) -> dict[str, Scenario]:
    """The scenarios of a folder, by name. Raises CatalogError."""
    return {path.stem: read_scenario(path) for path in python_files(folder, "scenarios")}


def read_scenario(path: Path) -> Scenario:
    """One scenario file. Raises CatalogError."""
    source = Source.read(path)
    table = checked_table(path, ("SCENARIO",), source.literal("SCENARIO"), _SCENARIO_KEYS)
    table = with_effort(path, ("SCENARIO",), table)
    if "require" in table:
        table = table | {"require": _requirements(path, table["require"])}
    found = {"name": path.stem, "description": source.description}
    scenario = validated(Scenario, path, "SCENARIO", lists_as_tuples(table) | found)
    if scenario.model == "open" and scenario.rate is None:
        raise wrong(path, ("SCENARIO", "rate"), "missing; set the requests per second of the open model")
    if scenario.model == "closed" and (stray := {"rate", "arrivals"} & table.keys()):
        raise wrong(path, ("SCENARIO", stray.pop()), 'needs "model": "open"; the closed model has no fixed rate')
    return scenario


def _requirements(path: Path, texts: object) -> list[Requirement]:
    """Raises CatalogError."""
    at = ("SCENARIO", "require")
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise wrong(path, at, f"must be a list such as ['p99<=20ms', 'errors<=0.1%'], not {texts!r}")
    try:
        return [requirement(text) for text in texts]
    except ValueError as error:
        raise wrong(path, at, str(error)) from None


def hot() -> tuple[Scenario, Path]:
    """The shipped scenario that asks back to back, and its file. Raises CatalogError."""
    file = SCENARIOS / "hot.py"
    return read_scenarios(file.parent)[file.stem], file
