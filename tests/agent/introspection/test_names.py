"""Names and places of objects that say what they like about themselves."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest

from bench.agent.introspection.names import attribute, is_a, qualified_name, text, undecorated
from bench.agent.introspection.places import Places

HERE = Path(__file__).parent


class Raising:
    """Whatever it is asked raises, even which class it is of."""

    @property
    def __class__(self) -> Any:  # type: ignore[override]
        raise RuntimeError

    def __getattr__(self, name: str) -> Any:
        raise ValueError(name)

    def __call__(self) -> None: ...


class Exiting:
    @property
    def anything(self) -> Any:
        sys.exit(3)


class LyingString(str):
    __slots__ = ()

    def __str__(self) -> str:
        raise RuntimeError

    def __getitem__(self, key: Any) -> Any:
        raise RuntimeError


def function() -> None: ...


def decorated(inner: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(inner)
    def outer() -> None: ...

    return outer


def renamed(**named: Any) -> Callable[..., Any]:
    def one() -> None: ...

    for name, value in named.items():
        setattr(one, name, value)
    return one


def test_an_object_is_called_by_its_function_or_its_class() -> None:
    functions = function, functools.partial(functools.partial(function), 1), decorated(function), Places(HERE).of
    assert [qualified_name(one).rpartition(":")[2] for one in functions] == [*["function"] * 3, "Places.of"]
    for one in (Raising, Raising(), functools.partial(Raising())):
        assert qualified_name(one).endswith(":Raising")


def test_a_module_that_is_none_is_unknown_and_markup_stays() -> None:
    odd = renamed(__qualname__="<b>[red]it[/red]</b>")
    odd.__module__ = None  # type: ignore[assignment]
    assert qualified_name(odd) == "?:<b>[red]it[/red]</b>"


def test_a_name_is_one_line_of_bounded_length_that_can_be_written_down() -> None:
    name = qualified_name(renamed(__qualname__="a\x1b[31m\nb\ud800" + "x" * 10_000))
    assert len(name) < 600
    assert name.isprintable()
    assert json.loads(json.dumps(name).encode()) == name


def test_a_string_whose_methods_raise_is_read_all_the_same() -> None:
    assert text(LyingString("quiet")) == "quiet"
    assert type(text(LyingString("quiet"))) is str
    assert text(7, "no string") == "no string"


def test_an_attribute_that_raises_or_exits_is_missing() -> None:
    for one in (Raising(), Exiting()):
        assert attribute(one, "anything", "missing") == "missing"


def test_an_object_that_raises_when_asked_for_its_class_has_one() -> None:
    assert is_a(Raising(), Raising)
    assert not is_a(Raising(), str)


def test_decorators_in_a_circle_come_to_an_end() -> None:
    one = renamed()
    one.__wrapped__ = one  # type: ignore[attr-defined]
    assert undecorated(one) is one
    assert qualified_name(MagicMock()) == "unittest.mock:MagicMock"


def test_a_place_is_relative_to_the_apps_folder_or_named_by_its_package() -> None:
    own = Places(HERE)
    assert own.of(decorated(function)) == f"test_names.py:{function.__code__.co_firstlineno}"
    assert own.of(Raising()) == own.of(Raising)
    assert own.of(pytest.raises) is not None
    assert str(own.of(pytest.raises)).startswith("_pytest/raises.py:")
    assert str(own.of(functools.partial)).startswith("functools.py:")


def marked(one: type) -> type:
    return one


@marked
class Marked:
    class Inside:
        pass


def test_a_class_begins_at_its_decorator_and_may_stand_in_another_or_in_a_function() -> None:
    class Local: ...

    lines = (HERE / "test_names.py").read_text("utf-8").splitlines()
    expected = [lines.index(line) + 1 for line in ("@marked", "    class Inside:", "    class Local: ...")]
    assert [Places(HERE).of(one) for one in (Marked, Marked.Inside, Local)] == [
        f"test_names.py:{line}" for line in expected
    ]


def test_what_was_written_in_no_file_has_no_place() -> None:
    scope: dict[str, Any] = {}
    exec("def made(): ...\nclass Made: ...", scope)  # noqa: S102
    assert [Places(HERE).of(one) for one in (scope["made"], scope["Made"], len, 7)] == [None] * 4
