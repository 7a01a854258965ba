"""A route's candidates come in the order of what is most likely right, and each is a request that can be sent."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.audit.candidates import candidates
from bench.audit.instances.instance import NoInstanceError
from bench.audit.learned import Learned
from bench.audit.openapi import filled, operations, values_in
from bench.model.app import FrozenRequest, Route
from bench.text.variables import names


def operation(path: str = "/", method: str = "get", **said: Any) -> dict[str, Any]:
    return {"openapi": "3.1.0", "paths": {path: {method: said}}, "components": {"schemas": SCHEMAS}}


def made(path: str, document: Any = None, method: str = "GET", learned: Learned | None = None) -> list[FrozenRequest]:
    route = Route(kind="http", method=method, path=path)
    known = operations(document).get((method, path.replace(":path", "").replace(":int", "")))
    return list(candidates(route, known, learned or Learned()))


def parameter(name: str, place: str = "query", required: bool = True, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": place, "required": required, "schema": {"type": "string"}} | more


SCHEMAS = {
    "Item": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "examples": ["Ada"]}}},
    "Upload": {
        "type": "object",
        "required": ["file", "note"],
        "properties": {"file": {"type": "string", "format": "binary"}, "note": {"type": "string"}},
    },
}
ITEM = {"$ref": "#/components/schemas/Item"}


def test_examples_come_first_and_the_smallest_last() -> None:
    users = parameter("id", "path", examples={"a": {"value": "7"}, "b": {"value": "8"}}, schema={"type": "string"})
    learned = Learned()
    learned.saw(Route(kind="http", method="GET", path="/users"), (), [{"id": 31}])
    found = made("/users/{id}", operation("/users/{id}", parameters=[users]), learned=learned)
    assert [one.path for one in found] == ["/users/7", "/users/8", "/users/31", "/users/a"]
    assert [one.source for one in found] == [
        "examples of the schema",
        "examples of the schema",
        "an id of GET /users",
        "the smallest valid values",
    ]


def test_only_what_is_required_is_sent_in_its_place() -> None:
    said = [
        parameter("q", schema={"type": "array", "items": {"enum": ["x y"]}, "minItems": 2}),
        parameter("on", schema={"type": "boolean"}),
        parameter("none", schema={"anyOf": [{"type": "null"}, {"type": "integer"}]}),
        parameter("optional", required=False),
        parameter("X-Key", "header"),
        parameter("sid", "cookie"),
    ]
    (found, *_) = made("/", operation(parameters=said))
    assert found.path == "/?q=x+y&q=x+y&on=false&none=1"
    assert found.headers == {"x-key": "a", "cookie": "sid=a"}


def test_an_optional_parameter_is_not_sent_and_a_header_of_all_is_not_made() -> None:
    document = operation(parameters=[parameter("authorization", "header")])
    route = Route(kind="http", method="GET", path="/")
    (found,) = candidates(route, operations(document)["GET", "/"], Learned(), {"authorization"})
    assert found == FrozenRequest(path="/", source="the path alone")


@pytest.mark.parametrize(
    ("media_type", "schema", "fields", "content_type"),
    [
        ("application/json", ITEM, {"json_body": {"name": "Ada"}}, None),
        ("application/merge-patch+json", ITEM, {"json_body": {"name": "Ada"}}, "application/merge-patch+json"),
        ("application/json", {"type": "null"}, {"body": "null"}, "application/json"),
        ("application/x-www-form-urlencoded", ITEM, {"body": "name=Ada"}, "application/x-www-form-urlencoded"),
        ("text/plain", {"type": "string"}, {"body": "a"}, "text/plain"),
    ],
)
def test_a_body_is_made_for_its_media_type(
    media_type: str, schema: Any, fields: dict[str, Any], content_type: str | None
) -> None:
    body = {"required": True, "content": {media_type: {"schema": schema}}}
    (found, *_) = made("/", operation(method="post", requestBody=body), "POST")
    assert {name: getattr(found, name) for name in fields} == fields
    assert found.headers.get("content-type") == content_type


def test_a_file_is_uploaded_as_one() -> None:
    media = {"multipart/form-data": {"schema": {"$ref": "#/components/schemas/Upload"}}}
    (found, *_) = made("/", operation(method="post", requestBody={"required": True, "content": media}), "POST")
    assert found.body is not None
    assert 'name="file"; filename="file.txt"\r\ncontent-type: text/plain\r\n\r\na\r\n' in found.body
    assert 'name="note"\r\n\r\na\r\n--layercake--\r\n' in found.body


def test_named_examples_of_a_body_are_tried_one_after_another() -> None:
    media = {
        "schema": ITEM,
        "examples": {"bad": {"value": 5}, "a": {"value": {"name": "a"}}, "b": {"value": {"name": "b"}}},
    }
    body = {"content": {"application/json": media}}
    found = made("/", operation(method="post", requestBody=body), "POST")
    assert [one.json_body for one in found[:2]] == [{"name": "a"}, {"name": "b"}]


def test_a_route_that_no_schema_describes_is_asked_by_its_convertors() -> None:
    paths = [
        one.path for one in (made("/a/{n}")[0], made("/a/{n:uuid}")[0], made("/a/{n:path}/b")[0], made("/a/{n:int}")[0])
    ]
    assert paths == ["/a/1", "/a/00000000-0000-4000-8000-000000000001", "/a/a/b", "/a/1"]


def test_a_schema_without_an_instance_leaves_a_path_to_its_route() -> None:
    endless = {"$ref": "#/paths/~1a~1{n}/get/parameters/0/schema"}
    document = operation("/a/{n}", parameters=[parameter("n", "path", schema=endless)])
    assert [one.path for one in made("/a/{n}", document)] == ["/a/1"]


def test_an_example_names_no_variable_of_the_user() -> None:
    media = {"application/json": {"schema": {}, "examples": {"a": {"value": {"name": "${HOME}"}}}}}
    query = parameter("q", examples={"a": {"value": "${HOME}"}})
    (found, *_) = made("/", operation(method="post", parameters=[query], requestBody={"content": media}), "POST")
    assert found.json_body == {"name": "$${HOME}"}
    assert names(found.path) == []


def test_what_is_required_and_has_no_instance_is_said() -> None:
    document = operation(parameters=[parameter("q", schema={"type": "integer", "minimum": 2, "maximum": 1})])
    with pytest.raises(NoInstanceError, match="query parameter q: no whole number"):
        made("/", document)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["query", "#/paths", "object", "x", "path"]),
    lambda held: st.lists(held, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["$ref", "paths", "/", "get", "parameters", "name", "in", "schema", "content", "examples", "security",
             "type", "requestBody", "application/json", "components", "value", "required", "properties"]
        ),
        held,
        max_size=4,
    ),
    max_leaves=25,
)  # fmt: skip


@given(path_item=ANY, components=ANY)
def test_a_schema_that_is_wrong_in_any_way_only_helps_less(path_item: Any, components: Any) -> None:
    document = {"openapi": "3.1.0", "paths": {"/{x}": {"get": path_item}, "/": path_item}, "components": components}
    with suppress(NoInstanceError):
        assert all(one.path.startswith("/") for one in made("/{x}", document))


def test_no_schema_at_all_is_none() -> None:
    for document in (None, [], {}, {"openapi": 3, "paths": []}, "text"):
        assert operations(document) == {}


@given(values=st.tuples(st.text(min_size=1, max_size=5), st.text(min_size=1, max_size=5)))
def test_values_are_found_again_in_the_path_that_they_made(values: tuple[str, str]) -> None:
    template = "/[a b]/{x}/é/{rest:path}"
    try:
        path = filled(template, values)
    except UnicodeEncodeError:
        return  # half of a surrogate pair is in no URL
    assert values_in(template, f"{path}?q=/") == values


@pytest.mark.parametrize(
    ("scheme", "words"),
    [
        ({"type": "http", "scheme": "bearer"}, "--header 'Authorization: Bearer ${TOKEN}'"),
        ({"type": "http", "scheme": "basic"}, "--header 'Authorization: Basic ${LOGIN}'"),
        ({"type": "apiKey", "in": "header", "name": "X-Key"}, "--header 'X-Key: ${API_KEY}'"),
        ({"type": "apiKey", "in": "cookie", "name": "sid"}, "--header 'Cookie: sid=${SESSION}'"),
        ({"type": "apiKey", "in": "query", "name": "key"}, "key=${API_KEY} in the paths of the requests file"),
        ({"type": "oauth2", "flows": {}}, "--header 'Authorization: Bearer ${TOKEN}'"),
        ({"type": "mutualTLS"}, ""),
    ],
)
def test_how_a_token_is_sent_is_read_from_the_schema(scheme: Any, words: str) -> None:
    document = operation(security=[{"main": []}])
    document["components"] = {"securitySchemes": {"main": scheme}}
    assert operations(document)["GET", "/"].login == words
