"""The committed JSON Schema says what a stored run is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from factories import synthetic_run

from bench import store
from bench.samples import SCHEMA_VERSION


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    found = json.loads(store.schema())
    jsonschema.Draft202012Validator.check_schema(found)
    return jsonschema.Draft202012Validator(found, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return json.loads(store.save(synthetic_run(), tmp_path_factory.mktemp("runs")).read_bytes())


def test_the_committed_schema_is_current(root: Path) -> None:
    committed = root / "results" / "schema" / "run.schema.json"
    assert committed.read_text("utf-8") == store.schema(), "write it anew: make schema"


def test_the_schema_is_made_the_same_way_every_time_and_names_itself() -> None:
    text = store.schema()
    assert text == store.schema()
    assert text == json.dumps(json.loads(text), indent=1, sort_keys=True) + "\n"
    found = json.loads(text)
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert str(SCHEMA_VERSION) in found["title"]


def test_a_stored_run_is_valid(validator: jsonschema.Draft202012Validator, stored: Any) -> None:
    assert {sample["kind"] for sample in stored["samples"]} == {
        "timing",
        "allocations",
        "load",
        "search",
        "memory",
        "profile",
    }
    validator.validate(stored)


@pytest.mark.parametrize(
    ("at", "change"),
    [
        ("schema_version", {"schema_version": SCHEMA_VERSION + 1}),
        ("colour", {"colour": "red"}),
        ("guess", {"samples": [{"kind": "guess"}]}),
        ("sometimes", {"absences": [{"case": "a:b", "during": "load", "kind": "sometimes", "reason": "no"}]}),
        ("lunch", {"elapsed_s": {"lunch": 1.0}}),
        ("launches", {"seed": "launches"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_the_store_would_refuse_is_not_valid_either(
    validator: jsonschema.Draft202012Validator, stored: Any, tmp_path: Path, at: str, change: dict[str, Any]
) -> None:
    assert not validator.is_valid({**stored, **change})
    (tmp_path / "run.json").write_text(json.dumps({**stored, **change}))
    with pytest.raises(store.StoreError):
        store.load(tmp_path)


@pytest.mark.parametrize("key", ["schema_version", "stack", "host", "samples", "complete"])
def test_no_part_of_a_stored_run_may_be_missing(
    validator: jsonschema.Draft202012Validator, stored: Any, key: str
) -> None:
    assert not validator.is_valid({name: value for name, value in stored.items() if name != key})
