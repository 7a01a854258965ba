"""A real profile shows the layers that a request goes through."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from plans import plan, write_target

from bench.measure import profile
from bench.measure.profile import Profile
from bench.model.run import MissingSample
from bench.model.workload import Pass
from bench.profiles.folded import LAYERS, layers
from bench.stack.environment import Environment


def folded(found: Profile) -> list[tuple[list[str], int]]:
    lines = [line.rpartition(" ") for line in found.folded.splitlines()]
    return [(stack.split(";"), int(value)) for stack, _, value in lines]


def test_a_real_profile_shows_the_layers_of_a_request_and_no_path_of_this_machine(
    environment: Environment, root: Path
) -> None:
    every = plan(environment, root / "targets")
    wanted = tuple(case for case in every.cases if case.id == "fastapi_response_model:rows100")
    wanted = tuple(case.model_copy(update={"only": (Pass.PROFILE,)}) for case in wanted)
    (found,) = profile.measure(replace(every, cases=wanted, effort=replace(every.effort, profile_s=2.0)))
    assert isinstance(found, Profile)
    assert found.sample.file == "profiles/fastapi_response_model.rows100.folded"
    assert found.sample.requests > 0
    assert found.sample.tax > 0
    stacks = folded(found)
    assert all(value > 0 for _, value in stacks)
    assert {stack[0] for stack, _ in stacks} == {"bench.agent.requests.asgi_client:PreparedRequest.perform"}
    assert {"driver", "starlette", "fastapi", "pydantic"} <= {layer for stack, _ in stacks for layer in layers(stack)}
    assert "/" not in found.folded
    profiled_us = sum(value for _, value in stacks)
    assert 0.5 < profiled_us / (found.sample.duration_s * 1e6) < 1.05


def test_time_spent_in_a_target_is_its_handlers_with_the_built_ins_that_it_calls(
    environment: Environment, tmp_path: Path
) -> None:
    write_target(tmp_path, "busy", "sorted(range(50_000), key=str)")
    (found,) = profile.measure(plan(environment, tmp_path))
    assert isinstance(found, Profile)
    spent = dict.fromkeys(LAYERS, 0)
    for stack, value in folded(found):
        spent[layers(stack)[-1]] += value
    assert spent["handler"] > 0.9 * sum(spent.values())


THREADS = '''"""A target of a test."""

import asyncio

from fastapi import Depends, FastAPI

TARGET = {
    "over": None,
    "adds": "def functions",
    "requests": {"one": {"path": "/"}, "executor": {"path": "/executor", "only": ["profile"]}},
}


def burn():
    return sorted(range(30_000), key=str)


def session():
    burn()


app = FastAPI()


@app.get("/")
def endpoint(_: None = Depends(session)):
    burn()
    burn()


@app.get("/executor")
async def executor():
    await asyncio.get_running_loop().run_in_executor(None, burn)
'''


@pytest.fixture(scope="module")
def threaded(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Profile]:
    folder = tmp_path_factory.mktemp("threads")
    (folder / "threads.py").write_text(THREADS)
    ready = plan(environment, folder)
    ready = replace(ready, effort=replace(ready.effort, profile_s=0.5))
    return {found.sample.case: found for found in profile.measure(ready) if isinstance(found, Profile)}


@pytest.mark.measures
def test_def_endpoints_and_dependencies_stand_below_who_called_them_in_another_thread(
    threaded: dict[str, Profile],
) -> None:
    found = folded(threaded["threads:one"])
    in_threads = [(stack, us) for stack, us in found if "[thread]" in stack]
    by_function = {
        name: sum(us for stack, us in in_threads if f"targets.threads:{name}" in stack)
        for name in ("endpoint", "session")
    }
    everything = sum(us for _, us in found)
    assert sum(by_function.values()) > 0.8 * everything
    assert 1.4 < by_function["endpoint"] / by_function["session"] < 2.8
    called = next(stack for stack, _ in in_threads if "targets.threads:endpoint" in stack)
    assert "fastapi.routing:run_endpoint_function" in called[: called.index("[thread]")]
    assert called.index("[thread]") < called.index("targets.threads:endpoint")
    assert not any("thread_sampling" in frame for stack, _ in found for frame in stack)


TASKS = '''"""A target of a test."""

import asyncio

from fastapi import FastAPI

TARGET = {"over": None, "adds": "tasks", "requests": {"task": {"path": "/task"}, "equal": {"path": "/equal"}}}
app = FastAPI()


def first():
    return sorted(range(300), key=str)


def second():
    return sorted(range(300), key=str)


async def work():
    return sorted(range(30_000), key=str)


@app.get("/task")
async def task() -> int:
    return len(await asyncio.create_task(work()))


@app.get("/equal")
async def equal() -> int:
    return len(first()) + len(second())
'''


@pytest.fixture(scope="module")
def tasks(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Profile]:
    folder = tmp_path_factory.mktemp("tasks")
    (folder / "tasks.py").write_text(TASKS)
    ready = plan(environment, folder)
    every = tuple(case.model_copy(update={"only": (Pass.PROFILE,)}) for case in ready.cases)
    ready = replace(ready, cases=every, effort=replace(ready.effort, profile_s=1.0))
    return {found.sample.case: found for found in profile.measure(ready) if isinstance(found, Profile)}


@pytest.mark.measures
def test_what_an_app_does_in_tasks_of_its_own_is_a_part_of_the_request(tasks: dict[str, Profile]) -> None:
    assert share(tasks["tasks:task"], "tasks:work") > 0.8


@pytest.mark.measures
def test_two_functions_that_take_the_same_time_have_the_same_share(tasks: dict[str, Profile]) -> None:
    first, second = (share(tasks["tasks:equal"], f"tasks:{name}") for name in ("first", "second"))
    assert first + second > 0.15
    assert 0.6 < first / second < 1.7


def share(found: Profile, name: str) -> float:
    """Of the whole profile, what has a function on its stacks."""
    stacks = folded(found)
    having = sum(value for stack, value in stacks if any(frame.endswith(name) for frame in stack))
    return having / sum(value for _, value in stacks)


@pytest.mark.measures
def test_what_an_executor_runs_is_seen_too_and_time_in_threads_is_not_also_idle(threaded: dict[str, Profile]) -> None:
    one = threaded["threads:executor"]
    found = folded(one)
    everything = sum(us for _, us in found)
    assert sum(us for stack, us in found if "targets.threads:burn" in stack) > 0.8 * everything
    assert sum(us for stack, us in found if stack[-1] == "[idle]") < 0.15 * everything
    assert 0.5 < everything / (one.sample.duration_s * 1e6) < 1.1


def test_only_headlines_are_profiled_and_one_that_fails_is_an_absence(environment: Environment, tmp_path: Path) -> None:
    write_target(tmp_path, "fine", "", requests='{"one": {"path": "/"}, "two": {"path": "/2"}}')
    write_target(tmp_path, "broken", "raise ValueError('no use')")
    ready = plan(environment, tmp_path)
    seen = {
        found.case if isinstance(found, MissingSample) else found.sample.case: found
        for found in profile.measure(replace(ready, effort=replace(ready.effort, profile_s=0.05)))
    }
    assert set(seen) == {"fine:one", "broken:one"}
    broken = seen["broken:one"]
    assert isinstance(broken, MissingSample)
    assert (broken.during, broken.kind) == (Pass.PROFILE, "invalid")
    assert "no use" in broken.reason
