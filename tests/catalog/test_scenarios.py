"""Scenarios are read without importing Locust; whatever is wrong with one is named."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from bench.catalog.scenarios import read_scenario, read_scenarios
from bench.catalog.source import CatalogError
from bench.model.scenario import Scenario

SCENARIO = {"cases": ["fastapi_*:rows100"], "users": 8, "duration_s": 2}


def write_scenario(folder: Path, table: object) -> Path:
    path = folder / "steady.py"
    path.write_text(f'"""Many users at once."""\nimport locust\nSCENARIO = {table!r}\n')
    return path


def test_a_scenario_is_read_without_importing_locust(tmp_path: Path) -> None:
    write_scenario(tmp_path, SCENARIO)
    assert read_scenarios(tmp_path) == {
        "steady": Scenario(
            name="steady",
            description="Many users at once.",
            cases=("fastapi_*:rows100",),
            model="closed",
            users=8,
            duration_s=2.0,
        )
    }


@pytest.mark.parametrize(
    ("key", "change", "problem"),
    [
        ("rates", {"rates": 100}, "unknown key; did you mean rate"),
        ("rate", {"rate": 100}, 'needs "model": "open"'),
        ("arrivals", {"arrivals": "poisson"}, 'needs "model": "open"'),
        ("rate", {"model": "open"}, "missing; set the requests per second"),
        ("rate", {"model": "open", "rate": 0}, "greater than 0, not 0"),
        ("arrivals", {"model": "open", "rate": 5, "arrivals": "bursts"}, "'constant' or 'poisson', not 'bursts'"),
        ("cases", {"cases": "fastapi_*"}, "valid tuple, not 'fastapi_*'"),
        ("model", {"model": "half"}, "'closed' or 'open', not 'half'"),
        ("users", {"users": 0}, "greater than or equal to 1, not 0"),
        ("duration_s", {"duration_s": "2s"}, "valid number, not '2s'"),
    ],
)
def test_a_wrong_scenario_is_refused_with_file_and_key(
    tmp_path: Path, key: str, change: dict[str, Any], problem: str
) -> None:
    path = write_scenario(tmp_path, SCENARIO | change)
    with pytest.raises(CatalogError, match=re.escape(f"{path}: SCENARIO[{key!r}]: ") + ".*" + re.escape(problem)):
        read_scenario(path)


def test_an_open_scenario_says_how_often_it_asks(tmp_path: Path) -> None:
    found = read_scenario(write_scenario(tmp_path, SCENARIO | {"model": "open", "rate": 100, "arrivals": "poisson"}))
    assert (found.model, found.rate, found.arrivals) == ("open", 100.0, "poisson")


@pytest.mark.parametrize("key", ["users", "duration_s"])
def test_a_scenario_needs_its_load(tmp_path: Path, key: str) -> None:
    path = write_scenario(tmp_path, {name: value for name, value in SCENARIO.items() if name != key})
    with pytest.raises(CatalogError, match=rf"steady\.py: SCENARIO\['{key}'\]: missing; add this key"):
        read_scenario(path)
