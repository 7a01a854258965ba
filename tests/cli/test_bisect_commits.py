"""`bench bisect git:GOOD git:BAD` as a user meets it: with pretended comparisons, and once with real ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from app_repository import SPEC, Repository, app_repository, requirements, route
from checkouts import PATIENCE_S, Checkout
from comparisons import side
from sweeps import between
from typer.testing import CliRunner, Result

from bench.cli.main import app
from bench.model.app_version import AppVersion
from bench.model.comparison import Comparison
from bench.model.errors import RefusedError, UsageError
from bench.runner.agent_process import AgentError
from bench.store import documents
from bench.workflows.series.version_pair import VersionComparer

CASE = route(1)
COUNT, SLOWER = 12, 7
LOCKED = "requirements.txt"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """Twelve commits that change a file each, the eighth only its lock; and one that changes none."""
    made = app_repository(tmp_path_factory.mktemp("repository") / "service", routes=2)
    made.git("tag", "v0")
    for number in range(1, COUNT):
        if number == SLOWER:
            made.commit("A newer FastAPI", requirements_txt=requirements(fastapi="0.120.0"))
        else:
            made.commit(f"Change {number}", README_md=f"Edition {number}")
    made.commit("Nothing")
    return made


class Pretending:
    """Comparisons of commits by known costs; interrupted after so many, and those with a problem can't be had."""

    def __init__(self, repository: Repository) -> None:
        self.hashes = repository.git("rev-list", "--reverse", "main").split()
        self.costs = {one: 1.2 if number >= SLOWER else 1.0 for number, one in enumerate(self.hashes)}
        self.problems: dict[str, Exception] = {}
        self.patience = 1000
        self.asked: list[tuple[str, str]] = []

    def compare(self, comparer: VersionComparer, base: str, head: str, margin: float) -> Comparison:
        if not self.patience:
            raise KeyboardInterrupt
        self.patience -= 1
        old, new = (words.removeprefix("git:") for words in (base, head))
        self.asked.append((old, new))
        if new in self.problems:
            raise self.problems[new]
        (asked,) = comparer.choice.globs
        assert comparer.choice.app is not None
        assert comparer.choice.app.requests is not None
        made = between("0.115.0", "0.116.0", {"a": self.costs[new] / self.costs[old]}, margin=margin)
        sides = {"base": self._side(old), "head": self._side(new)}
        made = made.model_copy(update={"id": f"{old[:8]}-{new[:8]}-{margin:.4f}", **sides})
        documents.COMPARISON.save(made, comparer.folder)
        assert asked == CASE
        return made

    def _side(self, commit: str) -> object:
        newer = self.hashes.index(commit) >= SLOWER
        at = AppVersion(
            named=f"git:{commit}", commit=commit, subject="", committed_at="2026-11-01T00:00:00Z", lock=LOCKED
        )
        return side("0.120.0" if newer else "0.115.6").model_copy(update={"version": at})


@pytest.fixture
def pretending(repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pretending:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    found = Pretending(repository)

    def compare(comparer: VersionComparer, base: str, head: str, margin: float) -> Comparison:
        return found.compare(comparer, base, head, margin)

    monkeypatch.setattr(VersionComparer, "compare", compare)
    monkeypatch.setattr(VersionComparer, "prepare", lambda *_: None)
    return found


def invoke(repository: Repository, results: Path, *words: str) -> Result:
    where = ("--app", SPEC, "--app-dir", str(repository.folder), "--results", str(results))
    return CliRunner().invoke(app, ["bisect", *words, *where])


def test_a_commit_that_changes_only_its_lock_is_found_told_and_kept(
    repository: Repository, pretending: Pretending, tmp_path: Path
) -> None:
    file = tmp_path / "found.json"
    done = invoke(repository, tmp_path, "git:v0", "git:main", "--case", CASE, "--json", str(file))
    assert done.exit_code == 0, done.output
    said = " ".join(done.output.split())
    short = pretending.hashes[SLOWER][:8]
    assert f"{CASE} changed in commit {short}" in said
    assert "A newer FastAPI" in said
    assert "It changes only its lock: fastapi 0.115.6 → 0.120.0." in said
    assert f"over {COUNT} commits." in said
    assert len(pretending.asked) <= 5
    made = json.loads(file.read_text())
    assert (made["commit"]["commit"], made["certain"]) == (pretending.hashes[SLOWER], True)
    (folder,) = (tmp_path / "bisections").iterdir()
    assert "A newer FastAPI" in (folder / "bisection.html").read_text()
    assert str(repository.folder) not in (folder / "bisection.json").read_text()


def test_a_search_that_needs_one_comparison_says_so(
    repository: Repository, pretending: Pretending, tmp_path: Path
) -> None:
    done = invoke(repository, tmp_path, "git:main~3", "git:main~2", "--case", CASE)
    assert "2 commits, about 1 comparison\n" in done.output


def test_it_is_shown_listed_and_indexed_again(repository: Repository, pretending: Pretending, tmp_path: Path) -> None:
    invoke(repository, tmp_path, "git:v0", "git:main", "--case", CASE)
    (folder,) = (tmp_path / "bisections").iterdir()
    for name in (folder.name, str(folder / "bisection.json"), "latest"):
        shown = CliRunner().invoke(app, ["report", name, "--results", str(tmp_path)])
        assert f"{CASE} changed in commit" in " ".join(shown.output.split())
    told = CliRunner().invoke(app, ["report", folder.name, "--json", "--results", str(tmp_path)])
    assert json.loads(told.stdout)["end"] == "found"
    CliRunner().invoke(app, ["report", "--results", str(tmp_path)])
    assert f"bisections/{folder.name}/bisection.html" in (tmp_path / "index.html").read_text()
    listed = CliRunner().invoke(app, ["list", "--results", str(tmp_path)])
    assert "changed in commit" in " ".join(listed.output.split())


def test_one_that_was_interrupted_goes_on_even_if_its_branch_is_called_otherwise(
    repository: Repository, pretending: Pretending, tmp_path: Path
) -> None:
    pretending.patience = 2
    cut = invoke(repository, tmp_path, "git:v0", "git:main", "--case", CASE)
    assert cut.exit_code == 130
    assert "repeat the command to resume" in cut.stderr
    pretending.patience = 1000
    done = invoke(repository, tmp_path, f"git:{pretending.hashes[0][:10]}", "git:HEAD", "--case", CASE)
    assert "2 comparisons done" in done.output
    assert done.exit_code == 0, done.output
    assert len(pretending.asked) == len(set(pretending.asked))
    assert len(list((tmp_path / "bisections").iterdir())) == 1
    pretending.patience = 0
    older = invoke(repository, tmp_path, "git:v0", "git:main~2", "--case", CASE)
    assert older.exit_code == 130
    assert "resuming" not in older.output


@pytest.mark.parametrize("problem", [UsageError, AgentError])
def test_commits_that_can_not_be_compared_are_skipped_and_may_be_the_cause(
    repository: Repository, pretending: Pretending, tmp_path: Path, problem: type[Exception]
) -> None:
    for number in (SLOWER - 1, SLOWER):
        commit = pretending.hashes[number]
        pretending.problems[commit] = problem(f"git:{commit[:8]}: app.main: it can't be imported")
    done = invoke(repository, tmp_path, "git:v0", "git:main", "--case", CASE)
    assert done.exit_code == 4, done.output
    said = " ".join(done.output.split())
    shorts = [pretending.hashes[SLOWER + offset][:8] for offset in (-2, -1, 0, 1)]
    assert f"changed after {shorts[0]}, at the latest in commit {shorts[3]}" in said
    assert f"The commits between, {shorts[1]} and {shorts[2]}, could not be compared" in said
    assert f"{shorts[2]} app.main: it can't be imported" in said


def test_an_end_that_can_not_be_compared_leaves_nothing_behind(
    repository: Repository, pretending: Pretending, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise UsageError("git:v0: app.main: it can't be imported")

    monkeypatch.setattr(VersionComparer, "prepare", refuse)
    done = invoke(repository, tmp_path, "git:v0", "git:main", "--case", CASE)
    assert isinstance(done.exception, RefusedError)
    assert not list((tmp_path / "bisections").glob("*"))


REFUSED: Mapping[tuple[str, ...], str] = {
    ("git:main", "git:v0", "--case", CASE): "git:v0 is older than git:main",
    ("git:v0", "git:v0", "--case", CASE): "both are commit",
    ("git:main~1", "git:main", "--case", CASE): "no commit between them changes a file",
    ("git:v0", "git:nothing", "--case", CASE): "git:nothing: no branch, tag or commit",
    ("git:v0", "git:main", "--case", "GET *"): f"matches 2 cases (`{CASE}`, `{route(2)}`)",
    ("git:v0", "git:main", "--case", "GET /nowhere"): "no case matches 'GET /nowhere'",
    ("git:v0", "git:main", "--case", CASE, "--python", "3.12"): "--python 3.12: is for releases",
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_can_not_be_asked_is_refused_in_a_line(
    repository: Repository, pretending: Pretending, tmp_path: Path, words: tuple[str, ...]
) -> None:
    done = invoke(repository, tmp_path, *words)
    assert isinstance(done.exception, RefusedError), done.output
    assert REFUSED[words] in str(done.exception)
    assert "\n" not in str(done.exception)
    assert not (tmp_path / "bisections").exists()


@pytest.mark.measures
@pytest.mark.slow
def test_a_real_bisection_finds_a_planted_commit(checkout: Checkout, tmp_path: Path) -> None:
    made = app_repository(tmp_path / "service", routes=2, handler_units=200)
    made.git("tag", "v0")
    made.commit("Words", README_md="Edition 1")
    made.write("app/broken.py", "")
    made.replace("app/main.py", "app = FastAPI()", "import nothing_like_this\napp = FastAPI()")
    made.commit("It can't start")
    made.replace("app/main.py", "import nothing_like_this\n", "")
    made.commit("It can again")
    made.replace("app/routes.py", "work(200)  # r02", "work(100)  # r02")
    made.commit("The other route")
    made.replace("app/routes.py", "work(200)  # r01", "work(300)  # r01")
    planted = made.commit("Work more")
    made.commit("Words", README_md="Edition 2")
    made.commit("Words", README_md="Edition 3")
    where = ("--app", SPEC, "--app-dir", str(made.folder), "--budget", "60s")
    process = checkout.start("bisect", "git:v0", "git:main", "--case", CASE, *where)
    out, err = process.communicate(timeout=9 * PATIENCE_S)
    assert process.returncode == 0, out + err
    assert f"changed in commit {planted[:8]}" in " ".join(out.split())
