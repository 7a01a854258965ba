"""Of a comparison of two releases a record keeps a line and the stacks of what changed, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from plans import write_target
from profile_runs import flames, profile_pairs, write_flames
from record_lines import PLAN
from sweeps import between

from bench.analysis.series.bisection import NextComparison
from bench.audit.targets import known_targets
from bench.catalog.selection import cases
from bench.measure.paired_serving import BLOCK_S
from bench.model.comparison import Comparison
from bench.model.series import SeriesMetric
from bench.stack.environment import Environment
from bench.store import documents, record_stacks
from bench.store.diffs import FLAMES_FOLDER
from bench.store.series import COMPARISONS
from bench.workflows.series import record_pair
from bench.workflows.series.record_pair import RecordComparer, requests
from bench.workflows.series.release_pair import ReleaseComparer

ASK = NextComparison("0.115.0", "0.116.0", 0.03)


class Nobody:
    def begins(self, what: str, left: int) -> None: ...

    def reached(self, doing: str, subject: str, spent_s: float) -> None: ...

    def expects(self, total_s: float) -> None: ...


@pytest.fixture
def compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[ReleaseComparer]:
    """Who was asked to compare: a comparison that changed, with profiles beside it."""
    found: list[ReleaseComparer] = []
    for name in ("a", "b"):
        write_target(tmp_path, name, "")

    def compare(comparer: ReleaseComparer, ask: NextComparison) -> Comparison:
        found.append(comparer)
        made = between(ask.base, ask.head, {"a": 1.2, "b": 1.0})
        documents.COMPARISON.save(made, comparer.folder / COMPARISONS)
        write_flames(comparer.folder / COMPARISONS / made.id / FLAMES_FOLDER, flames(profile_pairs()))
        return made

    monkeypatch.setattr(ReleaseComparer, "compare", compare)
    targets = known_targets(tmp_path, None)
    monkeypatch.setattr(record_pair.MeasurementRequest, "known_targets", lambda _: targets)
    return found


def comparer(environment: Environment, folder: Path) -> RecordComparer:
    plan = PLAN.model_copy(update={"startup": ("a:one",), "served": ("a:one", "b:one")})
    return RecordComparer(plan, "0.120.4", environment, folder, 45.0, Nobody())


def test_the_line_stays_with_its_stacks_and_no_window_does(
    compared: list[ReleaseComparer], environment: Environment, tmp_path: Path
) -> None:
    folder = tmp_path / "record"
    line = comparer(environment, folder).measure("cpu_us", ASK)
    assert (line.base, line.head, line.gate) == ("0.115.0", "0.116.0", "cpu_us")
    assert line.cases["a:one"].ratios["cpu_us"].log_ratio == pytest.approx(0.182, abs=0.01)
    assert len(line.cases["a:one"].request) == 12
    (profile,) = line.profiles
    assert profile.stacks is not None
    assert record_stacks.load(folder, profile.stacks).package == "fastapi"
    assert [one.parts[0] for one in (file.relative_to(folder) for file in folder.rglob("*"))] == ["stacks"] * 2
    assert not compared[0].folder.exists()


@pytest.mark.parametrize(
    ("gate", "globs", "budget_s"),
    [
        ("cpu_us", ("a:one", "b:one"), 45.0),
        ("startup_cpu_ms", ("a:one",), 45.0),
        ("server_cpu_us", ("a:one", "b:one"), 24 * BLOCK_S),
    ],
)
def test_each_metric_has_the_cases_of_the_plan_and_a_load_more_time(
    compared: list[ReleaseComparer],
    environment: Environment,
    tmp_path: Path,
    gate: SeriesMetric,
    globs: tuple[str, ...],
    budget_s: float,
) -> None:
    comparer(environment, tmp_path / "record").measure(gate, ASK)
    (asked,) = compared
    assert (asked.choice.globs, asked.words.metric, asked.words.budget_s) == (globs, gate, budget_s)
    assert (asked.anchored, asked.words.python) == ("0.120.4", "3.11")


def test_a_digest_is_of_the_request_and_not_of_the_code(tmp_path: Path) -> None:
    def digest(path: str, code: str) -> str:
        write_target(tmp_path, "a", code, requests=f'{{"one": {{"path": "{path}"}}}}')
        targets = known_targets(tmp_path, None)
        return requests(cases(targets), targets)["a:one"]

    assert digest("/", "") == digest("/", "# a comment")
    assert digest("/", "") != digest("/two", "")
