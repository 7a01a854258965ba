"""What runs beside the targets is there and filled when they are asked; where it cannot be, they say why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from plans import plan, write_target

from bench.model.run import MissingSample
from bench.model.workload import Pass
from bench.runner.services import beside
from bench.services import postgres
from bench.services.postgres import Database, DatabaseError
from bench.stack.environment import Environment

SEED = """
from pathlib import Path
async def seed(url, source, rows):
    Path(__file__).with_name("seeded").write_text(f"{url} {len(source)} {rows}")
"""
REQUESTS = '{"few": {"path": "/", "expect": {"rows": 3}}, "many": {"path": "/", "expect": {"rows": 5}}}'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A target with a database, and a larger one without."""
    write_target(tmp_path, "alone", "", requests='{"huge": {"path": "/", "expect": {"rows": 9}}}')
    write_target(tmp_path, "asking", "answer = os.environ['DATABASE_URL'].encode()", requests=REQUESTS)
    file = tmp_path / "asking.py"
    file.write_text(file.read_text().replace('"adds"', '"services": ["postgresql"], "adds"'))
    return tmp_path


def pretend(monkeypatch: pytest.MonkeyPatch, *, fails: str = "") -> None:
    """A database that is there, as far as the harness can tell, or can't be had."""

    @contextmanager
    def running(_cores: object) -> Iterator[Database]:
        if fails:
            raise DatabaseError(fails)
        yield Database("postgresql://somewhere", pid=None, description="a pretence")

    monkeypatch.setattr(postgres, "running", running)


def test_the_data_is_put_there_as_far_as_the_largest_request_needs_it(
    environment: Environment, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch)
    (folder / "_seed.py").write_text(SEED)
    with beside(plan(environment, folder), Pass.TIMING) as (ready, skipped):
        assert skipped == ()
        assert (folder / "seeded").read_text() == "postgresql://somewhere 64 5"
        assert ready.variables == {"DATABASE_URL": "postgresql://somewhere"}


def test_a_target_finds_the_database_in_its_environment(
    environment: Environment, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch)
    with beside(plan(environment, folder), Pass.TIMING) as (ready, _), ready.launch(0) as agent:
        case = next(case for case in ready.cases if case.target == "asking")
        assert agent.call("prepare", **ready.arguments(case))["length"] == len("postgresql://somewhere")


@pytest.mark.parametrize("broken", ["no server", "no seed"])
def test_without_a_database_its_cases_are_skipped_with_the_reason_and_the_rest_runs(
    environment: Environment, folder: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    pretend(monkeypatch, fails="no server" if broken == "no server" else "")
    if broken == "no seed":
        (folder / "_seed.py").write_text("async def seed(*_): raise OSError('no seed')")
    with beside(plan(environment, folder), Pass.TIMING) as (ready, skipped):
        assert [case.id for case in ready.cases] == ["alone:huge"]
        assert [one.case for one in skipped] == ["asking:few", "asking:many"]
        for absence in skipped:
            assert isinstance(absence, MissingSample)
            assert absence.kind == "skipped"
            assert broken in absence.reason


def test_no_database_is_started_for_targets_that_ask_none(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, fails="started all the same")
    write_target(tmp_path, "alone", "")
    with beside(plan(environment, tmp_path), Pass.TIMING) as (ready, skipped):
        assert skipped == ()
        assert ready.database is None
