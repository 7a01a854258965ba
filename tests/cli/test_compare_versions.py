"""`bench compare git:BASE git:HEAD` as a user meets it: what it refuses, in one line, and what it tells."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from app_repository import SPEC, Repository, app_repository
from checkouts import PATIENCE_S, Checkout, Here

from bench.stack.environment import Environment

BOTH = ("git:main", "git:HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return app_repository(tmp_path / "repository", routes=2)


def refusal(here: Here, folder: Path, *words: str) -> str:
    status, out, err = here.bench("compare", *words, "--app-dir", str(folder))
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    return err.removeprefix("bench: ").rstrip("\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("git:mian", "git:HEAD", "--app", SPEC),
            "git:mian: no branch, tag or commit of this repository; did you mean",
        ),
        (
            ("git:main", "fastapi", "--app", SPEC),
            "fastapi: git:REF can only be compared with another git:REF; `git:` is",
        ),
        (("main", "HEAD", "--app", SPEC), "main: for a commit of your app, write git:main"),
        (("git:main", "main", "--app", SPEC), "main: for a commit of your app, write git:main"),
        (
            (*BOTH, "--app", SPEC, "--app", "b:c"),
            "--app app.main:app --app b:c: one app is measured at a time; give --app",
        ),
        ((*BOTH, "--app", "app.deps:app"), "git:HEAD: layercake.json: app: has the requests of 'app.main:app', not of"),
        ((*BOTH, "--app", SPEC, "--python", "3.12"), "--python has no effect on git:REF; a version runs on the Python"),
        (
            (*BOTH, "--app", SPEC, "--env", "x", "--requirements", "y"),
            "use --env or --requirements, not both: either says",
        ),
        (
            (*BOTH, "--app", SPEC, "--env", "x", "--with", "y"),
            "--with can't add to --env; install it there, or leave out",
        ),
        (
            (*BOTH, "--app", SPEC, "--requests", "none.json"),
            "git:HEAD: no file none.json; `bench requests app.main:app --requests none.json`",
        ),
        (
            (*BOTH, "--app", SPEC, "--case", "GET /nope"),
            "git:HEAD: no case matches 'GET /nope', see `bench list --app APP`; available: GET /r01/{id},",
        ),
    ],
)
def test_what_can_not_be_meant_is_one_line(
    here: Here, repository: Repository, words: tuple[str, ...], said: str
) -> None:
    assert refusal(here, repository.folder, *words).startswith(said)


def test_a_version_without_an_app_and_options_of_an_app_without_one_are_one_line(here: Here) -> None:
    status, _, err = here.bench("compare", *BOTH)
    assert (status, err) == (2, "bench: git:REF is a version of your own app; name it with --app MODULE:ATTR\n")
    status, _, err = here.bench("compare", *BOTH, "--requirements", "x")
    assert (status, err) == (2, "bench: --requirements needs --app MODULE:ATTR\n")


def test_no_repository_a_shallow_clone_and_a_folder_of_one_side_only_are_one_line(
    here: Here, repository: Repository, tmp_path: Path
) -> None:
    words = (*BOTH, "--app", SPEC)
    (tmp_path / "plain").mkdir()
    assert "plain: git:REF needs a git repository there (not a git repository" in refusal(
        here, tmp_path / "plain", *words
    )
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", "--depth", "1", repository.folder.as_uri(), str(clone)], check=True)
    said = refusal(here, clone, "git:HEAD~1", "git:HEAD", "--app", SPEC)
    assert said.startswith("git:HEAD~1: this clone is shallow: ")
    assert "`fetch-depth: 0`" in said
    repository.commit("A service", services__api__main_py="")
    said = refusal(here, repository.folder / "services" / "api", "git:HEAD~1", "git:HEAD", "--app", SPEC)
    assert said == "git:HEAD~1: has no folder services/api (--app-dir)"


@pytest.mark.slow
def test_a_slower_commit_is_found_and_what_it_is_stands_in_the_results(
    checkout: Checkout, repository: Repository, environment: Environment, tmp_path: Path
) -> None:
    repository.git("tag", "v1")
    repository.replace("app/deps.py", "work(20)", "work(5000)")
    repository.replace(
        "app/routes.py",
        '@router.get("/r01/{id}")',
        '@router.get("/new")\nasync def new() -> int:\n    return 1\n\n\n@router.get("/r01/{id}")',
    )
    repository.commit("A slow dependency")
    repository.write("notes.txt", "not committed")
    env = ("--env", str(environment.python), "--app-dir", str(repository.folder))
    told = tmp_path / "told.json"
    words = ("git:v1", "git:", "--app", SPEC, *env, "--margin", "50%", "--budget", "120s", "--json", str(told))
    process = checkout.start("compare", *words)
    out, err = process.communicate(timeout=5 * PATIENCE_S)
    assert process.returncode == 1, err
    assert "git: is the working tree, with changes that aren't committed" in out
    assert "both versions run in the same environment" in out
    found = json.loads(told.read_text())
    assert {one["case"]: one["verdict"] for one in found["results"] if one["metric"] == "cpu_us"} == {
        "GET /r01/{id}": "slower",
        "GET /r02/{id}": "slower",
    }
    assert found["routes"] == {"added": ["GET /new"], "removed": []}
    base, head = found["base"]["version"], found["head"]["version"]
    assert (base["named"], base["subject"], base["dirty"]) == ("git:v1", "An app", False)
    assert (head["named"], head["subject"], head["dirty"]) == ("git:", "A slow dependency", True)
    assert str(tmp_path) not in told.read_text()
