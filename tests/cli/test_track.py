"""`bench track` as a user meets it: with pretended comparisons, and once over commits that are really measured."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from app_repository import SPEC, Repository, app_repository, route
from checkouts import PATIENCE_S, Checkout
from sweeps import between
from typer.testing import CliRunner, Result

from bench.cli.main import app
from bench.model.comparison import Comparison
from bench.model.errors import UsageError
from bench.stack.git.checkout import described
from bench.stack.uv import StackError
from bench.store import track as store
from bench.store.files import StoreError
from bench.workflows.series.version_pair import VersionComparer

Pretend = Callable[..., None]


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = app_repository(tmp_path / "own", routes=2)
    made.git("tag", "v1.0")
    made.commit("Nothing")
    return made


@pytest.fixture
def pretend(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> Pretend:
    """From now on HEAD costs so many times any other version."""

    def of(ratio: float) -> None:
        def compare(_: object, base: str, head: str, margin: float, cases: tuple[str, ...] = ()) -> Comparison:
            if not ratio:
                raise KeyboardInterrupt
            made = between("1", "2", {"a": ratio}, margin=margin)
            sides = {
                name: getattr(made, name).model_copy(
                    update={"version": described(words, repository.folder, words.removeprefix("git:"))}
                )
                for name, words in (("base", base), ("head", head))
            }
            return made.model_copy(update=sides)

        monkeypatch.setattr(VersionComparer, "compare", compare)

    return of


def invoke(repository: Repository, *words: str) -> Result:
    folder = repository.folder
    known = ("track", "--app", SPEC, "--app-dir", str(folder), "--results", str(folder / ".layercake"))
    return CliRunner().invoke(app, [*known, *words])


def test_the_first_point_is_told_kept_and_drawn(repository: Repository, pretend: Pretend, tmp_path: Path) -> None:
    pretend(1.0)
    done = invoke(repository, "--json", str(tmp_path / "found.json"))
    assert done.exit_code == 0, done.output
    assert "1 route measured against git:v1.0; no earlier point to compare with" in done.output
    assert len(store.load(repository.folder / store.NAME).points) == 1
    results = repository.folder / ".layercake" / "track"
    assert "git:v1.0" in (results / "track.html").read_text()
    assert (results / "exports" / "summary.md").read_text().startswith("**`")
    assert json.loads((tmp_path / "found.json").read_text())["points"] == 1


def test_a_commit_that_makes_a_route_slower_exits_with_1_and_one_that_makes_it_faster_with_0(
    repository: Repository, pretend: Pretend, tmp_path: Path
) -> None:
    pretend(1.0)
    file = tmp_path / "trend.jsonl"
    assert invoke(repository, "--file", str(file)).exit_code == 0
    repository.commit("Slow")
    pretend(1.2)
    slow = invoke(repository, "--file", str(file))
    assert slow.exit_code == 1, slow.output
    assert re.search(r"a:one is \d\d\.\d% slower", slow.output)
    assert "confirmed" in slow.output
    repository.commit("Fast")
    pretend(0.8)
    assert invoke(repository, "--file", str(file)).exit_code == 0
    assert not (repository.folder / store.NAME).exists()


def test_nothing_valid_exits_with_3_and_appends_nothing(repository: Repository, pretend: Pretend) -> None:
    pretend(-1.0)
    done = invoke(repository)
    assert done.exit_code == 3
    assert "no valid measurement, layercake-track.jsonl is unchanged: a:one: head: <b>it fails</b>" in done.output
    assert not (repository.folder / store.NAME).exists()


def test_an_interruption_says_where_everything_is(repository: Repository, pretend: Pretend) -> None:
    pretend(0.0)
    done = invoke(repository)
    assert done.exit_code == 130
    assert "interrupted; results are saved in" in done.output
    assert "/comparisons; layercake-track.jsonl is unchanged" in done.output


def test_what_can_not_be_meant_is_refused(repository: Repository, pretend: Pretend) -> None:
    pretend(1.0)
    (repository.folder / store.NAME).write_text("<<<<<<< HEAD\n")
    conflict = invoke(repository)
    assert isinstance(conflict.exception, StoreError)
    assert "1: has a merge conflict" in str(conflict.exception)
    (repository.folder / store.NAME).unlink()
    repository.git("tag", "--delete", "v1.0")
    untagged = invoke(repository)
    assert isinstance(untagged.exception, StackError)
    assert "--anchor git:REF" in str(untagged.exception)
    alone = CliRunner().invoke(app, ["track"])
    assert isinstance(alone.exception, UsageError)
    assert "--app MODULE:ATTR" in str(alone.exception)
    folder = invoke(repository, "--file", str(repository.folder))
    assert isinstance(folder.exception, UsageError)
    assert "is a folder" in str(folder.exception)


def test_a_trend_is_shown_again_without_measuring(repository: Repository, pretend: Pretend) -> None:
    pretend(1.0)
    invoke(repository)
    file = repository.folder / store.NAME
    words = ["report", str(file), "--results", str(repository.folder / ".layercake")]
    again = CliRunner().invoke(app, words)
    assert again.exit_code == 0, again.output
    assert "against git:v1.0 · “Nothing”" in again.output
    told = CliRunner().invoke(app, [*words, "--json"])
    assert json.loads(told.output)["points"] == 1


@pytest.mark.slow
@pytest.mark.measures
def test_a_slow_commit_is_found_among_real_ones(checkout: Checkout, tmp_path: Path) -> None:
    """Three commits after a tag, of which the second makes one of two routes do several times the work."""
    repository = app_repository(tmp_path / "own", routes=2, handler_units=100)
    repository.git("tag", "v1.0")
    file, statuses = repository.folder / store.NAME, []
    for subject in ("Words", "Slow", "More words"):
        if subject == "Slow":
            repository.replace("app/routes.py", "work(100)  # r02", "work(500)  # r02")
        repository.commit(subject)
        words = ("--app", SPEC, "--app-dir", str(repository.folder), "--margin", "30%", "--budget", "3m")
        process = checkout.start("track", *words)
        out, err = process.communicate(timeout=10 * PATIENCE_S)
        assert not err, err
        statuses.append(process.returncode)
        assert subject in out
    points = store.load(file).points
    assert statuses == [0, 1, 0]
    assert [one.subject for one in points] == ["Words", "Slow", "More words"]
    assert [[again.since for again in one.fresh] for one in points] == [[], [points[0].commit], []]
    assert list(points[1].fresh[0].routes) == [route(2)]
    assert str(tmp_path) not in file.read_text()
