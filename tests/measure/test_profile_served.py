"""Real profiles inside a real uvicorn, under a real load."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from plans import TINY, plan, write_target

from bench.measure import profile_served
from bench.measure.profile import Profile
from bench.model.run import MissingSample
from bench.model.workload import Pass
from bench.profiles.folded import layers, stacks
from bench.report.figures.flame_graph import flame
from bench.runner.plan import Plan
from bench.stack.environment import Environment

THREADED = '''"""A target of a test."""

from fastapi import FastAPI

TARGET = {"over": None, "adds": "a def endpoint", "requests": {"one": {"path": "/"}}}
app = FastAPI()


@app.get("/")
def endpoint():
    sorted(range(100_000), key=str)
'''


def only(plan: Plan, case: str) -> Plan:
    chosen = tuple(one.model_copy(update={"only": (Pass.SERVED_PROFILE,)}) for one in plan.cases if one.id == case)
    return replace(plan, cases=chosen)


def measured(plan: Plan) -> Profile | MissingSample:
    (found,) = profile_served.measure(plan)
    return found


@pytest.fixture(scope="module")
def found(environment: Environment, root: Path) -> Profile:
    found = measured(only(plan(environment, root / "targets", TINY), "fastapi_response_model:rows100"))
    assert isinstance(found, Profile), found.reason
    return found


def test_a_served_profile_has_the_server_with_its_loop_and_the_layers_of_the_request(found: Profile) -> None:
    seen = list(stacks(found.folded))
    assert {stack[0] for stack, _ in seen} == {"[loop]"}
    assert {"server", "starlette", "fastapi", "pydantic"} <= {layer for stack, _ in seen for layer in layers(stack)}
    frames = {frame for stack, _ in seen for frame in stack}
    assert any(frame.startswith("uvicorn.protocols.http.httptools_impl:") for frame in frames)
    assert not any(frame.startswith(("bench.", "pyinstrument")) for frame in frames)
    assert "/" not in found.folded


def test_its_time_is_the_profiles_whole_time(found: Profile) -> None:
    sample = found.sample
    assert 0.95 < sum(value for _, value in stacks(found.folded)) / (sample.duration_s * 1e6) < 1.05


def test_it_says_what_served_whom_and_how_much_the_profiler_and_the_kernel_took(found: Profile) -> None:
    sample = found.sample
    assert (sample.where, sample.users) == ("served", profile_served.USERS)
    assert sample.file == "profiles/fastapi_response_model.rows100.served.folded"
    assert (sample.server or "").startswith("uvicorn ")
    assert sample.requests > 0
    assert sample.tax > 1
    assert sample.kernel_share is not None
    assert 0 < sample.kernel_share < 1
    assert flame(sample, found.folded).name == "fastapi_response_model:rows100, served by uvicorn, 16 users"


@pytest.mark.measures
@pytest.mark.slow
def test_def_endpoints_are_sampled_by_their_cpu_time_in_threads_that_wait_for_each_other(
    environment: Environment, tmp_path: Path
) -> None:
    (tmp_path / "threads.py").write_text(THREADED)
    found = measured(only(plan(environment, tmp_path, TINY), "threads:one"))
    assert isinstance(found, Profile), found.reason
    seen = list(stacks(found.folded))
    working = sum(us for stack, us in seen if stack[-1] != "[idle]")
    burnt = sum(us for stack, us in seen if "[thread]" in stack and "targets.threads:endpoint" in stack)
    assert burnt > 0.6 * working
    assert sum(us for _, us in seen) == pytest.approx(found.sample.duration_s * 1e6, rel=0.05)


@pytest.mark.measures
@pytest.mark.slow
def test_a_loop_that_waits_is_idle_and_not_its_servers_work(environment: Environment, tmp_path: Path) -> None:
    write_target(tmp_path, "waits", "import asyncio\nawait asyncio.sleep(0.02)")
    found = measured(only(plan(environment, tmp_path, TINY), "waits:one"))
    assert isinstance(found, Profile), found.reason
    shares = dict(flame(found.sample, found.folded).shares)
    assert shares["kernel"] > 0.3
    assert "[loop];[idle] " in found.folded


@pytest.mark.measures
@pytest.mark.slow
def test_a_server_that_is_slow_to_look_at_the_clock_is_profiled_all_the_same(
    environment: Environment, tmp_path: Path
) -> None:
    write_target(tmp_path, "slow", "end = time.perf_counter() + 0.02\nwhile time.perf_counter() < end: pass")
    found = measured(only(plan(environment, tmp_path, TINY), "slow:one"))
    assert isinstance(found, Profile), found.reason
    assert dict(flame(found.sample, found.folded).shares)["handler"] > 0.8


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param("sys.getprofile() and os.kill(os.getpid(), 9)", "was ended by signal 9", marks=pytest.mark.slow),
        pytest.param(
            "if sys.getprofile() and calls % 9 == 0: raise ValueError('no use')",
            "failed during the profile: ",
            marks=pytest.mark.slow,
        ),
        ("if sys.getprofile(): answer = b'not so fine'", "wrong_body"),
        ("raise ValueError('no use')", "no use"),
    ],
)
def test_what_goes_wrong_under_load_leaves_a_reason_and_no_process(
    environment: Environment, tmp_path: Path, body: str, reason: str
) -> None:
    write_target(tmp_path, "odd", body)
    before = set(psutil.Process().children(recursive=True))
    found = measured(only(plan(environment, tmp_path, TINY), "odd:one"))
    assert isinstance(found, MissingSample)
    assert (found.during, found.kind) == (Pass.SERVED_PROFILE, "invalid")
    assert reason in found.reason
    assert set(psutil.Process().children(recursive=True)) <= before
