"""`bench memory CASE` as a user meets it: the line that holds the peak and the one that leaks are in the last lines."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from checkouts import PATIENCE_S, Checkout
from plans import write_target
from shelves import write_wheel

HOARD = """
def hold():
    return [bytes(1000) for _ in range(500)]
def work():
    first = hold()
    {more}
    return len(first)
def fresh():
    return [bytes(1000) for _ in range(300)]
"""


@pytest.mark.slow
def test_named_cases_are_looked_at_line_by_line(checkout: Checkout) -> None:
    write_target(
        checkout.targets,
        "leaky",
        "rows = list(map(str, range(20_000)))\nglobals().setdefault('kept', []).append(bytes(1000))",
    )
    process = checkout.start("memory", "leaky:one", "--quick")
    out, err = process.communicate(timeout=2 * PATIENCE_S)
    assert process.returncode == 0, err
    said = " ".join(out.split())
    assert "One request of leaky:one holds 1" in said
    assert "allocated at targets.leaky:app:" in said
    assert "Memory grows: in process, 1,0" in said
    assert "Memory grows: served under load" in said
    (folder,) = checkout.runs.iterdir()
    assert "targets.leaky:app:" in (folder / "memory.html").read_text()
    assert str(checkout.folder) not in (folder / "heaps.json").read_text()


@pytest.mark.slow
def test_without_a_named_case_nothing_is_looked_at_line_by_line(checkout: Checkout) -> None:
    write_target(checkout.targets, "idle", "")
    status, out, err = checkout.bench("memory", "--quick", "--case", "idle*")
    assert status == 0, err
    assert "line by line" not in out
    (folder,) = checkout.runs.iterdir()
    assert not (folder / "memory.html").exists()


@pytest.mark.slow
def test_what_holds_more_on_the_head_is_named_and_the_new_function_is_marked(
    checkout: Checkout, tmp_path: Path
) -> None:
    write_target(checkout.targets, "hoarding", "import hoard\nhoard.work()")
    base, head = (
        str(write_wheel(tmp_path, "hoard", version, code=HOARD.format(more=more)))
        for version, more in (("1.0", "pass"), ("2.0", "second = fresh()"))
    )
    process = checkout.start("memory", "hoarding:one", "--base", base, "--head", head, "--quick")
    out, err = process.communicate(timeout=4 * PATIENCE_S)
    assert process.returncode == 0, err
    said = " ".join(out.split())
    assert "hoard 1.0 → 2.0" in said
    assert "The memory peak of one request of hoarding:one changed by +31" in said
    assert "hoard:work changed most: +31" in said
    assert "e.g. hoard:fresh" in said
    (more,) = re.findall(r"A request makes [\d,]+ allocations \(\+(\d+)\)", said)
    assert int(more) >= 300
    (folder,) = (checkout.runs.parent / "heaps").iterdir()
    columns = (folder / "exports" / "hoarding-one.difference.folded").read_text()
    assert re.search(r";hoard:fresh\S*_\[new\] 0 3\d{5}$", columns, re.MULTILINE)
    assert (folder / "base.lock").exists()
    assert str(checkout.folder) not in (folder / "heap-pairs.json").read_text()


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("idle:one", "--base", "fastapi==0.115.6"), "use --base and --head together"),
        (("--base", "fastapi==0.115.6", "--head", "fastapi==0.165.0"), "need a case"),
    ],
)
def test_half_a_question_is_refused_with_2(here: Checkout, words: tuple[str, ...], complaint: str) -> None:
    write_target(here.targets, "idle", "")
    status, _, err = here.bench("memory", *words)
    assert (status, complaint in err) == (2, True), err
