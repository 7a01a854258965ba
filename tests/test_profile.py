"""Every frame of a profile has a layer, and a real profile shows those that a request goes through."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plans import plan, write_target

from bench import profile
from bench.model import Pass
from bench.profile import LAYERS, Profile, layers
from bench.samples import Absence
from bench.stack.build import Environment

OWN = {
    "bench.agent.driver:Exchange.perform": "driver",
    "uvicorn.protocols.http:RequestResponseCycle.run_asgi": "server",
    "uvloop:run": "server",
    "starlette.routing:Route.handle": "starlette",
    "fastapi.routing:get_request_handler.<locals>.app": "fastapi",
    "pydantic.main:BaseModel.model_dump": "pydantic",
    "pydantic_core:from_json": "pydantic",
    "json.encoder:JSONEncoder.encode": "json",
    "orjson:dumps": "json",
    "sqlalchemy.orm:Session.execute": "database",
    "targets.csv_full:export": "handler",
    "<built-in>:SchemaSerializer.to_json": "pydantic",
    "starlette.responses:JSONResponse.render": "json",
    "fastapi.responses:ORJSONResponse.render": "json",
    "[gc]": "gc",
    "[kernel]": "kernel",
}
INHERITS = (
    "asyncio.events:Handle._run",
    "contextlib:AsyncExitStack.__aenter__",
    "typing:get_type_hints",
    "anyio.to_thread:run_sync",
    "<built-in>:dict.get",
    "<string>:<lambda>",
    "fastapi_users.router:get",
    "jsonschema.validators:validate",
    "targetsmith:forge",
    "",
)
STACKS = st.lists(st.sampled_from([*OWN, *INHERITS]), max_size=30)


@given(stack=STACKS)
def test_each_frame_has_one_layer_that_there_is(stack: list[str]) -> None:
    found = layers(stack)
    assert len(found) == len(stack)
    assert set(found) <= set(LAYERS)


@given(stack=STACKS)
def test_a_frame_is_of_its_nearest_classified_ancestor_or_of_the_driver(stack: list[str]) -> None:
    for depth, layer in enumerate(layers(stack)):
        classified = [OWN[frame] for frame in stack[: depth + 1] if frame in OWN]
        assert layer == (classified[-1] if classified else "driver")


@given(stack=STACKS, more=STACKS)
def test_what_is_called_changes_nothing_for_its_callers(stack: list[str], more: list[str]) -> None:
    assert layers([*stack, *more])[: len(stack)] == layers(stack)


@given(frames=st.lists(st.text(), max_size=8))
def test_any_text_may_be_a_frame(frames: list[str]) -> None:
    assert len(layers(frames)) == len(frames)


def test_the_standard_library_works_for_whoever_called_it() -> None:
    stack = ["asyncio.runners:run", "fastapi.routing:app", "contextlib:__aenter__", "targets.x:get", "csv:writer"]
    assert layers(stack) == ["driver", "fastapi", "fastapi", "handler", "handler"]


def folded(found: Profile) -> list[tuple[list[str], int]]:
    lines = [line.rpartition(" ") for line in found.folded.splitlines()]
    return [(stack.split(";"), int(value)) for stack, _, value in lines]


def test_a_real_profile_shows_the_layers_of_a_request_and_no_path_of_this_machine(
    environment: Environment, root: Path
) -> None:
    every = plan(environment, root / "targets")
    wanted = tuple(case for case in every.cases if case.id == "fastapi_response_model:rows100")
    wanted = tuple(case.model_copy(update={"only": (Pass.PROFILE,)}) for case in wanted)
    (found,) = profile.measure(replace(every, cases=wanted))
    assert isinstance(found, Profile)
    assert found.sample.file == "profiles/fastapi_response_model.rows100.folded"
    assert found.sample.requests > 0
    assert found.sample.tax > 0
    stacks = folded(found)
    assert all(value > 0 for _, value in stacks)
    assert {stack[0] for stack, _ in stacks} == {"bench.agent.driver:Exchange.perform"}
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


def test_only_headlines_are_profiled_and_one_that_fails_is_an_absence(environment: Environment, tmp_path: Path) -> None:
    write_target(tmp_path, "fine", "", requests='{"one": {"path": "/"}, "two": {"path": "/2"}}')
    write_target(tmp_path, "broken", "raise ValueError('no use')")
    ready = plan(environment, tmp_path)
    seen = {
        found.case if isinstance(found, Absence) else found.sample.case: found
        for found in profile.measure(replace(ready, effort=replace(ready.effort, profile_s=0.05)))
    }
    assert set(seen) == {"fine:one", "broken:one"}
    broken = seen["broken:one"]
    assert isinstance(broken, Absence)
    assert (broken.during, broken.kind) == (Pass.PROFILE, "invalid")
    assert "no use" in broken.reason


@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_has_a_frame_that_is_its_own(layer: str) -> None:
    assert layer in {found for frame in OWN for found in layers([frame])}
