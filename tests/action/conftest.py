"""A service whose pull request is checked out as GitHub does it, and a layercake that has measured before."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from action_runner import Job
from app_repository import Repository, app_repository
from comments_api import PULL, Comments, comments_api
from comparisons import comparison, measured

from bench.analysis.comparison import verdicts as analysis
from bench.report.publish import publish_comparison

# Copies what a real command wrote, and says what it would.
STUB = """#!{python}
import argparse, json, shutil, sys
given = json.loads({given!r})
words = argparse.ArgumentParser(allow_abbrev=False)
words.add_argument("--results", default=".layercake")
results = words.parse_known_args()[0].results
with open(given["calls"], "a") as file:
    file.write(json.dumps(sys.argv[1:]) + "\\n")
if given["made"]:
    shutil.copytree(given["made"], results + "/comparisons/20261129T120000Z-00000007")
print(given["out"])
print(given["err"], file=sys.stderr)
sys.exit(given["status"])
"""


@dataclass
class Service:
    """A repository at its remote, and the clone that a job has of it."""

    upstream: Repository
    clone: Repository
    scratch: Path
    api: str

    @property
    def pull(self) -> dict[str, Any]:
        """The event of a pull request from `feature` to `main`."""
        base, head = (self.upstream.git("rev-parse", name) for name in ("main~1", "feature"))
        return {
            "pull_request": {"number": PULL, "head": {"sha": head}, "base": {"sha": base}},
            "repository": {"default_branch": "main"},
        }

    def push(self) -> None:
        """Everything that upstream has."""
        self.upstream.git("push", "--quiet", "--force", "bare", "refs/heads/*:refs/heads/*", "refs/pull/*:refs/pull/*")

    def check_out(self, name: str, depth: int = 1) -> str:
        """As actions/checkout does; 0 is the whole history. The hash of HEAD."""
        commit = self.upstream.git("rev-parse", name)
        deep, more = (
            ((f"--depth={depth}",), ()) if depth else (("--unshallow",), ("+refs/heads/*:refs/remotes/origin/*",))
        )
        wanted = f"+{commit}:refs/remotes/pull/checked-out"
        self.clone.git("fetch", "--quiet", "--no-tags", *deep, "origin", wanted, *more)
        self.clone.git("checkout", "--quiet", "--force", "--detach", commit)
        return commit

    def job(self, kind: str = "pull_request", event: dict[str, Any] | None = None, **how: Any) -> Job:
        return Job(
            self.clone.folder, self.scratch, kind, self.pull if event is None else event, **{"api": self.api, **how}
        )


@pytest.fixture(scope="session")
def repositories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`upstream`, where `feature` branched off from `main`, which has gone on since, its `remote.git`, and a `clone` of
    that, in which the merge commit of a pull request is checked out."""
    folder = tmp_path_factory.mktemp("repositories")
    upstream = app_repository(folder / "upstream", routes=2)
    upstream.git("checkout", "--quiet", "-b", "feature")
    upstream.replace("app/deps.py", "work(20)", "work(400)")
    upstream.commit("Check the user twice")
    upstream.git("checkout", "--quiet", "main")
    upstream.commit("A note", NOTES_md="Notes\n")
    upstream.git("merge", "--quiet", "--no-ff", "--message", "Merge", "feature")
    upstream.git("update-ref", f"refs/pull/{PULL}/merge", "HEAD")
    upstream.git("reset", "--quiet", "--hard", "HEAD~1")
    upstream.git("init", "--quiet", "--bare", "../remote.git")
    upstream.git("remote", "add", "bare", "../remote.git")
    clone = Repository(folder / "clone")
    clone.folder.mkdir()
    clone.git("init", "--quiet", "--initial-branch", "main")
    clone.git("remote", "add", "origin", (folder / "remote.git").as_uri())
    made = Service(upstream, clone, folder, "")
    made.push()
    made.check_out(f"refs/pull/{PULL}/merge")
    return folder


@pytest.fixture(scope="session")
def other_comments() -> Iterator[Comments]:
    """Takes the comments that a test says nothing of: nobody waits for an address that doesn't answer."""
    with comments_api() as made:
        yield made


@pytest.fixture
def service(tmp_path: Path, repositories: Path, other_comments: Comments) -> Service:
    """The repositories of its own: a copy, whose clone is one of the copied remote."""
    shutil.copytree(repositories, tmp_path, dirs_exist_ok=True)
    clone = Repository(tmp_path / "clone")
    clone.git("remote", "set-url", "origin", (tmp_path / "remote.git").as_uri())
    return Service(Repository(tmp_path / "upstream"), clone, tmp_path / "job", other_comments.url)


@pytest.fixture
def comments() -> Iterator[Comments]:
    with comments_api() as made:
        yield made


def publish(folder: Path, changed: str) -> Path:
    """The folder, with a comparison in which this case is slower, written by the real renderer."""
    stages: Any = {"pilot": 20, "confirmation": 20}
    samples = (*measured(changed, 1.2, stages), *measured("same", 1.0, stages))
    made = comparison(changed, "same").model_copy(update={"complete": True, "samples": samples})
    publish_comparison(made.model_copy(update={"results": analysis.results(made)}), folder)
    return folder


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tmp_path_factory.mktemp("published"), "changed")


@pytest.fixture(scope="session")
def published_by_somebody(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As `published`, of an app whose route has a hostile name."""
    return publish(tmp_path_factory.mktemp("published"), "GET /@everyone`<img src=x>--><!-- #1")


@dataclass
class Layercake:
    """Stands for layercake's installation: the real Python, and a `bench` that ends with a status."""

    calls: Path
    made: Path | None
    status: int = 1
    out: str = "changed:one is slower"
    err: str = ""

    def __call__(self, env: dict[str, str]) -> None:
        folder = Path(env["TOOL"], "bin")
        folder.mkdir(parents=True, exist_ok=True)
        given = {name: getattr(self, name) for name in ("status", "out", "err")}
        given |= {"calls": str(self.calls), "made": self.made and str(self.made)}
        scripts = {
            "python": f'#!/bin/sh\nexec "{sys.executable}" "$@"\n',
            "bench": STUB.format(python=sys.executable, given=json.dumps(given)),
        }
        for name, text in scripts.items():
            (folder / name).write_text(text)
            (folder / name).chmod(0o755)

    def words(self) -> list[str]:
        """Of the one call."""
        (call,) = self.calls.read_text().splitlines()
        found: list[str] = json.loads(call)
        return found


@pytest.fixture
def layercake(tmp_path: Path, published: Path) -> Callable[..., Layercake]:
    def made(**how: Any) -> Layercake:
        return Layercake(**{"calls": tmp_path / "calls", "made": published, **how})

    return made
