"""Code and lock that changed together are split by the base's code on the head's lock, in real environments."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from app_history import NEWER, OLDER
from app_repository import SPEC, Repository, app_repository, requirements, route

from bench.analysis.comparison import split as analysis
from bench.analysis.comparison.results import reported
from bench.model.app_options import AppOptions
from bench.model.comparison import Comparison, Split, Verdict
from bench.model.workload import Pass
from bench.stats.two_stage import Change
from bench.store import documents
from bench.store.recording import Recording
from bench.workflows.app.versions import VersionPair, version_pair
from bench.workflows.comparison import compare
from bench.workflows.comparison.compare import ComparisonSpec
from bench.workflows.comparison.split import Splitter
from bench.workflows.request import MeasurementRequest
from bench.workspace import PROJECT

STARLETTE = "0.52.1"
ROUTES = route(1), route(3)


class Unheard:
    """A listener that nobody looks at."""

    def begins(self, what: str, left: int) -> None: ...

    def expects(self, total_s: float) -> None: ...

    def reached(self, doing: str, subject: str, spent_s: float) -> None: ...


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """The last of its commits has a newer FastAPI, and a first route that works four times as much."""
    made = app_repository(tmp_path_factory.mktemp("split") / "service", routes=3)
    made.commit("Older", requirements_txt=requirements(fastapi=OLDER, starlette=STARLETTE))
    made.git("tag", "older")
    made.replace("app/routes.py", "work(60)  # r01", "work(600)  # r01")
    made.commit("Both", requirements_txt=requirements(fastapi=NEWER, starlette=STARLETTE))
    return made


def asked(repository: Repository) -> MeasurementRequest:
    return MeasurementRequest((Pass.TIMING, Pass.ALLOCATIONS), app=AppOptions(SPEC, repository.folder))


def pair(repository: Repository, base: str = "git:older", head: str = "git:main") -> VersionPair:
    return version_pair(AppOptions(SPEC, repository.folder), base, head)


def complete(repository: Repository, pair: VersionPair, folder: Path, *changed: str) -> Recording[Comparison]:
    """As if these routes were found to be slower."""
    arms, skipped = pair.paired(asked(repository))
    found = compare.begin(ComparisonSpec(arms, pair.sides(), skipped, 0.03, 120.0), ("compare",), folder, PROJECT)
    slower = Change(0.5, 0.1, 0.03, 20, 24)
    found.change(results=tuple(reported(case, "cpu_us", 0.03, slower, Verdict.SLOWER) for case in changed))
    return found


def split(repository: Repository, pair: VersionPair, recording: Recording[Comparison]) -> Split:
    return Splitter(pair, asked(repository), Unheard()).split(recording)


@pytest.mark.slow
def test_the_code_s_share_and_the_dependencies_add_up_beside_what_they_were_measured_by(
    repository: Repository, tmp_path: Path
) -> None:
    both = pair(repository)
    recording = complete(repository, both, tmp_path, *ROUTES)
    found = split(repository, both, recording)
    assert found.reason is None
    assert [one.case for one in found.dependencies] == [one.case for one in found.code] == list(ROUTES)
    assert documents.COMPARISON.load(recording.folder).split == found
    kept = {
        name: documents.COMPARISON.load(next((recording.folder / "split" / name).iterdir()))
        for name in ("dependencies", "code")
    }
    between = "git:older on the lock of git:main"
    assert [(one.base.named, one.head.named) for one in kept.values()] == [
        ("git:older", between),
        (between, "git:main"),
    ]
    assert kept["dependencies"].head.stack.packages["fastapi"] == kept["code"].base.stack.packages["fastapi"] == NEWER
    assert kept["dependencies"].base.stack.packages["fastapi"] == OLDER
    assert {case.id for case in kept["code"].cases} == set(ROUTES)
    code = {one.case: one.ratio for one in found.code}
    assert code[ROUTES[0]], found.code
    assert code[ROUTES[0]] > 1.5  # the route that was changed
    assert len(list(analysis.closings(recording.document))) == len(ROUTES)


@pytest.mark.slow
def test_code_that_does_not_run_on_the_head_s_lock_is_one_line_with_the_reason(
    repository: Repository, tmp_path: Path
) -> None:
    repository.git("switch", "--quiet", "--create", "with-more")
    main = (repository.folder / "app/main.py").read_text()
    more = f"{requirements(fastapi=OLDER, starlette=STARLETTE)}itsdangerous\n"
    repository.commit("Needs more", requirements_txt=more, app__main_py=f"import itsdangerous\n{main}")
    repository.git("switch", "--quiet", "main")
    both = pair(repository, "git:with-more")
    recording = complete(repository, both, tmp_path, *ROUTES)
    found = split(repository, both, recording)
    assert found.dependencies == found.code == ()
    assert found.reason is not None
    assert found.reason.startswith("git:with-more on the lock of git:main does not run: ")
    assert "app.main: it imports itsdangerous (app/main.py:1), which is not in" in found.reason
    assert "\n" not in found.reason


@pytest.mark.slow
def test_without_two_locks_or_a_change_there_is_nothing_to_split(repository: Repository, tmp_path: Path) -> None:
    both = pair(repository)
    assert split(repository, both, complete(repository, both, tmp_path)).reason == "no case changed"
    alike = replace(both, environments=(both.environments[1], both.environments[1]))
    found = split(repository, alike, complete(repository, alike, tmp_path, *ROUTES))
    assert found == Split(reason="both sides have the same lock")
    assert not list(tmp_path.glob("*/split"))
