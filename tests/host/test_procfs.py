"""What the kernel says of real processes agrees with what they say of themselves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.host import procfs
from bench.host.procfs import ProcessGoneError, cpu_s, tree_cpu_s

# A parent that works in children: says after each line that comes in what all have used so far, by their own clocks.
# "keep" lets a child work and stay, "end" lets one work and end, "deep" lets a child of a child work and stay.
_TREE = """
import os, signal, sys, time

def worked():
    deadline = time.process_time() + 0.05
    while time.process_time() < deadline:
        pass

def child(word):
    said, say = os.pipe()
    if os.fork():
        return float(os.read(said, 64)), said
    if word == "deep" and os.fork():
        signal.pause()
    worked()
    os.write(say, str(time.process_time()).encode())
    if word != "end":
        signal.pause()
    os._exit(0)

total = 0.0
for word in sys.stdin:
    if word.strip() != "say":
        total += child(word.strip())[0]
    if word.strip() == "end":
        os.wait()
    print(total + time.process_time(), flush=True)
"""


@pytest.fixture
def parent() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", _TREE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        yield process
        os.killpg(process.pid, signal.SIGKILL)  # with all its children: they are a group of their own


def _tell(process: subprocess.Popen[str], word: str) -> float:
    assert process.stdin
    assert process.stdout
    process.stdin.write(word + "\n")
    process.stdin.flush()
    return float(process.stdout.readline())


def test_the_time_of_one_process_lies_between_what_it_says_before_and_after(parent: subprocess.Popen[str]) -> None:
    before = _tell(parent, "say")
    seen = cpu_s(parent.pid)
    assert before <= seen <= _tell(parent, "say")


@pytest.mark.parametrize("word", ["keep", "deep", "end"])
def test_what_a_descendant_used_is_counted_alive_or_ended(parent: subprocess.Popen[str], word: str) -> None:
    start = tree_cpu_s(parent.pid)
    _tell(parent, word)
    said = _tell(parent, word)
    seen = tree_cpu_s(parent.pid)
    ticks = 0.02  # the ended count in whole clock ticks
    assert seen >= said - ticks
    assert seen - start >= 2 * 0.05 - ticks
    assert seen > cpu_s(parent.pid) + 2 * 0.05 - ticks


def test_a_tree_that_is_gone_is_an_error_and_not_a_zero() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    with pytest.raises(ProcessGoneError, match="has ended"):
        cpu_s(gone.pid)
    with pytest.raises(ProcessGoneError, match="has ended"):
        tree_cpu_s(gone.pid)


def test_what_the_network_threads_of_its_cores_took_is_no_wait_for_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    account = tmp_path / "schedstat"
    monkeypatch.setattr(procfs, "_network_threads", lambda: dict.fromkeys(os.sched_getaffinity(0), account))
    account.write_text("0 0 0\n")
    before_s = procfs.waited_s(os.getpid())
    account.write_text("3000000000 0 0\n")
    after_s = procfs.waited_s(os.getpid())
    assert before_s - after_s == pytest.approx(3.0 * len(os.sched_getaffinity(0)), abs=0.5)


def test_a_core_whose_network_thread_is_not_shown_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(procfs, "_network_threads", dict)
    assert procfs.waited_s(os.getpid()) >= 0
