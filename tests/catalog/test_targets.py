"""Targets are found, read and ordered; whatever is wrong with one is named."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.catalog.scenarios import read_scenarios
from bench.catalog.selection import cases, parent_of, select
from bench.catalog.source import CatalogError
from bench.catalog.targets import expected_json, read_target, read_targets
from bench.model.workload import Expect, Pass

REQUESTS = {"one": {"path": "/"}}


def write_target(folder: Path, name: str, **keys: Any) -> Path:
    """A target file; what isn't given is a root's, with one request."""
    table = {"over": None, "adds": name, "requests": REQUESTS} | keys
    return write(folder, name, f'"""Adds {name}."""\nTARGET = {table!r}\napp = None\n')


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.py"
    path.write_text(text, "utf-8")
    return path


def write_tree(folder: Path, parents: Mapping[str, str | None]) -> None:
    for name, over in parents.items():
        write_target(folder, name, over=over)


def test_a_target_is_read_with_all_its_keys(tmp_path: Path) -> None:
    requests = {
        "get": {"path": "/a?b=c", "headers": {"x-a": "b"}, "expect": {"status": 404, "text": "no", "rows": 3}},
        "post": {"path": "/", "method": "POST", "json": {"a": [1, None]}},
        "put": {"path": "/", "method": "PUT", "body": "raw", "only": ["memory", "timing"]},
    }
    target = read_target(
        write_target(tmp_path, "one", over="base", adds="a layer", requires=["fastapi>=0.100"], requests=requests)
    )
    assert (target.name, target.description, target.over, target.adds) == ("one", "Adds one.", "base", "a layer")
    assert target.requires == ("fastapi>=0.100",)
    assert list(target.requests) == ["get", "post", "put"]
    assert target.requests["get"].expect == Expect(status=404, text="no", rows=3)
    assert target.requests["get"].headers == {"x-a": "b"}
    assert (target.requests["post"].method, target.requests["post"].body_json) == ("POST", {"a": [1, None]})
    assert (target.requests["put"].body, target.requests["put"].only) == ("raw", (Pass.MEMORY, Pass.TIMING))


WRONG_TARGETS = {
    "unknown key": (
        'TARGET["requets"]',
        {"requets": {}},
        "did you mean requests or requires?; allowed are over, adds",
    ),
    "unknown far-off key": (
        'TARGET["zzz"]',
        {"zzz": 1},
        "unknown key; available: over, adds, requires, services, effort, requests",
    ),
    "wrong over": ('TARGET["over"]', {"over": 3}, "valid string, not 3"),
    "wrong requires": ('TARGET["requires"]', {"requires": "fastapi"}, "valid tuple, not 'fastapi'"),
    "wrong requirement": (
        'TARGET["requires"]',
        {"requires": ["fastapi=>1"]},
        "'fastapi=>1' is not a valid requirement",
    ),
    "no effort": ('TARGET["effort"]', {"effort": 1}, "no effort 1; available: quick, default, full"),
    "no service": ('TARGET["services"][0]', {"services": ["postgres"]}, "'postgresql', not 'postgres'"),
    "requests not a dict": ('TARGET["requests"]', {"requests": ["/"]}, "must be a dict, not ['/']"),
    "no requests": ('TARGET["requests"]', {"requests": {}}, "no request; add one"),
}
WRONG_REQUESTS = {
    "name": ('["a b"]', {"a b": {"path": "/"}}, "must be a name"),
    "not a dict": ('["one"]', {"one": "/"}, "must be a dict, not '/'"),
    "unknown key": ('["one"]["url"]', {"one": {"url": "/"}}, "allowed are path, method"),
    "model's key": ('["one"]["body_json"]', {"one": {"path": "/", "body_json": 1}}, "did you mean json"),
    "no path": ('["one"]["path"]', {"one": {}}, "missing; add this key"),
    "path type": ('["one"]["path"]', {"one": {"path": 1}}, "valid string, not 1"),
    "path of no URL": ('["one"]["path"]', {"one": {"path": "/é?q=a b"}}, "write them as %XX"),
    "head": ('["one"]["method"]', {"one": {"path": "/", "method": "HEAD"}}, "'HEAD' isn't supported"),
    "method in small letters": ('["one"]["method"]', {"one": {"path": "/", "method": "get"}}, "upper-case method"),
    "split header": ('["one"]["headers"]["x"]', {"one": {"path": "/", "headers": {"x": "a\r\nb: c"}}}, "can't be sent"),
    "own length": (
        '["one"]["headers"]["Content-Length"]',
        {"one": {"path": "/", "headers": {"Content-Length": "1"}}},
        "bench sets host and length",
    ),
    "path start": ('["one"]["path"]', {"one": {"path": "users"}}, "'users' must start with \"/\""),
    "header type": ('["one"]["headers"]["a"]', {"one": {"path": "/", "headers": {"a": 1}}}, "valid string, not 1"),
    "both bodies": (
        '["one"]["json"]',
        {"one": {"path": "/", "json": 1, "body": "1"}},
        "body and json are both given; keep only one",
    ),
    "no JSON": ('["one"]["json"]', {"one": {"path": "/", "json": b"1"}}, "not JSON serializable; use only JSON types"),
    "expect type": ('["one"]["expect"]', {"one": {"path": "/", "expect": 200}}, "must be a dict, not 200"),
    "expect key": ('["one"]["expect"]["row"]', {"one": {"path": "/", "expect": {"row": 1}}}, "did you mean rows?"),
    "status type": ('["one"]["expect"]["status"]', {"one": {"path": "/", "expect": {"status": "200"}}}, "not '200'"),
    "no list": ('["one"]["only"]', {"one": {"path": "/", "only": "memory"}}, "must be a list of passes"),
    "no pass": ('["one"]["only"]', {"one": {"path": "/", "only": ["memori"]}}, "no pass 'memori'; did you mean memory"),
    "varies type": ('["one"]["varies"]', {"one": {"path": "/", "varies": "$.id"}}, "must be True or a list of JSON"),
    "varies path": ('["one"]["varies"]', {"one": {"path": "/", "varies": ["id"]}}, "'id' isn't a path; write e.g."),
    "no effort": ('["one"]["effort"]', {"one": {"path": "/", "effort": "ful"}}, "no effort 'ful'; did you mean full"),
    "no body": ('["one"]["json_file"]', {"one": {"path": "/", "json_file": "x"}}, "x.json is missing or not JSON"),
    "no message": ('["one"]["messages"]', {"one": {"path": "/", "messages": 0}}, "greater than or equal to 1, not 0"),
    "message in JSON": (
        '["one"]["messages"]',
        {"one": {"path": "/", "messages": 1, "json": {}}},
        "a WebSocket has no method and no json; write its message as body",
    ),
    "WebSocket under load": (
        '["one"]["only"]',
        {"one": {"path": "/", "messages": 1, "only": ["timing", "load"]}},
        "a WebSocket can't be measured in load; remove it",
    ),
    "leaving without a word": (
        '["one"]["leaves_after"]',
        {"one": {"path": "/", "leaves_after": 1, "only": ["facts"]}},
        "leaves_after and then belong together; give both",
    ),
    "leaving when timed": (
        '["one"]["leaves_after"]',
        {"one": {"path": "/", "leaves_after": 1, "then": "/left"}},
        'is for facts; add "only": ["facts"]',
    ),
    "where no path leads": (
        '["one"]["then"]',
        {"one": {"path": "/", "leaves_after": 1, "then": "left", "only": ["facts"]}},
        "must be a path that starts with",
    ),
    "no chunk": (
        '["one"]["expect"]["chunks"]',
        {"one": {"path": "/", "expect": {"chunks": 0}}},
        "greater than or equal to 1, not 0",
    ),
    "json_file": ('["one"]["expect"]["json_file"]', {"one": {"path": "/", "expect": {"json_file": "x"}}}, "is missing"),
}


@pytest.mark.parametrize(("key", "keys", "problem"), WRONG_TARGETS.values(), ids=WRONG_TARGETS)
def test_a_wrong_target_is_refused_with_file_key_and_next_step(
    tmp_path: Path, key: str, keys: dict[str, Any], problem: str
) -> None:
    assert_refused(write_target(tmp_path, "wrong", **keys), key, problem)


@pytest.mark.parametrize("key", ["over", "adds", "requests"])
def test_a_missing_key_is_named(tmp_path: Path, key: str) -> None:
    table = {"over": None, "adds": "x", "requests": REQUESTS}
    del table[key]
    path = write(tmp_path, "wrong", f"TARGET = {table!r}\napp = None\n")
    assert_refused(path, f'TARGET["{key}"]', "missing; add this key")


def test_a_target_that_is_no_dict_is_refused(tmp_path: Path) -> None:
    assert_refused(write(tmp_path, "wrong", "TARGET = []\n"), "TARGET", "must be a dict, not []")


@pytest.mark.parametrize(("key", "requests", "problem"), WRONG_REQUESTS.values(), ids=WRONG_REQUESTS)
def test_a_wrong_request_is_refused_with_file_key_and_next_step(
    tmp_path: Path, key: str, requests: Any, problem: str
) -> None:
    assert_refused(write_target(tmp_path, "wrong", requests=requests), f'TARGET["requests"]{key}', problem)


def assert_refused(path: Path, key: str, problem: str) -> None:
    with pytest.raises(CatalogError) as caught:
        read_target(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: {key}: ".replace('"', "'")), message
    assert problem in message
    assert "\n" not in message


def test_an_expected_answer_that_is_not_json_is_refused(tmp_path: Path) -> None:
    (tmp_path / "_expected").mkdir()
    (tmp_path / "_expected" / "user.json").write_text("{")
    path = write_target(tmp_path, "one", requests={"one": {"path": "/", "expect": {"json_file": "user"}}})
    with pytest.raises(CatalogError, match=r"'json_file'\]: .*user\.json is missing or not JSON; write the expected"):
        read_target(path)


def test_a_long_body_is_read_from_the_folder_beside_the_targets_and_is_part_of_the_case(tmp_path: Path) -> None:
    (tmp_path / "_requests").mkdir()
    file = tmp_path / "_requests" / "long.json"
    file.write_text("[1, 2]")
    path = write_target(tmp_path, "one", requests={"one": {"path": "/", "method": "POST", "json_file": "long"}})
    before = read_target(path)
    assert before.requests["one"].body_json == [1, 2]
    file.write_text("[1, 2, 3]")
    assert read_target(path).source_sha256 != before.source_sha256


def test_a_request_may_stand_over_one_of_another_name(tmp_path: Path) -> None:
    write_target(tmp_path, "base", requests={"flat": {"path": "/"}})
    write_target(tmp_path, "leaf", over="base", requests={"deep": {"path": "/a", "over": "flat"}})
    flat, deep = cases(read_targets(tmp_path))
    assert parent_of(deep, [flat, deep]) == flat


def test_a_request_that_stands_over_none_of_its_parents_is_refused_with_the_nearest(tmp_path: Path) -> None:
    write_target(tmp_path, "base", requests={"flat": {"path": "/"}})
    path = write_target(tmp_path, "leaf", over="base", requests={"deep": {"path": "/a", "over": "flap"}})
    with pytest.raises(CatalogError) as caught:
        read_targets(tmp_path)
    key = "TARGET['requests']['deep']['over']"
    assert str(caught.value) == f"{path}: {key}: base has no request 'flap'; did you mean flat?"


def test_what_only_tells_facts_comes_after_what_is_measured(tmp_path: Path) -> None:
    write_target(tmp_path, "a", requests={"one": {"path": "/", "only": ["facts"]}})
    write_target(tmp_path, "b", requests={"one": {"path": "/"}})
    assert list(read_targets(tmp_path)) == ["b", "a"]


def test_an_expected_answer_is_read_from_the_folder_beside_the_targets(root: Path) -> None:
    assert expected_json(root / "targets", Expect(json_file="users_1")) is not None
    assert expected_json(root / "targets", Expect(rows=1)) is None


def test_a_target_without_an_app_is_refused(tmp_path: Path) -> None:
    path = write_target(tmp_path, "one")
    path.write_text(path.read_text().replace("app =", "application ="))
    with pytest.raises(CatalogError, match=r"one\.py: no `app`; assign the ASGI app to that name"):
        read_target(path)


def test_a_folder_that_is_missing_or_empty_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r"absent: no such folder; name a folder of targets"):
        read_targets(tmp_path / "absent")
    write(tmp_path, "_helper", "")
    with pytest.raises(CatalogError, match=r": contains no targets; add a file"):
        read_targets(tmp_path)
    with pytest.raises(CatalogError, match=r": contains no scenarios; add a file"):
        read_scenarios(tmp_path)


def test_one_wrong_file_spoils_the_folder_and_is_named(tmp_path: Path) -> None:
    write_target(tmp_path, "good")
    write(tmp_path, "wrong", "TARGET = (\n")
    with pytest.raises(CatalogError, match=r"wrong\.py, line 1: "):
        read_targets(tmp_path)


def test_a_missing_parent_is_refused_with_the_nearest(tmp_path: Path) -> None:
    write_tree(tmp_path, {"base": None, "one": "bases"})
    with pytest.raises(CatalogError, match=r"one\.py: TARGET\['over'\]: no target 'bases'; did you mean base\?"):
        read_targets(tmp_path)


@pytest.mark.parametrize(
    ("parents", "circle"),
    [
        ({"a": "b", "b": "a"}, "a → b → a"),
        ({"a": "a"}, "a → a"),
        ({"a": "b", "b": "c", "c": "b"}, "b → c → b"),
    ],
)
def test_a_circle_is_drawn(tmp_path: Path, parents: dict[str, str | None], circle: str) -> None:
    write_tree(tmp_path, parents)
    with pytest.raises(CatalogError, match=rf"\.py: TARGET\['over'\]: circular parents: {circle}; change the parent"):
        read_targets(tmp_path)


def test_targets_come_in_the_order_of_their_tree(tmp_path: Path) -> None:
    write_tree(tmp_path, {"z": None, "b": "z", "y": "z", "a": "y", "c": "a", "other": None})
    assert list(read_targets(tmp_path)) == ["other", "z", "b", "y", "a", "c"]


@given(seed=st.integers(), size=st.integers(1, 8))
def test_a_parent_always_comes_before_its_children(
    tmp_path_factory: pytest.TempPathFactory, seed: int, size: int
) -> None:
    folder = tmp_path_factory.mktemp("tree")
    draw = random.Random(seed)
    names = draw.sample("abcdefgh", size)
    write_tree(folder, {name: draw.choice([None, *names[:i]]) for i, name in enumerate(names)})
    found = read_targets(folder)
    order = list(found)
    assert set(order) == set(names)
    assert all(t.over is None or order.index(t.over) < order.index(t.name) for t in found.values())


def test_a_case_is_a_request_of_a_target_and_keeps_what_it_adds(tmp_path: Path) -> None:
    write_target(tmp_path, "base", requests={"z": {"path": "/z"}, "a": {"path": "/a"}})
    write_target(tmp_path, "leaf", over="base", requests={"a": {"path": "/a"}, "own": {"path": "/own"}})
    found = cases(read_targets(tmp_path))
    assert [case.id for case in found] == ["base:z", "base:a", "leaf:a", "leaf:own"]
    _, base_a, leaf_a, leaf_own = found
    assert (leaf_a.adds, leaf_a.over) == ("leaf", "base")
    assert parent_of(leaf_a, found) == base_a
    assert parent_of(leaf_own, found) is None
    assert parent_of(base_a, found) is None


@pytest.mark.parametrize(
    ("globs", "chosen"),
    [
        ([], ["base:one", "base:two", "leaf:one"]),
        (["leaf"], ["leaf:one"]),
        (["b*"], ["base:one", "base:two"]),
        (["*:one"], ["base:one", "leaf:one"]),
        (["leaf", "base:two", "*:two"], ["base:two", "leaf:one"]),
        (["base:on[ex]"], ["base:one"]),
    ],
)
def test_globs_select_cases_in_their_own_order(tmp_path: Path, globs: list[str], chosen: list[str]) -> None:
    write_target(tmp_path, "base", requests={"one": {"path": "/"}, "two": {"path": "/"}})
    write_target(tmp_path, "leaf", over="base")
    assert [case.id for case in select(cases(read_targets(tmp_path)), globs)] == chosen


@pytest.mark.parametrize(
    ("glob", "hint"),
    [
        ("raw_asgy", "did you mean raw_asgi"),
        ("raw_asgi:row100", "did you mean raw_asgi:rows100 or raw_asgi:rows1"),
        ("zzz", "none of the "),
    ],
)
def test_a_glob_that_matches_nothing_is_refused_with_the_nearest(root: Path, glob: str, hint: str) -> None:
    known = cases(read_targets(root / "targets"))
    with pytest.raises(CatalogError, match=re.escape(f"no case matches {glob!r}, see `bench list`; {hint}")):
        select(known, ["raw_asgi", glob])


def test_a_new_target_file_is_a_new_case_with_no_other_edit(tmp_path: Path, root: Path) -> None:
    folder = tmp_path / "targets"
    shutil.copytree(root / "targets", folder)
    known = read_targets(folder)
    write_target(folder, "brand_new", over="fastapi_plain", requests={"rows1": {"path": "/users?limit=1"}})
    now = read_targets(folder)
    assert set(now) - set(known) == {"brand_new"}
    assert {name: now[name] for name in known} == known
    (new,) = select(cases(now), ["brand_new"])
    parent = parent_of(new, cases(now))
    assert parent is not None
    assert parent.id == "fastapi_plain:rows1"
