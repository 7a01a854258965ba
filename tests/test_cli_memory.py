"""`bench memory CASE` as a user meets it: the line that holds the peak and the one that leaks are in the last lines."""

from __future__ import annotations

import pytest
from checkouts import Checkout
from plans import write_target


@pytest.mark.slow
def test_named_cases_are_looked_at_line_by_line(checkout: Checkout) -> None:
    write_target(
        checkout.targets,
        "leaky",
        "rows = list(map(str, range(20_000)))\nglobals().setdefault('kept', []).append(bytes(1000))",
    )
    status, out, err = checkout.bench("memory", "leaky:one", "--quick")
    assert status == 0, err
    said = " ".join(out.split())
    assert "one request of leaky:one holds 1" in said
    assert "allocated at targets.leaky:app:" in said
    assert "It grows: 1,0" in said
    (folder,) = checkout.runs.iterdir()
    assert "targets.leaky:app:" in (folder / "memory.html").read_text()
    assert str(checkout.folder) not in (folder / "heaps.json").read_text()


def test_without_a_named_case_nothing_is_looked_at_line_by_line(checkout: Checkout) -> None:
    write_target(checkout.targets, "idle", "")
    status, out, err = checkout.bench("memory", "--quick", "--case", "idle*")
    assert status == 0, err
    assert "line by line" not in out
    (folder,) = checkout.runs.iterdir()
    assert not (folder / "memory.html").exists()
