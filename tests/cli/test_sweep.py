"""`bench sweep` and `bench bisect` as a user meets them: with pretended comparisons, and once with real ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from checkouts import PATIENCE_S, Checkout
from plans import write_target
from shelves import write_wheel
from sweeps import between
from typer.testing import CliRunner, Result

from bench.analysis.series.bisection import NextComparison
from bench.cli.main import app
from bench.model.comparison import Comparison
from bench.model.errors import UsageError
from bench.stack import releases as stack_releases
from bench.stack.environment import Environment
from bench.stack.recipe import Recipe
from bench.stack.uv import StackError
from bench.store import documents
from bench.store.series import COMPARISONS
from bench.workflows import stacks
from bench.workflows.series.release_pair import ReleaseComparer

CASE = "idle:one"
SERVED = ("sweep", "uvicorn", ">=0.30", "--metric", "server_cpu_us")


class Pretending:
    """Comparisons by known costs; interrupted after so many."""

    def __init__(self, costs: Mapping[str, float]) -> None:
        self.costs = costs
        self.patience = 1000
        self.asked: list[tuple[str, str]] = []

    def compare(self, workshop: ReleaseComparer, ask: NextComparison) -> Comparison:
        if not self.patience:
            raise KeyboardInterrupt
        self.patience -= 1
        self.asked.append((ask.base, ask.head))
        workshop.progress.reached("first blocks", CASE, 1.0)
        if ask.head == "0.3.0":
            raise StackError("uv pip compile: No solution found")
        made = between(ask.base, ask.head, {"idle": self.costs[ask.head] / self.costs[ask.base]}, margin=ask.margin)
        documents.COMPARISON.save(made, workshop.folder / COMPARISONS)
        return made


@pytest.fixture
def pretending(environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pretending:
    """Ten releases, of which the fourth can't be resolved and the seventh is slower; the newest is the real one's."""
    newest = environment.stack.packages["fastapi"]
    releases = (*(f"0.{number}.0" for number in range(9)), newest)
    found = Pretending({release: 1.2 if index >= 6 else 1.0 for index, release in enumerate(releases)})
    (tmp_path / "targets").mkdir()
    write_target(tmp_path / "targets", "idle", "")
    monkeypatch.setattr(stack_releases, "matching", lambda package, specifier, python: releases)

    def compare(workshop: ReleaseComparer, ask: NextComparison) -> Comparison:
        return found.compare(workshop, ask)

    monkeypatch.setattr(ReleaseComparer, "compare", compare)
    monkeypatch.setattr(stacks, "build", lambda *_: environment)
    return found


def invoke(tmp_path: Path, *words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--targets", str(tmp_path / "targets"), "--results", str(tmp_path)])


def test_a_sweep_is_told_drawn_and_exported(pretending: Pretending, tmp_path: Path) -> None:
    done = invoke(tmp_path, "sweep", "fastapi", ">=0", "--json", str(tmp_path / "found.json"))
    assert done.exit_code == 0, done.output
    said = " ".join(done.output.split())
    assert "idle:one changed most: CPU +2" in said
    assert "in 0.6.0." in said
    assert "0.3.0 every case uv pip compile: No solution found" in said
    (folder,) = (tmp_path / "sweeps").iterdir()
    assert (folder / "sweep.html").exists()
    assert (folder / "sweep.svg").exists()
    assert (folder / "anchor.lock").exists()
    assert json.loads((tmp_path / "found.json").read_text())["said"][0].startswith("`idle:one` changed most")


def test_a_sweep_that_was_interrupted_goes_on_with_the_same_words(pretending: Pretending, tmp_path: Path) -> None:
    pretending.patience = 4
    cut = invoke(tmp_path, "sweep", "fastapi", ">=0")
    assert cut.exit_code == 130
    assert "repeat the command to resume" in cut.stderr
    pretending.patience = 1000
    done = invoke(tmp_path, "sweep", "fastapi", ">=0")
    assert done.exit_code == 0, done.output
    assert ": 4 of 9 done" in done.output
    assert len(pretending.asked) == len(set(pretending.asked)) == 11
    newest = list(pretending.costs)[-1]
    assert pretending.asked[-2:] == [("0.5.0", "0.6.0"), ("0.0.0", newest)]
    assert "New blocks of both releases confirm the step that looks changed." in " ".join(done.output.split())
    assert len(list((tmp_path / "sweeps").iterdir())) == 1
    third = invoke(tmp_path, "sweep", "fastapi", ">=0")
    assert "resuming" not in third.output
    assert len(list((tmp_path / "sweeps").iterdir())) == 2


def test_a_sweep_over_pythons_compares_each_with_the_first(
    pretending: Pretending, tmp_path: Path, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretending.costs = {"3.11": 1.0, "3.12": 0.8, "3.14t": 1.3}
    built: list[str | None] = []

    def build(_: object, recipe: Recipe, python: str | None, *_others: object) -> Environment:
        built.append(python)
        assert not recipe.lines
        return environment

    monkeypatch.setattr(stacks, "build", build)
    done = invoke(tmp_path, "sweep", "python", "3.11,3.12,3.14t")
    assert done.exit_code == 0, done.output
    assert built == ["3.11"]
    assert sorted(pretending.asked) == [("3.11", "3.12"), ("3.11", "3.14t")]
    said = " ".join(done.output.split())
    assert "Python 3.12 against 3.11: 1 faster; CPU −2" in said  # noqa: RUF001
    assert "Python 3.14t against 3.11: 1 slower; CPU +" in said
    assert "Each Python against 3.11" in said


def test_a_sweep_says_how_long_it_takes_at_most(pretending: Pretending, tmp_path: Path) -> None:
    done = invoke(tmp_path, "sweep", "fastapi", ">=0", "--every", "4", "--budget", "60s")
    assert "about 3 to 10 min plus the time to build environments" in " ".join(done.output.split())
    assert len(pretending.asked) <= 7


def test_each_third_release_is_fewer_with_both_ends(pretending: Pretending, tmp_path: Path) -> None:
    assert invoke(tmp_path, "sweep", "fastapi", ">=0", "--every", "4").exit_code == 0
    newest = list(pretending.costs)[-1]
    assert pretending.asked == [
        *((newest, release) for release in ("0.0.0", "0.8.0", "0.4.0")),
        ("0.4.0", "0.8.0"),
        ("0.0.0", newest),
    ]


def test_nothing_but_failures_is_no_valid_measurement(pretending: Pretending, tmp_path: Path) -> None:
    pretending.costs = {release: -1.0 if release != "0.165.0" else 1.0 for release in pretending.costs}
    assert invoke(tmp_path, "sweep", "fastapi", ">=0").exit_code == 3


def test_a_bisection_finds_the_release(
    pretending: Pretending, tmp_path: Path, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    releases = tuple(pretending.costs)
    stack = environment.stack
    oldest = Environment(
        environment.python,
        environment.lock,
        stack.model_copy(update={"packages": {**stack.packages, "fastapi": releases[0]}}),
    )
    monkeypatch.setattr(stacks, "build", lambda *_: oldest)
    words = ("bisect", "fastapi", releases[0], releases[-1], "--case", CASE, "--json", str(tmp_path / "found.json"))
    pretending.patience = 2
    assert invoke(tmp_path, *words).exit_code == 130
    pretending.patience = 1000
    done = invoke(tmp_path, *words)
    assert done.exit_code == 0, done.output
    said = " ".join(done.output.split())
    assert "resuming bisection" in said
    assert "idle:one changed in fastapi 0.6.0: CPU +20" in said
    assert json.loads((tmp_path / "found.json").read_text())["bad"] == "0.6.0"
    (folder,) = (tmp_path / "bisections").iterdir()
    assert (folder / "bisection.html").exists()
    shown = CliRunner().invoke(app, ["report", folder.name, "--results", str(tmp_path)])
    assert "idle:one changed in fastapi 0.6.0: CPU +20" in " ".join(shown.output.split())


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("sweep", "fastapi", "newest"), "is not a version specifier"),
        (("sweep", "fastapi>=1", ">=1"), "more than a package name"),
        (("sweep", "fastapi", ">=999"), "No solution found"),
        (("sweep", "fastapi", ">=0.115", "--margin", "3"), "write a percentage"),
        (("sweep", "fastapi", ">=0.115", "--case", "nothing*"), "nothing*"),
        ((*SERVED, "--case", CASE, "--budget", "20s"), "use a larger --budget"),
        (("sweep", "uvicorn", ">=0.30", "--metric", "p99"), "write cpu_us, server_cpu_us, startup_cpu_ms or rest_mb"),
        (("sweep", "python", "3.11"), "only python 3.11 matches '3.11'; a sweep needs two releases"),
        (("sweep", "python", "3.11,two"), "'two' is not a supported version"),
        (("sweep", "python", "3.11,"), "'3.11,' has an empty part"),
        (("bisect", "python", "3.11", "3.14", "--case", CASE), "bench sweep python"),
        (("sweep", "python", "3.11,3.12", "--python", "3.12"), "has no effect on a sweep over versions of Python"),
        (("bisect", "fastapi", "0.2", "new", "--case", CASE), "is not a version"),
        (("bisect", "fastapi", "0.1", "0.2", "--case", "*"), "matches 2 cases"),
        (("bisect", "fastapi", "0.115.1", "0.115.0", "--case", CASE), "put the older release"),
        (("bisect", "fastapi", "0.115.0", "0.115.0", "--case", CASE), "are the same release"),
        (("bisect", "fastapi", "0.115.0", "0.115.99", "--case", CASE), "both must be releases"),
        (("bisect", "fastapi", "0.115.0", "--case", CASE), "2 words; write PACKAGE GOOD BAD, or git:GOOD git:BAD"),
        (("bisect", "fastapi", "--case", CASE), "fastapi: 1 word; write PACKAGE GOOD BAD, or git:GOOD git:BAD"),
        (("bisect", "git:v1", "--case", CASE), "git:v1: the second commit is missing; write git:GOOD git:BAD"),
        (("bisect", "git:v1", "0.115.0", "--case", CASE), "0.115.0: can't be mixed with git:REF"),
        (("bisect", "fastapi", "git:a", "git:b", "--case", CASE), "fastapi: can't be mixed with git:REF"),
        (("bisect", "git:v1", "git:v2", "git:v3", "--case", CASE), "name two commits, git:GOOD git:BAD"),
        (("bisect", "git:", "git:main", "--case", CASE), "git: is the working tree, and no commit"),
        (("bisect", "git:v1", "git:main", "--case", CASE), "name it with --app MODULE:ATTR"),
    ],
)
def test_what_can_not_be_asked_is_refused_with_2(here: Checkout, words: tuple[str, ...], complaint: str) -> None:
    write_target(here.targets, "idle", "")
    write_target(here.targets, "idle2", "")
    status, _, err = here.bench(*words)
    assert (status, complaint in err, "Traceback" in err) == (2, True, False), err


WORK = """
import time
def work():
    end = time.thread_time_ns() + {us}_000
    while time.thread_time_ns() < end: pass
"""


@pytest.fixture
def paced(checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """Three releases of a package whose work takes 200, 200 and 300 µs."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    for version, us in (("1.0", 200), ("1.1", 200), ("1.2", 300)):
        write_wheel(shelf, "pace", version, code=WORK.format(us=us))
    monkeypatch.setenv("UV_FIND_LINKS", str(shelf))
    write_target(checkout.targets, "working", "import pace\npace.work()")
    return checkout


def run(checkout: Checkout, *words: str) -> tuple[int, str, str]:
    """Exit status, output, errors; with time to build environments beside the budget."""
    process = checkout.start(*words)
    out, err = process.communicate(timeout=4 * PATIENCE_S)
    return process.returncode, " ".join(out.split()), err


@pytest.mark.measures
@pytest.mark.slow
def test_a_real_sweep_finds_a_known_step(paced: Checkout) -> None:
    status, out, err = run(paced, "sweep", "pace", ">=1", "--budget", "20s")
    assert status == 0, err
    assert "working:one changed most: CPU +4" in out
    assert "in 1.2." in out
    assert "New blocks of both releases confirm the step that looks changed." in out
    (folder,) = (paced.folder / "results" / "sweeps").iterdir()
    status, out, err = paced.bench("report", folder.name)
    assert status == 0, err
    assert "working:one changed most" in " ".join(out.split())
    (listed,) = json.loads(paced.bench("list", "--json")[1])["sweeps"]
    assert listed["of"] == "pace 1.0 to 1.2"


@pytest.mark.measures
@pytest.mark.slow
def test_a_real_bisection_finds_a_known_step(paced: Checkout) -> None:
    status, out, err = run(paced, "bisect", "pace", "1.1", "1.2", "--case", "working:one", "--budget", "30s")
    assert status == 0, err
    assert "working:one changed in pace 1.2: CPU +4" in out
    assert "1 comparison over 2 releases." in out


@pytest.mark.parametrize("words", [("sweep", ">=0"), ("bisect", "0.0.0", "0.165.0")])
def test_a_series_whose_stacks_lack_what_its_cases_require_does_not_begin(
    pretending: Pretending,
    environment: Environment,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
) -> None:
    monkeypatch.setattr(stacks, "build", lambda *_: environment)
    file = tmp_path / "targets" / "idle.py"
    file.write_text(file.read_text().replace('"adds"', '"requires": ["absent-package"], "adds"'))
    refused = invoke(tmp_path, words[0], "fastapi", *words[1:], "--case", CASE)
    assert isinstance(refused.exception, UsageError)
    assert str(refused.exception).endswith("the stack doesn't have; add --with absent-package")
    assert not (tmp_path / "sweeps").exists()
    assert not (tmp_path / "bisections").exists()


def test_packages_that_were_added_are_part_of_the_words_that_resume(pretending: Pretending, tmp_path: Path) -> None:
    pretending.patience = 2
    assert invoke(tmp_path, "sweep", "fastapi", ">=0").exit_code == 130
    pretending.patience = 1000
    assert "resuming" not in invoke(tmp_path, "sweep", "fastapi", ">=0", "--with", "orjson").output
