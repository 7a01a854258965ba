"""Python files are read, never run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.catalog.source import CatalogError, Source

LITERALS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def source(folder: Path, text: str, name: str = "one.py") -> Source:
    path = folder / name
    path.write_text(text, "utf-8")
    return Source.read(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sources")


@given(value=LITERALS)
def test_any_literal_is_read_as_python_would(folder: Path, value: object) -> None:
    assert source(folder, f"TARGET = {value!r}\n").literal("TARGET") == value


@given(text=st.text().filter(lambda text: "TARGET" not in text))
def test_any_text_without_the_literal_is_refused_with_the_file_named(folder: Path, text: str) -> None:
    path = folder / "any.py"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(CatalogError, match=re.escape(str(path))):
        Source.read(path).literal("TARGET")


def test_a_file_is_read_without_being_run(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    read = source(tmp_path, f"import pathlib\npathlib.Path({str(ran)!r}).touch()\nTARGET: dict = {{'over': None}}\n")
    assert read.literal("TARGET") == {"over": None}
    assert not ran.exists()


def test_the_description_is_the_first_paragraph_of_the_docstring(tmp_path: Path) -> None:
    assert source(tmp_path, '"""One thing,\nin two lines.\n\nAnd more."""\n').description == "One thing, in two lines."
    assert source(tmp_path, "x = 1\n").description == ""


@pytest.mark.parametrize(
    "text",
    [
        "app = 1",
        "app: object = 1",
        "async def app(scope, receive, send): ...",
        "class app: ...",
        "from _shared import app",
        "import shared as app",
        "if True:\n    app = 1",
        "app, other = 1, 2",
    ],
)
def test_a_name_is_bound_by_assignment_definition_or_import(tmp_path: Path, text: str) -> None:
    assert source(tmp_path, text).binds("app")


@pytest.mark.parametrize("text", ["", "print(app)", "app.state = 1", "def make():\n    app = 1"])
def test_a_name_that_is_only_used_is_not_bound(tmp_path: Path, text: str) -> None:
    assert not source(tmp_path, text).binds("app")


@pytest.mark.parametrize("value", ["{'over': some_name}", "dict(over=None)", "{'over': f'{1}'}", "{**other}"])
def test_a_computed_value_is_refused_with_its_line(tmp_path: Path, value: str) -> None:
    with pytest.raises(CatalogError, match=r"one\.py, line 3: `.*` in TARGET isn't a literal; write constants only"):
        source(tmp_path, f"\n\nTARGET = {value}\n").literal("TARGET")


def test_an_unhashable_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r"one\.py, line 1: .*TARGET isn't a literal"):
        source(tmp_path, "TARGET = {[]: 1}\n").literal("TARGET")


def test_a_literal_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r"one\.py: no TARGET; assign a literal dict"):
        source(tmp_path, "OTHER = {}\nTARGET.update({})\n").literal("TARGET")


def test_a_syntax_error_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r"one\.py, line 2: .*; it must be valid Python"):
        source(tmp_path, "x = 1\ndef (:\n")


@pytest.mark.parametrize("code", [b"x = '\xff'\n", b"x = 1\0\n", b"# coding: nonsense\n"])
def test_bytes_that_are_not_python_are_refused(tmp_path: Path, code: bytes) -> None:
    path = tmp_path / "one.py"
    path.write_bytes(code)
    with pytest.raises(CatalogError, match=r"one\.py.*; it must be valid Python"):
        Source.read(path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r"absent\.py: can't be read \(No such file or directory\)"):
        Source.read(tmp_path / "absent.py")


@pytest.mark.parametrize("imports", ["import _one", "from _one import x", "def app():\n    import _one as y"])
def test_a_changed_helper_changes_the_hash(tmp_path: Path, imports: str) -> None:
    (tmp_path / "_one.py").write_text("x = 1\n")
    before = source(tmp_path, imports).sha256()
    (tmp_path / "_one.py").write_text("x = 2\n")
    assert source(tmp_path, imports).sha256() != before


def test_a_helper_of_a_helper_counts_and_a_circle_of_helpers_ends(tmp_path: Path) -> None:
    (tmp_path / "_one.py").write_text("import _two\n")
    (tmp_path / "_two.py").write_text("import _one\n")
    before = source(tmp_path, "import _one").sha256()
    (tmp_path / "_two.py").write_text("import _one  # changed\n")
    assert source(tmp_path, "import _one").sha256() != before


def test_what_is_not_imported_leaves_the_hash_alone(tmp_path: Path) -> None:
    text = "import _thread, json\nfrom _absent import x\nfrom . import _other\n"
    before = source(tmp_path, text).sha256()
    (tmp_path / "_other.py").write_text("x = 1\n")
    (tmp_path / "json.py").write_text("x = 1\n")
    assert source(tmp_path, text).sha256() == before


def test_a_helper_that_does_not_parse_is_the_file_that_is_named(tmp_path: Path) -> None:
    (tmp_path / "_one.py").write_text("x = (\n")
    with pytest.raises(CatalogError, match=r"_one\.py, line 1: "):
        source(tmp_path, "import _one").sha256()
