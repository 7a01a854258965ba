"""Where everything lies: in a checkout, as it is installed, and where results go from there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from checkouts import MAIN, Checkout
from factories import synthetic_run
from plans import write_target

from bench import workspace
from bench.cli import output
from bench.host.git import git_state
from bench.store import documents
from bench.workspace import ELSEWHERE, Results, Workspace, WorkspaceError, find


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which the command is called in."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def installed(root: Path, tmp_path: Path) -> Path:
    """A folder of libraries with what a wheel puts into it, compiled as by whoever installs one."""
    libraries = tmp_path / "libraries"
    unneeded = shutil.ignore_patterns("__pycache__")
    shutil.copytree(root / "bench", libraries / "bench")
    for name in ("targets", "scenarios"):
        shutil.copytree(root / name, libraries / "bench" / "_data" / name, ignore=unneeded)
    for name in ("pyproject.toml", "record.toml", "requirements.lock"):
        shutil.copy(root / name, libraries / "bench" / "_data" / name)
    return libraries


def called(libraries: Path, folder: Path, *words: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-P", "-c", MAIN, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(libraries), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_a_checkout_has_everything_beside_the_package_wherever_it_is_called(root: Path, elsewhere: Path) -> None:
    assert find(root / "bench") == Workspace(project=root, results=root / "results")
    assert root / "targets" == workspace.TARGETS
    assert root / "scenarios" == workspace.SCENARIOS
    assert not list(elsewhere.iterdir())


def test_what_is_installed_has_it_inside_and_its_results_where_it_is_called(tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "bench"
    assert find(package) == Workspace(project=package / "_data", results=Path(".layercake"))


def test_a_library_called_targets_beside_it_makes_no_checkout(tmp_path: Path) -> None:
    (tmp_path / "targets").mkdir()
    assert find(tmp_path / "bench").project == tmp_path / "bench" / "_data"


def test_the_folder_that_nobody_named_stays_out_of_the_repository_that_it_lies_in(elsewhere: Path) -> None:
    kept = Results.kept_in(ELSEWHERE)
    assert not list(elsewhere.iterdir())
    assert kept.made().made().runs == Path(".layercake", "runs")
    assert [file.name for file in (elsewhere / ".layercake").iterdir()] == [".gitignore"]
    subprocess.run(["git", "init", "-q"], check=True)
    said = subprocess.run(["git", "status", "--porcelain"], check=True, capture_output=True, text=True).stdout
    assert said == ""


def test_what_somebody_ignores_there_is_left_as_it_is(elsewhere: Path) -> None:
    (elsewhere / ".layercake").mkdir()
    (elsewhere / ".layercake" / ".gitignore").write_text("*.html\n")
    Results.kept_in(ELSEWHERE).made()
    assert (elsewhere / ".layercake" / ".gitignore").read_text() == "*.html\n"


def test_a_folder_that_was_named_is_made_and_may_be_committed(tmp_path: Path) -> None:
    kept = Results.kept_in(tmp_path / "a" / "b").made()
    assert not list(kept.folder.iterdir())


@pytest.mark.parametrize("named", ["taken", "taken/below"])
def test_a_file_in_the_place_of_the_folder_is_named_at_once(tmp_path: Path, named: str) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(WorkspaceError, match=r"taken is no folder\); name another folder with --results DIR$"):
        Results.kept_in(tmp_path / named)


def test_a_folder_that_may_not_be_written_to_is_named_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anywhere
    with pytest.raises(WorkspaceError, match="may not be written to"):
        Results.kept_in(tmp_path)


def test_a_folder_that_can_not_be_made_after_all_is_named(tmp_path: Path) -> None:
    kept = Results.kept_in(tmp_path / "late")
    (tmp_path / "late").write_text("")
    with pytest.raises(WorkspaceError, match="File exists"):
        kept.made()


def test_an_installed_package_lists_what_it_brings_and_writes_nothing(installed: Path, elsewhere: Path) -> None:
    status, out, err = called(installed, elsewhere, "list", "--json")
    assert status == 0, err
    listed = json.loads(out)
    assert "fastapi_plain:plain" in listed["cases"]
    assert {"hot", "steady"} <= {one["name"] for one in listed["scenarios"]}
    assert not list(elsewhere.iterdir())
    assert not (installed / "results").exists()


def test_an_installed_package_keeps_results_where_it_is_called(installed: Path, elsewhere: Path) -> None:
    documents.RUN.save(
        synthetic_run().model_copy(update={"samples": (), "absences": ()}), elsewhere / ".layercake" / "runs"
    )
    status, out, err = called(installed, elsewhere, "report")
    assert status == 0, err
    assert ".layercake/index.html" in out
    assert (elsewhere / ".layercake" / ".gitignore").read_text() == "*\n"
    assert [one.name for one in elsewhere.iterdir()] == [".layercake"]
    assert called(installed, elsewhere, "report", "latest")[0] == 0


def test_every_verb_that_stores_says_at_once_that_it_can_not(installed: Path, elsewhere: Path) -> None:
    (elsewhere / "taken").write_text("")
    for words in (
        ("run",),
        ("compare", "fastapi==0.115.0", "fastapi==0.116.0"),
        ("selftest",),
        ("record",),
        ("report",),
    ):
        status, out, err = called(installed, elsewhere, *words, "--results", "taken")
        assert (status, out) == (2, ""), words
        assert err.startswith("bench: taken: results can't be kept there"), words
        assert len(err.splitlines()) == 1


@pytest.mark.slow
def test_results_go_to_the_folder_that_is_named_and_are_found_there_by_path(
    checkout: Checkout, elsewhere: Path
) -> None:
    write_target(checkout.targets, "fine", "")
    status, _, err = checkout.bench("layers", "--quick", "--results", str(elsewhere / "kept"))
    assert status == 0, err
    (run,) = (elsewhere / "kept" / "runs").iterdir()
    assert not (checkout.folder / "results").exists()
    assert checkout.bench("report", run.name, "--results", str(elsewhere / "kept"))[0] == 0
    assert checkout.bench("report", str(run))[0] == 0
    status, _, err = checkout.bench("report", run.name)
    assert (status, "see `bench list`" in err) == (2, True)
    assert not (checkout.folder / "results").exists()


def test_the_commit_of_somebody_elses_repository_is_not_taken_for_ours(tmp_path: Path) -> None:
    words = ("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "--allow-empty", "-m", "theirs")
    for command in (("init", "-q"), words):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    libraries = tmp_path / ".venv" / "site-packages" / "bench" / "_data"
    libraries.mkdir(parents=True)
    assert git_state(libraries) == (None, False)
    assert git_state(tmp_path)[0] is not None


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("/bin/layercake", "layercake: gone; `layercake list` shows bench/all"),
        ("fastapi-layercake", "fastapi-layercake: gone; `fastapi-layercake list` shows bench/all"),
        ("/repo/bench/__main__.py", "bench: gone; `bench list` shows bench/all"),
    ],
)
def test_errors_name_the_command_as_it_was_called(monkeypatch: pytest.MonkeyPatch, program: str, said: str) -> None:
    monkeypatch.setattr(sys, "argv", [program])
    assert output.as_called("bench: gone; `bench list` shows bench/all") == said
