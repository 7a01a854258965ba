"""An app that can't be imported or started is told of in one line, with the step that its owner can take."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from bench.model.workload import Request
from bench.runner.agent_process import Agent, AgentError
from bench.runner.app_start import AppStartError, start_app, start_apps
from bench.stack.environment import Environment

FASTAPI = "from fastapi import FastAPI\napp = FastAPI()\n"
LIFESPAN = """from contextlib import asynccontextmanager
from fastapi import FastAPI
@asynccontextmanager
async def up(app):
"""


@pytest.fixture
def home(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment that isn't ours, with FastAPI in it."""
    return replace(environment, bytecode=tmp_path_factory.getbasetemp() / "bytecode")


def refused(home: Environment, folder: Path, spec: str, patience_s: float = 20.0, **variables: str) -> str:
    with Agent(home, folder, variables=variables) as agent, pytest.raises(AppStartError) as raised:
        start_app(agent, spec, patience_s)
    said = str(raised.value)
    assert "\n" not in said
    return said


def written(folder: Path, code: str, name: str = "main.py") -> Path:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(code)
    return folder


MISNAMED = {
    "shop:app": r"shop: there is no module shop in \S+; did you mean shops\?",
    "nowhere.main:app": r"nowhere\.main: there is no module nowhere in \S+; name the folder that .* with --app-dir",
    "service.main:app": r"service\.main: there is no module service in \S+; write --app-dir src",
    "shops.mian:app": r"shops\.mian: there is no module shops\.mian in \S+; did you mean shops\.main\?",
    "shops.main:ap": r"shops\.main has no attribute ap; did you mean shops\.main:app\?",
    "shops.main:factories.creat()": r"shops\.main has no attribute creat; did you mean shops\.main:create\?",
    "shops.main:nothing_like_it": r"shops\.main has no attribute nothing_like_it; did you mean shops\.main:app\?",
    "shops.main:make": r"shops\.main:make is a function, and no .* if it makes the app, write shops\.main:make\(\)",
    "shops.main:needs()": r"shops\.main:needs\(\) needs arguments \(settings, db\); name a factory that needs none",
    "shops.main:late()": r"shops\.main:late\(\) is a coroutine; name a factory that isn't async",
    "shops.main:fails()": r"shops\.main:fails\(\) failed: ValueError: no such shop \(shops/main\.py:17\)",
    "shops.main:table": r"shops\.main:table is a dict, and no ASGI app; write MODULE:ATTR, as in app\.main:app",
    "shops.main:table()": r"shops\.main:table is a dict, and no factory; write it without \(\)",
    "shops.main:FastAPI": r"shops\.main:FastAPI is a class, and no app; name an instance of it, or .*\(\) .*",
    "shops.main:wsgi": r"shops\.main:wsgi is a shops\.main\.Wsgi: a WSGI app, and no ASGI app",
    "shops.main:os": r"shops\.main:os is a module, and no ASGI app; .*",
}


def test_a_name_that_leads_to_no_app_is_told_with_what_may_be_meant(home: Environment, tmp_path: Path) -> None:
    written(tmp_path, "", "src/service/main.py")
    written(tmp_path, "", "shops/__init__.py")
    written(
        tmp_path,
        FASTAPI
        + """import os
table = {}
class factories:
    create = FastAPI
def make():
    return app
def needs(settings, db, more=1):
    return app
async def late():
    return app
class Wsgi:
    def __call__(self, environ, start_response): ...
wsgi = Wsgi()
def fails():
    raise ValueError("no such shop\\nand more")
""",
        "shops/main.py",
    )
    with Agent(home, tmp_path) as agent:
        for name, said in MISNAMED.items():
            with pytest.raises(AppStartError) as raised:
                start_app(agent, name)
            assert re.fullmatch(said, str(raised.value)), name


IMPORTS = {
    "exits": (
        "import sys\nsys.exit('no licence')",
        r"main can't be imported: it calls sys\.exit\('no licence'\) \(main\.py:2\)",
    ),
    "lacks a package": (
        "\nimport nowhere_to_be_had.inside",
        r"main: it imports nowhere_to_be_had \(main\.py:2\), which is not in /\S+; "
        r"add it to what the app requires, or name another environment with --env",
    ),
    "lacks what a library asks for": (
        "raise RuntimeError('Form data requires `nowhere` to be installed. \\nand more')",
        r"main can't be imported: RuntimeError: Form data requires `nowhere` to be installed\. \(main\.py:1\); "
        r"add it to what the app requires, or name another environment with --env",
    ),
    "is wrong": ("x = 1\ndef f(:\n", r"main can't be imported: SyntaxError: invalid syntax.* \(main\.py:2\)"),
    "needs a variable": (
        "import os\nurl = os.environ['SHOP_URL']",
        r"main can't be imported: it needs the variable SHOP_URL \(main\.py:2\); "
        r"pass it with --variable SHOP_URL or --env-file FILE",
    ),
    "needs a configuration": (
        "from starlette.config import Config\nkey = Config()('SHOP_KEY')",
        r"main can't be imported: it needs the variable SHOP_KEY \(main\.py:2\); .*",
    ),
    "needs settings": (
        "import sys; sys.path.append(__file__.replace('needs_settings.py', 'site-packages'))\n"
        "from pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n"
        "    model_config = {'env_prefix': 'shop_'}\n    url: str\n    key: str\nSettings()",
        r"main can't be imported: it needs the variables SHOP_URL, SHOP_KEY \(main\.py:7\); "
        r"pass it with --variable SHOP_URL --variable SHOP_KEY or --env-file FILE",
    ),
    "has settings that are wrong": (
        "from pydantic import BaseModel\nclass Settings(BaseModel):\n    port: int\nSettings(port='s3cret')",
        r"main can't be imported: ValidationError: Settings: port: Input should be a valid integer, .* \(main\.py:4\)",
    ),
    "misses a key": ("{}['x']", r"main can't be imported: KeyError: 'x' \(main\.py:1\)"),
    "lies": (
        "class Odd(Exception):\n    def __str__(self):\n        raise RuntimeError\nraise Odd()",
        r"main can't be imported: Odd: \(its message can't be had: RuntimeError\) \(main\.py:4\)",
    ),
    "is loud": ("raise ValueError('x' * 10000)", r"main can't be imported: ValueError: x{1,300} \(main\.py:1\)"),
}
# What pydantic-settings does, whose frames are looked for by their module.
SETTINGS = """from pydantic import BaseModel
class BaseSettings(BaseModel):
    def __init__(__pydantic_self__, **values):
        super().__init__(**values)
"""


def test_an_import_that_fails_is_quoted_with_its_line(home: Environment, tmp_path: Path) -> None:
    written(tmp_path, "from .main import BaseSettings", "site-packages/pydantic_settings/__init__.py")
    written(tmp_path, SETTINGS, "site-packages/pydantic_settings/main.py")
    with Agent(home, tmp_path) as agent:
        for kind, (code, said) in IMPORTS.items():
            module = kind.replace(" ", "_")
            written(tmp_path, code, f"{module}.py")
            with pytest.raises(AppStartError) as raised:
                start_app(agent, f"{module}:app")
            assert re.fullmatch(said.replace("main", module), str(raised.value)), kind


LEAVES = {
    "leaves": ("import os\nprint('good bye', flush=True)\nos._exit(7)", "ended with status 7: good bye"),
    "crashes": ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", "was ended by signal 11"),
}


@pytest.mark.parametrize("kind", LEAVES)
def test_an_import_that_ends_the_process_is_told_with_its_last_words(
    home: Environment, tmp_path: Path, kind: str
) -> None:
    code, said = LEAVES[kind]
    assert refused(home, written(tmp_path, code), "main:app") == f"main:app: during its import the process {said}"


HANGS = {
    "sleeps": ("import time\ntime.sleep(100)", r"main\.py:2 time\.sleep"),
    "prints": ("while True:\n    print('x' * 1000)", r"main\.py:2 print: x{1,300}"),
}


@pytest.mark.parametrize("kind", HANGS)
def test_an_import_that_does_not_end_is_given_up_and_its_line_is_told(
    home: Environment, tmp_path: Path, kind: str
) -> None:
    code, said = HANGS[kind]
    found = refused(home, written(tmp_path, code), "main:app", patience_s=2.0)
    assert re.fullmatch(rf"main:app: its import did not end within 2 s; it stands at {said}", found)


LIFESPANS = {
    "fails": ("    raise ConnectionError('no database')\n    yield\n", r"ConnectionError: no database \(main\.py:5\)"),
    "exits": ("    raise SystemExit(4)\n    yield\n", r"it calls sys\.exit\(4\) \(main\.py:5\)"),
    "needs a variable": (
        "    import os\n    os.environ['SHOP']\n    yield\n",
        r"it needs the variable SHOP \(main\.py:6\); pass it .*",
    ),
}


def test_a_lifespan_that_fails_is_quoted_with_its_line(home: Environment, tmp_path: Path) -> None:
    with Agent(home, tmp_path) as agent:
        for kind, (code, said) in LIFESPANS.items():
            module = kind.replace(" ", "_")
            written(tmp_path, f"{LIFESPAN}{code}app = FastAPI(lifespan=up)\n", f"{module}.py")
            with pytest.raises(AppStartError) as raised:
                start_app(agent, f"{module}:app")
            told = said.replace("main", module)
            assert re.fullmatch(rf"{module}:app: lifespan startup failed: {told}", str(raised.value)), kind


def test_a_lifespan_that_hangs_is_given_up_and_its_line_is_told(home: Environment, tmp_path: Path) -> None:
    written(
        tmp_path,
        "import asyncio\nasync def app(scope, receive, send):\n    await receive()\n    await asyncio.Event().wait()\n",
    )
    found = refused(home, tmp_path, "main:app", patience_s=2.0)
    assert found == (
        "main:app: the start-up of its lifespan did not end within 2 s; it stands at main.py:4 asyncio.Event().wait"
    )


def test_a_server_whose_app_can_not_start_is_told_of_and_the_agent_lives_on(home: Environment, tmp_path: Path) -> None:
    written(tmp_path, f"{LIFESPAN}    raise ConnectionError('no database')\n    yield\napp = FastAPI(lifespan=up)\n")
    with Agent(home, tmp_path) as agent:
        with pytest.raises(AgentError, match=r"uvicorn \S+ failed to start: ConnectionError: no database"):
            agent.call("serve", target="main:app", host="127.0.0.1", port=0)
        assert agent.call("hello")["pid"] == agent.pid


def test_a_middleware_that_can_not_be_built_is_no_app_without_a_lifespan(home: Environment, tmp_path: Path) -> None:
    written(
        tmp_path, f"{FASTAPI}class Broken:\n    def __init__(self, app): ...\napp.add_middleware(Broken, wrong=1)\n"
    )
    said = refused(home, tmp_path, "main:app")
    assert re.fullmatch(r"main:app: lifespan startup failed: TypeError: .*unexpected keyword argument 'wrong'", said)


def test_what_is_quoted_has_no_value_of_a_variable(home: Environment, tmp_path: Path) -> None:
    written(tmp_path, "import os\nprint(os.environ['KEY'])\nraise ValueError('bad key ' + os.environ['KEY'])\n")
    found = refused(home, tmp_path, "main:app", KEY="s3cret-value", SHORT="bad")
    assert found == "main can't be imported: ValueError: bad key ${KEY} (main.py:3)"
    written(tmp_path, "import os\nprint(os.environ['KEY'], flush=True)\nos._exit(1)\n")
    assert refused(home, tmp_path, "main:app", KEY="s3cret-value").endswith("ended with status 1: ${KEY}")


UNUSUAL = {
    "forks": "import os, time\npid = os.fork()\nif pid == 0:\n    time.sleep(0.2)\n",
    "leaves a child": "import os, time\npid = os.fork()\nif pid == 0:\n    time.sleep(600)\n    os._exit(0)\n",
    "starts a thread": "import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()\n",
    "sets a policy": "import asyncio\nasyncio.set_event_loop_policy(asyncio.DefaultEventLoopPolicy())\n",
    "takes the loop away": "import asyncio\nasyncio.set_event_loop(asyncio.new_event_loop())\n",
    "closes its output": "import os, sys\nos.close(1)\nsys.stdout.close()\n",
    "goes elsewhere": "import os, sys\nos.chdir('/')\nsys.path.clear()\n",
    "ignores signals": "import signal\nfor one in (2, 10, 14, 15):\n    signal.signal(one, signal.SIG_IGN)\n",
}


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(one, marks=pytest.mark.slow) if one in ("forks", "sets a policy", "goes elsewhere") else one
        for one in UNUSUAL
    ],
)
def test_what_an_app_may_do_is_no_failure_and_ends_with_its_agent(home: Environment, tmp_path: Path, kind: str) -> None:
    written(tmp_path, f"{FASTAPI}@app.get('/')\nasync def one():\n    return 1\n{UNUSUAL[kind]}")
    with Agent(home, tmp_path) as agent:
        start_app(agent, "main:app", 20.0)
        request = Request(path="/").model_dump()
        assert agent.call("answer", target="main:app", request=request)["status"] == 200
        assert agent.call("prepare", case="one", target="main:app", request=request)["length"] == 1
        session = os.getsid(agent.pid)
    of_it = [one for one in psutil.process_iter() if _session_of(one.pid) == session]
    assert psutil.wait_procs(of_it, timeout=5.0)[1] == []


def test_an_app_that_runs_without_a_lifespan_is_one(home: Environment, tmp_path: Path) -> None:
    written(tmp_path, "async def app(scope, receive, send):\n    assert scope['type'] == 'http'\n")
    with Agent(home, tmp_path) as agent:
        start_app(agent, "main:app", 20.0)


def test_a_start_is_taken_apart(home: Environment, tmp_path: Path) -> None:
    written(
        tmp_path,
        f"import time\n{LIFESPAN}    spin(0.05)\n    yield\napp = FastAPI(lifespan=up)\n"
        "def spin(s):\n    end = time.thread_time() + s\n    while time.thread_time() < end: pass\n"
        "spin(0.2)\n@app.get('/')\nasync def one():\n    return 1\n",
    )
    request = Request(path="/").model_dump()
    with Agent(home, tmp_path) as agent:
        found = agent.call("startup", target="main:app", request=request)
    assert found["import_cpu_ms"] > 200
    assert 50 < found["lifespan_cpu_ms"] < 200
    assert found["first_request_cpu_ms"] > 0
    assert found["openapi_cpu_ms"] > 0
    assert found["rest_mb"] > 5
    written(tmp_path, "async def app(scope, receive, send):\n    assert scope['type'] == 'http'\n", "bare.py")
    with Agent(home, tmp_path) as agent:
        found = agent.call("startup", target="bare:app", request=None)
    assert found["lifespan_cpu_ms"] is found["first_request_cpu_ms"] is found["openapi_cpu_ms"] is None


def _session_of(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None


def test_an_app_starts_in_several_processes_at_once(home: Environment, tmp_path: Path) -> None:
    begun = "import os, pathlib, time\nhere = pathlib.Path(__file__).parent\n(here / f'{os.getpid()}.begun').touch()\n"
    written(tmp_path, begun + "while len(list(here.glob('*.begun'))) < 2: time.sleep(0.01)\n" + FASTAPI)
    with Agent(home, tmp_path) as one, Agent(home, tmp_path) as other:
        assert start_apps([one, other], "main:app", 20.0) > 0.0


def test_an_app_that_does_not_start_in_one_of_several_processes_says_why(home: Environment, tmp_path: Path) -> None:
    written(tmp_path, "import os\nif os.environ['HOST'] == 'b': raise ValueError('no such host')\n" + FASTAPI)
    with (
        Agent(home, tmp_path, variables={"HOST": "a"}) as one,
        Agent(home, tmp_path, variables={"HOST": "b"}) as other,
        pytest.raises(AppStartError, match="no such host"),
    ):
        start_apps([one, other], "main:app", 20.0)
