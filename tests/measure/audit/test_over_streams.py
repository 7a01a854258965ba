"""Which launches of an audit run at once, which alone, how long that takes, and what becomes of one that fails."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from threading import Barrier
from typing import NamedTuple

import pytest
from audit_service import TINY, inputs_of, simulated_inputs

from bench.measure.audit import allocations, over_streams, parts, passes, peeling, retained
from bench.measure.audit.effort import BUDGET_S, LEVELS
from bench.measure.audit.inputs import AuditInputs
from bench.measure.audit.launches import Observe, Round
from bench.model.app_options import AppOptions
from bench.model.audit import PartSample, PeelSample, RetainedSample
from bench.model.run import MissingSample
from bench.model.workload import EffortName, Pass
from bench.runner.agent_process import Agent, AgentError
from bench.runner.plan import Plan
from bench.stack.environment import Environment

FOUR = (0, 1, 2, 3)
UNPINNED = (None, -1)
"""Two streams whose threads are pinned nowhere: the kernel isn't asked."""


def changing(inputs: AuditInputs, *cases: str) -> AuditInputs:
    """The same where these cases of somebody's own app change state."""
    (target,) = inputs.plan.targets.values()
    requests = {
        name: request.model_copy(update={"method": "POST"}) if name in cases else request
        for name, request in target.requests.items()
    }
    target = target.model_copy(update={"requests": requests})
    app = inputs.plan.app or AppOptions("shop:app", inputs.plan.folder)
    return replace(inputs, plan=replace(inputs.plan, targets={target.name: target}, app=app))


def one_second(_: AuditInputs) -> float:
    return 1.0


def test_launches_on_four_cores_take_a_quarter_of_the_time_and_the_last_turn_is_full() -> None:
    inputs = replace(simulated_inputs(3), cores=FOUR)
    assert over_streams.repeated_s(inputs, 8, one_second) == 2.0
    assert over_streams.repeated_s(inputs, 5, one_second) == 2.0
    assert over_streams.observations(inputs, 5, lambda own: len(own.cases)) == 8 * 3
    assert over_streams.repeated_s(simulated_inputs(3), 5, one_second) == 5.0
    assert over_streams.observations(simulated_inputs(3), 5, lambda own: len(own.cases)) == 5 * 3


def test_where_a_case_changes_state_one_process_at_a_time_has_all_of_them() -> None:
    """Another case may need what that one made."""
    inputs = changing(replace(simulated_inputs(3), cores=FOUR), "GET /0")
    assert over_streams.repeated_s(inputs, 8, one_second) == 8.0
    assert over_streams.observations(inputs, 5, lambda own: len(own.cases)) == 5 * 3
    assert over_streams.dealt_s(inputs, one_second) == 1.0


def test_on_one_core_all_cases_share_each_launch_whatever_they_change() -> None:
    assert over_streams.repeated_s(changing(simulated_inputs(3), "GET /0"), 4, one_second) == 4.0


@pytest.mark.parametrize("effort", list(EffortName))
@pytest.mark.parametrize("routes", [8, 40, 100])
def test_an_audit_on_more_cores_measures_as_much_or_more_within_its_time(effort: EffortName, routes: int) -> None:
    chosen = [passes.fitted(replace(simulated_inputs(routes), cores=cores), effort) for cores in ((0,), (0, 1), FOUR)]
    levels = [LEVELS[effort].index(one.effort) for one in chosen]
    assert levels == sorted(levels, reverse=True)
    assert all(passes.expected_s(one) <= BUDGET_S[effort] for one in chosen if one.effort != LEVELS[effort][-1])
    assert passes.expected_s(replace(chosen[0], cores=FOUR)) < passes.expected_s(chosen[0])


def test_forty_routes_get_more_in_a_quick_audit_on_two_cores_than_on_one() -> None:
    one, two = (passes.fitted(replace(simulated_inputs(40), cores=cores), EffortName.QUICK) for cores in ((0,), (0, 1)))
    assert LEVELS[EffortName.QUICK].index(two.effort) < LEVELS[EffortName.QUICK].index(one.effort)


def observing_nothing(_: AuditInputs, __: int) -> Observe:
    return lambda _agent, _case: []


def test_where_no_stream_can_launch_each_case_is_one_absence(monkeypatch: pytest.MonkeyPatch) -> None:
    both_here = Barrier(2, timeout=20.0)

    @contextmanager
    def launch(_plan: Plan, _launch: int) -> Iterator[Agent]:
        both_here.wait()
        raise AgentError("can't be started")
        yield

    monkeypatch.setattr(os, "sched_setaffinity", lambda _pid, _cores: None)
    monkeypatch.setattr(Plan, "launch", launch)
    inputs = replace(simulated_inputs(3), cores=UNPINNED)
    found = list(over_streams.repeated(inputs, Round(Pass.TIMING), 2, observing_nothing, set()))
    assert sorted(one.case for one in found) == [case.id for case in inputs.cases]
    assert all(isinstance(one, MissingSample) for one in found)


class Served(NamedTuple):
    """A request as the app saw it."""

    pid: int
    cores: tuple[int, ...]
    at_ns: int


LOGGED = """
    with open({log!r}, "a") as log:
        print(os.getpid(), time.monotonic_ns(), *sorted(os.sched_getaffinity(0)), file=log)"""


def seen(log: Path) -> list[Served]:
    lines = [[int(word) for word in line.split()] for line in log.read_text().splitlines()]
    return [Served(pid, tuple(cores), at_ns) for pid, at_ns, *cores in lines]


def overlapping(requests: list[Served]) -> bool:
    """Whether one process was asked while another was."""
    spans = sorted(
        (min(at), max(at))
        for pid in {one.pid for one in requests}
        for at in [[one.at_ns for one in requests if one.pid == pid]]
    )
    return any(begin < end for (_, end), (begin, _) in pairwise(spans))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "asked"


@pytest.fixture
def logging(environment: Environment, tmp_path: Path, log: Path) -> AuditInputs:
    """An audit on two cores of an app that notes where and when it is asked."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        pytest.skip("needs two cores")
    inputs = inputs_of(environment, tmp_path, {"/": LOGGED.format(log=str(log)), "/too": ""})
    log.unlink()
    effort = replace(TINY, pairs=3, peel_each=False, window_us=2_000)
    return replace(inputs, effort=effort, cores=(cores[-1], cores[0]))


@pytest.mark.measures
def test_each_launch_has_a_core_of_its_own_and_its_samples_say_which(logging: AuditInputs, log: Path) -> None:
    found = [*peeling.measure(logging), *parts.measure(logging)]
    samples = [one for one in found if isinstance(one, PeelSample | PartSample)]
    assert not [one for one in found if isinstance(one, MissingSample) and one.kind == "invalid"]
    for kind in (PeelSample, PartSample):
        own = [one for one in samples if isinstance(one, kind)]
        assert {one.core for one in own} == set(logging.cores)
        for launch in (0, 1):
            assert len({one.core for one in own if one.launch == launch}) == 1
    assert {one.cores for one in seen(log)} == {(core,) for core in logging.cores}
    assert overlapping(seen(log))
    assert set(logging.speeds) == set(logging.cores)
    calls = {(one.case, one.whole.calls if isinstance(one, PeelSample) else one.plain.calls) for one in samples}
    assert calls == set(logging.calls.items())  # one number for both cores and passes


@pytest.mark.slow
def test_with_a_command_before_each_launch_none_runs_beside_another(
    logging: AuditInputs, log: Path, tmp_path: Path
) -> None:
    resets = tmp_path / "resets"
    before = tuple(shlex.split(f"sh -c 'echo reset >> {resets}'"))
    plan = replace(logging.plan, app=AppOptions("service:app", tmp_path, before=before))
    effort = replace(logging.effort, retained_launches=3)
    found = list(retained.measure(replace(logging, plan=plan, effort=effort)))
    assert len([one for one in found if isinstance(one, RetainedSample)]) == 4
    assert not overlapping(seen(log))
    assert len(resets.read_text().splitlines()) == 2


def test_each_case_is_counted_once_on_one_of_the_cores(logging: AuditInputs) -> None:
    found = list(allocations.measure(logging))
    assert sorted(one.case for one in found if not isinstance(one, MissingSample)) == ["GET /", "GET /too"]
    assert set(logging.alloc_bytes) == {"GET /", "GET /too"}
