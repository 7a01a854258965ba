"""`make beside`: other tools, given the same two stacks and the same time as ours."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from checkouts import PATIENCE_S, all_gone, offspring

from bench.stats.two_stage import CONFIDENCE


def start(root: Path) -> subprocess.Popen[str]:
    words = ("--rounds", "1", "--seconds", "10", "--case", "starlette_plain:plain")
    return subprocess.Popen(
        [sys.executable, str(root / "docs" / "beside"), *words],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.measures
def test_every_tool_compares_the_case_and_has_its_line(root: Path) -> None:
    out, err = (process := start(root)).communicate(timeout=4 * PATIENCE_S)
    assert process.returncode == 0, err
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in out.splitlines() if line.startswith("| `")]
    assert [row[0].split()[0].strip("`,") for row in rows] == ["layercake", *["pyperf"] * 2, *["pytest-benchmark"] * 3]
    assert all(row[2] == "1" for row in rows)
    assert all("±" in row[5] for row in rows[:4])


@pytest.mark.slow
@pytest.mark.measures
def test_an_interruption_shows_what_there_is_and_leaves_no_process(root: Path) -> None:
    process = start(root)
    assert process.stderr is not None
    while not process.stderr.readline().startswith("round "):  # the first tool has done, and the next is at work
        assert process.poll() is None
    children = offspring(process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert "interrupted" in err
    assert "Traceback" not in err
    assert "| `" in out
    assert all_gone(children)


@pytest.fixture
def tools(root: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A script's own folder is no package."""
    monkeypatch.syspath_prepend(root / "docs" / "beside")
    return import_module("tools")


@pytest.fixture
def rounds(tools: Any) -> Any:
    return import_module("rounds")


@pytest.fixture
def interruptible() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interruption_just_before_a_process_of_pyperf_ends_is_one(tools: Any, tmp_path: Path) -> None:
    """Python waits a quarter of a second for it then, and there is nobody left to kill."""
    pyperf = object.__new__(tools.Pyperf)
    pyperf._folder = tmp_path
    plan = SimpleNamespace(environment=SimpleNamespace(python=sys.executable))
    with pytest.raises(KeyboardInterrupt):
        pyperf._python(plan, "-c", f"import os; os.kill({os.getpid()}, {int(signal.SIGINT)})")


def test_what_was_told_before_an_interruption_is_in_the_table(
    rounds: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(_where: str, _one: Any) -> None:
        raise KeyboardInterrupt

    seen = rounds.Seen("a rule", 3.0, 0.01)
    monkeypatch.setattr(rounds, "_task", lambda *_: None)
    monkeypatch.setattr(rounds, "_compared", lambda *_: iter([("round 1", seen)]))
    monkeypatch.setattr(rounds, "_print", told)
    monkeypatch.setattr(sys, "argv", ["beside"])
    with pytest.raises(SystemExit) as ended:
        rounds.main()
    assert ended.value.code == 130
    assert "| `a rule` | 3.0 s | 1 |" in capsys.readouterr().out


def test_an_interval_of_two_arms_is_welchs(tools: Any) -> None:
    from scipy.stats import ttest_ind  # noqa: PLC0415  takes longer to import than all tests here to be found

    rng = np.random.default_rng(1)
    base, head = rng.normal(100, 0.5, 6), rng.normal(101, 2.0, 9)
    ratio, half = tools._welch(*((arm.mean(), arm.std(ddof=1), arm.size) for arm in (base, head)))
    known = ttest_ind(np.log(head), np.log(base), equal_var=False).confidence_interval(CONFIDENCE)
    assert ratio == pytest.approx((known.high + known.low) / 2, abs=2e-4)
    assert half == pytest.approx((known.high - known.low) / 2, rel=0.02)
