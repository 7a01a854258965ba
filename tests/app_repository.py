"""A git repository with a small FastAPI app, its pinned requirements and its requests file, to compare commits of."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.stack import lock

SPEC = "app.main:app"
SECURED, PAGED = 2, 20
"""So many routes of the app, its first, want a user; up to so many a page; the others depend on nothing, and answer
with rows of a model."""
PACKAGES = ("fastapi", "pydantic", "pydantic-core", "starlette", "uvicorn")
_AUTHOR = {f"GIT_{who}_{what}": "test" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
_WORK = '''"""Work of a known size."""

from itertools import repeat
from zlib import crc32

_BLOCK = bytes(2048)


def work(units: int) -> None:
    """Each is about a microsecond; no more memory than one number at a time."""
    for _ in repeat(None, units):
        crc32(_BLOCK)
'''
_DEPENDENCIES = '''"""What routes depend on."""

from app.work import work


async def current_user() -> str:
    work(20)
    return "user-1"


async def page(limit: int = 20) -> int:
    work(10)
    return limit
'''
_MAIN = '''"""The app."""

from fastapi import FastAPI

from app.routes import router

app = FastAPI()
app.include_router(router)
'''

_ROUTES = '''"""Its routes."""

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from app import deps
from app.work import work

router = APIRouter()


class Row(BaseModel):
    id: int
    name: str
'''


@dataclass(frozen=True)
class Repository:
    """`folder` is its top, and the app's own folder."""

    folder: Path

    def git(self, *words: str) -> str:
        """What git says. Its user's own settings don't count."""
        own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        done = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *words],
            cwd=self.folder,
            env={**os.environ, **_AUTHOR, **own},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def commit(self, subject: str, **files: str) -> str:
        """The hash of a new commit; `app__deps_py` names `app/deps.py`. What was written before is in it as well."""
        for name, text in files.items():
            self.write(name.replace("__", "/").replace("_", "."), text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", subject)
        return self.git("rev-parse", "HEAD")

    def write(self, name: str, text: str) -> None:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def replace(self, name: str, old: str, new: str) -> None:
        """Change a file in one place, which has to be there."""
        text = (self.folder / name).read_text()
        assert text.count(old) == 1, (name, old, text.count(old))
        self.write(name, text.replace(old, new))


def app_repository(folder: Path, routes: int = 4, handler_units: int = 60) -> Repository:
    """On `main`, with one commit: `routes` routes, `GET /r01/{id}` and so on, whose handlers do so much work."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Repository(folder)
    made.git("init", "--quiet", "--initial-branch", "main")
    made.write(".gitignore", "__pycache__/\n.layercake/\n")
    made.write("app/__init__.py", "")
    made.write("app/work.py", _WORK)
    made.write("app/deps.py", _DEPENDENCIES)
    made.write("app/main.py", _MAIN)
    made.write("app/routes.py", _routes(routes, handler_units))
    made.write("requirements.txt", requirements())
    made.write("layercake.json", requests_file(routes))
    made.commit("An app")
    return made


def requirements(**others: str) -> str:
    """Of the versions that this project's own lock has, but for the `others`."""
    pins = lock.committed(Path(__file__).parents[1])
    return "".join(f"{name}=={others.get(name, pins[name])}\n" for name in PACKAGES if name in pins)


def route(number: int) -> str:
    """The id of a route, from 1 on."""
    return f"GET /r{number:02}/{{id}}"


def requests_file(routes: int) -> str:
    """A request for each route."""
    asked = {
        route(number): {"requests": [{"path": f"/r{number:02}/7", "expect": {"status": 200}}]}
        for number in range(1, routes + 1)
    }
    return json.dumps({"version": 1, "app": SPEC, "routes": asked}, indent=2) + "\n"


def _routes(routes: int, handler_units: int) -> str:
    return "".join((_ROUTES, *(_route(number, handler_units) for number in range(1, routes + 1))))


def _route(number: int, handler_units: int) -> str:
    if number > PAGED:
        given, told, answer = "id: int", " -> list[Row]", '[Row(id=id + more, name="row") for more in range(20)]'
    else:
        name, kind, default = ("user", "str", "current_user") if number <= SECURED else ("page", "int", "page")
        given, told = f"id: int, {name}: {kind} = Depends(deps.{default})", ""
        answer = f'{{"id": id, "{name}": {name}}}'
    return f"""

@router.get("/r{number:02}/{{id}}")
async def r{number:02}({given}){told}:
    work({handler_units})  # r{number:02}
    return {answer}
"""
