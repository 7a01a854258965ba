"""What a shell offers when Tab is pressed, asked as bash asks for it; nothing that is measured is imported for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from comparisons import comparison
from factories import synthetic_run
from plans import write_target
from typer.testing import CliRunner

from bench.cli.main import app
from bench.store import documents

RUN, COMPARED = "20260301T100000Z-quick-00000001", "20260302T100000Z-0000000a"


def offered(*words: str) -> list[str]:
    """What may stand in the place of the last of the words after `bench`."""
    variables = {
        "_BENCH_COMPLETE": "complete_bash",
        "COMP_WORDS": " ".join(("bench", *words)),
        "COMP_CWORD": str(len(words)),
    }
    return CliRunner().invoke(app, prog_name="bench", env=variables).stdout.split()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Targets that would end whoever imports them."""
    for name in ("alpha", "alpine", "beta"):
        write_target(tmp_path, name, "", requests='{"one": {"path": "/"}, "two": {"path": "/2"}}')
        (tmp_path / f"{name}.py").write_text((tmp_path / f"{name}.py").read_text() + "\nraise SystemExit(7)\n")
    return tmp_path


@pytest.fixture
def results(tmp_path: Path) -> Path:
    documents.RUN.save(synthetic_run().model_copy(update={"id": RUN}), tmp_path / "runs")
    documents.COMPARISON.save(comparison("a").model_copy(update={"id": COMPARED}), tmp_path / "comparisons")
    return tmp_path


@pytest.mark.parametrize("words", [("run", "--case"), ("layers", "--case"), ("compare", "a", "b", "--case")])
def test_a_glob_is_completed_to_targets_then_to_their_cases(folder: Path, words: tuple[str, ...]) -> None:
    words = (words[0], "--targets", str(folder), *words[1:])
    assert offered(*words, "alp") == ["alpha", "alpine"]
    assert offered(*words, "alpha:") == ["alpha:one", "alpha:two"]
    assert offered(*words, "*:t") == ["*:two"]
    assert offered(*words, "gamma") == []


@pytest.mark.parametrize("verb", ["flame", "memory"])
def test_cases_that_are_arguments_are_completed_too(folder: Path, verb: str) -> None:
    assert offered(verb, "--targets", str(folder), "be") == ["beta"]
    assert offered(verb, "--targets", str(folder), "beta", "alpha:t") == ["alpha:two"]


def test_a_target_to_serve_and_a_scenario_are_completed(folder: Path) -> None:
    assert offered("serve", "--targets", str(folder), "al") == ["alpha", "alpine"]
    assert offered("load", "st") == ["steady"]
    assert {"hot", "steady", "mix", "export"} <= set(offered("load", ""))


def test_what_is_stored_is_completed_where_it_can_be_used(results: Path) -> None:
    kept = ("--results", str(results))
    assert offered("report", *kept, "") == ["latest", COMPARED, RUN]
    (results / "record").mkdir()
    assert offered("report", *kept, "") == ["latest", "record", COMPARED, RUN]
    assert offered("report", *kept, "20260302") == [COMPARED]
    assert offered("compare", *kept, "2026") == [RUN]
    assert offered("compare", *kept, RUN, "2026") == [RUN]


def test_where_there_is_nothing_nothing_is_offered(results: Path, tmp_path: Path) -> None:
    for file in [*results.glob("*/*/*.json")]:
        file.unlink()
    assert offered("report", "--results", str(results), "") == []
    (tmp_path / "broken.py").write_text("TARGET = (")
    assert offered("run", "--targets", str(tmp_path), "--case", "b") == []
    assert offered("run", "--targets", str(tmp_path / "nowhere"), "--case", "b") == []


def test_the_cases_of_this_repository_are_offered_without_a_folder_being_named() -> None:
    assert "fastapi_response_model:rows1000" in offered("flame", "fastapi_response_model:rows1")
