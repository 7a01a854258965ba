"""What `git diff` prints becomes changed lines of files on both sides, whatever stands in them or they are called."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.analysis.source.changed_lines import FileChange, Hunk, LineRange, changed_lines

LINES = st.lists(
    st.sampled_from(
        ["a", "b", "-- a/x.py", "++ b/x.py", "@@ -1 +1 @@", "diff --git a/x b/x", "\\ No newline", "\x0c", ""]
    ),
    max_size=12,
)


def test_a_hunk_names_the_lines_of_both_sides() -> None:
    text = "diff --git a/app/x.py b/app/x.py\n--- a/app/x.py\n+++ b/app/x.py\n@@ -3,2 +3 @@ def f():\n-a\n-b\n+c\n"
    assert changed_lines(text) == [FileChange("app/x.py", "app/x.py", (Hunk(LineRange(3, 4), LineRange(3, 3)),))]


def test_of_no_lines_the_line_before_them_is_the_last() -> None:
    text = "diff --git a/x.py b/x.py\n--- a/x.py\n+++ b/x.py\n@@ -4,0 +5,2 @@\n+a\n+b\n@@ -9 +11,0 @@\n-c\n"
    (change,) = changed_lines(text)
    assert change.hunks == (Hunk(LineRange(5, 4), LineRange(5, 6)), Hunk(LineRange(9, 9), LineRange(12, 11)))
    assert [bool(span) for hunk in change.hunks for span in hunk] == [False, True, True, False]


def test_text_that_looks_like_a_header_is_text() -> None:
    hunk = "@@ -1,2 +1,2 @@\n--- a/y.py\n-@@ -1 +1 @@\n+++ b/y.py\n+diff --git a/z b/z\n"
    text = f"diff --git a/x.py b/x.py\n--- a/x.py\n+++ b/x.py\n{hunk}"
    assert changed_lines(text) == [FileChange("x.py", "x.py", (Hunk(LineRange(1, 2), LineRange(1, 2)),))]


def test_a_side_that_lacks_a_file_has_no_name() -> None:
    added = "diff --git a/x.py b/x.py\nnew file mode 100644\n--- /dev/null\n+++ b/x.py\n@@ -0,0 +1 @@\n+a\n"
    removed = "diff --git a/x.py b/x.py\ndeleted file mode 100644\n--- a/x.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"
    assert [(one.base, one.head) for one in changed_lines(added + removed)] == [(None, "x.py"), ("x.py", None)]


@pytest.mark.parametrize(
    ("quoted", "name"),
    [
        ('"a/app/\\303\\244.py"', "app/ä.py"),
        ('"a/a\\tb\\"c\\\\.py"', 'a\tb"c\\.py'),
        ("a/with blank.py\t", "with blank.py"),
        ("a/b/x.py", "b/x.py"),
    ],
)
def test_unusual_names_are_read_as_git_quotes_them(quoted: str, name: str) -> None:
    text = f"diff --git {quoted} {quoted}\n--- {quoted}\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"
    assert changed_lines(text)[0].base == name


def test_files_without_changed_lines_are_left_out() -> None:
    renamed = "diff --git a/x.py b/y.py\nsimilarity index 100%\nrename from x.py\nrename to y.py\n"
    assert changed_lines(f"{renamed}diff --git a/z b/z\nold mode 100644\n") == []


def test_ten_thousand_files_are_as_well_read_as_one() -> None:
    one = "diff --git a/{0} b/{0}\n--- a/{0}\n+++ b/{0}\n" + "@@ -1,3 +1,3 @@\n-a\n-b\n-c\n+d\n+e\n+f\n" * 5
    changes = changed_lines("".join(one.format(f"app/m{number}.py") for number in range(10_000)))
    assert [change.head for change in changes] == [f"app/m{number}.py" for number in range(10_000)]
    assert {len(change.hunks) for change in changes} == {5}


@settings(max_examples=25, deadline=None)
@given(base=LINES, head=LINES)
def test_the_changed_lines_are_those_that_git_took_out_and_put_in(base: list[str], head: list[str]) -> None:
    """By git itself: what is left of either side is the same."""
    before, after = ("".join(f"{line}\n" for line in side) for side in (base, head))
    changes = changed_lines(_difference(before, after))
    hunks = [hunk for change in changes for hunk in change.hunks]
    kept = [_without(side, [hunk[at] for hunk in hunks]) for at, side in enumerate((base, head))]
    assert kept[0] == kept[1]
    assert bool(hunks) == (base != head)


def _without(lines: list[str], spans: list[LineRange]) -> list[str]:
    gone = {line for span in spans for line in range(span.first, span.last + 1)}
    return [line for number, line in enumerate(lines, start=1) if number not in gone]


def _difference(base: str, head: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("a", base), ("b", head)):
            Path(folder, name).mkdir()
            Path(folder, name, "x.py").write_text(text)
        words = ["git", "diff", "--no-index", "--unified=0", "--no-prefix", "--", "a/x.py", "b/x.py"]
        own = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        return subprocess.run(words, cwd=folder, env=own, capture_output=True, text=True, check=False).stdout
