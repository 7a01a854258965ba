"""What is made of a schema is valid by another's judgement, the same each time, and ends."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from bench.audit.instances.instance import NoInstanceError, instance, valid

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-50, 50) | st.text("ab1", max_size=4),
    lambda held: st.lists(held, max_size=2) | st.dictionaries(st.sampled_from("abc"), held, max_size=2),
    max_leaves=4,
)
BOUND = st.integers(-20, 20)
SIZE = st.integers(0, 3)


def keywords(kind: str, **known: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"type": st.just(kind)}, optional=known)


def containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    named = st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    few = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        keywords("array", items=inner, prefixItems=few, minItems=SIZE, maxItems=SIZE, uniqueItems=st.booleans()),
        keywords(
            "object",
            properties=named,
            required=st.lists(st.sampled_from("abcd"), unique=True, max_size=3),
            minProperties=SIZE,
            additionalProperties=st.booleans() | inner,
        ),
        st.fixed_dictionaries({"anyOf": few}),
        st.fixed_dictionaries({"oneOf": few}),
        st.fixed_dictionaries({"allOf": few}, optional={"not": inner}),
    )


SCALARS = st.one_of(
    keywords("integer", minimum=BOUND, maximum=BOUND, exclusiveMinimum=BOUND, multipleOf=st.integers(1, 7)),
    keywords("number", minimum=BOUND, exclusiveMaximum=BOUND, multipleOf=st.sampled_from([0.5, 2, 3])),
    keywords(
        "string", minLength=SIZE, maxLength=st.integers(2, 5), pattern=st.sampled_from(["^a", "b$", r"^\d{1,4}$"])
    ),
    keywords("boolean"),
    keywords("null"),
    st.fixed_dictionaries({"enum": st.lists(JSON, min_size=1, max_size=3)}),
    st.fixed_dictionaries({"const": JSON}),
    st.just({}),
)
SCHEMAS = st.recursive(SCALARS, containers, max_leaves=6)


@settings(max_examples=300)
@given(schema=SCHEMAS, shown=st.booleans())
def test_an_instance_is_valid_or_there_is_none(schema: dict[str, Any], shown: bool) -> None:
    try:
        found = instance(schema, {}, shown=shown)
    except NoInstanceError:
        return
    Draft202012Validator(schema).validate(found)
    assert instance(schema, {}, shown=shown) == found


@given(schema=st.dictionaries(st.sampled_from([*"ab", "type", "$ref", "allOf", "enum", "items", "required"]), JSON))
def test_a_schema_that_is_none_gives_an_instance_or_an_error_that_says_why(schema: dict[str, Any]) -> None:
    with suppress(NoInstanceError):
        instance(schema, {})


NODE = {"$ref": "#/components/schemas/Node"}


def document(**schemas: Any) -> dict[str, Any]:
    return {"openapi": "3.1.0", "components": {"schemas": schemas}}


def test_recursion_ends_where_the_schema_lets_it() -> None:
    nodes = document(
        Node={
            "type": "object",
            "required": ["id", "next"],
            "properties": {"id": {"type": "string", "format": "uuid"}, "next": {"anyOf": [NODE, {"type": "null"}]}},
        }
    )
    assert instance(NODE, nodes)["next"] is None
    assert instance(NODE, nodes, shown=True)["next"] is None


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        (NODE, "needs itself without end"),
        ({"$ref": "#/components/schemas/Other"}, "leads nowhere"),
        ({"$ref": "https://example.com/schema.json"}, "leads out of the schema"),
        ({"type": "integer", "minimum": 5, "maximum": 3}, "no whole number"),
        ({"type": "string", "pattern": "(?<!a)b(?=c)d"}, "no text was found"),
        ({"type": "string", "pattern": "(["}, "isn't one of Python's"),
        ({"type": "string", "pattern": "((a{1000}){1000}){1000}"}, "repetition"),
        (False, "allows nothing"),
    ],
)
def test_where_there_is_no_instance_it_says_why(schema: Any, why: str) -> None:
    endless = document(Node={"type": "object", "required": ["next"], "properties": {"next": NODE}})
    with pytest.raises(NoInstanceError, match=why):
        instance(schema, endless)


@pytest.mark.parametrize(
    ("schema", "made"),
    [
        ({"type": "integer"}, 1),
        ({"type": "integer", "exclusiveMinimum": 10, "multipleOf": 4}, 12),
        ({"type": "integer", "minimum": 3, "exclusiveMinimum": True}, 4),
        ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, 0.5),
        ({"type": "string", "minLength": 3}, "aaa"),
        ({"type": "string", "format": "date"}, "2026-01-01"),
        ({"type": ["string", "null"]}, None),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 3, "uniqueItems": True}, [1, 2, 3]),
        ({"oneOf": [{"type": "integer"}, {"type": "number"}]}, 1.5),
        ({"allOf": [{"minimum": 3}, {"type": "integer", "maximum": 9}]}, 3),
        ({"type": "object", "properties": {"a": {"type": "integer"}, "b": {}}, "required": ["a"]}, {"a": 1}),
        ({"enum": ["x", "y"]}, "x"),
        ({"const": None}, None),
    ],
)
def test_the_smallest_has_what_is_required_and_no_more(schema: Any, made: Any) -> None:
    assert instance(schema, {}) == made


def test_what_a_schema_shows_comes_before_the_smallest() -> None:
    schema = {
        "type": "object",
        "required": ["name", "size", "colour"],
        "properties": {
            "name": {"type": "string", "examples": [7, "Ada"]},
            "size": {"type": "integer", "default": 40},
            "colour": {"anyOf": [{"enum": ["red"]}, {"type": "null"}]},
        },
    }
    assert instance(schema, {}, shown=True) == {"name": "Ada", "size": 40, "colour": "red"}
    assert instance(schema, {}) == {"name": "a", "size": 1, "colour": None}


@pytest.mark.parametrize("example", [float("nan"), "\ud800"])
def test_an_example_that_is_no_json_is_left_out(example: Any) -> None:
    assert instance({"examples": [example, 5]}, {}, shown=True) == 5


@pytest.mark.parametrize(
    "pattern",
    [
        r"^[A-Z]{3}-\d+$",
        r"^(cat|do)\1$",
        r"[^a1]",
        r"^\w+@\w+\.com$",
        r"^a?b*c+?$",
        r"\S\s\W\D",
        r"^[ß-ÿ]+$",
        r"(?i)x",
    ],
)
def test_a_text_matches_its_pattern_and_its_length(pattern: str) -> None:
    found = instance({"type": "string", "pattern": pattern}, {})
    assert re.search(pattern, found)


def test_what_repeats_is_repeated_for_a_length() -> None:
    found = instance({"type": "string", "pattern": r"^[A-Z]{3}-\d+$", "minLength": 12, "maxLength": 12}, {})
    assert re.fullmatch(r"[A-Z]{3}-\d{8}", found)


def test_a_schema_of_many_megabytes_is_no_slower() -> None:
    many = {f"M{n}": {"type": "object", "properties": {"a": {"description": "x" * 2_000}}} for n in range(10_000)}
    schemas = document(Node={"type": "object", "required": ["a"], "properties": {"a": NODE | {"minimum": 1}}}, **many)
    assert instance({"$ref": "#/components/schemas/M9999"}, schemas) == {}


def test_a_schema_with_more_branches_than_can_be_tried_ends() -> None:
    deep: dict[str, Any] = {"enum": []}
    for _ in range(40):
        deep = {"type": "object", "required": ["a"], "properties": {"a": {"anyOf": [deep, deep, deep]}}}
    with pytest.raises(NoInstanceError):
        instance(deep, {})


def test_nothing_is_fetched_from_where_a_schema_says() -> None:
    assert valid(1, {"not": {"$ref": "http://192.0.2.1/schema.json"}}, {})
