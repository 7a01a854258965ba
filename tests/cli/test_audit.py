"""`bench audit` as a user meets it, and a stored audit wherever stored results are shown."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest
from audit_service import SERVICE
from audit_simulations import Truth, audit, failed, parts, peels
from checkouts import PATIENCE_S, Checkout, all_gone, offspring
from plans import write_target

from bench.stack.environment import Environment
from bench.store import documents

ROUTES = """

async def user():
    burn(100)
    return 1


@app.get("/known")
async def known(user: int = Depends(user)):
    burn(150)
    return {"user": user}


@app.get("/limited")
async def limited():
    kept.append(bytes(1000))
    if len(kept) > 60:
        raise RuntimeError("no more")
    return 1


@app.get("/items/{item}")
async def item(item: int):
    return item
"""

HOLDING = """
import time
from fastapi import FastAPI
from starlette.responses import StreamingResponse

app = FastAPI(openapi_url=None)


async def rows():
    yield b"id,name"
    time.sleep(0.1)  # held
    yield b"1,one"


@app.get("/export")
async def export():
    return StreamingResponse(rows())


@app.get("/calm")
async def calm():
    return 1
"""

BROKEN = """
from fastapi import FastAPI, HTTPException

app = FastAPI()


def openapi():
    raise ValueError("no schema")


app.openapi = openapi


@app.get("/teapot")
async def teapot():
    raise HTTPException(418)
"""


@pytest.mark.measures
@pytest.mark.slow
def test_planted_costs_are_found_in_their_parts_and_a_failing_route_takes_nothing_with_it(
    here: Checkout, environment: Environment
) -> None:
    (here.folder / "service.py").write_text(SERVICE + ROUTES)
    words = (
        "service:app",
        "--quick",
        "--app-dir",
        str(here.folder),
        "--env",
        str(environment.python),
        "--json",
        "a.json",
    )
    status, _, err = here.bench("audit", *words)
    assert status == 0, err
    told = json.loads((here.folder / "a.json").read_bytes())
    assert told["coverage"]["measured"] == 2
    routes = {one["route"]: one for one in told["routes"]}
    assert len(routes) == told["coverage"]["routes"] == 3
    known, limited, item = (routes[f"GET /{path}"] for path in ("known", "limited", "items/{item}"))
    assert known["valid"]
    assert item["valid"]
    assert (limited["valid"], limited["excluded"]) == (False, None)
    assert "no more" in limited["reasons"][0]
    cost = {part["name"]: part["cpu_us"] for part in known["parts"]}
    assert cost["service:First"] == pytest.approx(100, abs=25)
    assert cost["service:user"] == pytest.approx(100, abs=25)
    (handler,) = [part for part in known["parts"] if part["kind"] == "handler"]
    assert handler["cpu_us"] == pytest.approx(150, abs=25)
    peeled = {part["name"]: part["peeled_us"] for part in known["parts"]}
    assert peeled["service:First"] == pytest.approx(100, abs=60)
    assert peeled["service:Second"] > 200
    assert abs(known["residual_us"]) < 0.1 * known["cpu_us"]
    assert known["retained_bytes"] == pytest.approx(0, abs=16)
    assert told["startup"]["import_cpu_ms"] > 0
    assert told["findings"]


@pytest.mark.slow
def test_the_line_of_a_streamed_answer_that_holds_the_event_loop_is_found(
    here: Checkout, environment: Environment
) -> None:
    (here.folder / "holding.py").write_text(HOLDING)
    words = ("holding:app", "--quick", "--case", "GET /export", "--env", str(environment.python), "--json", "a.json")
    status, _, err = here.bench("audit", *words)
    assert status == 0, err
    told = json.loads((here.folder / "a.json").read_bytes())
    export, calm = told["routes"]
    line = 1 + HOLDING.splitlines().index("    time.sleep(0.1)  # held")
    assert export["hold_ms"] >= 100
    assert export["hold_at"] == f"holding.py:{line} time.sleep"
    assert (calm["excluded"], calm["hold_ms"]) == ("skipped", None)
    (held,) = [one for one in told["findings"] if one["finding"] == "event-loop-held"]
    assert (held["where"], held["routes"]) == (export["hold_at"], ["GET /export"])


@pytest.mark.slow
def test_an_interrupted_audit_keeps_its_samples_and_leaves_no_process_on_any_core(
    here: Checkout, environment: Environment
) -> None:
    (here.folder / "service.py").write_text(SERVICE + ROUTES)
    process = here.start("audit", "service:app", "--app-dir", str(here.folder), "--env", str(environment.python))
    audits, deadline_s = here.runs.parent / "audits", time.monotonic() + PATIENCE_S
    while not any('"peel"' in one.read_text() for one in audits.glob("*/measurements.json")):
        assert time.monotonic() < deadline_s
        time.sleep(0.2)
    children = offspring(process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130, err
    assert all_gone(children)
    (file,) = audits.glob("*/measurements.json")
    found = documents.AUDIT.load(file)
    assert found.samples
    assert not found.complete


@pytest.fixture
def stored(here: Checkout) -> Path:
    """The file of an audit in the results."""
    truth = Truth()
    found = audit([*peels(truth, 3), *parts(truth, 3)]).model_copy(update={"id": "20990101T000000Z-quick-00000001"})
    return documents.AUDIT.save(found, here.runs.parent / "audits")


def test_a_stored_audit_is_shown_again_by_its_id_its_file_and_as_the_latest(here: Checkout, stored: Path) -> None:
    for name in (stored.parent.name, str(stored), str(stored.parent), "latest"):
        status, out, err = here.bench("report", name)
        assert status == 0, err
        assert "GET /users/{id}" in out
        assert (stored.parent / "audit.html").exists()
        assert json.loads((stored.parent / "audit.json").read_bytes())["coverage"]["measured"] == 1
        (stored.parent / "audit.html").unlink()


def test_the_figures_are_the_json_of_a_stored_audit(here: Checkout, stored: Path) -> None:
    status, out, err = here.bench("report", "latest", "--json")
    assert status == 0, err
    told = json.loads(out)
    assert set(told) == {"app", "server", "coverage", "startup", "routes", "findings"}
    assert told["routes"][0]["route"] == "GET /users/{id}"
    assert told["routes"][0]["peak_mb"] is None
    assert stored.exists()


def test_an_audit_is_listed_and_stands_in_the_index(here: Checkout, stored: Path) -> None:
    write_target(here.targets, "one", "")
    said = "1 of 3 routes measured"
    status, out, err = here.bench("list")
    assert status == 0, err
    assert f"app.main:app: {said}" in " ".join(out.split())
    assert here.bench("report")[0] == 0
    index = (here.folder / "results" / "index.html").read_text()
    assert said in index
    assert stored.parent.name in index


def test_an_audit_that_can_not_be_read_is_listed_with_the_reason(here: Checkout, stored: Path) -> None:
    write_target(here.targets, "one", "")
    stored.write_text('{"schema_version": 99, "app": {}, "coverage": []}')
    status, out, _ = here.bench("list")
    assert status == 0
    assert "schema version 99" in out


def test_a_route_that_failed_is_shown_with_its_reason(here: Checkout) -> None:
    found = audit([], [failed("another answer than at first: status 429 with 3 bytes")])
    documents.AUDIT.save(found, here.runs.parent / "audits")
    status, out, err = here.bench("report", found.id)
    assert status == 0, err
    assert "429" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("audit", "no app"), "names no app; write MODULE:ATTR"),
        (("audit", "app.main:app", "--app-dir", "nowhere"), "is no folder"),
        (("audit", "app.main:app", "--quick", "--full"), "not both"),
        (("audit", "app.main:app", "--env", "nowhere"), "is neither an interpreter nor an environment"),
    ],
)
def test_what_can_not_be_meant_is_refused_in_one_line(here: Checkout, words: tuple[str, ...], said: str) -> None:
    status, out, err = here.bench(*words)
    assert (status, out) == (2, "")
    assert said in err
    assert len(err.strip().splitlines()) == 1
    assert not (here.folder / "results" / "audits").exists()


def test_a_route_that_is_chosen_but_can_not_be_measured_has_its_reason(
    here: Checkout, environment: Environment
) -> None:
    (here.folder / "broken.py").write_text(BROKEN)
    words = ("audit", "broken:app", "--env", str(environment.python.parents[1]), "--quick")
    status, out, err = here.bench(*words, "--case", "GET /teapot")
    assert (status, "answers 418" in out) == (3, True)
    assert "no case matches" not in err
    assert "OpenAPI schema can't be used for requests: ValueError: no schema" in err
