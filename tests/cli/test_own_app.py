"""`--app` as a user meets it: what it lists, completes and refuses; nothing of the app is imported for that."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from checkouts import Here
from services_of_others import RIGHT, write_service
from typer.testing import CliRunner

from bench.cli.main import app
from bench.cli.verbs import VERBS

VERBS_OF_TARGETS = (
    "run",
    "layers",
    "load",
    "serve",
    "memory",
    "flame",
    "suite",
    "compare",
    "sweep",
    "bisect",
    "selftest",
)


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """One that ends whoever imports it."""
    folder = write_service(tmp_path / "service")
    (folder / "app" / "main.py").write_text("raise SystemExit(7)\n")
    return folder


@pytest.mark.parametrize("verb", [*VERBS_OF_TARGETS, "list"])
def test_every_verb_that_takes_targets_takes_an_app(verb: str) -> None:
    names = {option for one in VERBS[verb].command(verb).params for option in one.opts}
    assert {"--app", "--app-dir", "--env", "--env-file", "--variable", "--before", "--writes"} <= names
    assert "--targets" in names


def test_its_routes_are_listed(here: Here, service: Path) -> None:
    status, out, err = here.bench("list", "--app", "app.main:app", "--app-dir", str(service), "--json")
    assert status == 0, err
    found = json.loads(out)
    assert set(found["cases"]) == {*RIGHT, "GET /broken"}
    assert [target["name"] for target in found["targets"]] == ["app.main:app"]
    status, out, err = here.bench("list", "--app", "app.main:app", "--app-dir", str(service))
    assert status == 0, err
    assert "/<b>odd</b>/{path:path}" in " ".join(out.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("list", "--env", "."), "--env needs --app MODULE:ATTR"),
        (("layers", "--variable", "HOME"), "--variable needs --app MODULE:ATTR"),
        (
            ("compare", "git:a", "b", "--app", "a:b", "--split"),
            "--split needs two versions of your own app, git:BASE git:HEAD, and no --served",
        ),
        (("layers", "--writes"), "--writes needs --app MODULE:ATTR"),
        (
            ("compare", "a", "b", "--app", "a:b", "--served", "--writes"),
            "--served doesn't support --writes: servers are also asked for what isn't counted; remove one of them",
        ),
        (("layers", "--app", "app.main"), "names no app; write MODULE:ATTR"),
        (("load", "--traffic", "access.log"), "--traffic needs --app MODULE:ATTR"),
        (("load", "hot", "--traffic", "a.log", "--app", "a:b"), "--traffic has no effect on the scenario hot"),
        (("serve",), "or your own app with --app MODULE:ATTR"),
    ],
)
def test_what_can_t_be_meant_is_refused(here: Here, words: tuple[str, ...], said: str) -> None:
    status, _, err = here.bench(*words)
    assert status == 2
    assert said in " ".join(err.split())


def test_without_a_requests_file_the_step_is_named(here: Here, service: Path) -> None:
    (service / "layercake.json").unlink()
    status, _, err = here.bench("layers", "--app", "app.main:app", "--app-dir", str(service))
    assert status == 2
    assert "layercake.json: not there yet; `bench requests app.main:app`" in " ".join(err.split())


def test_a_route_that_isn_t_there_is_refused_before_anything_starts(here: Here, service: Path) -> None:
    status, _, err = here.bench("layers", "--app", "app.main:app", "--app-dir", str(service), "--case", "GET /user")
    assert status == 2
    assert "no case matches 'GET /user', see `bench list --app APP`; did you mean GET /users" in " ".join(err.split())


def test_its_routes_are_completed(service: Path) -> None:
    words = ("bench", "layers", "--app", "app.main:app", "--app-dir", str(service), "--case")

    def offered(begun: str) -> list[str]:
        variables = {
            "_BENCH_COMPLETE": "complete_zsh",
            "_TYPER_COMPLETE_ARGS": " ".join((*words, begun)),
        }
        return CliRunner().invoke(app, prog_name="bench", env=variables).stdout.splitlines()

    assert any("/users" in line for line in offered("/us"))
