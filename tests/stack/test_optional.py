"""What an app misses is looked for in the extras and groups of its project, however each tool writes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.stack.optional import OptionalPart, having, missing

EXTRA = '[project.optional-dependencies]\nserver = ["uvicorn", "python-multipart>=0.0.9"]\n'
MULTIPART = OptionalPart("extra", "server", "python-multipart>=0.0.9")


@pytest.mark.parametrize(
    "said",
    [
        "app.main: it imports multipart (app/main.py:1), which is not in /env; add it to what the app requires",
        'RuntimeError: Form data requires "python-multipart" to be installed. (main.py:4)',
        "AssertionError: The `python-multipart` must be installed to use form parsing.",
        "ImportError: python_multipart is not installed, run `pip install python-multipart`",
    ],
)
def test_the_part_is_found_however_the_package_is_called(tmp_path: Path, said: str) -> None:
    (tmp_path / "pyproject.toml").write_text(EXTRA)
    (tmp_path / "app").mkdir()
    found = having(missing(said) or "", tmp_path / "app")
    assert found == MULTIPART
    assert str(found) == "the extra `server` of pyproject.toml has python-multipart>=0.0.9"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('[dependency-groups]\ndev = [{include-group = "x"}, "PyYAML"]\n', OptionalPart("group", "dev", "PyYAML")),
        ('[tool.uv]\ndev-dependencies = ["pyyaml>6"]\n', OptionalPart("group", "dev", "pyyaml>6")),
        ('[tool.pdm.dev-dependencies]\ntest = ["pyyaml"]\n', OptionalPart("group", "test", "pyyaml")),
        ('[tool.poetry.group.dev.dependencies]\npyyaml = "^6"\n', OptionalPart("group", "dev", "pyyaml")),
        ('[tool.poetry.extras]\nfiles = ["pyyaml"]\n', OptionalPart("extra", "files", "pyyaml")),
        ('[project]\ndependencies = ["pyyaml"]\n', None),
        ("[dependency-groups]\ndev = 3\n[tool]\nuv = 1\npoetry.group.x = 1\n", None),
        ("not = toml = at all", None),
        ("", None),
    ],
)
def test_every_tool_s_extras_and_groups_are_looked_through(
    tmp_path: Path, text: str, part: OptionalPart | None
) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    assert having("yaml", tmp_path) == part


def test_other_words_name_no_package() -> None:
    assert missing("main can't be imported: KeyError: 'multipart'") is None


def test_a_project_above_the_repository_is_another_one(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(EXTRA)
    (tmp_path / "app" / ".git").mkdir(parents=True)
    assert having("multipart", tmp_path / "app") is None
