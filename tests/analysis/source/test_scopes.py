"""Lines of a source file belong to the function that a profile names, as Python itself names it."""

from __future__ import annotations

import inspect
from types import CodeType

import pytest

from bench.analysis.source.changed_lines import LineRange
from bench.analysis.source.scopes import MODULE, ScopedSource, source

TEXT = '''\
import os

LIMIT = 3


@decorated(
    "x",
)
def f(a,
      b=1):
    """What it does."""

    def inner():
        return lambda: a

    return inner


class C:
    size: int = 5

    @property
    def x(self):
        return self.size

    @x.setter
    def x(self, value):
        pass

    class D:
        async def deep(self):
            return [one for one in ()]


if os:
    def g():
        return LIMIT
'''
NEWER = TEXT.replace("LIMIT = 3", "type X = int").replace("def g():", 'def g[T]():\n        f"{f"{1}"}"')


def at(found: ScopedSource, line: int) -> str:
    ((scope, lines),) = found.lines([LineRange(line, line)]).items()
    assert lines == [line]
    return scope


@pytest.mark.parametrize("text", [TEXT, f"{TEXT}\n)))"], ids=["parsed", "line by line"])
def test_each_line_is_of_its_innermost_function_with_its_decorators(text: str) -> None:
    found = source(text.encode())
    wanted = {
        "import os": MODULE, '    "x",': "f", "      b=1):": "f", '    """What': "f",
        "        return lambda": "f.<locals>.inner",
        "    return inner": "f", "    size: int": "C", "        return self.size": "C.x", "        pass": "C.x",
        "        async def deep": "C.D.deep", "        return LIMIT": "g", "    @x.setter": "C.x",
    }  # fmt: skip
    lines = text.split("\n")
    found_at = {
        start: at(found, next(i for i, line in enumerate(lines, 1) if line.startswith(start))) for start in wanted
    }
    assert found_at == wanted


def test_the_names_are_those_of_python_itself() -> None:
    """Whose code objects name themselves since 3.11."""
    known = {name for name, kind in source(TEXT.encode()).kinds.items() if kind == "function"}
    assert known == {name for name in _qualnames(compile(TEXT, "x", "exec")) if not name.endswith(">")} - {"C", "C.D"}


def _qualnames(code: CodeType) -> set[str]:
    inner = [one for one in code.co_consts if inspect.iscode(one)]
    return {code.co_qualname}.union(*(_qualnames(one) for one in inner))


def test_a_file_of_a_newer_python_is_read_line_by_line() -> None:
    found = source(NEWER.replace("type X", "typo X").encode())
    assert found.kinds["g"] == "function"
    assert found.code("g") is None


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ("def f(a):\n    # why\n    return (a\n            + 1)\n", True),
        ('def f(a):\n    """What."""\n    return a + 1\n', True),
        ("def f(a):\n    return a + 2\n", False),
        ("def f(a):\n    return a + 1.0\n", False),
        ("def f(a=0):\n    return a + 1\n", False),
        ("@cached\ndef f(a):\n    return a + 1\n", False),
        ("async def f(a):\n    return a + 1\n", False),
        ("def f(a):\n    return a - 1\n", False),
    ],
)
def test_code_is_the_same_whatever_its_layout_and_comments(other: str, same: bool) -> None:
    found = [source(text.encode()).code("f") for text in ("def f(a):\n    return a + 1\n", other)]
    assert (found[0] == found[1]) is same


def test_what_another_function_does_is_none_of_its_outer_function() -> None:
    outer = "def f():\n    def inner():\n        return {}\n    return inner\n"
    found = [source(outer.format(value).encode()) for value in (1, 2)]
    assert found[0].code("f") == found[1].code("f")
    assert found[0].code("f.<locals>.inner") != found[1].code("f.<locals>.inner")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff\xfe\x00",
        b"def f(:\n",
        b"\x00",
        b"x = '\\d'\n",
        b"# coding: no-such\ndef f(): pass\n",
        b"x = " + b"(" * 5000,
        b"def f():\r\n    pass\r",
    ],
)
def test_any_content_is_read(text: bytes) -> None:
    found = source(text)
    assert found.lines([LineRange(1, 10**9)])


def test_a_generated_file_is_no_trouble() -> None:
    deep = "x = " + " + ".join(["1"] * 300) + "\n"
    many = "".join(f"def f{number}():\n    return {number}\n" for number in range(5000))
    found = source((deep + many).encode())
    assert len(found.kinds) == 5001
    assert found.code(MODULE)
    large = source(("# " + "x" * 100 + "\n" + "def f():\n    pass\n").encode() * 20_000)
    assert large.code("f") is None
    assert large.kinds["f"] == "function"
