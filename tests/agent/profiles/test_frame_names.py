"""Stacks start where a server would hand the request over, whoever is on them."""

from __future__ import annotations

import pytest

from bench.agent.profiles.frame_names import LOOP, FrameNames, below_driver, below_loop

LEADING = ["start:<module>", "bench.agent.event_loop:run", "uvloop:run"]
PERFORM = "bench.agent.requests.asgi_client:PreparedRequest.perform"


@pytest.mark.parametrize(
    ("stack", "kept"),
    [
        ([*LEADING, "bench.agent.timing:window", PERFORM, "targets.a:app"], [PERFORM, "targets.a:app"]),
        ([*LEADING, "anyio.from_thread:run", "targets.a:task"], [PERFORM, "anyio.from_thread:run", "targets.a:task"]),
        (LEADING, [PERFORM, "[idle]"]),
        (LEADING[:2], [PERFORM, "[idle]"]),
        ([*LEADING[:2], "anyio:TaskGroup.spawn", "targets.a:app"], [PERFORM, "anyio:TaskGroup.spawn", "targets.a:app"]),
        ([*LEADING, "bench.agent.profiles.profiling:_for"], []),
        ([*LEADING[:2], "bench.agent.profiles.profiling:_pause", "<built-in>:perf_counter"], []),
        ([*LEADING, "bench.agent.profiles.profiling:profile", "pyinstrument.profiler:Profiler.stop"], []),
        (["threading:Thread.run", "targets.a:work"], [PERFORM, "threading:Thread.run", "targets.a:work"]),
        ([], []),
    ],
)
def test_what_leads_to_the_request_is_left_out(stack: list[str], kept: list[str]) -> None:
    assert below_driver(stack) == kept


@pytest.mark.parametrize(
    ("stack", "kept"),
    [
        ([*LEADING, "uvicorn.server:Server.main_loop"], [LOOP, "uvicorn.server:Server.main_loop"]),
        ([*LEADING, "asyncio.events:Handle._run", "targets.a:app"], [LOOP, "targets.a:app"]),
        ([*LEADING, "targets.a:app", "asyncio.tasks:sleep"], [LOOP, "targets.a:app", "asyncio.tasks:sleep"]),
        (LEADING, [LOOP]),
        ([*LEADING, "selectors:EpollSelector.select", "<built-in>:epoll.poll"], [LOOP]),
        (
            [
                *LEADING,
                "bench.agent.servers.uvicorn:Served._refer",
                "bench.agent.reference_work:_work",
                "<built-in>:len",
            ],
            [],
        ),
        ([*LEADING, "bench.agent.profiles.profiling_served:profile_served", "pyinstrument.profiler:Profiler.stop"], []),
        ([], []),
    ],
)
def test_what_a_server_does_stands_below_its_loop(stack: list[str], kept: list[str]) -> None:
    assert below_loop(stack) == kept


def test_a_function_is_named_alike_by_its_first_line_and_by_any_other() -> None:
    code = FrameNames.at.__code__
    names = FrameNames()
    by_first = names.of(f"{code.co_name}\x00{code.co_filename}\x00{code.co_firstlineno}")
    lines = {line for _, _, line in code.co_lines() if line}
    assert {names.at("at", code.co_filename, line) for line in lines} == {by_first}
    assert by_first == "bench.agent.profiles.frame_names:FrameNames.at"


def test_native_code_is_known_by_its_module_and_other_code_by_none() -> None:
    import _json  # noqa: PLC0415  an extension module of whoever runs this

    names = FrameNames()
    found = names.extension(_json.__file__) if hasattr(_json, "__file__") else "_json"
    assert found == "_json"
    assert names.extension("/usr/lib/libc.so.6") is None
    assert names.extension("Objects/unicodeobject.c") is None
    assert names.extension("bench/agent/profiles/frame_names.c") == "bench.agent.profiles.frame_names"
