"""Recordings give requests without what logged their user in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.audit.har import recorded
from bench.audit.placeholders import Placeholders
from bench.model.app import AppDescription, Route
from bench.model.errors import UsageError

APP = AppDescription(
    name="a:b",
    type="FastAPI",
    routes=(
        Route(kind="http", method="GET", path="/"),
        Route(kind="http", method="GET", path="/users/{id}"),
        Route(kind="http", method="POST", path="/login"),
        Route(kind="http", method="POST", path="/form"),
    ),
)
SECRETS = ("s3cret-bearer", "s3cret-cookie", "s3cret-key", "s3cret-word", "s3cret+form")


def entry(url: str, method: str = "GET", status: int = 200, **request: Any) -> dict[str, Any]:
    return {"request": {"method": method, "url": url, "headers": [], **request}, "response": {"status": status}}


def har(folder: Path, *entries: Any) -> Path:
    (folder / "a.har").write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}))
    return folder / "a.har"


def header(name: str, value: str) -> dict[str, str]:
    return {"name": name, "value": value}


def test_logins_become_variables_whose_values_are_known_to_nobody_else(tmp_path: Path) -> None:
    file = har(
        tmp_path,
        entry(
            "https://x.test/users/7?api_key=s3cret-key&q=a%20b",
            headers=[
                header(":authority", "x.test"),
                header("Authorization", "Bearer s3cret-bearer"),
                header("Cookie", "sid=s3cret-cookie; theme=dark"),
                header("Accept", "application/json"),
                header("Sec-Fetch-Mode", "cors"),
                header("User-Agent", "Mozilla"),
            ],
        ),
        entry(
            "https://x.test/login",
            "POST",
            postData={"mimeType": "application/json", "text": json.dumps({"user": "ada", "password": "s3cret-word"})},
        ),
        entry(
            "https://x.test/form",
            "POST",
            status=201,
            postData={"mimeType": "application/x-www-form-urlencoded", "text": "a=1&token=s3cret%2Bform"},
        ),
    )
    placeholders = Placeholders()
    found = recorded(file, APP, placeholders)
    (user,) = found["GET /users/{id}"]
    assert user.path == "/users/7?api_key=${API_KEY}&q=a%20b"
    assert user.headers == {
        "authorization": "Bearer ${AUTHORIZATION}",
        "cookie": "sid=${SID}; theme=${THEME}",
        "accept": "application/json",
    }
    (login,), (form,) = found["POST /login"], found["POST /form"]
    assert login.json_body == {"user": "ada", "password": "${PASSWORD}"}
    assert (form.body, form.expect.status) == ("a=1&token=${TOKEN}", 201)
    kept = "".join(one.model_dump_json() for requests in found.values() for one in requests)
    assert not [one for one in SECRETS if one in kept or one.replace("+", "%2B") in kept]
    assert placeholders.values["PASSWORD"] == "s3cret-word"
    assert placeholders.values["TOKEN"] == "s3cret%2Bform"


def test_another_value_has_another_name_and_the_same_one_the_same() -> None:
    placeholders = Placeholders()
    values = [placeholders.header("X-Token", value) for value in ("one", "two", "one", "${MINE}")]
    assert values == ["${X_TOKEN}", "${X_TOKEN_2}", "${X_TOKEN}", "${MINE}"]
    assert placeholders.header("Accept", "a/${b}") == "a/${b}"


def test_only_the_app_s_own_host_and_what_was_answered_count(tmp_path: Path) -> None:
    many = [entry(f"https://app.test/users/{n}") for n in range(9)]
    others = [entry("https://cdn.test/"), entry("https://app.test/unknown"), entry("https://app.test/", status=401)]
    found = recorded(har(tmp_path, *others, *many), APP, Placeholders())
    assert list(found) == ["GET /users/{id}"]
    assert [one.path for one in found["GET /users/{id}"]] == ["/users/0", "/users/1", "/users/2"]


def test_what_the_browser_had_already_is_asked_as_if_it_had_not(tmp_path: Path) -> None:
    headers = [header("If-None-Match", "x")]
    found = recorded(har(tmp_path, entry("https://app.test/", status=304, headers=headers)), APP, Placeholders())
    assert (found["GET /"][0].expect.status, found["GET /"][0].headers) == (200, {})


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"log": 5}', "\xff"])
def test_what_is_no_recording_is_refused_with_the_step(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.har").write_text(text, "latin-1")
    with pytest.raises(UsageError, match=r"isn't a HAR file .*; export one from the network panel"):
        recorded(tmp_path / "a.har", APP, Placeholders())
    with pytest.raises(UsageError, match="can't be read"):
        recorded(tmp_path, APP, Placeholders())


def test_entries_that_are_no_requests_are_left_out(tmp_path: Path) -> None:
    odd = (5, {}, {"request": 5}, entry("http://[", headers=5), entry("https://a.test/", headers=[5, {}]))
    assert [one.path for one in recorded(har(tmp_path, *odd), APP, Placeholders())["GET /"]] == ["/"]
