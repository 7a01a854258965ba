"""A value that was put in for a variable is in nothing that is written, in whatever form it is quoted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.store.files import write_atomically
from bench.store.redaction import placeless
from bench.text import secrets
from bench.text.variables import expanded

SECRET = 'p&ss "w/rd" 0123456789'


@pytest.fixture(autouse=True)
def known() -> Iterator[None]:
    expanded("${PASSWORD}${PORT}${PIN}", {"PASSWORD": SECRET, "PORT": "80001234", "PIN": "x9z"})
    yield
    secrets.forget()


@pytest.mark.parametrize(
    "quoted",
    [
        SECRET,
        json.dumps({"password": SECRET}),
        repr({"password": SECRET}),
        "/login?password=p%26ss%20%22w%2Frd%22%200123456789&x=1",
        "<b>p&amp;ss &quot;w/rd&quot; 0123456789</b>",
        f"cut off: {SECRET[:12]}",
        SECRET + SECRET,
    ],
)
def test_every_form_of_it_is_replaced(quoted: str) -> None:
    found = secrets.masked(quoted)
    assert "${PASSWORD}" in found
    assert "w/rd" not in found
    assert "w%2Frd" not in found
    assert "0123" not in found


def test_words_around_it_stay() -> None:
    assert secrets.masked(f"before {SECRET} after") == "before ${PASSWORD} after"


def test_numbers_and_short_values_stay_since_they_may_stand_there_by_chance() -> None:
    assert secrets.masked("80001234 requests, x9z") == "80001234 requests, x9z"


def test_quoted_words_and_files_go_through_it(tmp_path: Path) -> None:
    assert placeless(f"fails: {SECRET}") == "fails: ${PASSWORD}"
    write_atomically(tmp_path / "page.html", f"<p>{SECRET}</p>")
    assert (tmp_path / "page.html").read_text("utf-8") == "<p>${PASSWORD}</p>"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("https://hooks.example.org/services/T0/B0/key", "see https://example.org and https://hooks.example.org/docs"),
        ("https://hooks.example.org/services/T0/B0/key", '"https://hooks.example.org"'),
        ("postgresql://app:pass-word@db/shop", "postgresql://other@db, postgresql://"),
        ("Bearer abcdefghijkl", "Bearer abcdefXY and Bearer "),
        ("middleware-token", "middlewares, middleware_token"),
        ("token", "a token, tokens"),
        ("20991231", "id 20991231"),
    ],
)
def test_what_only_begins_like_a_value_stays(value: str, text: str, tmp_path: Path) -> None:
    expanded("${VALUE}", {"VALUE": value})
    write_atomically(tmp_path / "page.html", text)
    assert (tmp_path / "page.html").read_text("utf-8") == text


@pytest.mark.parametrize(
    "value",
    [
        "https://hooks.example.org/services/T0/B0/key",
        "postgresql://app:pass-word@db/shop",
        "Bearer abcdefghijkl-12345",
        "sk_live_51H8xyzABCDEF",
        "1234567890123456",
    ],
)
@pytest.mark.parametrize("after", ["", "…", "...", '"', "\n", " (request 9)", "</b>", ": refused", ". Next"])
def test_a_value_that_was_cut_off_is_replaced_wherever_it_ends(value: str, after: str) -> None:
    expanded("${VALUE}", {"VALUE": value})
    for kept in (len(value), len(value) - 1):
        text = f"fails: {value[:kept]}{after}"
        assert secrets.masked(text) == f"fails: ${{VALUE}}{after}"


def test_half_of_a_token_is_not_written() -> None:
    expanded("${VALUE}", {"VALUE": "sk_live_51H8xyzABCDEF"})
    assert secrets.masked("fails: sk_live_51…") == "fails: ${VALUE}…"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("db down postgres://u:hunter2secret@h/db", "db down postgres://***@h/db"),
        ("postgresql+asyncpg://u:p@ss@h:5432/db, retry", "postgresql+asyncpg://***@h:5432/db, retry"),
        ("('redis://:hunter2@h:6379/0',)", "('redis://***@h:6379/0',)"),
        ("amqp://u:hun/ter2@h//", "amqp://***@h//"),
        (r'{"url": "amqp:\/\/u:hunter2@h"}', r'{"url": "amqp:\/\/***@h"}'),
        ("/login?to=https%3A%2F%2Fu%3Ahunter2%40h%2F", "/login?to=https%3A%2F%2F***%40h%2F"),
        ("https://ghp_0123456789@github.com/a/b", "https://***@github.com/a/b"),
        ("mongodb://u:p1@a,mongodb://u:p2@b", "mongodb://***@a,mongodb://***@b"),
        ("cut off: postgres://u:hunt", "cut off: postgres://***"),
        ("cut off: postgres://u:hunt… (line 3)", "cut off: postgres://***… (line 3)"),
    ],
)
def test_a_login_in_a_url_that_an_app_quotes_is_masked(said: str, kept: str) -> None:
    assert secrets.masked(said) == kept
    assert placeless(f"fails: {kept}") == f"fails: {kept}"


@pytest.mark.parametrize(
    "said",
    [
        "http://127.0.0.1:8000 and http://[::1]:8000/a",
        "http://localhost:8000/users/me@example.org?to=a:b@c",
        "git+ssh://git@github.com/a/b, postgresql://app@db/shop",
        "postgresql://app:${PASSWORD}@db/shop, http://{host}:{port}/",
        "see https://example.org/a:b@c, or write to me@example.org: thanks",
    ],
)
def test_other_addresses_stay(said: str) -> None:
    assert secrets.masked(said) == said


def test_a_login_in_a_whole_file_stays_since_a_request_may_need_it(tmp_path: Path) -> None:
    write_atomically(tmp_path / "requests.json", '{"path": "/fetch?url=http://a:b@c/"}')
    assert "http://a:b@c/" in (tmp_path / "requests.json").read_text("utf-8")
