"""What names no app is refused before anything is built."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.cli.options import app_options
from bench.model.app_options import AppOptions
from bench.model.errors import UsageError


def refused(spec: str, folder: Path, **words: str) -> str:
    with pytest.raises(UsageError) as raised:
        app_options(spec, folder, **words)  # type: ignore[arg-type]
    return str(raised.value)


@pytest.mark.parametrize("spec", ["app:app", "app.main:app", "app.main:create_app()", "app.main:api.v1"])
def test_an_app_is_named_by_module_and_attribute(tmp_path: Path, spec: str) -> None:
    found = app_options(spec, tmp_path, before="python seed.py 'a b'")
    assert found == AppOptions(spec, tmp_path.resolve(), before=("python", "seed.py", "a b"))


@pytest.mark.parametrize(
    ("spec", "example"),
    [
        ("app.main", "app.main:app"),
        ("app/main.py", "app.main:app"),
        ("app/main.py:app", "app.main:app"),
        (":app", "app.main:app"),
        ("app:", "app:app"),
        ("app:make(1)", "app:make()"),
        ("", "app.main:app"),
        ("a b:c", "app.main:c"),
    ],
)
def test_what_is_no_name_of_an_app_is_refused_with_an_example(tmp_path: Path, spec: str, example: str) -> None:
    assert refused(spec, tmp_path) == f"{spec!r} names no app; write MODULE:ATTR, e.g. {example}"


def test_options_that_can_not_be_meant_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UNSET", raising=False)
    assert refused("a:b", tmp_path / "nowhere").endswith("nowhere: is no folder")
    assert refused("a:b", tmp_path, before="'").startswith('--before "\'": No closing quotation')
    with pytest.raises(UsageError, match="--variable UNSET"):
        app_options("a:b", tmp_path, variables=["UNSET"])
    with pytest.raises(UsageError, match="--env-file"):
        app_options("a:b", tmp_path, env_file=tmp_path / "nowhere")
