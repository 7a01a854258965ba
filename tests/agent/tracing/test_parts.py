"""The parts of an app as its agent names and charges them, whatever the app is made of."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from bench.catalog.targets import read_targets
from bench.model.audit import PartAllocationSample, PartSample, WaterfallSample
from bench.runner.agent_process import Agent
from bench.stack.environment import Environment, build
from bench.stack.recipe import of_requirements

MAIN_CHAIN = (
    "raw_asgi", "starlette_plain", "starlette_json", "fastapi_response_model", "fastapi_orjson", "fastapi_def",
    "fastapi_body", "csv_stream", "deps_yield", "request_id_base", "auth_asgi", "routes_nested", "errors_handlers",
)  # fmt: skip
HEAD = """
import asyncio, time
from fastapi import Depends, FastAPI, Request
from starlette.responses import PlainTextResponse

def burn(us=3000):
    end_ns = time.thread_time_ns() + us * 1000
    while time.thread_time_ns() < end_ns:
        pass

class Wrapper:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            burn()
        await self.app(scope, receive, send)
"""
DRIVER = """
import queue, threading

class Driver:
    def __init__(self):
        self.queue = queue.SimpleQueue()
        threading.Thread(target=self.work, daemon=True).start()

    def work(self):
        while True:
            loop, future, bursts = self.queue.get()
            for _ in range(bursts):
                burn()
            loop.call_soon_threadsafe(future.set_result, None)

    async def execute(self, bursts):
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        self.queue.put((loop, future, bursts))
        await future

driver = Driver()
"""


def asked(path: str, **more: Any) -> dict[str, Any]:
    request = {"path": path, "method": "GET", "headers": {}, "body_json": None, "body": None, "varies": False}
    return {**request, "expect": {"status": 200}, **more}


@contextmanager
def agent_of(environment: Environment, folder: Path, source: str) -> Iterator[Agent]:
    """An agent that has the app `own:app` of this source traced; it asks `/` as case `it`."""
    (folder / "own.py").write_text(HEAD + source)
    with Agent(environment, folder, hash_seed=1, cores=None) as agent:
        agent.call("trace_parts")
        yield agent


def burnt(agent: Agent, path: str = "/", pairs: int = 2, **more: Any) -> dict[str, float]:
    """Burns by part of a request in the last two of the windows, where there is as much as half of one."""
    agent.call("prepare", case="it", target="own:app", request=asked(path, **more))
    sample = PartSample(case="it", launch=0, hash_seed=1, **agent.call("part_windows", case="it", calls=2, pairs=pairs))
    assert sample.missing == ()
    by_part = zip(sample.parts, sample.spent_us, strict=True)
    found = {f"{part.kind} {part.name}": min(us[-2:]) / 3000 for part, us in by_part}
    return {part: burns for part, burns in found.items() if burns > 0.5}


def test_wrappers_mounts_and_stacks_of_sub_applications_are_parts_of_their_own(
    environment: Environment, tmp_path: Path
) -> None:
    source = """
inner, sub = FastAPI(), FastAPI()

class OfSub(Wrapper):
    pass

class Foreign(Wrapper):
    async def __call__(self, scope, receive, send):
        burn()
        await PlainTextResponse("foreign")(scope, receive, send)

sub.add_middleware(OfSub)

@sub.get("/deep")
async def deep():
    burn()
    return 1

inner.mount("/sub", sub)
inner.mount("/foreign", Foreign(None))
app = Wrapper(inner)
"""
    with agent_of(environment, tmp_path, source) as agent:
        assert burnt(agent, "/sub/deep") == {
            "middleware own:Wrapper": pytest.approx(1, abs=0.4),
            "middleware own:OfSub": pytest.approx(1, abs=0.4),
            "handler own:deep": pytest.approx(1, abs=0.4),
        }
        assert burnt(agent, "/foreign/") == {
            "middleware own:Wrapper": pytest.approx(1, abs=0.4),
            "handler own:Foreign": pytest.approx(1, abs=0.4),
        }


def test_what_a_driver_spends_in_a_thread_of_its_own_is_of_the_part_that_waits_for_it(
    environment: Environment, tmp_path: Path
) -> None:
    """As a driver of SQLite does: nothing is handed to a thread pool, but put into a queue."""
    source = f"""
{DRIVER}
async def session():
    await driver.execute(2)

app = FastAPI()

@app.get("/")
async def get(_=Depends(session)):
    burn()
    await driver.execute(1)
    return 1
"""
    with agent_of(environment, tmp_path, source) as agent:
        assert burnt(agent, pairs=4) == {
            "dependency own:session": pytest.approx(2, abs=0.4),
            "handler own:get": pytest.approx(2, abs=0.4),
        }


def test_asking_what_other_threads_spent_is_neither_a_part_nor_of_the_whole(
    environment: Environment, tmp_path: Path
) -> None:
    source = f"""
{DRIVER}
app = FastAPI()

@app.get("/")
async def get():
    for _ in range(60):
        await driver.execute(0)
    return 1
"""
    with agent_of(environment, tmp_path, source) as agent:
        agent.call("prepare", case="it", target="own:app", request=asked("/"))
        found = agent.call("part_windows", case="it", calls=20, pairs=12)
    whole_us, of_parts_us = found["timed"]["cpu_us"], zip(*found["spent_us"], strict=True)
    missed = [1 - sum(spent_us) / all_us for all_us, spent_us in zip(whole_us, of_parts_us, strict=True)]
    assert median(missed[4:]) == pytest.approx(0, abs=0.02)


def test_a_form_is_read_and_validated_as_without_timers(root: Path, tmp_path: Path) -> None:
    environment = build(of_requirements(["fastapi", "python-multipart"]), root)
    source = """
from fastapi import Form
from fastapi.security import OAuth2PasswordRequestForm

app = FastAPI()

@app.post("/plain")
async def plain(name: str = Form()):
    burn()
    return name

@app.post("/login")
async def login(form: OAuth2PasswordRequestForm = Depends()):
    burn()
    return form.username
"""
    more: dict[str, Any] = {"method": "POST", "headers": {"content-type": "application/x-www-form-urlencoded"}}
    with agent_of(environment, tmp_path, source) as agent:
        for path, body in (("/plain", "name=a"), ("/login", "username=a&password=b")):
            assert burnt(agent, path, body=body, **more) == {f"handler own:{path[1:]}": pytest.approx(1, abs=0.4)}


def test_an_app_is_run_in_tasks_of_a_middleware_s_own_as_without_timers(
    environment: Environment, tmp_path: Path
) -> None:
    source = """
import anyio

class Spawning(Wrapper):
    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        burn()
        async with anyio.create_task_group() as group:
            group.start_soon(self.app, scope, receive, send)

inner = FastAPI()

@inner.get("/")
async def get():
    burn()
    return 1

app = Spawning(inner)
"""
    with agent_of(environment, tmp_path, source) as agent:
        assert burnt(agent) == {
            "middleware own:Spawning": pytest.approx(1, abs=0.4),
            "handler own:get": pytest.approx(1, abs=0.4),
        }


def test_tasks_that_outlive_their_request_are_counted(environment: Environment, tmp_path: Path) -> None:
    source = """
app = FastAPI()
kept = set()

@app.get("/")
async def get():
    async def later():
        await asyncio.sleep(0)
        burn()

    kept.add(asyncio.create_task(later()))
    return 1

@app.get("/none")
async def none():
    await asyncio.create_task(asyncio.sleep(0))
    return 1
"""
    with agent_of(environment, tmp_path, source) as agent:
        for path, left in (("/", 1), ("/none", 0)):
            agent.call("prepare", case="it", target="own:app", request=asked(path))
            assert agent.call("part_windows", case="it", calls=5, pairs=2)["tasks_left"] == pytest.approx(left, abs=0.2)


def test_each_of_several_wrappers_is_a_middleware_however_it_keeps_what_it_wraps(
    environment: Environment, tmp_path: Path
) -> None:
    source = """
class Keeping:
    def __init__(self, kept):
        self.kept = kept

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            burn()
        await self.kept(scope, receive, send)

inner = FastAPI()

@inner.get("/")
async def get():
    burn()
    return 1

kept = Keeping(inner)

def closing_over(kept):
    async def closed(scope, receive, send):
        if scope["type"] == "http":
            burn()
        await kept(scope, receive, send)

    return closed

app = Wrapper(closing_over(kept))
"""
    with agent_of(environment, tmp_path, source) as agent:
        assert burnt(agent) == {
            "middleware own:Wrapper": pytest.approx(1, abs=0.4),
            "middleware own:closing_over.<locals>.closed": pytest.approx(1, abs=0.4),
            "middleware own:Keeping": pytest.approx(1, abs=0.4),
            "handler own:get": pytest.approx(1, abs=0.4),
        }


def test_what_stands_for_a_dependency_is_the_part_and_called_as_often_as_without(
    environment: Environment, tmp_path: Path
) -> None:
    source = """
app, calls = FastAPI(), []

def wanted():
    raise RuntimeError("it was overridden")

async def instead(request: Request):
    calls.append(1)
    burn()
    return request.url.path

async def between(path=Depends(wanted)):
    return path

@app.get("/")
async def get(one=Depends(wanted), other=Depends(between)):
    seen = len(calls)
    calls.clear()
    return [seen, one, other]

app.dependency_overrides[wanted] = instead
"""
    with agent_of(environment, tmp_path, source) as agent:
        assert burnt(agent) == {"dependency own:instead": pytest.approx(1, abs=0.4)}
        answer = agent.call("answer", case="it", target="own:app", request=asked("/"))
        assert answer["body"] == "WzEsIi8iLCIvIl0="  # [1,"/","/"]


def test_exception_handlers_and_endpoints_of_starlette_are_handlers(environment: Environment, tmp_path: Path) -> None:
    source = """
from starlette.endpoints import HTTPEndpoint
from starlette.routing import Route

class Endpoint(HTTPEndpoint):
    async def get(self, request):
        burn()
        return PlainTextResponse("fine")

def plain(request):
    burn()
    return PlainTextResponse("fine")

app = FastAPI(routes=[Route("/class", Endpoint), Route("/plain", plain)])

@app.exception_handler(KeyError)
def handle(request, error):
    burn()
    return PlainTextResponse("handled", 418)

@app.get("/")
async def get():
    raise KeyError("no such thing")
"""
    with agent_of(environment, tmp_path, source) as agent:
        assert burnt(agent, expect={"status": 418}) == {"handler own:handle": pytest.approx(1, abs=0.4)}
        assert burnt(agent, "/class") == {"handler own:Endpoint.get": pytest.approx(1, abs=0.4)}
        assert burnt(agent, "/plain") == {"handler own:plain": pytest.approx(1, abs=0.4)}


def test_what_is_streamed_belongs_to_whoever_makes_it(environment: Environment, tmp_path: Path) -> None:
    source = """
from fastapi.responses import StreamingResponse
app = FastAPI()

def pieces():
    for _ in range(4):
        burn(750)
        yield "piece"

@app.get("/")
async def get():
    return StreamingResponse(pieces())
"""
    with agent_of(environment, tmp_path, source) as agent:
        assert list(burnt(agent)) == ["handler own:get"]


@pytest.mark.filterwarnings("ignore:ORJSONResponse is deprecated")
def test_targets_answer_with_timers_as_without(environment: Environment, root: Path) -> None:
    """`perform` compares each answer with the first one, which no timer saw."""
    targets = read_targets(root / "targets")
    with Agent(environment, root / "targets", hash_seed=1, cores=None) as agent:
        agent.call("trace_parts")
        for target in MAIN_CHAIN:
            for name, request in targets[target].requests.items():
                if request.only or ("rows" in name and name != "rows1"):
                    continue
                told = request.model_dump(exclude={"expect", "varies"})
                told |= {"expect": {"status": request.expect.status}, "varies": bool(request.varies)}
                agent.call("prepare", case=name, target=target, request=told)
                found = agent.call("part_windows", case=name, calls=1, pairs=2)
                assert found["missing"] == [], target


def test_allocations_are_counted_for_the_part_that_makes_them(environment: Environment, tmp_path: Path) -> None:
    source = """
app = FastAPI()

def many():
    return [object() for _ in [None] * 5000]

async def none():
    await asyncio.sleep(0)

class Passing(Wrapper):
    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)

app.add_middleware(Passing)

@app.get("/", dependencies=[Depends(many), Depends(none)])
async def get():
    return 1
"""
    with agent_of(environment, tmp_path, source) as agent:
        agent.call("prepare", case="it", target="own:app", request=asked("/"))
        found = PartAllocationSample(case="it", launch=0, **agent.call("part_allocations", case="it"))
        whole = agent.call("allocations", case="it", once=False)
    by_part = {f"{part.kind} {part.name}": one for part, one in zip(found.parts, found.by_part, strict=True)}
    most = by_part.pop("dependency own:many")
    assert most.allocs == pytest.approx(5000, rel=0.1)
    assert most.alloc_bytes > 5000 * 16
    assert max(one.allocs for one in by_part.values()) < 1000
    assert by_part["dependency own:none"].allocs < 50
    everything = most.allocs + sum(one.allocs for one in by_part.values())
    assert everything == pytest.approx(whole["allocs"] / whole["requests"], rel=0.05)


def test_waiting_is_the_parts_that_waits(environment: Environment, tmp_path: Path) -> None:
    source = """
app = FastAPI()

async def asleep():
    await asyncio.sleep(0.04)

def blocking_in_thread():
    time.sleep(0.05)

@app.middleware("http")
async def passing(request, call_next):
    return await call_next(request)

@app.get("/", dependencies=[Depends(asleep), Depends(blocking_in_thread)])
async def get():
    time.sleep(0.06)
    return 1
"""
    with agent_of(environment, tmp_path, source) as agent:
        agent.call("prepare", case="it", target="own:app", request=asked("/"))
        found = WaterfallSample(case="it", **agent.call("waterfall", case="it", requests=3))
    waits_us = {part.name: us for part, us in zip(found.parts, found.wait_us, strict=True)}
    assert waits_us["own:asleep"] == pytest.approx(40_000, abs=15_000)
    assert waits_us["own:blocking_in_thread"] == pytest.approx(50_000, abs=15_000)
    assert waits_us["own:get"] == pytest.approx(60_000, abs=15_000)
    assert sum(us for name, us in waits_us.items() if not name.startswith("own:")) < 15_000
    on_loop = [span for span in found.spans if not span.in_thread]
    assert [span.begin_us for span in found.spans] == sorted(span.begin_us for span in found.spans)
    assert all(one.end_us <= other.begin_us + 1 for one, other in pairwise(on_loop))
    assert any(span.in_thread and found.parts[span.part].name == "own:blocking_in_thread" for span in found.spans)
    assert {found.parts[span.part].name for span in found.spans if span.waits} >= {"own:asleep", "own:get"}


@pytest.mark.measures
def test_a_part_that_blocks_for_a_thread_that_computes_does_not_wait(environment: Environment, tmp_path: Path) -> None:
    source = """
import threading

app = FastAPI()

@app.get("/")
async def get():
    working = threading.Thread(target=burn, args=(40_000,))
    working.start()
    working.join()
    return 1
"""
    with agent_of(environment, tmp_path, source) as agent:
        agent.call("prepare", case="it", target="own:app", request=asked("/"))
        agent.call("part_windows", case="it", calls=1, pairs=4)
        found = WaterfallSample(case="it", **agent.call("waterfall", case="it", requests=5))
    assert sum(found.wait_us) < 15_000


def test_a_served_app_has_its_parts_under_load(environment: Environment, tmp_path: Path) -> None:
    source = """
app = FastAPI()
app.add_middleware(Wrapper)

@app.get("/")
async def get():
    burn()
    return 1
"""
    with agent_of(environment, tmp_path, source) as agent:
        port = agent.call("serve_parts", target="own:app", host="127.0.0.1")["port"]
        over = threading.Event()
        users = [threading.Thread(target=_asks, args=(port, over)) for _ in range(2)]
        for user in users:
            user.start()
        try:
            found = agent.call("served_part_windows", warmup_s=0.2, duration_s=1.0, window_s=0.2)
        finally:
            over.set()
            for user in users:
                user.join()
    found.pop("end_s")
    sample = PartSample(case="it", launch=0, hash_seed=1, served_by="uvicorn", **found)
    burns = {f"{part.kind} {part.name}": min(us) / 3000 for part, us in zip(sample.parts, sample.spent_us, strict=True)}
    assert burns["middleware own:Wrapper"] == pytest.approx(1, abs=0.4)
    assert burns["handler own:get"] == pytest.approx(1, abs=0.4)
    assert burns["server server"] > 0.01
    assert sample.system_us is not None


def _asks(port: int, over: threading.Event) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    while not over.is_set():
        connection.request("GET", "/")
        connection.getresponse().read()
    connection.close()
