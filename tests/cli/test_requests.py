"""`bench requests` as its user has it: a file beside the app, what to do about each route, and an exit status."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from checkouts import in_process

from bench.stack.environment import Environment
from bench.text import secrets

APP = """
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

app = FastAPI(openapi_url=None)
closed = FastAPI(openapi_url=None)


@app.get("/items/{number}")
def read_item(number: int):
    return {"number": number}


@app.get("/mine")
def read_mine(who: HTTPAuthorizationCredentials = Depends(HTTPBearer())):
    if who.credentials != "s3cret-of-ada":
        raise HTTPException(401)
    return {}


@app.get("/leaks")
def leak(who: HTTPAuthorizationCredentials = Depends(HTTPBearer())):
    raise ValueError(f"bad token {who.credentials}")


@closed.post("/write")
def write():
    return {}
"""
SECRET = "s3cret-of-ada"
Ask = Callable[..., tuple[int, str, str]]


@pytest.fixture
def app_dir(tmp_path: Path) -> Path:
    (tmp_path / "main.py").write_text(APP)
    return tmp_path


@pytest.fixture
def ask(
    environment: Environment, app_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Ask:
    def asked(app: str, *words: str) -> tuple[int, str, str]:
        own = ("--app-dir", str(app_dir), "--env", str(environment.python))
        try:
            return in_process(monkeypatch, capsys, "requests", app, *own, *words)
        finally:
            secrets.forget()

    return asked


def test_a_file_is_written_that_holds_no_secret_and_can_be_asked_again(
    ask: Ask, app_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, out, err = ask("main:app", "--header", f"Authorization: Bearer {SECRET}")
    assert (status, err) == (0, "")
    assert "2 of 3 routes can be measured." in out
    assert "set that in the environment for the next command" in " ".join(out.split())
    holding = [one.name for one in app_dir.rglob("*") if one.is_file() and SECRET.encode() in one.read_bytes()]
    assert holding == ["main.py"]
    assert SECRET not in out
    written = json.loads((app_dir / "layercake.json").read_text("utf-8"))
    assert written["headers"] == {"authorization": "Bearer ${AUTHORIZATION}"}
    assert list(written["routes"]) == ["GET /items/{number}", "GET /leaks", "GET /mine"]
    assert written["routes"]["GET /leaks"]["needs"] == "fails: ValueError: bad token ${AUTHORIZATION}"

    status, _, err = ask("main:app")
    assert status == 2
    assert "layercake.json: headers: ${AUTHORIZATION} is not set" in err

    monkeypatch.setenv("AUTHORIZATION", SECRET)
    before = (app_dir / "layercake.json").read_bytes()
    status, out, _ = ask("main:app", "--json")
    assert status == 0
    assert json.loads(out)["coverage"] == {"routes": 3, "measured": 2, "reasons": {"server error": 1}}
    assert (app_dir / "layercake.json").read_bytes() == before


def test_where_nothing_can_be_measured_the_status_says_so(ask: Ask, app_dir: Path) -> None:
    status, out, err = ask("main:closed", "--requests", str(app_dir / "other.json"))
    assert status == 3
    assert "0 of 1 routes can be measured." in out
    assert "no route can be measured; the reasons are above" in err
    assert (app_dir / "other.json").exists()


def test_a_file_with_a_mistake_is_refused_before_the_app_is_started(ask: Ask, app_dir: Path) -> None:
    (app_dir / "layercake.json").write_text('{"app": "main:app"}')
    status, _, err = ask("main:app")
    assert status == 2
    assert "layercake.json: routes: this key is missing" in err
