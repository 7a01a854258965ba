"""The contract of every target, present or dropped in tomorrow: right answers, the same in a family, nothing hidden.

The answers come from the real apps, in the default stack's environment.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.answers.app_response import AppResponse
from bench.catalog.selection import cases, parent_of
from bench.catalog.targets import read_targets
from bench.model.workload import Case, Pass
from bench.runner.agent_process import Agent
from bench.runner.contract import mismatch
from bench.stack.environment import Environment

FOLDER = Path(__file__).parents[2] / "targets"
TARGETS = read_targets(FOLDER)
# Those that need a database have tests of their own, and so have streams that their client leaves, or that have no end.
OF_OTHERS = (Pass.CONNECTIONS,)
CASES = [
    case
    for case in cases(TARGETS)
    if not TARGETS[case.target].services and case.leaves_after is None and case.only != OF_OTHERS
]
EVERY_CASE = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
EVERY_MEASURED_CASE = pytest.mark.parametrize(
    "case", [case for case in CASES if case.only != (Pass.FACTS,)], ids=lambda case: case.id
)
EVERY_STORED_USER = pytest.mark.parametrize(
    "case", [case for case in CASES if case.request == "stored"], ids=lambda case: case.target
)
HIDDEN = (b"hashed_password", b"internal_flags", b"hidden")
# Variants that have no model of what may leave: whatever is stored leaves.
LEAKING = {"fastapi_dict", "fastapi_json_response", "fastapi_orjson_response"}

Ask = Callable[[Case], AppResponse]


@EVERY_CASE
def test_a_case_answers_as_its_target_says(case: Case, ask: Ask) -> None:
    expect = TARGETS[case.target].requests[case.request].expect
    assert mismatch(ask(case), expect, FOLDER) is None


@EVERY_MEASURED_CASE
def test_a_case_says_what_makes_its_answer_right(case: Case) -> None:
    expect = TARGETS[case.target].requests[case.request].expect
    assert (expect.text, expect.json_file, expect.rows) != (None, None, None)


@EVERY_MEASURED_CASE
def test_a_family_answers_with_the_same_bytes(case: Case, ask: Ask) -> None:
    """The case below, and those of the same name that stand beside it over the same target."""
    family = [other for other in CASES if case.over and (other.over, other.request) == (case.over, case.request)]
    if below := parent_of(case, CASES):
        family.append(below)
    own = ask(case)
    for answer in map(ask, family):
        assert (answer.status, answer.body) == (own.status, own.body)
        assert answer.headers.get("content-type") == own.headers.get("content-type")


@EVERY_MEASURED_CASE
def test_what_is_hidden_never_leaves(case: Case, ask: Ask) -> None:
    body = ask(case).body
    assert not [word for word in HIDDEN if word in body]


@EVERY_STORED_USER
def test_a_stored_user_leaves_whole_only_where_no_model_says_what_may(case: Case, ask: Ask) -> None:
    leaves = set(json.loads(ask(case).body))
    hidden = {"hashed_password", "internal_flags"}
    assert leaves == {"id", "name", "email"} | (hidden if case.target in LEAKING else set())


def test_every_way_to_return_users_shows_whether_a_stored_one_leaves_whole() -> None:
    shown = {case.target for case in CASES if case.request == "stored"}
    assert shown >= LEAKING | {
        "fastapi_response_model",
        "fastapi_response_model_dicts",
        "fastapi_return_type",
        "fastapi_orjson",
    }


@EVERY_CASE
def test_a_body_of_known_length_says_so(case: Case, ask: Ask) -> None:
    answer = ask(case)
    assert answer.headers.get("content-length") in (None, str(len(answer.body)))


@pytest.mark.parametrize("name", TARGETS)
def test_a_layer_can_be_told_from_the_target_below(name: str) -> None:
    """A target over another shares a request with it, or nothing could say what its layer costs."""
    every = cases(TARGETS)
    parents = [parent_of(case, every) for case in every if case.target == name]
    assert TARGETS[name].over is None or any(parents)


def test_the_chain_from_the_server_to_the_response_model_has_no_gap() -> None:
    chain = [next(case for case in CASES if case.id == "fastapi_orjson:rows100")]
    while (parent := parent_of(chain[-1], CASES)) is not None:
        chain.append(parent)
    assert [case.adds for case in reversed(chain)] == [
        "raw ASGI",
        "Starlette",
        "FastAPI",
        "response_model",
        "ORJSONResponse",
    ]


def test_the_streamed_export_is_never_whole_in_memory(ask: Ask) -> None:
    """It can't say its length; the full one can, and is large enough for a peak to show."""
    full, streamed = (
        next(case for case in CASES if case.id == f"{name}:export") for name in ("csv_full", "csv_stream")
    )
    assert "content-length" not in ask(streamed).headers
    assert int(ask(full).headers["content-length"]) > 8_000_000


def test_a_new_target_answers_with_no_other_edit(environment: Environment, tmp_path: Path) -> None:
    (tmp_path / "_shared.py").write_text('BODY = b"Hello"\n')
    (tmp_path / "brand_new.py").write_text(NEW_TARGET)
    (case,) = cases(found := read_targets(tmp_path))
    with Agent(environment, tmp_path) as agent:
        request = found[case.target].requests[case.request].model_dump()
        answer = AppResponse.of(agent.call("answer", target=case.target, request=request))
    assert (answer.status, answer.body) == (200, b"Hello")


@pytest.mark.parametrize("name", ["stream_sse", "stream_jsonl", "stream_by_hand", "websocket_echo"])
def test_streams_and_websockets_have_a_request_with_one_piece_and_one_with_a_hundred(name: str) -> None:
    assert sorted(case.pieces or 0 for case in CASES if case.target == name and not case.only) == [1, 100]


NEW_TARGET = '''
"""Says hello."""
from _shared import BODY
from starlette.responses import Response

TARGET = {"over": None, "adds": "hello", "requests": {"hello": {"path": "/", "expect": {"text": "Hello"}}}}
app = Response(BODY)
'''
