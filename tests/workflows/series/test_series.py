"""Sweeps and bisections on disk: the same words find what they began on this host, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from sweeps import RELEASES, bisection, commit_bisection, sweep, words

from bench.host import fingerprint
from bench.model.run import MEASUREMENT
from bench.model.series import Bisection, ReleaseBisectionRequest, Skipped, Sweep, SweepRequest
from bench.stack.environment import Environment
from bench.store import documents, series
from bench.store.files import StoreError
from bench.workflows.request import MeasurementRequest
from bench.workflows.series import series as workflows_series

ASKED = SweepRequest.model_validate({**words("a"), "specifier": ">=0.115", "every": 1})


@pytest.fixture
def begun(environment: Environment, tmp_path: Path) -> Sweep:
    command = ("sweep", "fastapi", ">=0.115", "--targets", str(tmp_path / "targets"))
    version = environment.stack.packages["fastapi"]
    made = workflows_series.begin(Sweep, ASKED, (*RELEASES, version), (version, environment), command, tmp_path)
    return made.document


def test_the_same_words_find_the_sweep_that_is_not_complete(begun: Sweep, tmp_path: Path) -> None:
    found = series.unfinished(Sweep, ASKED, tmp_path)
    assert found is not None
    assert (found.document, found.folder) == (begun, tmp_path / begun.id)


def test_the_anchor_is_restored_by_the_lock_that_was_kept(
    begun: Sweep, environment: Environment, tmp_path: Path
) -> None:
    found = series.unfinished(Sweep, ASKED, tmp_path)
    assert found is not None
    document = found.document
    restored = workflows_series.anchor(found.folder, document.words, document.anchored, MeasurementRequest(()))
    assert restored.lock == environment.lock
    assert restored.stack.packages == environment.stack.packages
    assert found.document.anchored == environment.stack.packages["fastapi"]


@pytest.mark.parametrize(
    "change", [{"margin": 0.05}, {"budget_s": 61.0}, {"specifier": ">=0.116"}, {"every": 2}, {"python": "3.12"}]
)
def test_other_words_begin_anew(begun: Sweep, tmp_path: Path, change: dict[str, object]) -> None:
    assert series.unfinished(Sweep, ASKED.model_copy(update=change), tmp_path) is None


def test_a_case_whose_source_changed_begins_anew(begun: Sweep, tmp_path: Path) -> None:
    changed = tuple(case.model_copy(update={"source_sha256": "1" * 64}) for case in ASKED.cases)
    assert series.unfinished(Sweep, ASKED.model_copy(update={"cases": changed}), tmp_path) is None


@pytest.mark.parametrize("change", [{"complete": True}, {"measurement": 99}])
def test_what_is_complete_or_was_measured_otherwise_is_left_alone(
    begun: Sweep, tmp_path: Path, change: dict[str, object]
) -> None:
    documents.SWEEP.save(begun.model_copy(update=change), tmp_path)
    assert series.unfinished(Sweep, ASKED, tmp_path) is None


def test_a_sweep_of_another_host_is_left_alone(begun: Sweep, tmp_path: Path) -> None:
    elsewhere = fingerprint.describe().model_copy(update={"fingerprint": "another"})
    documents.SWEEP.save(begun.model_copy(update={"host": elsewhere}), tmp_path)
    assert series.unfinished(Sweep, ASKED, tmp_path) is None


def test_a_damaged_sweep_hinders_no_new_one_and_is_refused_by_name(begun: Sweep, tmp_path: Path) -> None:
    file = tmp_path / begun.id / "sweep.json"
    file.write_text(file.read_text()[:100])
    assert series.unfinished(Sweep, ASKED, tmp_path) is None
    with pytest.raises(StoreError, match="isn't JSON"):
        documents.SWEEP.load(tmp_path / begun.id)


def test_another_schema_version_is_refused(tmp_path: Path) -> None:
    file = documents.SWEEP.save(sweep("a").model_copy(update={"schema_version": 99}), tmp_path)
    with pytest.raises(StoreError, match="schema version 99"):
        documents.SWEEP.load(file)


def test_no_path_of_this_machine_is_kept(begun: Sweep, tmp_path: Path) -> None:
    assert str(tmp_path) not in (tmp_path / begun.id / "sweep.json").read_text()


def test_a_bisection_is_kept_likewise_under_its_own_name(environment: Environment, tmp_path: Path) -> None:
    asked = ReleaseBisectionRequest.model_validate({**words("a"), "good": RELEASES[0], "bad": RELEASES[-1]})
    made = workflows_series.begin(Bisection, asked, RELEASES, (RELEASES[0], environment), ("bisect",), tmp_path)
    assert (made.folder / "bisection.json").exists()
    assert series.unfinished(Sweep, ASKED, tmp_path) is None
    found = series.unfinished(Bisection, asked, tmp_path)
    assert found is not None
    assert found.document.versions == bisection("a", RELEASES).versions


OLD = Path(__file__).parent / "bisection-1.json"


def test_a_bisection_of_the_first_schema_is_read_and_gone_on_with(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "bisection.json").write_text(OLD.read_text())
    found = documents.BISECTION.load(tmp_path / "old")
    assert (found.schema_version, found.versions, found.commits) == (2, RELEASES, ())
    assert found.skipped == (Skipped(version=RELEASES[2], reason="no solution"),)
    assert isinstance(found.words, ReleaseBisectionRequest)
    assert (found.words.package, found.words.good, found.words.bad) == ("fastapi", RELEASES[0], RELEASES[-1])
    here = fingerprint.describe()
    documents.BISECTION.save(found.model_copy(update={"host": here, "measurement": MEASUREMENT}), tmp_path)
    again = series.unfinished(Bisection, found.words, tmp_path)
    assert again is not None
    assert again.document.asked == found.asked


def test_a_bisection_of_commits_is_found_by_what_its_refs_came_to(tmp_path: Path) -> None:
    begun = commit_bisection()
    here = {"host": fingerprint.describe(), "measurement": MEASUREMENT}
    documents.BISECTION.save(begun.model_copy(update=here), tmp_path)
    assert series.unfinished(Bisection, begun.words, tmp_path) is not None
    moved = begun.words.model_copy(update={"bad": begun.versions[-2]})
    assert series.unfinished(Bisection, moved, tmp_path) is None
