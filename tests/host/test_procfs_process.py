"""What the kernel says of a real process agrees with what that says of itself."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from bench.host.procfs import ProcessGoneError, cpu_time, resident_mb

# Says its own CPU time once a line comes in, after work in a thread that has ended.
_CHILD = """
import sys, threading, time
worker = threading.Thread(target=lambda: sum(range(2_000_000)))
worker.start(); worker.join()
for _ in sys.stdin:
    print(time.process_time(), flush=True)
"""


@pytest.fixture
def child() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", _CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


def _own_word(process: subprocess.Popen[str]) -> float:
    assert process.stdin
    assert process.stdout
    process.stdin.write("\n")
    process.stdin.flush()
    return float(process.stdout.readline())


def test_cpu_time_lies_between_what_the_process_says_before_and_after(child: subprocess.Popen[str]) -> None:
    before = _own_word(child)
    seen = cpu_time(child.pid)
    after = _own_word(child)
    assert before <= seen.total_s <= after
    assert seen.user_s + seen.system_s <= seen.total_s + 0.02  # whole clock ticks


def test_an_interpreter_takes_more_than_a_megabyte(child: subprocess.Popen[str]) -> None:
    _own_word(child)
    assert resident_mb(child.pid) > 1


def test_a_process_that_is_gone_is_an_error_and_not_a_zero(child: subprocess.Popen[str]) -> None:
    child.kill()
    child.wait()
    with pytest.raises(ProcessGoneError, match="has ended"):
        cpu_time(child.pid)
    with pytest.raises(ProcessGoneError, match="has ended"):
        resident_mb(child.pid)
