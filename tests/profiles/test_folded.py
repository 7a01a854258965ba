"""Every frame has a layer, and every frame's time is somebody's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.profiles.folded import LAYERS, folded, layers, owners, stacks, without_line

OWN = {
    "bench.agent.requests.asgi_client:PreparedRequest.perform": "driver",
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
    "[idle]": "kernel",
    "starlette.responses:JSONResponse.render:190": "json",
    "targets.csv_full:export:31": "handler",
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
HELPERS = ("asyncio", "contextlib", "typing", "<built-in>", "<string>")
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


@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_has_a_frame_that_is_its_own(layer: str) -> None:
    assert layer in {found for frame in OWN for found in layers([frame])}


@given(stack=STACKS)
def test_the_standard_library_works_for_the_nearest_function_that_has_time_of_its_own(stack: list[str]) -> None:
    helps = {frame for frame in INHERITS if frame.partition(":")[0].partition(".")[0] in HELPERS}
    for depth, owner in enumerate(owners(stack)):
        own = [frame for frame in stack[: depth + 1] if frame not in helps]
        assert owner == (own[-1] if own else stack[0])


def test_a_package_of_nobodys_layer_has_functions_of_its_own() -> None:
    stack = ["targets.x:get", "mylib.core:work", "typing:get_origin", "<built-in>:isinstance"]
    assert owners(stack) == ["targets.x:get", "mylib.core:work", "mylib.core:work", "mylib.core:work"]
    assert set(layers(stack)) == {"handler"}


@given(st.dictionaries(st.tuples(st.sampled_from("abc"), st.sampled_from("de")), st.integers(1, 99)))
def test_stacks_are_read_as_they_were_written(values: dict[tuple[str, ...], int]) -> None:
    assert dict(stacks(folded(values))) == values


def test_a_line_is_left_out_and_its_function_stays() -> None:
    assert without_line(("a:f", "b:g", "b:g:12")) == ("a:f", "b:g")
    assert without_line(("b:g:12",)) == ("b:g",)
    assert without_line(("a:f", "b:g:12")) == ("a:f", "b:g")
    assert without_line(("a:f", "m:<native>")) == ("a:f", "m:<native>")
