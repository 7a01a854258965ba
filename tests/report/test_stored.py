"""What there is to measure, and what was measured, is listed whole: what can't be read is said to be so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from comparisons import comparison, measured
from factories import synthetic_run
from plans import write_target

from bench.analysis.comparison import verdicts as analysis
from bench.catalog.source import CatalogError
from bench.catalog.targets import read_targets
from bench.model.workload import EffortName
from bench.report import stored
from bench.report.stored import Inventory
from bench.store import documents
from bench.workspace import Results


def taken(root: Path, results: Path) -> Inventory:
    return stored.inventory(read_targets(root / "targets"), root / "scenarios", Results(results))


def test_the_targets_and_scenarios_of_this_repository_are_listed(root: Path, tmp_path: Path) -> None:
    found = taken(root, tmp_path)
    files = {path.stem for path in (root / "targets").glob("[!_]*.py")}
    assert {target.name for target in found.targets} == files
    assert {scenario.name for scenario in found.scenarios} == {
        path.stem for path in (root / "scenarios").glob("[!_]*.py")
    }
    assert len(found.cases) == sum(len(target.requests) for target in found.targets)
    assert found.runs == found.comparisons == ()


def test_targets_and_their_cases_come_in_the_order_of_the_tree(root: Path, tmp_path: Path) -> None:
    write_target(tmp_path, "zero", "", requests='{"b": {"path": "/"}, "a": {"path": "/a"}}')
    write_target(tmp_path, "alpha", "", over="zero")
    found = stored.inventory(read_targets(tmp_path), root / "scenarios", Results(tmp_path / "nothing-yet"))
    assert found.cases == ("zero:b", "zero:a", "alpha:one")


def test_runs_are_listed_oldest_first_with_what_they_are_of(root: Path, tmp_path: Path) -> None:
    run = synthetic_run()
    bare = run.stack.model_copy(update={"packages": {"starlette": "1.10.0"}})
    documents.RUN.save(
        run.model_copy(update={"id": "20260302T100000Z-b", "complete": False, "effort": EffortName.QUICK}),
        tmp_path / "runs",
    )
    documents.RUN.save(run.model_copy(update={"id": "20260301T100000Z-a", "stack": bare}), tmp_path / "runs")
    first, second = taken(root, tmp_path).runs
    assert (first.id, first.effort, first.complete, first.fastapi) == (
        "20260301T100000Z-a",
        "default",
        True,
        "not found",
    )
    assert (second.id, second.effort, second.complete, second.fastapi) == (
        "20260302T100000Z-b",
        "quick",
        False,
        "0.165.0",
    )
    assert (first.problem, second.problem) == (None, None)


@pytest.mark.parametrize("text", ["", '{"schema_version": 99}', "[]"])
def test_a_run_that_cannot_be_read_is_listed_with_the_reason(root: Path, tmp_path: Path, text: str) -> None:
    documents.RUN.save(synthetic_run(), tmp_path / "runs")
    (tmp_path / "runs" / "20990101T000000Z-broken").mkdir()
    (tmp_path / "runs" / "20990101T000000Z-broken" / "run.json").write_text(text)
    fine, broken = taken(root, tmp_path).runs
    assert fine.problem is None
    assert broken.id == "20990101T000000Z-broken"
    assert (broken.complete, broken.effort, broken.fastapi) == (None, None, None)
    assert broken.problem is not None
    assert "20990101T000000Z-broken" in broken.problem


def test_a_broken_target_is_an_error_rather_than_a_gap(root: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("TARGET = 1\n")
    with pytest.raises(CatalogError, match=r"broken\.py"):
        stored.inventory(read_targets(tmp_path), root / "scenarios", Results(tmp_path))


def test_comparisons_are_listed_with_their_stacks_and_their_verdict(root: Path, tmp_path: Path) -> None:
    found = comparison("a").model_copy(update={"samples": tuple(measured("a", 1.0, {"pilot": 12})), "complete": True})
    documents.COMPARISON.save(found.model_copy(update={"results": analysis.results(found)}), tmp_path / "comparisons")
    (one,) = taken(root, tmp_path).comparisons
    assert (one.id, one.base, one.head) == (found.id, "fastapi==0.129.2", "fastapi==0.130.0")
    assert one.verdict == "No case is slower by 3.0% or more; 1 equivalent."
    assert (one.complete, one.problem) == (True, None)


def test_a_comparison_that_was_killed_before_it_was_judged_is_judged_now(root: Path, tmp_path: Path) -> None:
    found = comparison("a").model_copy(update={"samples": tuple(measured("a", 1.0, {"pilot": 12}))})
    documents.COMPARISON.save(found, tmp_path / "comparisons")
    (one,) = taken(root, tmp_path).comparisons
    assert one.verdict == "No case is slower by 3.0% or more; 1 equivalent."
    assert one.complete is False


def test_a_comparison_that_cannot_be_read_is_listed_with_the_reason(root: Path, tmp_path: Path) -> None:
    file = documents.COMPARISON.save(comparison("a"), tmp_path / "comparisons")
    file.write_text(file.read_text()[:100])
    (one,) = taken(root, tmp_path).comparisons
    assert one.verdict is None
    assert one.problem is not None
    assert str(file) in one.problem


def test_an_inventory_survives_being_json(root: Path, tmp_path: Path) -> None:
    documents.RUN.save(synthetic_run(), tmp_path / "runs")
    documents.COMPARISON.save(comparison("a"), tmp_path / "comparisons")
    found = taken(root, tmp_path)
    text = found.model_dump_json()
    assert Inventory.model_validate_json(text) == found
    assert set(json.loads(text)) == {
        "targets",
        "cases",
        "scenarios",
        "runs",
        "comparisons",
        "sweeps",
        "bisections",
        "differences",
        "audits",
        "records",
    }
