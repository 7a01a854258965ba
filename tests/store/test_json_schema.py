"""The committed JSON Schema says what a stored run is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import audit_simulations
import jsonschema
import pytest
from comparisons import comparison, counted, measured
from factories import synthetic_run

from bench.analysis.audit.figures import figures
from bench.model.audit import Audit
from bench.model.comparison import Comparison
from bench.model.run import SCHEMA_VERSION, Run
from bench.model.series import Bisection, Sweep
from bench.store import documents, json_schema
from bench.store.files import StoreError

SCHEMAS = {
    "run.schema.json": Run,
    "comparison.schema.json": Comparison,
    "sweep.schema.json": Sweep,
    "bisection.schema.json": Bisection,
    "audit-measurements.schema.json": Audit,
}


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    found = json.loads(json_schema.schema(Run))
    jsonschema.Draft202012Validator.check_schema(found)
    return jsonschema.Draft202012Validator(found, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return json.loads(documents.RUN.save(synthetic_run(), tmp_path_factory.mktemp("runs")).read_bytes())


def test_the_committed_schema_is_current(root: Path) -> None:
    for name, document in SCHEMAS.items():
        committed = root / "results" / "schema" / name
        assert committed.read_text("utf-8") == json_schema.schema(document), "write it anew: make schema"


def test_the_committed_schema_of_the_figures_of_an_audit_is_current(root: Path) -> None:
    committed = root / "results" / "schema" / "audit.schema.json"
    assert committed.read_text("utf-8") == json_schema.figures_schema(), "write it anew: make schema"


def test_a_stored_audit_and_its_figures_are_valid(tmp_path: Path) -> None:
    truth = audit_simulations.Truth()
    found = audit_simulations.audit([*audit_simulations.peels(truth, 2), *audit_simulations.parts(truth, 2)])
    measured = json.loads(documents.AUDIT.save(found, tmp_path).read_bytes())
    jsonschema.validate(measured, json.loads(json_schema.schema(Audit)), cls=jsonschema.Draft202012Validator)
    told = json.loads(figures(found).model_dump_json())
    jsonschema.validate(told, json.loads(json_schema.figures_schema()), cls=jsonschema.Draft202012Validator)
    assert told["routes"][0]["wait_us"] is None


def test_a_stored_comparison_is_valid(tmp_path: Path) -> None:
    found = comparison("a").model_copy(update={"samples": (*measured("a", 1.1, {"pilot": 3}), counted("a", 1.2))})
    stored = json.loads(documents.COMPARISON.save(found, tmp_path).read_bytes())
    jsonschema.validate(stored, json.loads(json_schema.schema(Comparison)), cls=jsonschema.Draft202012Validator)


def test_the_schema_is_made_the_same_way_every_time_and_names_itself() -> None:
    text = json_schema.schema(Run)
    assert text == json_schema.schema(Run)
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
    with pytest.raises(StoreError):
        documents.RUN.load(tmp_path)


@pytest.mark.parametrize("key", ["schema_version", "stack", "host", "samples", "complete"])
def test_no_part_of_a_stored_run_may_be_missing(
    validator: jsonschema.Draft202012Validator, stored: Any, key: str
) -> None:
    assert not validator.is_valid({name: value for name, value in stored.items() if name != key})
