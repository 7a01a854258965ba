"""Functions that a difference touches are those whose code it changes, and those that use what it changes."""

from __future__ import annotations

from difflib import SequenceMatcher

from hypothesis import given
from hypothesis import strategies as st

from bench.analysis.source.changed_lines import FileChange, Hunk, LineRange
from bench.analysis.source.scopes import MODULE, source
from bench.analysis.source.touched_functions import Touched, touched


def of(base: str | None, head: str | None) -> dict[str, Touched]:
    """By scope, of a file that a difference changes as git would say."""
    old, new = ((text or "").splitlines() for text in (base, head))
    hunks = [
        Hunk(LineRange(i1 + 1, i2), LineRange(j1 + 1, j2))
        for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        if tag != "equal"
    ]
    names = (None if text is None else "app/x.py" for text in (base, head))
    sides = (None if text is None else source(text.encode()) for text in (base, head))
    return {one.scope: one for one in touched(FileChange(*names, tuple(hunks)), *sides)}


TWO = "def a():\n    return 1\n\n\ndef b():\n    x = 1\n    return x\n"


def test_the_function_of_a_changed_line_is_touched_and_no_other() -> None:
    found = of(TWO, TWO.replace("x = 1", "x = 2"))
    assert list(found) == ["b"]
    assert found["b"].at == "app/x.py:6"


def test_lines_that_were_only_removed_stand_where_they_were() -> None:
    found = of(TWO, TWO.replace("    x = 1\n    return x\n", "    pass\n"))
    assert found["b"].at == "app/x.py:6"
    assert (
        of("def b():\n    y = 1\n    x = 1\n    return 2\n", "def b():\n    y = 1\n    return 2\n")["b"].at
        == "app/x.py:2"
    )


def test_a_removed_function_has_the_lines_of_the_base() -> None:
    found = of(TWO, TWO[TWO.index("def b") :])
    assert (found["a"].in_base, found["a"].in_head) == (True, False)
    assert found["a"].lines.first == 1


def test_a_new_file_and_a_removed_one_have_functions_too() -> None:
    assert {name: (one.in_base, one.in_head) for name, one in of(None, TWO).items()} == {
        "a": (False, True),
        "b": (False, True),
    }
    assert not any(one.in_head for one in of(TWO, None).values())


def test_another_place_layout_or_comment_touches_nothing() -> None:
    a, b = TWO[: TWO.index("def b")], TWO[TWO.index("def b") :]
    assert of(TWO, f"{b}\n\n{a}") == {}
    assert of(TWO, TWO.replace("    x = 1\n", "    # one\n    x = (\n        1\n    )\n")) == {}


def test_whoever_uses_a_changed_name_is_touched_where_it_changed() -> None:
    a, b = "def a():\n    return LIMIT\n", "def b():\n    return dumps(OTHER)\n"
    base = f"from json import dumps\n\nLIMIT = 1\nOTHER = 2\n\n\n{a}\n\n{b}"
    found = of(base, base.replace("LIMIT = 1", "LIMIT = 9"))
    assert {name: (one.kind, one.at) for name, one in found.items()} == {
        "a": ("function", "app/x.py:3"),
        MODULE: ("module", "app/x.py:3"),
    }
    assert set(of(base, base.replace("from json", "from slow"))) == {"b", MODULE}


def test_whoever_uses_a_changed_class_or_its_attribute_is_touched() -> None:
    methods = "    def m(self):\n        return self.size\n\n    def n(self):\n        return 1\n"
    base = f"class C:\n    size = 1\n\n{methods}\n\ndef make():\n    return C()\n"
    found = of(base, base.replace("size = 1", "size = 2"))
    assert set(found) == {"C", "C.m", "make"}
    assert found["C"].kind == "class"


def test_a_file_that_cannot_be_parsed_is_read_by_its_changed_lines() -> None:
    base = TWO + "\n\ntypo X = int\n"
    assert list(of(base, base.replace("x = 1", "x = 2"))) == ["b"]


CODE = st.lists(
    st.sampled_from(
        [
            "def a():",
            "class C:",
            "    def b(self):",
            "        return 1",
            "    return 2",
            "    x = 3",
            "@d",
            "",
            "y = 4",
            "    pass",
            "# z",
        ]
    ),
    max_size=14,
).map(lambda lines: "".join(f"{line}\n" for line in lines))


@given(text=CODE)
def test_nothing_is_touched_by_no_change(text: str) -> None:
    assert of(text, text) == {}


@given(base=CODE, head=CODE)
def test_whatever_changes_is_known_by_a_side_and_has_lines_in_it(base: str, head: str) -> None:
    for one in of(base, head).values():
        lines = (head if one.in_head else base).count("\n") + 1
        assert one.in_base or one.in_head
        assert 1 <= one.lines.first <= one.lines.last <= lines
