"""What a comparison found changed is profiled by real agents, beside the comparison."""

from __future__ import annotations

from pathlib import Path

import pytest
from comparisons import comparison
from plans import plan, write_target

from bench.analysis.series.record_profiles import recorded_stacks
from bench.model.comparison import Comparison
from bench.runner.agent_pair import PairedPlan
from bench.runner.plan import Plan
from bench.stack.environment import Environment
from bench.store.diffs import FLAMES_FOLDER, differences_beside
from bench.workflows.difference import change_profiles
from bench.workflows.difference import profiles as profile_diff
from bench.workflows.difference.change_profiles import NotProfiledError, planned, profile_in_series


class Told:
    """Who watches a comparison."""

    def __init__(self) -> None:
        self.expected_s: list[float] = []
        self.reached_cases: list[tuple[str, str]] = []

    def expects(self, total_s: float) -> None:
        self.expected_s.append(total_s)

    def reached(self, doing: str, subject: str, spent_s: float) -> None:
        assert spent_s >= FOUND.elapsed_s
        self.reached_cases.append((doing, subject))


FOUND = comparison("busy", "idle", budget_s=60.0).model_copy(update={"elapsed_s": 20.0})


def pair(environment: Environment, folder: Path, base: str = "", head: str = "") -> PairedPlan:
    plans: list[Plan] = []
    for side, body in (("base", base), ("head", head)):
        (folder / side).mkdir()
        write_target(folder / side, "busy", body)
        write_target(folder / side, "idle", "")
        plans.append(plan(environment, folder / side))
    return PairedPlan(*plans)


@pytest.mark.slow
@pytest.mark.measures
def test_the_changed_case_of_two_neighbours_is_profiled_and_its_function_named(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profile_diff, "LAUNCHES", 3)
    paired = pair(environment, tmp_path, "sorted(range(300), key=str)", "sorted(range(3_000), key=str)")
    told = Told()
    profile_in_series(FOUND, ("busy:one",), paired, tmp_path / "kept", told)
    assert told.reached_cases == [("profiling", "busy:one")] * 3
    assert told.expected_s[0] > FOUND.elapsed_s
    (found,) = differences_beside(tmp_path / "kept")
    first = found.functions[0]  # the largest change, whether or not a busy machine lets it stand out of the noise
    assert (first.name, first.layer) == ("targets.busy:app", "handler")
    assert first.change.mean > 0.5 * found.change.mean > 0
    assert ("targets.busy:app", "handler") in recorded_stacks(found, "busy", "1", "2").frames


def test_what_fits_into_the_time_is_profiled_the_largest_changes_first(
    environment: Environment, tmp_path: Path
) -> None:
    paired, changed = pair(environment, tmp_path), ("idle:one", "busy:one")

    def cases(within_s: float, found: Comparison = FOUND) -> list[str]:
        profiles = planned(found, changed, paired, tmp_path, within_s)
        return [case.id for case in profiles.paired.base.cases] if profiles else []

    assert sorted(cases(600.0)) == ["busy:one", "idle:one"]
    alone = paired.of([case for case in paired.base.cases if case.id == "idle:one"])
    assert cases(next(float(s) for s in range(100) if profile_diff.launches_fitting(alone, s))) == ["idle:one"]
    least_s = profile_diff.least_s(alone)
    assert cases(least_s + 0.01) == ["idle:one"]
    with pytest.raises(NotProfiledError, match=r"the --budget is too short by about \d+ s"):
        cases(least_s - 2.0)
    assert cases(600.0, FOUND.model_copy(update={"gate": "startup_cpu_ms"})) == []
    assert planned(FOUND, (), paired, tmp_path, 600.0) is None


def test_a_series_goes_on_where_nothing_can_be_profiled(environment: Environment, tmp_path: Path) -> None:
    paired = pair(environment, tmp_path)
    profile_in_series(FOUND.model_copy(update={"budget_s": 1.0}), ("busy:one",), paired, tmp_path / "kept", Told())
    assert not (tmp_path / "kept" / FLAMES_FOLDER).exists()
    assert differences_beside(tmp_path / "kept") == []


def test_no_more_cases_are_profiled_than_anybody_looks_at(environment: Environment, tmp_path: Path) -> None:
    for number in range(change_profiles.MOST + 2):
        write_target(tmp_path, f"t{number}", "")
    ready = plan(environment, tmp_path)
    profiles = planned(FOUND, [case.id for case in ready.cases], PairedPlan(ready, ready), tmp_path, 6000.0)
    assert profiles is not None
    assert len(profiles.paired.base.cases) == change_profiles.MOST
