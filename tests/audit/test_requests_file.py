"""`layercake.json` is written in one order, read back as it was, and says what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.audit import requests_file
from bench.audit.workload import target_of
from bench.catalog.selection import cases
from bench.model.app import AppDescription, FrozenRequest, RequestsFile, Route, RouteRequests
from bench.model.workload import Expect
from bench.store.files import StoreError
from bench.text import secrets

TEXTS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), max_size=12)
SCHEMA = jsonschema.Draft202012Validator(json.loads(requests_file.schema()))
JSON = st.recursive(st.none() | st.booleans() | st.integers() | TEXTS, lambda held: st.lists(held, max_size=3))
HEADERS = st.dictionaries(st.sampled_from(["accept", "x-key"]), st.sampled_from(["a", "Bearer ${TOKEN}"]))
REQUESTS = st.builds(
    lambda path, headers, body, status, varies, source: FrozenRequest(
        path=f"/{path}", headers=headers, json=body, expect=Expect(status=status), varies=varies, source=source
    ),
    st.text("abc%20{}$?=&", max_size=9),
    HEADERS,
    JSON,
    st.integers(200, 204),
    st.booleans() | st.just(("$.id",)),
    TEXTS,
)
ROUTES = st.builds(
    RouteRequests,
    requests=st.lists(REQUESTS, max_size=2).map(tuple),
    margin=st.none() | st.sampled_from(["10%", "2.50 %", "0.1"]),
    ignore=st.booleans(),
    skip=st.none() | TEXTS,
    needs=st.none() | TEXTS,
)
FILES = st.builds(
    RequestsFile,
    app=st.just("app.main:app"),
    headers=HEADERS,
    routes=st.dictionaries(st.builds("{} /{}".format, st.sampled_from(["GET", "POST"]), TEXTS), ROUTES, max_size=4),
)


@settings(max_examples=40)
@given(file=FILES)
def test_a_file_is_read_back_as_it_was_and_written_the_same_way(
    tmp_path_factory: pytest.TempPathFactory, file: RequestsFile
) -> None:
    path = tmp_path_factory.getbasetemp() / "layercake.json"
    path.write_text(requests_file.text(file), "utf-8")
    read = requests_file.load(path)
    assert read == file
    assert requests_file.text(read) == path.read_text("utf-8")
    SCHEMA.validate(json.loads(path.read_bytes()))


def test_the_committed_schema_is_current(root: Path) -> None:
    committed = root / "results" / "schema" / "requests.schema.json"
    assert committed.read_text("utf-8") == requests_file.schema(), "write it anew: make schema"


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    requests_file.save(tmp_path / "layercake.json", RequestsFile(app="a:b", routes={}))
    assert [one.name for one in tmp_path.iterdir()] == ["layercake.json"]
    assert requests_file.load(requests_file.beside(tmp_path)).app == "a:b"


def test_routes_stand_in_the_order_of_their_paths_with_what_a_request_expects() -> None:
    routes = {
        name: RouteRequests(requests=(FrozenRequest(path="/"),))
        for name in ("POST /b", "DELETE /b", "GET /b", "PUT /a")
    }
    written = json.loads(requests_file.text(RequestsFile(app="a:b", routes=routes)))
    assert list(written["routes"]) == ["PUT /a", "GET /b", "POST /b", "DELETE /b"]
    (request,) = written["routes"]["PUT /a"]["requests"]
    assert request == {"path": "/", "expect": {"status": 200}, "source": "written by hand"}


def file_with(request: dict[str, Any], **more: Any) -> str:
    return json.dumps({"app": "a:b", "routes": {"GET /x": {"requests": [request]}}} | more)


def route_with(**held: Any) -> str:
    return file_of("GET /x", **held)


def file_of(route: str, **held: Any) -> str:
    return json.dumps({"app": "a:b", "routes": {route: held}})


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ('{\n "app": }', "layercake.json:2: isn't JSON (Expecting value); correct that line"),
        ("[1e999, NaN]", "layercake.json: isn't JSON (NaN is not a JSON number)"),
        ("[]", "layercake.json: the file: must be an object"),
        (file_with({"path": "/"}, version=2), "version 2 isn't known here; use a newer layercake"),
        (
            file_with({"pth": "/"}),
            'routes."GET /x".requests[0].pth: unknown key; correct it, or remove the entry',
        ),
        (file_with({}), 'routes."GET /x".requests[0].path: this key is missing'),
        (file_with({"path": "x"}), 'routes."GET /x".requests[0].path: \'x\' must start with "/"'),
        (file_with({"path": "/a b"}), "have no spaces; write them as %20"),
        (file_with({"path": "/", "json": 1, "body": ""}), "requests[0].body: json and body are both given"),
        (file_with({"path": "/", "headers": {"a b": ""}}), "requests[0].headers.a b: write it as 'Name: value'"),
        (file_with({"path": "/", "headers": {"a": "x\ny"}}), "contains a line break"),
        (file_with({"path": "/", "expect": {"json_file": "x"}}), "expect.json_file: only a target's file"),
        (file_with({"path": "/"}, headers={"host:": "x"}), "headers.host:"),
        (file_of("HEALTH"), 'routes."HEALTH": write the method and the path of a route, e.g. "GET /users"'),
        (file_of("get /health"), 'routes."get /health": write the method and the path'),
        (route_with(margin=0.1), 'routes."GET /x".margin: write a share such as "10%", from 0.1% to 100%'),
        (route_with(margin="10"), 'routes."GET /x".margin: write a share such as "10%"'),
        (route_with(margin="ten per cent"), 'routes."GET /x".margin: write a share such as "10%"'),
        (route_with(margin="nan"), 'routes."GET /x".margin: write a share such as "10%"'),
        (route_with(margin="0%"), 'routes."GET /x".margin: write a share such as "10%"'),
        (route_with(ignore="noisy"), 'routes."GET /x".ignore: must be true or false'),
    ],
)
def test_what_is_wrong_is_said_with_the_file_the_key_and_the_step(tmp_path: Path, written: str, says: str) -> None:
    path = tmp_path / "layercake.json"
    path.write_text(written)
    with pytest.raises(StoreError) as error:
        requests_file.load(path)
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_is_missing_names_the_command_that_writes_it(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no such file; write it with `bench requests MODULE:ATTR`"):
        requests_file.load(tmp_path / "layercake.json")


def test_routes_that_the_app_has_no_more_are_known() -> None:
    file = RequestsFile(app="a:b", routes={"GET /a": RouteRequests(), "GET /b": RouteRequests()})
    app = AppDescription(name="a:b", type="FastAPI", routes=(Route(kind="http", method="GET", path="/a"),))
    assert requests_file.gone(file, app) == ("GET /b",)


def test_what_only_comparisons_read_makes_no_request_another_one_and_reaches_its_cases() -> None:
    asked = (FrozenRequest(path="/a"), FrozenRequest(path="/a?b=1"))
    plain = RequestsFile(app="a:b", routes={"GET /a": RouteRequests(requests=asked)})
    gate = {"GET /a": RouteRequests(requests=asked, margin="2.5%", ignore=True)}
    before, after = (target_of(None, one) for one in (plain, plain.model_copy(update={"routes": gate})))
    assert before.source_sha256 == after.source_sha256
    assert [(case.margin, case.ignored) for case in cases({"a:b": before})] == [(None, False)] * 2
    assert [(case.margin, case.ignored) for case in cases({"a:b": after})] == [(0.025, True)] * 2


def test_an_id_that_is_a_secret_is_asked_for_by_its_name() -> None:
    secrets.remember("TOKEN", "s3cret/of-mine")
    body = {"key": "s3cret/of-mine", "other": "s3cret/of-another"}
    one = FrozenRequest(path="/keys/s3cret%2Fof-mine", json=body)
    routes = {"POST /keys/{key}": RouteRequests(requests=(one,))}
    kept = requests_file.without_secrets(RequestsFile(app="m:app", routes=routes))
    secrets.forget()
    (request,) = kept.routes["POST /keys/{key}"].requests
    assert (request.path, request.json_body) == ("/keys/${TOKEN}", body | {"key": "${TOKEN}"})
    assert requests_file.without_secrets(kept) == kept
