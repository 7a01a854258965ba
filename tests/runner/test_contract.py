"""A target that doesn't do what it says is found before anything is measured, and its file is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from plans import plan, write_target

from bench.model.workload import Expect
from bench.runner.contract import AppResponse, ContractError, mismatch, verify
from bench.stack.environment import Environment


@pytest.mark.parametrize(
    ("expect", "words"),
    [
        ('{"status": 201}', "returns status 200, expected 201"),
        ('{"text": "other"}', "returns b'fine', expected 'other'"),
        ('{"rows": 3}', "returns 0 rows, expected 3"),
    ],
)
def test_a_wrong_answer_names_the_file_and_the_request(
    environment: Environment, tmp_path: Path, expect: str, words: str
) -> None:
    write_target(tmp_path, "wrong", "", requests=f'{{"one": {{"path": "/", "expect": {expect}}}}}')
    with pytest.raises(ContractError, match=r"wrong\.py: request 'one'") as caught:
        verify(plan(environment, tmp_path))
    assert words in str(caught.value)


@pytest.mark.parametrize("body", ["raise ValueError('no')", "os._exit(4)", "import nowhere"])
def test_an_app_that_can_not_answer_names_its_file(environment: Environment, tmp_path: Path, body: str) -> None:
    write_target(tmp_path, "unable", body)
    with pytest.raises(ContractError, match=r"unable\.py"):
        verify(plan(environment, tmp_path))


def test_a_target_that_answers_something_else_than_its_parent_is_refused(
    environment: Environment, tmp_path: Path
) -> None:
    write_target(tmp_path, "parent", "")
    write_target(tmp_path, "child", "answer = b'other'", over="parent")
    with pytest.raises(ContractError, match="response differs from its parent parent:one"):
        verify(plan(environment, tmp_path))


def test_json_may_be_spelt_differently_but_not_say_something_else() -> None:
    compact = AppResponse(200, {"content-type": "application/json"}, b'{"a":1}')
    assert compact.says_the_same_as(AppResponse(200, {}, b'{ "a": 1 }'))
    assert not compact.says_the_same_as(AppResponse(200, {}, b'{"a":2}'))
    assert not compact.says_the_same_as(AppResponse(201, {}, b'{"a":1}'))


def test_rows_of_something_that_is_no_list_are_a_mismatch(tmp_path: Path) -> None:
    number = AppResponse(200, {"content-type": "application/json"}, b"5")
    assert mismatch(number, Expect(rows=5), tmp_path) is not None
