"""The schema of an app, which its own code makes: a help where it is there, never more."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, Query
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel, WithJsonSchema

from bench.agent.app.description import describe
from bench.agent.introspection import openapi
from bench.agent.introspection.openapi import FoundApplication


class Item(BaseModel):
    name: str


def app(path: str) -> FastAPI:
    made = FastAPI()

    @made.post(path)
    def one(item: Item) -> Item:
        return item

    return made


def schema(applications: list[tuple[str, Any]]) -> tuple[dict[str, Any] | None, str | None]:
    return openapi.schema([FoundApplication(path, one) for path, one in applications])


class Saying:
    """An app whose schema is what a function gives."""

    def __init__(self, says: Any) -> None:
        self.openapi = says


def test_a_mounted_apps_schema_joins_under_its_path_with_names_of_its_own() -> None:
    told, wrong = schema([("", app("/a")), ("/shop", app("/a")), ("/t/{tenant:str}", app("/b"))])
    assert wrong is None
    assert told is not None
    assert list(told["paths"]) == ["/a", "/shop/a", "/t/{tenant}/b"]
    for path, name in (("/a", "Item"), ("/shop/a", "shop.Item")):
        body = told["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert body == {"$ref": f"#/components/schemas/{name}"}
        assert told["components"]["schemas"][name]["properties"] == {"name": {"title": "Name", "type": "string"}}


def hiding(*, broken: bool) -> FastAPI:
    made = FastAPI(dependencies=[Depends(OAuth2PasswordBearer("/token"))])
    router = APIRouter(prefix="/in", include_in_schema=False)

    @router.post("/{key}")
    def hidden(key: int, item: Item, size: Annotated[int, Query(ge=7)]) -> Item:
        return item

    made.include_router(router, prefix="/v1")
    if broken:

        @made.get("/broken")
        def no_schema(size: Annotated[object, Query(), WithJsonSchema(raising)]) -> None: ...  # type: ignore[arg-type]

    return made


@pytest.mark.parametrize("broken", [False, True])
def test_hidden_routes_are_described_even_where_the_schema_fails(broken: bool) -> None:
    described = describe(hiding(broken=broken), "shop:app", Path())
    told = described["openapi"]
    assert (described["openapi_error"] is not None) == broken
    assert list(told["paths"]) == ["/v1/in/{key}"]
    hidden = told["paths"]["/v1/in/{key}"]["post"]
    assert [(one["name"], one["in"]) for one in hidden["parameters"]] == [("key", "path"), ("size", "query")]
    reference = hidden["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    assert reference.rpartition("/")[2] in told["components"]["schemas"]
    assert hidden["security"] == [{"OAuth2PasswordBearer": []}]
    assert list(told["components"]["securitySchemes"]) == ["OAuth2PasswordBearer"]


def test_an_app_without_a_schema_has_none_and_nothing_is_wrong() -> None:
    assert schema([]) == (None, None)
    assert schema([("", object())]) == (None, None)


def raising() -> None:
    raise ValueError("it\nis [red]broken[/red]")


def recursive() -> dict[str, Any]:
    told: dict[str, Any] = {}
    told["itself"] = told
    return told


def deep() -> Any:
    told: Any = {}
    for _ in range(500):
        told = {"in": told}
    return told


@pytest.mark.parametrize(
    ("says", "wrong"),
    [
        (raising, "ValueError: it"),
        (lambda: exit(3), "SystemExit: 3"),  # noqa: PLR1722
        (recursive, "ValueError: Circular reference detected"),
        (lambda: {"paths": object()}, "TypeError: Object of type object is not JSON serializable"),
        (lambda: None, "openapi() gave no dict but NoneType"),
        (deep, "the schema is nested more than 200 deep"),
    ],
)
def test_a_schema_that_cant_be_used_is_told_in_a_line_and_the_others_are_there(says: Any, wrong: str) -> None:
    told, said = schema([("", Saying(says)), ("/ok", app("/a"))])
    assert said == wrong
    assert told is not None
    assert list(told["paths"]) == ["/ok/a"]


def test_a_schema_that_is_too_long_or_never_ends_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openapi, "_MOST_BYTES", 1_000)
    monkeypatch.setattr(openapi, "_PATIENCE_S", 0.05)
    assert schema([("", Saying(lambda: {"paths": "x" * 2_000}))])[1] == "the schema is longer than 0.001 MB"
    assert schema([("/slow", Saying(lambda: time.sleep(1)))])[1] == "/slow: openapi() did not end within 0.05 s"


def test_a_schema_of_twenty_megabytes_is_told() -> None:
    told, wrong = schema([("", Saying(lambda: {"paths": {f"/{n}": "x" * 1_000 for n in range(20_000)}}))])
    assert wrong is None
    assert len(json.dumps(told)) > 20_000_000
