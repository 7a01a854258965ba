"""An app finds what a file sets and what was passed by name, and nothing else of its user's."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.model.app_options import AppOptions
from bench.model.errors import UsageError
from bench.runner.app_variables import app_variables


def options(folder: Path, *names: str, file: str | None = None) -> AppOptions:
    if file is not None:
        (folder / ".env").write_text(file)
    return AppOptions("app:app", folder, env_file=None if file is None else folder / ".env", variables=names)


def test_nothing_is_passed_on_unasked(tmp_path: Path) -> None:
    assert app_variables(options(tmp_path)) == {}


def test_a_file_is_read_as_dotenv_has_it(tmp_path: Path) -> None:
    file = "# shop\nexport URL='postgres://x/y'\nKEY=\"a b\"\nBOTH=${URL}!\nNOTHING\nEMPTY=\n"
    assert app_variables(options(tmp_path, file=file)) == {
        "URL": "postgres://x/y",
        "KEY": "a b",
        "BOTH": "postgres://x/y!",
        "EMPTY": "",
    }


def test_what_is_passed_by_name_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "mine")
    assert app_variables(options(tmp_path, "KEY", file="KEY=theirs\n")) == {"KEY": "mine"}


def test_a_variable_that_is_not_set_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KEY", raising=False)
    with pytest.raises(
        UsageError, match="--variable KEY: is not set in your environment; export it, or use --env-file"
    ):
        app_variables(options(tmp_path, "KEY"))


def test_a_file_that_can_not_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--env-file \S+: can't be read \(No such file or directory\)"):
        app_variables(AppOptions("app:app", tmp_path, env_file=tmp_path / "nowhere"))
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match=r"--env-file \S+: can't be read \(it is not UTF-8\)"):
        app_variables(AppOptions("app:app", tmp_path, env_file=tmp_path / "binary"))
