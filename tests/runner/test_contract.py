"""A target that doesn't do what it says is found before anything is measured, and its file is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from plans import plan, write_target

from bench.answers.app_response import AppResponse
from bench.model.workload import Expect
from bench.runner.contract import ContractError, mismatch, verify
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


VARYING = {
    "fixed": "",
    "clock": 'answer = b\'{"at": %d, "name": "Ada"}\' % time.perf_counter_ns()',
    "second": 'answer = b\'{"now": %d, "name": "Ada"}\' % int(time.time())',
    "counter": "answer = b'{\"asked\": %d}' % calls",
    "in_a_set": "import json; answer = json.dumps({'tags': list({'a', 'b', 'c', 'd', 'e', 'f', 'g'})}).encode()",
    "page": "answer = b'<p>%d</p>' % time.perf_counter_ns()",
    "packed": "import gzip; answer = gzip.compress(b'same', mtime=time.perf_counter_ns() // 2**20 % 2**32)",
}


def test_what_varies_is_found_by_asking_in_two_fresh_processes_and_a_second_time(
    environment: Environment, tmp_path: Path
) -> None:
    for name, body in VARYING.items():
        write_target(tmp_path, name, body)
    sent = tmp_path / "packed.py"
    sent.write_text(sent.read_text().replace('"headers": [', '"headers": [(b"content-encoding", b"gzip"), '))
    found = {case.target: (case.compared, case.varies) for case in verify(plan(environment, tmp_path)).cases}
    assert found == {
        "fixed": ("bytes", ()),
        "clock": ("shape", ("$.at",)),
        "second": ("shape", ("$.now",)),
        "counter": ("shape", ("$.asked",)),
        "in_a_set": ("shape", ("$.tags[*]",)),
        "page": ("type", ()),
        "packed": ("bytes", ()),
    }


def test_a_declared_path_that_does_not_cover_what_varies_names_the_file_and_the_path(
    environment: Environment, tmp_path: Path
) -> None:
    requests = '{"one": {"path": "/", "varies": ["$.name"]}}'
    write_target(tmp_path, "declared", VARYING["clock"], requests=requests)
    with pytest.raises(ContractError, match=r"declared\.py: request 'one': \$\.at also varies; add it to `varies`"):
        verify(plan(environment, tmp_path))


def test_a_child_of_a_parent_that_varies_must_have_its_shape(environment: Environment, tmp_path: Path) -> None:
    write_target(tmp_path, "parent", VARYING["clock"])
    write_target(tmp_path, "child", VARYING["clock"], over="parent")
    assert {case.compared for case in verify(plan(environment, tmp_path)).cases} == {"shape"}
    write_target(tmp_path, "child", VARYING["counter"], over="parent")
    with pytest.raises(ContractError, match=r"differs from its parent parent:one \(\$\.at is missing\)"):
        verify(plan(environment, tmp_path))
